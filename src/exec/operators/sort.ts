import type { Column, SortKey } from "../../planner/expr/expr.ts";
import { outputOf } from "../../planner/physical/columns.ts";
import type { PhysicalPlan } from "../../planner/physical/plan.ts";
import type { Consumer } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { compileRowRun, countRow } from "../codegen/pipeline.ts";
import { withColumnsOf } from "../codegen/required.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import type { Location, Position } from "../codegen/scope.ts";
import { hasOrder } from "./row-order.ts";
import { keptForSort, sortColumns } from "./sort/order.ts";
import { compileSort, sortStore } from "./sort/sort-rows.ts";

/** Keeps the rows, sorts each worker's share, merges, and goes on in order. */
export const produceSort: Produce<"Sort"> = (env, plan, consumer) => {
  sortRows(env, plan, plan.input, plan.keys, undefined, 0, consumer);
};

/** Sorts the rows of `input` and passes those from `offset` on, at most `limit`, as operator `node`. */
export function sortRows(
  env: CompileEnv,
  node: PhysicalPlan,
  input: PhysicalPlan,
  keys: readonly SortKey[],
  limit: number | undefined,
  offset: number,
  consumer: Consumer,
): void {
  const { compiler } = env;
  const layout = new RowLayout(0);
  const columns = outputOf(input).filter(({ id }) => consumer.required.has(id));
  const sorted = sortColumns(compiler, keys, columns);
  // A part of the rows is the same whoever cuts it off: by all that the rows hold.
  const isStable = limit === undefined && offset === 0 && hasOrder(env, input);
  let store = -1;
  env.produce(input, {
    required: requiredBySort(keys, consumer),
    consume: (pipeline, scope) => {
      pipeline.name.push("Sort");
      keepRow(compiler, scope, layout, keptForSort(compiler, scope, keys, sorted), () => {
        if (store < 0) store = compiler.addStore(layout.stride, isStable);
        pipeline.stores.add(store);
        return store;
      });
    },
  });
  const code = compileSort(compiler, layout, keys, sorted.keyIds, isStable ? "arrival" : "fields");
  const slot = sortStore(compiler, store, code, limit, offset);
  produceSorted(env, node, layout, slot, columns, consumer);
}

export function requiredBySort(keys: readonly SortKey[], consumer: Consumer): ReadonlySet<number> {
  return withColumnsOf(
    consumer.required,
    keys.map(({ expr }) => expr),
  );
}

/** Passes the rows of a sorted array on, in order. */
export function produceSorted(
  env: CompileEnv,
  node: PhysicalPlan,
  layout: RowLayout,
  slot: number,
  columns: readonly Column[],
  consumer: Consumer,
): void {
  const { compiler } = env;
  const position: Position = { name: "sorted" };
  const locations = new Map<number, Location>();
  for (const { id } of columns) locations.set(id, { kind: "row", field: layout.field(id), optional: false, position });
  const counter = compiler.counter(env.nodeId(node));
  compileRowRun(compiler, node.kind, { kind: "pointers", slot }, layout.stride, position, locations, {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  });
}
