/**
 * The SQL types (DESIGN: types). A type is plain data; two types are equal when `sameType` says so.
 * How values of a type lie in memory is `laneOf` in `lane.ts`.
 */

import { type Keyword, KEYWORDS } from "../../sql/keywords.ts";

export type TimestampUnit = "s" | "ms" | "us" | "ns";

export type StructField = { readonly name: string; readonly type: SqlType };

/** A type; with `state` the values are states of an aggregate in the form that the type otherwise says. */
export type SqlType = ValueType & { readonly state?: AggregateStateOf };

/** The aggregate that states are of: its name, and the signature of the call. */
export type AggregateStateOf = {
  readonly name: string;
  readonly args: readonly SqlType[];
  readonly returns: SqlType;
};

type ValueType =
  /** The type of an untyped NULL literal; coerces to everything. */
  | { readonly kind: "Null" }
  | { readonly kind: "Boolean" }
  | { readonly kind: IntegerKind }
  | { readonly kind: "Real" }
  | { readonly kind: "Double" }
  /** `precision` <= 38 digits, `scale` of them behind the point. */
  | { readonly kind: "Decimal"; readonly precision: number; readonly scale: number }
  /** `collation`: how texts of a column compare (`collation.ts`); one type all the same. */
  | { readonly kind: "Varchar"; readonly collation?: string }
  | { readonly kind: "Blob" }
  /** A string of bits, kept as text of 0 and 1: bytes have the order of bits, and equal strings are equal text. */
  | { readonly kind: "Bit" }
  /** An integer of any size (`bignum.ts`). */
  | { readonly kind: "Bignum" }
  | { readonly kind: "Date" }
  | { readonly kind: "Time" }
  /** TIME_NS: nanoseconds since midnight. */
  | { readonly kind: "TimeNs" }
  /** TIME WITH TIME ZONE (`time-tz.ts`). */
  | { readonly kind: "TimeTz" }
  /** Wall time without a zone. */
  | { readonly kind: "Timestamp"; readonly unit: TimestampUnit }
  /** An instant, in microseconds UTC; shown in the session's zone. */
  | { readonly kind: "TimestampTz" }
  | { readonly kind: "Interval" }
  | { readonly kind: "Uuid" }
  | { readonly kind: "Json" }
  | { readonly kind: "Enum"; readonly values: readonly string[] }
  | { readonly kind: "List"; readonly element: SqlType }
  | { readonly kind: "Array"; readonly element: SqlType; readonly length: number }
  | { readonly kind: "Struct"; readonly fields: readonly StructField[] }
  | { readonly kind: "Map"; readonly key: SqlType; readonly value: SqlType }
  /** A value of one of the members, and which. */
  | { readonly kind: "Union"; readonly members: readonly StructField[] };

export type SignedKind = "TinyInt" | "SmallInt" | "Integer" | "BigInt" | "HugeInt";
export type UnsignedKind = "UTinyInt" | "USmallInt" | "UInteger" | "UBigInt" | "UHugeInt";
export type IntegerKind = SignedKind | UnsignedKind;

export const NULL_TYPE: SqlType = { kind: "Null" };
export const BOOLEAN: SqlType = { kind: "Boolean" };
export const TINYINT: SqlType = { kind: "TinyInt" };
export const SMALLINT: SqlType = { kind: "SmallInt" };
export const INTEGER: SqlType = { kind: "Integer" };
export const BIGINT: SqlType = { kind: "BigInt" };
export const HUGEINT: SqlType = { kind: "HugeInt" };
export const UTINYINT: SqlType = { kind: "UTinyInt" };
export const USMALLINT: SqlType = { kind: "USmallInt" };
export const UINTEGER: SqlType = { kind: "UInteger" };
export const UBIGINT: SqlType = { kind: "UBigInt" };
export const UHUGEINT: SqlType = { kind: "UHugeInt" };
export const REAL: SqlType = { kind: "Real" };
export const DOUBLE: SqlType = { kind: "Double" };
export const VARCHAR: SqlType = { kind: "Varchar" };
export const BLOB: SqlType = { kind: "Blob" };
export const BIT: SqlType = { kind: "Bit" };
export const BIGNUM: SqlType = { kind: "Bignum" };
export const DATE: SqlType = { kind: "Date" };
export const TIME: SqlType = { kind: "Time" };
export const TIME_NS: SqlType = { kind: "TimeNs" };
export const TIMETZ: SqlType = { kind: "TimeTz" };
export const TIMESTAMP: SqlType = { kind: "Timestamp", unit: "us" };
export const TIMESTAMPTZ: SqlType = { kind: "TimestampTz" };
export const INTERVAL: SqlType = { kind: "Interval" };
export const UUID: SqlType = { kind: "Uuid" };
export const JSON_TYPE: SqlType = { kind: "Json" };
export const decimal = (precision: number, scale: number): SqlType => ({ kind: "Decimal", precision, scale });
export const listOf = (element: SqlType): SqlType => ({ kind: "List", element });

/** Inclusive bounds of each integer type. */
export const INTEGER_RANGE: { readonly [K in IntegerKind]: { readonly min: bigint; readonly max: bigint } } = {
  TinyInt: { min: -(2n ** 7n), max: 2n ** 7n - 1n },
  SmallInt: { min: -(2n ** 15n), max: 2n ** 15n - 1n },
  Integer: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  BigInt: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  HugeInt: { min: -(2n ** 127n), max: 2n ** 127n - 1n },
  UTinyInt: { min: 0n, max: 2n ** 8n - 1n },
  USmallInt: { min: 0n, max: 2n ** 16n - 1n },
  UInteger: { min: 0n, max: 2n ** 32n - 1n },
  UBigInt: { min: 0n, max: 2n ** 64n - 1n },
  UHugeInt: { min: 0n, max: 2n ** 128n - 1n },
};

export function isInteger(type: SqlType): type is { readonly kind: IntegerKind } {
  return type.kind in INTEGER_RANGE;
}

export function isNumeric(type: SqlType): boolean {
  return isInteger(type) || type.kind === "Real" || type.kind === "Double" || type.kind === "Decimal";
}

/** The type of the same values as no states. */
export function withoutState(type: SqlType): SqlType {
  if (type.state === undefined) return type;
  const { state: _, ...plain } = type;
  return plain;
}

function sameState(a: AggregateStateOf | undefined, b: AggregateStateOf | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const isSame = a.name === b.name && a.args.length === b.args.length && sameType(a.returns, b.returns);
  return isSame && a.args.every((arg, i) => sameType(arg, b.args[i] as SqlType));
}

export function sameType(a: SqlType, b: SqlType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || !sameState(a.state, b.state)) return false;
  switch (a.kind) {
    case "Decimal":
      return b.kind === "Decimal" && a.precision === b.precision && a.scale === b.scale;
    case "Timestamp":
      return b.kind === "Timestamp" && a.unit === b.unit;
    case "Enum":
      return b.kind === "Enum" && a.values.length === b.values.length && a.values.every((v, i) => v === b.values[i]);
    case "List":
      return b.kind === "List" && sameType(a.element, b.element);
    case "Array":
      return b.kind === "Array" && a.length === b.length && sameType(a.element, b.element);
    case "Map":
      return b.kind === "Map" && sameType(a.key, b.key) && sameType(a.value, b.value);
    case "Struct":
      return b.kind === "Struct" && sameFields(a.fields, b.fields);
    case "Union":
      return b.kind === "Union" && sameFields(a.members, b.members);
    default:
      return true;
  }
}

function sameFields(a: readonly StructField[], b: readonly StructField[]): boolean {
  return a.length === b.length && a.every((f, i) => f.name === b[i]?.name && sameType(f.type, b[i].type));
}

/** A field's name before its type, quoted where it is no plain identifier. */
function fieldName(name: string): string {
  if (name === "") return "";
  const plain = /^[a-z_][a-z0-9_]*$/i.test(name) && !KEYWORDS.has(name.toUpperCase() as Keyword);
  return plain ? `${name} ` : `"${name.replaceAll('"', '""')}" `;
}

const fieldNames = (fields: readonly StructField[]): string =>
  fields.map((field) => `${fieldName(field.name)}${typeName(field.type)}`).join(", ");

const SIMPLE_NAMES: Partial<Record<SqlType["kind"], string>> = {
  Null: '"NULL"',
  TimestampTz: "TIMESTAMP WITH TIME ZONE",
  TimeTz: "TIME WITH TIME ZONE",
  TimeNs: "TIME_NS",
  Real: "FLOAT",
};

/** The type as SQL text, as DuckDB prints it: `DECIMAL(15,2)`, `VARCHAR[]`, `STRUCT(a INTEGER)`. */
export function typeName(type: SqlType): string {
  if (type.state !== undefined) {
    const { name, args, returns } = type.state;
    return `AGGREGATE_STATE<${name}(${args.map(typeName).join(", ")})::${typeName(returns)}>`;
  }
  switch (type.kind) {
    case "Decimal":
      return `DECIMAL(${type.precision},${type.scale})`;
    case "Timestamp":
      return type.unit === "us" ? "TIMESTAMP" : `TIMESTAMP_${type.unit.toUpperCase()}`;
    case "Enum":
      return `ENUM(${type.values.map((v) => `'${v.replaceAll("'", "''")}'`).join(", ")})`;
    case "List":
      return `${typeName(type.element)}[]`;
    case "Array":
      return `${typeName(type.element)}[${type.length}]`;
    case "Map":
      return `MAP(${typeName(type.key)}, ${typeName(type.value)})`;
    case "Struct":
      return `STRUCT(${fieldNames(type.fields)})`;
    case "Union":
      return `UNION(${fieldNames(type.members)})`;
    default:
      return SIMPLE_NAMES[type.kind] ?? type.kind.toUpperCase();
  }
}
