import { setImmediate } from "node:timers/promises";
import { HeadraceError } from "../../error.ts";
import { UserStates } from "../../planner/functions/host/javascript-aggregate.ts";
import { GLOBAL_CANCEL, GLOBAL_CLAIM, GLOBAL_ROWS, type StoreSpec } from "../codegen/program.ts";
import { Arena } from "../memory/arena.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { CodeInstance, InstanceCache } from "./instance.ts";
import type { QueryTask, RunTask, Segment } from "./messages.ts";
import { type FileMorsels, openMorsels } from "./file-scan.ts";
import type { Reject } from "./rejects.ts";
import { callUser } from "./user-calls.ts";

const FIRST_BLOCK = 4096;
const LARGEST_BLOCK = 512 * 1024;

/** A store being filled by this thread. */
type OpenStore = { readonly spec: StoreSpec; start: number; nextBlock: number };

/** One thread's part in one query: its local block, its arena, its instance of the code, the rows it keeps. */
export class QueryContext {
  readonly task: QueryTask;
  readonly local: number;
  /** What lives until the query's end. */
  readonly arena: Arena;
  /** What expressions make for the row at hand: forgotten after every morsel. */
  readonly morselArena: Arena;
  /** Rows of the run at hand and their strings. */
  rowsArena: Arena;
  /** Of users' aggregates. */
  readonly userStates: UserStates = new UserStates();
  private readonly shared: SharedMemory;
  private readonly instance: CodeInstance;
  private readonly stores = new Map<number, OpenStore>();
  private segments: Segment[] = [];
  private morsel = 0;
  private files: FileMorsels | undefined;
  private readonly rejects: Reject[] = [];

  private constructor(shared: SharedMemory, instance: CodeInstance, task: QueryTask) {
    this.shared = shared;
    this.task = task;
    this.instance = instance;
    this.arena = new Arena(shared, task.owner);
    this.morselArena = new Arena(shared, task.owner);
    this.rowsArena = this.arena;
    this.local = this.arena.allocZeroed(task.localBytes);
  }

  /** Waits only for host functions that must be loaded first. `foreign`: see `InstanceCache.get`. */
  static async open(
    shared: SharedMemory,
    instances: InstanceCache,
    task: QueryTask,
    foreign = false,
  ): Promise<QueryContext> {
    const context = new QueryContext(shared, await instances.get(task, foreign), task);
    context.call(instances, "init", []);
    return context;
  }

  /** Claims and runs morsels until there are none; returns the rows kept. */
  run(instances: InstanceCache, run: RunTask): readonly Segment[] {
    this.begin(instances, run);
    try {
      while (this.step(instances, run));
      return this.end(run);
    } finally {
      this.closeFiles();
    }
  }

  closeFiles(): void {
    if (this.files !== undefined) this.rejects.push(...this.files.rejects);
    this.files?.close();
    this.files = undefined;
  }

  /** Records left out of files since the last call. */
  takeRejects(): readonly Reject[] {
    return this.rejects.splice(0);
  }

  begin(instances: InstanceCache, run: RunTask): void {
    this.segments = [];
    this.rowsArena = run.rowsOwner === undefined ? this.arena : new Arena(this.shared, run.rowsOwner);
    if (run.rowsOwner !== undefined) for (const id of run.stores) this.abandonBlock(id);
    if (run.files !== undefined) this.files = openMorsels(this.shared, instances.kernels, this.task.owner, run.files);
  }

  /** The same where users' functions may make the thread wait; other queries get their turn meanwhile. */
  async runWaiting(instances: InstanceCache, run: RunTask, members: number): Promise<readonly Segment[]> {
    this.begin(instances, run);
    try {
      while (await this.stepWaiting(instances, run, members)) await setImmediate();
      return this.end(run);
    } finally {
      this.closeFiles();
    }
  }

  /** Runs one morsel; false when there is none left. */
  step(instances: InstanceCache, run: RunTask): boolean {
    instances.enter(this);
    const at = this.claim(run);
    if (at === undefined) return false;
    const { u32 } = this.shared;
    let [a, b, c] = [u32[at] as number, u32[at + 1] as number, u32[at + 2] as number];
    if (this.files !== undefined) {
      const decoded = this.files.decode(a);
      [a, b, c] = [decoded.descriptors, decoded.first ?? 0, decoded.rows];
    }
    this.instance.call(run.fn, this.task.global, this.local, this.morsel, a, b, c);
    this.files?.release();
    this.endMorsel(run);
    return true;
  }

  private endMorsel(run: RunTask): void {
    this.morselArena.reset();
    this.userStates.endMorsel();
    for (const id of run.stores) {
      const spec = this.task.stores[id] as StoreSpec;
      if (!spec.ordered) continue;
      const rows = this.closeSegment(id);
      if (run.stopAfter?.store === id) Atomics.add(this.shared.i32, (this.task.global + GLOBAL_ROWS) >>> 2, rows);
    }
  }

  /** A morsel of a run that calls users' functions between its two halves. */
  async stepWaiting(instances: InstanceCache, run: RunTask, members: number): Promise<boolean> {
    const { javaScript } = run;
    if (javaScript === undefined) return this.step(instances, run);
    instances.enter(this);
    const at = this.claim(run);
    if (at === undefined) return false;
    const { u32 } = this.shared;
    const words = [this.morsel, u32[at], u32[at + 1], u32[at + 2]] as const;
    const args = [this.task.global, this.local, ...(words as readonly number[])];
    this.instance.call(run.fn, ...args);
    for (const call of javaScript.calls) await callUser(this, instances, call, words[2] as number, members);
    instances.enter(this);
    this.instance.call(javaScript.then, ...args);
    this.endMorsel(run);
    return true;
  }

  /** Claims a morsel; the index of its entry in u32s. */
  private claim(run: RunTask): number | undefined {
    const { i32 } = this.shared;
    const base = this.task.global >>> 2;
    this.checkCancelled();
    if (run.stopAfter !== undefined && Atomics.load(i32, base + GLOBAL_ROWS / 4) >= run.stopAfter.rows)
      return undefined;
    const morsel = Atomics.add(i32, base + GLOBAL_CLAIM / 4, 1);
    if (morsel >= run.count) return undefined;
    this.morsel = morsel;
    return (run.morsels >>> 2) + morsel * 4;
  }

  end(run: RunTask): readonly Segment[] {
    this.userStates.flush(this.shared.u8, (bytes) => this.arena.alloc(bytes));
    for (const id of run.stores) this.closeSegment(id);
    return this.segments;
  }

  call(instances: InstanceCache, fn: string, args: readonly number[]): void {
    instances.enter(this);
    this.instance.call(fn, this.task.global, this.local, ...args);
  }

  /** Calls `fn(global, local)` for the local block of any of the query's threads, none of which is running. */
  callFor(instances: InstanceCache, fn: string, local: number): void {
    instances.enter(this);
    this.instance.call(fn, this.task.global, local);
  }

  checkCancelled(): void {
    if (Atomics.load(this.shared.i32, (this.task.global + GLOBAL_CANCEL) >>> 2) !== 0) {
      throw new HeadraceError("cancelled", "the query was cancelled");
    }
  }

  /** Raises the error of a site, under a more telling message if there is one. */
  fail(site: number, message?: string, cause?: unknown): never {
    const known = this.task.sites[site];
    if (known === undefined) throw new Error(`error site ${site}`);
    throw new HeadraceError(known.code, message ?? known.message, { span: known.span, cause });
  }

  /** Gives store `id` a new block; called by code when the current one is full. */
  grow(id: number): void {
    const spec = this.task.stores[id];
    if (spec === undefined) throw new RangeError(`store ${id}`);
    this.closeSegment(id);
    let store = this.stores.get(id);
    if (store === undefined) {
      store = { spec, start: 0, nextBlock: Math.max(FIRST_BLOCK, spec.stride * 4) };
      this.stores.set(id, store);
    }
    const bytes = store.nextBlock;
    store.start = this.rowsArena.alloc(bytes);
    if (store.nextBlock < LARGEST_BLOCK) store.nextBlock *= 2;
    const at = (this.local + spec.local) >>> 2;
    this.shared.u32[at] = store.start;
    this.shared.u32[at + 1] = store.start + bytes;
  }

  /** Makes the next row of store `id` begin a new block: the old one belongs to rows that were handed out. */
  private abandonBlock(id: number): void {
    this.stores.delete(id);
    const at = (this.local + (this.task.stores[id] as StoreSpec).local) >>> 2;
    this.shared.u32[at] = 0;
    this.shared.u32[at + 1] = 0;
  }

  /** Notes the rows that store `id` got since the last segment; returns how many. */
  private closeSegment(id: number): number {
    const store = this.stores.get(id);
    if (store === undefined || store.start === 0) return 0;
    const end = this.shared.u32[(this.local + store.spec.local) >>> 2] as number;
    const rows = (end - store.start) / store.spec.stride;
    if (rows > 0) this.segments.push({ store: id, morsel: this.morsel, address: store.start, rows });
    store.start = end;
    return rows;
  }
}
