/** Windows of plans as SQL for the oracle. */
import type { Expr, FrameBound, SortKey, WindowCall } from "../../src/planner/expr/expr.ts";
import { type ColumnPrinter, printExpr, printSortKey } from "../../src/planner/expr/print.ts";

/** `f(x) OVER (PARTITION BY ... ORDER BY ... frame)`. */
export function windowCallSql(
  call: WindowCall,
  window: { readonly partitionBy: readonly Expr[]; readonly orderBy: readonly SortKey[] },
  column: ColumnPrinter,
): string {
  const keys = (list: readonly SortKey[]): string =>
    list.length === 0 ? "" : ` ORDER BY ${list.map((key) => printSortKey(key, column)).join(", ")}`;
  const args = call.args.map((arg) => printExpr(arg, column)).join(", ");
  const nulls = call.ignoreNulls ? " IGNORE NULLS" : "";
  const head = `${call.name}(${call.distinct ? "DISTINCT " : ""}${args}${keys(call.orderBy)}${nulls})`;
  const filter = call.filter === undefined ? "" : ` FILTER (WHERE ${printExpr(call.filter, column)})`;
  const by =
    window.partitionBy.length === 0
      ? ""
      : `PARTITION BY ${window.partitionBy.map((expr) => printExpr(expr, column)).join(", ")}`;
  const { unit, start, end, exclude } = call.frame;
  const bound = (side: FrameBound): string =>
    `${"offset" in side ? `${printExpr(side.offset, column)} ` : ""}${side.kind}`;
  const frame = `${unit} BETWEEN ${bound(start)} AND ${bound(end)} EXCLUDE ${exclude}`;
  return `${head}${filter} OVER (${by}${keys(window.orderBy.slice(0, call.orderKeys))} ${frame})`;
}
