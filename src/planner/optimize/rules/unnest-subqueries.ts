import { walkPlan, expressionsOf } from "../../logical/map.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import type { PlanRule } from "../rule.ts";
import { removeDependentJoins } from "../unnest/dependent-join.ts";
import { hasSubquery, replaceSubqueries } from "../unnest/subqueries.ts";

/** Subqueries become dependent joins, dependent joins become joins. Needed for correctness: nothing later knows either. */
export const unnestSubqueries: PlanRule = {
  name: "UnnestSubqueries",
  on: "Plan",
  apply: (plan, context) =>
    isNested(plan) ? removeDependentJoins(replaceSubqueries(plan, context), context) : undefined,
};

function isNested(root: LogicalPlan): boolean {
  let nested = false;
  walkPlan(root, (plan) => {
    if (plan.kind === "DependentJoin" || expressionsOf(plan).some(hasSubquery)) nested = true;
  });
  return nested;
}
