import type { Identifier, ObjectName } from "../../sql/ast.ts";
import type { TableSource } from "../catalog/catalog.ts";
import type { TableDefinition } from "../catalog/table-definition.ts";
import type { TableName } from "../logical/statement.ts";
import { type BindContext, bindError } from "./context.ts";
import { lookup } from "./from.ts";
import { didYouMean } from "./suggest.ts";

/** The table that a statement writes to. */
export type WriteTarget = {
  readonly name: TableName;
  readonly source: TableSource;
  readonly definition: TableDefinition;
};

export function writeTarget(ctx: BindContext, node: ObjectName): WriteTarget {
  const entry = lookup(
    ctx,
    node.parts.map((part) => part.name),
  );
  const name = node.parts.at(-1)?.name ?? "";
  if (entry === undefined)
    throw bindError(ctx, `there is no table "${name}"`, node, didYouMean(name, ctx.catalog.names()));
  if (entry.kind !== "table" || entry.table === undefined)
    throw bindError(ctx, `"${name}" is not a table that can be written to`, node);
  return { ...entry.table, source: entry.source };
}

/** The ordinal of a column that the statement names. */
export function targetColumn(ctx: BindContext, { definition, name }: WriteTarget, column: Identifier): number {
  const ordinal = definition.columns.findIndex((rule) => rule.name.toLowerCase() === column.name.toLowerCase());
  if (ordinal >= 0) return ordinal;
  const names = definition.columns.map((rule) => rule.name);
  const message = `table "${name.name}" has no column "${column.name}"`;
  throw bindError(ctx, message, column, didYouMean(column.name, names));
}

/** The same for a column that is given a value. */
export function assignedColumn(ctx: BindContext, target: WriteTarget, column: Identifier): number {
  const ordinal = targetColumn(ctx, target, column);
  if (target.definition.columns[ordinal]?.generated === undefined) return ordinal;
  throw bindError(ctx, `column "${column.name}" is generated: it takes no value`, column);
}
