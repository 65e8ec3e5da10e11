import { and, i32, num } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { outputOf } from "../../planner/physical/columns.ts";
import type { AsofJoin } from "../../planner/physical/plan.ts";
import type { Consumer, Pipeline } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { countRow, emitCancelCheck } from "../codegen/pipeline.ts";
import { withColumnsOf } from "../codegen/required.ts";
import type { RowScope } from "../codegen/scope.ts";
import { operand } from "../../planner/ir/operand.ts";
import { emitMatches } from "./join/matches.ts";
import { compareKeys, compileSortedSide, rowOf, searchSorted, type SortedKey, type SortedSide } from "./join/sorted-side.ts";

/** The build side is sorted by equalities and order; the neighbour of a probe row's place in it is its only candidate. */
export const produceAsofJoin: Produce<"AsofJoin"> = (env, plan, consumer) => {
  const { compiler } = env;
  const keys: readonly SortedKey[] = [
    ...plan.equalities.map(({ build, nullSafe }) => ({ build, nullSafe })),
    { build: plan.order.build, nullSafe: false },
  ];
  const side = compileSortedSide(env, plan.build, keys, consumer.required, "AsofJoin");
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
  const required = [...withColumnsOf(consumer.required, probeExprs)].filter((id) => probeIds.has(id));
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
  const row = b.bind(i32(0), "buildRow");
  const find = (): void => {
    const { op } = plan.order;
    // probe >= build: the last row that is not after; probe > build: the last before; and the other way round.
    const place = searchSorted(compiler, b, side, keys, probe, op === ">=" || op === "<");
    const backwards = op === ">=" || op === ">";
    const candidate = rowOf(b, side, backwards ? b.let(num("i32.sub", place, i32(1))) : place);
    b.if(candidate, () => {
      const same: Ir =
        equal.length === 0 ? i32(1) : num("i32.eqz", compareKeys(compiler, b, side, keys, candidate, equal));
      b.if(same, () => b.set(row, candidate));
    });
  };
  if (valid.length === 0) find();
  else b.if(b.let(valid.reduce(and)), find);
  const rows = { ...side, probeColumns: outputOf(plan.probe) };
  emitMatches(env, { join: plan.join, mark: undefined }, rows, consumer, pipeline, scope, {
    row,
    advance: () => b.set(row, i32(0)),
    matches: () => i32(1),
    mark: (found) => operand("i32", found),
  });
}
