/** Functions of DOUBLE: roots, logarithms, trigonometry, tests. */
import { f64, num } from "../../ir/builder.ts";
import { hostNumber } from "../../ir/lower/host-call.ts";
import type { Ir } from "../../ir/ir.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BOOLEAN, DOUBLE } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";

type Check = { readonly when: (x: Ir) => Ir; readonly message: string };
type Examples = ScalarFunction["examples"];

const OF_DOUBLE = overloads(overload([DOUBLE], DOUBLE));

/** A function of one DOUBLE. */
function ofDouble(
  name: string,
  aliases: readonly string[],
  doc: string,
  examples: Examples,
  value: (x: Ir) => Ir,
  checks: readonly Check[] = [],
): ScalarFunction {
  return scalar({
    name,
    aliases,
    category: "numeric",
    doc,
    examples,
    resolve: OF_DOUBLE,
    canFail: checks.length > 0,
    lower: (ctx, [x]) => {
      const argument = ctx.b.let((x as { readonly lo: Ir }).lo);
      const given = { operand: x as Operand, type: DOUBLE };
      for (const { when, message } of checks) ctx.fail("type", message, when(argument), given);
      return operand("f64", ctx.b.let(value(argument)));
    },
  });
}

const host =
  (name: string) =>
  (x: Ir): Ir =>
    hostNumber(name, "f64", x);

const scaled =
  (factor: number) =>
  (x: Ir): Ir =>
    num("f64.mul", x, f64(factor));

/** 2 * ceil(|x| / 2) with the sign of x. */
const evenAway = (x: Ir): Ir =>
  num("f64.copysign", num("f64.mul", f64(2), num("f64.ceil", num("f64.mul", num("f64.abs", x), f64(0.5)))), x);

const noLogarithm: readonly Check[] = [
  { when: (x) => num("f64.lt", x, f64(0)), message: "cannot take the logarithm of a negative number" },
  { when: (x) => num("f64.eq", x, f64(0)), message: "cannot take the logarithm of zero" },
];
const outsideOne = (name: string): readonly Check[] => [
  { when: (x) => num("f64.gt", num("f64.abs", x), f64(1)), message: `${name} is undefined outside [-1, 1]` },
];

/** log(x) to base 10, log(base, x). */
const log: ScalarFunction = scalar({
  name: "log",
  category: "numeric",
  doc: "The logarithm to base 10, or to the base given first.",
  examples: [
    ["log(100)", "2.0"],
    ["log(2, 8)", "3.0"],
  ],
  resolve: overloads(overload([DOUBLE], DOUBLE), overload([DOUBLE, DOUBLE], DOUBLE)),
  canFail: true,
  lower: (ctx, args) => {
    const logarithm = (x: Ir): Ir => {
      for (const { when, message } of noLogarithm) ctx.fail("type", message, when(x));
      return ctx.b.let(hostNumber("log10", "f64", x));
    };
    const [first, second] = args.map((arg) => logarithm(arg.lo)) as [Ir, Ir | undefined];
    if (second === undefined) return operand("f64", first);
    ctx.fail("divide_by_zero", "the base of a logarithm must not be 1", num("f64.eq", first, f64(0)));
    return operand("f64", ctx.b.let(num("f64.div", second, first)));
  },
});

const atan2: ScalarFunction = scalar({
  name: "atan2",
  category: "numeric",
  doc: "The angle of the point (x, y), given y first.",
  examples: [["atan2(1, 2)", "0.4636476090008061"]],
  resolve: overloads(overload([DOUBLE, DOUBLE], DOUBLE)),
  lower: (ctx, args) => operand("f64", ctx.b.let(hostNumber("atan2", "f64", ...args.map((a) => a.lo)))),
});

const pi: ScalarFunction = scalar({
  name: "pi",
  category: "numeric",
  doc: "The number pi.",
  examples: [["pi()", "3.141592653589793"]],
  resolve: overloads(overload([], DOUBLE)),
  lower: () => operand("f64", f64(Math.PI)),
});

const random: ScalarFunction = scalar({
  name: "random",
  category: "numeric",
  doc: "A number from 0 up to 1 (excluded), another for every row.",
  examples: [["random() < 1", "true"]],
  resolve: overloads(overload([], DOUBLE)),
  volatility: "volatile",
  lower: (ctx) => operand("f64", ctx.b.let(hostNumber("random", "f64"))),
});

function test(name: string, doc: string, examples: Examples, value: (x: Ir) => Ir): ScalarFunction {
  return scalar({
    name,
    category: "numeric",
    doc,
    examples,
    resolve: overloads(overload([DOUBLE], BOOLEAN)),
    lower: (ctx: LowerContext, [x]) =>
      operand("i32", ctx.b.let(value((x as { readonly lo: Ir }).lo)), { range: { min: 0n, max: 1n } }),
  });
}

export const DOUBLE_FUNCTIONS: readonly ScalarFunction[] = [
  ofDouble("sqrt", [], "The square root.", [["sqrt(9)", "3.0"]], (x) => num("f64.sqrt", x), [
    { when: (x) => num("f64.lt", x, f64(0)), message: "cannot take the square root of a negative number" },
  ]),
  ofDouble(
    "even",
    [],
    "The next even number away from zero.",
    [
      ["even(2.9)", "4.0"],
      ["even(-2.1)", "-4.0"],
    ],
    evenAway,
  ),
  ofDouble("cbrt", [], "The cube root.", [["cbrt(8)", "2.0"]], host("cbrt")),
  ofDouble("exp", [], "e to the power of x.", [["exp(0)", "1.0"]], host("exp")),
  ofDouble("ln", [], "The natural logarithm.", [["ln(1)", "0.0"]], host("ln"), noLogarithm),
  ofDouble("log10", [], "The logarithm to base 10.", [["log10(1000)", "3.0"]], host("log10"), noLogarithm),
  ofDouble("log2", [], "The logarithm to base 2.", [["log2(8)", "3.0"]], host("log2"), noLogarithm),
  log,
  ofDouble("sin", [], "The sine.", [["sin(0)", "0.0"]], host("sin")),
  ofDouble("cos", [], "The cosine.", [["cos(0)", "1.0"]], host("cos")),
  ofDouble("tan", [], "The tangent.", [["tan(0)", "0.0"]], host("tan")),
  ofDouble("cot", [], "The cotangent.", [["cot(1)", "0.6420926159343306"]], (x) =>
    num("f64.div", f64(1), host("tan")(x)),
  ),
  ofDouble("asin", [], "The arc sine.", [["asin(0)", "0.0"]], host("asin"), outsideOne("asin")),
  ofDouble("acos", [], "The arc cosine.", [["acos(1)", "0.0"]], host("acos"), outsideOne("acos")),
  ofDouble("atan", [], "The arc tangent.", [["atan(0)", "0.0"]], host("atan")),
  atan2,
  ofDouble("sinh", [], "The hyperbolic sine.", [["sinh(0)", "0.0"]], host("sinh")),
  ofDouble("cosh", [], "The hyperbolic cosine.", [["cosh(0)", "1.0"]], host("cosh")),
  ofDouble("tanh", [], "The hyperbolic tangent.", [["tanh(0)", "0.0"]], host("tanh")),
  ofDouble("asinh", [], "The inverse hyperbolic sine.", [["asinh(0)", "0.0"]], host("asinh")),
  ofDouble("acosh", [], "The inverse hyperbolic cosine.", [["acosh(1)", "0.0"]], host("acosh")),
  ofDouble("atanh", [], "The inverse hyperbolic tangent.", [["atanh(0)", "0.0"]], host("atanh")),
  ofDouble("degrees", [], "Radians as degrees.", [["degrees(pi())", "180.0"]], scaled(180 / Math.PI)),
  ofDouble("radians", [], "Degrees as radians.", [["radians(180)", "3.141592653589793"]], scaled(Math.PI / 180)),
  pi,
  random,
  test("isnan", "Whether the value is NaN.", [["isnan('nan'::DOUBLE)", "true"]], (x) => num("f64.ne", x, x)),
];
