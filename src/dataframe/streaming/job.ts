import { HeadraceError } from "../../error.ts";
import { countRows } from "../../exec/table/result-rows.ts";
import { ref } from "../../planner/expr/columns.ts";
import type { Column } from "../../planner/expr/expr.ts";
import { highestId } from "../../planner/logical/highest-id.ts";
import { sameType } from "../../planner/types/types.ts";
import type { Emit } from "../../streaming/incremental/derivation.ts";
import type { ContinuousQuery, EpochOptions, OnEpoch, QueryStats } from "../../streaming/continuous-query.ts";
import type { CheckpointInterval } from "../../streaming/durability.ts";
import type { Sink } from "../../streaming/connectors/sink.ts";
import type { UpgradeMode } from "../../streaming/upgrade.ts";
import type { IncrementalPlan } from "../../streaming/incremental/plan.ts";
import type { StatementContext } from "../context.ts";
import type { BoundRows } from "../engine.ts";
import type { QuerySource } from "../query-source.ts";
import { type ConnectorEntry, connectorSink } from "./connector-table.ts";
import { prepareQuery } from "./start.ts";

export type CheckpointOptions = CheckpointInterval & {
  /** Where checkpoints and the log of epochs lie: one directory for each job. */
  readonly directory: string;
  /** A savepoint to begin with, as long as the directory has no checkpoint of its own. */
  readonly from?: string | undefined;
  /**
   * What becomes of the checkpoint of another query: it is refused (`strict`, the default); what did not change is kept, and refused
   * where more is needed (`keep`); what cannot be made of that begins without the rows so far (`empty`).
   */
  readonly upgrade?: UpgradeMode | undefined;
};

export type JobOptions = {
  /** What `SHOW JOBS` and `STOP JOB` call it; the name of the table by default. A job with checkpoints goes on under its name. */
  readonly name?: string | undefined;
  readonly epoch?: EpochOptions | undefined;
  /** Without it a job begins anew when it is started again. */
  readonly checkpoint?: CheckpointOptions | undefined;
  /** `windows` by default, as Flink does. */
  readonly emit?: Emit | undefined;
  /** Columns of the table that the query's go to, in order; the others are NULL. All of them by default. */
  readonly columns?: readonly string[] | undefined;
  /** Called when the changes of an epoch are in the table. */
  readonly onEpoch?: ((epoch: CommittedEpoch) => void) | undefined;
};

export type CommittedEpoch = {
  /** From 1. */
  readonly epoch: number;
  /** Rows that were added to the table and taken back. */
  readonly changedRows: number;
};

export type StopOptions = {
  /** A copy of the state that stands by itself: true, or the path where it shall lie. */
  readonly savepoint?: boolean | string | undefined;
};

/** A query that runs on and puts the changes of its result into a table of the outside. */
export class Job {
  readonly name: string;
  /** The table that it writes to; undefined: functions of the program. */
  readonly table: string | undefined;
  /** Resolves when its sources have come to an end, or when it was stopped. Throws what ended it. */
  readonly done: Promise<void>;
  private readonly query: ContinuousQuery;

  /** @internal */
  constructor(name: string, table: string | undefined, query: ContinuousQuery, done: Promise<void>) {
    this.name = name;
    this.table = table;
    this.query = query;
    this.done = done;
    // Whoever does not wait for it hears of a failure from `stats`, `stop` or SHOW JOBS.
    done.catch(() => undefined);
  }

  /** How far it is. */
  stats(): QueryStats & { readonly state: ContinuousQuery["state"] } {
    return { ...this.query.stats(), state: this.query.state };
  }

  /** Resolves when everything that its sources have found so far is in the table. */
  flush(): Promise<void> {
    return this.query.flush();
  }

  /**
   * Ends after the present epoch, with a checkpoint where it has a directory for them. Returns where the savepoint lies. Resolves when it
   * has ended; at once in a function of the job, for which the epoch waits.
   */
  async stop({ savepoint = false }: StopOptions = {}): Promise<string | undefined> {
    const path =
      savepoint === false ? undefined : await this.query.savepoint(savepoint === true ? undefined : savepoint);
    await this.query.stop();
    return path;
  }
}

/** Starts a job into the table of a name. Throws `bind` where it has no connector. */
export function insertIntoTable(
  ctx: StatementContext,
  source: QuerySource,
  name: readonly string[],
  options: JobOptions,
): Promise<Job> {
  const entry = ctx.catalog.find("table", name);
  if (entry?.kind === "connector") return startJob(ctx, source, entry, options);
  const written = name.join(".");
  throw new HeadraceError(
    "bind",
    entry === undefined ? `there is no table "${written}"` : `the table "${written}" has no connector`,
    { hint: "CREATE TABLE ... WITH ('connector' = ...) makes a table that a job can write to" },
  );
}

/** Starts a job that puts a query's changes into a table. */
export async function startJob(
  ctx: StatementContext,
  source: QuerySource,
  entry: ConnectorEntry,
  options: JobOptions,
): Promise<Job> {
  return (await prepareTableJob(ctx, source, entry, options)).start();
}

/** The same without starting it. */
export function prepareTableJob(
  ctx: StatementContext,
  source: QuerySource,
  entry: ConnectorEntry,
  { columns = [], ...options }: JobOptions,
): Promise<PreparedJob> {
  const { name } = entry.name;
  const target: JobTarget = {
    table: name,
    shown: `"${name}"`,
    job: name,
    defaultEmit: "windows",
    shape: (rows) => assigned(rows, entry, columns),
    open: () => connectorSink(ctx, entry),
  };
  return prepareJob(ctx, source, target, options);
}

/** What a job writes to. */
export type JobTarget = {
  readonly table: string | undefined;
  /** For messages. */
  readonly shown: string;
  /** The job's name where it has no other, with a number if need be. */
  readonly job: string;
  readonly defaultEmit: Emit;
  /** Makes the query's columns those of the target. */
  readonly shape: (rows: BoundRows) => BoundRows;
  readonly open: () => Promise<Sink>;
  /** Called when the job is to stop. */
  readonly onStop?: () => void;
  /** Whether the caller is a function that the job waits for. */
  readonly isWaitedFor?: () => boolean;
};

/** A job with a name and a plan that has read and written nothing yet. */
export type PreparedJob = {
  /** `stop` gives it up. */
  readonly job: Job;
  /** Resolves when it has done its first epoch, or those since its checkpoint. */
  readonly start: () => Promise<Job>;
};

/** Starts a job. Resolves when it has done its first epoch, or those since its checkpoint. */
export async function runJob(
  ctx: StatementContext,
  source: QuerySource,
  target: JobTarget,
  options: Omit<JobOptions, "columns">,
): Promise<Job> {
  return (await prepareJob(ctx, source, target, options)).start();
}

async function prepareJob(
  ctx: StatementContext,
  source: QuerySource,
  target: JobTarget,
  { name = freeName(ctx, target), epoch, checkpoint, emit, onEpoch = () => undefined }: Omit<JobOptions, "columns">,
): Promise<PreparedJob> {
  const { catalog } = ctx;
  const key = name.toLowerCase();
  const known = catalog.jobs.get(key);
  if (known !== undefined && known.stats().state !== "failed")
    throw new HeadraceError("bind", `there is a job "${name}" already`);
  const sink = await target.open();
  let started: ReturnType<typeof prepareQuery>;
  try {
    const committed = await sink.open(name);
    if (committed > 0 && checkpoint === undefined) throw hasOutput(name, target, committed);
    started = prepareQuery(ctx, source, () => intoSink(sink, committed, onEpoch), epoch, {
      emit,
      defaultEmit: target.defaultEmit,
      keepsResult: false,
      ordered: sink.ordered,
      shape: target.shape,
      durability: checkpoint && { ...checkpoint, job: name, committed },
    });
    checkChanges(sink, target.shown, started.plan);
  } catch (error) {
    await sink.close();
    throw error;
  }
  const { query } = started;
  query.endsWithSources = true;
  if (target.onStop !== undefined) query.onStop = target.onStop;
  if (target.isWaitedFor !== undefined) query.isWaitedFor = target.isWaitedFor;
  const done = new Promise<void>((resolve, reject) => {
    query.onEnd = (error) => {
      catalog.queries.delete(query);
      if (error === undefined) catalog.jobs.delete(key);
      sink.close().then(() => (error === undefined ? resolve() : reject(error)), reject);
    };
  });
  const job = new Job(name, target.table, query, done);
  catalog.jobs.set(key, job);
  catalog.queries.add(query);
  const start = async (): Promise<Job> => {
    try {
      await query.start();
    } catch (error) {
      catalog.jobs.delete(key);
      throw error;
    }
    return job;
  };
  return { job, start };
}

/** Throws `unsupported` where rows may be taken back that the table only takes. */
export function checkChanges(sink: Sink, shown: string, { retracts }: IncrementalPlan): void {
  if (sink.appendOnly !== true || retracts.length === 0) return;
  const message = `${shown} only takes rows that stay, and the query takes rows back: ${retracts.join("; ")}`;
  throw new HeadraceError("unsupported", message, {
    hint: "'changelog' = 'upsert', 'retract' or 'debezium-json' keeps changes; EMIT FINAL gives results of windows once",
  });
}

/** Of another run: its epochs are not those of a job that begins anew, which would be taken for them and left out. */
function hasOutput(job: string, { shown }: JobTarget, committed: number): HeadraceError {
  const message = `${shown} has what a job "${job}" put out in ${committed} epochs, and this one begins anew`;
  return new HeadraceError("bind", message, {
    hint: "a job goes on with its directory of checkpoints; one that begins anew needs another name, or an empty table",
  });
}

function freeName({ catalog }: StatementContext, { job }: JobTarget): string {
  let free = job;
  for (let n = 2; catalog.jobs.has(free.toLowerCase()); n++) free = `${job}_${n}`;
  return free;
}

/** Epochs that were committed before a crash are computed again, for the states, and not written again. */
function intoSink(sink: Sink, committed: number, onCommitted: (epoch: CommittedEpoch) => void): OnEpoch {
  return async (epoch, rows) => {
    if (epoch <= committed) return () => undefined;
    if (rows !== undefined) await sink.write(epoch, rows);
    const changedRows = rows === undefined ? 0 : countRows(rows);
    return async () => {
      await sink.commit(epoch);
      onCommitted({ epoch, changedRows });
    };
  };
}

/** The query's columns, by position, as those of the table. Throws `bind` where there are more or fewer. */
export function assigned(rows: BoundRows, { table }: ConnectorEntry, given: readonly string[]): BoundRows {
  const names = given.length === 0 ? table.columns.map(({ name }) => name) : given;
  if (rows.columns.length !== names.length) {
    throw new HeadraceError(
      "bind",
      `the query gives ${rows.columns.length} columns for the ${names.length} of "${table.name.name}"`,
    );
  }
  const keys = names.map((name) => name.toLowerCase());
  const unknown = keys.findIndex((key) => !table.columns.some(({ name }) => name.toLowerCase() === key));
  if (unknown >= 0) throw new HeadraceError("bind", `"${table.name.name}" has no column "${names[unknown]!}"`);
  let id = highestId(rows.plan);
  const outputs = table.columns.map(({ name, type }) => {
    const source = rows.columns[keys.indexOf(name.toLowerCase())];
    const column: Column = { id: ++id, name, type, nullable: true };
    if (source === undefined) return { column, expr: { kind: "Literal", value: null, type } as const };
    const value = ref(source);
    const expr = sameType(source.type, type) ? value : ({ kind: "Cast", input: value, type, try: false } as const);
    return { column, expr };
  });
  return {
    ...rows,
    plan: { kind: "Project", input: rows.plan, outputs },
    columns: outputs.map(({ column }) => column),
  };
}
