import { HeadraceError, toHeadraceError } from "../../error.ts";
import type { TableVersion } from "../../exec/table/table-version.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { deriveIncremental } from "../../streaming/incremental/derive.ts";
import type { IncrementalPlan, Input } from "../../streaming/incremental/plan.ts";
import { IncrementalJob } from "../../streaming/job.ts";
import type { StatementContext } from "../context.ts";
import { computing, plan } from "../engine.ts";
import { bindSource, type QuerySource } from "../query-source.ts";
import { ContinuousQuery, type EpochOptions, type OnEpoch, type TableInput } from "../../streaming/continuous-query.ts";
import type { Stream } from "./stream.ts";
import { tableChanges } from "./table-changes.ts";

export type StartedQuery = {
  readonly query: ContinuousQuery;
  readonly plan: IncrementalPlan;
  readonly job: IncrementalJob;
  /** The query's own columns, in order; one may appear twice. */
  readonly columns: readonly Column[];
};

/** Plans a query as a continuous one; `start` of the result runs it. Throws `unsupported` for what cannot be maintained. */
export function prepareQuery(
  ctx: StatementContext,
  source: QuerySource,
  onEpoch: (plan: IncrementalPlan, columns: readonly Column[]) => OnEpoch,
  options: EpochOptions | undefined,
): StartedQuery {
  const { unbound, ...rows } = bindSource(source, ctx);
  const { logical } = plan(rows, unbound.parameters, ctx.options);
  const incremental = derived(logical, rows.columns, unbound.sql);
  const { shared, instances } = ctx.runtime;
  const compute = computing(ctx.runtime, ctx.options);
  const job = new IncrementalJob(incremental, shared, instances.kernels, compute);
  const pushed = incremental.inputs.flatMap((input) =>
    input.source.kind === "stream"
      ? [streamOf(ctx, input.source.handle).input(input, needsTime(incremental, input))]
      : [],
  );
  const tables = incremental.inputs.flatMap(({ source: table, delta }): TableInput[] => {
    if (table.kind === "stream") return [];
    const into = delta.source.handle as TableVersion;
    const changes = (old: TableVersion | undefined, now: TableVersion): Promise<TableVersion> =>
      tableChanges(compute, shared, instances.kernels, { old, now, into });
    return [{ source: table, current: ctx.catalog.follow(table.handle as TableVersion), changes }];
  });
  const query = new ContinuousQuery(
    job,
    shared,
    { pushed, tables, sources: [] },
    onEpoch(incremental, rows.columns),
    unbound.sql,
    options,
  );
  return { query, plan: incremental, job, columns: rows.columns };
}

/** Whether the watermark of an input matters to the plan. */
function needsTime({ clocks }: IncrementalPlan, { source, ordinals }: Input): boolean {
  const time = source.stream?.eventTime;
  if (time === undefined) return false;
  return ordinals.includes(time.watermark) || clocks.some(({ bound }) => bound.some(({ clock }) => clock === source));
}

/** Errors show the query's own text, whatever statement they end. */
function derived(logical: LogicalPlan, columns: readonly Column[], sql: string): IncrementalPlan {
  try {
    return deriveIncremental(logical, columns);
  } catch (error) {
    throw toHeadraceError(error, sql);
  }
}

function streamOf({ catalog }: StatementContext, handle: unknown): Stream {
  const stream = [...catalog.streams.values()].find(({ source }) => source.handle === handle);
  if (stream === undefined) throw new HeadraceError("internal", "a stream is not in the catalog");
  return stream;
}
