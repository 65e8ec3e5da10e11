import { HeadraceError, toHeadraceError } from "../../error.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import { makeVersion, releaseVersion, retainVersion, type TableVersion } from "../../exec/table/table-version.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { IncrementalJob } from "../../streaming/job.ts";

export type EpochOptions = {
  /** An epoch begins when this many rows wait (1 by default: whenever there are any) ... */
  readonly rows?: number | undefined;
  /** ... or when the first of them has waited for this many milliseconds. */
  readonly ms?: number | undefined;
};

/**
 * Sees the changed rows of an epoch before they are gone (undefined: there are none), and returns what to do when the epoch is
 * over; the next one waits for it.
 */
export type OnEpoch = (epoch: number, rows: ResultRows | undefined) => Promise<() => void | Promise<void>>;

/** A table in memory that a query reads. */
export type TableInput = {
  /** What stands for the table in the plan. */
  readonly source: TableSource;
  /** The committed version; undefined: the table is gone. */
  readonly current: () => TableVersion | undefined;
  /** What `now` has more and less than `old`. */
  readonly changes: (old: TableVersion | undefined, now: TableVersion) => Promise<TableVersion>;
};

/** Where rows come from by themselves. */
export type StreamInput = {
  readonly attach: (query: ContinuousQuery) => void;
  readonly detach: (query: ContinuousQuery) => void;
};

export type Inputs = { readonly streams: readonly StreamInput[]; readonly tables: readonly TableInput[] };

/** Rows that may wait, at most: who pushes more waits himself. */
const MOST_WAITING = 1_000_000;
const DEFAULT_MS = 50;

/** Drives a job: collects what streams get and runs an epoch after the other. */
export class ContinuousQuery {
  private readonly job: IncrementalJob;
  private readonly memory: SharedMemory;
  private readonly inputs: Inputs;
  /** The versions of tables that the result knows of. */
  private readonly seen = new Map<TableInput, TableVersion>();
  private readonly onEpoch: OnEpoch;
  /** The query's text, in which errors of its epochs have their place. */
  private readonly sql: string;
  private readonly epochRows: number;
  private readonly epochMs: number;
  private waiting = new Map<TableSource, TableVersion[]>();
  private waitingRows = 0;
  private flushing = false;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failure: Error | undefined;
  /** Called when the query ends, by an epoch that failed or because it was stopped. */
  onEnd: (error: Error | undefined) => void = () => undefined;
  private stopped = false;
  private epochs = 0;

  constructor(
    job: IncrementalJob,
    memory: SharedMemory,
    inputs: Inputs,
    onEpoch: OnEpoch,
    sql: string,
    { rows = 1, ms = DEFAULT_MS }: EpochOptions = {},
  ) {
    this.job = job;
    this.memory = memory;
    this.inputs = inputs;
    this.onEpoch = onEpoch;
    this.sql = sql;
    this.epochRows = rows;
    this.epochMs = ms;
  }

  /** Runs the first epoch, over what is there already. */
  async start(): Promise<void> {
    for (const stream of this.inputs.streams) stream.attach(this);
    this.run();
    await this.running;
    if (this.failure !== undefined) throw this.failure;
  }

  /** Takes rows of a stream, weights included. Resolves when there is room for more. */
  async add(stream: TableSource, rows: TableVersion): Promise<void> {
    this.check();
    retainVersion(rows);
    const list = this.waiting.get(stream) ?? [];
    list.push(rows);
    this.waiting.set(stream, list);
    this.waitingRows += rows.rows;
    this.trigger();
    while (this.waitingRows > MOST_WAITING && this.running !== undefined) await this.running;
    this.check();
  }

  /** Resolves when all rows so far are in the result. */
  async flush(): Promise<void> {
    this.check();
    this.flushing = true;
    while (this.running !== undefined || this.waitingRows > 0 || this.tablesChanged()) {
      this.run();
      await this.running;
      this.check();
    }
    this.flushing = false;
  }

  /** Some statement has written: an epoch begins where it was to a table of the query. */
  tableWritten(): void {
    if (!this.stopped && this.failure === undefined && this.tablesChanged()) this.run();
  }

  /** Resolves when what was written to its tables is in the result. A query that has failed says so elsewhere. */
  async refresh(): Promise<void> {
    while (!this.stopped && this.failure === undefined && (this.running !== undefined || this.tablesChanged())) {
      this.run();
      await this.running;
    }
  }

  /** Whether it reads the table whose version this is. */
  reads(version: TableVersion): boolean {
    return [...this.seen.values()].includes(version);
  }

  /** Flushes, and takes the state to its least size. */
  async compact(): Promise<void> {
    await this.flush();
    this.running = this.job.compactAll().finally(() => this.finish());
    await this.running;
  }

  /** Ends after the epoch that is being computed. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.onEnd(undefined);
    clearTimeout(this.timer);
    for (const stream of this.inputs.streams) stream.detach(this);
    await this.running;
    this.clearWaiting();
    for (const version of this.seen.values()) releaseVersion(this.memory, version);
    this.seen.clear();
    this.job.close();
  }

  stats(): ReturnType<IncrementalJob["stats"]> & { readonly waitingRows: number } {
    return { ...this.job.stats(), waitingRows: this.waitingRows };
  }

  /** Throws what ended the query. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.stopped) throw new HeadraceError("cancelled", "the continuous query was stopped");
  }

  private trigger(): void {
    if (this.running !== undefined || this.stopped) return;
    if (this.waitingRows >= this.epochRows || this.flushing) return this.run();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.run();
    }, this.epochMs);
  }

  private run(): void {
    if (this.running !== undefined || this.stopped) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running = this.epoch().then(
      () => this.finish(),
      (error: unknown) => {
        this.failure = toHeadraceError(error, this.sql);
        this.finish();
        this.onEnd(this.failure);
      },
    );
  }

  private finish(): void {
    this.running = undefined;
    if (this.failure !== undefined) return;
    if (this.waitingRows > 0) this.trigger();
    this.tableWritten();
  }

  private async epoch(): Promise<void> {
    const taken = this.waiting;
    this.waiting = new Map();
    this.waitingRows = 0;
    const inputs = new Map<TableSource, TableVersion>();
    for (const [stream, [first, ...others]] of taken) {
      const chunks = [first!, ...others].flatMap((version) => version.chunks);
      inputs.set(stream, makeVersion(first!.columns, chunks, true));
      for (const version of [first!, ...others]) releaseVersion(this.memory, version);
    }
    const number = ++this.epochs;
    let after: (() => void | Promise<void>) | undefined;
    try {
      await this.takeTables(inputs);
      await this.job.epoch(inputs, async (rows) => {
        after = await this.onEpoch(number, rows);
      });
    } finally {
      for (const version of inputs.values()) releaseVersion(this.memory, version);
    }
    after ??= await this.onEpoch(number, undefined);
    await after();
  }

  private tablesChanged(): boolean {
    return this.inputs.tables.some((table) => table.current() !== this.seen.get(table));
  }

  private async takeTables(inputs: Map<TableSource, TableVersion>): Promise<void> {
    for (const table of this.inputs.tables) {
      const now = table.current();
      const old = this.seen.get(table);
      if (now === undefined) {
        throw new HeadraceError(
          "bind",
          `the table "${table.source.name}", which a continuous query reads, was dropped`,
        );
      }
      if (now === old) continue;
      retainVersion(now);
      this.seen.set(table, now);
      inputs.set(table.source, await table.changes(old, now));
      if (old !== undefined) releaseVersion(this.memory, old);
    }
  }

  private clearWaiting(): void {
    for (const versions of this.waiting.values()) for (const version of versions) releaseVersion(this.memory, version);
    this.waiting.clear();
    this.waitingRows = 0;
  }
}
