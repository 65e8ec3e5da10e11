import type { Produce } from "../codegen/env.ts";
import { naturalLocation } from "../codegen/natural.ts";
import { countRow } from "../codegen/pipeline.ts";

/** One pipeline after the other into the same consumer. */
export const produceUnion: Produce<"Union"> = (env, plan, consumer) => {
  const { compiler } = env;
  const counter = compiler.counter(env.nodeId(plan));
  const wanted = plan.columns
    .map((column, k) => ({ column, k }))
    .filter(({ column }) => consumer.required.has(column.id));
  plan.inputs.forEach((input, i) => {
    const from = plan.inputColumns[i] ?? [];
    env.produce(input, {
      required: new Set(wanted.map(({ k }) => from[k]?.id as number)),
      consume: (pipeline, scope) => {
        const inner = scope.fork();
        for (const { column, k } of wanted) {
          const source = from[k];
          if (source !== undefined) inner.define(column, naturalLocation(scope, source, column.type));
        }
        countRow(compiler, inner, counter);
        consumer.consume(pipeline, inner);
      },
    });
  });
};
