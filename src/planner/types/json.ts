/** JSON texts (RFC 8259) as values that keep what JavaScript's lose: numbers as written, repeated keys, the order of keys. */

export type JsonNumber = { readonly number: string };
export type JsonObject = { readonly entries: readonly (readonly [key: string, value: JsonValue])[] };
export type JsonValue = null | boolean | string | JsonNumber | JsonObject | readonly JsonValue[];

/** Deeper nesting is taken as malformed. */
const MAX_DEPTH = 1000;

/** The value of a text; undefined: it is malformed. */
export function parseJson(text: string): JsonValue | undefined {
  const reader = new Reader(text);
  const value = reader.value(0);
  return value !== undefined && reader.atEnd() ? value : undefined;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
// eslint-disable-next-line no-control-regex -- JSON strings have no control characters
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  atEnd(): boolean {
    this.take(SPACE);
    return this.at === this.text.length;
  }

  value(depth: number): JsonValue | undefined {
    this.take(SPACE);
    switch (this.text[this.at]) {
      case "{":
        return depth < MAX_DEPTH ? this.object(depth + 1) : undefined;
      case "[":
        return depth < MAX_DEPTH ? this.array(depth + 1) : undefined;
      case '"':
        return this.string();
      case "t":
        return this.word("true") ? true : undefined;
      case "f":
        return this.word("false") ? false : undefined;
      case "n":
        return this.word("null") ? null : undefined;
      default: {
        const number = this.take(NUMBER);
        return number === undefined || number === "" ? undefined : { number };
      }
    }
  }

  private object(depth: number): JsonValue | undefined {
    const entries: (readonly [string, JsonValue])[] = [];
    this.at++;
    if (this.comes("}")) return { entries };
    do {
      this.take(SPACE);
      const key = this.string();
      if (key === undefined || !this.comes(":")) return undefined;
      const value = this.value(depth);
      if (value === undefined) return undefined;
      entries.push([key, value]);
    } while (this.comes(","));
    return this.comes("}") ? { entries } : undefined;
  }

  private array(depth: number): JsonValue | undefined {
    const items: JsonValue[] = [];
    this.at++;
    if (this.comes("]")) return items;
    do {
      const value = this.value(depth);
      if (value === undefined) return undefined;
      items.push(value);
    } while (this.comes(","));
    return this.comes("]") ? items : undefined;
  }

  private string(): string | undefined {
    const text = this.take(STRING);
    return text === undefined ? undefined : (JSON.parse(text) as string);
  }

  /** Skips the character if it is the next one. */
  private comes(character: string): boolean {
    this.take(SPACE);
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match[0];
  }
}

export function isJsonNumber(value: JsonValue): value is JsonNumber {
  return typeof value === "object" && value !== null && "number" in value;
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "entries" in value;
}

export function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The text without white space; integers as written, other numbers as the shortest that say the same DOUBLE. */
export function formatJson(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (isJsonNumber(value)) return formatNumber(value.number);
  if (isJsonObject(value)) {
    return `{${value.entries.map(([key, item]) => `${JSON.stringify(key)}:${formatJson(item)}`).join(",")}}`;
  }
  return `[${value.map(formatJson).join(",")}]`;
}

/** The text with a line for every member, indented by four blanks a level. */
export function prettyJson(value: JsonValue, indent: string = ""): string {
  const isObject = isJsonObject(value);
  if (!isObject && !isJsonArray(value)) return formatJson(value);
  const inner = `${indent}    `;
  const members = isObject
    ? value.entries.map(([key, item]) => `${JSON.stringify(key)}: ${prettyJson(item, inner)}`)
    : value.map((item) => prettyJson(item, inner));
  const [open, close] = isObject ? "{}" : "[]";
  if (members.length === 0) return `${open}${close}`;
  return `${open}\n${members.map((member) => inner + member).join(",\n")}\n${indent}${close}`;
}

function formatNumber(text: string): string {
  return /^-?\d+$/.test(text) ? text : jsonDouble(Number(text));
}

/** A DOUBLE with a point or an exponent. */
export function jsonDouble(value: number): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text.replace("e+", "e");
}

/** What `json_type` says. */
export function jsonType(value: JsonValue): string {
  if (value === null) return "NULL";
  if (typeof value === "boolean") return "BOOLEAN";
  if (typeof value === "string") return "VARCHAR";
  if (isJsonObject(value)) return "OBJECT";
  if (!isJsonNumber(value)) return "ARRAY";
  if (!/^-?\d+$/.test(value.number)) return "DOUBLE";
  const whole = BigInt(value.number);
  if (whole >= 0n) return whole < 2n ** 64n ? "UBIGINT" : "HUGEINT";
  return whole >= -(2n ** 63n) ? "BIGINT" : "HUGEINT";
}
