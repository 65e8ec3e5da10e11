/** Changing the scale of decimals, and decimals as DOUBLE. */
import type { LowerContext } from "../../functions/function.ts";
import { hostNumber } from "./host-call.ts";
import { and, f64, get, i32, i64, num, select, type FunctionBuilder } from "../builder.ts";
import type { Ir } from "../ir.ts";
import { type Operand, operand, type Range } from "../operand.ts";
import { exact, narrowWide, outside, type Target, wordsOfOperand } from "./integer.ts";
import { asI64, INT64, integerConstant, integerToDouble, rangeOf, within } from "./rep.ts";
import { addWords, divideWide, selectWords, subWords, words } from "./wide.ts";

export const power10 = (digits: number): bigint => 10n ** BigInt(digits);

/** The same number at another scale; rounds half away from zero when digits are lost; checked against the target. */
export function rescale(ctx: LowerContext, value: Operand, from: number, to: number, target: Target): Operand {
  if (to >= from) {
    if (to === from && within(rangeOf(value), target.range)) return value;
    return exact(ctx, "mul", value, integerConstant(power10(to - from), "i64"), target);
  }
  const rounded = divideRounding(ctx, value, power10(from - to));
  if (within(rangeOf(rounded), target.range)) return rounded;
  return exact(ctx, "add", rounded, integerConstant(0n, "i64"), target);
}

/** value / divisor rounded half away from zero; the divisor is a positive constant. */
export function divideRounding(ctx: LowerContext, value: Operand, divisor: bigint): Operand {
  const { min, max } = rangeOf(value);
  const half = divisor / 2n;
  const round = (v: bigint): bigint => (v < 0n ? (v - half) / divisor : (v + half) / divisor);
  const range: Range = { min: round(min), max: round(max) };
  if (within({ min: min - half, max: max + half }, INT64) && divisor <= INT64.max) {
    const x = asI64(ctx.b, value);
    const shifted =
      min >= 0n
        ? num("i64.add", x, i64(half))
        : select(num("i64.lt_s", x, i64(0)), num("i64.sub", x, i64(half)), num("i64.add", x, i64(half)));
    return operand("i64", ctx.b.let(num("i64.div_s", shifted, i64(divisor))), { range });
  }
  const x = wordsOfOperand(ctx, value);
  const isNegative = num("i64.lt_s", x.hi, i64(0));
  const shifted = selectWords(ctx.b, isNegative, subWords(ctx.b, x, words(half)), addWords(ctx.b, x, words(half)));
  const by = words(divisor);
  const [lo, hi] = ctx.b.callMulti(divideWide(ctx), shifted.lo, shifted.hi, by.lo, by.hi) as [Ir, Ir];
  return narrowWide(operand("i128", lo, { hi, range }));
}

/** An unscaled decimal as the nearest DOUBLE. */
export function decimalToDouble(ctx: LowerContext, value: Operand, scale: number): Ir {
  if (scale === 0) return integerToDouble(ctx.b, value);
  const power = f64(Number(power10(scale)));
  const exactBelow = 2n ** 53n;
  if (scale <= EXACT_POWER && within(rangeOf(value), { min: -exactBelow, max: exactBelow })) {
    return ctx.b.let(num("f64.div", integerToDouble(ctx.b, value), power));
  }
  const { b } = ctx;
  const double = b.let(integerToDouble(b, value));
  const result = b.bind(num("f64.div", double, power));
  // Beyond 53 bits one more rounding would show.
  const isInexact = scale > EXACT_POWER ? i32(1) : num("f64.ge", num("f64.abs", double), f64(2 ** 53));
  b.if(isInexact, () => {
    const { lo, hi } = wordsOfOperand(ctx, value);
    b.set(result, hostNumber("decimal_to_double", "f64", lo, hi, i32(scale)));
  });
  return get(result);
}

/** The greatest power of ten that a DOUBLE holds exactly. */
const EXACT_POWER = 22;

/**
 * The integer nearest to a DOUBLE, ties to even; `finite` says where it is one within the limits (not NaN), elsewhere the
 * value is arbitrary.
 */
export function doubleToInteger(
  ctx: LowerContext,
  value: Ir,
  limit: Range,
): { readonly value: Operand; readonly inside: Ir } {
  const { b } = ctx;
  const rounded = b.let(num("f64.nearest", value));
  // A bound that has no double of its own is rounded outwards: the double itself is then outside already.
  const compare = (op: "g" | "l", bound: bigint): Ir => {
    const nearest = Number(bound);
    const isExact = BigInt(nearest) === bound;
    return num(`f64.${op}${isExact ? "e" : "t"}`, rounded, f64(nearest));
  };
  const inside = b.let(and(compare("g", limit.min), compare("l", limit.max)));
  if (within(limit, INT64)) {
    return { value: operand("i64", b.let(num("i64.trunc_sat_f64_s", rounded)), { range: limit }), inside };
  }
  const size = b.let(num("f64.abs", rounded));
  const high = b.let(num("f64.floor", num("f64.mul", size, f64(2 ** -64))));
  const lo = b.let(num("i64.trunc_sat_f64_u", num("f64.sub", size, num("f64.mul", high, f64(2 ** 64)))));
  const positive = { lo, hi: b.let(num("i64.trunc_sat_f64_s", high)) };
  const result = selectWords(b, num("f64.lt", rounded, f64(0)), subWords(b, words(0n), positive), positive);
  return { value: operand("i128", result.lo, { hi: result.hi, range: limit }), inside };
}

/** A DOUBLE as an unscaled decimal, rounded half away from zero. */
export function doubleToDecimal(
  ctx: LowerContext,
  value: Ir,
  scale: number,
  limit: Range,
): { readonly value: Operand; readonly inside: Ir } {
  const { b } = ctx;
  const scaled = b.let(num("f64.mul", value, f64(Number(power10(scale)))));
  return doubleToInteger(ctx, roundAway(b, scaled), limit);
}

/** The nearest integer, ties away from zero. */
export function roundAway(b: FunctionBuilder, value: Ir): Ir {
  const whole = b.let(num("f64.trunc", value));
  const behind = num("f64.abs", num("f64.sub", value, whole));
  const step = num("f64.copysign", f64(1), value);
  return b.let(select(num("f64.ge", behind, f64(0.5)), num("f64.add", whole, step), whole));
}

/** Fails where the value lies outside the limits. */
export function checkRange(ctx: LowerContext, value: Operand, limit: Range, message: string): Operand {
  if (within(rangeOf(value), limit)) return value;
  ctx.fail("overflow", message, outside(ctx, value, limit));
  const { min, max } = rangeOf(value);
  return { ...value, range: { min: min > limit.min ? min : limit.min, max: max < limit.max ? max : limit.max } };
}
