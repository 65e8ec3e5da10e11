import { join } from "node:path";
import { HeadraceError, toHeadraceError } from "../../error.ts";
import type { TableVersion } from "../../exec/table/table-version.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { Checkpoints } from "../../streaming/checkpoint/checkpoints.ts";
import { JOURNALS } from "../../streaming/checkpoint/names.ts";
import {
  ContinuousQuery,
  type EpochOptions,
  type OnEpoch,
  type Opened,
  type PushedInput,
  type TableInput,
} from "../../streaming/continuous-query.ts";
import { type CheckpointInterval, Durability, type QueryIdentity } from "../../streaming/durability.ts";
import type { Emit } from "../../streaming/incremental/derivation.ts";
import { deriveIncremental, type DeriveOptions } from "../../streaming/incremental/derive.ts";
import type { IncrementalPlan, Input } from "../../streaming/incremental/plan.ts";
import { IncrementalJob } from "../../streaming/job.ts";
import { Spill } from "../../streaming/spill.ts";
import type { SourceInput } from "../../streaming/source-reader.ts";
import { planUpgrade, type UpgradeMode } from "../../streaming/upgrade.ts";
import type { StatementContext } from "../context.ts";
import { type BoundRows, computing, plan } from "../engine.ts";
import { ValuesNeeded } from "../../planner/bind/pivot.ts";
import { bindSource, type QuerySource } from "../query-source.ts";
import { type ConnectorEntry, connectorInput } from "./connector-table.ts";
import { type JournaledInput, Stream } from "./stream.ts";
import { tableChanges } from "./table-changes.ts";

export type StartedQuery = {
  readonly query: ContinuousQuery;
  readonly plan: IncrementalPlan;
  readonly job: IncrementalJob;
  /** The query's own columns, in order; one may appear twice. */
  readonly columns: readonly Column[];
};

export type QueryOptions = DeriveOptions & {
  /** What becomes of the query's rows before they are looked at. */
  readonly shape?: (rows: BoundRows) => BoundRows;
  readonly durability?: DurabilityOptions | undefined;
  /** Where neither the options nor the query's text say it. */
  readonly defaultEmit?: Emit;
};

export type DurabilityOptions = CheckpointInterval & {
  readonly directory: string;
  readonly from?: string | undefined;
  readonly job: string;
  /** The last epoch that the query's sink has committed. */
  readonly committed: number;
  readonly upgrade?: UpgradeMode | undefined;
};

/** Plans a query as a continuous one; `start` of the result runs it. Throws `unsupported` for what cannot be maintained. */
export function prepareQuery(
  ctx: StatementContext,
  source: QuerySource,
  onEpoch: (plan: IncrementalPlan, columns: readonly Column[]) => OnEpoch,
  epoch: EpochOptions | undefined,
  { shape = (rows) => rows, durability, defaultEmit = "changes", ...options }: QueryOptions = {},
): StartedQuery {
  const { unbound, ...bound } = bindFixed(source, ctx);
  const rows = shape(bound);
  const { logical } = plan(rows, unbound.parameters, ctx.options);
  const emit = options.emit ?? unbound.emit ?? defaultEmit;
  const incremental = derived(logical, rows.columns, unbound.sql, { ...options, emit });
  const { shared, instances } = ctx.runtime;
  const compute = computing(ctx.runtime, ctx.options);
  const { config } = ctx.options;
  const spill = new Spill(shared, { newPath: () => ctx.session.spool.newPath(), ...config.spill });
  const job = new IncrementalJob(incremental, shared, instances.kernels, compute, spill, config.compactedRows);
  const pushed: PushedInput[] = [];
  const journaled: JournaledInput[] = [];
  const tables: TableInput[] = [];
  const outside: { readonly entry: ConnectorEntry; readonly input: Input }[] = [];
  for (const input of incremental.inputs) {
    const { source: table, delta } = input;
    if (table.kind === "stream") {
      const stream = streamOf(ctx, table.handle);
      const timed = needsTime(incremental, input);
      if (stream instanceof Stream && durability !== undefined)
        journaled.push(stream.journaledInput(input, timed, journalPath(durability, stream)));
      else if (stream instanceof Stream) pushed.push(stream.input(input, timed));
      else outside.push({ entry: stream, input });
      continue;
    }
    const into = delta.source.handle as TableVersion;
    const changes = (old: TableVersion | undefined, now: TableVersion): Promise<TableVersion> =>
      tableChanges(compute, shared, instances.kernels, { old, now, into });
    tables.push({ source: table, current: ctx.catalog.follow(table.handle as TableVersion), changes });
  }
  const [lost] = tables;
  if (durability !== undefined && lost !== undefined) {
    const message = `"${lost.source.name}" lies in memory: nobody knows after a crash which of its rows the job has seen`;
    throw new HeadraceError("unsupported", message, {
      hint: "jobs with checkpoints read tables with a connector and streams",
    });
  }
  const open = async (): Promise<Opened> => {
    const sources: SourceInput[] = [];
    let opened: Durability | undefined;
    try {
      for (const { entry, input } of outside)
        sources.push(await connectorInput(ctx, entry, input, needsTime(incremental, input)));
      if (durability !== undefined) {
        opened = await openDurability(ctx, durability, sources, incremental, job, spill);
        // Journals lie in the directory, which is the job's own from here on.
        for (const stream of journaled) sources.push(await stream.open());
      }
      return { sources, durability: opened };
    } catch (error) {
      // The first error counts.
      for (const { source: outer } of sources) await outer.close().catch(() => undefined);
      await opened?.close().catch(() => undefined);
      throw error;
    }
  };
  const handler = onEpoch(incremental, rows.columns);
  const query = new ContinuousQuery(job, shared, { pushed, journaled, tables, open }, handler, unbound.sql, epoch);
  return { query, plan: incremental, job, columns: rows.columns };
}

/** Binds what no rows have to be looked at for. */
export function bindFixed(source: QuerySource, ctx: StatementContext): ReturnType<typeof bindSource> {
  try {
    // What rows say at the moment, for a statement around the query, is not to be fixed in it.
    return bindSource(source, { ...ctx, values: [], valuesOf: new Map() });
  } catch (error) {
    if (!(error instanceof ValuesNeeded)) throw error;
    throw new HeadraceError("unsupported", "a continuous query has columns and limits that do not depend on rows", {
      hint: "list the values of a PIVOT: ON column IN (...); write a LIMIT as a number",
    });
  }
}

const journalPath = ({ directory }: DurabilityOptions, { name }: Stream): string =>
  join(directory, JOURNALS, encodeURIComponent(name.toLowerCase()));

async function openDurability(
  { runtime: { shared: memory }, session }: StatementContext,
  { directory, from, job, committed, upgrade = "strict", ...interval }: DurabilityOptions,
  sources: readonly SourceInput[],
  incremental: IncrementalPlan,
  { fingerprints }: IncrementalJob,
  spill: Spill,
): Promise<Durability> {
  const identity: QueryIdentity = {
    output: fingerprints.output,
    zone: fingerprints.zoned ? session.settings.timeZone : undefined,
    upgrade: (found) => planUpgrade(incremental, fingerprints, found, upgrade),
    timed: incremental.inputs.flatMap((input) => (needsTime(incremental, input) ? [input.source.name] : [])),
  };
  const checkpoints = await Checkpoints.open(directory, { job, memory, from, spill });
  return new Durability(checkpoints, memory, interval, committed, identity, async (positions) => {
    for (const { name, source } of sources) await source.release?.(positions.get(name) ?? new Map());
  });
}

/** Whether the watermark of an input matters to the plan. */
function needsTime({ clocks }: IncrementalPlan, { source, ordinals }: Input): boolean {
  const time = source.stream?.eventTime;
  if (time === undefined) return false;
  return ordinals.includes(time.watermark) || clocks.some(({ bound }) => bound.some(({ clock }) => clock === source));
}

/** Errors show the query's own text, whatever statement they end. */
function derived(
  logical: LogicalPlan,
  columns: readonly Column[],
  sql: string,
  options: DeriveOptions,
): IncrementalPlan {
  try {
    return deriveIncremental(logical, columns, options);
  } catch (error) {
    throw toHeadraceError(error, sql);
  }
}

function streamOf({ catalog }: StatementContext, handle: unknown): Stream | ConnectorEntry {
  const stream = [...catalog.streams.values()].find(({ source }) => source.handle === handle);
  if (stream !== undefined) return stream;
  for (const entry of catalog.current.entries.values())
    if (entry.kind === "connector" && entry.source.handle === handle) return entry;
  throw new HeadraceError("internal", "a stream is not in the catalog");
}
