import { ref } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import { mapInputs } from "../../logical/map.ts";
import type { Join, LogicalPlan } from "../../logical/plan.ts";
import { asNullable } from "../../logical/columns.ts";
import { FALSE, isNeverTrue, literal } from "../predicates.ts";
import type { PlanRule } from "../rule.ts";

/** Nothing in, nothing out: an Empty input empties what stands above it, and a condition that never holds its join. */
export const propagateEmpty: PlanRule = {
  name: "PropagateEmpty",
  on: "Plan",
  apply: (plan) => propagate(plan),
};

function propagate(plan: LogicalPlan): LogicalPlan {
  const node = mapInputs(plan, propagate);
  switch (node.kind) {
    case "Scan":
      return node.filters.some(isNeverTrue) ? emptied(node) : node;
    case "Filter":
    case "Project":
    case "Window":
    case "Unnest":
    case "MapBatches":
    case "Sort":
    case "Limit":
      return node.input.kind === "Empty" || (node.kind === "Limit" && node.limit === 0) ? emptied(node) : node;
    case "Aggregate":
      return node.input.kind === "Empty" && node.groups.length > 0 ? emptied(node) : node;
    case "SetOperation": {
      if (node.op !== "union" || !node.inputs.some(({ kind }) => kind === "Empty")) return node;
      const kept = node.inputs.flatMap((input, i) => (input.kind === "Empty" ? [] : [i]));
      if (kept.length === 0) return emptied(node);
      const inputs = kept.map((i) => node.inputs[i] as LogicalPlan);
      const inputColumns = kept.map((i) => node.inputColumns[i] ?? []);
      if (kept.length > 1 || !node.all) return { ...node, inputs, inputColumns };
      const outputs = node.columns.map((column, k) => ({ column, expr: ref(inputColumns[0]?.[k] ?? column) }));
      return { kind: "Project", input: inputs[0] as LogicalPlan, outputs };
    }
    case "Join":
      return propagateJoin(node);
    default:
      return node;
  }
}

function propagateJoin(node: Join): LogicalPlan {
  const never = node.conditions.some(isNeverTrue);
  const noLeft = node.left.kind === "Empty";
  const noMatch = never || node.right.kind === "Empty";
  switch (node.join) {
    case "inner":
    case "semi":
      return noLeft || noMatch ? emptied(node) : node;
    case "anti":
      return noLeft ? emptied(node) : noMatch ? node.left : node;
    case "left":
    case "single":
      return noLeft ? emptied(node) : noMatch ? padded(node) : node;
    case "mark":
      if (noLeft) return emptied(node);
      if (node.right.kind !== "Empty" || node.mark === undefined) return node;
      return {
        kind: "Project",
        input: node.left,
        outputs: [
          ...outputColumns(node.left).map((column) => ({ column, expr: ref(column) })),
          { column: node.mark, expr: FALSE },
        ],
      };
    case "right":
    case "full":
      return noLeft && node.right.kind === "Empty" ? emptied(node) : node;
  }
}

/** The left rows with NULLs for the right columns. */
function padded(node: Join): LogicalPlan {
  const nulls = outputColumns(node.right).map((column) => ({
    column: asNullable(column),
    expr: literal(null, column.type),
  }));
  return {
    kind: "Project",
    input: node.left,
    outputs: [...outputColumns(node.left).map((column) => ({ column, expr: ref(column) })), ...nulls],
  };
}

function emptied(plan: LogicalPlan): LogicalPlan {
  return { kind: "Empty", columns: outputColumns(plan) };
}
