import { walkWholePlan } from "../../planner/logical/map.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";

/** Whether some of the rows come as time goes by. */
export function readsStreams(plan: LogicalPlan): boolean {
  let found = false;
  walkWholePlan(plan, (node) => {
    found ||= node.kind === "Scan" && node.source.kind === "stream";
  });
  return found;
}
