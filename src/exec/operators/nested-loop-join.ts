import type { Expr } from "../../planner/expr/expr.ts";
import { and, get, i32, load, not, num, or, select } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { operand } from "../../planner/ir/operand.ts";
import { outputOf } from "../../planner/physical/columns.ts";
import type { NestedLoopJoin } from "../../planner/physical/plan.ts";
import type { Consumer } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { countRow, emitCancelCheck } from "../codegen/pipeline.ts";
import { withColumnsOf } from "../codegen/required.ts";
import { RowLayout } from "../codegen/row-layout.ts";
import type { RowScope } from "../codegen/scope.ts";
import { JOIN_ROW } from "./join/build-side.ts";
import { emitBuildRows, emitMatches, MARKS_BUILD } from "./join/matches.ts";
import { arrayOf, compileSortedSide, searchSorted, type SortedKey, type SortedSide } from "./join/sorted-side.ts";
import { isSameInRounds } from "./recursion/rounds.ts";

/**
 * Compares every probe row with every build row; with a range only with those between two places of the sorted build side, found
 * by binary search. All conditions are evaluated for each pair either way.
 */
export const produceNestedLoopJoin: Produce<"NestedLoopJoin"> = (env, plan, consumer) => {
  const { compiler } = env;
  const needed = withColumnsOf(consumer.required, plan.conditions);
  const isSame = !MARKS_BUILD.has(plan.join) && isSameInRounds(env, plan.build);
  const compileBuild = (): Build => compileBuildRows(env, plan, needed);
  const build = isSame ? compiler.beforeLoop(compileBuild) : compileBuild();
  const counter = compiler.counter(env.nodeId(plan));
  const counted: Consumer = {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  };
  const { slot, store, layout, columns } = build;
  const side = { store, layout, columns, probeColumns: outputOf(plan.probe) };
  const probeIds = new Set(side.probeColumns.map(({ id }) => id));
  env.produce(plan.probe, {
    required: new Set([...needed].filter((id) => probeIds.has(id))),
    consume: (pipeline, scope) => {
      pipeline.name.push("NestedLoopJoin");
      const { b } = scope;
      emitCancelCheck(b);
      const rows = b.entry(load("i32.load", b.param(0), slot), `rows${slot}`);
      const { from, to } = emitRange(env, plan, build, scope);
      const at = b.bind(from, "at");
      // Row 0 behind the last one; the array has an entry more, so that it may be read.
      const current = (): Ir =>
        select(
          num("i32.lt_u", get(at), to),
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

type Build = {
  /** {u32 array, u32 count} of the rows' addresses in the global block. */
  readonly slot: number;
  readonly store: number;
  readonly layout: RowLayout;
  readonly columns: ReadonlySet<number>;
  readonly sorted: { readonly side: SortedSide; readonly keys: readonly SortedKey[] } | undefined;
};

function compileBuildRows(env: CompileEnv, plan: NestedLoopJoin, needed: ReadonlySet<number>): Build {
  const { compiler } = env;
  const [bound] = plan.range;
  if (bound !== undefined) {
    // Rows without a place in the order come last: the conditions see to them.
    const keys = [{ build: bound.build, nullSafe: true }];
    const side = compileSortedSide(env, plan.build, keys, needed, "NestedLoopJoin");
    return { slot: side.slot, store: side.store, layout: side.layout, columns: side.columns, sorted: { side, keys } };
  }
  const payload = outputOf(plan.build).filter(({ id }) => needed.has(id));
  const layout = new RowLayout(JOIN_ROW.bytes);
  let store = -1;
  env.produce(plan.build, {
    required: new Set(payload.map(({ id }) => id)),
    consume: (pipeline, scope) => {
      pipeline.name.push("NestedLoopJoin build");
      const kept = payload.map((column) => ({ id: column.id, column }));
      const row = keepRow(compiler, scope, layout, kept, () => {
        if (store < 0) store = compiler.addStore(layout.stride, true);
        pipeline.stores.add(store);
        return store;
      });
      scope.b.store("i32.store", row, i32(0), JOIN_ROW.matched);
    },
  });
  const slot = compiler.global(8);
  compiler.steps.push({ kind: "slice", slot, store, limit: undefined, offset: 0 });
  return { slot, store, layout, columns: new Set(payload.map(({ id }) => id)), sorted: undefined };
}

/** The places in the array between which a probe row's candidates lie; none where a bound is NULL. */
function emitRange(
  { compiler }: CompileEnv,
  plan: NestedLoopJoin,
  { slot, sorted }: Build,
  scope: RowScope,
): { readonly from: Ir; readonly to: Ir } {
  const { b } = scope;
  if (sorted === undefined)
    return { from: i32(0), to: b.entry(load("i32.load", b.param(0), slot + 4), `count${slot}`) };
  const { side, keys } = sorted;
  const from = b.bind(i32(0), "from");
  const to = b.bind(arrayOf(b, side).count, "to");
  for (const { probe, op } of plan.range) {
    const value = compiler.lower(scope, probe);
    // probe > build: all rows before its place; probe < build: all from its place on.
    const search = (): void => {
      const place = searchSorted(compiler, b, side, keys, [value], op === ">=" || op === "<");
      b.set(op === ">" || op === ">=" ? to : from, place);
    };
    if (value.valid === undefined) search();
    else b.if(value.valid, search, () => b.set(to, i32(0)));
  }
  return { from: get(from), to: get(to) };
}

function conjunction(conditions: readonly Expr[]): Expr {
  const [first] = conditions;
  return conditions.length === 1 && first !== undefined ? first : { kind: "And", args: conditions };
}
