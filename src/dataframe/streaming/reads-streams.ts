import { walkExpr } from "../../planner/expr/map.ts";
import { expressionsOf, walkPlan } from "../../planner/logical/map.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";

/** Whether some of the rows come as time goes by. */
export function readsStreams(plan: LogicalPlan): boolean {
  let found = false;
  walkPlan(plan, (node) => {
    found ||= node.kind === "Scan" && node.source.kind === "stream";
    for (const expr of expressionsOf(node))
      walkExpr(expr, (part) => {
        if (part.kind === "Subquery") found ||= readsStreams(part.plan);
      });
  });
  return found;
}
