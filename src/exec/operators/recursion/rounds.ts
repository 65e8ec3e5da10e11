import { physicalInputs } from "../../../planner/physical/columns.ts";
import type { PhysicalPlan } from "../../../planner/physical/plan.ts";
import type { CompileEnv } from "../../codegen/env.ts";

/** Whether a plan inside of a recursion reads nothing of its rounds: it need be computed only once. */
export function isSameInRounds(env: CompileEnv, plan: PhysicalPlan): boolean {
  if (plan.kind === "MaterializedScan") return !env.varying.has(plan.id);
  return physicalInputs(plan).every((input) => isSameInRounds(env, input));
}
