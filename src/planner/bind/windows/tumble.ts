import { ref } from "../../expr/columns.ts";
import type { BindContext } from "../context.ts";
import { type Assigned, length, plus, startOf, timeOf, type WindowInput, withColumn } from "./assignment.ts";

/** Windows of one size side by side: every row lies in one. */
export function tumble(ctx: BindContext, input: WindowInput, size: bigint, offset: bigint): Assigned {
  const { node } = input;
  const time = timeOf(ctx, input);
  const started = withColumn(ctx, input.plan, input.columns, "window_start", startOf(ctx, time, size, offset, node));
  const start = started.column;
  const ended = withColumn(
    ctx,
    started.plan,
    [...input.columns, start],
    "window_end",
    plus(ctx, ref(start), length(size), node),
  );
  return { plan: ended.plan, start, end: ended.column };
}
