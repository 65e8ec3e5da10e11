import { ref } from "../../expr/columns.ts";
import type { Column, Expr } from "../../expr/expr.ts";
import { PROCESSING_TIME } from "../../functions/date/make.ts";
import { walkPlan } from "../../logical/map.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import { compare } from "../comparison.ts";
import type { BindContext } from "../context.ts";

/**
 * The rows of a plan that are not too late for their window: those whose watermark has not passed its end. `time`: the column that
 * assigns rows to windows; `windowEnd`: where the row's window ends, over the plan's columns. Rows of tables have no watermark.
 */
export function lateFilter(
  ctx: BindContext,
  plan: LogicalPlan,
  time: Column,
  windowEnd: Expr,
  node: Parameters<typeof compare>[4],
): LogicalPlan {
  const exposed = withWatermark(plan, time);
  if (exposed === undefined) return plan;
  const predicate = compare(ctx, ">", windowEnd, ref(exposed.watermark), node);
  return { kind: "Filter", input: exposed.plan, predicate };
}

type Exposed = {
  readonly plan: LogicalPlan;
  readonly watermark: Column;
  /** A row is taken back under another watermark than it came with: what keeps rows would not know it again. */
  readonly varies: boolean;
};

function readsStream(plan: LogicalPlan): boolean {
  let found = false;
  walkPlan(plan, (node) => {
    found ||= node.kind === "Scan" && node.source.stream !== undefined;
  });
  return found;
}

/** The plan with the watermarks of its rows as a column, where `time` comes as it is from a stream that has them. */
function withWatermark(plan: LogicalPlan, time: Column): Exposed | undefined {
  switch (plan.kind) {
    case "Scan": {
      const facts = plan.source.stream;
      const ordinal = plan.columns.find(({ column }) => column.id === time.id)?.ordinal;
      if (facts === undefined || ordinal === undefined) return undefined;
      const hidden = ordinal === facts.eventTime?.ordinal ? facts.eventTime.watermark : undefined;
      const watermark = plan.columns.find((column) => column.ordinal === hidden)?.column;
      return watermark && { plan, watermark, varies: !facts.insertOnly };
    }
    case "Window": {
      const inner = withWatermark(plan.input, time);
      return inner?.varies === false ? { ...inner, plan: { ...plan, input: inner.plan } } : undefined;
    }
    case "Filter":
    case "Unnest":
    case "Sort": {
      const inner = withWatermark(plan.input, time);
      return inner && { ...inner, plan: { ...plan, input: inner.plan } };
    }
    case "Project": {
      const output = plan.outputs.find(({ column }) => column.id === time.id);
      const expr = output?.expr;
      // The time at which a row came is its own watermark.
      if (output !== undefined && expr?.kind === "Call" && expr.name === PROCESSING_TIME && readsStream(plan.input))
        return { plan, watermark: output.column, varies: false };
      const inner = expr?.kind === "Column" ? withWatermark(plan.input, expr.column) : undefined;
      if (inner === undefined) return undefined;
      const outputs = [...plan.outputs, { column: inner.watermark, expr: ref(inner.watermark) }];
      return { ...inner, plan: { ...plan, input: inner.plan, outputs } };
    }
    case "Join": {
      const left = withWatermark(plan.left, time);
      if (left?.varies === true) return undefined;
      if (left !== undefined) return { ...left, plan: { ...plan, left: left.plan } };
      const right = plan.join === "inner" ? withWatermark(plan.right, time) : undefined;
      return right?.varies === false ? { ...right, plan: { ...plan, right: right.plan } } : undefined;
    }
    default:
      return undefined;
  }
}
