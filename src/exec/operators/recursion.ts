import type { Column } from "../../planner/expr/expr.ts";
import type { PhysicalPlan } from "../../planner/physical/plan.ts";
import type { Consumer } from "../codegen/compiler.ts";
import type { Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { naturalLocation } from "../codegen/natural.ts";
import { compileRowRun, countRow } from "../codegen/pipeline.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import type { Location, Position } from "../codegen/scope.ts";
import { hasOrder } from "./row-order.ts";
import { compileSeenRows, emitRowHash, SEEN_ROW } from "./recursion/seen-rows.ts";

/**
 * The rows of the base fill a store; then a loop step runs the steps of the recursive part over the rows of the round before
 * until a round adds none. UNION passes each round through a set of all rows seen so far; with keys the set holds the result, in
 * which rows replace one another.
 */
export const produceRecursion: Produce<"Recursion"> = (env, plan, consumer) => {
  const { compiler } = env;
  const isKeyed = plan.keys.length > 0;
  const isPlain = plan.all && !isKeyed;
  const compared = isKeyed ? plan.keys : plan.columns;
  const layout = new RowLayout(isPlain ? 0 : SEEN_ROW.bytes);
  let candidates = -1;
  // Both parts write the same fields.
  const into = (input: PhysicalPlan, from: readonly Column[]): void => {
    const collect: Consumer = {
      required: new Set(from.map(({ id }) => id)),
      consume: (pipeline, scope) => {
        pipeline.name.push(`Recursion ${plan.name}`);
        const inner = scope.fork();
        plan.columns.forEach((column, k) => {
          inner.define(column, naturalLocation(scope, from[k] as Column, column.type));
        });
        const kept = plan.columns.map((column) => ({ id: column.id, operand: inner.column(column) }));
        const row = keepRow(compiler, inner, layout, kept, () => {
          if (candidates < 0) candidates = compiler.addStore(Math.max(8, layout.stride), true);
          pipeline.stores.add(candidates);
          return candidates;
        });
        if (!isPlain) {
          const operands = compared.map((column) => inner.column(column));
          emitRowHash(compiler, scope.b, row, compared, operands);
        }
      },
    };
    env.produce(input, collect);
  };

  into(plan.base, plan.baseColumns);
  const { stride } = compiler.store(candidates);
  const working = compiler.addStore(stride, true);
  const result = compiler.addStore(stride, true);
  const seen = isPlain ? undefined : compileSeenRows(compiler, layout, compared, candidates, isKeyed);
  if (seen !== undefined) compiler.steps.push(seen.step);
  const keep = (ordered: boolean): void => {
    env.materialized.set(plan.id, { store: working, layout, hasOrder: ordered });
    env.materialized.set(plan.unionId, { store: result, layout, hasOrder: ordered });
  };
  keep(hasOrder(env, plan.base));
  // A round has an order if it has one when the round before has one.
  if (!hasOrder(env, plan.step)) keep(false);
  env.varying.add(plan.id).add(plan.unionId);
  const { steps: body, init } = compiler.loop(() => {
    into(plan.step, plan.stepColumns);
    if (seen !== undefined) compiler.steps.push(seen.step);
  });
  compiler.steps.push({
    kind: "loop",
    name: plan.name,
    body,
    init,
    added: isKeyed ? candidates : (seen?.store ?? candidates),
    kept: seen?.store ?? candidates,
    working,
    result,
    seen: seen?.seen,
  });

  const position: Position = { name: plan.name };
  const locations = new Map<number, Location>();
  for (const column of plan.columns)
    locations.set(column.id, { kind: "row", field: layout.field(column), optional: false, position });
  const counter = compiler.counter(env.nodeId(plan));
  compileRowRun(compiler, `Recursion ${plan.name}`, { kind: "store", store: result }, stride, position, locations, {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  });
};
