/**
 * Exact arithmetic on integers and unscaled decimals. Ranges decide the width of the computation and whether anything needs
 * a check; results have the proven range.
 */
import type { LowerContext } from "../../functions/function.ts";
import { and, f64, i64, not, num, or, select } from "../builder.ts";
import type { Ir } from "../ir.ts";
import { type Operand, operand, type Range, type Rep } from "../operand.ts";
import { asI32, asI64, highWord, INT128, INT32, INT64, integerConstant, rangeOf, toRep, within } from "./rep.ts";
import {
  addWords,
  divideWide,
  lessWords,
  mulSigned,
  mulWide,
  negateWords,
  selectWords,
  subWords,
  type Words,
  words,
} from "./wide.ts";

export type ExactOp = "add" | "sub" | "mul";

/** What the result may be: values outside `range` are an error; `rep` is the natural representation of the type. */
export type Target = { readonly range: Range; readonly rep: Rep; readonly message: string };

/** The bounds of the exact result. */
export function rawRange(op: ExactOp, a: Range, b: Range): Range {
  switch (op) {
    case "add":
      return { min: a.min + b.min, max: a.max + b.max };
    case "sub":
      return { min: a.min - b.max, max: a.max - b.min };
    case "mul": {
      const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
      return corners.reduce<Range>((r, c) => ({ min: c < r.min ? c : r.min, max: c > r.max ? c : r.max }), {
        min: corners[0] as bigint,
        max: corners[0] as bigint,
      });
    }
  }
}

export function clampRange(range: Range, limit: Range): Range {
  const min = range.min < limit.min ? limit.min : range.min > limit.max ? limit.max : range.min;
  const max = range.max > limit.max ? limit.max : range.max < limit.min ? limit.min : range.max;
  return { min, max };
}

/** a op b, an overflow error outside the target's range. */
export function exact(ctx: LowerContext, op: ExactOp, a: Operand, b: Operand, target: Target): Operand {
  const raw = rawRange(op, rangeOf(a), rangeOf(b));
  const safe = within(raw, target.range);
  const range = safe ? raw : clampRange(raw, target.range);
  if (target.rep === "i32" && within(raw, INT32)) {
    const value = ctx.b.let(num(`i32.${op}`, asI32(ctx.b, a), asI32(ctx.b, b)));
    const result = operand("i32", value, { range: raw });
    if (!safe) ctx.fail("overflow", target.message, outside(ctx, result, target.range));
    return { ...result, range };
  }
  if (within(raw, INT64)) {
    const value = ctx.b.let(num(`i64.${op}`, asI64(ctx.b, a), asI64(ctx.b, b)));
    const result = operand("i64", value, { range: raw });
    if (!safe) ctx.fail("overflow", target.message, outside(ctx, result, target.range));
    return narrow(ctx, { ...result, range }, target);
  }
  if (within(target.range, INT64) && within(rangeOf(a), INT64) && within(rangeOf(b), INT64)) {
    return narrow(ctx, checked64(ctx, op, asI64(ctx.b, a), asI64(ctx.b, b), target, range), target);
  }
  return narrow(ctx, wide(ctx, op, a, b, raw, target, range), target);
}

/** INTEGER and narrower are held in i32; everything else as i64 where its range allows. */
function narrow(ctx: LowerContext, value: Operand, target: Target): Operand {
  if (target.rep === "i32") return { ...value, rep: "i32", lo: asI32(ctx.b, value), hi: undefined };
  return narrowWide(value);
}

/** An i128 whose range fits 64 bits becomes an i64. */
export function narrowWide(value: Operand): Operand {
  return value.rep === "i128" && within(rangeOf(value), INT64) ? { ...value, rep: "i64", hi: undefined } : value;
}

/** Whether the value lies outside the limits: i32 0 or 1. */
export function outside(ctx: LowerContext, value: Operand, limit: Range): Ir {
  if (value.rep === "i128") {
    const x = wordsOfOperand(ctx, value);
    const low = lessWords(x, words(limit.min));
    const high = lessWords(words(limit.max), x);
    return limit.min <= INT128.min ? high : limit.max >= INT128.max ? low : or(low, high);
  }
  const { min, max } = rangeOf(value);
  const constant = (v: bigint): Ir => integerConstant(v, value.rep).lo;
  if (min >= limit.min) return num(`${value.rep}.gt_s`, value.lo, constant(limit.max));
  if (max <= limit.max) return num(`${value.rep}.lt_s`, value.lo, constant(limit.min));
  const shifted = num(`${value.rep}.sub`, value.lo, constant(limit.min));
  return num(`${value.rep}.gt_u`, shifted, constant(limit.max - limit.min));
}

function checked64(ctx: LowerContext, op: ExactOp, a: Ir, b: Ir, target: Target, range: Range): Operand {
  const value = ctx.b.let(num(`i64.${op}`, a, b));
  const result = operand("i64", value, { range: INT64 });
  const fail = (when: Ir): void => ctx.fail("overflow", target.message, when);
  const limited = !within(INT64, target.range);
  if (op === "mul") {
    // The product of the nearest doubles is within 2^-51 of the true one: it tells all but the closest cases.
    const estimate = num("f64.abs", num("f64.mul", num("f64.convert_i64_s", a), num("f64.convert_i64_s", b)));
    const near = num("f64.ge", estimate, f64(9.2e18));
    if (limited && target.range.max < 9n * 10n ** 18n && target.range.min > -9n * 10n ** 18n) {
      fail(or(near, outside(ctx, result, target.range)));
      return { ...result, range };
    }
    ctx.b.if(near, () => {
      const [lo, hi] = ctx.b.callMulti(mulSigned(ctx), a, b) as [Ir, Ir];
      fail(num("i64.ne", hi, num("i64.shr_s", lo, i64(63))));
    });
    if (limited) fail(outside(ctx, result, target.range));
    return { ...result, range };
  }
  const signs =
    op === "add"
      ? num("i64.and", num("i64.xor", a, value), num("i64.xor", b, value))
      : num("i64.and", num("i64.xor", a, b), num("i64.xor", a, value));
  const wrapped = num("i64.lt_s", signs, i64(0));
  fail(limited ? or(wrapped, outside(ctx, result, target.range)) : wrapped);
  return { ...result, range };
}

export function wordsOfOperand(ctx: Pick<LowerContext, "b">, value: Operand): Words {
  return { lo: asI64(ctx.b, value), hi: highWord(ctx.b, value) };
}

function wide(
  ctx: LowerContext,
  op: ExactOp,
  a: Operand,
  b: Operand,
  raw: Range,
  target: Target,
  range: Range,
): Operand {
  const mayWrap = !within(raw, INT128);
  let result: Words;
  let wrapped: Ir | undefined;
  if (op === "mul" && within(rangeOf(a), INT64) && within(rangeOf(b), INT64)) {
    const [lo, hi] = ctx.b.callMulti(mulSigned(ctx), asI64(ctx.b, a), asI64(ctx.b, b)) as [Ir, Ir];
    result = { lo, hi };
  } else {
    const [x, y] = [wordsOfOperand(ctx, a), wordsOfOperand(ctx, b)];
    if (op === "mul") {
      const [lo, hi, overflow] = ctx.b.callMulti(mulWide(ctx), x.lo, x.hi, y.lo, y.hi) as [Ir, Ir, Ir];
      result = { lo, hi };
      wrapped = num("i32.wrap_i64", overflow);
    } else {
      result = op === "add" ? addWords(ctx.b, x, y) : subWords(ctx.b, x, y);
      const other = num("i64.xor", op === "add" ? y.hi : x.hi, op === "add" ? result.hi : y.hi);
      wrapped = num("i64.lt_s", num("i64.and", num("i64.xor", x.hi, result.hi), other), i64(0));
    }
  }
  const value = operand("i128", result.lo, { hi: result.hi, range: INT128 });
  const over = mayWrap ? wrapped : undefined;
  const off = within(raw, target.range) || within(INT128, target.range) ? undefined : outside(ctx, value, target.range);
  const failing = over === undefined ? off : off === undefined ? over : or(over, off);
  if (failing !== undefined) ctx.fail("overflow", target.message, failing);
  return { ...value, range };
}

/**
 * Quotient or remainder, truncating towards zero. Code must only run where both are not NULL. The result is NULL for a zero
 * divisor, and an overflow error where the quotient does not fit the target.
 */
export function divide(ctx: LowerContext, op: "div" | "rem", a: Operand, b: Operand, target: Target): Operand {
  const [x, y] = [rangeOf(a), rangeOf(b)];
  const mayBeZero = y.min <= 0n && y.max >= 0n;
  const rep: "i32" | "i64" | "i128" =
    target.rep === "i32" ? "i32" : within(x, INT64) && within(y, INT64) ? "i64" : "i128";
  const largest = [x.min, x.max, -x.min, -x.max].reduce((m, v) => (v > m ? v : m), 0n);
  const divisor = [y.min, y.max, -y.min, -y.max].reduce((m, v) => (v > m ? v : m), 0n);
  const raw: Range =
    op === "div"
      ? { min: x.min >= 0n && y.min >= 0n ? 0n : -largest, max: largest }
      : remainderRange(x, largest < divisor - 1n ? largest : divisor - 1n);
  const range = clampRange(raw, target.range);
  if (rep === "i128") return divideWords(ctx, op, a, b, mayBeZero, target, range);
  const dividend = rep === "i32" ? asI32(ctx.b, a) : asI64(ctx.b, a);
  const by = rep === "i32" ? asI32(ctx.b, b) : asI64(ctx.b, b);
  const isZero = mayBeZero ? ctx.b.let(num(`${rep}.eqz`, by)) : undefined;
  const constant = (v: bigint): Ir => integerConstant(v, rep).lo;
  const nonZero = isZero === undefined ? by : ctx.b.let(select(isZero, constant(1n), by));
  // Every signed type's smallest value by -1 leaves the type; Wasm itself would trap on that of i32 and i64.
  if (op === "div" && raw.max > target.range.max) {
    const smallest = num(`${rep}.eq`, dividend, constant(target.range.min));
    ctx.fail("overflow", target.message, and(smallest, num(`${rep}.eq`, nonZero, constant(-1n))));
  }
  const value = ctx.b.let(num(`${rep}.${op}_s`, dividend, nonZero));
  return operand(rep, value, { range, valid: isZero === undefined ? undefined : ctx.b.let(not(isZero)) });
}

function remainderRange(x: Range, magnitude: bigint): Range {
  return { min: x.min < 0n ? -magnitude : 0n, max: x.max > 0n ? magnitude : 0n };
}

function divideWords(
  ctx: LowerContext,
  op: "div" | "rem",
  a: Operand,
  b: Operand,
  mayBeZero: boolean,
  target: Target,
  range: Range,
): Operand {
  const [x, y] = [wordsOfOperand(ctx, a), wordsOfOperand(ctx, b)];
  const isZero = mayBeZero ? ctx.b.let(num("i64.eqz", num("i64.or", y.lo, y.hi))) : undefined;
  const lo = isZero === undefined ? y.lo : ctx.b.let(select(isZero, i64(1), y.lo));
  const [q0, q1, r0, r1] = ctx.b.callMulti(divideWide(ctx), x.lo, x.hi, lo, y.hi) as [Ir, Ir, Ir, Ir];
  if (op === "div" && rangeOf(a).min < -target.range.max && rangeOf(b).min <= -1n) {
    const positive = num("i64.lt_s", num("i64.and", num("i64.and", x.hi, y.hi), q1), i64(0));
    ctx.fail("overflow", target.message, positive);
  }
  const result = op === "div" ? { lo: q0, hi: q1 } : { lo: r0, hi: r1 };
  return narrow(
    ctx,
    operand("i128", result.lo, {
      hi: result.hi,
      range,
      valid: isZero === undefined ? undefined : ctx.b.let(not(isZero)),
    }),
    target,
  );
}

/** -x. */
export function negate(ctx: LowerContext, x: Operand, target: Target): Operand {
  return exact(ctx, "sub", integerConstant(0n, x.rep), x, target);
}

/** |x|. */
export function absolute(ctx: LowerContext, x: Operand, target: Target): Operand {
  const { min, max } = rangeOf(x);
  if (min >= 0n) return x;
  if (min < -target.range.max) {
    ctx.fail("overflow", target.message, outside(ctx, x, { min: -target.range.max, max: rangeOf(x).max }));
  }
  const range = clampRange({ min: 0n, max: -min > max ? -min : max }, target.range);
  if (x.rep === "i128" || !within(range, INT64)) {
    const value = wordsOfOperand(ctx, x);
    const result = selectWords(ctx.b, num("i64.lt_s", value.hi, i64(0)), negateWords(ctx.b, value), value);
    return narrow(ctx, operand("i128", result.lo, { hi: result.hi, range }), target);
  }
  // The magnitude of the least value takes a bit more.
  const { rep, lo } = within(range, INT32) ? x : toRep(ctx.b, x, "i64");
  const zero = integerConstant(0n, rep).lo;
  const value = select(num(`${rep as "i32" | "i64"}.lt_s`, lo, zero), num(`${rep as "i32" | "i64"}.sub`, zero, lo), lo);
  return operand(rep, ctx.b.let(value), { range });
}
