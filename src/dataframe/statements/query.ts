import { typeName } from "../../planner/types/types.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { type RunContext, type StatementResult, timing } from "../context.ts";
import { execute } from "../engine.ts";
import { decodeRows } from "../results/rows.ts";

/** Runs a query to its end; its rows as JavaScript values. */
export async function runQuery(ctx: RunContext, query: QueryPlan): Promise<StatementResult> {
  const result = await execute(ctx.runtime, ctx.options, query, ctx.parameters, ctx.signal, false, ctx.onProgress);
  try {
    const finished = performance.now();
    const rows = await decodeRows(result.rows, ctx.options.values, ctx.signal);
    const columns = query.columns.map(({ name, type }) => ({ name, type: typeName(type) }));
    return {
      kind: "rows",
      columns,
      rows,
      rowCount: rows.length,
      timing: timing(ctx.started, finished, result.profile.totalMs),
    };
  } finally {
    result.release();
  }
}
