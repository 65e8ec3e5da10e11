import { ref } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import { someExpr, transformExpr } from "../../planner/expr/map.ts";
import { PROCESSING_TIME } from "../../planner/functions/date/make.ts";
import { expressionsOf, inputsOf, mapExpressions, mapInputs, transformPlan } from "../../planner/logical/map.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { TIMESTAMPTZ } from "../../planner/types/types.ts";

/**
 * The plan with `PROCTIME()` as a column: the time at which the row came, which it keeps. A call over rows of which there is no such
 * time stays as it is.
 *
 * @param firstId ids from here on are free
 */
export function withArrival(plan: LogicalPlan, firstId: number): LogicalPlan {
  let id = firstId;
  const exposed = (node: LogicalPlan): { readonly plan: LogicalPlan; readonly column: Column } | undefined => {
    switch (node.kind) {
      case "Scan": {
        const ordinal = node.source.stream?.arrival;
        if (ordinal === undefined || !node.source.stream!.insertOnly) return undefined;
        const known = node.columns.find((read) => read.ordinal === ordinal)?.column;
        if (known !== undefined) return { plan: node, column: known };
        const column: Column = { id: id++, name: "$arrival", type: TIMESTAMPTZ, nullable: false };
        return { plan: { ...node, columns: [...node.columns, { column, ordinal }] }, column };
      }
      case "Filter":
      case "Unnest": {
        const inner = exposed(node.input);
        return inner && { ...inner, plan: { ...node, input: inner.plan } };
      }
      case "Project": {
        const inner = exposed(node.input);
        if (inner === undefined) return undefined;
        const { column } = inner;
        const known = node.outputs.some((output) => output.column.id === column.id);
        const outputs = known ? node.outputs : [...node.outputs, { column, expr: ref(column) }];
        return { column, plan: { ...node, input: inner.plan, outputs } };
      }
      default:
        return undefined;
    }
  };
  return transformPlan(plan, (node) => {
    if (!expressionsOf(node).some((expr) => someExpr(expr, isProcessingTime))) return node;
    const [input, ...others] = inputsOf(node);
    const inner = others.length > 0 ? undefined : exposed(input ?? node);
    if (inner === undefined) return node;
    const replaced = mapExpressions(input === undefined ? inner.plan : mapInputs(node, () => inner.plan), (expr) =>
      transformExpr(expr, (part) => (isProcessingTime(part) ? ref(inner.column) : part)),
    );
    return replaced;
  });
}

const isProcessingTime = (expr: Expr): boolean => expr.kind === "Call" && expr.name === PROCESSING_TIME;
