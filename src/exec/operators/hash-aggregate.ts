import type { HashAggregate } from "../../planner/physical/plan.ts";
import type { Consumer, Pipeline } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { countRow } from "../codegen/pipeline.ts";
import { withColumnsOf } from "../codegen/required.ts";
import type { RowScope } from "../codegen/scope.ts";
import { DirectAggregate } from "./aggregate/direct.ts";
import { groupKeys } from "./aggregate/group-keys.ts";
import { PartitionedAggregate } from "./aggregate/partitioned.ts";
import { UngroupedAggregate } from "./aggregate/ungrouped.ts";

/** How groups are found; chosen at the first row, when the keys' representations are known. */
export type AggregateStrategy = {
  readonly name: string;
  /** Adds the scope's row. */
  readonly step: (pipeline: Pipeline, scope: RowScope) => void;
  /** Compiles the run that merges what the workers have and passes the groups on. */
  readonly finish: (consumer: Consumer) => void;
};

/**
 * Aggregates thread-locally, then merges after the exchange. Ungrouped states live in registers; groups with small key
 * domains (dictionary codes, narrow integers) index an array; all others go to a hash table per worker whose rows are
 * radix-partitioned by hash, and partitions are merged in parallel.
 */
export const produceHashAggregate: Produce<"HashAggregate"> = (env, plan, consumer) => {
  const partial = partialOf(plan);
  const { compiler } = env;
  const exprs = [
    ...partial.groups.map(({ expr }) => expr),
    ...partial.aggregates.flatMap(({ call }) => (call.filter === undefined ? call.args : [...call.args, call.filter])),
  ];
  let strategy: AggregateStrategy | undefined;
  const partialCounter = compiler.counter(env.nodeId(partial));
  env.produce(partial.input, {
    required: withColumnsOf([], exprs),
    consume: (pipeline, scope) => {
      strategy ??= chooseStrategy(env, plan, partial, scope);
      pipeline.name.push(strategy.name);
      countRow(compiler, scope, partialCounter);
      strategy.step(pipeline, scope);
    },
  });
  const counter = compiler.counter(env.nodeId(plan));
  strategy?.finish({
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  });
};

function partialOf(plan: HashAggregate): HashAggregate {
  const exchange = plan.input;
  if (plan.phase === "final" && exchange.kind === "Exchange" && exchange.input.kind === "HashAggregate")
    return exchange.input;
  throw new Error("a HashAggregate is planned as final <- Exchange <- partial");
}

function chooseStrategy(
  env: CompileEnv,
  plan: HashAggregate,
  partial: HashAggregate,
  scope: RowScope,
): AggregateStrategy {
  if (partial.groups.length === 0) return new UngroupedAggregate(env, partial);
  const keys = groupKeys(env.compiler, scope, partial);
  return DirectAggregate.tryCreate(env, partial, keys) ?? new PartitionedAggregate(env, partial, plan.rows);
}
