import type { WindowTable } from "../../../sql/ast.ts";
import { ref } from "../../expr/columns.ts";
import type { Expr } from "../../expr/expr.ts";
import type { BindContext } from "../context.ts";
import type { Assigned, WindowInput } from "./assignment.ts";
import { cumulate } from "./cumulate.ts";
import { hop } from "./hop.ts";
import { lateFilter } from "./lateness.ts";
import type { Lengths } from "./lengths.ts";
import { session } from "./session.ts";
import { tumble } from "./tumble.ts";

/** The rows in their windows, those left out that come too late for them. `partitionBy`: what tells sessions apart. */
export function assignWindows(
  ctx: BindContext,
  window: WindowTable["window"],
  input: WindowInput,
  lengths: Lengths,
  partitionBy: readonly Expr[],
): Assigned {
  const assigned = assign(ctx, window, input, lengths, partitionBy);
  if (window === "SESSION" || input.time.kind !== "Column") return assigned;
  return { ...assigned, plan: lateFilter(ctx, assigned.plan, input.time.column, ref(assigned.end), input.node) };
}

function assign(
  ctx: BindContext,
  window: WindowTable["window"],
  input: WindowInput,
  { size = 0n, slide = 0n, step = 0n, gap = 0n, offset = 0n }: Lengths,
  partitionBy: readonly Expr[],
): Assigned {
  switch (window) {
    case "TUMBLE":
      return tumble(ctx, input, size, offset);
    case "HOP":
      return hop(ctx, input, slide, size, offset);
    case "CUMULATE":
      return cumulate(ctx, input, step, size, offset);
    case "SESSION":
      return session(ctx, input, partitionBy, gap);
  }
}
