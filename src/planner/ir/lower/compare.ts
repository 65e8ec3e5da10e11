/**
 * Comparisons of every representation: integers by value, DOUBLE with NaN equal to NaN and greatest and -0 equal to 0,
 * strings by their UTF-8 bytes, intervals by their length with 30-day months. NULLs are the caller's business.
 */
import type { HelperContext, LowerContext } from "../../functions/function.ts";
import type { NestedType } from "../../types/nested.ts";
import type { SqlType } from "../../types/types.ts";
import { and, FunctionBuilder, get, i32, i64, load, not, num, or, select } from "../builder.ts";
import type { FunctionRef, Ir, IrFunction } from "../ir.ts";
import { type Operand, operand } from "../operand.ts";
import { wordsOfOperand } from "./integer.ts";
import { isBytewiseEqual, nestedOrder, nestedTypeOf } from "./nested-order.ts";
import { addressOf, asI64, lengthOf, rangeOf } from "./rep.ts";
import { addWords, equalWords, lessWords, mulSigned } from "./wide.ts";

export type Comparison = "=" | "<>" | "<" | "<=" | ">" | ">=";

export type CompareContext = Pick<LowerContext, "b" | "helper">;

const SUFFIX: { readonly [C in Comparison]: string } = {
  "=": "eq",
  "<>": "ne",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
};

/**
 * `a op b` for two values that are not NULL, of one type (integer representations may differ): i32 0 or 1. Nested values are
 * in order by their `type`, without it by their bytes, which serves wherever any order will do.
 */
export function compareOperands(ctx: CompareContext, op: Comparison, a: Operand, b: Operand, type?: SqlType): Ir {
  switch (a.rep) {
    case "i32":
    case "i64":
    case "i128":
      return ctx.b.let(isUnsigned(type) ? compareUnsigned(ctx, op, a, b) : compareIntegers(ctx, op, a, b));
    case "f32":
    case "f64":
      return ctx.b.let(compareFloats(ctx, op, a, b));
    case "str":
      return ctx.b.let(compareStrings(ctx, op, a, b, nestedTypeOf(type)));
    case "interval":
      return ctx.b.let(compareIntegers(ctx, op, intervalMicros(ctx, a), intervalMicros(ctx, b)));
  }
}

/** Types whose values fill all 128 bits, so that the words of the upper half look negative. */
export const isUnsigned = (type: SqlType | undefined): boolean => type?.kind === "UHugeInt" || type?.kind === "Uuid";

/** Flipping the highest bit turns the unsigned order into the signed one. */
function compareUnsigned(ctx: CompareContext, op: Comparison, a: Operand, b: Operand): Ir {
  const flipped = (value: Operand): Operand => {
    const { lo, hi } = wordsOfOperand(ctx, value);
    return operand("i128", lo, { hi: ctx.b.let(num("i64.xor", hi, i64(-(2n ** 63n)))) });
  };
  return compareIntegers(ctx, op, flipped(a), flipped(b));
}

function compareIntegers(ctx: CompareContext, op: Comparison, a: Operand, b: Operand): Ir {
  const known = decided(op, a, b);
  if (known !== undefined) return i32(known ? 1 : 0);
  const signed = op === "=" || op === "<>" ? SUFFIX[op] : `${SUFFIX[op]}_s`;
  if (a.rep === "i32" && b.rep === "i32") return num(`i32.${signed}`, a.lo, b.lo);
  if (a.rep === "i128" || b.rep === "i128") {
    const [x, y] = [wordsOfOperand(ctx, a), wordsOfOperand(ctx, b)];
    switch (op) {
      case "=":
        return equalWords(x, y);
      case "<>":
        return not(equalWords(x, y));
      case "<":
        return lessWords(x, y);
      case ">":
        return lessWords(y, x);
      case "<=":
        return not(lessWords(y, x));
      case ">=":
        return not(lessWords(x, y));
    }
  }
  return num(`i64.${signed}`, asI64(ctx.b, a), asI64(ctx.b, b));
}

/** What the ranges decide already. */
function decided(op: Comparison, a: Operand, b: Operand): boolean | undefined {
  const [x, y] = [rangeOf(a), rangeOf(b)];
  const less = x.max < y.min;
  const greater = x.min > y.max;
  switch (op) {
    case "=":
      return less || greater ? false : undefined;
    case "<>":
      return less || greater ? true : undefined;
    case "<":
      return less ? true : x.min >= y.max ? false : undefined;
    case "<=":
      return x.max <= y.min ? true : greater ? false : undefined;
    case ">":
      return greater ? true : x.max <= y.min ? false : undefined;
    case ">=":
      return x.min >= y.max ? true : less ? false : undefined;
  }
}

function compareFloats(ctx: CompareContext, op: Comparison, a: Operand, b: Operand): Ir {
  const type = a.rep;
  const [x, y] = [ctx.b.let(a.lo), ctx.b.let(b.lo)];
  const isNumber = (v: Ir): Ir => (v.op === "const" ? i32(Number.isNaN(v.value) ? 0 : 1) : num(`${type}.eq`, v, v));
  const less = (p: Ir, q: Ir): Ir => or(num(`${type}.lt`, p, q), and(isNumber(p), not(isNumber(q))));
  switch (op) {
    case "=":
      return or(num(`${type}.eq`, x, y), not(or(isNumber(x), isNumber(y))));
    case "<>":
      return not(compareFloats(ctx, "=", a, b));
    case "<":
      return less(x, y);
    case ">":
      return less(y, x);
    case "<=":
      return or(num(`${type}.le`, x, y), not(isNumber(y)));
    case ">=":
      return or(num(`${type}.ge`, x, y), not(isNumber(x)));
  }
}

function compareStrings(
  ctx: CompareContext,
  op: Comparison,
  x: Operand,
  y: Operand,
  nested: NestedType | undefined,
): Ir {
  const [a, b] = [x.lo, y.lo];
  if ((op === "=" || op === "<>") && (nested === undefined || isBytewiseEqual(nested))) {
    const equal = ctx.b.bind(i32(0));
    // Unequal lengths decide most comparisons without a look at the bytes.
    const sameLength = num("i64.eqz", num("i64.shr_u", num("i64.xor", a, b), i64(32)));
    ctx.b.if(sameLength, () => {
      ctx.b.callTo(bytesEqual(ctx), [addressOf(a), addressOf(b), lengthOf(a)], [equal]);
    });
    return op === "=" ? get(equal) : not(get(equal));
  }
  const order = orderStrings(ctx, x, y, nested);
  return num(`i32.${SUFFIX[op]}${op === "=" || op === "<>" ? "" : "_s"}`, order, i32(0));
}

/** (address, address, length) -> 1 when the bytes are equal. Reads up to 7 bytes behind either end and ignores them. */
export const bytesEqual = (ctx: HelperContext): FunctionRef => ctx.helper("bytes_equal", makeBytesEqual);

function makeBytesEqual(): IrFunction {
  const b = new FunctionBuilder("bytes_equal", ["i32", "i32", "i32"], ["i32"], false);
  const [p, q, left] = b.params as [(typeof b.params)[0], (typeof b.params)[0], (typeof b.params)[0]];
  b.block((tail) => {
    b.loop((again) => {
      b.br(tail, num("i32.lt_u", get(left), i32(8)));
      b.if(num("i64.ne", load("i64.load", get(p)), load("i64.load", get(q))), () => b.return(i32(0)));
      b.set(p, num("i32.add", get(p), i32(8)));
      b.set(q, num("i32.add", get(q), i32(8)));
      b.set(left, num("i32.sub", get(left), i32(8)));
      b.br(again);
    });
  });
  b.if(not(get(left)), () => b.return(i32(1)));
  const difference = num("i64.xor", load("i64.load", get(p)), load("i64.load", get(q)));
  b.return(num("i64.eqz", num("i64.shl", difference, unusedBits(get(left)))));
  return b.finish();
}

/** 64 - 8 * bytes, for 1 to 8 bytes. */
function unusedBits(bytes: Ir): Ir {
  return num("i64.extend_i32_u", num("i32.sub", i32(64), num("i32.shl", bytes, i32(3))));
}

/** (str, str) -> negative, 0 or positive: the order of the bytes, a prefix before what it begins. */
export const stringOrder = (ctx: HelperContext): FunctionRef => ctx.helper("string_order", makeStringOrder);

function makeStringOrder(): IrFunction {
  const b = new FunctionBuilder("string_order", ["i64", "i64"], ["i32"], false);
  const [x, y] = [b.param(0), b.param(1)];
  const p = b.bind(addressOf(x));
  const q = b.bind(addressOf(y));
  const [xLength, yLength] = [b.let(lengthOf(x)), b.let(lengthOf(y))];
  const left = b.bind(select(num("i32.lt_u", xLength, yLength), xLength, yLength));
  const difference = b.local("i64");
  b.block((tail) => {
    b.loop((again) => {
      b.br(tail, not(get(left)));
      b.set(difference, num("i64.xor", load("i64.load", get(p)), load("i64.load", get(q))));
      b.if(num("i32.lt_u", get(left), i32(8)), () => {
        b.set(difference, num("i64.shl", get(difference), unusedBits(get(left))));
        b.set(difference, num("i64.shr_u", get(difference), unusedBits(get(left))));
        b.set(left, i32(8));
      });
      b.if(num("i64.ne", get(difference), i64(0)), () => {
        const at = b.let(num("i32.shr_u", num("i32.wrap_i64", num("i64.ctz", get(difference))), i32(3)));
        const byte = (base: Ir): Ir => load("i32.load8_u", num("i32.add", base, at));
        b.return(num("i32.sub", byte(get(p)), byte(get(q))));
      });
      b.set(p, num("i32.add", get(p), i32(8)));
      b.set(q, num("i32.add", get(q), i32(8)));
      b.set(left, num("i32.sub", get(left), i32(8)));
      b.br(again);
    });
  });
  b.return(num("i32.sub", num("i32.gt_u", xLength, yLength), num("i32.lt_u", xLength, yLength)));
  return b.finish();
}

const MICROS_PER_DAY = 86_400_000_000n;

/** An interval's length in microseconds, months counting 30 days: what comparison, grouping and hashing go by. */
export function intervalMicros(ctx: CompareContext, value: Operand): Operand {
  const { b } = ctx;
  const months = num("i64.extend32_s", value.lo);
  const days = num("i64.add", num("i64.shr_s", value.lo, i64(32)), num("i64.mul", months, i64(30)));
  const [lo, hi] = b.callMulti(mulSigned(ctx), b.let(days), i64(MICROS_PER_DAY)) as [Ir, Ir];
  const micros = value.hi as Ir;
  const sum = addWords(b, { lo, hi }, { lo: micros, hi: b.let(num("i64.shr_s", micros, i64(63))) });
  return operand("i128", sum.lo, { hi: sum.hi });
}

function orderStrings(ctx: CompareContext, a: Operand, b: Operand, nested: NestedType | undefined): Ir {
  if (nested === undefined) return ctx.b.callMulti(stringOrder(ctx), a.lo, b.lo)[0] as Ir;
  // What a NULL refers to is no block.
  const word = ({ lo, valid }: Operand): Ir => (valid === undefined ? lo : select(valid, lo, i64(0)));
  return ctx.b.callMulti(nestedOrder(ctx, nested, orderOperands), word(a), word(b))[0] as Ir;
}

/** -1, 0 or 1 as an i32: the order of two values that are not NULL, as `compareOperands` sees it. */
export function orderOperands(ctx: CompareContext, a: Operand, b: Operand, type?: SqlType): Ir {
  if (a.rep === "str") {
    const order = orderStrings(ctx, a, b, nestedTypeOf(type));
    return ctx.b.let(num("i32.sub", num("i32.gt_s", order, i32(0)), num("i32.lt_s", order, i32(0))));
  }
  const greater = compareOperands(ctx, ">", a, b, type);
  const less = compareOperands(ctx, "<", a, b, type);
  return ctx.b.let(num("i32.sub", greater, less));
}
