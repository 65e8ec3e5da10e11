/** Texts of JSON values as values of a type. */
import type { Datum } from "../../../planner/expr/expr.ts";
import {
  formatJson,
  isJsonArray,
  isJsonNumber,
  isJsonObject,
  type JsonValue,
  parseJson,
} from "../../../planner/types/json.ts";
import { parseInstant } from "../../../planner/types/date-time.ts";
import { integerDatum, parseDatum } from "../../../planner/types/literals.ts";
import { isInteger, type SqlType } from "../../../planner/types/types.ts";

/** How values become those of a type. `lenient`: parts that do not fit are NULL, and keys that no field has are left out. */
export type JsonReading = { readonly lenient: boolean; readonly strictKeys: boolean };

/**
 * The value of a scalar's text (strings without their quotes). A TIMESTAMP with an offset is taken at UTC, as DuckDB does.
 * undefined: there is none.
 */
export function readScalar(text: string, type: SqlType): Datum | undefined {
  return type.kind === "Timestamp" && type.unit === "us" ? parseInstant(text, undefined) : parseDatum(text, type);
}

/** Values of which JavaScript's own parser loses nothing: no number has more than 15 digits. */
const PLAIN = /^(?!.*(?:\d[.\d]{15}|__proto__))/s;

/** The value of the type that a JSON text stands for; undefined: it stands for none. */
export function readNested(text: string, type: SqlType, reading: JsonReading): Datum | undefined {
  if (PLAIN.test(text)) {
    try {
      const value = fromPlain(JSON.parse(text), type, reading);
      if (value !== WANTS_TEXT) return value;
    } catch {
      // NaN and the like.
    }
  }
  const value = parseJson(text);
  return value === undefined ? undefined : fromValue(value, type, reading);
}

const WANTS_TEXT: unique symbol = Symbol("wants text");
type Plain = Datum | undefined | typeof WANTS_TEXT;

function fromPlain(value: unknown, type: SqlType, reading: JsonReading): Plain {
  if (type.kind === "Json") return WANTS_TEXT;
  if (value === null) return null;
  const result = convertPlain(value, type, reading);
  return result === undefined && reading.lenient ? null : result;
}

function convertPlain(value: unknown, type: SqlType, reading: JsonReading): Plain {
  switch (type.kind) {
    case "List":
    case "Array":
      if (!Array.isArray(value) || (type.kind === "Array" && value.length !== type.length)) return undefined;
      return plainItems(value, () => type.element, reading);
    case "Struct": {
      if (!isPlainObject(value)) return undefined;
      const { fields } = type;
      if (reading.strictKeys && Object.keys(value).some((key) => !fields.some(({ name }) => name === key)))
        return undefined;
      const items = fields.map(({ name }) => (Object.hasOwn(value, name) ? value[name] : null));
      return plainItems(items, (i) => (fields[i] as { readonly type: SqlType }).type, reading);
    }
    case "Map": {
      if (!isPlainObject(value)) return undefined;
      const entries: Datum[] = [];
      for (const [key, item] of Object.entries(value)) {
        // Keys that look like numbers come in another order than written.
        if (/^\d+$/.test(key)) return WANTS_TEXT;
        const pair = plainItems([key, item], (i) => (i === 0 ? type.key : type.value), reading);
        if (!Array.isArray(pair)) return pair;
        entries.push(pair as Datum);
      }
      return entries;
    }
    default:
  }
  if (typeof value === "string") return readScalar(value, type);
  if (typeof value === "object") return type.kind === "Varchar" ? WANTS_TEXT : undefined;
  if (typeof value === "boolean") return type.kind === "Boolean" ? value : WANTS_TEXT;
  if (typeof value !== "number") return undefined;
  if (type.kind === "Double") return value;
  if (isInteger(type) && Number.isSafeInteger(value)) return integerDatum(BigInt(value), type.kind);
  return WANTS_TEXT;
}

function plainItems(values: readonly unknown[], typeOf: (i: number) => SqlType, reading: JsonReading): Plain {
  const items: Datum[] = [];
  for (let i = 0; i < values.length; i++) {
    const item = fromPlain(values[i], typeOf(i), reading);
    if (item === undefined || item === WANTS_TEXT) return item;
    items.push(item);
  }
  return items;
}

function isPlainObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fromValue(value: JsonValue, type: SqlType, reading: JsonReading): Datum | undefined {
  const result = convertValue(value, type, reading);
  return result === undefined && reading.lenient ? null : result;
}

function convertValue(value: JsonValue, type: SqlType, reading: JsonReading): Datum | undefined {
  if (value === null) return null;
  switch (type.kind) {
    case "Json":
      return formatJson(value);
    case "List":
    case "Array":
      if (!isJsonArray(value) || (type.kind === "Array" && value.length !== type.length)) return undefined;
      return allOf(value.map((item) => fromValue(item, type.element, reading)));
    case "Struct": {
      if (!isJsonObject(value)) return undefined;
      const byKey = new Map(value.entries);
      if (byKey.size < value.entries.length) return undefined;
      if (reading.strictKeys && [...byKey.keys()].some((key) => !type.fields.some(({ name }) => name === key)))
        return undefined;
      return allOf(type.fields.map(({ name, type: of }) => fromValue(byKey.get(name) ?? null, of, reading)));
    }
    case "Map":
      if (!isJsonObject(value)) return undefined;
      return allOf(
        value.entries.map(([key, item]) => allOf([readScalar(key, type.key), fromValue(item, type.value, reading)])),
      );
    case "Varchar":
      return typeof value === "string" ? value : isJsonNumber(value) ? value.number : formatJson(value);
    default: {
      if (isJsonArray(value) || isJsonObject(value)) return undefined;
      if (!isJsonNumber(value)) return readScalar(String(value), type);
      // A fraction of an integer would be rounded.
      if (isInteger(type) && !/^-?\d+$/.test(value.number) && !Number.isInteger(Number(value.number))) return undefined;
      return readScalar(value.number, type);
    }
  }
}

function allOf(values: readonly (Datum | undefined)[]): readonly Datum[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly Datum[]);
}
