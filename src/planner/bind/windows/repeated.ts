/** Rows that lie in several windows. */
import { ref } from "../../expr/columns.ts";
import type { Column, Expr } from "../../expr/expr.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import { INTERVAL } from "../../types/types.ts";
import { compare } from "../comparison.ts";
import type { BindContext } from "../context.ts";
import { lengths, type WindowInput } from "./assignment.ts";

/** Every row once per length: the list is one constant, made once. */
export function unnestLengths(
  ctx: BindContext,
  input: LogicalPlan,
  micros: readonly bigint[],
): { readonly plan: LogicalPlan; readonly column: Column } {
  const column = ctx.ids.column("distance", INTERVAL, true);
  const plan: LogicalPlan = {
    kind: "Unnest",
    input,
    columns: [{ column, expr: lengths(micros) }],
    ordinality: undefined,
  };
  return { plan, column };
}

/** The rows whose window ends behind them. */
export function endsBehind(
  ctx: BindContext,
  input: LogicalPlan,
  end: Column,
  time: Expr,
  node: WindowInput["node"],
): LogicalPlan {
  return { kind: "Filter", input, predicate: compare(ctx, ">", ref(end), time, node) };
}
