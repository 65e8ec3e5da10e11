import { outputColumns } from "../logical/columns.ts";
import type { Filter, LogicalPlan } from "../logical/plan.ts";
import { conjunctsOf, equalityBetween } from "./predicates.ts";

/** Proven: the plan has one row, no less, no more. */
export function hasExactlyOneRow(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case "Values":
      return plan.rows.length === 1;
    case "Aggregate":
      return plan.groups.length === 0;
    case "Project":
    case "Window":
    case "Sort":
    case "With":
      return hasExactlyOneRow(plan.input);
    case "Limit":
      return plan.offset === 0 && (plan.limit ?? 1) > 0 && hasExactlyOneRow(plan.input);
    case "Join":
      return (
        plan.join === "inner" &&
        plan.conditions.length === 0 &&
        hasExactlyOneRow(plan.left) &&
        hasExactlyOneRow(plan.right)
      );
    default:
      return false;
  }
}

/** Proven: the plan has no row or one. */
export function hasAtMostOneRow(plan: LogicalPlan): boolean {
  return isUniqueOn(plan, new Set());
}

/** Proven: no two rows agree on all of the columns (NULLs agree). With no columns: at most one row. */
export function isUniqueOn(plan: LogicalPlan, columns: ReadonlySet<number>): boolean {
  switch (plan.kind) {
    case "Empty":
      return true;
    case "Values":
      return plan.rows.length <= 1;
    case "Filter":
      return isFirstOf(plan, columns) || isUniqueOn(plan.input, columns);
    case "Window":
    case "Sort":
    case "With":
      return isUniqueOn(plan.input, columns);
    case "Limit":
      return (plan.limit !== undefined && plan.limit <= 1) || isUniqueOn(plan.input, columns);
    case "Project": {
      const below = new Set<number>();
      for (const { column, expr } of plan.outputs)
        if (columns.has(column.id) && expr.kind === "Column") below.add(expr.column.id);
      return isUniqueOn(plan.input, below);
    }
    case "Aggregate":
      return plan.groups.every(({ column }) => columns.has(column.id));
    case "SetOperation":
      return !plan.all && plan.columns.every(({ id }) => columns.has(id));
    case "Join":
      switch (plan.join) {
        case "semi":
        case "anti":
        case "mark":
        case "single":
          return isUniqueOn(plan.left, columns);
        case "inner":
        case "left":
          return (
            (isUniqueOn(plan.left, columns) &&
              isUniqueOn(plan.right, new Set([...columns, ...joinKeys(plan).right]))) ||
            (plan.join === "inner" &&
              isUniqueOn(plan.right, columns) &&
              isUniqueOn(plan.left, new Set([...columns, ...joinKeys(plan).left])))
          );
        case "right":
        case "full":
          return false;
      }
    // eslint-disable-next-line no-fallthrough -- every kind of join has returned
    case "Scan":
    case "CteScan":
    case "DependentJoin":
    case "PositionalJoin":
    case "Unnest":
    case "MapBatches":
      return false;
    case "Sample":
      return isUniqueOn(plan.input, columns);
    case "Recursion":
      return plan.keys.length > 0 && plan.keys.every(({ id }) => columns.has(id));
    case "AsofJoin":
      return isUniqueOn(plan.left, columns);
  }
}

/** Whether the filter keeps the first row, by its number, of those that agree on (some of) the columns. */
function isFirstOf({ input, predicate }: Filter, columns: ReadonlySet<number>): boolean {
  if (input.kind !== "Window" || !input.partitionBy.every((key) => key.kind === "Column" && columns.has(key.column.id)))
    return false;
  const numbers = input.functions.flatMap(({ column, call }) => (call.name === "row_number" ? [column.id] : []));
  return conjunctsOf(predicate).some((conjunct) => {
    if (conjunct.kind !== "Call" || conjunct.name !== "<=") return false;
    const [number, bound] = conjunct.args;
    const isNumber = number?.kind === "Column" && numbers.includes(number.column.id);
    return isNumber && bound?.kind === "Literal" && bound.value === 1n;
  });
}

/** The columns of each side that the join equates with the other side. */
export function joinKeys(plan: Extract<LogicalPlan, { kind: "Join" }>): {
  readonly left: readonly number[];
  readonly right: readonly number[];
} {
  const inLeft = new Set(outputColumns(plan.left).map(({ id }) => id));
  const inRight = new Set(outputColumns(plan.right).map(({ id }) => id));
  const left: number[] = [];
  const right: number[] = [];
  for (const condition of plan.conditions) {
    const key = equalityBetween(
      condition,
      (id) => inLeft.has(id),
      (id) => inRight.has(id),
    );
    if (key?.left.kind === "Column") left.push(key.left.column.id);
    if (key?.right.kind === "Column") right.push(key.right.column.id);
  }
  return { left, right };
}
