import type { OrderItem } from "../../sql/ast.ts";
import type { Expr, SortKey } from "../expr/expr.ts";

/** NULLS LAST in both directions unless written otherwise. */
export function sortKey(expr: Expr, item: Pick<OrderItem, "direction" | "nulls">): SortKey {
  return { expr, descending: item.direction === "desc", nullsFirst: item.nulls === "first" };
}
