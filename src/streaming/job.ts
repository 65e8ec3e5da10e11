import { appendInSteps } from "../exec/table/append-rows.ts";
import type { Kernels } from "../exec/kernels/kernels.ts";
import type { SharedMemory } from "../exec/memory/shared-memory.ts";
import type { FinishedQuery } from "../exec/schedule/run-query.ts";
import type { ResultRows } from "../exec/table/result-rows.ts";
import { indexBytes } from "../exec/table/key-index.ts";
import { runInSlices } from "../exec/table/slices.ts";
import { releaseVersion, retainVersion, type TableVersion, withChunks } from "../exec/table/table-version.ts";
import type { TableSource } from "../planner/catalog/catalog.ts";
import { walkPlan } from "../planner/logical/map.ts";
import { encodeColumns } from "../exec/table/encode-columns.ts";
import { type Bound, type Clock, inUnits, type Time, timeOf } from "./time/bound.ts";
import type { Compaction, IncrementalPlan, Query, Task, Update } from "./incremental/plan.ts";
import type { NamedState, WantedState } from "./checkpoint/checkpoints.ts";
import { copying } from "./incremental/compaction.ts";
import { type Fingerprints, fingerprintsOf } from "./incremental/fingerprint.ts";
import type { Relation } from "./incremental/relation.ts";
import { bytesInMemory, type Spill, spilledBytes } from "./spill.ts";
import type { Upgrade } from "./upgrade.ts";

/** Runs a plan that is compiled once; `bind` says what its relations hold now. */
export type Compute = (task: Query, bind: (source: TableSource) => TableSource) => Promise<FinishedQuery>;

export type OnOutput = (rows: ResultRows) => Promise<void>;

export type JobStats = {
  readonly epochs: number;
  /** Rows of the states, those that cancel each other included. */
  readonly stateRows: number;
  /** Memory that they take. */
  readonly stateBytes: number;
  /** Memory of the indexes that were made of them, because epochs are small beside them. */
  readonly indexBytes: number;
  /** What they take in files because memory is scarce. */
  readonly spilledBytes: number;
};

/** Small chunks at a state's end, at most. */
const MOST_SMALL = 64;
/** Parts of which a state is compacted, one after the other. */
const MOST_PARTS = 1024;
/** A state is looked through for rows that cancel each other whenever it has grown this much. */
const GROWTH = 2;
const LEAST_ROWS = 1024;

/**
 * Keeps the result of one query up to date, epoch by epoch. An epoch happens whole or not at all: states change when everything
 * has been computed.
 */
export class IncrementalJob {
  private readonly plan: IncrementalPlan;
  private readonly memory: SharedMemory;
  private readonly kernels: Kernels;
  private readonly compute: Compute;
  private readonly relations = new Map<TableSource, Relation>();
  private readonly versions = new Map<Relation, TableVersion>();
  /** Deltas that a task reads. */
  private readonly reads = new Map<Task, readonly Relation[]>();
  /** Queries that give a state in fewer chunks; made when they are needed. */
  private readonly copies = new Map<Relation, Query>();
  /** Where the clocks stood after the last epoch. */
  private times = new Map<Relation, Time>();
  /** Rows of a state after its last compaction. */
  private readonly compacted = new Map<Relation, number>();
  /** Relations whose rows something reads. */
  private readonly needed: ReadonlySet<Relation>;
  private readonly compactedRows: number;
  private readonly spill: Spill;
  private epochs = 0;
  /** Called when a state is another one: plans that read the old one are out of date. */
  onChange: (state: Relation) => void = () => undefined;
  private known: Fingerprints | undefined;
  private last: JobStats | undefined;

  /** @param compactedRows states are compacted from this many rows on */
  constructor(
    plan: IncrementalPlan,
    memory: SharedMemory,
    kernels: Kernels,
    compute: Compute,
    spill: Spill,
    compactedRows: number = LEAST_ROWS,
  ) {
    this.compactedRows = compactedRows;
    this.spill = spill;
    this.plan = plan;
    this.memory = memory;
    this.kernels = kernels;
    this.compute = compute;
    const relations = [
      ...plan.inputs.map(({ delta }) => delta),
      ...[...plan.constants, ...plan.tasks, ...plan.clocks].map(({ into }) => into),
      ...plan.updates.map(({ state }) => state),
      plan.slice,
    ];
    for (const relation of relations) this.relations.set(relation.source, relation);
    for (const task of plan.tasks) this.reads.set(task, this.deltasOf(task));
    this.needed = new Set([
      ...[...this.reads.values()].flat(),
      ...plan.constants.map(({ into }) => into),
      ...plan.updates.flatMap(({ state, delta }) => [state, delta]),
    ]);
  }

  /**
   * @param inputs the rows that streams and tables got and lost, with weights; those without any may be left out
   * @param readClock where the watermarks and the processing time stand after these rows
   * @param onOutput sees the rows of the result that changed, the weight being the last column, before they are gone
   */
  async epoch(
    inputs: ReadonlyMap<TableSource, TableVersion>,
    readClock: (clock: Clock) => Time,
    onOutput: OnOutput = async () => undefined,
  ): Promise<void> {
    const { plan } = this;
    const times = this.timesBy(readClock);
    const moved = new Set(plan.clocks.map(({ into }) => into).filter((into) => this.timeOf(into) !== times.get(into)));
    try {
      this.setClocks(times);
      for (const { source, delta } of plan.inputs) {
        const version = inputs.get(source);
        if (version === undefined) continue;
        retainVersion(version);
        this.set(delta, version);
      }
      for (const task of plan.constants) {
        const isMissing = task.into.kind === "constant" ? !this.versions.has(task.into) : this.epochs === 0;
        if (isMissing) await this.fill(task.into, task);
      }
      for (const task of plan.tasks) {
        if (this.hasNothing(task, moved)) continue;
        await this.fill(task.into, task, task.into === plan.output ? onOutput : undefined);
      }
    } catch (error) {
      this.clearDeltas();
      throw error;
    }
    for (const { state, delta } of plan.updates) this.add(state, delta);
    this.clearDeltas();
    this.times = times;
    this.epochs++;
    for (const update of plan.updates) await this.compact(update);
    await this.relieveMemory();
  }

  /** What a state holds now. It stays the job's. */
  state(relation: Relation): TableVersion {
    return this.versions.get(relation) ?? (relation.source.handle as TableVersion);
  }

  /** Whether something is over when the stream is. */
  endsWith(stream: TableSource): boolean {
    return this.plan.clocks.some(({ bound }) =>
      bound.some(({ clock }) => clock === "processing time" || clock === stream),
    );
  }

  /** Whether the result changes as time passes; `ended`: nothing can come any more. */
  seesTime(ended: boolean): boolean {
    return this.plan.clocks.some(
      ({ bound }) => isMoment(bound) || (!ended && bound.some(({ clock }) => clock === "processing time")),
    );
  }

  /** The same, and there is something to change. */
  waitsForTime(ended: boolean): boolean {
    return this.seesTime(ended) && this.plan.updates.some(({ state }) => this.state(state).rows > 0);
  }

  /** What its states are known by. */
  get fingerprints(): Fingerprints {
    return (this.known ??= fingerprintsOf(this.plan));
  }

  /** The states by name, for a checkpoint. */
  states(): readonly NamedState[] {
    return this.fingerprints.states.map(({ name, fingerprint, update }) => {
      return { name, fingerprint, version: this.state(update.state) };
    });
  }

  /** What `restore` wants. */
  wanted(): readonly WantedState[] {
    return this.fingerprints.states.map(({ name, fingerprint, update }) => {
      return { name, fingerprint, layout: update.state.source.handle as TableVersion };
    });
  }

  /** Goes on behind an epoch. The versions are the job's from now on. */
  restore(epoch: number, states: ReadonlyMap<string, TableVersion>, readClock: (clock: Clock) => Time): void {
    for (const { name, update } of this.fingerprints.states) {
      const version = states.get(name);
      if (version !== undefined) this.set(update.state, version);
    }
    this.epochs = epoch;
    this.times = this.timesBy(readClock);
  }

  /**
   * Goes on behind an epoch with the states that another query has left, and makes the others of them: as though all epochs so far had
   * been one, whose changes are what these states have. The versions are the job's from now on.
   *
   * @param onOutput sees the result that follows from it
   */
  async upgrade(
    epoch: number,
    kept: ReadonlyMap<string, TableVersion>,
    { seeds, steps }: Pick<Upgrade, "seeds" | "steps">,
    readClock: (clock: Clock) => Time,
    onOutput: OnOutput,
  ): Promise<void> {
    const { plan } = this;
    const times = this.timesBy(readClock);
    const updates = new Map(this.fingerprints.states.map(({ name, update }) => [name, update]));
    const versions = new Map([...kept].map(([name, version]) => [updates.get(name)!, version]));
    try {
      this.setClocks(times);
      for (const update of seeds) {
        // Rows that cancel each other are no changes, and those of no use would depend on when the state was compacted.
        this.set(update.state, versions.get(update)!);
        versions.delete(update);
        if (update.compaction !== undefined) await this.rebuild(update.state, update.compaction);
        this.set(update.delta, this.state(update.state));
        this.versions.delete(update.state);
        retainVersion(this.state(update.delta));
        versions.set(update, this.state(update.delta));
      }
      for (const task of [...plan.constants, ...plan.tasks])
        if (steps.has(task)) await this.fill(task.into, task, task.into === plan.output ? onOutput : undefined);
      for (const update of plan.updates) if (!versions.has(update)) this.add(update.state, update.delta);
      for (const [update, version] of versions) this.set(update.state, version);
      versions.clear();
    } finally {
      for (const version of versions.values()) releaseVersion(this.memory, version);
      this.clearDeltas();
    }
    this.epochs = epoch;
    this.times = times;
  }

  private timesBy(readClock: (clock: Clock) => Time): Map<Relation, Time> {
    return new Map(this.plan.clocks.map(({ into, bound }) => [into, timeOf(bound, readClock)]));
  }

  private setClocks(times: ReadonlyMap<Relation, Time>): void {
    for (const { into, type, bound } of this.plan.clocks) {
      const time = times.get(into)!;
      // No moment was before the first one.
      const last = isMoment(bound) ? (this.times.get(into) ?? time) : this.timeOf(into);
      const [before, now] = [last, time].map((one) => inUnits(one, type));
      const empty = into.source.handle as TableVersion;
      this.set(into, encodeColumns(this.memory, empty, 1, [[before!], [now!], [1n]]));
    }
  }

  /** Of a job that is over, where it ended. */
  stats(): JobStats {
    if (this.last !== undefined) return this.last;
    const states = this.plan.updates.map(({ state }) => this.state(state));
    return {
      epochs: this.epochs,
      stateRows: states.reduce((sum, { rows }) => sum + rows, 0),
      stateBytes: states.reduce((sum, version) => sum + bytesInMemory(version), 0),
      indexBytes: states.reduce((sum, version) => sum + indexBytes(version), 0),
      spilledBytes: states.reduce((sum, version) => sum + spilledBytes(version), 0),
    };
  }

  close(): void {
    this.last = this.stats();
    for (const version of this.versions.values()) releaseVersion(this.memory, version);
    this.versions.clear();
  }

  private deltasOf(task: Task): readonly Relation[] {
    const deltas = new Set<Relation>();
    walkPlan(task.plan, (node) => {
      const relation = node.kind === "Scan" ? this.relations.get(node.source) : undefined;
      if (relation?.kind === "delta") deltas.add(relation);
    });
    return [...deltas];
  }

  private timeOf(clock: Relation): Time {
    return this.times.get(clock) ?? "none";
  }

  /** Nothing follows from nothing, but for what the first epoch has to say about empty inputs. */
  private hasNothing(task: Task, moved: ReadonlySet<Relation>): boolean {
    if (task.clock !== undefined) return !moved.has(task.clock);
    return this.epochs > 0 && this.reads.get(task)?.every((delta) => this.state(delta).rows === 0) === true;
  }

  private async fill(into: Relation, query: Query, onOutput?: OnOutput): Promise<void> {
    const result = await this.compute(query, (source) => this.bind(source));
    try {
      await onOutput?.(result.rows);
      if (!this.needed.has(into)) return;
      const empty = into.source.handle as TableVersion;
      this.set(into, await this.append(empty, result.rows));
    } finally {
      result.release();
    }
  }

  private append(version: TableVersion, rows: ResultRows): Promise<TableVersion> {
    return runInSlices(appendInSteps(this.memory, this.kernels, version, rows, { chunkRows: this.spill.chunkRows }));
  }

  private bind(source: TableSource): TableSource {
    const relation = this.relations.get(source);
    return relation === undefined ? source : { ...source, handle: this.state(relation) };
  }

  private set(relation: Relation, version: TableVersion): void {
    const old = this.versions.get(relation);
    this.versions.set(relation, version);
    if (relation.kind === "state") this.onChange(relation);
    if (old !== undefined) releaseVersion(this.memory, old);
  }

  /** The state shares the chunks of the delta. */
  private add(state: Relation, delta: Relation): void {
    const added = this.state(delta);
    if (added.rows === 0) return;
    const old = this.state(state);
    this.set(state, withChunks(old, [...old.chunks, ...added.chunks], old.spilled));
  }

  private clearDeltas(): void {
    for (const [relation, version] of this.versions) {
      if (relation.kind !== "delta") continue;
      this.versions.delete(relation);
      releaseVersion(this.memory, version);
    }
  }

  /** Takes every state to the fewest rows, between epochs. */
  async compactAll(): Promise<void> {
    for (const update of this.plan.updates) await this.compact(update, true);
  }

  /** Rows that cancel each other or are of no use go, and small chunks become one. */
  private async compact({ state, compaction }: Update, always: boolean = false): Promise<void> {
    const { rows, chunks } = this.state(state);
    const small = chunks.length - 1 - chunks.findLastIndex((chunk) => !this.spill.isSmall(chunk));
    const grown = always || rows >= Math.max(this.compactedRows, GROWTH * (this.compacted.get(state) ?? 0));
    if (grown && compaction !== undefined) {
      await this.rebuild(state, compaction);
      this.compacted.set(state, this.state(state).rows);
      return;
    }
    if (small <= MOST_SMALL) return;
    let copy = this.copies.get(state);
    if (copy === undefined) this.copies.set(state, (copy = copying(state)));
    await this.joinChunks(state, copy, chunks.length - small);
  }

  /** A state that is large becomes anew part by part, so that the memory for it is bounded. */
  private async rebuild(state: Relation, { whole, part }: Compaction): Promise<void> {
    const bytes = bytesInMemory(this.state(state)) + spilledBytes(this.state(state));
    const parts = Math.min(MOST_PARTS, 2 ** Math.ceil(Math.log2(Math.max(1, bytes / this.spill.room))));
    if (part === undefined || parts === 1) return this.fill(state, whole);
    let made = state.source.handle as TableVersion;
    retainVersion(made);
    const replace = (version: TableVersion): void => {
      releaseVersion(this.memory, made);
      made = version;
    };
    try {
      for (let number = 0; number < parts; number++) {
        const { slice } = this.plan;
        const empty = slice.source.handle as TableVersion;
        this.set(slice, encodeColumns(this.memory, empty, 1, [[BigInt(parts - 1)], [BigInt(number)], [1n]]));
        const result = await this.compute(part, (source) => this.bind(source));
        try {
          replace(await this.append(made, result.rows));
        } finally {
          result.release();
        }
        for (let moved; this.spill.isDue && (moved = await this.spill.moveOut(made)) !== undefined;) replace(moved);
      }
    } catch (error) {
      releaseVersion(this.memory, made);
      throw error;
    }
    this.set(state, made);
  }

  /** States go to files, the largest first, until enough of the memory is free. */
  private async relieveMemory(): Promise<void> {
    while (this.spill.isDue) {
      const states = this.plan.updates.map(({ state }) => ({
        state,
        bytes: this.spill.spillableBytes(this.state(state)),
      }));
      const [largest] = states.toSorted((a, b) => b.bytes - a.bytes);
      const moved = largest && (await this.spill.moveOut(this.state(largest.state)));
      if (moved === undefined) return;
      this.set(largest!.state, moved);
    }
  }

  /** Makes one chunk, or a few full ones, of those from number `first` on. */
  private async joinChunks(state: Relation, query: Query, first: number): Promise<void> {
    const whole = this.state(state);
    const tail = withChunks(whole, whole.chunks.slice(first));
    const bind = (source: TableSource): TableSource => (source === state.source ? { ...source, handle: tail } : source);
    const result = await this.compute(query, bind);
    try {
      const empty = state.source.handle as TableVersion;
      const joined = await this.append(empty, result.rows);
      this.set(state, withChunks(whole, [...whole.chunks.slice(0, first), ...joined.chunks], whole.spilled));
      releaseVersion(this.memory, joined);
    } finally {
      result.release();
      releaseVersion(this.memory, tail);
    }
  }
}

const isMoment = (bound: Bound): boolean => bound.some(({ clock }) => clock === "now");
