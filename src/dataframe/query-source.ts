import { HeadraceError } from "../error.ts";
import type { ParameterValues } from "../planner/bind/context.ts";
import type { Expression, Query } from "../sql/ast.ts";
import { makeQueryStatement } from "../sql/make.ts";
import { parseStatements } from "../sql/parse.ts";
import type { Frame } from "./expression/column.ts";
import { constant } from "./expression/constant.ts";
import { identifier, NO_SPAN } from "./expression/nodes.ts";
import { type Parameters, parameterValues } from "./parameters.ts";
import { ValuesNeeded } from "../planner/bind/pivot.ts";
import { uniqueNames } from "../planner/bind/scope.ts";
import { bind, bindFrame, type StatementContext } from "./context.ts";
import type { BoundRows } from "./engine.ts";
import type { DeferredQuery } from "./expression/nodes.ts";
import { shareQueries } from "./shared-queries.ts";
import { NamesNeeded } from "./values.ts";

/** A query before it is bound: its tree, the text that its spans point into, the values of its parameters. */
export type UnboundQuery = {
  readonly query: Query;
  readonly sql: string;
  readonly parameters: ParameterValues;
  /** The tree has parts that the text does not tell. */
  readonly composed: boolean;
  /** How a continuous query puts out its rows, where the text says so. */
  readonly emit?: "changes" | "final" | undefined;
};

/** Makes the query anew for every action, since names and columns may have changed. */
export type QuerySource = (ctx: StatementContext) => UnboundQuery;

/** The one query of a text. Throws `syntax`, or `bind` for anything but one statement that returns rows. */
export function textSource(sql: string, parameters: Parameters | undefined): QuerySource {
  return () => {
    const [statement, another] = parseStatements(sql);
    if (statement === undefined || another !== undefined) {
      throw new HeadraceError("bind", "sql() takes one statement", {
        span: another?.span,
        sql,
        hint: "execute() takes several",
      });
    }
    if (statement.kind !== "QueryStatement") {
      throw new HeadraceError("bind", "sql() takes a statement that returns rows", {
        span: statement.span,
        sql,
        hint: "use execute()",
      });
    }
    const values = parameterValues(parameters);
    if (Array.isArray(values) && values.length > 0) refuseSurplus(statement.query, values.length, sql);
    return { query: statement.query, sql, parameters: values, composed: false, emit: statement.emit?.mode };
  };
}

/** A value that nothing refers to is a mistake in counting. */
function refuseSurplus(query: Query, given: number, sql: string): void {
  let used = 0;
  visitParameters(query, (node) => {
    used = Math.max(used, node.index);
  });
  if (given > used)
    throw new HeadraceError("bind", `${given} values are given for ${used} parameter${used === 1 ? "" : "s"}`, { sql });
}

/** A template's query: values become parameters, DataFrames tables. Where a name is meant, a DataFrame's name follows: `FROM ${frame} AS f`. */
export function templateSource(text: readonly string[], values: readonly unknown[]): QuerySource {
  const frames: { readonly name: string; readonly lazy: Frame["lazy"] }[] = [];
  const parameters: unknown[] = [];
  const sql = text.reduce((all, part, i) => {
    const value = values[i - 1];
    if (!isFrame(value)) {
      parameters.push(value);
      return `${all}?${part}`;
    }
    const name = `frame ${frames.length + 1}`;
    frames.push({ name, lazy: value.lazy });
    return `${all}"${name}"${part}`;
  });
  const plain = textSource(sql, parameters);
  if (frames.length === 0) return plain;
  return (ctx) => {
    const unbound = plain(ctx);
    const { with: known } = unbound.query;
    const tables = frames.map(({ name, lazy }) => {
      return {
        kind: "CommonTable",
        name: identifier(name),
        columns: [],
        materialized: undefined,
        usingKey: [],
        query: ownQuery(lazy, ctx),
        span: NO_SPAN,
      } as const;
    });
    const all = {
      kind: "With",
      recursive: known?.recursive ?? false,
      tables: [...tables, ...(known?.tables ?? [])],
      span: NO_SPAN,
    } as const;
    return { ...unbound, query: { ...unbound.query, with: all }, composed: true };
  };
}

function isFrame(value: unknown): value is Frame {
  return typeof value === "object" && value !== null && "lazy" in value;
}

/** A query over other queries: their parameters become constants, since positions would clash. */
export function composedSource(build: (ctx: StatementContext) => Query): QuerySource {
  return (ctx) => ({ query: build(ctx), sql: "", parameters: [], composed: true });
}

/** The tree of a source for use inside another one, made once for an action. */
export function innerQuery(source: QuerySource, ctx: StatementContext): Query {
  const known = ctx.built?.get(source);
  if (known !== undefined) return known;
  const built = withConstants(source(ctx));
  ctx.built?.set(source, built);
  return built;
}

/** The tree of a DataFrame for use inside another one of its session. */
export function ownQuery({ source, session }: Frame["lazy"], ctx: StatementContext): Query {
  if (session === ctx.session) return innerQuery(source, ctx);
  throw new HeadraceError("bind", "a DataFrame of another session cannot be read here", {
    hint: "connect() makes a session with tables of its own",
  });
}

function withConstants({ query, parameters }: UnboundQuery): Query {
  const values = [...parameters.entries()];
  if (values.length === 0) return query;
  return replaceParameters(query, (node) => {
    const value = values.find(([key], i) => (node.name === undefined ? i === node.index - 1 : key === node.name))?.[1];
    if (value?.value === undefined)
      throw new HeadraceError("bind", `no value is given for parameter $${node.name ?? node.index}`);
    return constant(value.value, value.type);
  });
}

/** Binds against the data of this moment. */
export function bindSource(source: QuerySource, ctx: StatementContext): BoundRows & { readonly unbound: UnboundQuery } {
  const { unbound, bound } = bindFrame(ctx, source, () => {
    const given = source(ctx);
    return given.composed ? { ...given, query: completeQuery(given.query, ctx) } : given;
  });
  if (bound.kind !== "Query") throw new HeadraceError("internal", `a query was bound as ${bound.kind}`);
  return { ...bound, unbound };
}

/** Names of the columns that a source puts out, as a query around it knows them. */
export function outputNames(source: QuerySource, ctx: StatementContext): readonly string[] {
  const own = { ...ctx, values: ctx.valuesOf?.get(source) ?? [] };
  try {
    return uniqueNames(bindSource(source, own).columns.map(({ name }) => name));
  } catch (error) {
    throw error instanceof ValuesNeeded ? new NamesNeeded(source, error) : error;
  }
}

/** The whole tree of a query made of DataFrames. */
export function completeQuery(query: Query, ctx: StatementContext): Query {
  return shareQueries(settle(query, ctx), (inner) => {
    try {
      const statement = makeQueryStatement(inner, inner.span);
      bind(ctx, statement, { sql: "", parameters: [], composed: true });
      return true;
    } catch (error) {
      // Its own errors show where it is read.
      if (error instanceof HeadraceError || error instanceof ValuesNeeded) return false;
      throw error;
    }
  });
}

/** The tree with the queries of DataFrames in the place of what stood for them. The same object where nothing changed. */
export function settle<T>(node: T, ctx: StatementContext): T {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) {
    const items = node.map((item: unknown) => settle(item, ctx));
    return items.every((item, i) => item === node[i]) ? node : (items as T);
  }
  if (isDeferred(node)) return settle(ownQuery(node.deferred, ctx), ctx) as T;
  const known = ctx.settled?.get(node);
  if (known !== undefined) return known as T;
  const entries = Object.entries(node);
  let changed = false;
  const settled = entries.map(([key, value]): [string, unknown] => {
    const other: unknown = key === "span" ? value : settle(value, ctx);
    changed ||= other !== value;
    return [key, other];
  });
  const result = changed ? (Object.fromEntries(settled) as T) : node;
  // What stands in several places stays one object, and is looked at once.
  ctx.settled?.set(node, result as object);
  return result;
}

function isDeferred(node: object): node is DeferredQuery {
  return "deferred" in node;
}

type ParameterNode = Extract<Expression, { kind: "Parameter" }>;

function visitParameters(node: unknown, visit: (parameter: ParameterNode) => void): void {
  if (typeof node !== "object" || node === null) return;
  if ("kind" in node && node.kind === "Parameter") return visit(node as ParameterNode);
  for (const child of Object.values(node)) visitParameters(child, visit);
}

function replaceParameters<T>(node: T, replace: (parameter: ParameterNode) => Expression): T {
  if (Array.isArray(node)) return node.map((item: unknown) => replaceParameters(item, replace)) as T;
  if (typeof node !== "object" || node === null) return node;
  if ("kind" in node && node.kind === "Parameter") return replace(node as unknown as ParameterNode) as T;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, replaceParameters<unknown>(value, replace)]),
  ) as T;
}
