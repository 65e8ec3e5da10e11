import { collectColumns } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";

/** `ids` and the columns that `exprs` read. */
export function withColumnsOf(ids: Iterable<number>, exprs: Iterable<Expr>): Set<number> {
  const found = new Map<number, Column>();
  for (const expr of exprs) collectColumns(expr, found);
  return new Set([...ids, ...found.keys()]);
}
