import { setImmediate } from "node:timers/promises";
import { HeadraceError } from "../../error.ts";
import { GLOBAL_CANCEL } from "../codegen/program.ts";
import { fromMessage } from "../worker/errors.ts";
import type { Answer, QueryTask, RunTask, Segment } from "../worker/messages.ts";
import { QueryContext } from "../worker/query-context.ts";
import type { WorkerListener, WorkerPool } from "./pool.ts";
import type { Runtime } from "./runtime.ts";

/** Those who run a query's morsels together. */
export type Crew = {
  readonly size: number;
  /** Addresses of the members' local blocks. */
  readonly locals: readonly number[];
  /** Runs all morsels; the rows kept, of every member. */
  readonly run: (task: RunTask) => Promise<readonly Segment[]>;
  /** Calls `fn(global, local, ...args)` once for each list of arguments. */
  readonly call: (fn: string, calls: readonly (readonly number[])[]) => Promise<void>;
  /** Called when the query was cancelled: whoever does not notice is made to. */
  readonly cancel: () => void;
  readonly close: () => Promise<void>;
};

const LONGEST_TURN_MS = 10;

/** The calling thread alone: for tiny queries. */
export class InlineCrew implements Crew {
  readonly size = 1;
  readonly locals: readonly number[];
  private readonly runtime: Runtime;
  private readonly context: QueryContext;

  constructor(runtime: Runtime, context: QueryContext) {
    this.runtime = runtime;
    this.context = context;
    this.locals = [context.local];
  }

  /** Lets other work have the thread now and then. */
  async run(task: RunTask): Promise<readonly Segment[]> {
    const { context } = this;
    const { instances } = this.runtime;
    if (task.javaScript !== undefined) return context.runWaiting(instances, task, 1);
    context.begin(instances, task);
    try {
      let turn = performance.now();
      while (context.step(instances, task)) {
        if (performance.now() - turn < LONGEST_TURN_MS) continue;
        await setImmediate();
        turn = performance.now();
      }
      return context.end(task);
    } finally {
      context.closeFiles();
      this.runtime.rejects.add(context.task.id, context.takeRejects());
    }
  }

  async call(fn: string, calls: readonly (readonly number[])[]): Promise<void> {
    for (const args of calls) this.context.call(this.runtime.instances, fn, args);
  }

  cancel(): void {}

  async close(): Promise<void> {}
}

/** Virtual workers on the calling thread that take turns morsel by morsel, in an order drawn from a seed: for tests. */
export class SeededCrew implements Crew {
  readonly size: number;
  readonly locals: readonly number[];
  private readonly runtime: Runtime;
  private readonly contexts: readonly QueryContext[];
  private state: number;

  private constructor(runtime: Runtime, contexts: readonly QueryContext[], seed: number) {
    this.runtime = runtime;
    this.contexts = contexts;
    this.size = contexts.length;
    this.locals = contexts.map(({ local }) => local);
    this.state = seed >>> 0;
  }

  static async open(runtime: Runtime, task: QueryTask, workers: number, seed: number): Promise<SeededCrew> {
    const contexts: QueryContext[] = [];
    for (let i = 0; i < workers; i++) contexts.push(await QueryContext.open(runtime.shared, runtime.instances, task));
    return new SeededCrew(runtime, contexts, seed);
  }

  async run(task: RunTask): Promise<readonly Segment[]> {
    const { instances } = this.runtime;
    const active = [...this.contexts];
    try {
      for (const context of active) context.begin(instances, task);
      while (active.length > 0) {
        const turn = this.draw(active.length);
        if (!(await active[turn]?.stepWaiting(instances, task, this.size))) active.splice(turn, 1);
      }
      return this.contexts.flatMap((context) => context.end(task));
    } finally {
      for (const context of this.contexts) {
        context.closeFiles();
        this.runtime.rejects.add(context.task.id, context.takeRejects());
      }
    }
  }

  async call(fn: string, calls: readonly (readonly number[])[]): Promise<void> {
    for (const args of calls) this.contexts[this.draw(this.size)]?.call(this.runtime.instances, fn, args);
  }

  cancel(): void {}

  async close(): Promise<void> {}

  /** A number below `bound` (mulberry32). */
  private draw(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % bound;
  }
}

/** How long a member that a user's function holds may take to notice that its query was cancelled. */
const GRACE_MS = 500;

type Waiting = { readonly resolve: (message: Answer) => void };

/** Worker threads of the pool. */
export class WorkerCrew implements Crew {
  readonly size: number;
  readonly locals: number[] = [];
  private readonly pool: WorkerPool;
  private readonly task: QueryTask;
  private readonly shared: Runtime["shared"];
  private readonly rejects: Runtime["rejects"];
  private readonly waiting = new Map<number, Waiting>();
  private readonly listener: WorkerListener;
  /** A member was ended in a function of another query. */
  lostThread = false;
  /** Why a member is gone, with what it knew of the query. */
  private death: HeadraceError | undefined;
  private cancelled = false;
  private watch: NodeJS.Timeout | undefined;

  private constructor(runtime: Runtime, task: QueryTask, size: number) {
    this.pool = runtime.pool;
    this.shared = runtime.shared;
    this.rejects = runtime.rejects;
    this.task = task;
    this.size = size;
    this.listener = {
      onMessage: (worker, message) => {
        if (message.query === task.id) this.answer(worker, message);
      },
      onDeath: (worker, error, held) => {
        if (worker >= size) return;
        if (held !== undefined && held.query !== task.id) this.lostThread = true;
        const told = held?.query === task.id ? this.endedBy(held.site, error) : error;
        this.death ??= told;
        this.answer(worker, failure(task.id, told));
      },
    };
  }

  /** `onCreated`: is told of the crew before its members have answered, so that it can be cancelled. */
  static async open(
    runtime: Runtime,
    task: QueryTask,
    workers: number,
    onCreated: (crew: WorkerCrew) => void,
  ): Promise<WorkerCrew> {
    const crew = new WorkerCrew(runtime, task, workers);
    onCreated(crew);
    runtime.pool.start(workers);
    runtime.pool.listen(crew.listener);
    try {
      const opened = await crew.all(Array.from({ length: workers }, (_, i) => [i, { kind: "open", task }] as const));
      for (const message of opened) if (message.kind === "opened") crew.locals.push(message.local);
      return crew;
    } catch (error) {
      await crew.close();
      throw error;
    }
  }

  async run(task: RunTask): Promise<readonly Segment[]> {
    const promises = task.javaScript?.calls.filter(({ spec }) => spec.isAsync) ?? [];
    const members = Math.min(this.size, task.count, ...promises.map(({ spec }) => spec.concurrency));
    const messages = await this.all(
      Array.from({ length: members }, (_, i) => [i, { kind: "run", query: this.task.id, run: task, members }] as const),
    );
    for (const message of messages) if (message.kind === "done") this.rejects.add(message.query, message.rejects);
    return messages.flatMap((message) => (message.kind === "done" ? message.segments : []));
  }

  async call(fn: string, calls: readonly (readonly number[])[]): Promise<void> {
    for (let first = 0; first < calls.length; first += this.size) {
      const round = calls.slice(first, first + this.size);
      await this.all(round.map((args, i) => [i, { kind: "call", query: this.task.id, fn, args }] as const));
    }
  }

  cancel(): void {
    this.cancelled = true;
    this.watch ??= setInterval(() => {
      for (const worker of this.waiting.keys()) this.pool.kill(worker, this.task.id);
    }, GRACE_MS);
  }

  /** Why a member is gone that was in one of the query's functions. */
  private endedBy(site: number, error: HeadraceError): HeadraceError {
    const known = this.task.sites[site];
    const what = known?.message ?? "loading the module of a function failed";
    if (this.cancelled)
      return new HeadraceError("cancelled", `the query was cancelled, and a worker thread ended: ${what} to stop`);
    const { code } = (error.cause ?? {}) as { readonly code?: unknown };
    const how = code === "ERR_WORKER_OUT_OF_MEMORY" ? "it took all memory of" : "it ended";
    return new HeadraceError("function", `${what}: ${how} its worker thread`, { span: known?.span, cause: error });
  }

  async close(): Promise<void> {
    clearInterval(this.watch);
    for (let i = 0; i < this.size; i++) {
      if (this.pool.isRunning(i)) this.pool.send(i, { kind: "close", query: this.task.id });
    }
    this.pool.unlisten(this.listener);
  }

  /** Sends one message to each member and waits for all answers; after a failure the others are cancelled first. */
  private async all(
    messages: readonly (readonly [worker: number, message: Parameters<WorkerPool["send"]>[1]])[],
  ): Promise<readonly Answer[]> {
    if (this.death !== undefined) throw this.death;
    const answers = await Promise.all(
      messages.map(
        ([worker, message]) =>
          new Promise<Answer>((resolve) => {
            this.waiting.set(worker, { resolve });
            this.pool.send(worker, message);
          }),
      ),
    );
    const failed = answers.filter((answer) => answer.kind === "failed");
    const [first] = failed;
    if (first !== undefined) throw fromMessage((failed.find(({ error }) => error.code !== "cancelled") ?? first).error);
    return answers;
  }

  private answer(worker: number, message: Answer): void {
    const waiting = this.waiting.get(worker);
    this.waiting.delete(worker);
    if (message.kind === "failed" && this.waiting.size > 0) {
      Atomics.store(this.shared.i32, (this.task.global + GLOBAL_CANCEL) >>> 2, 1);
      this.cancel();
    }
    waiting?.resolve(message);
  }
}

function failure(query: number, { code, message, span, hint, stack }: HeadraceError): Answer {
  return { kind: "failed", query, error: { code, message, span, hint, stack } };
}
