import type { Produce } from "../codegen/env.ts";
import { countRow } from "../codegen/pipeline.ts";
import { withColumnsOf } from "../codegen/required.ts";
import { emitFilters } from "../codegen/predicate.ts";

export const produceFilter: Produce<"Filter"> = (env, plan, consumer) => {
  const { compiler } = env;
  const counter = compiler.counter(env.nodeId(plan));
  const selectivity = plan.rows / Math.max(1, plan.input.rows);
  env.produce(plan.input, {
    required: withColumnsOf(consumer.required, plan.predicates),
    consume: (pipeline, scope) =>
      emitFilters(compiler, pipeline, scope, plan.predicates, selectivity, {
        required: consumer.required,
        consume: (inner, at) => {
          countRow(compiler, at, counter);
          consumer.consume(inner, at);
        },
      }),
  });
};
