import type { Column } from "../expr/expr.ts";
import type { PhysicalPlan } from "./plan.ts";

/** The columns that a physical plan puts out. */
export function outputOf(plan: PhysicalPlan): readonly Column[] {
  switch (plan.kind) {
    case "TableScan":
      return plan.columns.map(({ column }) => column);
    case "ValuesScan":
    case "MaterializedScan":
    case "Union":
      return plan.columns;
    case "Project":
      return plan.outputs.map(({ column }) => column);
    case "HashAggregate":
      return [...plan.groups, ...plan.aggregates].map(({ column }) => column);
    case "HashJoin":
    case "NestedLoopJoin":
      switch (plan.join) {
        case "probeSemi":
        case "probeAnti":
          return outputOf(plan.probe);
        case "buildSemi":
        case "buildAnti":
          return outputOf(plan.build);
        case "mark":
          return plan.mark === undefined ? outputOf(plan.probe) : [...outputOf(plan.probe), plan.mark];
        default:
          return [...outputOf(plan.probe), ...outputOf(plan.build)];
      }
    case "Filter":
    case "Sort":
    case "TopN":
    case "Limit":
    case "Exchange":
    case "Materialize":
      return outputOf(plan.input);
  }
}
