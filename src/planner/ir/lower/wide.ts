/**
 * 128-bit integer arithmetic as IR. Values are pairs of i64 words, low first, two's complement. The larger operations are
 * helper functions of the module with several results.
 */
import type { HelperContext } from "../../functions/function.ts";
import { and, FunctionBuilder, get, i32, i64, not, num, or, select } from "../builder.ts";
import type { FunctionRef, Ir, IrFunction } from "../ir.ts";

export type Words = { readonly lo: Ir; readonly hi: Ir };

export const words = (value: bigint): Words => ({ lo: i64(value), hi: i64(value >> 64n) });

export function addWords(b: FunctionBuilder, x: Words, y: Words): Words {
  const lo = b.let(num("i64.add", x.lo, y.lo));
  const carry = num("i64.extend_i32_u", num("i64.lt_u", lo, x.lo));
  return { lo, hi: b.let(num("i64.add", num("i64.add", x.hi, y.hi), carry)) };
}

export function subWords(b: FunctionBuilder, x: Words, y: Words): Words {
  const lo = b.let(num("i64.sub", x.lo, y.lo));
  const borrow = num("i64.extend_i32_u", num("i64.lt_u", x.lo, y.lo));
  return { lo, hi: b.let(num("i64.sub", num("i64.sub", x.hi, y.hi), borrow)) };
}

export function negateWords(b: FunctionBuilder, x: Words): Words {
  return subWords(b, words(0n), x);
}

/** Signed x < y. */
export function lessWords(x: Words, y: Words): Ir {
  return or(num("i64.lt_s", x.hi, y.hi), and(num("i64.eq", x.hi, y.hi), num("i64.lt_u", x.lo, y.lo)));
}

export function equalWords(x: Words, y: Words): Ir {
  return num("i64.eqz", num("i64.or", num("i64.xor", x.lo, y.lo), num("i64.xor", x.hi, y.hi)));
}

export function selectWords(b: FunctionBuilder, cond: Ir, x: Words, y: Words): Words {
  const c = b.let(cond);
  return { lo: b.let(select(c, x.lo, y.lo)), hi: b.let(select(c, x.hi, y.hi)) };
}

/** |x|, as unsigned. */
function magnitude(b: FunctionBuilder, x: Words): Words {
  return selectWords(b, num("i64.lt_s", x.hi, i64(0)), negateWords(b, x), x);
}

const helperBuilder = (name: string, params: number, results: number, exported = false): FunctionBuilder =>
  new FunctionBuilder(
    name,
    Array.from({ length: params }, () => "i64" as const),
    Array.from({ length: results }, () => "i64" as const),
    exported,
  );

/** (a, b) -> the 128-bit product (lo, hi) of two unsigned words. */
export const mulUnsigned = (ctx: HelperContext): FunctionRef => ctx.helper("mul_u64", makeMulUnsigned);

function makeMulUnsigned(): IrFunction {
  const b = helperBuilder("mul_u64", 2, 2);
  const [x, y] = [b.param(0), b.param(1)];
  const low = (v: Ir): Ir => num("i64.and", v, i64(0xffffffffn));
  const high = (v: Ir): Ir => num("i64.shr_u", v, i64(32));
  const [x0, x1, y0, y1] = [b.let(low(x)), b.let(high(x)), b.let(low(y)), b.let(high(y))];
  const p00 = b.let(num("i64.mul", x0, y0));
  const p10 = b.let(num("i64.add", num("i64.mul", x1, y0), high(p00)));
  const p01 = b.let(num("i64.add", num("i64.mul", x0, y1), low(p10)));
  const hi = num("i64.add", num("i64.add", num("i64.mul", x1, y1), high(p10)), high(p01));
  b.return(num("i64.mul", x, y), hi);
  return b.finish();
}

/** (a, b) -> the 128-bit product (lo, hi) of two signed words. */
export const mulSigned = (ctx: HelperContext): FunctionRef =>
  ctx.helper("mul_s64", (helpers) => {
    const b = helperBuilder("mul_s64", 2, 2);
    const [x, y] = [b.param(0), b.param(1)];
    const [lo, hi] = b.callMulti(mulUnsigned(helpers), x, y) as [Ir, Ir];
    const sign = (v: Ir): Ir => num("i64.shr_s", v, i64(63));
    const correction = num("i64.add", num("i64.and", sign(x), y), num("i64.and", sign(y), x));
    b.return(lo, num("i64.sub", hi, correction));
    return b.finish();
  });

/** (alo, ahi, blo, bhi) -> (lo, hi, overflow 0/1): the signed 128-bit product. */
export const mulWide = (ctx: HelperContext): FunctionRef =>
  ctx.helper("mul_i128", (helpers) => {
    const b = helperBuilder("mul_i128", 4, 3);
    const [x, y] = [magnitude(b, { lo: b.param(0), hi: b.param(1) }), magnitude(b, { lo: b.param(2), hi: b.param(3) })];
    const negative = b.let(num("i64.lt_s", num("i64.xor", b.param(1), b.param(3)), i64(0)));
    const [lo, mid] = b.callMulti(mulUnsigned(helpers), x.lo, y.lo) as [Ir, Ir];
    // At most one of the high words may be set; their cross product lands in the high word.
    const both = b.let(and(num("i64.ne", x.hi, i64(0)), num("i64.ne", y.hi, i64(0))));
    const [c0, c1] = b.callMulti(mulUnsigned(helpers), x.hi, y.lo) as [Ir, Ir];
    const [d0, d1] = b.callMulti(mulUnsigned(helpers), y.hi, x.lo) as [Ir, Ir];
    const cross = b.let(num("i64.add", c0, d0));
    const hi = b.let(num("i64.add", mid, cross));
    const product = { lo, hi };
    const minimum = equalWords(product, { lo: i64(0), hi: i64(-(2n ** 63n)) });
    const tooLarge = and(num("i64.lt_s", hi, i64(0)), not(and(negative, minimum)));
    const overflow = or(or(both, num("i64.ne", num("i64.or", c1, d1), i64(0))), or(num("i64.lt_u", hi, mid), tooLarge));
    const signed = selectWords(b, negative, negateWords(b, product), product);
    b.return(signed.lo, signed.hi, num("i64.extend_i32_u", overflow));
    return b.finish();
  });

/** (alo, ahi, blo, bhi) -> (qlo, qhi, rlo, rhi): signed division truncating towards zero; the divisor must not be 0. */
export const divideWide = (ctx: HelperContext): FunctionRef =>
  ctx.helper("div_i128", (helpers) => {
    const b = helperBuilder("div_i128", 4, 4);
    const x = { lo: b.param(0), hi: b.param(1) };
    const y = { lo: b.param(2), hi: b.param(3) };
    const [n, d] = [magnitude(b, x), magnitude(b, y)];
    const [q0, q1, r0, r1] = b.callMulti(divideUnsigned(helpers), n.lo, n.hi, d.lo, d.hi) as [Ir, Ir, Ir, Ir];
    const q = { lo: q0, hi: q1 };
    const r = { lo: r0, hi: r1 };
    const quotient = selectWords(b, num("i64.lt_s", num("i64.xor", x.hi, y.hi), i64(0)), negateWords(b, q), q);
    const remainder = selectWords(b, num("i64.lt_s", x.hi, i64(0)), negateWords(b, r), r);
    b.return(quotient.lo, quotient.hi, remainder.lo, remainder.hi);
    return b.finish();
  });

const divideUnsigned = (ctx: HelperContext): FunctionRef => ctx.helper("div_u128", makeDivideUnsigned);

/** Word division where both fit, digits of 32 bits for small divisors, else one bit at a time. */
function makeDivideUnsigned(): IrFunction {
  const b = helperBuilder("div_u128", 4, 4);
  const [n0, n1, d0, d1] = [b.param(0), b.param(1), b.param(2), b.param(3)];
  b.if(num("i64.eqz", num("i64.or", n1, d1)), () => {
    b.return(num("i64.div_u", n0, d0), i64(0), num("i64.rem_u", n0, d0), i64(0));
  });
  b.if(num("i64.eqz", num("i64.or", d1, num("i64.shr_u", d0, i64(32)))), () => {
    const low = (v: Ir): Ir => num("i64.and", v, i64(0xffffffffn));
    const high = (v: Ir): Ir => num("i64.shr_u", v, i64(32));
    const digits: Ir[] = [];
    let rest: Ir = i64(0);
    for (const digit of [high(n1), low(n1), high(n0), low(n0)]) {
      const value = b.let(num("i64.or", num("i64.shl", rest, i64(32)), digit));
      digits.push(b.let(num("i64.div_u", value, d0)));
      rest = b.let(num("i64.rem_u", value, d0));
    }
    const join = (hi: Ir, lo: Ir): Ir => num("i64.or", num("i64.shl", hi, i64(32)), lo);
    b.return(join(digits[2] as Ir, digits[3] as Ir), join(digits[0] as Ir, digits[1] as Ir), rest, i64(0));
  });
  const [q0, q1, r0, r1] = [b.local("i64"), b.local("i64"), b.local("i64"), b.local("i64")];
  const bit = b.bind(i32(128));
  b.loop((again) => {
    b.set(bit, num("i32.sub", get(bit), i32(1)));
    const index = num("i64.extend_i32_u", get(bit));
    const word = select(num("i32.ge_u", get(bit), i32(64)), n1, n0);
    const next = num("i64.and", num("i64.shr_u", word, index), i64(1));
    b.set(r1, num("i64.or", num("i64.shl", get(r1), i64(1)), num("i64.shr_u", get(r0), i64(63))));
    b.set(r0, num("i64.or", num("i64.shl", get(r0), i64(1)), next));
    b.set(q1, num("i64.or", num("i64.shl", get(q1), i64(1)), num("i64.shr_u", get(q0), i64(63))));
    b.set(q0, num("i64.shl", get(q0), i64(1)));
    // Magnitudes are below 2^127 + 1, so the remainder never loses its top bit.
    const less = or(num("i64.lt_u", get(r1), d1), and(num("i64.eq", get(r1), d1), num("i64.lt_u", get(r0), d0)));
    b.if(not(less), () => {
      const rest = subWords(b, { lo: get(r0), hi: get(r1) }, { lo: d0, hi: d1 });
      b.set(r0, rest.lo);
      b.set(r1, rest.hi);
      b.set(q0, num("i64.or", get(q0), i64(1)));
    });
    b.br(again, get(bit));
  });
  b.return(get(q0), get(q1), get(r0), get(r1));
  return b.finish();
}
