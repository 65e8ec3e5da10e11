import type { Expression, OrderBy, OrderItem, Select } from "../../sql/ast.ts";
import { ref, substituteColumns } from "../expr/columns.ts";
import type { Column, Expr, SortKey } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import { outputColumns } from "../logical/columns.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { AggregateCollector } from "./aggregate-call.ts";
import { toBoolean } from "./coercion.ts";
import { collatedGroups, collationKey } from "./collation.ts";
import { columnName } from "./column-name.ts";
import { type BindContext, bindError, type BoundQuery } from "./context.ts";
import { expandColumns, expandCondition } from "./columns.ts";
import type { CteScope } from "./cte.ts";
import { makeEnvironment } from "./expression.ts";
import { type BoundTables, bindFrom } from "./from.ts";
import { type BoundGroups, bindGroupItems, groupByAll, isGroupByAll, overGroups } from "./group-by.ts";
import { groupedPlan, groupingSetsPlan } from "./grouping-sets.ts";
import type { LimitCounts } from "./limit.ts";
import { bindOrderBy, isExpr, type Sortable, sortAndLimit, type SortTarget, targetOf } from "./order-by.ts";
import { bindSample } from "./sample.ts";
import type { Scope } from "./scope.ts";
import { bindSelectList, SelectAliases, type SelectOutput } from "./select-list.ts";
import { sortKey } from "./sort-key.ts";
import { UnnestCollector } from "./unnest.ts";
import { namedWindows, WindowCollector } from "./window.ts";
import { withWindows } from "./window-plan.ts";
import { bindGroupWindow } from "./windows/group-window.ts";

const forbidden = (reason: string): { readonly kind: "forbidden"; readonly reason: string } => ({
  kind: "forbidden",
  reason,
});

/**
 * A SELECT with the ORDER BY and LIMIT of its query: FROM, WHERE, Aggregate, HAVING, outputs, DISTINCT, Sort, Limit, bottom up.
 * Sort keys that are no output ride along as hidden columns. `given`: the tables, in place of those in FROM.
 */
export function bindSelect(
  ctx: BindContext,
  select: Select,
  orderBy: OrderBy | undefined,
  limit: LimitCounts | undefined,
  parent: Scope | undefined,
  ctes: CteScope | undefined,
  given?: BoundTables,
): BoundQuery {
  const tables = given ?? bindFrom(ctx, select.from, { relations: [], parent, ctes });
  const scope: Scope = { relations: tables.relations, parent, ctes };
  const aliases = new SelectAliases(ctx, select);
  let plan = select.sample === undefined ? tables.plan : bindSample(ctx, tables.plan, select.sample);

  if (select.where !== undefined) {
    const env = makeEnvironment(
      ctx,
      scope,
      forbidden("WHERE cannot contain aggregates: use HAVING"),
      aliases,
      forbidden("WHERE cannot contain window functions: use QUALIFY"),
    );
    plan = {
      kind: "Filter",
      input: plan,
      predicate: toBoolean(ctx, env.bind(expandCondition(env, select.where)), "the condition of WHERE"),
    };
  }

  const windowed = bindGroupWindow(ctx, select, orderBy, { plan, relations: tables.relations }, parent, ctes);
  if (windowed !== undefined)
    return bindSelect(ctx, windowed.select, windowed.orderBy, limit, parent, ctes, windowed.tables);

  const collector = new AggregateCollector(ctx);
  const insideAggregate = makeEnvironment(
    ctx,
    scope,
    forbidden("aggregates cannot be nested"),
    aliases,
    forbidden("aggregates cannot contain window functions"),
  );
  const groupAll = isGroupByAll(select.groupBy);
  const groupItems = select.groupBy?.kind === "GroupByItems" && !groupAll ? select.groupBy : undefined;
  const groupUnnests = new UnnestCollector(ctx);
  const groupEnv = makeEnvironment(
    ctx,
    scope,
    forbidden("GROUP BY cannot contain aggregates"),
    aliases,
    forbidden("GROUP BY cannot contain window functions"),
    groupUnnests,
  );
  const { keys: itemKeys, sets }: BoundGroups =
    groupItems === undefined ? { keys: [], sets: undefined } : bindGroupItems(groupEnv, groupItems, select, aliases);
  let keys = itemKeys;
  const sink = collector.sink(insideAggregate, keys.length > 0 && sets === undefined);
  const windows = new WindowCollector(ctx);
  const insideWindow = makeEnvironment(ctx, scope, sink, aliases, forbidden("window functions cannot be nested"));
  plan = groupUnnests.plan(plan, (expr) => expr);
  const unnests = new UnnestCollector(ctx, groupUnnests);
  const windowSink = windows.sink(insideWindow, namedWindows(ctx, select));
  const env = makeEnvironment(ctx, scope, sink, aliases, windowSink, unnests);

  let outputs = bindSelectList(env, select.items, aliases);
  aliases.showAll();
  if (outputs.length === 0) throw bindError(ctx, "the SELECT list is empty", select);
  if (groupAll) {
    if (unnests.ids.length > 0)
      throw bindError(ctx, "GROUP BY ALL cannot group by UNNEST: name what to group by", select);
    const computed = [...collector.aggregates, ...collector.groupings, ...windows.found];
    const ids = new Set(computed.map(({ column }) => column.id));
    keys = groupByAll(env, outputs, (id) => ids.has(id));
  }

  const input = new Map(outputColumns(plan).map((column) => [column.id, column]));
  const keyIds = new Set(keys.map(({ column }) => column.id));
  const mayAggregate = select.groupBy !== undefined || select.having !== undefined || collector.aggregates.length > 0;
  if (mayAggregate) aliases.hideColumns((column) => input.has(column.id) && !keyIds.has(column.id));
  let having =
    select.having === undefined
      ? undefined
      : toBoolean(
          ctx,
          makeEnvironment(
            ctx,
            scope,
            sink,
            aliases,
            forbidden("HAVING cannot contain window functions: use QUALIFY"),
          ).bind(select.having),
          "the condition of HAVING",
        );
  let qualify =
    select.qualify === undefined ? undefined : toBoolean(ctx, env.bind(select.qualify), "the condition of QUALIFY");

  // An output's column is made before ORDER BY, which may name it.
  let columns = outputColumnsOf(ctx, outputs, input);
  const sortable = {
    outputs: outputs.map((output, i) => ({ ...output, column: columns[i] as Column })),
    otherNames: [],
    bind: env.bind,
    expand: (node: Expression) => expandColumns(env, node)?.map((column) => column.node),
  };
  let targets = orderBy === undefined ? [] : bindOrderBy(ctx, orderBy, sortable);

  let on = distinctTargets(ctx, select, sortable);

  let over = (expr: Expr): Expr => expr;
  if (mayAggregate || collector.aggregates.length > 0 || collector.groupings.length > 0) {
    over = (expr) => overGroups(ctx, expr, keys, input);
    const { aggregates, groupings } = collector;
    plan =
      sets === undefined
        ? groupedPlan(ctx, plan, keys, aggregates, groupings)
        : groupingSetsPlan(ctx, plan, keys, sets, aggregates, groupings);
    outputs = outputs.map((output) => ({ ...output, expr: over(output.expr) }));
    const overTarget = (target: SortTarget): SortTarget =>
      isExpr(target.target) ? { ...target, target: over(target.target) } : target;
    targets = targets.map(overTarget);
    on = on.map(overTarget);
    having = having === undefined ? undefined : over(having);
    qualify = qualify === undefined ? undefined : over(qualify);
    if (having !== undefined) plan = { kind: "Filter", input: plan, predicate: having };
    columns = columns.map((column, i) => aggregatedColumn(column, outputs[i] as SelectOutput));
  }
  plan = withWindows(plan, windows, over);
  if (select.qualify !== undefined && qualify !== undefined) {
    if (windows.found.length === 0)
      throw bindError(ctx, "QUALIFY needs a window function, there or in the SELECT list", select.qualify);
    plan = { kind: "Filter", input: plan, predicate: qualify };
  }

  plan = unnests.plan(plan, over);
  return finish(ctx, select, plan, outputs, columns, targets, on, limit);
}

/** The expressions of DISTINCT ON, which may be outputs like those of ORDER BY. */
function distinctTargets(ctx: BindContext, { distinct }: Select, sortable: Sortable): readonly SortTarget[] {
  if (distinct === undefined || distinct.on.length === 0) return [];
  const items = distinct.on.map((expression): OrderItem => {
    if (expression.kind === "Parameter") {
      const hint = "write the position of an output as a number";
      throw bindError(ctx, "a parameter in DISTINCT ON has no effect", expression, hint);
    }
    return { kind: "OrderItem", expression, direction: undefined, nulls: undefined, span: expression.span };
  });
  return bindOrderBy(ctx, { kind: "OrderByItems", items, span: distinct.span }, sortable);
}

/** The columns of the first row, in the order of `keys`, of those that agree on all of `on`. */
function distinctOn(
  ctx: BindContext,
  below: LogicalPlan,
  outputs: readonly { readonly column: Column; readonly expr: Expr }[],
  on: readonly SortTarget[],
  keys: readonly SortKey[],
): LogicalPlan {
  const fresh = outputs.map(({ column, expr }) => ({ column: { ...column, id: ctx.ids.next() }, expr }));
  const byFresh = new Map(
    outputs.map(({ column }, i) => [column.id, ref((fresh[i] as (typeof fresh)[number]).column)]),
  );
  const groups = on.map((sorted) => {
    const { target, node } = sorted;
    if (!isExpr(target)) {
      const key = targetOf(ctx, { ...sorted, target: byFresh.get(target.id) ?? ref(target) });
      return { column: target, key, expr: undefined };
    }
    const name = node === undefined ? "" : columnName(node);
    const column = ctx.ids.column(name, typeOf(target), isNullable(target));
    return { column, key: ref(column), expr: target };
  });
  const computed = groups.flatMap(({ column, expr }) => (expr === undefined ? [] : [{ column, expr }]));
  const orderBy = keys.map((key) => ({ ...key, expr: substituteColumns(key.expr, byFresh) }));
  return {
    kind: "Aggregate",
    input: { kind: "Project", input: below, outputs: [...fresh, ...computed] },
    groups: groups.map(({ key }) => {
      return { column: ctx.ids.column("key", typeOf(key), isNullable(key)), expr: collationKey(ctx, key) };
    }),
    aggregates: outputs.map(({ column }, i) => {
      const from = (fresh[i] as (typeof fresh)[number]).column;
      const { type } = from;
      const call = { name: "first", args: [ref(from)], distinct: false, filter: undefined, orderBy, type };
      return { column, call };
    }),
  };
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
  on: readonly SortTarget[],
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
    .map((sorted) => {
      const { item, node, target } = sorted;
      if (!isExpr(target)) return sortKey(ctx, targetOf(ctx, sorted), item);
      if (target.kind === "Literal") return undefined;
      if (select.distinct?.on.length === 0 && node !== undefined) {
        throw bindError(ctx, "with DISTINCT, ORDER BY may only use what the SELECT list has", node);
      }
      const name = node === undefined ? "" : columnName(node);
      // A column passes through under its own identity once, if it is the query's own.
      const passes = target.kind === "Column" && local.delete(target.column.id);
      const column = passes ? target.column : ctx.ids.column(name, typeOf(target), isNullable(target));
      hidden.push({ column, expr: target });
      return sortKey(ctx, ref(column), item);
    })
    .filter((key) => key !== undefined);
  const all = [...projected, ...hidden];
  let restricts = hidden.length > 0 || on.length > 0;
  let plan: LogicalPlan = { kind: "Project", input: below, outputs: all };
  if (on.length > 0) plan = distinctOn(ctx, below, all, on, keys);
  else if (select.distinct !== undefined) {
    const groups = collatedGroups(
      ctx,
      projected.map(({ column }) => ({ column, expr: ref(column) })),
    );
    plan = { kind: "Aggregate", input: plan, ...groups };
    restricts ||= groups.aggregates.length > 0;
  }
  return sortAndLimit(plan, columns, keys, limit, restricts);
}
