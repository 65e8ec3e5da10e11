import type { OrderBy, Select } from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import { outputColumns } from "../logical/columns.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { AggregateCollector } from "./aggregate-call.ts";
import { toBoolean } from "./coercion.ts";
import { columnName } from "./column-name.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import type { CteScope } from "./cte.ts";
import { makeEnvironment } from "./expression.ts";
import { bindFrom } from "./from.ts";
import { bindGroupItems, type GroupKey, groupByAll, isGroupByAll, overGroups } from "./group-by.ts";
import type { LimitCounts } from "./limit.ts";
import { bindOrderBy, isExpr, sortAndLimit, type SortTarget } from "./order-by.ts";
import type { Scope } from "./scope.ts";
import { bindSelectList, SelectAliases, type SelectOutput } from "./select-list.ts";
import { sortKey } from "./sort-key.ts";

const forbidden = (reason: string): { readonly kind: "forbidden"; readonly reason: string } => ({
  kind: "forbidden",
  reason,
});

/**
 * A SELECT with the ORDER BY and LIMIT of its query: FROM, WHERE, Aggregate, HAVING, outputs, DISTINCT, Sort, Limit, bottom up.
 * Sort keys that are no output ride along as hidden columns.
 */
export function bindSelect(
  ctx: BindContext,
  select: Select,
  orderBy: OrderBy | undefined,
  limit: LimitCounts | undefined,
  parent: Scope | undefined,
  ctes: CteScope | undefined,
): BoundQuery {
  rejectLater(ctx, select);
  const tables = bindFrom(ctx, select.from, { relations: [], parent, ctes });
  const scope: Scope = { relations: tables.relations, parent, ctes };
  const aliases = new SelectAliases(ctx, select);
  let plan = tables.plan;

  if (select.where !== undefined) {
    const env = makeEnvironment(ctx, scope, forbidden("WHERE cannot contain aggregates: use HAVING"), aliases);
    plan = { kind: "Filter", input: plan, predicate: toBoolean(ctx, env.bind(select.where), "the condition of WHERE") };
  }

  const collector = new AggregateCollector(ctx);
  const insideAggregate = makeEnvironment(ctx, scope, forbidden("aggregates cannot be nested"), aliases);
  const groupAll = isGroupByAll(select.groupBy);
  const groupItems = select.groupBy?.kind === "GroupByItems" && !groupAll ? select.groupBy : undefined;
  const groupEnv = makeEnvironment(ctx, scope, forbidden("GROUP BY cannot contain aggregates"), aliases);
  let keys: readonly GroupKey[] = groupItems === undefined ? [] : bindGroupItems(groupEnv, groupItems, select, aliases);
  const env = makeEnvironment(ctx, scope, collector.sink(insideAggregate, keys.length > 0), aliases);

  let outputs = bindSelectList(env, select.items, aliases);
  aliases.showAll();
  if (outputs.length === 0) throw bindError(ctx, "the SELECT list is empty", select);
  if (groupAll) {
    const ids = new Set(collector.aggregates.map(({ column }) => column.id));
    keys = groupByAll(env, outputs, (id) => ids.has(id));
  }

  const input = new Map(outputColumns(plan).map((column) => [column.id, column]));
  const keyIds = new Set(keys.map(({ column }) => column.id));
  const mayAggregate = select.groupBy !== undefined || select.having !== undefined || collector.aggregates.length > 0;
  if (mayAggregate) aliases.hideColumns((column) => input.has(column.id) && !keyIds.has(column.id));
  let having =
    select.having === undefined ? undefined : toBoolean(ctx, env.bind(select.having), "the condition of HAVING");

  // An output's column is made before ORDER BY, which may name it.
  let columns = outputColumnsOf(ctx, outputs, input);
  const sortable = {
    outputs: outputs.map((output, i) => ({ ...output, column: columns[i] as Column })),
    otherNames: [],
    bind: env.bind,
  };
  let targets = orderBy === undefined ? [] : bindOrderBy(ctx, orderBy, sortable);

  if (mayAggregate || collector.aggregates.length > 0) {
    const over = (expr: Expr): Expr => overGroups(ctx, expr, keys, input);
    plan = { kind: "Aggregate", input: plan, groups: keys, aggregates: collector.aggregates };
    outputs = outputs.map((output) => ({ ...output, expr: over(output.expr) }));
    targets = targets.map((target) => (isExpr(target.target) ? { ...target, target: over(target.target) } : target));
    having = having === undefined ? undefined : over(having);
    if (having !== undefined) plan = { kind: "Filter", input: plan, predicate: having };
    columns = columns.map((column, i) => aggregatedColumn(column, outputs[i] as SelectOutput));
  }

  return finish(ctx, select, plan, outputs, columns, targets, limit);
}

function rejectLater(ctx: BindContext, select: Select): void {
  if (select.qualify !== undefined) throw unsupported(ctx, "QUALIFY", select.qualify);
  const [window] = select.windows;
  if (window !== undefined) throw unsupported(ctx, "WINDOW", window);
  if (select.sample !== undefined) throw unsupported(ctx, "USING SAMPLE", select.sample);
  if (select.distinct !== undefined && select.distinct.on.length > 0)
    throw unsupported(ctx, "DISTINCT ON", select.distinct);
}

/**
 * The columns of the outputs: a column of the query's own FROM passes through under its identity (the first time), all else
 * is new. Columns of outer queries are new too, so that what a plan reads from outside it never puts out.
 */
function outputColumnsOf(
  ctx: BindContext,
  outputs: readonly SelectOutput[],
  input: ReadonlyMap<number, Column>,
): readonly Column[] {
  const taken = new Set<number>();
  return outputs.map(({ name, expr }) => {
    if (expr.kind === "Column" && input.has(expr.column.id) && !taken.has(expr.column.id)) {
      taken.add(expr.column.id);
      return { ...expr.column, name };
    }
    return ctx.ids.column(name, typeOf(expr), isNullable(expr));
  });
}

/** The same column with what is known of it above the Aggregate. */
function aggregatedColumn(column: Column, { expr }: SelectOutput): Column {
  const nullable = isNullable(expr);
  return column.nullable === nullable ? column : { ...column, nullable };
}

function finish(
  ctx: BindContext,
  select: Select,
  below: LogicalPlan,
  outputs: readonly SelectOutput[],
  columns: readonly Column[],
  targets: readonly SortTarget[],
  limit: LimitCounts | undefined,
): BoundQuery {
  const projected = outputs.map(({ expr }, i) => {
    const column = columns[i] as Column;
    return { column: expr.kind === "Column" && expr.column.id === column.id ? expr.column : column, expr };
  });
  const local = new Set(outputColumns(below).map(({ id }) => id));
  for (const { column } of projected) local.delete(column.id);
  const hidden: { readonly column: Column; readonly expr: Expr }[] = [];
  const keys = targets
    .map(({ item, node, target }) => {
      if (!isExpr(target)) return sortKey(ref(target), item);
      if (target.kind === "Literal") return undefined;
      if (select.distinct !== undefined && node !== undefined) {
        throw bindError(ctx, "with DISTINCT, ORDER BY may only use what the SELECT list has", node);
      }
      const name = node === undefined ? "" : columnName(node);
      // A column passes through under its own identity once, if it is the query's own.
      const passes = target.kind === "Column" && local.delete(target.column.id);
      const column = passes ? target.column : ctx.ids.column(name, typeOf(target), isNullable(target));
      hidden.push({ column, expr: target });
      return sortKey(ref(column), item);
    })
    .filter((key) => key !== undefined);
  let plan: LogicalPlan = { kind: "Project", input: below, outputs: [...projected, ...hidden] };
  if (select.distinct !== undefined) {
    plan = {
      kind: "Aggregate",
      input: plan,
      groups: projected.map(({ column }) => ({ column, expr: ref(column) })),
      aggregates: [],
    };
  }
  return sortAndLimit(plan, columns, keys, limit, hidden.length > 0);
}
