/** `USING KEY (a, max(b))` of a recursive common table. */
import type { Span } from "../../error.ts";
import type { ColumnRef, CommonTable, FunctionCall, Identifier, SelectItem } from "../../sql/ast.ts";
import { makeCall, makeColumnRef, makeGroupBy, makeIdentifier, makeItem, makeSelect } from "../../sql/make.ts";
import type { Column } from "../expr/expr.ts";
import { aggregateFunction } from "../functions/registry.ts";
import { sessionAggregate } from "../functions/session-function.ts";
import { type BindContext, bindError, type BoundQuery } from "./context.ts";
import { relationOf } from "./scope.ts";
import { bindSelect } from "./select.ts";
import { didYouMean } from "./suggest.ts";

export type Keying =
  | { readonly kind: "none" }
  /** A row takes the place of the one with the same keys. */
  | { readonly kind: "rows"; readonly keys: readonly Column[] }
  /** Rows with the same keys are one, by an aggregate for every other column: `last` where none is given. */
  | {
      readonly kind: "aggregates";
      readonly keys: readonly Column[];
      readonly aggregates: ReadonlyMap<Column, FunctionCall>;
    };

/** What USING KEY says about the columns of the table. */
export function keyingOf(ctx: BindContext, table: CommonTable, columns: readonly Column[]): Keying {
  if (table.usingKey.length === 0) return { kind: "none" };
  const keys = new Set<Column>();
  const aggregates = new Map<Column, FunctionCall>();
  const find = (name: Identifier): Column => {
    const found = columns.find((column) => column.name.toLowerCase() === name.name.toLowerCase());
    if (found !== undefined) return found;
    const names = columns.map((column) => column.name);
    const message = `the recursive common table "${table.name.name}" has no column "${name.name}"`;
    throw bindError(ctx, message, name, didYouMean(name.name, names));
  };
  for (const item of table.usingKey) {
    const { expression, alias } = item;
    const name = bareName(expression);
    if (name !== undefined) {
      if (alias !== undefined) throw bindError(ctx, "only an aggregate in USING KEY can have an alias", alias);
      keys.add(find(name));
      continue;
    }
    const call = aggregateOf(ctx, item);
    const target = find(targetOf(ctx, call, alias));
    if (aggregates.has(target)) throw bindError(ctx, `USING KEY has two aggregates for "${target.name}"`, item);
    aggregates.set(target, call);
  }
  if (keys.size === 0) throw bindError(ctx, "USING KEY needs at least one column as key", table);
  for (const column of aggregates.keys()) {
    if (keys.has(column)) throw bindError(ctx, `"${column.name}" is both a key and an aggregate in USING KEY`, table);
  }
  return aggregates.size === 0
    ? { kind: "rows", keys: [...keys] }
    : { kind: "aggregates", keys: [...keys], aggregates };
}

function bareName(expression: SelectItem["expression"]): Identifier | undefined {
  return expression.kind === "ColumnRef" && expression.parts.length === 1 ? expression.parts[0] : undefined;
}

function aggregateOf(ctx: BindContext, { expression }: SelectItem): FunctionCall {
  if (expression.kind === "FunctionCall" && expression.over === undefined) {
    const name = expression.name.parts.at(-1)?.name.toLowerCase() ?? "";
    if ((aggregateFunction(name) ?? sessionAggregate(ctx.functions, name)) !== undefined) return expression;
  }
  throw bindError(ctx, "USING KEY takes columns and aggregates of columns", expression);
}

/** The column that an aggregate stands for: the one it is named after, or its first argument. */
function targetOf(ctx: BindContext, call: FunctionCall, alias: Identifier | undefined): Identifier {
  const [argument] = call.args;
  const target = alias ?? (argument && bareName(argument.value));
  if (target !== undefined) return target;
  const hint = `write ${call.name.parts.at(-1)?.name ?? "max"}(...) AS column`;
  throw bindError(ctx, "an aggregate in USING KEY needs a column as its first argument, or an alias", call, hint);
}

/** The rows as USING KEY shows them: one for all that have the same keys. */
export function aggregatedRows(
  ctx: BindContext,
  { keys, aggregates }: Extract<Keying, { kind: "aggregates" }>,
  columns: readonly Column[],
  rows: BoundQuery,
  span: Span,
): BoundQuery {
  const column = (of: Column): ColumnRef => makeColumnRef([makeIdentifier(of.name, span)], span);
  const items = columns.map((of) => {
    const value = keys.includes(of) ? column(of) : (aggregates.get(of) ?? makeCall("last", [column(of)], span));
    return makeItem(value, makeIdentifier(of.name, span));
  });
  const select = makeSelect(items, { groupBy: makeGroupBy(keys.map(column), span) }, span);
  const tables = { plan: rows.plan, relations: [relationOf(undefined, rows.columns)] };
  return bindSelect(ctx, select, undefined, undefined, undefined, undefined, tables);
}
