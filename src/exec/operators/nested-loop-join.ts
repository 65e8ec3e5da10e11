import { and, get, i32, load, not, num, or, select } from "../../planner/ir/builder.ts";
import { operand } from "../../planner/ir/operand.ts";
import { conjunction } from "../../planner/optimize/predicates.ts";
import { outputOf } from "../../planner/physical/columns.ts";
import type { Consumer } from "../codegen/compiler.ts";
import type { Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { countRow, emitCancelCheck } from "../codegen/pipeline.ts";
import { withColumnsOf } from "../codegen/required.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import { JOIN_ROW } from "./join/build-side.ts";
import { emitBuildRows, emitMatches, MARKS_BUILD } from "./join/matches.ts";

/** Compares every probe row with every build row. */
export const produceNestedLoopJoin: Produce<"NestedLoopJoin"> = (env, plan, consumer) => {
  const { compiler } = env;
  const buildColumns = outputOf(plan.build);
  const needed = withColumnsOf(consumer.required, plan.conditions);
  const payload = buildColumns.filter(({ id }) => needed.has(id));
  const layout = new RowLayout(JOIN_ROW.bytes);
  let store = -1;
  env.produce(plan.build, {
    required: new Set(payload.map(({ id }) => id)),
    consume: (pipeline, scope) => {
      pipeline.name.push("NestedLoopJoin build");
      const row = keepRow(
        compiler,
        scope,
        layout,
        payload.map((column) => ({ id: column.id, column })),
        () => {
          if (store < 0) store = compiler.addStore(layout.stride, true);
          pipeline.stores.add(store);
          return store;
        },
      );
      scope.b.store("i32.store", row, i32(0), JOIN_ROW.matched);
    },
  });
  const slot = compiler.global(8);
  compiler.steps.push({ kind: "slice", slot, store, limit: undefined, offset: 0 });

  const counter = compiler.counter(env.nodeId(plan));
  const counted: Consumer = {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  };
  const side = { store, layout, columns: new Set(payload.map(({ id }) => id)), probeColumns: outputOf(plan.probe) };
  const probeIds = new Set(side.probeColumns.map(({ id }) => id));
  env.produce(plan.probe, {
    required: new Set([...needed].filter((id) => probeIds.has(id))),
    consume: (pipeline, scope) => {
      pipeline.name.push("NestedLoopJoin");
      const { b } = scope;
      emitCancelCheck(b);
      const rows = b.entry(load("i32.load", b.param(0), slot), `rows${slot}`);
      const count = b.entry(load("i32.load", b.param(0), slot + 4), `count${slot}`);
      const at = b.bind(i32(0), "at");
      // Row 0 behind the last one; the array has an entry more, so that it may be read.
      const current = (): ReturnType<typeof get> =>
        select(
          num("i32.lt_u", get(at), count),
          load("i32.load", num("i32.add", rows, num("i32.shl", get(at), i32(2)))),
          i32(0),
        );
      const row = b.bind(current(), "buildRow");
      const unknown = plan.join === "mark" ? b.bind(i32(0), "unknown") : undefined;
      emitMatches(env, plan, side, counted, pipeline, scope, {
        row,
        advance: () => {
          b.set(at, num("i32.add", get(at), i32(1)));
          b.set(row, current());
        },
        matches: (inner) => {
          if (plan.conditions.length === 0) return i32(1);
          const value = compiler.lower(inner, conjunction(plan.conditions));
          if (value.valid === undefined) return value.lo;
          if (unknown !== undefined) b.set(unknown, or(get(unknown), not(value.valid)));
          return and(value.valid, value.lo);
        },
        mark: (found) =>
          operand("i32", found, { valid: b.let(or(found, not(unknown === undefined ? i32(0) : get(unknown)))) }),
      });
    },
  });
  if (MARKS_BUILD.has(plan.join)) emitBuildRows(env, plan, side, counted);
};
