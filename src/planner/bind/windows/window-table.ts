import type { Identifier, WindowTable } from "../../../sql/ast.ts";
import { ref } from "../../expr/columns.ts";
import type { Column } from "../../expr/expr.ts";
import { collationKey } from "../collation.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "../context.ts";
import { didYouMean } from "../suggest.ts";
import { assignWindows } from "./assign-windows.ts";
import { timeBefore, withColumn } from "./assignment.ts";
import { bindLengths } from "./lengths.ts";

const ADDED = ["window_start", "window_end", "window_time"];

/** The rows of a window table function: the input's columns, then the bounds of the window and the last time within it. */
export function bindWindowTable(ctx: BindContext, node: WindowTable, { plan, columns }: BoundQuery): BoundQuery {
  const taken = columns.find(({ name }) => ADDED.includes(name.toLowerCase()));
  if (taken !== undefined)
    throw bindError(ctx, `the table of ${node.window} has a column "${taken.name}" already`, node.input, "rename it");
  const [partition] = node.partitionBy;
  if (partition !== undefined && node.window !== "SESSION")
    throw unsupported(ctx, `PARTITION BY in ${node.window}`, partition);
  const keys = node.partitionBy.map((name) => collationKey(ctx, ref(columnOf(ctx, columns, name))));
  const input = { plan, columns, time: ref(columnOf(ctx, columns, node.time)), node: node.time };
  const assigned = assignWindows(ctx, node.window, input, bindLengths(ctx, node.parameters), keys);
  const bounded = [...columns, assigned.start, assigned.end];
  const last = withColumn(ctx, assigned.plan, bounded, "window_time", timeBefore(ctx, assigned.end, node));
  return { plan: last.plan, columns: [...bounded, last.column] };
}

function columnOf(ctx: BindContext, columns: readonly Column[], name: Identifier): Column {
  const found = columns.find((column) => column.name.toLowerCase() === name.name.toLowerCase());
  if (found !== undefined) return found;
  const names = columns.map((column) => column.name);
  throw bindError(ctx, `there is no column "${name.name}"`, name, didYouMean(name.name, names));
}
