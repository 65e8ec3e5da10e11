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
import { parseDatum } from "../../../planner/types/literals.ts";
import { isInteger, type SqlType } from "../../../planner/types/types.ts";

/** How values become those of a type. `lenient`: parts that do not fit are NULL, and keys that no field has are left out. */
export type JsonReading = { readonly lenient: boolean; readonly strictKeys: boolean };

/** Half a surrogate pair, which UTF-8 does not have. */
const HALF_PAIR = /\p{Surrogate}/u;

/**
 * The value of a scalar's text (strings without their quotes). A TIMESTAMP with an offset is taken at UTC, as DuckDB does.
 * undefined: there is none.
 */
export function readScalar(text: string, type: SqlType): Datum | undefined {
  if (type.kind === "Varchar") return HALF_PAIR.test(text) ? undefined : text;
  return type.kind === "Timestamp" && type.unit === "us" ? parseInstant(text, undefined) : parseDatum(text, type);
}

/** The value of the type that a JSON text stands for; undefined: it stands for none. */
export function readNested(text: string, type: SqlType, reading: JsonReading): Datum | undefined {
  const value = parseJson(text);
  return value === undefined ? undefined : fromValue(value, type, reading);
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
      return typeof value === "string"
        ? readScalar(value, type)
        : isJsonNumber(value)
          ? value.number
          : formatJson(value);
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
