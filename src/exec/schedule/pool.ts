import { Worker } from "node:worker_threads";
import { HeadraceError } from "../../error.ts";
import type { FromWorker, ToWorker } from "../worker/messages.ts";

export type WorkerListener = {
  readonly onMessage: (worker: number, message: FromWorker) => void;
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
  private readonly memory: WebAssembly.Memory;
  private readonly kernels: WebAssembly.Module;
  private active = 0;
  private closing = false;

  constructor(memory: WebAssembly.Memory, kernels: WebAssembly.Module) {
    this.memory = memory;
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

  /** Ends a worker that a user's function does not leave. The next query has a new one. */
  kill(worker: number): void {
    const target = this.workers[worker];
    if (target === undefined) return;
    this.killed.add(target);
    void target.terminate();
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
    await Promise.all(this.workers.map(async (worker) => worker?.terminate()));
    this.workers.length = 0;
    const error = new HeadraceError("cancelled", "the session was closed");
    for (const listener of this.listeners) for (let i = 0; i < count; i++) listener.onDeath(i, error, undefined);
  }

  private spawn(index: number): Worker {
    const source = import.meta.url.endsWith(".ts");
    const url = new URL(source ? "../worker/worker-from-source.mjs" : "../worker/worker.js", import.meta.url);
    const running = new Int32Array(new SharedArrayBuffer(8));
    this.running[index] = running;
    const worker = new Worker(url, {
      workerData: { memory: this.memory, kernels: this.kernels, running },
      name: `headrace-${index}`,
      // Options of the program's own start, such as `-e`, are no concern of theirs.
      execArgv: [],
    });
    if (this.active === 0) worker.unref();
    worker.on("message", (message: FromWorker) => {
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
