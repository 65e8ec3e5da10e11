import type { Expression, FunctionCall } from "../../sql/ast.ts";
import { columnsOf } from "../expr/columns.ts";
import type { AggregateCall, Column, Expr } from "../expr/expr.ts";
import { sameExpr } from "../expr/equal.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import { aggregateFunction } from "../functions/registry.ts";
import { sessionAggregate } from "../functions/session-function.ts";
import { BIGINT, sameType } from "../types/types.ts";
import { stateExport } from "./aggregate-state.ts";
import { toBoolean } from "./coercion.ts";
import { collatedExtreme } from "./collation.ts";
import { columnName } from "./column-name.ts";
import { type BindContext, bindError, spanOf, unsupported } from "./context.ts";
import type { AggregateSink, AggregatesForbidden, Environment } from "./environment.ts";
import { checkConstants, convertArguments, noOverload } from "./function-call.ts";
import type { GroupingCall } from "./grouping-sets.ts";
import { type Scope, scopeHas } from "./scope.ts";
import { sortKey } from "./sort-key.ts";

/** Aggregates that are not NULL over one value or more that is not. */
const KEEP_VALUES: ReadonlySet<string> = new Set(["sum", "avg", "min", "max", "first", "last", "any_value"]);

/**
 * An aggregate in a SELECT list, HAVING or ORDER BY: a reference to the column that will hold its result. One over nothing but
 * columns of an outer query belongs to that query, as SQL has it.
 */
export function bindAggregateCall(
  env: Environment,
  name: string,
  values: readonly Expression[],
  node: FunctionCall,
): Expr {
  const { ctx } = env;
  if (node.nulls !== undefined) throw bindError(ctx, `${name} takes no IGNORE NULLS or RESPECT NULLS`, node);
  if (node.orderBy?.kind === "OrderByAll") throw unsupported(ctx, "ORDER BY ALL in an aggregate", node.orderBy);
  const isStar = values.length === 1 && values[0]?.kind === "Star";
  if (isStar && name !== "count") throw bindError(ctx, `${name}(*) does not exist; only count(*)`, node);
  const inner = env.aggregates.kind === "collect" ? env.aggregates.inner : env;
  const bound = isStar ? [] : values.map(inner.bind);
  const { name: chosen, args } = node.exportState ? { name, args: bound } : collatedExtreme(ctx, name, bound);
  const sink = sinkOf(env, args);
  if (sink.kind === "forbidden") throw bindError(ctx, sink.reason, node);
  const made = sessionAggregate(ctx.functions, name);
  const own = made ?? aggregateFunction(chosen);
  const fn = own !== undefined && node.exportState ? stateExport(ctx, own, args, node) : own;
  const signature = fn?.resolve(args.map(typeOf));
  if (fn === undefined || signature === undefined) throw noOverload(ctx, name, args, node, fn?.resolve);
  checkConstants(ctx, fn, args, node);
  const call: AggregateCall = {
    name: fn.name,
    args: convertArguments(ctx, args, signature.args),
    distinct: node.distinct,
    filter: node.filter === undefined ? undefined : toBoolean(ctx, inner.bind(node.filter), "the condition of FILTER"),
    orderBy: (node.orderBy?.items ?? []).map((item) => sortKey(ctx, inner.bind(item.expression), item)),
    type: signature.returns,
    ...(made === undefined ? {} : { definition: made }),
    span: spanOf(ctx, node),
  };
  const nullable =
    made !== undefined ||
    (fn.emptyIsNull &&
      !(sink.grouped && KEEP_VALUES.has(fn.name) && node.filter === undefined && !args.some((arg) => isNullable(arg))));
  const column = sink.add(call, columnName(node), nullable);
  return { kind: "Column", column, span: spanOf(ctx, node) };
}

/** GROUPING(a, b), also GROUPING_ID: which of its arguments, or of all keys, the row's grouping set does not group by. */
export function bindGrouping(env: Environment, args: readonly Expression[], node: FunctionCall): Expr {
  const { ctx, aggregates } = env;
  if (aggregates.kind === "forbidden") throw bindError(ctx, "GROUPING is only allowed where aggregates are", node);
  const column = aggregates.addGrouping(args.map(aggregates.inner.bind), columnName(node), { span: spanOf(ctx, node) });
  return { kind: "Column", column, span: spanOf(ctx, node) };
}

/** The query that the aggregate belongs to: the innermost one of whose columns it reads. */
function sinkOf(env: Environment, args: readonly Expr[]): AggregateSink | AggregatesForbidden {
  const read = args.flatMap((arg) => [...columnsOf(arg).keys()]);
  const readsLevel = (level: Scope): boolean => read.some((id) => scopeHas(level, id));
  if (read.length === 0 || readsLevel(env.scope)) return env.aggregates;
  for (let level = env.scope.parent; level !== undefined; level = level.parent) {
    if (level.aggregates !== undefined && readsLevel(level)) return level.aggregates;
  }
  return env.aggregates;
}

/** Collects the aggregates of one SELECT; equal calls share a column. */
export class AggregateCollector {
  readonly #ctx: BindContext;
  readonly #groupings: GroupingCall[] = [];
  readonly #found: { readonly column: Column; readonly call: AggregateCall }[] = [];

  constructor(ctx: BindContext) {
    this.#ctx = ctx;
  }

  get aggregates(): readonly { readonly column: Column; readonly call: AggregateCall }[] {
    return this.#found;
  }

  sink(inner: Environment, grouped: boolean): AggregateSink {
    return {
      kind: "collect",
      inner,
      grouped,
      add: (call, name, nullable) => this.#add(call, name, nullable),
      addGrouping: (args, name, node) => {
        const column = this.#ctx.ids.column(name, BIGINT, false);
        this.#groupings.push({ column, args, node });
        return column;
      },
    };
  }

  get groupings(): readonly GroupingCall[] {
    return this.#groupings;
  }

  #add(call: AggregateCall, name: string, nullable: boolean): Column {
    const known = this.#found.find((entry) => sameCall(entry.call, call));
    if (known !== undefined) return known.column;
    const column = this.#ctx.ids.column(name, call.type, nullable);
    this.#found.push({ column, call });
    return column;
  }
}

function sameCall(a: AggregateCall, b: AggregateCall): boolean {
  return (
    a.name === b.name &&
    a.distinct === b.distinct &&
    sameType(a.type, b.type) &&
    sameList(a.args, b.args) &&
    sameList(a.filter === undefined ? [] : [a.filter], b.filter === undefined ? [] : [b.filter]) &&
    sameList(
      a.orderBy.map(({ expr }) => expr),
      b.orderBy.map(({ expr }) => expr),
    ) &&
    a.orderBy.every(
      (key, i) => key.descending === b.orderBy[i]?.descending && key.nullsFirst === b.orderBy[i]?.nullsFirst,
    )
  );
}

function sameList(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.length === b.length && a.every((expr, i) => sameExpr(expr, b[i] as Expr));
}
