import { outputOf } from "../../planner/physical/columns.ts";
import type { Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import { produceSorted } from "./sort.ts";

/** Keeps all rows in morsel order, so that what a seed picks does not depend on the workers. */
export const produceSample: Produce<"Sample"> = (env, plan, consumer) => {
  const { compiler } = env;
  const layout = new RowLayout(0);
  const columns = outputOf(plan.input).filter(({ id }) => consumer.required.has(id));
  let store = -1;
  env.produce(plan.input, {
    required: consumer.required,
    consume: (pipeline, scope) => {
      pipeline.name.push("Sample");
      const kept = columns.map((column) => ({ id: column.id, column }));
      keepRow(compiler, scope, layout, kept, () => {
        if (store < 0) store = compiler.addStore(Math.max(8, layout.stride), true);
        pipeline.stores.add(store);
        return store;
      });
    },
  });
  const slot = compiler.global(8);
  const { method, size, unit, offset, seed } = plan;
  compiler.steps.push({ kind: "sample", slot, store, pick: { method, size, unit, offset, seed } });
  produceSorted(env, plan, layout, slot, columns, consumer);
};
