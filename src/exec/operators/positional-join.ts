import { i32, load, num } from "../../planner/ir/builder.ts";
import { outputOf } from "../../planner/physical/columns.ts";
import type { PhysicalPlan } from "../../planner/physical/plan.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { compileRun, countRow } from "../codegen/pipeline.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import type { Location, Position } from "../codegen/scope.ts";

/** Keeps both sides in order, then goes through pairs of row addresses; 0 stands for the missing rows of the shorter side. */
export const producePositionalJoin: Produce<"PositionalJoin"> = (env, plan, consumer) => {
  const { compiler } = env;
  const left = keepSide(env, plan.left, consumer.required);
  const right = keepSide(env, plan.right, consumer.required);
  const slot = compiler.global(8);
  compiler.steps.push({ kind: "zip", slot, left: left.store, right: right.store });
  const positions: readonly Position[] = [{ name: "left" }, { name: "right" }];
  const locations = new Map<number, Location>();
  [left, right].forEach(({ layout }, side) => {
    const position = positions[side] as Position;
    for (const [id, field] of layout.entries()) locations.set(id, { kind: "row", field, optional: true, position });
  });
  const counter = compiler.counter(env.nodeId(plan));
  compileRun(compiler, "PositionalJoin", { kind: "pointers", slot, width: 2 }, false, (b, pipeline) => {
    b.forRange(i32(0), b.param(4), (i) => {
      const pair = b.let(num("i32.add", b.param(3), num("i32.shl", i, i32(3))));
      const scope = compiler.scope(b, locations, undefined);
      positions.forEach((position, side) =>
        scope.setPosition(position, b.let(load("i32.load", pair, side * 4), "row")),
      );
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    });
  });
};

function keepSide(
  env: CompileEnv,
  side: PhysicalPlan,
  required: ReadonlySet<number>,
): { readonly layout: RowLayout; readonly store: number } {
  const { compiler } = env;
  const layout = new RowLayout(0);
  const kept = outputOf(side)
    .filter(({ id }) => required.has(id))
    .map((column) => ({ id: column.id, column }));
  let store = -1;
  env.produce(side, {
    required: new Set(kept.map(({ id }) => id)),
    consume: (pipeline, scope) => {
      pipeline.name.push("PositionalJoin");
      keepRow(compiler, scope, layout, kept, () => {
        if (store < 0) store = compiler.addStore(Math.max(8, layout.stride), true);
        pipeline.stores.add(store);
        return store;
      });
    },
  });
  return { layout, store };
}
