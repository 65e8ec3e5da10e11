import type { Expr } from "../expr/expr.ts";
import { transformExpr } from "../expr/map.ts";
import { mapExpressions, mapInputs } from "../logical/map.ts";
import type { LogicalPlan } from "../logical/plan.ts";

/** Rewrites every expression of a plan bottom-up, those inside subqueries included; the same plan when none changes. */
export function rewriteExpressions(plan: LogicalPlan, rewrite: (expr: Expr) => Expr): LogicalPlan {
  const inExpr = (expr: Expr): Expr =>
    transformExpr(expr, (part) => {
      if (part.kind !== "Subquery") return rewrite(part);
      const inner = rewriteExpressions(part.plan, rewrite);
      return inner === part.plan ? part : { ...part, plan: inner };
    });
  return mapExpressions(
    mapInputs(plan, (input) => rewriteExpressions(input, rewrite)),
    inExpr,
  );
}
