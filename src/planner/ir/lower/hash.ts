/**
 * The hash of a logical value, version 1: independent of the encoding (a narrowed 5 hashes as a 128-bit 5), good in its high
 * and its low bits. Joins, aggregates, exchanges and partitions use it, so it may only change with its version.
 */
import type { LowerContext } from "../../functions/function.ts";
import type { SqlType } from "../../types/types.ts";
import { call, f64, i64, kernel, num, select } from "../builder.ts";
import type { Ir } from "../ir.ts";
import type { Operand } from "../operand.ts";
import { intervalMicros } from "./compare.ts";
import { addressOf, asI64, INT64, lengthOf, rangeOf, within } from "./rep.ts";

/** 2^64 divided by the golden ratio, odd; an unrelated odd constant for second words. */
const PHI = 0x9e3779b97f4a7c15n;
const SECOND = 0xd6e8feb86659fd93n;
/** What NULL hashes to. */
const NULL_HASH = 0x5ca1ab1e0ddba11n;

/** (address, length) -> i64. */
const HASH_TEXT = kernel("textHash", ["i32", "i32"], ["i64"]);

export type HashContext = Pick<LowerContext, "b" | "helper">;

/** The hash of an operand as an i64 that is repeatable. */
export function hashOperand(ctx: HashContext, value: Operand, _type: SqlType): Ir {
  const hash = hashValue(ctx, value);
  return ctx.b.let(value.valid === undefined ? hash : select(value.valid, hash, i64(NULL_HASH)));
}

function hashValue(ctx: HashContext, value: Operand): Ir {
  switch (value.rep) {
    case "i32":
    case "i64":
      return mix(ctx, asI64(ctx.b, value));
    case "i128":
      return mix(ctx, foldWords(ctx, value));
    case "f32":
      return mix(ctx, doubleBits(ctx, ctx.b.let(num("f64.promote_f32", value.lo))));
    case "f64":
      return mix(ctx, doubleBits(ctx, value.lo));
    case "str":
      return call(HASH_TEXT, addressOf(value.lo), lengthOf(value.lo));
    case "interval":
      return mix(ctx, foldWords(ctx, intervalMicros(ctx, value)));
  }
}

/** x ^ x>>32, times an odd constant, and again the high half into the low: every input bit reaches both ends. */
function mix(ctx: HashContext, word: Ir): Ir {
  const { b } = ctx;
  const x = b.let(word);
  const product = b.let(num("i64.mul", num("i64.xor", x, num("i64.shr_u", x, i64(32))), i64(PHI)));
  return num("i64.xor", product, num("i64.shr_u", product, i64(32)));
}

/** The low word alone where the value fits it. */
function foldWords({ b }: HashContext, value: Operand): Ir {
  if (within(rangeOf(value), INT64)) return value.lo;
  const beyond = num("i64.xor", value.hi as Ir, num("i64.shr_s", value.lo, i64(63)));
  return b.let(num("i64.xor", value.lo, num("i64.mul", beyond, i64(SECOND))));
}

/** The bits of a DOUBLE, -0 as 0 and every NaN as one: equal where the values are. */
export function doubleBits({ b }: HashContext, value: Ir): Ir {
  const plain = b.let(num("f64.add", value, f64(0)));
  return b.let(num("i64.reinterpret_f64", select(num("f64.eq", plain, plain), plain, f64(Number.NaN))));
}

/** The hash of a row: of one value, or combined left to right; order matters. `hash` must be repeatable. */
export function combineHash(all: Ir, hash: Ir): Ir {
  const rotated = num("i64.rotl", all, i64(23));
  const sum = num("i64.mul", num("i64.xor", rotated, hash), i64(PHI));
  return num("i64.add", sum, num("i64.rotl", hash, i64(41)));
}
