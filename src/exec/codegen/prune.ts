import type { Column, ColumnRef, Datum, Expr, Literal } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import type { SqlType } from "../../planner/types/types.ts";

/** A condition that every row of interest satisfies on a column, values in the Datum convention of its type. */
export type Bound = { readonly ordinal: number } & Condition;

type Condition =
  | { readonly op: "<" | "<=" | ">" | ">="; readonly value: Datum }
  /** One of the values. `ordered` false: bounds of the column do not follow the order of its Datums. */
  | { readonly op: "in"; readonly values: readonly Datum[]; readonly ordered: boolean }
  | { readonly op: "null" }
  | { readonly op: "not null" };

/** Least and greatest value of a chunk's column, as far as known; strings may come as UTF-8 bytes. */
export type MinMax = {
  readonly min: Datum | undefined;
  readonly max: Datum | undefined;
  readonly nullCount: number | undefined;
};

const FLIPPED: { readonly [op: string]: string } = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** What conjuncts say of single columns, for skipping chunks. */
export function boundsOf(
  filters: readonly Expr[],
  ordinalOf: (column: Column) => number | undefined,
): readonly Bound[] {
  return filters.flatMap((filter) => {
    const found = conditionOf(filter);
    const ordinal = found && ordinalOf(found.column);
    return found === undefined || ordinal === undefined ? [] : [{ ordinal, ...found.condition }];
  });
}

function conditionOf(filter: Expr): { readonly column: Column; readonly condition: Condition } | undefined {
  if (filter.kind === "IsNull" && filter.input.kind === "Column")
    return { column: filter.input.column, condition: { op: filter.negated ? "not null" : "null" } };
  if (filter.kind === "InList" && filter.input.kind === "Column") return membership(filter.input, filter.values);
  if (filter.kind !== "Call" || filter.args.length !== 2 || !(filter.name in FLIPPED)) return undefined;
  const [left, right] = filter.args as [Expr, Expr];
  const [column, literal, op] =
    left.kind === "Column" ? [left, right, filter.name] : [right, left, FLIPPED[filter.name]];
  if (column.kind !== "Column" || literal.kind !== "Literal") return undefined;
  if (op === "=") return membership(column, [literal]);
  const { value, type } = literal;
  if (!hasOrder(value) || typeOf(column).kind !== type.kind || !isOrdered(type)) return undefined;
  // Statistics leave NaN out, which is greater than everything.
  const isFloat = type.kind === "Double" || type.kind === "Real";
  if (isFloat && (op === ">" || op === ">=")) return undefined;
  return { column: column.column, condition: { op: op as "<" | "<=" | ">" | ">=", value } };
}

function membership(
  column: ColumnRef,
  literals: readonly Literal[],
): { readonly column: Column; readonly condition: Condition } | undefined {
  const type = typeOf(column);
  const values = literals.filter(({ value }) => value !== null);
  if (values.some(({ value, type: own }) => !hasOrder(value) || own.kind !== type.kind)) return undefined;
  const condition: Condition = { op: "in", values: values.map(({ value }) => value), ordered: isOrdered(type) };
  return { column: column.column, condition };
}

/** Whether some row of a chunk with these statistics may satisfy the bound. */
export function mayContain(bound: Bound, { min, max, nullCount }: MinMax, rows: number): boolean {
  if (bound.op === "null") return nullCount !== 0;
  // A comparison with NULL is never true.
  if (nullCount === rows) return false;
  if (bound.op === "not null") return true;
  if (min === undefined || max === undefined || min === null || max === null) return true;
  if (Number.isNaN(min) || Number.isNaN(max)) return true;
  if (bound.op === "in") return !bound.ordered || bound.values.some((value) => isBetween(value, min, max));
  const { op, value } = bound;
  if (Number.isNaN(value)) return true;
  const [low, high] = [order(min, value), order(max, value)];
  if (low === undefined || high === undefined) return true;
  switch (op) {
    case "<":
      return low < 0;
    case "<=":
      return low <= 0;
    case ">":
      return high > 0;
    case ">=":
      return high >= 0;
  }
}

function isBetween(value: Datum, min: Datum, max: Datum): boolean {
  if (Number.isNaN(value)) return true;
  const [low, high] = [order(min, value), order(max, value)];
  return low === undefined || high === undefined || (low <= 0 && high >= 0);
}

/** Of UUID and UHUGEINT, bounds are of the words as signed numbers. */
function isOrdered({ kind }: SqlType): boolean {
  return kind !== "Uuid" && kind !== "UHugeInt";
}

function hasOrder(value: Datum): boolean {
  return typeof value === "number" || typeof value === "bigint" || typeof value === "string";
}

/** Sign of a - b; undefined for values that have no common order here. */
function order(a: Datum, b: Datum): number | undefined {
  if ((typeof a === "number" || typeof a === "bigint") && (typeof b === "number" || typeof b === "bigint"))
    return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [bytesOf(a), bytesOf(b)];
  return x === undefined || y === undefined ? undefined : Buffer.compare(x, y);
}

function bytesOf(value: Datum): Uint8Array | undefined {
  return typeof value === "string" ? Buffer.from(value, "utf8") : value instanceof Uint8Array ? value : undefined;
}
