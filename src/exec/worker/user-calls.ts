import { enter } from "../../planner/functions/host/javascript.ts";
import type { Batch } from "../../planner/functions/host/javascript-batch.ts";
import type { HostRuntime } from "../../planner/functions/host/host.ts";
import type { MapBatch } from "../../planner/functions/host/javascript-map.ts";
import type { VectorAddress } from "../../planner/functions/host/javascript-vectors.ts";
import type { BatchCall, MapCall, VectorOffset } from "../codegen/program.ts";
import type { InstanceCache } from "./instance.ts";
import { orCancelled } from "./or-cancelled.ts";
import type { QueryContext } from "./query-context.ts";

/** Calls a user's function for the `count` rows whose arguments are in the vectors; `members`: threads that share its concurrency. */
export async function callUser(
  context: QueryContext,
  instances: InstanceCache,
  call: BatchCall | MapCall,
  count: number,
  members: number,
): Promise<void> {
  const known = "output" in call ? instances.map(call.spec) : instances.batch(call.spec);
  const loaded = known instanceof Promise ? await known : known;
  instances.enter(context);
  const { host } = instances;
  const batch = "output" in call ? mapAt(context.local, call, count) : batchAt(context.local, call, count);
  // Which of the two kinds of batch it is goes with the function.
  const run = loaded.call as (runtime: HostRuntime, rows: typeof batch, pending: number) => unknown;
  const concurrency = Math.max(1, Math.floor(call.spec.concurrency / members));
  if (loaded.kind === "values") {
    run(host, batch, concurrency);
    return;
  }
  enter(host, call.site);
  try {
    const finish = await orCancelled(run(host, batch, concurrency) as Promise<() => unknown>, () =>
      context.checkCancelled(),
    );
    instances.enter(context);
    finish();
  } finally {
    // Another query's function may have begun meanwhile.
    if (host.running[0] === call.site + 1) host.running[0] = 0;
  }
}

function addressIn(local: number, { data, valid }: VectorOffset): VectorAddress {
  return { data: local + data, valid: valid === undefined ? 0 : local + valid };
}

function mapAt(local: number, { site, output, args }: MapCall, count: number): MapBatch {
  return { site, count, output: local + output, args: args.map((arg) => addressIn(local, arg)) };
}

function batchAt(local: number, { site, result, guard, args }: BatchCall, count: number): Batch {
  const at = (offset: VectorOffset): VectorAddress => addressIn(local, offset);
  return { site, count, result: at(result), guard: guard === undefined ? 0 : local + guard, args: args.map(at) };
}
