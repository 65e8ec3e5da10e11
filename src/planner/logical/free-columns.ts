import { collectColumns } from "../expr/columns.ts";
import type { Column } from "../expr/expr.ts";
import { expressionsOf, walkPlan } from "./map.ts";
import { outputColumns, unnestedColumns } from "./columns.ts";
import type { LogicalPlan } from "./plan.ts";

/** The columns that a plan reads but does not produce: its correlation with what lies around it. */
export function freeColumns(plan: LogicalPlan): readonly Column[] {
  const read = new Map<number, Column>();
  const produced = new Set<number>();
  walkPlan(plan, (node) => {
    for (const expr of expressionsOf(node)) collectColumns(expr, read);
    for (const column of introduced(node)) produced.add(column.id);
  });
  return [...read.values()].filter(({ id }) => !produced.has(id));
}

/** The columns that come into being at this node (or pass through it). */
function introduced(plan: LogicalPlan): readonly Column[] {
  switch (plan.kind) {
    case "Scan":
    case "Values":
    case "Empty":
    case "Project":
    case "Aggregate":
    case "SetOperation":
    case "CteScan":
    case "Recursion":
    case "MapBatches":
      return outputColumns(plan);
    case "Window":
      return plan.functions.map(({ column }) => column);
    case "Unnest":
      return unnestedColumns(plan);
    case "Join":
    case "DependentJoin":
      return plan.mark === undefined ? [] : [plan.mark];
    case "Filter":
    case "Sort":
    case "Limit":
    case "With":
    case "Sample":
    case "AsofJoin":
    case "PositionalJoin":
      return [];
  }
}
