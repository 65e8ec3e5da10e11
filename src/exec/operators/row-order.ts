import type { PhysicalPlan } from "../../planner/physical/plan.ts";
import type { CompileEnv } from "../codegen/env.ts";

/** Whether the plan's rows come in an order that does not depend on how many workers there are. What it reads has been compiled. */
export function hasOrder(env: CompileEnv, plan: PhysicalPlan): boolean {
  switch (plan.kind) {
    case "TableScan":
    case "ValuesScan":
    case "Limit":
    case "TopN":
    case "Sort":
      return true;
    case "MaterializedScan":
      return env.materialized.get(plan.id)?.hasOrder === true;
    case "Exchange":
      return plan.exchange === "mergeGather" || hasOrder(env, plan.input);
    case "Filter":
    case "Project":
    case "Window":
      return hasOrder(env, plan.input);
    default:
      return false;
  }
}
