import { HeadraceError } from "../error.ts";
import { appendRows } from "../exec/table/append-rows.ts";
import type { ResultRows } from "../exec/table/result-rows.ts";
import { createTable, type TableVersion } from "../exec/table/table-version.ts";
import type { Runtime } from "../exec/schedule/runtime.ts";
import type { ParameterValues } from "../planner/bind/context.ts";
import { bindStatement } from "../planner/bind/statement.ts";
import type { BoundStatement, TableName } from "../planner/logical/plan.ts";
import { typeName } from "../planner/types/types.ts";
import type { Statement } from "../sql/ast.ts";
import type { Catalog } from "./catalog.ts";
import { type BoundRows, execute } from "./engine.ts";
import { explain } from "./explain.ts";
import type { SessionOptions } from "./options.ts";
import { resolveNames } from "./resolve.ts";
import { decodeRows } from "./results/rows.ts";

/** What one statement gave. Rows are arrays in the order of `columns`. */
export type StatementResult =
  | {
      readonly kind: "rows";
      readonly columns: readonly { readonly name: string; readonly type: string }[];
      readonly rows: readonly (readonly unknown[])[];
      readonly rowCount: number;
      readonly timing: Timing;
    }
  /** `rowCount`: rows inserted; undefined where the notion makes no sense. */
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
  readonly options: SessionOptions;
  readonly signal: AbortSignal | undefined;
};

/** Names resolved, types inferred, against the data of this moment. */
export function bind(
  ctx: StatementContext,
  statement: Statement,
  sql: string,
  parameters: ParameterValues,
): BoundStatement {
  return bindStatement(statement, resolveNames(statement, ctx.catalog), { sql, parameters });
}

/** Runs one statement, whose handling began at `started`. A statement that fails leaves nothing behind. */
export async function runStatement(
  ctx: StatementContext,
  statement: Statement,
  sql: string,
  parameters: ParameterValues,
  started: number,
): Promise<StatementResult> {
  try {
    return await run(ctx, bind(ctx, statement, sql, parameters), parameters, started);
  } catch (error) {
    throw error instanceof HeadraceError ? error.withSql(sql) : error;
  }
}

async function run(
  ctx: StatementContext,
  bound: BoundStatement,
  parameters: ParameterValues,
  started: number,
): Promise<StatementResult> {
  const { catalog } = ctx;
  switch (bound.kind) {
    case "Query":
      return queryRows(ctx, bound, parameters, started);
    case "Explain":
      return explain(ctx, bound, parameters, started);
    case "CreateTable":
      return createTableFrom(ctx, bound, parameters);
    case "CreateView": {
      const known = catalog.get(bound.name);
      if (known !== undefined && bound.ifNotExists) return { kind: "ok" };
      if (known !== undefined && !(bound.orReplace && known.kind === "view"))
        throw alreadyExists(known.kind, bound.name);
      catalog.setView(bound.name, bound.sql, bound.columnNames);
      return { kind: "ok" };
    }
    case "Insert": {
      const table = catalog.table(bound.table);
      const result = await execute(ctx.runtime, ctx.options, bound, parameters, ctx.signal, false);
      try {
        catalog.setTable(bound.table, append(ctx, table.version, result.rows, table.name));
        return { kind: "ok", rowCount: countRows(result.rows.segments) };
      } finally {
        result.release();
      }
    }
    case "Drop": {
      const known = catalog.get(bound.name);
      if (known === undefined) {
        if (bound.ifExists) return { kind: "ok" };
        throw new HeadraceError("bind", `there is no ${bound.what} "${bound.name.name}"`);
      }
      if (known.kind !== bound.what)
        throw new HeadraceError("bind", `"${bound.name.name}" is a ${known.kind}, not a ${bound.what}`);
      catalog.drop(bound.name);
      return { kind: "ok" };
    }
    default:
      return bound satisfies never;
  }
}

async function queryRows(
  ctx: StatementContext,
  query: BoundRows,
  parameters: ParameterValues,
  started: number,
): Promise<StatementResult> {
  const result = await execute(ctx.runtime, ctx.options, query, parameters, ctx.signal, false);
  try {
    const finished = performance.now();
    const rows = decodeRows(result.rows, ctx.options.values);
    const columns = query.columns.map(({ name, type }) => ({ name, type: typeName(type) }));
    return {
      kind: "rows",
      columns,
      rows,
      rowCount: rows.length,
      timing: timing(started, finished, result.profile.totalMs),
    };
  } finally {
    result.release();
  }
}

/** Of a plan that ran for `runMs` until `finished` and whose rows have just been decoded. */
export function timing(started: number, finished: number, runMs: number): Timing {
  return { planningMs: finished - runMs - started, executionMs: performance.now() - finished + runMs };
}

async function createTableFrom(
  ctx: StatementContext,
  bound: Extract<BoundStatement, { kind: "CreateTable" }>,
  parameters: ParameterValues,
): Promise<StatementResult> {
  const { catalog } = ctx;
  const known = catalog.get(bound.name);
  if (known !== undefined && bound.ifNotExists) return { kind: "ok" };
  if (known !== undefined && !(bound.orReplace && known.kind === "table")) throw alreadyExists(known.kind, bound.name);
  const empty = createTable(bound.schema);
  if (bound.source === undefined) {
    catalog.setTable(bound.name, empty);
    return { kind: "ok" };
  }
  const result = await execute(ctx.runtime, ctx.options, bound.source, parameters, ctx.signal, false);
  try {
    catalog.setTable(bound.name, append(ctx, empty, result.rows, bound.name.name));
    return { kind: "ok", rowCount: countRows(result.rows.segments) };
  } finally {
    result.release();
  }
}

function append(ctx: StatementContext, table: TableVersion, rows: ResultRows, name: string): TableVersion {
  const { shared, instances } = ctx.runtime;
  return appendRows(shared, instances.kernels, table, rows, { name, chunkRows: ctx.options.config.chunkRows });
}

function countRows(segments: readonly { readonly rows: number }[]): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
}

function alreadyExists(kind: string, name: TableName): HeadraceError {
  return new HeadraceError("bind", `a ${kind} named "${name.name}" exists already`, {
    hint: "CREATE OR REPLACE replaces it",
  });
}
