import type { Expression, WindowTable } from "../../../sql/ast.ts";
import type { Span } from "../../../error.ts";
import { type BindContext, bindError } from "../context.ts";
import { dayTimeInterval } from "../day-time-interval.ts";

export type LengthName = WindowTable["parameters"][number]["name"];

/** Lengths of time in microseconds, all positive but the offset. */
export type Lengths = { readonly [N in Lowercase<LengthName>]?: bigint };

/** The constant lengths that make a window. */
export function bindLengths(
  ctx: BindContext,
  parameters: readonly { readonly name: LengthName; readonly value: Expression }[],
): Lengths {
  const lengths: { [N in Lowercase<LengthName>]?: bigint } = {};
  for (const { name, value } of parameters) {
    const length = dayTimeInterval(ctx, value);
    if (length === undefined) throw bindError(ctx, `the ${name} of a window is a constant INTERVAL`, value);
    if (length <= 0n && name !== "OFFSET") throw bindError(ctx, `the ${name} of a window is positive`, value);
    lengths[name.toLowerCase() as Lowercase<LengthName>] = length;
  }
  return lengths;
}

/** Rows are put out once for each of their windows. */
const MOST_WINDOWS = 100_000n;

/** How many parts it takes to cover the whole. */
export function partCount(ctx: BindContext, whole: bigint, part: bigint, node: { readonly span: Span }): number {
  const count = (whole + part - 1n) / part;
  if (count <= MOST_WINDOWS) return Number(count);
  throw bindError(ctx, `a row would lie in ${count} windows; at most ${MOST_WINDOWS} are possible`, node);
}
