import { columnsOf } from "../expr/columns.ts";
import { walkExpr } from "../expr/map.ts";
import { outputColumns } from "./columns.ts";
import { expressionsOf, walkPlan } from "./map.ts";
import type { LogicalPlan } from "./plan.ts";

/** The highest id of a column or common subplan in a plan: those above it are free. */
export function highestId(plan: LogicalPlan): number {
  let highest = 0;
  const see = ({ id }: { readonly id: number }): void => {
    highest = Math.max(highest, id);
  };
  walkPlan(plan, (node) => {
    outputColumns(node).forEach(see);
    if (node.kind === "With") node.ctes.forEach(see);
    if (node.kind === "Recursion") highest = Math.max(highest, node.id, node.unionId);
    for (const expr of expressionsOf(node)) {
      columnsOf(expr).forEach(see);
      walkExpr(expr, (part) => {
        if (part.kind === "Subquery") highest = Math.max(highest, highestId(part.plan));
      });
    }
  });
  return highest;
}
