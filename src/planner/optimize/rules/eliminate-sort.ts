import { aggregateOf } from "../../functions/registry.ts";
import { mapInputs } from "../../logical/map.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import type { PlanRule } from "../rule.ts";

/** A Sort whose order is lost above it (joins, grouping, set operations) goes. */
export const eliminateSort: PlanRule = {
  name: "EliminateSort",
  on: "Plan",
  apply: (plan) => withoutSorts(plan, true),
};

/** `ordered`: whoever stands above sees the order of the plan's rows. */
function withoutSorts(plan: LogicalPlan, ordered: boolean): LogicalPlan {
  switch (plan.kind) {
    case "Sort":
      return ordered ? mapInputs(plan, (input) => withoutSorts(input, false)) : withoutSorts(plan.input, false);
    case "Filter":
    case "Project":
    case "MapBatches":
    case "Unnest":
      return mapInputs(plan, (input) => withoutSorts(input, ordered));
    case "Limit":
    case "Sample":
    case "PositionalJoin":
      return mapInputs(plan, (input) => withoutSorts(input, true));
    case "Aggregate": {
      const keeps = plan.aggregates.some(
        ({ call }) => aggregateOf(call)?.ordered === true && call.orderBy.length === 0,
      );
      return mapInputs(plan, (input) => withoutSorts(input, keeps));
    }
    case "Window":
      // Without an order of its own the input's order numbers the rows.
      return mapInputs(plan, (input) => withoutSorts(input, plan.orderBy.length === 0));
    case "SetOperation":
      // UNION ALL shows its inputs one after the other.
      return mapInputs(plan, (input) => withoutSorts(input, ordered && plan.op === "union" && plan.all));
    case "With": {
      const ctes = plan.ctes.map((cte) => {
        const definition = withoutSorts(cte.plan, true);
        return definition === cte.plan ? cte : { ...cte, plan: definition };
      });
      const input = withoutSorts(plan.input, ordered);
      return input === plan.input && ctes.every((cte, i) => cte === plan.ctes[i]) ? plan : { ...plan, ctes, input };
    }
    default:
      return mapInputs(plan, (input) => withoutSorts(input, false));
  }
}
