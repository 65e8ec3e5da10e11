import type { PhysicalPlan } from "../../planner/physical/plan.ts";
import type { Consumer } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { produceAsofJoin } from "./asof-join.ts";
import { produceExchange } from "./exchange.ts";
import { produceFilter } from "./filter.ts";
import { produceHashAggregate } from "./hash-aggregate.ts";
import { produceHashJoin } from "./hash-join.ts";
import { produceJavaScript } from "./javascript.ts";
import { produceLimit } from "./limit.ts";
import { produceMapBatches } from "./map-batches.ts";
import { produceMaterialize, produceMaterializedScan } from "./materialize.ts";
import { produceNestedLoopJoin } from "./nested-loop-join.ts";
import { producePositionalJoin } from "./positional-join.ts";
import { produceProject } from "./project.ts";
import { produceRecursion } from "./recursion.ts";
import { produceSample } from "./sample.ts";
import { produceSortAggregate } from "./sort-aggregate.ts";
import { produceSort } from "./sort.ts";
import { produceTableScan } from "./table-scan.ts";
import { produceTopN } from "./top-n.ts";
import { produceUnnest } from "./unnest.ts";
import { produceUnion } from "./union.ts";
import { produceValuesScan } from "./values-scan.ts";
import { produceWindow } from "./window.ts";

/** Every physical operator's code generation, by its name in EXPLAIN. */
const OPERATORS: { readonly [K in PhysicalPlan["kind"]]: Produce<K> } = {
  TableScan: produceTableScan,
  ValuesScan: produceValuesScan,
  MaterializedScan: produceMaterializedScan,
  Filter: produceFilter,
  Project: produceProject,
  JavaScript: produceJavaScript,
  MapBatches: produceMapBatches,
  HashJoin: produceHashJoin,
  NestedLoopJoin: produceNestedLoopJoin,
  HashAggregate: produceHashAggregate,
  Window: produceWindow,
  Unnest: produceUnnest,
  Sort: produceSort,
  TopN: produceTopN,
  Limit: produceLimit,
  Union: produceUnion,
  Exchange: produceExchange,
  Materialize: produceMaterialize,
  SortAggregate: produceSortAggregate,
  Recursion: produceRecursion,
  Sample: produceSample,
  AsofJoin: produceAsofJoin,
  PositionalJoin: producePositionalJoin,
};

/** Compiles a plan node: its rows go to the consumer, pipeline by pipeline. */
export function produce(env: CompileEnv, plan: PhysicalPlan, consumer: Consumer): void {
  const operator = OPERATORS[plan.kind] as Produce<PhysicalPlan["kind"]>;
  operator(env, plan, consumer);
}
