/** What all kinds of windows share: rows in, rows with the bounds of their windows out. */
import type { Span } from "../../../error.ts";
import { ref } from "../../expr/columns.ts";
import type { Column, Expr } from "../../expr/expr.ts";
import { isNullable } from "../../expr/nullable.ts";
import { typeOf } from "../../expr/type-of.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import { INTERVAL, listOf, TIMESTAMP, typeName } from "../../types/types.ts";
import { convert } from "../coercion.ts";
import { type BindContext, bindError, unsupported } from "../context.ts";
import { callScalar } from "../function-call.ts";

/** `time`: what assigns the rows, over the plan's columns; `node`: where it is written. */
export type WindowInput = {
  readonly plan: LogicalPlan;
  readonly columns: readonly Column[];
  readonly time: Expr;
  readonly node: { readonly span: Span };
};

/** The rows of an input, each once for every window that it lies in, with the window's bounds: `end` is not in it. */
export type Assigned = { readonly plan: LogicalPlan; readonly start: Column; readonly end: Column };

/** The time of a row; an error where it has none. Throws `type` for what is no TIMESTAMP. */
export function timeOf(ctx: BindContext, { time, node }: WindowInput): Expr {
  const type = typeOf(time);
  if (type.kind !== "Timestamp" && type.kind !== "TimestampTz")
    throw bindError(ctx, `windows are of a TIMESTAMP, not of ${typeName(type)}`, node, undefined, "type");
  // A cast would round up, into the next window.
  if (type.kind === "Timestamp" && type.unit === "ns") throw unsupported(ctx, "windows of a TIMESTAMP_NS", node);
  return callScalar(ctx, "time_attribute", [type.kind === "Timestamp" ? convert(ctx, time, TIMESTAMP) : time], node);
}

export function length(micros: bigint): Expr {
  return { kind: "Literal", value: { months: 0, days: 0, micros }, type: INTERVAL };
}

export function lengths(micros: readonly bigint[]): Expr {
  return {
    kind: "Literal",
    value: micros.map((each) => ({ months: 0, days: 0, micros: each })),
    type: listOf(INTERVAL),
  };
}

export function startOf(ctx: BindContext, time: Expr, size: bigint, offset: bigint, node: WindowInput["node"]): Expr {
  return callScalar(ctx, "window_start", [time, length(size), ...(offset === 0n ? [] : [length(offset)])], node);
}

export function plus(ctx: BindContext, time: Expr, by: Expr, node: WindowInput["node"]): Expr {
  return callScalar(ctx, "+", [time, by], node);
}

export function minus(ctx: BindContext, time: Expr, by: Expr, node: WindowInput["node"]): Expr {
  return callScalar(ctx, "-", [time, by], node);
}

/** The last time in a window: its bound is behind it, times are in milliseconds. */
export function timeBefore(ctx: BindContext, end: Column, node: WindowInput["node"]): Expr {
  return minus(ctx, ref(end), length(1000n), node);
}

/** The rows with a column more. */
export function withColumn(
  ctx: BindContext,
  input: LogicalPlan,
  passed: readonly Column[],
  name: string,
  expr: Expr,
): { readonly plan: LogicalPlan; readonly column: Column } {
  const column = ctx.ids.column(name, typeOf(expr), isNullable(expr));
  const outputs = [...passed.map((each) => ({ column: each, expr: ref(each) })), { column, expr }];
  return { plan: { kind: "Project", input, outputs }, column };
}
