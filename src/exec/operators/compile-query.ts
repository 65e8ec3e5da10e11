import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { Column } from "../../planner/expr/expr.ts";
import type { PhysicalPlan } from "../../planner/physical/plan.ts";
import { produce } from "./table.ts";
import { type CompileOptions, QueryCompiler } from "../codegen/compiler.ts";
import type { CompileEnv } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import type { Program } from "../codegen/program.ts";
import { RowLayout } from "../codegen/row-layout.ts";

/** A program and the sources it reads, by the index that it uses. */
export type CompiledQuery = { readonly program: Program; readonly sources: readonly TableSource[] };

/**
 * Compiles a physical plan to a program whose last run leaves the result's rows in a store, in order.
 *
 * @param columns result columns in order; a column may appear twice
 * @param nodeId stable numbers of plan nodes, for the counters of EXPLAIN ANALYZE
 */
export function compileQuery(
  plan: PhysicalPlan,
  columns: readonly Column[],
  options: CompileOptions,
  nodeId: (plan: PhysicalPlan) => number,
): CompiledQuery {
  const compiler = new QueryCompiler(options);
  const sources: TableSource[] = [];
  const env: CompileEnv = {
    compiler,
    materialized: new Map(),
    varying: new Set(),
    runtimeFilters: new Map(),
    keyLookups: new Map(),
    nodeId,
    openSource: (source) => {
      const known = sources.indexOf(source);
      return known >= 0 ? known : sources.push(source) - 1;
    },
    produce: (node, consumer) => produce(env, node, consumer),
  };
  const layout = new RowLayout(0);
  let store = -1;
  env.produce(plan, {
    required: new Set(columns.map(({ id }) => id)),
    consume: (pipeline, scope) => {
      pipeline.name.push("Result");
      const kept = [...new Map(columns.map((column) => [column.id, column])).values()];
      keepRow(
        compiler,
        scope,
        layout,
        kept.map((column) => ({ id: column.id, column })),
        () => {
          if (store < 0) store = compiler.addStore(Math.max(8, layout.stride), true);
          pipeline.stores.add(store);
          return store;
        },
      );
    },
  });
  const result = columns.map((column) => ({ name: column.name, type: column.type, field: layout.field(column) }));
  return { program: compiler.finish({ columns: result, store, stride: compiler.store(store).stride }), sources };
}
