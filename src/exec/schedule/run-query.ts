import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { CompiledQuery } from "../operators/compile-query.ts";
import { ENTRY } from "../operators/sort/entries.ts";
import {
  GLOBAL_CANCEL,
  GLOBAL_CLAIM,
  GLOBAL_NOW,
  GLOBAL_ROWS,
  type JavaScriptRun,
  type Program,
  type Step,
  TABLE,
  type TableUse,
} from "../codegen/program.ts";
import { Arena } from "../memory/arena.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { ResultRows } from "../table/result-rows.ts";
import { releaseVersion, retainVersion, type TableVersion } from "../table/table-version.ts";
import type { QueryTask, RunTask, Segment } from "../worker/messages.ts";
import { hostLabel, userCode } from "../worker/instance.ts";
import { QueryContext } from "../worker/query-context.ts";
import { type Crew, InlineCrew, SeededCrew, WorkerCrew } from "./crew.ts";
import { type OnProgress, type Progress, ProgressReporter } from "./progress.ts";
import { providerRounds } from "./provider-chunks.ts";
import { partitionMorsels, rowMorsels } from "./row-morsels.ts";
import { OWN_HOSTS, type RunProfile, type ScanPruning, type StepTime, sumTimes } from "./run-profile.ts";
import { JoinKeys, readKeyRange } from "./join-keys.ts";
import { KeyLookup, type Lookups } from "./key-lookup.ts";
import type { Runtime } from "./runtime.ts";
import { cancelledBy, inRound } from "./run-errors.ts";
import { callsInWorkers, isRepeatable } from "./user-code.ts";
import { pickRows } from "./sample.ts";
import { collectsRejects } from "../worker/file-scan.ts";
import { type Morsels, tableMorsels } from "./sources.ts";

export type RunOptions = {
  readonly workers: number;
  /** Rows per morsel of kept rows. */
  readonly morselRows: number;
  /** Rows per morsel of a series; those of tables are as they were made. */
  readonly chunkRows: number;
  /** Queries whose plan is estimated to touch at most this many rows run on the calling thread. */
  readonly inlineRows: number;
  readonly lookups: Lookups;
  readonly interpreter: boolean;
  /** Check every access of generated code against the owners of the memory's pages. */
  readonly checkedMemory: boolean;
  /** Interleaves tasks of `workers` virtual workers on the calling thread, in an order drawn from the seed. */
  readonly seed: number | undefined;
  readonly onProgress?: OnProgress | undefined;
};

/** A finished query: its rows stay in shared memory until `release`. */
export type FinishedQuery = { readonly rows: ResultRows; readonly profile: RunProfile; readonly release: () => void };

type RunStep = Extract<Step, { kind: "run" }>;

type LoopStep = Extract<Step, { kind: "loop" }>;

/** How long a loop may keep the thread before other work gets its turn. */
const LONGEST_TURN_MS = 10;
/** Times of a loop's steps are summed up when they get this many. */
const MOST_STEP_TIMES = 1000;

/** Some morsels of a streamed run, on their way. */
type Round = { readonly rows: Promise<readonly Segment[]>; readonly owner: number };

/** Morsels per worker before a streamed result is handed on. */
const MORSELS_PER_ROUND = 2;
/** Rows of a round, at least: below that the messages would cost more than the work. */
const ROUND_ROWS = 16_384;

/** Steps with at most this many rows are not worth waking workers for. */
const SMALL_STEP = 1024;

/** How often a query is begun anew that lost a thread to another one. */
const MOST_RUNS = 3;

/** Runs a compiled query to its end. Throws the first error; then nothing of the query is left. */
export async function runQuery(
  runtime: Runtime,
  query: CompiledQuery,
  estimatedRows: number,
  options: RunOptions,
  signal: AbortSignal | undefined,
): Promise<FinishedQuery> {
  for (let runs = 1; ; runs++) {
    const finished = await runOnce(runtime, query, estimatedRows, options, signal, runs < MOST_RUNS);
    if (finished !== "lost thread") return finished;
  }
}

/** `again`: whether the query may be begun anew if it is not to blame for its failure. */
async function runOnce(
  runtime: Runtime,
  query: CompiledQuery,
  estimatedRows: number,
  options: RunOptions,
  signal: AbortSignal | undefined,
  again: boolean,
): Promise<FinishedQuery | "lost thread"> {
  const { query: id, owner } = runtime.begin();
  // Table versions that are dropped or replaced meanwhile stay until this query is done with them.
  const tables = query.sources.filter(({ kind }) => kind === "memory").map(({ handle }) => handle as TableVersion);
  tables.forEach(retainVersion);
  const end = (): void => {
    runtime.end(owner);
    for (const table of tables) releaseVersion(runtime.shared, table);
  };
  let run: QueryRun | undefined;
  const onAbort = (): void => run?.cancel();
  try {
    run = new QueryRun(runtime, query, id, owner, options, signal);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort, { once: true });
    return { ...(await run.execute(estimatedRows)), release: end };
  } catch (error) {
    const isLost = again && run?.lostThread === true && signal?.aborted !== true && isRepeatable(query);
    await run?.close();
    end();
    if (isLost) return "lost thread";
    const shown = cancelledBy(signal, error);
    throw run === undefined ? shown : run.explain(shown);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await run?.close();
  }
}

/**
 * Runs a compiled query and hands its rows out piece by piece, in order; a piece is good until the next one is asked for.
 * A consumer that stops early ends the query.
 */
export async function* streamQuery(
  runtime: Runtime,
  query: CompiledQuery,
  estimatedRows: number,
  options: RunOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<ResultRows> {
  const { query: id, owner } = runtime.begin();
  const pieces = [runtime.begin().owner, runtime.begin().owner] as const;
  const tables = query.sources.filter(({ kind }) => kind === "memory").map(({ handle }) => handle as TableVersion);
  tables.forEach(retainVersion);
  let run: QueryRun | undefined;
  const onAbort = (): void => run?.cancel();
  try {
    run = new QueryRun(runtime, query, id, owner, options, signal);
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort, { once: true });
    yield* run.stream(estimatedRows, pieces);
  } catch (error) {
    const shown = cancelledBy(signal, error);
    throw run === undefined ? shown : run.explain(shown);
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await run?.close();
    for (const each of [owner, ...pieces]) runtime.end(each);
    for (const table of tables) releaseVersion(runtime.shared, table);
  }
}

class QueryRun {
  private readonly runtime: Runtime;
  private readonly shared: SharedMemory;
  private readonly query: CompiledQuery;
  private readonly program: Program;
  private readonly options: RunOptions;
  private readonly signal: AbortSignal | undefined;
  private readonly arena: Arena;
  private readonly task: QueryTask;
  private readonly compileMs: number;
  private readonly smallStep: number;
  private readonly global: number;
  /** Rows kept so far, by store, in order. */
  private readonly kept: Segment[][];
  private readonly stepTimes: StepTime[] = [];
  private readonly pruning = new Map<number, ScanPruning>();
  private readonly joinKeys = new JoinKeys();
  private main: QueryContext | undefined;
  private crew: Crew | undefined;
  /** The step of the program that runs, from 0, and the morsels of what it does now. */
  private stepsDone = 0;
  private morselsNow = { name: "", count: 0 };
  private reporter: ProgressReporter | undefined;
  /** Users' functions run in the workers, and nowhere else: they may end their thread, or never return. */
  private readonly inWorkers: boolean;
  private readonly inline: boolean;

  constructor(
    runtime: Runtime,
    query: CompiledQuery,
    id: number,
    owner: number,
    options: RunOptions,
    signal: AbortSignal | undefined,
  ) {
    this.runtime = runtime;
    this.shared = runtime.shared;
    this.query = query;
    this.program = query.program;
    this.options = options;
    this.signal = signal;
    this.smallStep = Math.min(SMALL_STEP, options.inlineRows);
    this.arena = new Arena(this.shared, owner);
    this.kept = this.program.stores.map(() => []);
    const start = performance.now();
    const { key, code, hosts } = runtime.code(this.program, options);
    this.compileMs = performance.now() - start;
    this.global = this.arena.allocZeroed(this.program.globalBytes);
    const { localBytes, stores, sites } = this.program;
    this.task = { id, owner, moduleKey: key, code, hosts, global: this.global, localBytes, stores, sites };
    const places = hosts.flatMap((name) => userCode(name) ?? []);
    this.inline = places.includes("here");
    const remote = places.length > 0 || callsInWorkers(this.program.steps);
    this.inWorkers = remote && !this.inline && options.seed === undefined;
    this.writeConstants();
  }

  private async open(estimatedRows: number): Promise<void> {
    const { runtime, task, options, inWorkers } = this;
    if (options.onProgress !== undefined)
      this.reporter = new ProgressReporter(
        options.onProgress,
        () => this.progress(),
        () => this.cancel(),
      );
    const { seed, workers } = options;
    this.main = await QueryContext.open(this.shared, runtime.instances, task, inWorkers);
    if (seed !== undefined) this.crew = await SeededCrew.open(runtime, task, workers, seed);
    else if (!inWorkers && (estimatedRows <= options.inlineRows || this.inline))
      this.crew = new InlineCrew(runtime, this.main);
    else await WorkerCrew.open(runtime, task, workers, (crew) => (this.crew = crew));
  }

  async execute(estimatedRows: number): Promise<Omit<FinishedQuery, "release">> {
    const start = performance.now();
    await this.open(estimatedRows);
    for (const step of this.program.steps) {
      await this.step(step);
      this.stepsDone++;
    }
    this.endReport();
    const profile: RunProfile = {
      steps: this.stepTimes,
      rows: this.readCounters(),
      pruning: this.pruning,
      compileMs: this.compileMs,
      totalMs: performance.now() - start,
      peakBytes: this.shared.peakBytes,
      hosts: this.task.hosts.filter((name) => !OWN_HOSTS.has(name)).map(hostLabel),
      interpreted: this.options.interpreter,
    };
    return { rows: this.result(), profile };
  }

  /**
   * Runs the query and hands its rows out as they come, in order: runs that fill the result do a few morsels at a time, the
   * next ones while the consumer looks at the last. What was handed out is freed when more is asked for.
   *
   * @param owners two owners of memory that rows belong to in turn
   */
  async *stream(estimatedRows: number, owners: readonly [number, number]): AsyncGenerator<ResultRows> {
    await this.open(estimatedRows);
    const { store } = this.program.result;
    for (const step of this.program.steps) {
      if (
        step.kind === "run" &&
        step.stores.length === 1 &&
        step.stores[0] === store &&
        (this.crew instanceof WorkerCrew || this.provider(step) !== undefined)
      ) {
        yield* this.streamRun(step, owners);
        this.stepsDone++;
        continue;
      }
      await this.step(step);
      this.stepsDone++;
      const segments = this.kept[store] ?? [];
      if (segments.length === 0) continue;
      yield this.resultOf(segments);
      this.kept[store] = [];
    }
    this.endReport();
  }

  /** Throws what the listener of progress threw. */
  private endReport(): void {
    const { reporter } = this;
    reporter?.end(true);
    if (reporter?.failure !== undefined) throw reporter.failure;
  }

  /** The error to show for one that ended the query. */
  explain(error: unknown): unknown {
    return this.reporter?.failure ?? error;
  }

  private progress(): Progress {
    const { name, count } = this.morselsNow;
    const claimed = Atomics.load(this.shared.i32, (this.global + GLOBAL_CLAIM) >>> 2);
    const [morselsDone, steps] = [Math.min(count, claimed), this.program.steps.length];
    const fraction = (this.stepsDone + (count === 0 ? 0 : morselsDone / count)) / Math.max(1, steps);
    return {
      step: name,
      stepsDone: this.stepsDone,
      steps,
      morselsDone,
      morsels: count,
      fraction: Math.min(1, fraction),
    };
  }

  private async *streamRun(step: RunStep, owners: readonly [number, number]): AsyncGenerator<ResultRows> {
    if (this.provider(step) !== undefined) return yield* this.streamProvider(step, owners);
    const { entries, rows: expected, files } = await this.morsels(step);
    const { name, fn, stores, stopAfter } = step;
    this.morselsNow = { name, count: entries.length };
    const table = this.writeMorsels(entries);
    const small = expected === 0 ? 0 : Math.ceil((ROUND_ROWS * entries.length) / expected);
    const perRound = Math.max(this.workers.size * MORSELS_PER_ROUND, small);
    let first = 0;
    let rounds = 0;
    const start = (): Round | undefined => {
      if (first >= entries.length) return undefined;
      this.claimFrom(first);
      // The first rows come as soon as there are any.
      first = Math.min(entries.length, first + (rounds === 0 ? Math.max(1, small) : perRound));
      const owner = owners[rounds++ % 2] as number;
      const rows = this.workers.run({ fn, morsels: table, count: first, stores, stopAfter, files, rowsOwner: owner });
      // A failure shows when the consumer comes for these rows.
      rows.catch(() => undefined);
      return { rows, owner };
    };
    this.claimFrom(0, true);
    let running = start();
    try {
      while (running !== undefined) {
        const { rows, owner }: Round = running;
        const segments = (await rows).toSorted((x, y) => x.morsel - y.morsel);
        running = start();
        if (segments.length > 0) yield this.resultOf(segments);
        this.shared.releaseOwner(owner);
      }
    } finally {
      if (running !== undefined) {
        this.cancel();
        await running.rows.catch(() => undefined);
      }
    }
  }

  /** A round of the provider's rows after the other; none is asked for before the consumer is done with the last. */
  private async *streamProvider(step: RunStep, owners: readonly [number, number]): AsyncGenerator<ResultRows> {
    const { fn, stores, stopAfter } = step;
    this.claimFrom(0, true);
    let turn = 0;
    for await (const { entries, files } of this.rounds(step)) {
      const rowsOwner = owners[turn++ % 2] as number;
      const table = this.writeMorsels(entries);
      this.claimFrom(0);
      const task = { fn, morsels: table, count: entries.length, stores, stopAfter, files, rowsOwner };
      const segments = (await this.workers.run(task)).toSorted((x, y) => x.morsel - y.morsel);
      if (segments.length > 0) yield this.resultOf(segments);
      this.shared.releaseOwner(rowsOwner);
      if (this.isEnough(step)) return;
    }
  }

  /** The source of a run whose rows JavaScript provides. */
  private provider({ source }: RunStep): { readonly use: TableUse; readonly from: TableSource } | undefined {
    const use = source.kind === "table" ? this.program.tables[source.table] : undefined;
    const from = use && this.query.sources[use.source];
    return use !== undefined && from?.kind === "provider" ? { use, from } : undefined;
  }

  private rounds(step: RunStep): AsyncGenerator<Morsels> {
    const { use, from } = this.provider(step) ?? {};
    if (use === undefined || from === undefined) throw new TypeError("the run has no provider");
    const most = this.workers.size * MORSELS_PER_ROUND;
    return providerRounds(this.shared, this.task.owner, from, use, most, () => this.mainContext.checkCancelled());
  }

  private isEnough({ stopAfter }: RunStep): boolean {
    const rows = Atomics.load(this.shared.i32, (this.global + GLOBAL_ROWS) >>> 2);
    return stopAfter !== undefined && rows >= stopAfter.rows;
  }

  /** A thread was ended while it was in a function of another query. */
  get lostThread(): boolean {
    return this.crew instanceof WorkerCrew && this.crew.lostThread;
  }

  cancel(): void {
    Atomics.store(this.shared.i32, (this.global + GLOBAL_CANCEL) >>> 2, 1);
    this.crew?.cancel();
  }

  async close(): Promise<void> {
    const { crew } = this;
    this.crew = undefined;
    this.reporter?.end(false);
    await crew?.close();
  }

  private result(): ResultRows {
    return this.resultOf(this.kept[this.program.result.store] ?? []);
  }

  private resultOf(segments: readonly Segment[]): ResultRows {
    const { columns, stride } = this.program.result;
    return {
      memory: this.shared,
      segments,
      stride,
      columns,
      dictionaryRefs: (slot) => this.shared.u32[(this.global + slot) >>> 2] as number,
    };
  }

  private get mainContext(): QueryContext {
    if (this.main === undefined) throw new Error("the query is not open");
    return this.main;
  }

  private get workers(): Crew {
    if (this.crew === undefined) throw new Error("the query is not open");
    return this.crew;
  }

  private writeConstants(): void {
    const { u8, u32, i64 } = this.shared;
    for (const { slot, bytes } of this.program.strings) {
      const address = this.arena.alloc(Math.max(16, bytes.length));
      u8.set(bytes, address);
      u32[(this.global + slot) >>> 2] = address;
      u32[((this.global + slot) >>> 2) + 1] = bytes.length;
    }
    for (const { slot, source, ordinal } of this.program.dictionaries) {
      const table = this.query.sources[source]?.handle as TableVersion;
      u32[(this.global + slot) >>> 2] = table.dictionaries[ordinal]?.refs ?? 0;
    }
    i64[(this.global + GLOBAL_NOW) / 8] = BigInt(Date.now()) * 1000n;
  }

  private async step(step: Step): Promise<void> {
    switch (step.kind) {
      case "run":
        return this.run(step);
      case "dictionary":
        return this.mainContext.call(this.runtime.instances, step.fn, []);
      case "buildTable":
        return this.buildTable(step);
      case "sort":
        return this.sort(step);
      case "slice": {
        const rows = this.rowAddresses(this.segmentsOf(step.store), step.offset, step.limit ?? Infinity);
        return this.setPointers(step.slot, rows.address, rows.count);
      }
      case "sample": {
        const { address, count } = this.rowAddresses(this.segmentsOf(step.store), 0, Infinity);
        const rows = this.shared.u32.subarray(address >>> 2, (address >>> 2) + count);
        return this.setPointers(step.slot, address, pickRows(rows, step.pick));
      }
      case "zip":
        return this.zip(step);
      case "loop":
        return this.loop(step);
      default:
        step satisfies never;
    }
  }

  private segmentsOf(store: number): readonly Segment[] {
    return this.kept[store] ?? [];
  }

  private async run(step: RunStep): Promise<void> {
    const serial = step.source.kind === "locals" || step.source.kind === "once";
    const { name, fn, stores, stopAfter, javaScript } = step;
    this.claimFrom(0, true);
    if (this.provider(step) === undefined)
      return this.runMorsels(name, fn, await this.morsels(step), stores, stopAfter, serial, javaScript);
    const times = this.stepTimes.length;
    for await (const morsels of this.rounds(step)) {
      await this.runMorsels(name, fn, morsels, stores, stopAfter, serial);
      sumTimes(this.stepTimes, times);
      if (this.isEnough(step)) return;
    }
  }

  private async runMorsels(
    name: string,
    fn: string,
    { entries, rows, files }: Morsels,
    stores: readonly number[],
    stopAfter: RunTask["stopAfter"],
    serial: boolean,
    javaScript?: JavaScriptRun,
  ): Promise<void> {
    const start = performance.now();
    this.morselsNow = { name, count: entries.length };
    const task: RunTask = {
      fn,
      morsels: this.writeMorsels(entries),
      count: entries.length,
      stores,
      stopAfter,
      files,
      rowsOwner: undefined,
      javaScript,
    };
    this.claimFrom(0);
    const mainOnly = javaScript?.calls.some(({ place }) => place === "main thread") === true;
    const small =
      !this.inWorkers && javaScript === undefined && (serial || (rows <= this.smallStep && files === undefined));
    let segments: readonly Segment[];
    if (entries.length === 0) segments = [];
    else if (mainOnly) segments = await this.mainContext.runWaiting(this.runtime.instances, task, 1);
    else if (small) segments = this.mainContext.run(this.runtime.instances, task);
    else segments = await this.workers.run(task);
    for (const segment of segments.toSorted((x, y) => x.morsel - y.morsel)) this.kept[segment.store]?.push(segment);
    const workers = entries.length === 0 ? 0 : small || mainOnly ? 1 : this.workers.size;
    this.stepTimes.push({ name, ms: performance.now() - start, morsels: entries.length, workers });
  }

  private writeMorsels(entries: Morsels["entries"]): number {
    const { u32 } = this.shared;
    const table = this.arena.alloc(Math.max(16, entries.length * 16));
    entries.forEach(([a, b, c], i) => {
      const at = (table >>> 2) + i * 4;
      u32[at] = a;
      u32[at + 1] = b;
      u32[at + 2] = c;
    });
    return table;
  }

  /** The next morsel to be claimed; `isNew`: of a run that has kept no rows yet. */
  private claimFrom(morsel: number, isNew = false): void {
    Atomics.store(this.shared.i32, (this.global + GLOBAL_CLAIM) >>> 2, morsel);
    if (isNew) Atomics.store(this.shared.i32, (this.global + GLOBAL_ROWS) >>> 2, 0);
  }

  private async morsels(step: RunStep): Promise<Morsels> {
    const { source } = step;
    switch (source.kind) {
      case "table": {
        const use = this.program.tables[source.table];
        const opened = use && this.query.sources[use.source];
        if (use === undefined || opened === undefined) throw new RangeError(`table ${source.table}`);
        const bounds = use.runtimeFilters.flatMap(({ table, ordinal }) => this.joinKeys.boundsOf(table, ordinal));
        const wanted = { ...use, bounds: [...use.bounds, ...bounds] };
        const { kernels } = this.runtime.instances;
        const { chunkRows } = this.options;
        const lookup = this.keyLookup(use, opened);
        const morsels = await tableMorsels(opened, wanted, this.arena, kernels, chunkRows, this.signal, lookup);
        if (morsels.pruning !== undefined) this.pruning.set(use.node, morsels.pruning);
        if (collectsRejects(morsels.files)) this.runtime.rejects.begin(this.task.id);
        return morsels;
      }
      case "store":
        return this.rowMorsels(source.store, step.javaScript?.rows);
      case "pointers": {
        const at = (this.global + source.slot) >>> 2;
        const [array, count] = [this.shared.u32[at] as number, this.shared.u32[at + 1] as number];
        if (source.whole === true) return { entries: [[array, count, 0]], rows: count, files: undefined };
        return rowMorsels([{ address: array, rows: count }], 4 * (source.width ?? 1), this.options.morselRows);
      }
      case "partitions":
        return partitionMorsels(this.arena, this.kept.slice(source.first, source.first + source.count));
      case "locals": {
        const locals = [...this.localBlocks()];
        const array = this.arena.alloc(locals.length * 4);
        this.shared.u32.set(locals, array >>> 2);
        return { entries: [[array, locals.length, 0]], rows: 1, files: undefined };
      }
      case "once":
        return { entries: [[0, 0, 0]], rows: 1, files: undefined };
    }
  }

  private rowMorsels(store: number, most: number = Infinity): Morsels {
    const stride = this.program.stores[store]?.stride ?? 0;
    return rowMorsels(this.segmentsOf(store), stride, Math.min(this.options.morselRows, most));
  }

  /** Chooses the directory's mode, clears it, and links all rows into it. */
  private async buildTable(step: Extract<Step, { kind: "buildTable" }>): Promise<void> {
    const { u32, i64 } = this.shared;
    const segments = this.segmentsOf(step.store);
    const rows = countRows(segments);
    const at = (this.global + step.table) >>> 2;
    const bounds =
      step.dense === undefined ? undefined : readKeyRange(this.shared, this.localBlocks(), step.dense.bounds);
    this.joinKeys.note(step.table, rows, bounds);
    const dense = bounds !== undefined && bounds.max - bounds.min < BigInt(Math.max(1024, rows * 8));
    let entries: number;
    let bytes: number;
    if (dense) {
      entries = Number(bounds.max - bounds.min) + 1;
      bytes = (entries + 1) * 4;
      i64[(this.global + step.table + TABLE.min) / 8] = bounds.min;
    } else {
      entries = 2 ** Math.ceil(Math.log2(Math.max(16, rows * 1.5)));
      bytes = entries * 8;
    }
    const directory = this.arena.alloc(bytes);
    this.mainContext.call(this.runtime.instances, "zero", [directory, bytes]);
    u32[at + TABLE.directory / 4] = directory;
    u32[at + TABLE.mask / 4] = entries - 1;
    u32[at + TABLE.mode / 4] = dense ? 1 : 0;
    u32[at + TABLE.rows / 4] = rows;
    const insert = dense && step.dense !== undefined ? step.dense.insert : step.insert;
    const morsels = this.rowMorsels(step.store);
    await this.runMorsels("HashJoin directory", insert, morsels, [], undefined, false);
  }

  /** The look-up of a state's rows by the keys of a join table; undefined: these are too many, or nobody asks for it. */
  private keyLookup({ keyLookups, ordinals }: TableUse, { handle }: TableSource): KeyLookup | undefined {
    const { lookups } = this.options;
    // Row numbers would no longer be those of the table.
    if (lookups === "never" || keyLookups.length === 0 || ordinals.includes((handle as TableVersion).columns.length))
      return undefined;
    const sides = keyLookups.map((use) => ({ use, segments: this.segmentsOf(use.store) }));
    const [fewest] = sides.toSorted((a, b) => countRows(a.segments) - countRows(b.segments));
    const { use, segments } = fewest!;
    if (lookups === "auto" && !KeyLookup.isWorthwhile(countRows(segments))) return undefined;
    const { instances } = this.runtime;
    return new KeyLookup(this.arena, instances.kernels, use, segments, lookups === "always", (fn, args) =>
      this.mainContext.call(instances, fn, args),
    );
  }

  /** Of all threads. */
  private localBlocks(): ReadonlySet<number> {
    return new Set([this.mainContext.local, ...this.workers.locals]);
  }

  private setPointers(slot: number, address: number, count: number): void {
    const at = (this.global + slot) >>> 2;
    this.shared.u32[at] = address;
    this.shared.u32[at + 1] = count;
  }

  /** Addresses of rows from `offset` on, at most `limit`, in an array with one entry to spare. */
  private rowAddresses(
    segments: readonly Segment[],
    offset: number,
    limit: number,
  ): { address: number; count: number } {
    const available = countRows(segments);
    const count = Math.max(0, Math.min(available - offset, limit));
    const address = this.arena.alloc((count + 1) * 4);
    const { u32 } = this.shared;
    let skip = offset;
    let at = address >>> 2;
    const end = at + count;
    for (const segment of segments) {
      const stride = this.program.stores[segment.store]?.stride ?? 0;
      let row = Math.min(skip, segment.rows);
      skip -= row;
      for (; row < segment.rows && at < end; row++) u32[at++] = segment.address + row * stride;
      if (at === end) break;
    }
    return { address, count };
  }

  private zip({ slot, left, right }: Extract<Step, { kind: "zip" }>): void {
    const sides = [left, right].map((store) => this.rowAddresses(this.segmentsOf(store), 0, Infinity));
    const count = Math.max(...sides.map((side) => side.count));
    const address = this.arena.alloc(Math.max(16, count * 8));
    const { u32 } = this.shared;
    sides.forEach((side, s) => {
      for (let i = 0; i < count; i++) {
        u32[(address >>> 2) + 2 * i + s] = i < side.count ? (u32[(side.address >>> 2) + i] as number) : 0;
      }
    });
    this.setPointers(slot, address, count);
  }

  /** Runs the body until a round adds no row. Rounds may be tiny and many: the thread's other work gets its turn. */
  private async loop(step: LoopStep): Promise<void> {
    const result: Segment[] = [];
    const times = this.stepTimes.length;
    let rows = 0;
    let turn = performance.now();
    for (let round = 1; ; round++) {
      const added = this.kept[step.added] ?? [];
      if (added.length === 0) break;
      result.push(...(this.kept[step.kept] ?? []));
      rows += countRows(added);
      if (performance.now() - turn > LONGEST_TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        turn = performance.now();
      }
      this.mainContext.checkCancelled();
      for (const store of [step.added, step.kept]) this.kept[store] = [];
      this.kept[step.working] = added;
      this.kept[step.result] = result;
      this.beginRound(step.body);
      for (const local of this.localBlocks()) this.mainContext.callFor(this.runtime.instances, step.init, local);
      for (const inner of step.body)
        await this.step(inner).catch((error: unknown) => {
          throw inRound(error, step.name, round, rows);
        });
      if (this.stepTimes.length > times + MOST_STEP_TIMES) sumTimes(this.stepTimes, times);
    }
    sumTimes(this.stepTimes, times);
    this.kept[step.result] = result;
    this.kept[step.working] = [];
    if (step.seen !== undefined)
      this.shared.u8.fill(0, this.global + step.seen.offset, this.global + step.seen.offset + step.seen.bytes);
  }

  /** Forgets what the steps left behind in the round before. */
  private beginRound(body: readonly Step[]): void {
    for (const step of body) {
      if (step.kind === "run") for (const store of step.stores) this.kept[store] = [];
      else if (step.kind === "buildTable") this.shared.u32[(this.global + step.table + TABLE.nulls) >>> 2] = 0;
      else if (step.kind === "loop") this.beginRound(step.body);
    }
  }

  /** Sorts parts of the rows on all workers, then merges pairs of parts until one is left. */
  private async sort(step: Extract<Step, { kind: "sort" }>): Promise<void> {
    const { address, count } = this.unsorted(step.from);
    const parts = count <= 4 * this.smallStep ? 1 : Math.min(this.workers.size, 64);
    const bounds = Array.from({ length: parts + 1 }, (_, i) => Math.floor((count * i) / parts));
    // Room for the entries of every part, twice; a single part needs none, as nothing is merged.
    const room = parts === 1 ? 0 : this.arena.alloc(2 * ENTRY.bytes * count);
    let runs = bounds.slice(1).map((end, i) => {
      const first = bounds[i] as number;
      return {
        rows: address + first * 4,
        count: end - first,
        entries: room === 0 ? 0 : room + 2 * ENTRY.bytes * first,
      };
    });
    const entries = runs.map((run): [number, number, number] => [run.rows, run.count, run.entries]);
    await this.runMorsels("Sort runs", step.sort, { entries, rows: count, files: undefined }, [], undefined, false);
    while (runs.length > 1) {
      const isLast = runs.length === 2;
      const out = isLast ? address : this.arena.alloc(ENTRY.bytes * count);
      const merges: number[][] = [];
      const next: typeof runs = [];
      let first = 0;
      for (let i = 0; i < runs.length; i += 2) {
        const [left, right] = [runs[i] as (typeof runs)[number], runs[i + 1] ?? { entries: 0, count: 0 }];
        const total = left.count + right.count;
        const target = out + (isLast ? 0 : ENTRY.bytes * first);
        // Enough pieces for every worker, in every round.
        const pieces = Math.ceil((2 * parts) / runs.length);
        for (let p = 0; p < pieces; p++) {
          const [from, to] = [Math.floor((total * p) / pieces), Math.floor((total * (p + 1)) / pieces)];
          merges.push([left.entries, left.count, right.entries, right.count, target, from, to]);
        }
        next.push({ rows: address, count: total, entries: target });
        first += total;
      }
      await this.workers.call(isLast ? step.mergeLast : step.merge, merges);
      runs = next;
    }
    const first = Math.min(step.offset, count);
    this.setPointers(step.slot, address + first * 4, Math.min(count - first, step.limit ?? Infinity));
  }

  private unsorted(from: Extract<Step, { kind: "sort" }>["from"]): { address: number; count: number } {
    if (from.kind === "store") return this.rowAddresses(this.segmentsOf(from.store), 0, Infinity);
    const { u32 } = this.shared;
    const arrays = [...this.localBlocks()].map((local) => {
      const at = (local + from.offset) >>> 2;
      return u32.subarray((u32[at] as number) >>> 2, ((u32[at] as number) >>> 2) + (u32[at + 1] as number));
    });
    const count = arrays.reduce((sum, { length }) => sum + length, 0);
    const address = this.arena.alloc((count + 1) * 4);
    let at = address >>> 2;
    for (const array of arrays) {
      u32.set(array, at);
      at += array.length;
    }
    return { address, count };
  }

  private readCounters(): RunProfile["rows"] {
    const locals = [...this.localBlocks()];
    const rows = new Map<number, number[]>();
    for (const { node, local } of this.program.counters) {
      const counts = locals.map((address) => Number(this.shared.i64[(address + local) / 8]));
      const known = rows.get(node);
      rows.set(node, known === undefined ? counts : known.map((count, i) => count + (counts[i] as number)));
    }
    return rows;
  }
}

function countRows(segments: readonly Segment[]): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
}
