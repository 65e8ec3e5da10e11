import { HeadraceError } from "../../error.ts";
import { showValue } from "../../planner/functions/host/javascript.ts";
import * as types from "../../planner/types/types.ts";
import { sameType, type SqlType, typeName } from "../../planner/types/types.ts";
import type { ProviderColumn } from "./table-provider.ts";

/**
 * Columns of row objects, in the order in which they first appear. Numbers are INTEGER where all are whole and small, BIGINT where
 * all are whole and safe, else DOUBLE; Dates are TIMESTAMP, plain objects STRUCTs of all keys seen. Throws `type` for a column whose
 * values have no common type, `bind` without rows.
 */
export function inferSchema(table: string, rows: readonly unknown[]): readonly ProviderColumn[] {
  const columns = new Map<string, SqlType>();
  for (const row of rows) {
    if (typeof row !== "object" || row === null || Array.isArray(row))
      throw new HeadraceError("bind", `the table ${table} provides ${showValue(row)} as a row`, {
        hint: "give its schema for rows that are arrays",
      });
    for (const name of Object.keys(row)) {
      const value: unknown = (row as Readonly<Record<string, unknown>>)[name];
      const known = columns.get(name);
      if (known !== undefined && isOfKind(value, known)) continue;
      const where = `column "${name}" of the table ${table}`;
      columns.set(name, common(known ?? types.NULL_TYPE, typeOfValue(value, where), where));
    }
  }
  if (columns.size === 0)
    throw new HeadraceError("bind", `the table ${table} has no rows to infer its columns from`, {
      hint: "give its schema",
    });
  return [...columns].map(([name, type]) => ({ name, type: settled(type), nullable: true }));
}

/** Whether a value is surely one of the type: the common cases. */
function isOfKind(value: unknown, { kind }: SqlType): boolean {
  switch (kind) {
    case "Varchar":
      return typeof value === "string";
    case "Integer":
      return typeof value === "number" && (value | 0) === value && !Object.is(value, -0);
    case "Double":
      return typeof value === "number";
    case "Boolean":
      return typeof value === "boolean";
    case "Timestamp":
      return value instanceof Date;
    default:
      return false;
  }
}

/** A column of nothing but NULLs is text. */
function settled(type: SqlType): SqlType {
  switch (type.kind) {
    case "Null":
      return types.VARCHAR;
    case "List":
      return types.listOf(settled(type.element));
    case "Struct":
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: settled(field.type) })) };
    case "Map":
      return { ...type, key: settled(type.key), value: settled(type.value) };
    default:
      return type;
  }
}

function typeOfValue(value: unknown, where: string): SqlType {
  if (value === null || value === undefined) return types.NULL_TYPE;
  switch (typeof value) {
    case "boolean":
      return types.BOOLEAN;
    case "string":
      return types.VARCHAR;
    case "number":
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) return types.DOUBLE;
      return (value | 0) === value ? types.INTEGER : types.BIGINT;
    case "bigint":
      return BigInt.asIntN(64, value) === value ? types.BIGINT : types.HUGEINT;
    case "object":
      return typeOfObject(value, where);
    default:
      throw new HeadraceError("type", `${where} has ${showValue(value)}, which is no SQL value`);
  }
}

function typeOfObject(value: object, where: string): SqlType {
  if (value instanceof Date) return types.TIMESTAMP;
  if (value instanceof Uint8Array) return types.BLOB;
  const all = (items: Iterable<unknown>): SqlType => {
    let type: SqlType = types.NULL_TYPE;
    for (const item of items) type = common(type, typeOfValue(item, where), where);
    return type;
  };
  if (Array.isArray(value)) return types.listOf(all(value));
  if (value instanceof Map) return { kind: "Map", key: all(value.keys()), value: all(value.values()) };
  const fields = Object.entries(value).map(([name, item]) => ({ name, type: typeOfValue(item, where) }));
  return { kind: "Struct", fields };
}

const NUMBERS: readonly SqlType["kind"][] = ["Integer", "BigInt", "HugeInt", "Double"];

function common(a: SqlType, b: SqlType, where: string): SqlType {
  if (a.kind === "Null" || sameType(a, b)) return b;
  if (b.kind === "Null") return a;
  const [left, right] = [NUMBERS.indexOf(a.kind), NUMBERS.indexOf(b.kind)];
  if (left >= 0 && right >= 0) return left > right ? a : b;
  if (a.kind === "List" && b.kind === "List") return types.listOf(common(a.element, b.element, where));
  if (a.kind === "Map" && b.kind === "Map")
    return { kind: "Map", key: common(a.key, b.key, where), value: common(a.value, b.value, where) };
  if (a.kind === "Struct" && b.kind === "Struct") {
    const fields = new Map(a.fields.map(({ name, type }) => [name, type]));
    for (const { name, type } of b.fields) fields.set(name, common(fields.get(name) ?? types.NULL_TYPE, type, where));
    return { kind: "Struct", fields: [...fields].map(([name, type]) => ({ name, type })) };
  }
  throw new HeadraceError("type", `${where} has values of ${typeName(a)} and of ${typeName(b)}`, {
    hint: "give its schema",
  });
}
