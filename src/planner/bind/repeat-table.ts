/** `repeat(value, n)` and `repeat_row(value, ..., num_rows = n)` in FROM: the same row n times. */
import type { Expression, TableFunction } from "../../sql/ast.ts";
import { makeIdentifier, makeItem, makeQuery, makeSelect } from "../../sql/make.ts";
import { type BindContext, bindError, type BoundQuery } from "./context.ts";
import type { Scope } from "./scope.ts";
import { labelled } from "./table-names.ts";

/** undefined for other functions. */
export function bindRepeat(ctx: BindContext, table: TableFunction, scope: Scope): BoundQuery | undefined {
  const name = table.name.parts.at(-1)?.name.toLowerCase();
  if (name === "repeat") return repeatValue(ctx, table, scope);
  return name === "repeat_row" ? repeatRow(ctx, table, scope) : undefined;
}

function repeatValue(ctx: BindContext, table: TableFunction, scope: Scope): BoundQuery {
  const [value, count, another] = table.args;
  if (value === undefined || count === undefined || another !== undefined) {
    throw bindError(ctx, "repeat takes a value and the number of rows", table);
  }
  return repeated(ctx, table, [value.value], ["repeat"], count.value, scope);
}

function repeatRow(ctx: BindContext, table: TableFunction, scope: Scope): BoundQuery {
  const values = table.args.slice(0, -1).map(({ value }) => value);
  const last = table.args.at(-1);
  const [label, count] = last === undefined ? [undefined, undefined] : labelled(last);
  if (label?.toLowerCase() !== "num_rows" || count === undefined || values.length === 0) {
    throw bindError(ctx, "repeat_row takes values, then num_rows = the number of rows", table);
  }
  const names = values.map((_, i) => `column${i}`);
  return repeated(ctx, table, values, names, count, scope);
}

/** `SELECT values FROM range(count)`. */
function repeated(
  ctx: BindContext,
  { span, ...table }: TableFunction,
  values: readonly Expression[],
  names: readonly string[],
  count: Expression,
  scope: Scope,
): BoundQuery {
  const rows: TableFunction = {
    ...table,
    name: { kind: "ObjectName", parts: [makeIdentifier("range", span)], span },
    args: [{ kind: "FunctionArgument", name: undefined, value: count, span: count.span }],
    alias: undefined,
    sample: undefined,
    span,
  };
  const items = values.map((value, i) => makeItem(value, makeIdentifier(names[i] as string, span)));
  const query = makeQuery(makeSelect(items, { from: [rows] }, span), span);
  return ctx.bindQuery(query, ctx, scope.parent, scope.ctes);
}
