import { parentPort, workerData } from "node:worker_threads";
import { instantiateKernels } from "../kernels/kernels.ts";
import { SharedMemory } from "../memory/shared-memory.ts";
import { toMessage } from "./errors.ts";
import { InstanceCache } from "./instance.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { QueryContext } from "./query-context.ts";

/** The worker's thread: does what messages say, one after the other. */
const port = parentPort;
if (port === null) throw new Error("worker.ts runs in a worker thread");
const { memory, kernels } = workerData as { memory: WebAssembly.Memory; kernels: WebAssembly.Module };
const shared = new SharedMemory(memory);
const instances = new InstanceCache(shared, instantiateKernels(kernels, memory));
const queries = new Map<number, QueryContext>();
const send = (message: FromWorker): void => port.postMessage(message);

function contextOf(query: number): QueryContext {
  const context = queries.get(query);
  if (context === undefined) throw new Error(`query ${query} is not open`);
  return context;
}

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case "open": {
      const context = await QueryContext.open(shared, instances, message.task);
      queries.set(message.task.id, context);
      return send({ kind: "opened", query: message.task.id, local: context.local });
    }
    case "run": {
      const start = performance.now();
      const segments = contextOf(message.query).run(instances, message.run);
      return send({ kind: "done", query: message.query, segments, busyMs: performance.now() - start });
    }
    case "call": {
      const start = performance.now();
      contextOf(message.query).call(instances, message.fn, message.args);
      return send({ kind: "done", query: message.query, segments: [], busyMs: performance.now() - start });
    }
    case "close":
      queries.delete(message.query);
      return;
    case "stop":
      port?.close();
      return;
    default:
      message satisfies never;
  }
}

// Messages are handled strictly one after the other, also across what is awaited.
let last: Promise<void> = Promise.resolve();
port.on("message", (message: ToWorker) => {
  last = last.then(async () => {
    try {
      await handle(message);
    } catch (error) {
      const query = message.kind === "open" ? message.task.id : "query" in message ? message.query : -1;
      send({ kind: "failed", query, error: toMessage(error) });
    }
  });
});
send({ kind: "ready" });
