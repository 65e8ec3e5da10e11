import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { HeadraceError } from "../../error.ts";
import { instantiateKernels } from "../kernels/kernels.ts";
import { type MemoryThread, SharedMemory } from "../memory/shared-memory.ts";
import { toMessage } from "./errors.ts";
import { InstanceCache } from "./instance.ts";
import type { FromWorker, Segment, ToWorker } from "./messages.ts";
import { QueryContext } from "./query-context.ts";

type RunMessage = Extract<ToWorker, { kind: "run" }>;

/** What `running` says while modules of users are loaded. */
const LOADING = -1;

/** `running`: see `HostRuntime`; the second word is the query's number. */
export type WorkerData = {
  readonly memory: WebAssembly.Memory;
  readonly kernels: WebAssembly.Module;
  readonly running: Int32Array;
  readonly thread: MemoryThread;
};

/** A thread that does what messages say; those of one query strictly one after the other, also across what is awaited. */
function serve(port: MessagePort, { memory, kernels, running, thread }: WorkerData): void {
  const shared = new SharedMemory(memory, thread);
  const instances = new InstanceCache(shared, instantiateKernels(kernels, memory), running);
  const queries = new Map<number, QueryContext>();
  const send = (message: FromWorker): void => port.postMessage(message);
  const contextOf = (query: number): QueryContext => {
    const context = queries.get(query);
    if (context === undefined) throw new Error(`query ${query} is not open`);
    return context;
  };

  const run = ({ query, run: task, members }: RunMessage): readonly Segment[] | Promise<readonly Segment[]> =>
    task.javaScript === undefined
      ? contextOf(query).run(instances, task)
      : contextOf(query).runWaiting(instances, task, members);

  const handle = async (message: ToWorker): Promise<void> => {
    switch (message.kind) {
      case "open": {
        running.set([LOADING, message.task.id]);
        const context = await QueryContext.open(shared, instances, message.task);
        running.set([0, 0]);
        queries.set(message.task.id, context);
        return send({ kind: "opened", query: message.task.id, local: context.local });
      }
      case "run": {
        const segments = await run(message);
        return send({ kind: "done", query: message.query, segments, rejects: contextOf(message.query).takeRejects() });
      }
      case "call":
        contextOf(message.query).call(instances, message.fn, message.args);
        return send({ kind: "done", query: message.query, segments: [], rejects: [] });
      case "close":
        queries.delete(message.query);
        last.delete(message.query);
        return;
      default:
        message satisfies never;
    }
  };

  const last = new Map<number, Promise<void>>();
  port.on("message", (message: ToWorker) => {
    const query = message.kind === "open" ? message.task.id : message.query;
    const before = last.get(query) ?? Promise.resolve();
    const done = before
      .then(() => handle(message))
      .catch((error: unknown) => send({ kind: "failed", query, error: toMessage(error) }));
    last.set(query, done);
  });
}

/**
 * Users' functions may leave timers and promises behind, whose errors nobody catches, and want to end the process: neither is a reason
 * for a thread to die that others use as well.
 */
function outlive(port: MessagePort): void {
  const report = (error: unknown): void => {
    if (error instanceof HeadraceError || error instanceof WebAssembly.RuntimeError) throw error;
    port.postMessage({ kind: "stray", error: toMessage(error) } satisfies FromWorker);
  };
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
  process.exit = (code) => {
    throw new Error(`process.exit(${code ?? ""}) was called in a worker thread`);
  };
}

if (parentPort === null) throw new Error("worker.ts runs in a worker thread");
outlive(parentPort);
serve(parentPort, workerData as WorkerData);
