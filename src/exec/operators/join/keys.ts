import { typeOf } from "../../../planner/expr/type-of.ts";
import { and, type FunctionBuilder, i32, i64, load, not, num, or } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import { compareOperands } from "../../../planner/ir/lower/compare.ts";
import { combineHash, hashOperand } from "../../../planner/ir/lower/hash.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { HashJoin } from "../../../planner/physical/plan.ts";
import type { SqlType } from "../../../planner/types/types.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { loadField } from "../../codegen/row-layout.ts";
import { type BuildSide, JOIN_ROW } from "./build-side.ts";

/** The value as one i64; only for i32 and i64 representations. */
export function asI64(b: FunctionBuilder, value: Operand): Ir {
  return value.rep === "i32" ? b.let(num("i64.extend_i32_s", value.lo)) : value.lo;
}

/** The hash of a list of values (i64): of one, or combined left to right. */
export function hashOperands(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  values: readonly Operand[],
  types: readonly SqlType[],
): Ir {
  if (compiler.options.constantHash || values.length === 0) return i64(0);
  const ctx = compiler.context(b);
  return values
    .map((value, i) => b.let(hashOperand(ctx, value, types[i] as SqlType)))
    .reduce((all, hash) => b.let(combineHash(all, hash)));
}

/** Whether a row's keys may equal others (i32): none of them is NULL but where NULLs are equal; undefined: they always may. */
export function validKeys(plan: HashJoin, values: readonly Operand[]): Ir | undefined {
  return plan.keys.reduce<Ir | undefined>((all, { nullSafe }, i) => {
    const own = nullSafe ? undefined : values[i]?.valid;
    return own === undefined ? all : all === undefined ? own : and(all, own);
  }, undefined);
}

export function hashKeys(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  plan: HashJoin,
  values: readonly Operand[],
  side: "probe" | "build",
): Ir {
  return hashOperands(
    compiler,
    b,
    values,
    plan.keys.map((key) => typeOf(key[side])),
  );
}

/** Whether two values are equal, NULLs only to NULLs when `nullSafe`; without it both are known not to be NULL. */
export function equalOperands(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  x: Operand,
  y: Operand,
  nullSafe: boolean,
): Ir {
  const equal = compareOperands(compiler.context(b), "=", x, y);
  if (!nullSafe || (x.valid === undefined && y.valid === undefined)) return equal;
  const [xValid, yValid] = [x.valid ?? i32(1), y.valid ?? i32(1)];
  return b.let(or(and(and(xValid, yValid), equal), and(not(xValid), not(yValid))));
}

/** Whether a build row has the probe row's keys. */
export function equalKeys(
  compiler: QueryCompiler,
  b: FunctionBuilder,
  plan: HashJoin,
  side: BuildSide,
  row: Ir,
  hash: Ir | undefined,
  probe: readonly Operand[],
): Ir {
  const tests = plan.keys.map(({ nullSafe }, i) => (): Ir => {
    const build = loadField(b, row, side.layout.field(side.keyFields[i] as number));
    return equalOperands(compiler, b, probe[i] as Operand, build, nullSafe);
  });
  if (hash !== undefined) tests.unshift(() => num("i64.eq", load("i64.load", row, JOIN_ROW.hash), hash));
  if (tests.length === 1) return (tests[0] as () => Ir)();
  const result = b.bind(i32(0), "equal");
  let then = (): void => b.set(result, i32(1));
  for (const test of tests.toReversed()) {
    const inner = then;
    then = () => b.if(test(), inner);
  }
  then();
  return { op: "get", type: "i32", local: result };
}
