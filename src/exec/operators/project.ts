import { isVolatile } from "../../planner/optimize/fallible.ts";
import type { Produce } from "../codegen/env.ts";
import { withColumnsOf } from "../codegen/required.ts";

/** Emits nothing by itself: outputs are evaluated where they are used, at most once per row. Volatile ones right here. */
export const produceProject: Produce<"Project"> = (env, plan, consumer) => {
  const outputs = plan.outputs.filter(({ column }) => consumer.required.has(column.id));
  env.produce(plan.input, {
    required: withColumnsOf(
      [],
      outputs.map(({ expr }) => expr),
    ),
    consume: (pipeline, scope) => {
      const inner = scope.fork();
      for (const { column, expr } of outputs) {
        if (expr.kind === "Column" && expr.column.id === column.id) continue;
        if (isVolatile(expr)) inner.define(column, { kind: "value", operand: env.compiler.lower(scope, expr) });
        else inner.define(column, { kind: "expr", expr });
      }
      consumer.consume(pipeline, inner);
    },
  });
};
