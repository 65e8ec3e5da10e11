import type { Runtime } from "../exec/schedule/runtime.ts";
import type { BindContext, ParameterValues } from "../planner/bind/context.ts";
import { bindStatement, withBinder } from "../planner/bind/statement.ts";
import type { CatalogSnapshot, TableSource } from "../planner/catalog/catalog.ts";
import type { SessionFunction } from "../planner/functions/session-function.ts";
import type { BoundStatement, QueryPlan } from "../planner/logical/statement.ts";
import type { Query, Statement } from "../sql/ast.ts";
import { makeQueryStatement } from "../sql/make.ts";
import type { ActionOptions } from "./actions.ts";
import type { Catalog, CatalogState } from "./catalog.ts";
import type { SessionOptions } from "./options.ts";
import type { BoundFrame } from "./plan-cache.ts";
import type { QuerySource, UnboundQuery } from "./query-source.ts";
import type { ReadyFiles } from "./file-tables.ts";
import { resolveNames } from "./resolve.ts";
import type { SessionState } from "./session-state.ts";

/** What one statement gave. Rows are arrays in the order of `columns`. */
export type StatementResult =
  | {
      readonly kind: "rows";
      readonly columns: readonly { readonly name: string; readonly type: string }[];
      readonly rows: readonly (readonly unknown[])[];
      readonly rowCount: number;
      readonly timing: Timing;
    }
  /** `rowCount`: rows inserted, updated or deleted; undefined where the notion makes no sense. */
  | { readonly kind: "ok"; readonly rowCount?: number | undefined };

/** Where the time went. Milliseconds. */
export type Timing = {
  /** From text to machine code: parsing, binding, optimizing, code generation. */
  readonly planningMs: number;
  /** Running the plan and making its rows JavaScript values. */
  readonly executionMs: number;
};

/** What statements act on. */
export type StatementContext = {
  readonly runtime: Runtime;
  readonly catalog: Catalog;
  readonly session: SessionState;
  readonly options: SessionOptions;
  /** JavaScript functions of the session, by lower-case name; those of the action's DataFrames are added as these are bound. */
  readonly functions: Map<string, SessionFunction>;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: ActionOptions["onProgress"];
  /** What earlier attempts at binding asked for; see `withValues`. */
  readonly values?: readonly (readonly (string | null)[])[];
  /** The same for the queries of which only the columns' names are asked. */
  readonly valuesOf?: ReadonlyMap<QuerySource, readonly (readonly (string | null)[])[]>;
  /** Rows of DataFrames that are to be kept are computed when they are read; otherwise the query behind them is. */
  readonly keeps?: boolean;
  /** Trees of the DataFrames that an action reads. */
  readonly built?: Map<QuerySource, Query>;
  /** Nodes without what stood for DataFrames, see `settle`. */
  readonly settled?: WeakMap<object, object>;
  /** Files opened for this statement; undefined where it cannot wait for that. */
  readonly ready?: ReadyFiles;
};

/** The same for one statement with its text and the values of its parameters. `started`: when its handling began. */
export type RunContext = StatementContext & {
  readonly sql: string;
  readonly parameters: ParameterValues;
  readonly started: number;
  /** Set while the parts of one statement run, one after the other. */
  readonly part?: StatementPart | undefined;
};

/** A part of a statement sees the tables as they were before the statement, and the rows that earlier parts gave. */
export type StatementPart = {
  readonly before: CatalogState;
  readonly rows: ReadonlyMap<string, TableSource>;
  /** Takes the rows of RETURNING; undefined: they are the statement's result. */
  readonly keep: ((rows: QueryPlan) => Promise<void>) | undefined;
};

/** `composed`: the statement has parts that text and parameters do not tell, so that these do not identify it. */
type Source = { readonly sql: string; readonly parameters: ParameterValues; readonly composed?: boolean };

/** Names resolved, types inferred, against the data of this moment. */
export function bind(
  ctx: StatementContext & Pick<RunContext, "part">,
  statement: Statement,
  unbound: Source,
): BoundStatement {
  const { sql, parameters, composed = false } = unbound;
  const { catalog, session, ready } = ctx;
  const { fileTables, plans } = session;
  const make = (): ReturnType<typeof bindNow> => bindNow(ctx, statement, unbound);
  if (statement.kind !== "QueryStatement" || composed || ctx.part !== undefined) return noteRefusal(ctx, make).bound;
  const key = keyOf(sql, statement, parameters);
  const now = {
    state: catalog.current,
    schema: catalog.schema,
    version: session.version + ctx.runtime.rejects.version,
  };
  const known = plans.get(key, now, (file, source) => fileTables.isCurrent(file, source, ready));
  if (known !== undefined) return known;
  const { bound, files } = noteRefusal(ctx, make);
  plans.set(key, now, files, bound);
  return bound;
}

function bindNow(
  ctx: StatementContext & Pick<RunContext, "part">,
  statement: Statement,
  source: Source,
): { readonly bound: BoundStatement; readonly files: ReadonlyMap<string, TableSource> } {
  const { catalog, session, ready } = ctx;
  const { snapshot, files } = resolveNames(statement, catalog, session.fileTables, ready, ctx.part?.before);
  const seen = withKept(withRows(snapshot, ctx.part), session.kept);
  return { bound: bindStatement(statement, seen, bindOptions(ctx, source)), files };
}

/**
 * A query made of DataFrames, bound; `source` identifies it. What was bound before is what it is for as long as nothing that it
 * depends on has changed: then plans and code are there, too.
 */
export function bindFrame(ctx: StatementContext, source: QuerySource, build: () => UnboundQuery): BoundFrame {
  const { catalog, session, ready, keeps = false, values = [], valuesOf } = ctx;
  const { fileTables, frames } = session;
  const known = frames.get(source);
  const { current: state, schema } = catalog;
  const same =
    known?.state === state && known.schema === schema && known.version === session.version && known.keeps === keeps;
  if (same && [...known.files].every(([file, table]) => fileTables.isCurrent(file, table, ready))) return known.frame;
  const unbound = build();
  const statement = makeQueryStatement(unbound.query, unbound.query.span);
  if (!unbound.composed) return { unbound, bound: bind(ctx, statement, unbound) };
  const { version } = session;
  const { bound, files } = noteRefusal(ctx, () => bindNow(ctx, statement, unbound));
  const frame = { unbound, bound };
  // Values that were asked for (PIVOT without IN) are those of this moment.
  if (values.length === 0 && (valuesOf?.size ?? 0) === 0)
    frames.set(source, { state, schema, version, keeps, files, frame });
  return frame;
}

/** Identifies a statement of a text with the values of its parameters. */
function keyOf(sql: string, { span }: Statement, parameters: ParameterValues): string {
  const values = [...parameters.entries()];
  if (values.length === 0) return `${span.start} ${sql}`;
  return `${span.start} ${JSON.stringify(values, exactly)} ${sql}`;
}

/** JSON knows neither bigints nor NaN, infinities and the sign of zero. */
function exactly(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "number" ? (Object.is(value, -0) ? "-0" : String(value)) : value;
}

/** Binds a part of a statement; `overlay` may put other tables over those of the catalog. */
export function bindPart<T>(
  ctx: RunContext,
  statement: Statement,
  work: (binder: BindContext) => T,
  overlay: (snapshot: CatalogSnapshot) => CatalogSnapshot = (snapshot) => snapshot,
): T {
  return noteRefusal(ctx, () => {
    const { catalog, session, ready } = ctx;
    const { snapshot } = resolveNames(statement, catalog, session.fileTables, ready, ctx.part?.before);
    return withBinder(overlay(withKept(withRows(snapshot, ctx.part), session.kept)), bindOptions(ctx, ctx), work);
  });
}

/** A snapshot in which the rows of earlier parts have their names. */
function withRows(snapshot: CatalogSnapshot, part: StatementPart | undefined): CatalogSnapshot {
  if (part === undefined) return snapshot;
  return {
    ...snapshot,
    lookup: (parts) => {
      const source = parts.length === 1 ? part.rows.get(parts[0] ?? "") : undefined;
      return source === undefined ? snapshot.lookup(parts) : { kind: "table", source };
    },
  };
}

/** A snapshot in which kept rows have their names. */
function withKept(snapshot: CatalogSnapshot, kept: ReadonlyMap<string, TableSource>): CatalogSnapshot {
  if (kept.size === 0) return snapshot;
  return {
    ...snapshot,
    lookup: (parts) => {
      const source = parts.length === 1 ? kept.get(parts[0] ?? "") : undefined;
      return source === undefined ? snapshot.lookup(parts) : { kind: "table", source };
    },
  };
}

/** What is refused before it does anything does not end a transaction. */
function noteRefusal<T>({ session }: StatementContext, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (typeof error === "object" && error !== null) session.refused.add(error);
    throw error;
  }
}

function bindOptions(ctx: StatementContext, { sql, parameters }: Source): Parameters<typeof bindStatement>[2] {
  const session = ctx.session.bindSession(ctx.catalog.schema);
  return { sql, parameters, functions: ctx.functions, session, values: ctx.values ?? [] };
}

/** Of a plan that ran for `runMs` until `finished` and whose rows have just been decoded. */
export function timing(started: number, finished: number, runMs: number): Timing {
  return { planningMs: finished - runMs - started, executionMs: performance.now() - finished + runMs };
}
