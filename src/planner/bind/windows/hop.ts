import { ref } from "../../expr/columns.ts";
import type { BindContext } from "../context.ts";
import { type Assigned, length, minus, plus, startOf, timeOf, type WindowInput, withColumn } from "./assignment.ts";
import { partCount } from "./lengths.ts";
import { endsBehind, unnestLengths } from "./repeated.ts";

/** Windows of one size that begin at every slide: a row lies in as many as slides cover the size. */
export function hop(ctx: BindContext, input: WindowInput, slide: bigint, size: bigint, offset: bigint): Assigned {
  const { columns, node } = input;
  const count = partCount(ctx, size, slide, node);
  const time = timeOf(ctx, input);
  const last = withColumn(ctx, input.plan, columns, "last_start", startOf(ctx, time, slide, offset, node));
  const back = unnestLengths(
    ctx,
    last.plan,
    Array.from({ length: count }, (_, i) => BigInt(i) * slide),
  );
  const started = withColumn(
    ctx,
    back.plan,
    columns,
    "window_start",
    minus(ctx, ref(last.column), ref(back.column), node),
  );
  const start = started.column;
  const ended = withColumn(
    ctx,
    started.plan,
    [...columns, start],
    "window_end",
    plus(ctx, ref(start), length(size), node),
  );
  const end = ended.column;
  const whole = size % slide === 0n;
  return { plan: whole ? ended.plan : endsBehind(ctx, ended.plan, end, time, node), start, end };
}
