import { and, get, i32, num } from "../../planner/ir/builder.ts";
import { outputOf } from "../../planner/physical/columns.ts";
import type { AsofJoin } from "../../planner/physical/plan.ts";
import type { Consumer, Pipeline } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { countRow, emitCancelCheck } from "../codegen/pipeline.ts";
import { truth } from "../codegen/predicate.ts";
import { withColumnsOf } from "../codegen/required.ts";
import type { RowScope } from "../codegen/scope.ts";
import { operand } from "../../planner/ir/operand.ts";
import { emitMatches } from "./join/matches.ts";
import {
  compareKeys,
  compileSortedSide,
  rowOf,
  searchSorted,
  type SortedKey,
  type SortedSide,
} from "./join/sorted-side.ts";

/** The build side is sorted by equalities and order; the neighbour of a probe row's place in it is its only candidate. */
export const produceAsofJoin: Produce<"AsofJoin"> = (env, plan, consumer) => {
  const { compiler } = env;
  const keys: readonly SortedKey[] = [
    ...plan.equalities.map(({ build, nullSafe }) => ({ build, nullSafe })),
    { build: plan.order.build, nullSafe: false },
  ];
  const side = compileSortedSide(env, plan.build, keys, withColumnsOf(consumer.required, plan.residual), "AsofJoin");
  const counter = compiler.counter(env.nodeId(plan));
  const counted: Consumer = {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  };
  const probeExprs = [...plan.equalities.map(({ probe }) => probe), plan.order.probe];
  const probeIds = new Set(outputOf(plan.probe).map(({ id }) => id));
  const required = [...withColumnsOf(consumer.required, [...probeExprs, ...plan.residual])].filter((id) =>
    probeIds.has(id),
  );
  env.produce(plan.probe, {
    required: new Set(required),
    consume: (pipeline, scope) => {
      pipeline.name.push("AsofJoin");
      emitProbe(env, plan, side, keys, counted, pipeline, scope);
    },
  });
};

function emitProbe(
  env: CompileEnv,
  plan: AsofJoin,
  side: SortedSide,
  keys: readonly SortedKey[],
  consumer: Consumer,
  pipeline: Pipeline,
  scope: RowScope,
): void {
  const { compiler } = env;
  const { b } = scope;
  emitCancelCheck(b);
  const equal = plan.equalities.map(({ probe }) => compiler.lower(scope, probe));
  const probe = [...equal, compiler.lower(scope, plan.order.probe)];
  const valid = probe.flatMap((value, i) => (keys[i]?.nullSafe === true ? [] : (value.valid ?? [])));
  const { op } = plan.order;
  // probe >= build: the last row that is not after; probe > build: the last before; and the other way round.
  const backwards = op === ">=" || op === ">";
  const row = b.bind(i32(0), "buildRow");
  const at = b.bind(i32(0), "at");
  const take = (): void => {
    const candidate = rowOf(b, side, get(at));
    b.set(row, i32(0));
    b.if(candidate, () => {
      const same = equal.length === 0 ? i32(1) : num("i32.eqz", compareKeys(compiler, b, side, keys, candidate, equal));
      b.if(same, () => b.set(row, candidate));
    });
  };
  const find = (): void => {
    const place = searchSorted(compiler, b, side, keys, probe, op === ">=" || op === "<");
    // Before the first row there is number 2^32 - 1: none.
    b.set(at, backwards ? num("i32.sub", place, i32(1)) : place);
    take();
  };
  if (valid.length === 0) find();
  else b.if(b.let(valid.reduce(and)), find);
  const rows = { ...side, probeColumns: outputOf(plan.probe) };
  const matched = b.bind(i32(0), "matched");
  emitMatches(env, { join: plan.join, mark: undefined }, rows, consumer, pipeline, scope, {
    row,
    // The nearest row that matches is the only one.
    advance: () => {
      if (plan.residual.length === 0) return b.set(row, i32(0));
      b.if(
        get(matched),
        () => b.set(row, i32(0)),
        () => {
          b.set(at, num(backwards ? "i32.sub" : "i32.add", get(at), i32(1)));
          take();
        },
      );
    },
    matches: (inner) => {
      if (plan.residual.length === 0) return i32(1);
      b.set(matched, b.let(plan.residual.map((condition) => truth(compiler.lower(inner, condition))).reduce(and)));
      return get(matched);
    },
    mark: (found) => operand("i32", found),
  });
}
