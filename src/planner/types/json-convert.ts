/** Constants to JSON and back. */
import type { Datum } from "../expr/expr.ts";
import { formatJson, isJsonArray, isJsonNumber, isJsonObject, jsonDouble, type JsonValue, parseJson } from "./json.ts";
import { formatDatum, parseDatum } from "./literals.ts";
import { isInteger, type SqlType, type StructField } from "./types.ts";
import { findMember, memberOf, unionDatum } from "./union.ts";

/** The JSON of a value: structs and maps are objects, lists arrays, what JSON has no notion of is text. */
export function toJson(value: Datum, type: SqlType): JsonValue {
  if (value === null) return null;
  if (isInteger(type)) return { number: String(value) };
  if (type.kind === "Bignum") return { number: formatDatum(value, type) };
  switch (type.kind) {
    case "Boolean":
      return value as boolean;
    case "Real":
    case "Double":
      return Number.isFinite(value) ? { number: jsonDouble(value as number) } : formatDatum(value, type);
    case "Decimal":
      return { number: jsonDouble(Number(formatDatum(value, type))) };
    case "Json":
      return parseJson(value as string) ?? (value as string);
    case "List":
    case "Array":
      return (value as readonly Datum[]).map((item) => toJson(item, type.element));
    case "Struct":
      return {
        entries: (value as readonly Datum[]).map((item, i) => {
          const field = type.fields[i] as { readonly name: string; readonly type: SqlType };
          return [field.name, toJson(item, field.type)];
        }),
      };
    case "Union": {
      const { name, type: of, value: member } = memberOf(value as readonly Datum[], type);
      return { entries: [[name, toJson(member, of)]] };
    }
    case "Map":
      return {
        entries: (value as readonly (readonly Datum[])[]).map(([key = null, item = null]) => [
          formatDatum(key, type.key),
          toJson(item, type.value),
        ]),
      };
    default:
      return formatDatum(value, type);
  }
}

/**
 * The value of the type that the JSON stands for; undefined: it stands for none. null is NULL. `lenient`: parts that stand for
 * none are NULL.
 */
export function fromJson(value: JsonValue, type: SqlType, lenient = false): Datum | undefined {
  const result = convert(value, type, lenient);
  return result === undefined && lenient ? null : result;
}

function convert(value: JsonValue, type: SqlType, lenient: boolean): Datum | undefined {
  if (type.kind === "Json") return formatJson(value);
  if (value === null) return null;
  switch (type.kind) {
    case "List":
    case "Array": {
      if (!isJsonArray(value) || (type.kind === "Array" && value.length !== type.length)) return undefined;
      return allKnown(value.map((item) => fromJson(item, type.element, lenient)));
    }
    case "Struct": {
      if (!isJsonObject(value)) return undefined;
      const byName = new Map(value.entries.map(([key, item]) => [key.toLowerCase(), item]));
      return allKnown(
        type.fields.map((field) => fromJson(byName.get(field.name.toLowerCase()) ?? null, field.type, lenient)),
      );
    }
    case "Union": {
      const [entry, ...more] = isJsonObject(value) ? value.entries : [];
      const tag = entry === undefined || more.length > 0 ? -1 : findMember(type, entry[0]);
      const item =
        entry === undefined || tag < 0
          ? undefined
          : fromJson(entry[1], (type.members[tag] as StructField).type, lenient);
      return item === undefined ? undefined : unionDatum(type, tag, item);
    }
    case "Map": {
      if (!isJsonObject(value)) return undefined;
      return allKnown(
        value.entries.map(([key, item]) => {
          const [own, of] = [parseDatum(key, type.key), fromJson(item, type.value, lenient)];
          return own === undefined || of === undefined ? undefined : [own, of];
        }),
      );
    }
    case "Varchar":
      return typeof value === "string" ? value : formatJson(value);
    default: {
      if (isJsonArray(value) || isJsonObject(value)) return undefined;
      return parseDatum(isJsonNumber(value) ? value.number : String(value), type);
    }
  }
}

function allKnown(values: readonly (Datum | undefined)[]): readonly Datum[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly Datum[]);
}
