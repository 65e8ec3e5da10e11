import { ref } from "../../expr/columns.ts";
import { type BindContext, bindError } from "../context.ts";
import { type Assigned, plus, startOf, timeOf, type WindowInput, withColumn } from "./assignment.ts";
import { partCount } from "./lengths.ts";
import { endsBehind, unnestLengths } from "./repeated.ts";

/** Windows that begin together and end a step apart, until they have the size: a row lies in those that end behind it. */
export function cumulate(ctx: BindContext, input: WindowInput, step: bigint, size: bigint, offset: bigint): Assigned {
  const { columns, node } = input;
  if (size % step !== 0n) throw bindError(ctx, "the SIZE of CUMULATE is a multiple of its STEP", node);
  const count = partCount(ctx, size, step, node);
  const time = timeOf(ctx, input);
  const started = withColumn(ctx, input.plan, columns, "window_start", startOf(ctx, time, size, offset, node));
  const start = started.column;
  const on = unnestLengths(
    ctx,
    started.plan,
    Array.from({ length: count }, (_, i) => BigInt(i + 1) * step),
  );
  const ended = withColumn(
    ctx,
    on.plan,
    [...columns, start],
    "window_end",
    plus(ctx, ref(start), ref(on.column), node),
  );
  return { plan: endsBehind(ctx, ended.plan, ended.column, time, node), start, end: ended.column };
}
