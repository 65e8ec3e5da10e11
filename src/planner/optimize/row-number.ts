import type { Column, Expr, SortKey, WindowCall } from "../expr/expr.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { BIGINT } from "../types/types.ts";

/** The input with `column` the number of each row, from 1, among those that agree with it on `partitionBy`. */
export function rowNumbers(
  input: LogicalPlan,
  column: Column,
  partitionBy: readonly Expr[],
  orderBy: readonly SortKey[],
): LogicalPlan {
  const call: WindowCall = {
    name: "row_number",
    args: [],
    distinct: false,
    filter: undefined,
    ignoreNulls: false,
    orderBy: [],
    frame: {
      unit: "rows",
      start: { kind: "unbounded preceding" },
      end: { kind: "current row" },
      exclude: "no others",
    },
    orderKeys: orderBy.length,
    type: BIGINT,
  };
  return { kind: "Window", input, partitionBy, orderBy, functions: [{ column, call }] };
}
