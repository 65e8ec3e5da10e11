/**
 * SQL values as JSON that loses nothing: BIGINT, HUGEINT and DECIMAL are number literals with all their digits, dates and
 * timestamps ISO 8601 text, lists arrays, structs and maps objects, unions objects of one member. NaN and the infinities, for which JSON has no
 * number, are the strings "NaN", "Infinity" and "-Infinity". Other types are their SQL text.
 */
import { isNumeric, parseColumnType } from "../column-type.ts";
import type { ColumnType } from "../column-type.ts";
import { shortestFloat32, textOf } from "../text.ts";
import type { ToText } from "../text.ts";
import type { ResultColumn } from "./format.ts";

export function rowToJson(columns: readonly ResultColumn[]): (row: readonly unknown[]) => string {
  const keys = columns.map((column) => `${JSON.stringify(column.name)}:`);
  const values = columns.map((column) => jsonOf(parseColumnType(column.type)));
  return (row) => `{${row.map((value, i) => keys[i]! + values[i]!(value)).join(",")}}`;
}

function jsonOf(type: ColumnType): ToText {
  const json = nonNullJson(type);
  return (value) => (value === null || value === undefined ? "null" : json(value));
}

function nonNullJson(type: ColumnType): ToText {
  switch (type.kind) {
    case "scalar":
      return scalarJson(type);
    case "list": {
      const element = jsonOf(type.element);
      return (value) => `[${[...(value as Iterable<unknown>)].map(element).join(",")}]`;
    }
    case "struct": {
      const fields = new Map(type.fields.map((field) => [field.name, jsonOf(field.type)]));
      const field = ([name, value]: [string, unknown]): string =>
        `${JSON.stringify(name)}:${(fields.get(name) ?? String)(value)}`;
      return (value) =>
        `{${Object.entries(value as object)
          .map(field)
          .join(",")}}`;
    }
    case "union": {
      const members = new Map([...type.members].map(([name, member]) => [name, jsonOf(member)]));
      return (value) => {
        const { tag, value: member } = value as { readonly tag: string; readonly value: unknown };
        return `{${JSON.stringify(tag)}:${members.get(tag)!(member)}}`;
      };
    }
    case "map": {
      const key = textOf(type.key);
      const entry = jsonOf(type.value);
      return (value) =>
        `{${[...(value as Map<unknown, unknown>)].map(([k, v]) => `${JSON.stringify(key(k))}:${entry(v)}`).join(",")}}`;
    }
  }
}

function scalarJson(type: ColumnType & { kind: "scalar" }): ToText {
  if (type.name === "DOUBLE") return (value) => floatJson(Number(value));
  if (type.name === "FLOAT" || type.name === "REAL")
    return (value) => floatJson(Number(shortestFloat32(Number(value))));
  if (isNumeric(type) || type.name === "BOOLEAN" || type.name === "JSON") return String;
  const text = textOf(type);
  if (type.name.startsWith("TIMESTAMP")) return (value) => JSON.stringify(isoTimestamp(text(value)));
  return (value) => JSON.stringify(text(value));
}

/** The shortest digits that read back the same. */
function floatJson(number: number): string {
  if (!Number.isFinite(number)) return JSON.stringify(String(number));
  return Object.is(number, -0) ? "-0.0" : String(number);
}

/** `1992-01-02 03:04:05+00` becomes `1992-01-02T03:04:05+00:00`. */
function isoTimestamp(text: string): string {
  return text.replace(" ", "T").replace(/(T.*[+-]\d\d)$/, "$1:00");
}
