import { ref } from "../../expr/columns.ts";
import type { Column, Expr, SortKey, WindowCall, WindowFrame } from "../../expr/expr.ts";
import { typeOf } from "../../expr/type-of.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import { compare } from "../comparison.ts";
import type { BindContext } from "../context.ts";
import { or } from "../logic.ts";
import { type Assigned, length, plus, timeOf, type WindowInput, withColumn } from "./assignment.ts";
import { lateFilter } from "./lateness.ts";

/**
 * Rows that agree on `partitionBy` and are at most a gap apart are in one session: from its first row to a gap behind its last. Of
 * two rows side by side the later one begins a session where they are farther apart.
 */
export function session(ctx: BindContext, input: WindowInput, partitionBy: readonly Expr[], gap: bigint): Assigned {
  const { columns, node } = input;
  const timed = withColumn(ctx, input.plan, columns, "time", timeOf(ctx, input));
  const time = timed.column;
  // A row behind the watermark could join a session that is over.
  const rows =
    input.time.kind === "Column" ? lateFilter(ctx, timed.plan, input.time.column, ref(time), node) : timed.plan;

  const orderBy: readonly SortKey[] = [{ expr: ref(time), descending: false, nullsFirst: false }];
  const over = (plan: LogicalPlan, ...functions: readonly { readonly column: Column; readonly call: WindowCall }[]) =>
    ({ kind: "Window", input: plan, partitionBy, orderBy, functions }) as const;
  const neighbour = (name: "lag" | "lead"): { readonly column: Column; readonly call: WindowCall } =>
    windowCall(ctx, name, ref(time), WHOLE);
  const [before, behind] = [neighbour("lag"), neighbour("lead")];
  const apart = (earlier: Expr, later: Expr): Expr =>
    compare(ctx, ">", later, plus(ctx, earlier, length(gap), node), node);
  const isFirst = or([isNull(before.column), apart(ref(before.column), ref(time))]);
  const isLast = or([isNull(behind.column), apart(ref(time), ref(behind.column))]);

  // A partition's first row begins a session, its last one ends one: there is always such a row.
  const start = windowCall(ctx, "max", timeWhere(isFirst, time), SO_FAR, false);
  const last = windowCall(ctx, "min", timeWhere(isLast, time), FROM_HERE, false);
  const found = over(over(rows, before, behind), start, last);
  const bounded = { ...found, session: { time, gap, last: last.column } };
  const started = withColumn(ctx, bounded, [...columns, last.column], "window_start", ref(start.column));
  const ended = withColumn(
    ctx,
    started.plan,
    [...columns, started.column],
    "window_end",
    plus(ctx, ref(last.column), length(gap), node),
  );
  return { plan: ended.plan, start: started.column, end: ended.column };
}

const WHOLE: WindowFrame = {
  unit: "rows",
  start: { kind: "unbounded preceding" },
  end: { kind: "unbounded following" },
  exclude: "no others",
};
const SO_FAR: WindowFrame = { ...WHOLE, end: { kind: "current row" } };
const FROM_HERE: WindowFrame = { ...WHOLE, start: { kind: "current row" } };

function windowCall(
  ctx: BindContext,
  name: string,
  arg: Expr,
  frame: WindowFrame,
  nullable = true,
): { readonly column: Column; readonly call: WindowCall } {
  const type = typeOf(arg);
  const column = ctx.ids.column(name, type, nullable);
  const rest = { distinct: false, filter: undefined, ignoreNulls: false, orderBy: [], frame, orderKeys: 1 };
  return { column, call: { name, args: [arg], type, ...rest } };
}

function isNull(column: Column): Expr {
  return { kind: "IsNull", input: ref(column), negated: false };
}

function timeWhere(when: Expr, time: Column): Expr {
  const { type } = time;
  return {
    kind: "Case",
    branches: [{ when, then: ref(time) }],
    otherwise: { kind: "Literal", value: null, type },
    type,
  };
}
