import { mapInputs, walkPlan } from "../../logical/map.ts";
import type { LogicalPlan, With } from "../../logical/plan.ts";
import type { PlanRule } from "../rule.ts";

/**
 * Gathers all definitions of common subplans in one With at the top, each before its readers. After unnesting none is correlated.
 * What reads the rounds of a recursion stays inside of its recursive part.
 */
export const hoistCtes: PlanRule = {
  name: "HoistCtes",
  on: "Plan",
  apply: (plan) => {
    const { ctes, input } = hoisted(plan, new Set());
    if (ctes.length === 0 || (plan.kind === "With" && input === plan.input && ctes.length === plan.ctes.length))
      return undefined;
    return { kind: "With", ctes, input };
  },
};

type Definitions = readonly With["ctes"][number][];

/** `varying`: ids of the recursions around, and of what is made of their rounds. */
function hoisted(
  plan: LogicalPlan,
  varying: ReadonlySet<number>,
): { readonly ctes: Definitions; readonly input: LogicalPlan } {
  const ctes: With["ctes"][number][] = [];
  const lift = (node: LogicalPlan): LogicalPlan => {
    if (node.kind === "Recursion") {
      const base = lift(node.base);
      const inside = hoisted(node.step, varying);
      const own = new Set([...varying, node.id, node.unionId]);
      const stay: With["ctes"][number][] = [];
      for (const cte of inside.ctes) {
        if (reads(cte.plan, own)) {
          own.add(cte.id);
          stay.push(cte);
        } else ctes.push(cte);
      }
      const input = inside.input;
      const step: LogicalPlan = stay.length === 0 ? input : { kind: "With", ctes: stay, input };
      const unchanged =
        node.step === step ||
        (node.step.kind === "With" && node.step.input === input && node.step.ctes.length === stay.length);
      return base === node.base && unchanged ? node : { ...node, base, step: unchanged ? node.step : step };
    }
    if (node.kind !== "With") return mapInputs(node, lift);
    for (const cte of node.ctes) {
      const definition = lift(cte.plan);
      ctes.push(definition === cte.plan ? cte : { ...cte, plan: definition });
    }
    return lift(node.input);
  };
  const input = lift(plan);
  return { ctes, input };
}

function reads(root: LogicalPlan, ids: ReadonlySet<number>): boolean {
  let found = false;
  walkPlan(root, (plan) => {
    if (plan.kind === "CteScan" && ids.has(plan.id)) found = true;
  });
  return found;
}
