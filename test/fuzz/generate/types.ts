/** The types that queries are made of, with the range of values that each can hold. */
import type { Random } from "../random.ts";

export type Family =
  | "boolean"
  | "integer"
  | "decimal"
  | "float"
  | "text"
  | "date"
  | "time"
  | "timestamp"
  | "instant"
  | "interval"
  | "list"
  | "struct"
  /** Those that are only compared, cast and carried. */
  | "other";

/** `low` and `high`: what numbers of the type can be, days for dates, seconds for timestamps and instants, length for text and lists. */
export type Type = {
  readonly family: Family;
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** Digits behind the point of a DECIMAL. */
  readonly scale: number;
  /** Of a list (one) or struct. */
  readonly elements: readonly Type[];
};

const simple = (family: Family, name: string, low = 0, high = 0): Type => ({
  ...{ family, name, low, high },
  scale: 0,
  elements: [],
});

const integer = (name: string, bits: number, signed: boolean): Type =>
  simple("integer", name, signed ? -(2 ** (bits - 1)) : 0, signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1);

export const BOOLEAN: Type = simple("boolean", "BOOLEAN");
export const TINYINT: Type = integer("TINYINT", 8, true);
export const INTEGER: Type = integer("INTEGER", 32, true);
export const BIGINT: Type = integer("BIGINT", 64, true);
export const HUGEINT: Type = integer("HUGEINT", 128, true);
export const DOUBLE: Type = simple("float", "DOUBLE", -1e300, 1e300);
export const REAL: Type = simple("float", "FLOAT", -1e37, 1e37);
export const VARCHAR: Type = simple("text", "VARCHAR", 0, 4000);
/** 1 to 9999 AD. */
export const DATE: Type = simple("date", "DATE", -719_162, 2_932_896);
export const TIME: Type = simple("time", "TIME");
export const TIMESTAMP: Type = simple("timestamp", "TIMESTAMP", -719_162 * 86_400, 2_932_896 * 86_400);
/** 1900 to 2100. */
export const INSTANT: Type = simple("instant", "TIMESTAMP WITH TIME ZONE", -25_567 * 86_400, 47_482 * 86_400);
export const INTERVAL: Type = simple("interval", "INTERVAL");

export const SIGNED: readonly Type[] = [TINYINT, integer("SMALLINT", 16, true), INTEGER, BIGINT, HUGEINT];
export const INTEGERS: readonly Type[] = [
  ...SIGNED,
  integer("UTINYINT", 8, false),
  integer("USMALLINT", 16, false),
  integer("UINTEGER", 32, false),
  integer("UBIGINT", 64, false),
];

export function decimal(precision: number, scale: number): Type {
  const high = 10 ** (precision - scale);
  return { family: "decimal", name: `DECIMAL(${precision},${scale})`, low: -high, high, scale, elements: [] };
}

export const list = (element: Type): Type => ({ ...simple("list", `${element.name}[]`, 0, 300), elements: [element] });

/** Fields are called f0, f1, ... */
export const struct = (...fields: readonly Type[]): Type => ({
  ...simple("struct", `STRUCT(${fields.map(({ name }, i) => `f${i} ${name}`).join(", ")})`),
  elements: fields,
});

export const DECIMALS: readonly Type[] = [
  decimal(4, 1),
  decimal(4, 4),
  decimal(9, 2),
  decimal(15, 2),
  decimal(18, 0),
  decimal(18, 6),
  decimal(19, 4),
  decimal(30, 6),
  decimal(38, 0),
  decimal(38, 10),
];

export const LISTS: readonly Type[] = [
  list(INTEGER),
  list(INTEGER),
  list(VARCHAR),
  list(BIGINT),
  list(DATE),
  list(list(INTEGER)),
];
export const STRUCTS: readonly Type[] = [struct(INTEGER, VARCHAR), struct(BIGINT), struct(list(INTEGER), BOOLEAN)];
export const OTHERS: readonly Type[] = [
  "BLOB",
  "UUID",
  "TIME WITH TIME ZONE",
  "TIME_NS",
  "MAP(VARCHAR, INTEGER)",
  "INTEGER[3]",
  "BIT",
  "UHUGEINT",
  "TIMESTAMP_S",
  "TIMESTAMP_MS",
  "TIMESTAMP_NS",
  "ENUM('a', 'b', 'x y')",
].map((name) => simple("other", name));

/** Types of columns, the common ones more often. */
const COLUMN_TYPES: readonly (readonly [number, () => readonly Type[]])[] = [
  [8, () => [INTEGER]],
  [4, () => [BIGINT]],
  [6, () => INTEGERS],
  [5, () => [VARCHAR]],
  [4, () => DECIMALS],
  [4, () => [DOUBLE]],
  [1, () => [REAL]],
  [3, () => [BOOLEAN]],
  [2, () => [DATE]],
  [2, () => [TIMESTAMP]],
  [1, () => [INSTANT]],
  [1, () => [TIME]],
  [1, () => [INTERVAL]],
  [1.5, () => LISTS],
  [1, () => STRUCTS],
  [1, () => OTHERS],
];

export function anyType(random: Random): Type {
  return random.pick(random.weighted(COLUMN_TYPES)());
}

export const isNumeric = ({ family }: Type): boolean =>
  family === "integer" || family === "decimal" || family === "float";
