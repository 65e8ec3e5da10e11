import type { OrderItem } from "../../sql/ast.ts";
import type { Expr, SortKey } from "../expr/expr.ts";
import { collationKey } from "./collation.ts";
import type { BindContext } from "./context.ts";

/** Ascending with NULLS LAST in both directions, unless written or set (`default_order`, `default_null_order`) otherwise. */
export function sortKey(
  ctx: BindContext,
  expr: Expr,
  { direction, nulls }: Pick<OrderItem, "direction" | "nulls">,
): SortKey {
  const { session } = ctx;
  const descending = (direction ?? session.order) === "desc";
  return {
    expr: collationKey(ctx, expr),
    descending,
    nullsFirst: nulls === undefined ? nullsFirst(session.nullOrder, descending) : nulls === "first",
  };
}

function nullsFirst(order: BindContext["session"]["nullOrder"], descending: boolean): boolean {
  switch (order) {
    case "first":
      return true;
    case "last":
      return false;
    case "first on asc, last on desc":
      return !descending;
    case "last on asc, first on desc":
      return descending;
  }
}
