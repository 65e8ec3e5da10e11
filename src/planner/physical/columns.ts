import type { Column } from "../expr/expr.ts";
import { asNullable, unnestedColumns } from "../logical/columns.ts";
import type { PhysicalJoinKind, PhysicalPlan } from "./plan.ts";

/** The columns that a physical plan puts out. */
export function outputOf(plan: PhysicalPlan): readonly Column[] {
  switch (plan.kind) {
    case "TableScan":
      return plan.columns.map(({ column }) => column);
    case "ValuesScan":
    case "MaterializedScan":
    case "Union":
    case "Recursion":
    case "MapBatches":
      return plan.columns;
    case "Project":
      return plan.outputs.map(({ column }) => column);
    case "JavaScript":
      return [...outputOf(plan.input), ...plan.calls.map(({ column }) => column)];
    case "HashAggregate":
    case "SortAggregate":
      return [...plan.groups.map(({ column }) => column), ...plan.aggregates.map(({ column }) => column)];
    case "Window":
      return [...outputOf(plan.input), ...plan.functions.map(({ column }) => column)];
    case "Unnest":
      return [...outputOf(plan.input), ...unnestedColumns(plan)];
    case "HashJoin":
    case "NestedLoopJoin":
      return joinColumns(plan.join, outputOf(plan.probe), outputOf(plan.build), plan.mark);
    case "AsofJoin":
      return joinColumns(plan.join, outputOf(plan.probe), outputOf(plan.build), undefined);
    case "PositionalJoin":
      return [...outputOf(plan.left), ...outputOf(plan.right)].map(asNullable);
    case "Filter":
    case "Sort":
    case "TopN":
    case "Limit":
    case "Sample":
    case "Exchange":
    case "Materialize":
      return outputOf(plan.input);
  }
}

function joinColumns(
  join: PhysicalJoinKind,
  probe: readonly Column[],
  build: readonly Column[],
  mark: Column | undefined,
): readonly Column[] {
  switch (join) {
    case "inner":
      return [...probe, ...build];
    case "probeOuter":
    case "single":
      return [...probe, ...build.map(asNullable)];
    case "buildOuter":
      return [...probe.map(asNullable), ...build];
    case "full":
      return [...probe, ...build].map(asNullable);
    case "probeSemi":
    case "probeAnti":
      return probe;
    case "buildSemi":
    case "buildAnti":
      return build;
    case "mark":
      return mark === undefined ? probe : [...probe, mark];
  }
}

/** The direct inputs of a physical plan node: the probe side before the build side, a Materialize's definition before its input. */
export function physicalInputs(plan: PhysicalPlan): readonly PhysicalPlan[] {
  switch (plan.kind) {
    case "TableScan":
    case "ValuesScan":
    case "MaterializedScan":
      return [];
    case "HashJoin":
    case "NestedLoopJoin":
    case "AsofJoin":
      return [plan.probe, plan.build];
    case "PositionalJoin":
      return [plan.left, plan.right];
    case "Recursion":
      return [plan.base, plan.step];
    case "Union":
      return plan.inputs;
    case "Materialize":
      return [plan.plan, plan.input];
    case "Filter":
    case "Project":
    case "JavaScript":
    case "MapBatches":
    case "HashAggregate":
    case "Window":
    case "Unnest":
    case "Sort":
    case "TopN":
    case "Limit":
    case "Sample":
    case "SortAggregate":
    case "Exchange":
      return [plan.input];
  }
}
