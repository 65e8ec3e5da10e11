import { mapInputs } from "../../logical/map.ts";
import type { LogicalPlan, With } from "../../logical/plan.ts";
import type { PlanRule } from "../rule.ts";

/** Gathers all definitions of common subplans in one With at the top, each before its readers. After unnesting none is correlated. */
export const hoistCtes: PlanRule = {
  name: "HoistCtes",
  on: "Plan",
  apply: (plan) => {
    const ctes: With["ctes"][number][] = [];
    const lift = (node: LogicalPlan): LogicalPlan => {
      if (node.kind !== "With") return mapInputs(node, lift);
      for (const cte of node.ctes) {
        const definition = lift(cte.plan);
        ctes.push(definition === cte.plan ? cte : { ...cte, plan: definition });
      }
      return lift(node.input);
    };
    const input = lift(plan);
    if (ctes.length === 0 || (plan.kind === "With" && input === plan.input && ctes.length === plan.ctes.length))
      return undefined;
    return { kind: "With", ctes, input };
  },
};
