import type { LogicalPlan } from "./logical/plan.ts";
import type { Fold } from "./optimize/context.ts";
import { optimize, type OptimizerSettings, type RuleTrace, tooDeepAware } from "./optimize/driver.ts";
import { planPhysical } from "./physical/plan-physical.ts";
import type { PhysicalPlan } from "./physical/plan.ts";

export type PlanningContext = { readonly fold: Fold; readonly settings: OptimizerSettings };

export type PlannedQuery = {
  readonly logical: LogicalPlan;
  readonly physical: PhysicalPlan;
  readonly trace: RuleTrace;
};

/** From a bound plan to a physical one: optimizer rules, then algorithms and exchanges. */
export function planQuery(bound: LogicalPlan, { fold, settings }: PlanningContext): PlannedQuery {
  const { plan, trace, context } = optimize(bound, fold, settings);
  return { logical: plan, physical: tooDeepAware(() => planPhysical(plan, context.estimate)), trace };
}
