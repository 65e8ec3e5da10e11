import { HeadraceError } from "../error.ts";
import { ValuesNeeded } from "../planner/bind/pivot.ts";
import type { StatementContext } from "./context.ts";
import { FilesNeeded, type ReadyFiles } from "./file-tables.ts";
import { execute } from "./engine.ts";
import type { QuerySource } from "./query-source.ts";
import { decodeRows } from "./results/rows.ts";

/** Every PIVOT without IN and every LIMIT by a query takes one attempt more. */
const MOST_ATTEMPTS = 1000;

/**
 * What `work` gives, which binds. Where binding must know values first (PIVOT without IN, LIMIT by a query), the query that
 * finds them runs and `work` begins again: nothing may have been done before binding. The same holds for files that must be fetched
 * or decompressed.
 */
export async function withValues<C extends StatementContext, T>(ctx: C, work: (ctx: C) => T | Promise<T>): Promise<T> {
  const values: Values[] = [];
  const valuesOf = new Map<QuerySource, Values[]>();
  const ready: ReadyFiles = new Map(ctx.ready);
  for (let attempt = 0; ; attempt++) {
    try {
      return await work({ ...ctx, values, valuesOf, ready });
    } catch (error) {
      if (error instanceof FilesNeeded) {
        await openNeeded(ctx, error, ready);
        continue;
      }
      if (error instanceof RowsNeeded) {
        await error.kept.fill(ctx);
        continue;
      }
      if (!(error instanceof ValuesNeeded || error instanceof NamesNeeded)) throw error;
      if (attempt === MOST_ATTEMPTS)
        throw new HeadraceError("unsupported", `more than ${MOST_ATTEMPTS} queries inside PIVOT and LIMIT`);
      if (error instanceof ValuesNeeded) values.push(await run(ctx, error));
      else valuesOf.set(error.source, [...(valuesOf.get(error.source) ?? []), await run(ctx, error.needed)]);
    }
  }
}

/** What cannot be opened is refused before the statement does anything, as what cannot be bound. */
async function openNeeded(
  { session, signal }: StatementContext,
  needed: FilesNeeded,
  ready: ReadyFiles,
): Promise<void> {
  try {
    await session.fileTables.prepare(needed, ready, signal);
  } catch (error) {
    if (typeof error === "object" && error !== null) session.refused.add(error);
    throw error;
  }
}

type Values = readonly (string | null)[];

/** What is missing to know the names of a source's columns. */
export class NamesNeeded extends Error {
  readonly source: QuerySource;
  readonly needed: ValuesNeeded;

  constructor(source: QuerySource, needed: ValuesNeeded) {
    super(needed.message);
    this.source = source;
    this.needed = needed;
  }
}

/** Rows are read that must be computed and kept first. */
export class RowsNeeded extends Error {
  readonly kept: { readonly fill: (ctx: StatementContext) => Promise<void> };

  constructor(kept: RowsNeeded["kept"]) {
    super("rows must be kept first");
    this.kept = kept;
  }
}

async function run(ctx: StatementContext, { query, parameters }: ValuesNeeded): Promise<readonly (string | null)[]> {
  const result = await execute(ctx.runtime, ctx.options, query, parameters, ctx.signal, false);
  try {
    return (await decodeRows(result.rows)).map(([value]) => (value === null ? null : String(value)));
  } finally {
    result.release();
  }
}
