/**
 * Nested values from text, as DuckDB casts VARCHAR to them: `[1, NULL]`, `{'a': 1}`, `(1, x)`, `{k=v}`. Quotes of either kind may
 * stand anywhere and are dropped; inside them a backslash stands for the character after it, outside only for a quote. Inside of
 * brackets everything is left to the inner type.
 */
import type { Datum } from "../expr/expr.ts";
import { datumKey } from "./datum-order.ts";
import type { NestedType } from "./nested.ts";
import type { SqlType, StructField } from "./types.ts";
import type { UnionType } from "./union.ts";

/** undefined: the text is no value of the type. */
type Parse = (text: string, type: SqlType) => Datum | undefined;

/** `lenient`: parts that do not fit their type are NULL. */
export function parseNested(
  text: string,
  type: Exclude<NestedType, UnionType>,
  parse: Parse,
  lenient = false,
): readonly Datum[] | undefined {
  const trimmed = trim(text);
  const item: Parse = (part, of) => {
    if (/^null$/i.test(part)) return null;
    const value = parse(unescape(part), of);
    return value === undefined && lenient ? null : value;
  };
  switch (type.kind) {
    case "List":
    case "Array": {
      const parts = splitList(trimmed, "]");
      if (parts === undefined || (type.kind === "Array" && parts.length !== type.length)) return undefined;
      return allOf(parts.map((part) => item(part, type.element)));
    }
    case "Struct":
      return trimmed.startsWith("(") ? parseTuple(trimmed, type.fields, item) : parseStruct(trimmed, type.fields, item);
    case "Map": {
      const pairs = splitEntries(trimmed, "=")?.map(([key, value]): Datum | undefined => {
        const [own, of] = [item(key, type.key), item(value, type.value)];
        return own === undefined || own === null || of === undefined ? undefined : [own, of];
      });
      const entries = pairs && (allOf(pairs) as readonly (readonly Datum[])[] | undefined);
      const keys = new Set(entries?.map(([key = null]) => datumKey(key, type.key)));
      return keys.size === entries?.length ? entries : undefined;
    }
  }
}

/** Values by position; those that are missing are NULL. A comma may come last. */
function parseTuple(text: string, fields: readonly StructField[], item: Parse): readonly Datum[] | undefined {
  const parts = splitList(text, ")");
  const given = parts !== undefined && parts.length > 1 && parts.at(-1) === "" ? parts.slice(0, -1) : parts;
  if (given === undefined || given.length > fields.length) return undefined;
  return allOf(fields.map(({ type }, i) => (i < given.length ? item(given[i] as string, type) : null)));
}

/** Values by name in any order; those that are missing are NULL. */
function parseStruct(text: string, fields: readonly StructField[], item: Parse): readonly Datum[] | undefined {
  const entries = splitEntries(text, ":");
  if (entries === undefined) return undefined;
  const values: Datum[] = fields.map(() => null);
  for (const [key, part] of entries) {
    const name = unescape(key, true).toLowerCase();
    const index = fields.findIndex((field) => field.name.toLowerCase() === name);
    const field = fields[index];
    const value = field === undefined ? undefined : item(part, field.type);
    if (value === undefined) return undefined;
    values[index] = value;
  }
  return values;
}

function allOf(values: readonly (Datum | undefined)[]): readonly Datum[] | undefined {
  return values.some((value) => value === undefined) ? undefined : (values as readonly Datum[]);
}

const BLANK = "[ \\t\\n\\v\\f\\r]+";
const BLANKS = new RegExp(`^${BLANK}|${BLANK}$`, "g");
const trim = (text: string): string => text.replace(BLANKS, "");

const CLOSING: { readonly [open: string]: string } = { "[": "]", "{": "}", "(": ")" };
const isQuote = (c: string | undefined): boolean => c === '"' || c === "'";

/** The parts between commas up to `close`, which ends the text; undefined when it does not. */
function splitList(text: string, close: "]" | ")"): readonly string[] | undefined {
  if (CLOSING[text[0] ?? ""] !== close) return undefined;
  const parts: string[] = [];
  for (let at = 1; ;) {
    const end = findStop(text, at, `,${close}`);
    if (end < 0) return undefined;
    parts.push(trim(text.slice(at, end)));
    at = end + 1;
    if (text[end] === close) {
      if (at < text.length) return undefined;
      return parts.length === 1 && parts[0] === "" ? [] : parts;
    }
  }
}

/** The keys and values between the braces that enclose the text. */
function splitEntries(text: string, separator: ":" | "="): readonly (readonly [string, string])[] | undefined {
  if (!text.startsWith("{")) return undefined;
  if (trim(text.slice(1)) === "}") return [];
  const entries: (readonly [string, string])[] = [];
  for (let at = 1; ;) {
    const middle = findStop(text, at, separator, separator === ":");
    const end = middle < 0 ? -1 : findStop(text, middle + 1, ",}");
    if (end < 0) return undefined;
    entries.push([trim(text.slice(at, middle)), trim(text.slice(middle + 1, end))]);
    at = end + 1;
    if (text[end] === "}") return at === text.length ? entries : undefined;
  }
}

/**
 * Where the first of the `stops` stands outside of quotes and brackets; `isName`: brackets are plain characters. -1: nowhere, or a
 * quote or bracket is left open.
 */
function findStop(text: string, from: number, stops: string, isName = false): number {
  for (let i = from; i < text.length; i++) {
    const c = text[i] as string;
    if (stops.includes(c)) return i;
    if (c === "\\" && isQuote(text[i + 1])) i++;
    else if (isQuote(c) || (!isName && c in CLOSING)) {
      i = isQuote(c) ? closingQuote(text, i) : closingBracket(text, i);
      if (i < 0) return -1;
    }
  }
  return -1;
}

function closingQuote(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === text[from]) return i;
  }
  return -1;
}

/** Closing brackets of another kind are plain characters. */
function closingBracket(text: string, from: number): number {
  const open: string[] = [];
  for (let i = from; i < text.length; i++) {
    const c = text[i] as string;
    if (c === "\\" && isQuote(text[i + 1])) i++;
    else if (isQuote(c)) {
      i = closingQuote(text, i);
      if (i < 0) return -1;
    } else if (c in CLOSING) open.push(CLOSING[c] as string);
    else if (c === open.at(-1)) {
      open.pop();
      if (open.length === 0) return i;
    }
  }
  return -1;
}

/** The text without its quotes and escapes. Quotes and brackets are known to be closed. */
function unescape(text: string, isName = false): string {
  if (!/["']/.test(text)) return text;
  let result = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === "\\" && isQuote(text[i + 1])) result += text[++i] as string;
    else if (isQuote(c)) {
      const end = closingQuote(text, i);
      result += text.slice(i + 1, end).replace(/\\(.)/gs, "$1");
      i = end;
    } else if (!isName && c in CLOSING) {
      const end = closingBracket(text, i);
      result += text.slice(i, end + 1);
      i = end;
    } else result += c;
  }
  return result;
}
