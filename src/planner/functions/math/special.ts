/** The gamma function, neighbours of a double, division and remainder of doubles, rounding half to even. */
import { and, i32, num } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { hostNumber } from "../../ir/lower/host-call.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BOOLEAN, DOUBLE, INTEGER, REAL, type SqlType } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";
import { overload, overloads } from "../overload.ts";

const ofDoubles = (
  name: string,
  doc: string,
  examples: ScalarFunction["examples"],
  lower: (ctx: LowerContext, x: Ir, y: Ir) => Ir,
): ScalarFunction =>
  scalar({
    name,
    category: "numeric",
    doc,
    examples,
    resolve: overloads(overload([DOUBLE, DOUBLE], DOUBLE)),
    lower: (ctx, args) => {
      const [x, y] = args as [Operand, Operand];
      return operand("f64", ctx.b.let(lower(ctx, x.lo, y.lo)));
    },
  });

const floorQuotient = (x: Ir, y: Ir): Ir => num("f64.floor", num("f64.div", x, y));

const signbit: ScalarFunction = scalar({
  name: "signbit",
  category: "numeric",
  doc: "Whether the sign bit is set: of -0 too.",
  examples: [
    ["signbit(-1.5)", "true"],
    ["signbit('-0'::DOUBLE)", "true"],
  ],
  resolve: overloads(overload([DOUBLE], BOOLEAN), overload([REAL], BOOLEAN)),
  lower: ({ b }, [x]) => {
    const { rep, lo } = x as Operand;
    const double = rep === "f32" ? num("f64.promote_f32", lo) : lo;
    const sign = num(
      "i32.wrap_i64",
      num("i64.shr_u", num("i64.reinterpret_f64", double), { op: "const", type: "i64", value: 63n }),
    );
    return operand("i32", b.let(and(sign, i32(1))), { range: { min: 0n, max: 1n } });
  },
});

/** A function that JavaScript computes from numbers. */
const inHost = (
  name: string,
  doc: string,
  examples: ScalarFunction["examples"],
  signatures: readonly (readonly [readonly SqlType[], SqlType])[],
  more: { readonly aliases?: readonly string[]; readonly canFail?: boolean } = {},
): ScalarFunction =>
  hostScalar({
    name,
    category: "numeric",
    doc,
    examples,
    resolve: overloads(...signatures.map(([args, returns]) => overload(args, returns))),
    canFail: false,
    ...more,
  });

export const SPECIAL_FUNCTIONS: readonly ScalarFunction[] = [
  inHost("gamma", "The gamma function; an error at 0.", [["gamma(5)", "24.0"]], [[[DOUBLE], DOUBLE]], {
    canFail: true,
  }),
  inHost("lgamma", "The logarithm of the gamma function.", [["lgamma(2)", "0.0"]], [[[DOUBLE], DOUBLE]], {
    canFail: true,
  }),
  inHost(
    "nextafter",
    "The next floating point number after x in the direction of y.",
    [["nextafter(1::DOUBLE, 2::DOUBLE)", "1.0000000000000002"]],
    [
      [[DOUBLE, DOUBLE], DOUBLE],
      [[REAL, REAL], REAL],
    ],
  ),
  inHost(
    "round_even",
    "Rounds to so many digits behind the point, halves to the even neighbour.",
    [
      ["round_even(2.5, 0)", "2.0"],
      ["round_even(24.5, -1)", "20.0"],
    ],
    [[[DOUBLE, INTEGER], DOUBLE]],
    { aliases: ["roundbankers"] },
  ),
  signbit,
  ofDoubles("fdiv", "The quotient rounded down, as DOUBLE.", [["fdiv(-7, 2)", "-4.0"]], (_ctx, x, y) =>
    floorQuotient(x, y),
  ),
  ofDoubles(
    "fmod",
    "The remainder that has the divisor's sign, as DOUBLE.",
    [["fmod(-7, 2)", "1.0"]],
    ({ b }, x, y) => {
      const quotient = b.let(floorQuotient(x, y));
      return num("f64.sub", x, num("f64.mul", y, quotient));
    },
  ),
  scalar({
    name: "setseed",
    category: "numeric",
    doc: "Begins the numbers of random() anew; the seed lies between -1 and 1.",
    examples: [["setseed(0.5)", "NULL"]],
    resolve: overloads(overload([DOUBLE], { kind: "Null" })),
    volatility: "volatile",
    canFail: true,
    lower: (ctx, [seed]) => {
      const { lo } = seed as Operand;
      const { b } = ctx;
      ctx.fail(
        "type",
        "a seed lies between -1 and 1",
        num("i32.eqz", num("f64.le", num("f64.abs", lo), { op: "const", type: "f64", value: 1 })),
      );
      b.let(hostNumber("setseed", "i32", lo));
      return operand("i32", i32(0), { valid: i32(0) });
    },
  }),
];
