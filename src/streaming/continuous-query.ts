import { HeadraceError, toHeadraceError } from "../error.ts";
import type { SharedMemory } from "../exec/memory/shared-memory.ts";
import type { ResultRows } from "../exec/table/result-rows.ts";
import { releaseVersion, retainVersion, type TableVersion } from "../exec/table/table-version.ts";
import type { TableSource } from "../planner/catalog/catalog.ts";
import { Backlog } from "./backlog.ts";
import type { Durability, RecoveredQuery } from "./durability.ts";
import { EpochTimes } from "./epoch-times.ts";
import type { Feed, FeedRows } from "./feed.ts";
import type { IncrementalJob, JobStats } from "./job.ts";
import { type EpochPlan, SourceReader, type SourceInput } from "./source-reader.ts";
import type { Clock, Time } from "./time/bound.ts";
import type { Upgrade } from "./upgrade.ts";

export type EpochOptions = {
  /** An epoch begins when this many rows wait (1 by default: whenever there are any) and takes this many from a source ... */
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

/** A stream whose rows are pushed. */
export type PushedInput = Attachment & { readonly feed: Feed };

/** What lets a query have what is pushed from now on, or no longer. */
export type Attachment = {
  readonly attach: (query: ContinuousQuery) => void;
  readonly detach: (query: ContinuousQuery) => void;
};

export type Inputs = {
  readonly pushed: readonly PushedInput[];
  /** Streams with a journal, which are sources. */
  readonly journaled: readonly Attachment[];
  readonly tables: readonly TableInput[];
  /** Opens what the query reads from, and where it keeps its state. */
  readonly open: () => Promise<Opened>;
};

export type Opened = { readonly sources: readonly SourceInput[]; readonly durability: Durability | undefined };

export type QueryStats = JobStats & {
  /** Rows that wait for the next epoch. */
  readonly waitingRows: number;
  /** Rows that were read so far. */
  readonly inputRows: number;
  /** Where the slowest stream with a watermark stands; undefined: there is no such stream, or nothing is known yet. */
  readonly watermark: Date | undefined;
  /** What epochs took, in milliseconds: of the last thousand. */
  readonly epochMs: { readonly p50: number; readonly p99: number };
  /** The last checkpoint; undefined: there is none. */
  readonly checkpoint: number | undefined;
};

const DEFAULT_MS = 50;
/** From the beginning of one epoch to that of the next, where rows come by themselves: an epoch for each of them would be costly. */
const LEAST_MS = 5;
/** From one epoch without rows to the next, where time alone changes the result. */
const TICK_MS = 1000;
/** Rows that an epoch takes from a source where nothing else is said, at most, and where there is little memory. */
const DEFAULT_ROWS = 262_144;
const LEAST_ROWS = 4096;
/** Of the memory that there may be, for each of them: queries keep rows several times over. */
const BYTES_PER_ROW = 16 * 1024;

/** Drives a job: collects what streams get and runs an epoch after the other. */
export class ContinuousQuery {
  private readonly job: IncrementalJob;
  private readonly memory: SharedMemory;
  private readonly inputs: Inputs;
  private reader: SourceReader = new SourceReader([], 0, () => undefined);
  private durability: Durability | undefined;
  private readonly times = new EpochTimes();
  /** The versions of tables that the result knows of. */
  private readonly seen = new Map<TableInput, TableVersion>();
  private readonly onEpoch: OnEpoch;
  /** The query's text, in which errors of its epochs have their place. */
  private readonly sql: string;
  private readonly epochRows: number | undefined;
  private readonly epochMs: number;
  private waiting = new Map<Feed, FeedRows[]>();
  private readonly backlog = new Backlog();
  private inputRows = 0;
  /** Processing time of the last epoch, in microseconds. */
  private now: bigint = 0n;
  private flushing = false;
  /** The last epoch had nothing to do but to let time pass. */
  private onlyTime = false;
  /** When the last epoch began. */
  private began = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failure: Error | undefined;
  /** Called when the query ends: by an epoch that failed, because it was stopped, or because nothing can come any more. */
  onEnd: (error: Error | undefined) => void = () => undefined;
  /** Called when the query is to stop: whoever holds up its epoch lets it go. */
  onStop: () => void = () => undefined;
  /** Whether the caller is a function that the present epoch waits for. */
  isWaitedFor: () => boolean = () => false;
  /** Whether the query ends when nothing can come any more. */
  endsWithSources = false;
  /** When it has ended. */
  private lastStats: QueryStats | undefined;
  private finished = false;
  private stopped = false;
  private ended: Promise<void> | undefined;
  private closed: Promise<void> | undefined;
  private epochs = 0;

  constructor(
    job: IncrementalJob,
    memory: SharedMemory,
    inputs: Inputs,
    onEpoch: OnEpoch,
    sql: string,
    { rows, ms = DEFAULT_MS }: EpochOptions = {},
  ) {
    this.job = job;
    this.memory = memory;
    this.inputs = inputs;
    this.onEpoch = onEpoch;
    this.sql = sql;
    this.epochRows = rows;
    this.epochMs = ms;
  }

  /** Goes back to the last checkpoint where there is one, and runs the first epoch, over what is there already. */
  async start(): Promise<void> {
    for (const stream of this.inputs.pushed) stream.attach(this);
    this.running = this.guard(this.open());
    await this.running;
    this.throwFailure();
    if (this.epochs === 0) this.run();
    else this.trigger(true);
    await this.running;
    this.throwFailure();
  }

  /** Takes rows of a stream. Resolves when there is room for more. */
  async add(feed: Feed, rows: FeedRows): Promise<void> {
    this.check();
    retainVersion(rows.rows);
    const list = this.waiting.get(feed) ?? [];
    list.push(rows);
    this.waiting.set(feed, list);
    this.backlog.add(rows.rows);
    this.trigger();
    if (this.backlog.isFull && this.running !== undefined) this.refuseToWait("push() to a full stream");
    while (this.backlog.isFull && this.running !== undefined) await this.running;
    this.check();
  }

  /** Resolves when all rows so far are in the result. */
  async flush(): Promise<void> {
    this.check();
    this.refuseToWait("flush()");
    this.flushing = true;
    for (;;) {
      const before = this.epochs;
      this.run();
      await this.running;
      this.check();
      const isDone = this.epochs === before || this.onlyTime;
      if (isDone && this.backlog.rows === 0 && this.running === undefined) break;
    }
    this.flushing = false;
  }

  /** Some statement has written: an epoch begins where it was to a table of the query. */
  tableWritten(): void {
    if (!this.stopped && this.failure === undefined && this.tablesChanged()) this.run();
  }

  /** Whether something was written to its tables that is not in the result yet. A query that has failed says so elsewhere. */
  get isBehind(): boolean {
    if (this.stopped || this.failure !== undefined) return false;
    const seesTablesOnly = this.reader.inputs.length === 0 && this.inputs.pushed.length === 0;
    return this.tablesChanged() || (this.running !== undefined && seesTablesOnly);
  }

  /** Resolves when what was written to its tables is in the result. */
  async refresh(): Promise<void> {
    while (this.isBehind) {
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
    this.running = this.guard(this.job.compactAll());
    await this.running;
  }

  /**
   * Ends after the epoch that is being computed, with a checkpoint where they are kept. Whoever the epoch waits for does not wait for
   * its end.
   */
  async stop(): Promise<void> {
    this.ended ??= this.end();
    if (this.isWaitedFor()) this.ended.catch(() => undefined);
    else await this.ended;
  }

  private async end(): Promise<void> {
    this.stopped = true;
    this.onStop();
    clearTimeout(this.timer);
    this.reader.stop();
    for (const stream of [...this.inputs.pushed, ...this.inputs.journaled]) stream.detach(this);
    await this.running;
    // Whoever hears of the failure has heard of it.
    if (this.failure !== undefined) return this.close();
    try {
      await this.durability?.checkpoint(this.snapshotParts());
      await this.close();
    } catch (error) {
      throw await this.fail(error);
    }
    this.onEnd(undefined);
  }

  private async fail(thrown: unknown): Promise<Error> {
    const error = toHeadraceError(thrown, this.sql);
    this.failure = error;
    this.reader.stop();
    await this.close().catch(() => undefined); // the first error counts
    this.onEnd(error);
    return error;
  }

  /** A copy of the state that stands by itself; returns where it lies. Throws `unsupported` where no checkpoints are kept. */
  async savepoint(path?: string): Promise<string> {
    this.check();
    this.refuseToWait("a savepoint");
    if (this.durability === undefined)
      throw new HeadraceError("unsupported", "a query without a checkpoint directory has no savepoints");
    const { journaled } = this.inputs;
    // The journals stay behind: what is in them has to be in the states.
    for (const stream of journaled) stream.detach(this);
    if (journaled.length > 0) await this.flush();
    while (this.running !== undefined) await this.running;
    const work = this.durability.savepoint(this.snapshotParts(), path);
    // That it cannot be made is the caller's affair; the query goes on.
    this.running = this.guard(
      work.then(
        () => undefined,
        () => journaled.forEach((stream) => stream.attach(this)),
      ),
    );
    return work;
  }

  get state(): "running" | "stopped" | "finished" | "failed" {
    if (this.failure !== undefined) return "failed";
    return this.finished ? "finished" : this.stopped ? "stopped" : "running";
  }

  stats(): QueryStats {
    if (this.lastStats !== undefined) return this.lastStats;
    const streams = this.streams();
    const marks = streams.flatMap(({ feed: { watermarks } }) =>
      watermarks === undefined ? [] : [watermarks.current()],
    );
    const known = marks.filter((time) => typeof time === "bigint").toSorted((a, b) => (a < b ? -1 : 1));
    return {
      ...this.job.stats(),
      waitingRows: this.backlog.rows,
      inputRows: this.inputRows,
      watermark: known.length === 0 || marks.includes("none") ? undefined : new Date(Number(known[0]! / 1000n)),
      epochMs: this.times.quantiles(),
      checkpoint: this.durability?.last,
    };
  }

  /** Throws what ended the query. */
  check(): void {
    this.throwFailure();
    if (this.stopped) throw new HeadraceError("cancelled", "the continuous query was stopped");
  }

  /** Throws `unsupported` where the wait would never end. */
  refuseToWait(what: string): void {
    if (!this.isWaitedFor()) return;
    throw new HeadraceError("unsupported", `${what} would wait for the function of the job that asks for it`, {
      hint: "let the function return first",
    });
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  /** @param soon there is something to read from a source, or a delay is of no use */
  private trigger(soon: boolean = false): void {
    if (this.running !== undefined || this.stopped || this.failure !== undefined) return;
    const enough = this.backlog.rows >= (this.epochRows ?? 1) || this.flushing;
    const pause = this.epochRows === undefined ? this.began + LEAST_MS - performance.now() : 0;
    if (enough || (soon && pause <= 0)) return this.run();
    if (soon) this.clearTimer();
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.run();
      },
      soon ? pause : this.epochMs,
    );
  }

  private run(): void {
    if (this.running !== undefined || this.stopped) return;
    this.clearTimer();
    this.running = this.guard(this.nextEpoch());
  }

  private clearTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Work of which only one runs at a time; what it throws ends the query. */
  private guard(work: Promise<unknown>): Promise<void> {
    return work.then(
      () => {
        this.running = undefined;
        this.goOn();
      },
      async (error: unknown) => {
        this.running = undefined;
        await this.fail(error);
      },
    );
  }

  private goOn(): void {
    if (this.stopped) return;
    if (this.backlog.rows > 0) this.trigger();
    this.tableWritten();
    if (this.running !== undefined) return;
    if (this.endsWithSources && this.ends && this.reader.endedForGood && this.epochs > 0) {
      this.finished = true;
      void this.stop().catch(() => undefined);
      return;
    }
    this.reader.watch();
    // Windows of processing time are over, and rows too old, though nothing comes.
    if (this.job.seesTime(this.ends)) this.timer ??= setTimeout(() => this.run(), TICK_MS);
  }

  private async open(): Promise<void> {
    const { sources, durability } = await this.inputs.open();
    this.durability = durability;
    this.reader = new SourceReader(sources, this.epochRows ?? this.defaultRows, () => this.trigger(true));
    const recovered = await this.durability?.recover(this.job.wanted());
    if (recovered !== undefined && recovered.epoch > 0) this.reader.restore(recovered);
    await this.reader.begin();
    if (recovered !== undefined) await this.goBack(recovered);
    for (const stream of this.inputs.journaled) stream.attach(this);
  }

  private async goBack(recovered: RecoveredQuery): Promise<void> {
    if (recovered.epoch > 0) {
      this.epochs = recovered.epoch;
      this.now = recovered.now;
      if (recovered.upgrade === undefined)
        this.job.restore(recovered.epoch, recovered.states, (clock) => this.readClock(clock));
      else await this.upgrade(recovered, recovered.upgrade);
    }
    for (const record of recovered.records) {
      if (record.epoch > this.epochs) await this.epoch(this.reader.planOf(record), record.processingTime);
    }
    this.reader.goOn();
  }

  /** What an epoch has memory for, of each stream; what was pushed at once is taken at once. */
  private takeWaiting(): Map<Feed, FeedRows[]> {
    const most = Math.max(this.defaultRows, this.epochRows ?? 0);
    const taken = new Map<Feed, FeedRows[]>();
    for (const [feed, list] of this.waiting) {
      let rows = 0;
      const end = list.findIndex((batch) => (rows += batch.rows.rows) >= most) + 1;
      const some = list.splice(0, end === 0 ? list.length : end);
      if (list.length === 0) this.waiting.delete(feed);
      for (const batch of some) this.backlog.remove(batch.rows);
      taken.set(feed, some);
    }
    return taken;
  }

  private get defaultRows(): number {
    return Math.max(LEAST_ROWS, Math.min(DEFAULT_ROWS, Math.ceil(this.memory.limitBytes / BYTES_PER_ROW)));
  }

  /** Goes on with the states of another query. What the result is by them is an epoch of its own, where it is put out. */
  private async upgrade({ states, upgradeIsLogged }: RecoveredQuery, upgrade: Upgrade): Promise<void> {
    const { putsOut } = upgrade;
    const number = this.epochs + (putsOut ? 1 : 0);
    let after: (() => void | Promise<void>) | undefined;
    await this.job.upgrade(
      number,
      states,
      upgrade,
      (clock) => this.readClock(clock),
      async (rows) => {
        if (putsOut) after = await this.onEpoch(number, rows);
      },
    );
    if (putsOut) {
      if (!upgradeIsLogged) await this.durability?.logUpgrade(number, this.now);
      after ??= await this.onEpoch(number, undefined);
      await after();
      this.epochs = number;
    }
    await this.durability?.replace(this.snapshotParts());
  }

  /** Nothing can come any more. */
  private get ends(): boolean {
    return this.reader.ended && this.inputs.pushed.length + this.inputs.tables.length === 0;
  }

  /** One epoch, if there is something for it. */
  private async nextEpoch(): Promise<void> {
    const plan = await this.reader.next();
    this.onlyTime = this.backlog.rows === 0 && !this.tablesChanged() && !plan.isNew && this.epochs > 0;
    if (this.onlyTime && !this.job.waitsForTime(this.ends)) return;
    for (const { name, feed } of plan.reopened) if (this.job.endsWith(feed.input.source)) throw isOver(name);
    const time = BigInt(Date.now()) * 1000n;
    const now = time > this.now ? time : this.now;
    await this.durability?.log(this.epochs + 1, now, plan);
    await this.epoch(plan, now);
    await this.durability?.checkpointWhenDue(this.epochs, () => this.snapshotParts());
  }

  private async epoch(plan: EpochPlan, now: bigint): Promise<void> {
    const began = performance.now();
    this.began = began;
    const taken = this.takeWaiting();
    const inputs = new Map<TableSource, TableVersion>();
    const number = this.epochs + 1;
    let after: (() => void | Promise<void>) | undefined;
    try {
      await this.reader.read(plan, taken);
      for (const [feed, batches] of taken) {
        const delta = feed.delta(batches, now);
        inputs.set(feed.input.source, delta);
        this.inputRows += delta.rows;
      }
      this.clear(taken);
      this.reader.finish(plan);
      this.now = now;
      await this.takeTables(inputs);
      await this.job.epoch(
        inputs,
        (clock) => this.readClock(clock),
        async (rows) => {
          after = await this.onEpoch(number, rows);
        },
      );
    } finally {
      this.clear(taken);
      for (const version of inputs.values()) releaseVersion(this.memory, version);
    }
    after ??= await this.onEpoch(number, undefined);
    await after();
    this.epochs = number;
    this.times.add(performance.now() - began);
  }

  private readClock(clock: Clock): Time {
    if (clock === "now") return this.now;
    if (clock === "processing time") return this.ends ? "end" : this.now;
    return this.streams().find(({ feed }) => feed.input.source === clock)?.feed.time ?? "none";
  }

  private streams(): readonly { readonly feed: Feed }[] {
    return [...this.inputs.pushed, ...this.reader.inputs];
  }

  private snapshotParts(): Parameters<Durability["checkpoint"]>[0] {
    return { epoch: this.epochs, now: this.now, states: this.job.states(), ...this.reader.save() };
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

  private clear(waiting: Map<Feed, FeedRows[]>): void {
    for (const list of waiting.values()) for (const { rows } of list) releaseVersion(this.memory, rows);
    waiting.clear();
  }

  /** Once: a query that has failed may be stopped too. */
  private close(): Promise<void> {
    return (this.closed ??= this.release());
  }

  private async release(): Promise<void> {
    this.lastStats = this.stats();
    this.clear(this.waiting);
    this.backlog.clear();
    for (const version of this.seen.values()) releaseVersion(this.memory, version);
    this.seen.clear();
    for (const { feed } of this.streams()) feed.close();
    this.job.close();
    await this.reader.close();
    await this.durability?.close();
  }
}

function isOver(name: string): HeadraceError {
  return new HeadraceError(
    "unsupported",
    `"${name}" has rows again, after it had come to its end and the query's windows with it`,
    {
      hint: "begin anew in other directories; a job that does not end with its files ('scan.bounded') closes windows by the watermark",
    },
  );
}
