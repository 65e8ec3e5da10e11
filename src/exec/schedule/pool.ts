import { Worker } from "node:worker_threads";
import { HeadraceError } from "../../error.ts";
import { MAIN, type SharedMemory } from "../memory/shared-memory.ts";
import type { Answer, ErrorMessage, FromWorker, ToWorker } from "../worker/messages.ts";
import type { WorkerData } from "../worker/worker.ts";

export type WorkerListener = {
  readonly onMessage: (worker: number, message: Answer) => void;
  /** The thread is gone; what it was doing has failed. `held`: the user's function that was running in it. */
  readonly onDeath: (worker: number, error: HeadraceError, held: Held | undefined) => void;
};

/** A user's function that a thread is in: the query, and the error site of the call (-1: a module is being loaded). */
export type Held = { readonly query: number; readonly site: number };

/** Threads that share the process's memory. They are started when first needed and replaced when they die. */
export class WorkerPool {
  private readonly workers: (Worker | undefined)[] = [];
  /** What `HostRuntime.running` is in each worker. */
  private readonly running: Int32Array[] = [];
  private readonly killed = new WeakSet<Worker>();
  private readonly listeners = new Set<WorkerListener>();
  /** `MemoryThread.ending` of each worker. */
  private readonly ending: Int32Array[] = [];
  private readonly shared: SharedMemory;
  private readonly kernels: WebAssembly.Module;
  private active = 0;
  private closing = false;

  constructor(shared: SharedMemory, kernels: WebAssembly.Module) {
    this.shared = shared;
    this.kernels = kernels;
  }

  /** Makes sure that workers 0 .. count - 1 exist. */
  start(count: number): void {
    for (let i = 0; i < count; i++) this.workers[i] ??= this.spawn(i);
  }

  send(worker: number, message: ToWorker): void {
    const target = this.workers[worker];
    if (target === undefined) throw new Error(`worker ${worker} is not running`);
    target.postMessage(message);
  }

  isRunning(worker: number): boolean {
    return this.workers[worker] !== undefined;
  }

  /** What a worker is in, if it is a user's function. */
  heldBy(worker: number): Held | undefined {
    const running = this.running[worker];
    const [site = 0, query = 0] = running === undefined ? [] : [Atomics.load(running, 0), Atomics.load(running, 1)];
    return site === 0 ? undefined : { query, site: site > 0 ? site - 1 : -1 };
  }

  /** Ends a worker that a function of the query's user does not leave. The next query has a new one. */
  kill(worker: number, query: number): void {
    const target = this.workers[worker];
    if (target === undefined || this.heldBy(worker)?.query !== query) return;
    this.keepFromLock(worker);
    if (this.heldBy(worker)?.query === query) {
      this.killed.add(target);
      void target.terminate();
      return;
    }
    // It has left the function in this moment.
    const ending = this.ending[worker] as Int32Array;
    Atomics.store(ending, 0, 0);
    Atomics.notify(ending, 0);
  }

  /** A thread that ends while it has the memory's lock would never give it back. */
  private keepFromLock(worker: number): void {
    Atomics.store(this.ending[worker] as Int32Array, 0, 1);
    while (this.shared.isLockedBy(lockNumber(worker)));
  }

  listen(listener: WorkerListener): void {
    this.listeners.add(listener);
    // Idle workers must not keep the process alive; a running query must.
    if (this.active++ === 0) for (const worker of this.workers) worker?.ref();
  }

  unlisten(listener: WorkerListener): void {
    if (!this.listeners.delete(listener)) return;
    if (--this.active === 0) for (const worker of this.workers) worker?.unref();
  }

  /** Ends all threads; queries that still run fail as cancelled. */
  async close(): Promise<void> {
    this.closing = true;
    const count = this.workers.length;
    this.workers.forEach((worker, i) => worker && this.keepFromLock(i));
    await Promise.all(this.workers.map(async (worker) => worker?.terminate()));
    this.workers.length = 0;
    const error = new HeadraceError("cancelled", "the session was closed");
    for (const listener of this.listeners) for (let i = 0; i < count; i++) listener.onDeath(i, error, undefined);
  }

  private spawn(index: number): Worker {
    const source = import.meta.url.endsWith(".ts");
    const url = new URL(source ? "../worker/worker-from-source.mjs" : "../worker/worker.js", import.meta.url);
    const running = new Int32Array(new SharedArrayBuffer(8));
    const ending = new Int32Array(new SharedArrayBuffer(4));
    this.running[index] = running;
    this.ending[index] = ending;
    const thread = { number: lockNumber(index), ending };
    const { memory } = this.shared;
    const worker = new Worker(url, {
      workerData: { memory, kernels: this.kernels, running, thread } satisfies WorkerData,
      name: `headrace-${index}`,
      // Options of the program's own start, such as `-e`, are no concern of theirs.
      execArgv: [],
    });
    if (this.active === 0) worker.unref();
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "stray") return warnOf(message.error);
      for (const listener of this.listeners) listener.onMessage(index, message);
    });
    let cause: unknown;
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", (code) => {
      if (this.closing || this.workers[index] !== worker) return;
      const held = this.heldBy(index);
      this.workers[index] = undefined;
      const ended = this.killed.has(worker) ? "a function of a cancelled query did not return" : `exit code ${code}`;
      const reason = cause instanceof Error ? cause.message : ended;
      const error = new HeadraceError("internal", `a worker thread died: ${reason}`, { cause });
      for (const listener of this.listeners) listener.onDeath(index, error, held);
    });
    return worker;
  }
}

function lockNumber(worker: number): number {
  return MAIN + 1 + worker;
}

/** The query may be over long since; its result does not depend on it. */
function warnOf({ message, stack }: ErrorMessage): void {
  process.emitWarning(`nobody caught an error that a JavaScript function left behind: ${message}`, {
    code: "HEADRACE_STRAY_ERROR",
    ...(stack === undefined ? {} : { detail: stack }),
  });
}
