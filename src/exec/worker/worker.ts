import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { instantiateKernels } from "../kernels/kernels.ts";
import { SharedMemory } from "../memory/shared-memory.ts";
import { toMessage } from "./errors.ts";
import { InstanceCache } from "./instance.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { QueryContext } from "./query-context.ts";

type WorkerData = { readonly memory: WebAssembly.Memory; readonly kernels: WebAssembly.Module };

/** A thread that does what messages say, strictly one after the other, also across what is awaited. */
function serve(port: MessagePort, { memory, kernels }: WorkerData): void {
  const shared = new SharedMemory(memory);
  const instances = new InstanceCache(shared, instantiateKernels(kernels, memory));
  const queries = new Map<number, QueryContext>();
  const send = (message: FromWorker): void => port.postMessage(message);
  const contextOf = (query: number): QueryContext => {
    const context = queries.get(query);
    if (context === undefined) throw new Error(`query ${query} is not open`);
    return context;
  };

  const handle = async (message: ToWorker): Promise<void> => {
    switch (message.kind) {
      case "open": {
        const context = await QueryContext.open(shared, instances, message.task);
        queries.set(message.task.id, context);
        return send({ kind: "opened", query: message.task.id, local: context.local });
      }
      case "run":
        return send({
          kind: "done",
          query: message.query,
          segments: contextOf(message.query).run(instances, message.run),
        });
      case "call":
        contextOf(message.query).call(instances, message.fn, message.args);
        return send({ kind: "done", query: message.query, segments: [] });
      case "close":
        queries.delete(message.query);
        return;
      default:
        message satisfies never;
    }
  };

  let last: Promise<void> = Promise.resolve();
  port.on("message", (message: ToWorker) => {
    last = last
      .then(() => handle(message))
      .catch((error: unknown) => {
        const query = message.kind === "open" ? message.task.id : message.query;
        send({ kind: "failed", query, error: toMessage(error) });
      });
  });
}

if (parentPort === null) throw new Error("worker.ts runs in a worker thread");
serve(parentPort, workerData as WorkerData);
