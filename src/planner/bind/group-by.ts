import type { Expression, GroupBy, GroupingElement, GroupingExpressions, Select, SelectItem } from "../../sql/ast.ts";
import { columnsOf, ref } from "../expr/columns.ts";
import { sameExpr } from "../expr/equal.ts";
import type { Column, Expr, Subquery } from "../expr/expr.ts";
import { replaceParts } from "../expr/map.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import { asNullable } from "../logical/columns.ts";
import { freeColumns } from "../logical/free-columns.ts";
import { mapExpressions, transformPlan } from "../logical/map.ts";
import { columnName } from "./column-name.ts";
import { expandColumns } from "./columns.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";
import type { Environment } from "./environment.ts";
import { type GroupingSet, groupingSets } from "./grouping-sets.ts";
import { resolveLocally, scopeHas } from "./scope.ts";
import type { SelectAliases, SelectOutput } from "./select-list.ts";

/** A key of GROUP BY: a plain column keeps its identity, an expression gets a column. */
export type GroupKey = { readonly column: Column; readonly expr: Expr };

/** GROUP BY ALL, also written GROUP BY *. */
export function isGroupByAll(groupBy: GroupBy | undefined): boolean {
  if (groupBy?.kind !== "GroupByItems") return groupBy !== undefined;
  const [first, second] = groupBy.items;
  const isSingle = second === undefined && first?.kind === "GroupingExpressions" && first.expressions.length === 1;
  return isSingle && first.expressions[0]?.kind === "Star";
}

/** The keys of a GROUP BY; `sets`: which of them each grouping set has, where there is more than the one set of all. */
export type BoundGroups = { readonly keys: readonly GroupKey[]; readonly sets: readonly GroupingSet[] | undefined };

/** The expressions of a GROUP BY with items: names, positions in the SELECT list, expressions. */
export function bindGroupItems(
  env: Environment,
  groupBy: Extract<GroupBy, { kind: "GroupByItems" }>,
  select: Select,
  aliases: SelectAliases,
): BoundGroups {
  const items: { readonly expr: Expr; readonly name: string }[] = [];
  const bound = new Map<GroupingExpressions, readonly Expr[]>();
  const bindList = (list: GroupingExpressions): void => {
    const exprs = list.expressions.flatMap((node) =>
      (expandColumns(env, node)?.map((column) => column.node) ?? [node]).map((single) => {
        const index = itemOf(env, single, select, aliases);
        const meant = index === undefined ? single : (select.items[index] as SelectItem).expression;
        const expr = env.bind(meant);
        if (index !== undefined) aliases.group(index, expr);
        items.push({ expr, name: columnName(meant) });
        return expr;
      }),
    );
    bound.set(list, exprs);
  };
  groupBy.items.forEach((item) => forEachList(item, bindList));
  const keys = distinctKeys(env, items);
  if (groupBy.items.every(({ kind }) => kind === "GroupingExpressions")) return { keys, sets: undefined };
  const sets = groupingSets(env.ctx, groupBy.items, (list) =>
    (bound.get(list) ?? []).map((expr) => keys.findIndex((key) => sameExpr(key.expr, expr))),
  );
  return { keys: keys.map(({ column, expr }) => ({ column: asNullable(column), expr })), sets };
}

function forEachList(element: GroupingElement, visit: (list: GroupingExpressions) => void): void {
  switch (element.kind) {
    case "GroupingExpressions":
      return visit(element);
    case "GroupingSets":
      return element.sets.forEach((inner) => forEachList(inner, visit));
    case "Rollup":
    case "Cube":
      return element.items.forEach(visit);
  }
}

/** The SELECT item that `2` or an alias (of no column) means. */
function itemOf(env: Environment, node: Expression, select: Select, aliases: SelectAliases): number | undefined {
  const { ctx } = env;
  if (node.kind === "NumberLiteral" && node.form === "integer") {
    const item = select.items[Number(node.text) - 1];
    if (item === undefined) {
      throw bindError(ctx, `GROUP BY position ${node.text} is not between 1 and ${select.items.length}`, node);
    }
    if (item.expression.kind === "Star") throw unsupported(ctx, "GROUP BY of the position of a *", node);
    return Number(node.text) - 1;
  }
  const [name] = node.kind === "ColumnRef" && node.parts.length === 1 ? node.parts : [];
  if (name === undefined || resolveLocally(ctx, env.scope, [name]) !== undefined) return undefined;
  return aliases.indexOf(name);
}

/** GROUP BY ALL: every output without an aggregate. */
export function groupByAll(
  env: Environment,
  outputs: readonly SelectOutput[],
  aggregated: (id: number) => boolean,
): readonly GroupKey[] {
  const isAggregate = (expr: Expr): boolean => [...columnsOf(expr).keys()].some(aggregated);
  return distinctKeys(
    env,
    outputs.filter(({ expr }) => !isAggregate(expr)),
  );
}

function distinctKeys(
  { ctx, scope }: Environment,
  items: readonly { readonly expr: Expr; readonly name: string }[],
): readonly GroupKey[] {
  const keys: GroupKey[] = [];
  for (const { expr, name } of items) {
    if (keys.some((key) => sameExpr(key.expr, expr))) continue;
    // A column of an outer query is a constant here: the Aggregate must not seem to produce it.
    const isOwn = expr.kind === "Column" && scopeHas(scope, expr.column.id);
    const column = isOwn ? expr.column : ctx.ids.column(name, typeOf(expr), isNullable(expr));
    keys.push({ column, expr });
  }
  return keys;
}

/**
 * Rewrites what stands above an Aggregate in terms of its output: parts equal to a key become the key's column. `input`: the
 * columns below the Aggregate; one that is neither key nor inside an aggregate is an error.
 */
export function overGroups(
  ctx: BindContext,
  expr: Expr,
  keys: readonly GroupKey[],
  input: ReadonlyMap<number, Column>,
): Expr {
  const plain = new Set(keys.flatMap((key) => (key.expr.kind === "Column" ? [key.column.id] : [])));
  const check = (column: Column, part: Expr): void => {
    if (!input.has(column.id) || plain.has(column.id)) return;
    const message = `column "${column.name}" must appear in the GROUP BY clause or be used in an aggregate function`;
    throw bindError(ctx, message, { span: part.span ?? { start: 0, end: 0 } });
  };
  return replaceParts(expr, (part) => {
    if (part.kind === "Literal" || part.kind === "Parameter") return part;
    const key = keys.find((candidate) => sameExpr(candidate.expr, part));
    if (key !== undefined) return { ...ref(key.column), ...(part.span === undefined ? {} : { span: part.span }) };
    if (part.kind === "Column") check(part.column, part);
    if (part.kind !== "Subquery") return undefined;
    const grouped = withKeys(part, keys);
    for (const column of grouped.outer) check(column, part);
    if (grouped.mode.kind !== "quantified") return grouped;
    const comparands = grouped.mode.comparands.map((comparand) => overGroups(ctx, comparand, keys, input));
    return { ...grouped, mode: { ...grouped.mode, comparands } };
  });
}

/** The subquery with computed keys, where it has them of the query around it, replaced by their columns. */
function withKeys(subquery: Subquery, keys: readonly GroupKey[]): Subquery {
  const computed = keys.filter(({ expr }) => expr.kind !== "Column" && columnsOf(expr).size > 0);
  if (computed.length === 0) return subquery;
  const inExpr = (expr: Expr): Expr =>
    replaceParts(expr, (part) => {
      const key = computed.find((candidate) => sameExpr(candidate.expr, part));
      if (key !== undefined) return ref(key.column);
      return part.kind === "Subquery" ? withKeys(part, keys) : undefined;
    });
  const plan = transformPlan(subquery.plan, (node) => mapExpressions(node, inExpr));
  return { ...subquery, plan, outer: freeColumns(plan) };
}
