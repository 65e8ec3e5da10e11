import { enter } from "../../planner/functions/host/javascript.ts";
import type { Batch } from "../../planner/functions/host/javascript-batch.ts";
import type { BatchCall, VectorOffset } from "../codegen/program.ts";
import type { InstanceCache } from "./instance.ts";
import type { QueryContext } from "./query-context.ts";

/** How often a thread that waits for promises looks whether its query was cancelled. */
const CANCEL_CHECK_MS = 20;

/** Calls a user's function for the `count` rows whose arguments are in the vectors; `members`: threads that share its concurrency. */
export async function callUser(
  context: QueryContext,
  instances: InstanceCache,
  call: BatchCall,
  count: number,
  members: number,
): Promise<void> {
  const known = instances.batch(call.spec);
  const loaded = known instanceof Promise ? await known : known;
  instances.enter(context);
  const batch = batchAt(context.local, call, count);
  const { host } = instances;
  if (loaded.kind === "values") return loaded.call(host, batch);
  const concurrency = Math.max(1, Math.floor(call.spec.concurrency / members));
  const before = enter(host, call.site);
  try {
    const finish = await orCancelled(context, loaded.call(host, batch, concurrency));
    instances.enter(context);
    finish();
  } finally {
    host.running[0] = before;
  }
}

function batchAt(local: number, { site, result, guard, args }: BatchCall, count: number): Batch {
  const at = ({ data, valid }: VectorOffset): Batch["result"] => ({
    data: local + data,
    valid: valid === undefined ? 0 : local + valid,
  });
  return { site, count, result: at(result), guard: guard === undefined ? 0 : local + guard, args: args.map(at) };
}

/** What the promise gives, unless the query is cancelled before: what it gives later is ignored. */
async function orCancelled<T>(context: QueryContext, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      try {
        context.checkCancelled();
      } catch (error) {
        reject(error);
      }
    }, CANCEL_CHECK_MS);
  });
  try {
    return await Promise.race([promise, cancelled]);
  } finally {
    clearInterval(timer);
  }
}
