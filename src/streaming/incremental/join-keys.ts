import { readsOnly } from "../../planner/expr/columns.ts";
import type { Expr } from "../../planner/expr/expr.ts";
import { isNullable } from "../../planner/expr/nullable.ts";
import { outputColumns } from "../../planner/logical/columns.ts";
import type { Join } from "../../planner/logical/plan.ts";

/**
 * Pairs of expressions, of the left and of the right side, that agree wherever rows match; rows without a match are a group's own
 * affair. None for a mark join that may see NULL, which concerns all groups.
 */
export function joinKeys(join: Join): readonly { readonly left: Expr; readonly right: Expr }[] {
  const [left, right] = [join.left, join.right].map((side) => new Set(outputColumns(side).map(({ id }) => id)));
  const pairs = join.conditions.flatMap((condition) => {
    if (condition.kind !== "Call" || (condition.name !== "=" && condition.name !== "is_not_distinct")) return [];
    const [a, b] = condition.args as [Expr, Expr];
    const isLeft = (expr: Expr): boolean => readsOnly(expr, (id) => left!.has(id));
    const isRight = (expr: Expr): boolean => readsOnly(expr, (id) => right!.has(id));
    if (isLeft(a) && isRight(b)) return [{ left: a, right: b }];
    return isRight(a) && isLeft(b) ? [{ left: b, right: a }] : [];
  });
  if (join.join !== "mark") return pairs;
  const certain =
    join.conditions.length === pairs.length && pairs.every((pair) => !isNullable(pair.left) && !isNullable(pair.right));
  return certain ? pairs : [];
}
