/** abs, sign, floor, ceil, trunc, round. */
import { f32, f64, i32, i64, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { divideRounding, power10, roundAway } from "../../ir/lower/decimal.ts";
import { absolute, divide, exact, narrowWide, wordsOfOperand } from "../../ir/lower/integer.ts";
import { integerConstant, isIntegerRep, rangeOf, repOf, toRep } from "../../ir/lower/rep.ts";
import { addWords, lessWords, subWords, words } from "../../ir/lower/wide.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { DOUBLE, INTEGER, isInteger, isNumeric, type SqlType } from "../../types/types.ts";
import { returnsFloat, scalar, targetOf } from "../define.ts";
import { callNested } from "../nested/host-function.ts";
import { withBignum } from "../operators/bignum.ts";
import type { LowerContext, ScalarFunction, Signature } from "../function.ts";
import type { Resolve } from "../overload.ts";

/** One number, kept in its type; untyped NULL is a DOUBLE. */
const sameNumber: Resolve = (types) => {
  const [type] = types;
  if (type === undefined || types.length !== 1) return undefined;
  if (type.kind === "Null") return { args: [DOUBLE], returns: DOUBLE };
  return isNumeric(type) ? { args: [type], returns: type } : undefined;
};

function floatOp(ctx: LowerContext, name: string, value: Operand): Operand {
  return operand(value.rep, ctx.b.let(num(`${value.rep}.${name}`, value.lo)));
}

export const abs: ScalarFunction = withBignum(
  scalar({
    name: "abs",
    aliases: ["@"],
    category: "numeric",
    doc: "The absolute value.",
    examples: [
      ["abs(-17)", "17"],
      ["abs(-1.5)", "1.5"],
    ],
    resolve: sameNumber,
    canFail: ({ returns }) => isInteger(returns),
    lower: (ctx, [value], signature) =>
      returnsFloat(signature)
        ? floatOp(ctx, "abs", value as Operand)
        : signature.returns.kind === "UHugeInt"
          ? (value as Operand)
          : absolute(ctx, value as Operand, targetOf(signature.returns, "abs")),
  }),
  { one: "bignum_abs" },
  [],
);

export const sign: ScalarFunction = scalar({
  name: "sign",
  category: "numeric",
  doc: "-1, 0 or 1 by the sign; 0 for NaN.",
  examples: [
    ["sign(-349)", "-1"],
    ["sign(0.0)", "0"],
  ],
  resolve: (types, literals) => {
    const returns: SqlType = { kind: "TinyInt" };
    if (types.length === 1 && types[0]?.kind === "UHugeInt") return { args: [DOUBLE], returns };
    const signature = sameNumber(types, literals);
    return signature === undefined ? undefined : { ...signature, returns };
  },
  lower: (ctx, [value]) => {
    const { rep, lo, hi } = value as Operand;
    const range = { min: -1n, max: 1n };
    const difference = (above: Ir, below: Ir): Operand =>
      operand("i32", ctx.b.let(num("i32.sub", above, below)), { range });
    if (rep === "f32" || rep === "f64") {
      const zero = rep === "f32" ? f32(0) : f64(0);
      return difference(num(`${rep}.gt`, lo, zero), num(`${rep}.lt`, lo, zero));
    }
    if (rep === "i128") {
      const x = { lo, hi: hi as Ir };
      return difference(lessWords(words(0n), x), lessWords(x, words(0n)));
    }
    const zero = rep === "i32" ? i32(0) : i64(0);
    return difference(num(`${rep}.gt_s`, lo, zero), num(`${rep}.lt_s`, lo, zero));
  },
});

/** Integers become DOUBLE (as they are) for floor and ceil; a decimal loses its scale. */
const withoutFraction: Resolve = (types, literals) => {
  const signature = sameNumber(types, literals);
  const type = signature?.returns;
  if (type === undefined) return undefined;
  if (type.kind === "Decimal") return { args: [type], returns: { ...type, scale: 0 } };
  return isInteger(type) ? { args: [DOUBLE], returns: DOUBLE } : signature;
};

const scaleOf = (type: SqlType | undefined): number => (type?.kind === "Decimal" ? type.scale : 0);

/** Division of an unscaled decimal by 10^digits towards minus or plus infinity, or zero. */
function dropDigits(ctx: LowerContext, value: Operand, digits: number, direction: "floor" | "ceil" | "trunc"): Operand {
  if (digits === 0) return value;
  const { b } = ctx;
  const unit = power10(digits);
  const widest = { range: { min: -(2n ** 127n), max: 2n ** 127n - 1n }, rep: "i128", message: "" } as const;
  const by = integerConstant(unit, "i64");
  const quotient = divide(ctx, "div", value, by, widest);
  const truncated = { ...quotient, valid: undefined };
  if (direction === "trunc") return truncated;
  const remainder = toRep(b, { ...divide(ctx, "rem", value, by, widest), valid: undefined }, "i128");
  const rest = { lo: remainder.lo, hi: remainder.hi as Ir };
  const step = direction === "floor" ? lessWords(rest, words(0n)) : lessWords(words(0n), rest);
  const one = { lo: b.let(num("i64.extend_i32_u", step)), hi: i64(0) };
  const x = wordsOfOperand(ctx, truncated);
  const moved = direction === "floor" ? subWords(b, x, one) : addWords(b, x, one);
  const { min, max } = rangeOf(truncated);
  return narrowWide(operand("i128", moved.lo, { hi: moved.hi, range: { min: min - 1n, max: max + 1n } }));
}

function integral(
  name: "floor" | "ceil",
  aliases: readonly string[],
  doc: string,
  examples: ScalarFunction["examples"],
): ScalarFunction {
  return scalar({
    name,
    aliases,
    category: "numeric",
    doc,
    examples,
    resolve: withoutFraction,
    lower: (ctx, [value], signature) => {
      if (returnsFloat(signature)) return floatOp(ctx, name, value as Operand);
      return dropDigits(ctx, value as Operand, scaleOf(signature.args[0]), name);
    },
  });
}

export const floor: ScalarFunction = integral("floor", [], "The largest whole number not above the value.", [
  ["floor(17.4)", "17"],
  ["floor(-17.4)", "-18"],
]);
export const ceil: ScalarFunction = integral("ceil", ["ceiling"], "The smallest whole number not below the value.", [
  ["ceil(17.4)", "18"],
  ["ceil(-17.4)", "-17"],
]);
const asNumber = (value: unknown): number | undefined =>
  typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;

/** Constant digits are part of a decimal's type; computed ones leave it as it is. */
const resolveRound: Resolve = (types, literals) => {
  const signature = sameNumber(types.slice(0, 1), literals);
  const type = signature?.returns;
  if (type === undefined || types.length > 2) return undefined;
  if (types[1] !== undefined && !isInteger(types[1]) && types[1].kind !== "Null") return undefined;
  const args = types.length === 2 ? [type, INTEGER] : [type];
  const digits = types.length === 1 ? 0 : asNumber(literals[1]);
  if (type.kind !== "Decimal" || digits === undefined) return { args, returns: type };
  return { args, returns: { ...type, scale: Math.max(0, Math.min(digits, type.scale)) } };
};

/** The digits where they are constant. */
const constantDigits = (ctx: LowerContext, digitsArg: Operand | undefined): number | undefined =>
  digitsArg === undefined ? 0 : asNumber(ctx.literal(1));

/** Half away from zero, to a power of ten that may be above 1. */
function roundExact(ctx: LowerContext, value: Operand, { args, returns }: Signature, digits: number): Operand {
  const from = scaleOf(args[0]);
  if (digits >= from) return value;
  // Nothing that has at most 38 digits is half as large.
  if (from - digits > 38) return integerConstant(0n, "i64");
  const rounded = divideRounding(ctx, value, power10(from - digits));
  if (digits >= 0) return rounded;
  return exact(
    ctx,
    "mul",
    rounded,
    integerConstant(power10(Math.min(-digits, 38)), "i128"),
    targetOf(returns, "rounding"),
  );
}

/** round(x * 10^digits) / 10^digits; the value itself where that leaves the range of DOUBLE. */
function roundDouble(ctx: LowerContext, value: Operand, digits: number): Operand {
  const { b } = ctx;
  const wide = toRep(b, value, "f64").lo;
  // No number is that large.
  if (digits < -308) return operand(value.rep, value.rep === "f32" ? f32(0) : f64(0));
  const unit = f64(10 ** Math.abs(digits));
  const scaled = b.let(num(digits < 0 ? "f64.div" : "f64.mul", wide, unit));
  const back = b.let(num(digits < 0 ? "f64.mul" : "f64.div", roundAway(b, scaled), unit));
  const isFinite = num("f64.lt", num("f64.abs", back), f64(Number.POSITIVE_INFINITY));
  const result = b.let(digits === 0 ? back : select(isFinite, back, wide));
  return value.rep === "f32" ? operand("f32", b.let(num("f32.demote_f64", result))) : operand("f64", result);
}

export const round: ScalarFunction = scalar({
  name: "round",
  category: "numeric",
  doc: "Rounded to so many digits behind the point (none by default, negative: before it), half away from zero.",
  examples: [
    ["round(42.4332, 2)", "42.43"],
    ["round(2.5)", "3"],
    ["round(-2.5::DOUBLE)", "-3.0"],
    ["round(155, -1)", "160"],
    ["round(123.456::DOUBLE, 2)", "123.46"],
    ["round(123.456::DOUBLE, length('ab')::INTEGER)", "123.46"],
  ],
  resolve: resolveRound,
  canFail: ({ args, returns }) => args.length === 2 && !returnsFloat({ args, returns }),
  lower: (ctx, [value, digitsArg], signature) => {
    const digits = constantDigits(ctx, digitsArg);
    const x = value as Operand;
    if (digits === undefined) return callNested(ctx, "round", [x, digitsArg as Operand], signature);
    if (returnsFloat(signature)) return roundDouble(ctx, x, digits);
    return isIntegerRep(repOf(signature.returns))
      ? toNatural(ctx, roundExact(ctx, x, signature, digits), signature.returns)
      : x;
  },
});

/** INTEGER and narrower are held in i32. */
function toNatural(ctx: LowerContext, value: Operand, type: SqlType): Operand {
  return repOf(type) === "i32" ? toRep(ctx.b, value, "i32") : value;
}

/** trunc(x * 10^digits) / 10^digits. */
function truncDouble(ctx: LowerContext, value: Operand, digits: number): Operand {
  if (digits === 0) return floatOp(ctx, "trunc", value);
  const { b } = ctx;
  const unit = f64(10 ** Math.abs(digits));
  const wide = toRep(b, value, "f64").lo;
  const scaled = num(digits < 0 ? "f64.div" : "f64.mul", wide, unit);
  const back = b.let(num(digits < 0 ? "f64.mul" : "f64.div", num("f64.trunc", scaled), unit));
  return value.rep === "f32" ? operand("f32", b.let(num("f32.demote_f64", back))) : operand("f64", back);
}

export const trunc: ScalarFunction = scalar({
  name: "trunc",
  category: "numeric",
  doc: "Cut to so many digits behind the point (none by default, negative: before it).",
  examples: [
    ["trunc(17.8)", "17"],
    ["trunc(-17.8)", "-17"],
    ["trunc(1.55, 1)", "1.5"],
    ["trunc(155, -1)", "150"],
  ],
  resolve: resolveRound,
  canFail: ({ args }) => args.length === 2,
  lower: (ctx, [value, digitsArg], signature) => {
    const digits = constantDigits(ctx, digitsArg);
    const x = value as Operand;
    if (digits === undefined) return callNested(ctx, "trunc", [x, digitsArg as Operand], signature);
    if (returnsFloat(signature)) return truncDouble(ctx, x, digits);
    const from = scaleOf(signature.args[0]);
    if (digits >= from) return x;
    const cut = dropDigits(ctx, x, Math.min(from - digits, 38), "trunc");
    if (digits >= 0) return cut;
    const unit = integerConstant(power10(Math.min(-digits, 38)), "i128");
    return toNatural(ctx, exact(ctx, "mul", cut, unit, targetOf(signature.returns, "trunc")), signature.returns);
  },
});

export const ROUNDING: readonly ScalarFunction[] = [abs, sign, floor, ceil, trunc, round];
