/** Nested values as text, as DuckDB casts them to VARCHAR and back: `[1, NULL]`, `{'a': 1}`, `(1, x)`, `{k=v}`. */
import type { Datum } from "../expr/expr.ts";
import { isUnnamed } from "./coerce.ts";
import { isNested, type NestedType } from "./nested.ts";
import type { SqlType, StructField } from "./types.ts";

type Format = (value: Datum, type: SqlType) => string;
/** undefined: the text is no value of the type. */
type Parse = (text: string, type: SqlType) => Datum | undefined;

export function formatNested(value: readonly Datum[], type: NestedType, format: Format): string {
  const item = (datum: Datum, of: SqlType): string => {
    const text = format(datum, of);
    return datum === null || isNested(of) ? text : quoteWhereNeeded(text);
  };
  switch (type.kind) {
    case "List":
    case "Array":
      return `[${value.map((element) => item(element, type.element)).join(", ")}]`;
    case "Struct": {
      const fields = type.fields.map((field, i) => ({ field, text: item(value[i] ?? null, field.type) }));
      if (isUnnamed(type.fields)) return `(${fields.map(({ text }) => text).join(", ")})`;
      return `{${fields.map(({ field, text }) => `${quote(field.name)}: ${text}`).join(", ")}}`;
    }
    case "Map": {
      const entries = value as readonly (readonly Datum[])[];
      const pairs = entries.map(([key = null, of = null]) => `${item(key, type.key)}=${item(of, type.value)}`);
      return `{${pairs.join(", ")}}`;
    }
  }
}

const NEEDS_QUOTES = /^$|^\s|\s$|^null$|[[\]{}():=,'"]/i;

function quoteWhereNeeded(text: string): string {
  return NEEDS_QUOTES.test(text) ? quote(text) : text;
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}

/** `lenient`: parts that do not fit their type are NULL. */
export function parseNested(
  text: string,
  type: NestedType,
  parse: Parse,
  lenient = false,
): readonly Datum[] | undefined {
  const trimmed = text.trim();
  const item = (part: string, of: SqlType): Datum | undefined => {
    const raw = part.trim();
    if (/^null$/i.test(raw)) return null;
    const value = parse(isNested(of) ? raw : unquote(raw), of);
    return value === undefined && lenient ? null : value;
  };
  switch (type.kind) {
    case "List":
    case "Array": {
      const parts = splitBetween(trimmed, "[", "]");
      if (parts === undefined || (type.kind === "Array" && parts.length !== type.length)) return undefined;
      return allOf(parts.map((part) => item(part, type.element)));
    }
    case "Struct":
      return parseStruct(trimmed, type.fields, item);
    case "Map": {
      const parts = splitBetween(trimmed, "{", "}");
      if (parts === undefined) return undefined;
      const pairs = parts.map((part): Datum | undefined => {
        const at = findTop(part, "=");
        if (at < 0) return undefined;
        const [key, value] = [item(part.slice(0, at), type.key), item(part.slice(at + 1), type.value)];
        return key === undefined || key === null || value === undefined ? undefined : [key, value];
      });
      return allOf(pairs);
    }
  }
}

function parseStruct(
  text: string,
  fields: readonly StructField[],
  item: (part: string, of: SqlType) => Datum | undefined,
): readonly Datum[] | undefined {
  if (text.startsWith("(")) {
    const parts = splitBetween(text, "(", ")");
    if (parts?.length !== fields.length) return undefined;
    return allOf(parts.map((part, i) => item(part, (fields[i] as StructField).type)));
  }
  const parts = splitBetween(text, "{", "}");
  if (parts === undefined) return undefined;
  const values: Datum[] = fields.map(() => null);
  for (const part of parts) {
    const at = findTop(part, ":");
    if (at < 0) return undefined;
    const name = unquote(part.slice(0, at).trim()).toLowerCase();
    const index = fields.findIndex((field) => field.name.toLowerCase() === name);
    const field = fields[index];
    const value = field === undefined ? undefined : item(part.slice(at + 1), field.type);
    if (value === undefined) return undefined;
    values[index] = value;
  }
  return values;
}

function allOf(values: readonly (Datum | undefined)[]): readonly Datum[] | undefined {
  return values.some((value) => value === undefined) ? undefined : (values as readonly Datum[]);
}

/** The parts between commas inside of the brackets; undefined when the brackets do not match. */
function splitBetween(text: string, open: string, close: string): readonly string[] | undefined {
  if (text.length < 2 || !text.startsWith(open) || !text.endsWith(close)) return undefined;
  const inner = text.slice(1, -1);
  if (inner.trim() === "") return [];
  const parts: string[] = [];
  let from = 0;
  for (let rest = inner; ; rest = inner.slice(from)) {
    const at = findTop(rest, ",");
    if (at === UNBALANCED) return undefined;
    if (at < 0) {
      parts.push(rest);
      return parts;
    }
    parts.push(rest.slice(0, at));
    from += at + 1;
  }
}

const MISSING = -1;
const UNBALANCED = -2;

/** Where `wanted` first stands outside of quotes and brackets. */
function findTop(text: string, wanted: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (c === "\\") i++;
    else if (c === wanted && depth === 0) return i;
    else if ("[{(".includes(c)) depth++;
    else if ("]})".includes(c)) {
      if (--depth < 0) return UNBALANCED;
    } else if (c === '"' || (c === "'" && /(^|[[{(:=,])\s*$/.test(text.slice(Math.max(0, i - 8), i)))) {
      const end = closingQuote(text, i);
      if (end < 0) return UNBALANCED;
      i = end;
    }
  }
  return depth === 0 ? MISSING : UNBALANCED;
}

function closingQuote(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === text[from]) return i;
  }
  return -1;
}

function unquote(text: string): string {
  const first = text[0];
  const quoted = text.length >= 2 && (first === "'" || first === '"') && closingQuote(text, 0) === text.length - 1;
  return (quoted ? text.slice(1, -1) : text).replace(/\\(["'\\[\]{}():=, ])/g, "$1");
}
