import { HeadraceError } from "../error.ts";
import type { ParameterValues } from "../planner/bind/context.ts";
import type { Expression, Query } from "../sql/ast.ts";
import { parseStatements } from "../sql/parse.ts";
import { constant } from "./expression/constant.ts";
import { identifier, NO_SPAN } from "./expression/nodes.ts";
import { type Parameters, parameterValues } from "./parameters.ts";
import { bind, type StatementContext } from "./context.ts";
import type { BoundRows } from "./engine.ts";

/** A query before it is bound: its tree, the text that its spans point into, the values of its parameters. */
export type UnboundQuery = {
  readonly query: Query;
  readonly sql: string;
  readonly parameters: ParameterValues;
  /** The tree has parts that the text does not tell. */
  readonly composed: boolean;
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
    return { query: statement.query, sql, parameters: values, composed: false };
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

/** A template's query: values become parameters, DataFrames tables. */
export function templateSource(text: readonly string[], values: readonly unknown[]): QuerySource {
  const frames: { readonly name: string; readonly source: QuerySource }[] = [];
  const parameters: unknown[] = [];
  const sql = text.reduce((all, part, i) => {
    const value = values[i - 1];
    if (!isFrame(value)) {
      parameters.push(value);
      return `${all}?${part}`;
    }
    const name = `frame ${frames.length + 1}`;
    frames.push({ name, source: value.source });
    return `${all}"${name}"${part}`;
  });
  const plain = textSource(sql, parameters);
  if (frames.length === 0) return plain;
  return (ctx) => {
    const unbound = plain(ctx);
    const { with: known } = unbound.query;
    const tables = frames.map(({ name, source }) => {
      return {
        kind: "CommonTable",
        name: identifier(name),
        columns: [],
        materialized: undefined,
        usingKey: [],
        query: innerQuery(source, ctx),
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

function isFrame(value: unknown): value is { readonly source: QuerySource } {
  return typeof value === "object" && value !== null && "source" in value && typeof value.source === "function";
}

/** A query over other queries: their parameters become constants, since positions would clash. */
export function composedSource(build: (ctx: StatementContext) => Query): QuerySource {
  return (ctx) => ({ query: build(ctx), sql: "", parameters: [], composed: true });
}

/** The tree of a source for use inside another one. */
export function innerQuery(source: QuerySource, ctx: StatementContext): Query {
  const { query, parameters } = source(ctx);
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
  const unbound = source(ctx);
  const statement = { kind: "QueryStatement", query: unbound.query, span: unbound.query.span } as const;
  const bound = bind(ctx, statement, unbound);
  if (bound.kind !== "Query") throw new HeadraceError("internal", `a query was bound as ${bound.kind}`);
  return { ...bound, unbound };
}

/** Names of the columns that a query puts out. */
export function columnNames(query: Query, ctx: StatementContext): readonly string[] {
  return bindSource(() => ({ query, sql: "", parameters: [], composed: true }), ctx).columns.map(({ name }) => name);
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
