import type { Identifier, WindowTable } from "../../../sql/ast.ts";
import { ref } from "../../expr/columns.ts";
import type { Column } from "../../expr/expr.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "../context.ts";
import { didYouMean } from "../suggest.ts";
import { type Assigned, timeBefore, type WindowInput, withColumn } from "./assignment.ts";
import { cumulate } from "./cumulate.ts";
import { hop } from "./hop.ts";
import { lateFilter } from "./lateness.ts";
import { bindLengths } from "./lengths.ts";
import { session } from "./session.ts";
import { tumble } from "./tumble.ts";

const ADDED = ["window_start", "window_end", "window_time"];

/** The rows of a window table function: the input's columns, then the bounds of the window and the last time within it. */
export function bindWindowTable(ctx: BindContext, node: WindowTable, { plan, columns }: BoundQuery): BoundQuery {
  const taken = columns.find(({ name }) => ADDED.includes(name.toLowerCase()));
  if (taken !== undefined)
    throw bindError(ctx, `the table of ${node.window} has a column "${taken.name}" already`, node.input, "rename it");
  const time = columnOf(ctx, columns, node.time);
  const assigned = assign(ctx, node, { plan, columns, time: ref(time), node: node.time }, columns);
  const { start, end } = assigned;
  const rows = node.window === "SESSION" ? assigned.plan : lateFilter(assigned.plan, time, ref(end));
  const bounded = [...columns, start, end];
  const last = withColumn(ctx, rows, bounded, "window_time", timeBefore(ctx, end, node));
  return { plan: last.plan, columns: [...bounded, last.column] };
}

function assign(ctx: BindContext, node: WindowTable, input: WindowInput, columns: readonly Column[]): Assigned {
  const { size = 0n, slide = 0n, step = 0n, gap = 0n, offset = 0n } = bindLengths(ctx, node.parameters);
  const [partition] = node.partitionBy;
  if (partition !== undefined && node.window !== "SESSION")
    throw unsupported(ctx, `PARTITION BY in ${node.window}`, partition);
  switch (node.window) {
    case "TUMBLE":
      return tumble(ctx, input, size, offset);
    case "HOP":
      return hop(ctx, input, slide, size, offset);
    case "CUMULATE":
      return cumulate(ctx, input, step, size, offset);
    case "SESSION":
      return session(
        ctx,
        input,
        node.partitionBy.map((name) => ref(columnOf(ctx, columns, name))),
        gap,
      );
  }
}

function columnOf(ctx: BindContext, columns: readonly Column[], name: Identifier): Column {
  const found = columns.find((column) => column.name.toLowerCase() === name.name.toLowerCase());
  if (found !== undefined) return found;
  const names = columns.map((column) => column.name);
  throw bindError(ctx, `there is no column "${name.name}"`, name, didYouMean(name.name, names));
}
