/** Random IR expressions over two i32, two i64 and two f64 parameters. */
import fc from "fast-check";
import { f64, get, i32, i64, num, select } from "../../../src/planner/ir/builder.ts";
import type { Ir, Local, ValueType } from "../../../src/planner/ir/ir.ts";

type Type = "i32" | "i64" | "f64" | "f32";
type Op = { readonly name: string; readonly args: readonly Type[]; readonly result: Type };

const binary = (type: Type, names: string): Op[] =>
  names.split(" ").map((n) => ({ name: `${type}.${n}`, args: [type, type], result: type }));
const unary = (type: Type, names: string): Op[] =>
  names.split(" ").map((n) => ({ name: `${type}.${n}`, args: [type], result: type }));
const compare = (type: Type, names: string): Op[] =>
  names.split(" ").map((n) => ({ name: `${type}.${n}`, args: [type, type], result: "i32" }));
const convert = (result: Type, from: Type, ...names: string[]): Op[] =>
  names.map((n) => ({ name: `${result}.${n}`, args: [from], result }));

const INTEGER = "add sub mul and or xor shl shr_s shr_u rotl rotr div_s div_u rem_s rem_u";
const INTEGER_COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u";
const FLOAT_COMPARE = "eq ne lt gt le ge";

export const OPS: readonly Op[] = [
  ...binary("i32", INTEGER),
  ...binary("i64", INTEGER),
  ...unary("i32", "clz ctz popcnt eqz extend8_s extend16_s"),
  ...unary("i64", "clz ctz popcnt extend8_s extend16_s extend32_s"),
  ...convert("i32", "i64", "wrap_i64"),
  { name: "i64.eqz", args: ["i64"], result: "i32" },
  ...compare("i32", INTEGER_COMPARE),
  ...compare("i64", INTEGER_COMPARE),
  // The sign and bits of a NaN are free: nothing here looks at them.
  ...binary("f64", "add sub mul div min max"),
  ...unary("f64", "abs neg ceil floor trunc nearest sqrt"),
  ...compare("f64", FLOAT_COMPARE),
  ...binary("f32", "add sub mul div"),
  ...compare("f32", FLOAT_COMPARE),
  ...convert("i64", "i32", "extend_i32_s", "extend_i32_u"),
  ...convert("f64", "i32", "convert_i32_s", "convert_i32_u"),
  ...convert("f64", "i64", "convert_i64_s", "convert_i64_u"),
  ...convert("f32", "i32", "convert_i32_s", "convert_i32_u"),
  ...convert("f32", "i64", "convert_i64_s", "convert_i64_u"),
  ...convert("f32", "f64", "demote_f64"),
  ...convert("f64", "f32", "promote_f32"),
  ...convert("i32", "f64", "trunc_sat_f64_s", "trunc_sat_f64_u", "trunc_f64_s"),
  ...convert("i64", "f64", "trunc_sat_f64_s", "trunc_sat_f64_u", "trunc_f64_u"),
  ...convert("f64", "i64", "reinterpret_i64"),
];

export const PARAMS: readonly ValueType[] = ["i32", "i32", "i64", "i64", "f64", "f64"];

const constants: { readonly [T in Type]: fc.Arbitrary<Ir> } = {
  i32: fc.oneof(fc.constantFrom(0, 1, -1, 31, 32, 2 ** 31 - 1, -(2 ** 31)), fc.integer()).map(i32),
  i64: fc
    .oneof(
      fc.constantFrom(0n, 1n, -1n, 63n, 64n, 2n ** 63n - 1n, -(2n ** 63n)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    )
    .map(i64),
  f64: fc.double().map(f64),
  f32: fc.float().map((value) => ({ op: "const", type: "f32", value }) as const),
};

/** An expression of `result` type over the given parameters. */
export function irOf(result: Type, params: readonly Local[], depth: number): fc.Arbitrary<Ir> {
  const leaves = [constants[result], ...params.filter((p) => p.type === result).map((p) => fc.constant(get(p)))];
  if (depth === 0) return fc.oneof(...leaves);
  const ops = OPS.filter((op) => op.result === result);
  const calls = fc
    .constantFrom(...ops)
    .chain((op) =>
      fc.tuple(...op.args.map((type) => irOf(type, params, depth - 1))).map((args) => num(op.name, ...args)),
    );
  const selects = fc
    .tuple(
      irOf("i32", params, depth - 1),
      irOf(result, params, depth - 1),
      irOf(result, params, depth - 1),
      fc.boolean(),
    )
    .map(([cond, then, otherwise, lazy]): Ir =>
      lazy ? { op: "ifelse", type: result, cond, then, otherwise } : select(cond, then, otherwise),
    );
  return fc.oneof(
    { weight: 1, arbitrary: fc.oneof(...leaves) },
    { weight: 6, arbitrary: calls },
    { weight: 1, arbitrary: selects },
  );
}
