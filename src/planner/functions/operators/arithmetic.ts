/** `+ - * / // %`, negation and power on numbers; `+` and `-` hand dates and intervals to `date/arithmetic.ts`. */
import { num } from "../../ir/builder.ts";
import { power10, rescale } from "../../ir/lower/decimal.ts";
import { divide, exact, type ExactOp, negate as negateExact, rawRange } from "../../ir/lower/integer.ts";
import { hostNumber } from "../../ir/lower/host-call.ts";
import { INT128, typeRange, within } from "../../ir/lower/rep.ts";
import { type Operand, operand, type Range } from "../../ir/operand.ts";
import { DOUBLE, INTEGER, INTERVAL, isInteger, isNumeric, type SqlType } from "../../types/types.ts";
import { addTemporal, resolveAddTemporal, resolveSubtractTemporal, subtractTemporal } from "../date/arithmetic.ts";
import { divideInterval, multiplyInterval, negateInterval } from "../date/interval.ts";
import { returnsFloat, scalar, targetOf } from "../define.ts";
import type { LowerContext, ScalarFunction, Signature } from "../function.ts";
import { firstOf, overload, overloads, type Resolve } from "../overload.ts";
import { withBignum } from "./bignum.ts";
import { withUhugeint } from "./uhugeint.ts";
import { areNumbers, decimalProduct, decimalRemainder, decimalSum, doublePairs, numberPairs } from "./numeric-types.ts";

const numbersOnly =
  (resolve: Resolve): Resolve =>
  (types, literals) =>
    areNumbers(types) ? resolve(types, literals) : undefined;

const binary = (types: readonly SqlType[]): boolean => types.length === 2;
const ofTwo =
  (resolve: Resolve): Resolve =>
  (types, literals) =>
    binary(types) ? resolve(types, literals) : undefined;

/** Whether the operation can leave the result type, by the types alone. */
function canLeave(op: ExactOp, { args, returns }: Signature): boolean {
  if (returns.kind === "Real" || returns.kind === "Double" || (op === "add" && args.length === 1)) return false;
  if (args.length === 1) return returns.kind !== "Decimal";
  const limit = typeRange(returns);
  const ranges = args.map((type) => scaledRange(type, op === "mul" ? scaleOf(type) : scaleOf(returns)));
  const [a, b] = ranges;
  if (limit === undefined || a === undefined || b === undefined || !isNumeric(returns)) return true;
  return !within(rawRange(op, a, b), limit);
}

function scaledRange(type: SqlType, scale: number): Range | undefined {
  const range = typeRange(type);
  if (range === undefined || !isNumeric(type)) return undefined;
  const factor = power10(scale - scaleOf(type));
  return { min: range.min * factor, max: range.max * factor };
}

const scaleOf = (type: SqlType): number => (type.kind === "Decimal" ? type.scale : 0);

/** At the wanted scale, in the widest limits: the operation itself checks the result. */
function atScale(ctx: LowerContext, value: Operand, type: SqlType, scale: number): Operand {
  return rescale(ctx, value, scaleOf(type), scale, { range: INT128, rep: "i128", message: "overflow in DECIMAL" });
}

function floats(ctx: LowerContext, op: string, args: readonly Operand[], { returns }: Signature): Operand {
  const rep = returns.kind === "Real" ? "f32" : "f64";
  return operand(rep, ctx.b.let(num(`${rep}.${op}`, ...args.map((a) => a.lo))));
}

function numbers(
  ctx: LowerContext,
  op: ExactOp,
  what: string,
  args: readonly Operand[],
  signature: Signature,
): Operand {
  if (returnsFloat(signature)) return floats(ctx, op, args, signature);
  const scale = scaleOf(signature.returns);
  const [a, b] = (
    op === "mul" ? args : args.map((arg, i) => atScale(ctx, arg, signature.args[i] as SqlType, scale))
  ) as [Operand, Operand];
  return exact(ctx, op, a, b, targetOf(signature.returns, what));
}

export const add: ScalarFunction = withBignum(
  withUhugeint(
    scalar({
      name: "+",
      aliases: ["add"],
      category: "numeric",
      doc: "The sum. A date plus an integer counts days; plus an interval it is a timestamp.",
      examples: [
        ["1 + 2", "3"],
        ["1.5 + 2.25", "3.75"],
        ["DATE '1994-01-31' + INTERVAL 1 MONTH", "1994-02-28 00:00:00"],
        ["DATE '1994-01-31' + 1", "1994-02-01"],
        ["1 + NULL", "NULL"],
      ],
      resolve: firstOf(
        (types) =>
          types.length === 1 && isNumeric(types[0] as SqlType)
            ? { args: types, returns: types[0] as SqlType }
            : undefined,
        ofTwo(firstOf(decimalSum, numbersOnly(numberPairs), resolveAddTemporal)),
      ),
      canFail: (signature) => canLeave("add", signature),
      lower: (ctx, args, signature) =>
        args.length === 1
          ? (args[0] as Operand)
          : isNumeric(signature.returns)
            ? numbers(ctx, "add", "addition", args, signature)
            : addTemporal(ctx, args, signature),
    }),
    { two: "add" },
  ),
  { two: "bignum_add" },
  [["99999999999999999999999999999999999999::BIGNUM + 1", "100000000000000000000000000000000000000"]],
);

/** Unary minus. */
const resolveNegate: Resolve = (types) => {
  const [type] = types;
  if (type === undefined || types.length !== 1) return undefined;
  if (type.kind === "Null") return { args: [INTEGER], returns: INTEGER };
  return isNumeric(type) || type.kind === "Interval" ? { args: [type], returns: type } : undefined;
};

function lowerNegate(ctx: LowerContext, args: readonly Operand[], signature: Signature): Operand {
  const value = args[0] as Operand;
  if (value.rep === "interval") return negateInterval(ctx, value);
  if (returnsFloat(signature)) return floats(ctx, "neg", args, signature);
  return negateExact(ctx, value, targetOf(signature.returns, "negation"));
}

export const negate: ScalarFunction = withBignum(
  withUhugeint(
    scalar({
      name: "negate",
      category: "numeric",
      doc: "Unary minus.",
      examples: [
        ["negate(5)", "-5"],
        ["-(1.5)", "-1.5"],
      ],
      resolve: resolveNegate,
      canFail: (signature) => canLeave("sub", signature),
      lower: lowerNegate,
    }),
    { one: "negate" },
  ),
  { one: "bignum_negate" },
  [],
);

export const subtract: ScalarFunction = withBignum(
  withUhugeint(
    scalar({
      name: "-",
      aliases: ["subtract"],
      category: "numeric",
      doc: "The difference. Two dates differ by a number of days, two timestamps by an interval.",
      examples: [
        ["1 - 2", "-1"],
        ["0.06 - 0.01", "0.05"],
        ["DATE '1998-12-01' - INTERVAL 90 DAY", "1998-09-02 00:00:00"],
        ["DATE '1994-03-01' - DATE '1994-02-01'", "28"],
      ],
      resolve: firstOf(resolveNegate, ofTwo(firstOf(decimalSum, numbersOnly(numberPairs), resolveSubtractTemporal))),
      canFail: (signature) => canLeave("sub", signature),
      lower: (ctx, args, signature) => {
        if (args.length === 1) return lowerNegate(ctx, args, signature);
        return isNumeric(signature.returns) && isNumeric(signature.args[0] as SqlType)
          ? numbers(ctx, "sub", "subtraction", args, signature)
          : subtractTemporal(ctx, args, signature);
      },
    }),
    { one: "negate", two: "subtract" },
  ),
  { one: "bignum_negate", two: "bignum_subtract" },
  [],
);

export const multiply: ScalarFunction = withBignum(
  withUhugeint(
    scalar({
      name: "*",
      aliases: ["multiply"],
      category: "numeric",
      doc: "The product. The scale of a DECIMAL product is the sum of the scales.",
      examples: [
        ["6 * 7", "42"],
        ["1.5 * 1.5", "2.25"],
        ["INTERVAL 1 MONTH * 3", "3 months"],
      ],
      resolve: ofTwo(
        firstOf(
          decimalProduct,
          numbersOnly(numberPairs),
          overloads(
            overload([INTERVAL, { kind: "BigInt" }], INTERVAL),
            overload([INTERVAL, DOUBLE], INTERVAL),
            overload([{ kind: "BigInt" }, INTERVAL], INTERVAL),
            overload([DOUBLE, INTERVAL], INTERVAL),
          ),
        ),
      ),
      canFail: (signature) => canLeave("mul", signature),
      lower: (ctx, args, signature) => {
        if (signature.returns.kind !== "Interval") return numbers(ctx, "mul", "multiplication", args, signature);
        const [a, b] = args as [Operand, Operand];
        return a.rep === "interval" ? multiplyInterval(ctx, a, b) : multiplyInterval(ctx, b, a);
      },
    }),
    { two: "multiply" },
  ),
  { two: "bignum_multiply" },
  [],
);

export const divideExactly: ScalarFunction = withBignum(
  scalar({
    name: "/",
    category: "numeric",
    doc: "The quotient as a DOUBLE, or as a REAL where one operand is and none is a DOUBLE; infinite or NaN for a zero divisor.",
    examples: [
      ["1 / 2", "0.5"],
      ["1 / 0", "inf"],
      ["7.0 / 2", "3.5"],
    ],
    resolve: ofTwo(
      firstOf(
        (types) => (areNumbers(types) && types.some((t) => t.kind === "Real") ? doublePairs(types, []) : undefined),
        (types) => (areNumbers(types) ? { args: [DOUBLE, DOUBLE], returns: DOUBLE } : undefined),
        (types) =>
          types[0]?.kind === "Interval" && areNumbers(types.slice(1))
            ? { args: [INTERVAL, DOUBLE], returns: INTERVAL }
            : undefined,
      ),
    ),
    canFail: ({ returns }) => returns.kind === "Interval",
    lower: (ctx, args, signature) =>
      signature.returns.kind === "Interval"
        ? divideInterval(ctx, args[0] as Operand, args[1] as Operand)
        : floats(ctx, "div", args, signature),
  }),
  {},
  [],
);

export const divideInteger: ScalarFunction = withBignum(
  withUhugeint(
    scalar({
      name: "//",
      aliases: ["divide"],
      category: "numeric",
      doc: "Integer division, truncating towards zero; NULL for a zero divisor. On DOUBLE and DECIMAL plain division.",
      examples: [
        ["7 // 2", "3"],
        ["-7 // 2", "-3"],
        ["7 // 0", "NULL"],
      ],
      resolve: ofTwo(
        firstOf(
          (types, literals) =>
            areNumbers(types) && types.every((t) => isInteger(t) || t.kind === "Null")
              ? numberPairs(types, literals)
              : undefined,
          (types) => (areNumbers(types) ? { args: [DOUBLE, DOUBLE], returns: DOUBLE } : undefined),
        ),
      ),
      canFail: (signature) => !returnsFloat(signature),
      lower: (ctx, args, signature) =>
        returnsFloat(signature)
          ? floats(ctx, "div", args, signature)
          : divide(ctx, "div", args[0] as Operand, args[1] as Operand, targetOf(signature.returns, "division")),
    }),
    { two: "divide" },
  ),
  { two: "bignum_divide" },
  [],
);

/** a - trunc(a / b) * b, exact for what DOUBLE holds exactly. */
const floatRemainder = (ctx: LowerContext, args: readonly Operand[], { returns }: Signature): Operand => {
  const wide = args.map((a) => (a.rep === "f32" ? ctx.b.let(num("f64.promote_f32", a.lo)) : a.lo));
  const value = hostNumber("remainder", "f64", ...wide);
  return returns.kind === "Real"
    ? operand("f32", ctx.b.let(num("f32.demote_f64", value)))
    : operand("f64", ctx.b.let(value));
};

export const remainder: ScalarFunction = withBignum(
  withUhugeint(
    scalar({
      name: "%",
      aliases: ["mod"],
      category: "numeric",
      doc: "The remainder, with the sign of the dividend; NULL for a zero divisor of exact numbers.",
      examples: [
        ["7 % 3", "1"],
        ["-7 % 3", "-1"],
        ["7 % 0", "NULL"],
        ["11.25 % 2", "1.25"],
      ],
      resolve: ofTwo(firstOf(decimalRemainder, numbersOnly(numberPairs))),
      canFail: (signature) => !returnsFloat(signature),
      lower: (ctx, args, signature) => {
        if (returnsFloat(signature)) return floatRemainder(ctx, args, signature);
        const scale = scaleOf(signature.returns);
        const [a, b] = args.map((arg, i) => atScale(ctx, arg, signature.args[i] as SqlType, scale)) as [
          Operand,
          Operand,
        ];
        return divide(ctx, "rem", a, b, targetOf(signature.returns, "remainder"));
      },
    }),
    { two: "remainder" },
  ),
  { two: "bignum_remainder" },
  [],
);

export const power: ScalarFunction = withBignum(
  scalar({
    name: "^",
    aliases: ["**", "pow", "power"],
    category: "numeric",
    doc: "`x` raised to the power of `y`, as DOUBLE.",
    examples: [
      ["2 ^ 10", "1024.0"],
      ["power(2, 0.5)", "1.4142135623730951"],
    ],
    resolve: ofTwo((types) => (areNumbers(types) ? { args: [DOUBLE, DOUBLE], returns: DOUBLE } : undefined)),
    lower: (ctx, args) => operand("f64", ctx.b.let(hostNumber("pow", "f64", ...args.map((a) => a.lo)))),
  }),
  {},
  [],
);
