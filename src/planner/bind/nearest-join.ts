import type { Join as JoinNode, Nearest } from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import type { Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import { outputColumns } from "../logical/columns.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { type BindContext, bindError } from "./context.ts";
import { rowCount } from "./limit.ts";
import type { Scope } from "./scope.ts";

/**
 * `left JOIN right NEAREST n BY DISTANCE rank`: the lateral join with the first n rows of `right` by `rank`, those where it is NULL
 * left out. The answer is exact, whatever the precision that was asked for.
 */
export function nearestRows(
  ctx: BindContext,
  join: JoinNode,
  nearest: Nearest,
  right: LogicalPlan,
  rank: Expr,
  scope: Scope,
): LogicalPlan {
  if (join.asof || (join.type !== "inner" && join.type !== "left"))
    throw bindError(ctx, "NEAREST stands in inner and left joins only", nearest);
  const limit = nearest.count === undefined ? 1 : rowCount(ctx, nearest.count, scope);
  if (limit === undefined) throw bindError(ctx, "NEAREST needs a number of rows", nearest.count ?? nearest);
  const column = ctx.ids.column(nearest.by, typeOf(rank), isNullable(rank));
  const own = outputColumns(right).map((each) => ({ column: each, expr: ref(each) }));
  const ranked: LogicalPlan = { kind: "Project", input: right, outputs: [...own, { column, expr: rank }] };
  const known: LogicalPlan = {
    kind: "Filter",
    input: ranked,
    predicate: { kind: "IsNull", input: ref(column), negated: true },
  };
  const keys = [{ expr: ref(column), descending: nearest.by === "similarity", nullsFirst: false }];
  const first: LogicalPlan = { kind: "Limit", input: { kind: "Sort", input: known, keys }, limit, offset: 0 };
  return { kind: "Project", input: first, outputs: own };
}
