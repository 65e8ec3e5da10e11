import type { Column } from "../expr/expr.ts";
import type { Join, LogicalPlan, Unnest } from "./plan.ts";

/** The columns that a plan puts out, in order. */
export function outputColumns(plan: LogicalPlan): readonly Column[] {
  switch (plan.kind) {
    case "Scan":
      return plan.columns.map(({ column }) => column);
    case "Values":
    case "Empty":
    case "SetOperation":
    case "CteScan":
    case "Recursion":
    case "MapBatches":
      return plan.columns;
    case "Filter":
    case "Sort":
    case "Limit":
    case "Sample":
    case "With":
      return outputColumns(plan.input);
    case "Project":
      return plan.outputs.map(({ column }) => column);
    case "Aggregate":
      return [...plan.groups.map(({ column }) => column), ...plan.aggregates.map(({ column }) => column)];
    case "Window":
      return [...outputColumns(plan.input), ...plan.functions.map(({ column }) => column)];
    case "Unnest":
      return [...outputColumns(plan.input), ...unnestedColumns(plan)];
    case "Join":
    case "DependentJoin":
      return joinColumns(plan);
    case "AsofJoin":
      return joinColumns({ ...plan, mark: undefined });
    case "PositionalJoin":
      return [...outputColumns(plan.left), ...outputColumns(plan.right)].map(asNullable);
  }
}

/** The columns that an Unnest adds. */
export function unnestedColumns({ columns, ordinality }: Pick<Unnest, "columns" | "ordinality">): readonly Column[] {
  return [...columns.map(({ column }) => column), ...(ordinality === undefined ? [] : [ordinality])];
}

/** The side that a join pads with NULLs comes out nullable, under the same ids. */
function joinColumns(plan: Pick<Join, "join" | "left" | "right" | "mark">): readonly Column[] {
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
