import type { Column, Expr, Literal } from "../expr/expr.ts";
import { walkExpr } from "../expr/map.ts";
import { outputColumns } from "../logical/columns.ts";
import { expressionsOf, walkPlan } from "../logical/map.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import type { SqlType } from "../types/types.ts";
import { createEstimator, type Estimator } from "./cardinality/estimate.ts";

/** Evaluates an expression without column references; undefined when it cannot (or must not: errors, volatile functions). */
export type Fold = (expr: Expr) => Literal | undefined;

/** What rules may use besides the plan. Lives as long as the planning of one statement. */
export type RuleContext = {
  readonly fold: Fold;
  readonly newColumn: (name: string, type: SqlType, nullable: boolean) => Column;
  readonly newCteId: () => number;
  readonly estimate: Estimator;
};

export function createRuleContext(plan: LogicalPlan, fold: Fold): RuleContext {
  const last = lastIds(plan);
  let columnId = last.column;
  let cteId = last.cte;
  return {
    fold,
    newColumn: (name, type, nullable) => ({ id: ++columnId, name, type, nullable }),
    newCteId: () => ++cteId,
    estimate: createEstimator(),
  };
}

/** The greatest column and CTE ids in use, subqueries included. */
function lastIds(root: LogicalPlan): { readonly column: number; readonly cte: number } {
  let column = 0;
  let cte = 0;
  const roots: LogicalPlan[] = [root];
  for (let next = roots.pop(); next !== undefined; next = roots.pop()) {
    walkPlan(next, (plan) => {
      for (const { id } of outputColumns(plan)) column = Math.max(column, id);
      if (plan.kind === "With") for (const { id } of plan.ctes) cte = Math.max(cte, id);
      if (plan.kind === "Recursion") cte = Math.max(cte, plan.id, plan.unionId);
      for (const expr of expressionsOf(plan)) {
        walkExpr(expr, (part) => {
          if (part.kind === "Subquery") roots.push(part.plan);
        });
      }
    });
  }
  return { column, cte };
}
