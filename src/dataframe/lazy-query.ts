import type { Expression, Query, Star, TableRef } from "../sql/ast.ts";
import { walkAst } from "../planner/bind/ast-walk.ts";
import type { StatementContext } from "./context.ts";
import { query, select, selectItem, star, subquery } from "./expression/nodes.ts";
import { outputNames, ownQuery, type QuerySource, settle } from "./query-source.ts";
import type { SessionState } from "./session-state.ts";

/** How a DataFrame gets at its session at the time of an action. */
export type OpenContext = (signal: AbortSignal | undefined) => StatementContext;

/** Where a program called a method; `stack` is V8's, without its first line. */
export type CallSite = { readonly method: string; readonly stack: () => string };

/** What a DataFrame is: how its query is made, and from what. */
export type LazyQuery = {
  readonly context: OpenContext;
  /** DataFrames of different sessions do not mix. */
  readonly session: SessionState;
  readonly source: QuerySource;
  /** Qualifies the columns in joins and subqueries. */
  readonly alias: string;
  /** The program has given the alias. */
  readonly named: boolean;
  /** Names of its columns, where they follow without binding. */
  readonly columns: ((ctx: StatementContext) => readonly string[]) | undefined;
  readonly join: OpenJoin | undefined;
  readonly inputs: readonly LazyQuery[];
  /** Its rows are kept. */
  readonly kept: { readonly drop: () => Promise<void> } | undefined;
  readonly call: CallSite;
};

/** The tables of joins, whose columns keep their qualified names until something else is made of the rows. */
export type OpenJoin = {
  readonly from: (ctx: StatementContext) => TableRef;
  readonly where: readonly Expression[];
  readonly aliases: ReadonlySet<string>;
};

/** What a method makes of its DataFrame. */
export type Change = {
  readonly build: (ctx: StatementContext) => Query;
  readonly columns?: LazyQuery["columns"];
  readonly join?: OpenJoin | undefined;
  /** Other DataFrames that it reads. */
  readonly others?: readonly LazyQuery[];
};

/** A DataFrame's query as a table in FROM. */
export function tableOf(lazy: LazyQuery, ctx: StatementContext): TableRef {
  const inner = ownQuery(lazy, ctx);
  const table = subquery(inner, lazy.alias);
  const whole = lazy.named ? wholeTable(inner) : undefined;
  return whole === undefined || table.kind !== "TableSubquery" ? table : { ...whole, alias: table.alias };
}

/** The table that a query gives as it is. */
function wholeTable({
  body,
  orderBy,
  limit,
  with: tables,
}: Query): Extract<TableRef, { kind: "TableName" }> | undefined {
  if (body.kind !== "Select" || orderBy !== undefined || limit !== undefined || tables !== undefined) return undefined;
  const { from, items, where, groupBy, having, qualify, distinct, sample } = body;
  const [table] = from;
  const [item] = items;
  const clauses = [where, groupBy, having, qualify, distinct, sample];
  const all = items.length === 1 && item?.expression.kind === "Star" && isPlain(item.expression);
  if (from.length !== 1 || table?.kind !== "TableName" || !all) return undefined;
  return clauses.every((clause) => clause === undefined) && table.alias === undefined ? table : undefined;
}

function isPlain({ qualifier, exclude, replace, rename, like }: Star): boolean {
  return qualifier === undefined && like === undefined && exclude.length + replace.length + rename.length === 0;
}

/** Names of a DataFrame's columns. */
export function namesOf({ source, columns }: LazyQuery, ctx: StatementContext): readonly string[] {
  return columns?.(ctx) ?? outputNames(source, ctx);
}

/** The rows that expressions see: those of the tables of a join where the expressions name one of these, else the DataFrame's own. */
export function rowsFor(
  lazy: LazyQuery,
  ctx: StatementContext,
  expressions: readonly Expression[],
): { readonly from: readonly TableRef[]; readonly where: Expression | undefined } {
  const { join, alias } = lazy;
  if (join !== undefined && expressions.some((expression) => mentions(settle(expression, ctx), join.aliases, alias)))
    return { from: [join.from(ctx)], where: allOf(join.where) };
  return { from: [tableOf(lazy, ctx)], where: undefined };
}

/** `SELECT items FROM` a DataFrame's rows. */
export function selectFrom(
  lazy: LazyQuery,
  ctx: StatementContext,
  items: Parameters<typeof select>[1] = [selectItem(star())],
  extra: Omit<NonNullable<Parameters<typeof select>[2]>, "where"> = {},
  expressions: readonly Expression[] = items.map(({ expression }) => expression),
): Query {
  const { from, where } = rowsFor(lazy, ctx, expressions);
  return query(select(from, items, { ...extra, where }));
}

export function allOf(conditions: readonly Expression[]): Expression | undefined {
  const [first] = conditions;
  if (first === undefined || conditions.length === 1) return first;
  return { kind: "Logical", operator: "AND", operands: conditions, span: first.span };
}

function mentions(expression: Expression, aliases: ReadonlySet<string>, own: string): boolean {
  let found = false;
  walkAst(expression, (node) => {
    const { parts } = node as Partial<Extract<Expression, { kind: "ColumnRef" }>>;
    if (node.kind === "ColumnRef" && parts !== undefined && parts.length > 1) {
      const qualifier = parts[0]?.name.toLowerCase() ?? "";
      found ||= qualifier !== own.toLowerCase() && aliases.has(qualifier);
    }
    return !found;
  });
  return found;
}
