import { HeadraceError } from "../error.ts";
import { ValuesNeeded } from "../planner/bind/pivot.ts";
import type { StatementContext } from "./context.ts";
import { execute } from "./engine.ts";
import { decodeRows } from "./results/rows.ts";

/** Every PIVOT without IN and every LIMIT by a query takes one attempt more. */
const MOST_ATTEMPTS = 1000;

/**
 * What `work` gives, which binds. Where binding must know values first (PIVOT without IN, LIMIT by a query), the query that
 * finds them runs and `work` begins again: nothing may have been done before binding.
 */
export async function withValues<C extends StatementContext, T>(ctx: C, work: (ctx: C) => T | Promise<T>): Promise<T> {
  const values: (readonly (string | null)[])[] = [];
  for (;;) {
    try {
      return await work({ ...ctx, values });
    } catch (error) {
      if (!(error instanceof ValuesNeeded)) throw error;
      if (values.length === MOST_ATTEMPTS)
        throw new HeadraceError("unsupported", `more than ${MOST_ATTEMPTS} queries inside PIVOT and LIMIT`);
      values.push(await run(ctx, error));
    }
  }
}

async function run(ctx: StatementContext, { query, parameters }: ValuesNeeded): Promise<readonly (string | null)[]> {
  const result = await execute(ctx.runtime, ctx.options, query, parameters, ctx.signal, false);
  try {
    return decodeRows(result.rows).map(([value]) => (value === null ? null : String(value)));
  } finally {
    result.release();
  }
}
