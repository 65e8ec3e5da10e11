import type { Column } from "../expr/expr.ts";
import type { LogicalPlan } from "./plan.ts";

/** The columns that a plan puts out, in order. */
export function outputColumns(plan: LogicalPlan): readonly Column[] {
  switch (plan.kind) {
    case "Scan":
      return plan.columns.map(({ column }) => column);
    case "Values":
    case "Empty":
    case "SetOperation":
    case "CteScan":
      return plan.columns;
    case "Filter":
    case "Sort":
    case "Limit":
    case "With":
      return outputColumns(plan.input);
    case "Project":
      return plan.outputs.map(({ column }) => column);
    case "Aggregate":
      return [...plan.groups.map(({ column }) => column), ...plan.aggregates.map(({ column }) => column)];
    case "Join":
    case "DependentJoin":
      return joinColumns(plan);
  }
}

/** The side that a join pads with NULLs comes out nullable, under the same ids. */
function joinColumns(plan: Extract<LogicalPlan, { kind: "Join" | "DependentJoin" }>): readonly Column[] {
  const left = outputColumns(plan.left);
  switch (plan.join) {
    case "inner":
      return [...left, ...outputColumns(plan.right)];
    case "left":
    case "single":
      return [...left, ...outputColumns(plan.right).map(asNullable)];
    case "right":
      return [...left.map(asNullable), ...outputColumns(plan.right)];
    case "full":
      return [...left, ...outputColumns(plan.right)].map(asNullable);
    case "semi":
    case "anti":
      return left;
    case "mark":
      return plan.mark === undefined ? left : [...left, plan.mark];
  }
}

/** The same column, which may now hold NULL. */
export function asNullable(column: Column): Column {
  return column.nullable ? column : { ...column, nullable: true };
}
