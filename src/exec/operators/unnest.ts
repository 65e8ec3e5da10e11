import { i32, i64, num, select } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { blockOf, cell, listCount, loadElement } from "../../planner/ir/lower/nested.ts";
import { type Operand, operand } from "../../planner/ir/operand.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { isList } from "../../planner/types/nested.ts";
import { NULL_TYPE } from "../../planner/types/types.ts";
import type { Produce } from "../codegen/env.ts";
import { countRow } from "../codegen/pipeline.ts";
import { withColumnsOf } from "../codegen/required.ts";

/** A loop over the positions of the row's lists, inside the loop over the rows. */
export const produceUnnest: Produce<"Unnest"> = (env, plan, consumer) => {
  const { compiler } = env;
  const counter = compiler.counter(env.nodeId(plan));
  env.produce(plan.input, {
    required: withColumnsOf(
      [...consumer.required].filter(
        (id) => id !== plan.ordinality?.id && !plan.columns.some(({ column }) => column.id === id),
      ),
      plan.columns.map(({ expr }) => expr),
    ),
    consume: (pipeline, scope) => {
      const { b } = scope;
      const lists = plan.columns.map(({ column, expr }) => {
        const list = compiler.lower(scope, expr);
        const type = typeOf(expr);
        const block = blockOf(b, list);
        return {
          column,
          block,
          count: b.let(listCount(block)),
          element: isList(type) ? type.element : NULL_TYPE,
          stable: list.stable,
        };
      });
      const longest = lists.reduce<Ir>(
        (most, { count }) => b.let(select(num("i32.gt_u", count, most), count, most)),
        i32(0),
      );
      b.forRange(i32(0), longest, (i) => {
        const inner = scope.fork();
        for (const { column, block, count, element, stable } of lists) {
          if (!consumer.required.has(column.id)) continue;
          let value: Operand;
          if (lists.length === 1) value = loadElement(b, block, count, i, element, stable);
          else {
            const present = cell(b, element, stable);
            b.if(num("i32.lt_u", i, count), () => present.set(loadElement(b, block, count, i, element, stable)));
            value = present.value();
          }
          inner.define(column, { kind: "value", operand: value });
        }
        if (plan.ordinality !== undefined && consumer.required.has(plan.ordinality.id)) {
          const position = b.let(num("i64.add", num("i64.extend_i32_u", i), i64(1)));
          inner.define(plan.ordinality, {
            kind: "value",
            operand: operand("i64", position, { range: { min: 1n, max: 2n ** 32n } }),
          });
        }
        countRow(compiler, inner, counter);
        consumer.consume(pipeline, inner);
      });
    },
  });
};
