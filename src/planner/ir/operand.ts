import type { Ir } from "./ir.ts";

/**
 * How a SQL value is held in IR values. Integers are always exact mathematical values of the representation, so that
 * lowerings need no signedness: BOOLEAN, (U)TINYINT, (U)SMALLINT, INTEGER, DATE, ENUM are `i32`; UINTEGER, BIGINT, TIME,
 * TIMESTAMP are `i64`; UBIGINT, HUGEINT, UUID are `i128` (two i64: low, high); DECIMAL is `i64` or `i128`, whichever the
 * type or the proven range asks for, or `i32` when loaded from narrow storage; VARCHAR, BLOB, JSON are `str`: one i64 with
 * the byte address in the low and the byte length in the high half; INTERVAL is two i64: months and days (low and high
 * half), micros.
 */
export type Rep = "i32" | "i64" | "i128" | "f32" | "f64" | "str" | "interval";

/** Inclusive bounds that the value is proven to lie in (integers, decimals unscaled, dates, timestamps). */
export type Range = { readonly min: bigint; readonly max: bigint };

/**
 * A lowered SQL value. `lo` and `hi` are repeatable IR (constants or locals). Where `valid` is 0 the value is NULL and
 * `lo`/`hi` hold an arbitrary value of the representation (for `str` always a readable one).
 */
export type Operand = {
  readonly rep: Rep;
  readonly lo: Ir;
  /** Second word of i128 and interval. */
  readonly hi: Ir | undefined;
  /** i32 0 or 1; undefined: never NULL. */
  readonly valid: Ir | undefined;
  readonly range: Range | undefined;
  /** Strings: the bytes outlive the query's pipeline, so that keeping the reference needs no copy. */
  readonly stable: boolean;
};

export function operand(rep: Rep, lo: Ir, extra: Partial<Omit<Operand, "rep" | "lo">> = {}): Operand {
  return { rep, lo, hi: extra.hi, valid: extra.valid, range: extra.range, stable: extra.stable ?? false };
}
