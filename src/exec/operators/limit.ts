import { outputOf } from "../../planner/physical/columns.ts";
import type { Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import { produceSorted } from "./sort.ts";

/** Keeps rows in morsel order until there are enough, then passes on those from `offset`. */
export const produceLimit: Produce<"Limit"> = (env, plan, consumer) => {
  const { compiler } = env;
  const layout = new RowLayout(0);
  const columns = outputOf(plan.input).filter(({ id }) => consumer.required.has(id));
  let store = -1;
  env.produce(plan.input, {
    required: consumer.required,
    consume: (pipeline, scope) => {
      pipeline.name.push("Limit");
      const kept = columns.map((column) => ({ id: column.id, column }));
      keepRow(compiler, scope, layout, kept, () => {
        if (store < 0) store = compiler.addStore(Math.max(8, layout.stride), true);
        pipeline.stores.add(store);
        if (plan.limit !== undefined) pipeline.stopAfter = { store, rows: plan.limit + plan.offset };
        return store;
      });
    },
  });
  const slot = compiler.global(8);
  compiler.steps.push({ kind: "slice", slot, store, limit: plan.limit, offset: plan.offset });
  produceSorted(env, plan, layout, slot, columns, consumer);
};
