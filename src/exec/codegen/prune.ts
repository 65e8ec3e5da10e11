import type { Column, Datum, Expr } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";

/** A condition that every row of interest satisfies: `column op value`, the value in the Datum convention of the column's type. */
export type Bound = { readonly ordinal: number; readonly op: "=" | "<" | "<=" | ">" | ">="; readonly value: Datum };

/** Least and greatest value of a chunk's column, as far as known; strings may come as UTF-8 bytes. */
export type MinMax = {
  readonly min: Datum | undefined;
  readonly max: Datum | undefined;
  readonly nullCount: number | undefined;
};

const FLIPPED: { readonly [op: string]: Bound["op"] } = { "=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** The comparisons of a column with a constant among conjuncts, for skipping chunks. */
export function boundsOf(
  filters: readonly Expr[],
  ordinalOf: (column: Column) => number | undefined,
): readonly Bound[] {
  const bounds: Bound[] = [];
  for (const filter of filters) {
    if (filter.kind !== "Call" || filter.args.length !== 2 || !(filter.name in FLIPPED)) continue;
    const [left, right] = filter.args as [Expr, Expr];
    const [column, literal, flipped] = left.kind === "Column" ? [left, right, false] : [right, left, true];
    if (column.kind !== "Column" || literal.kind !== "Literal" || literal.value === null) continue;
    if (!isOrdered(literal.value) || typeOf(column).kind !== literal.type.kind) continue;
    // Their bounds are of the words as signed numbers.
    if (literal.type.kind === "Uuid" || literal.type.kind === "UHugeInt") continue;
    const ordinal = ordinalOf(column.column);
    const op = flipped ? FLIPPED[filter.name] : (filter.name as Bound["op"]);
    // Statistics leave NaN out, which is greater than everything.
    const isFloat = literal.type.kind === "Double" || literal.type.kind === "Real";
    if (isFloat && (op === ">" || op === ">=")) continue;
    if (ordinal !== undefined && op !== undefined) bounds.push({ ordinal, op, value: literal.value });
  }
  return bounds;
}

/** Whether some row of a chunk with these statistics may satisfy the bound. */
export function mayContain({ op, value }: Bound, { min, max, nullCount }: MinMax, rows: number): boolean {
  // A comparison with NULL is never true.
  if (nullCount === rows) return false;
  if (min === undefined || max === undefined || min === null || max === null) return true;
  if (Number.isNaN(value) || Number.isNaN(min) || Number.isNaN(max)) return true;
  const [low, high] = [order(min, value), order(max, value)];
  if (low === undefined || high === undefined) return true;
  switch (op) {
    case "=":
      return low <= 0 && high >= 0;
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

function isOrdered(value: Datum): boolean {
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
