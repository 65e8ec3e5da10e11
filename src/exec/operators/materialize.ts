import type { Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { compileRowRun, countRow } from "../codegen/pipeline.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import type { Location, Position } from "../codegen/scope.ts";
import { hasOrder } from "./row-order.ts";
import { isSameInRounds } from "./recursion/rounds.ts";

/** Computes a common subplan once and keeps its rows for all its scans. */
export const produceMaterialize: Produce<"Materialize"> = (env, plan, consumer) => {
  const { compiler } = env;
  const layout = new RowLayout(0);
  let store = -1;
  env.produce(plan.plan, {
    required: new Set(plan.planColumns.map(({ id }) => id)),
    consume: (pipeline, scope) => {
      pipeline.name.push(`Materialize ${plan.name}`);
      const kept = plan.planColumns.map((column) => ({ id: column.id, column }));
      keepRow(compiler, scope, layout, kept, () => {
        if (store < 0) store = compiler.addStore(Math.max(8, layout.stride), true);
        pipeline.stores.add(store);
        return store;
      });
    },
  });
  env.materialized.set(plan.id, { store, layout, hasOrder: hasOrder(env, plan.plan) });
  if (!isSameInRounds(env, plan.plan)) env.varying.add(plan.id);
  env.produce(plan.input, consumer);
};

export const produceMaterializedScan: Produce<"MaterializedScan"> = (env, plan, consumer) => {
  const { compiler } = env;
  const kept = env.materialized.get(plan.id);
  if (kept === undefined) throw new Error(`${plan.name} is scanned before it is materialized`);
  const position: Position = { name: plan.name };
  const locations = new Map<number, Location>();
  plan.columns.forEach((column, k) => {
    const from = plan.from[k];
    if (from === undefined) throw new RangeError(`column ${k} of ${plan.name}`);
    locations.set(column.id, { kind: "row", field: kept.layout.field(from), optional: false, position });
  });
  const counter = compiler.counter(env.nodeId(plan));
  const { stride } = compiler.store(kept.store);
  compileRowRun(
    compiler,
    `MaterializedScan ${plan.name}`,
    { kind: "store", store: kept.store },
    stride,
    position,
    locations,
    {
      required: consumer.required,
      consume: (pipeline, scope) => {
        countRow(compiler, scope, counter);
        consumer.consume(pipeline, scope);
      },
    },
  );
};
