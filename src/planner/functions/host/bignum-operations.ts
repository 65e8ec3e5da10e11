/** Arithmetic of BIGNUM over Datums. */
import type { Datum } from "../../expr/expr.ts";
import { bigintOf, bignumOf, fromBignum, MAX_BIGNUM_BYTES, toBignum } from "../../types/bignum.ts";
import { typeName } from "../../types/types.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

function checked(value: bigint, { fail }: OperationContext): Uint8Array {
  return bignumOf(value) ?? fail(`a BIGNUM has at most ${MAX_BIGNUM_BYTES} bytes`);
}

/** undefined: the result is NULL. */
const ofTwo =
  (compute: (a: bigint, b: bigint) => bigint | undefined): NestedOperation =>
  ([a, b], ctx) => {
    const result = compute(bigintOf(a as Uint8Array), bigintOf(b as Uint8Array));
    return result === undefined ? null : checked(result, ctx);
  };

const convert =
  (value: (datum: Exclude<Datum, null>, ctx: OperationContext) => Datum | undefined, isTry: boolean): NestedOperation =>
  ([datum], ctx) => {
    const result = value(datum as Exclude<Datum, null>, ctx);
    return result ?? (isTry ? null : ctx.fail(`value out of range for ${typeName(ctx.returns)}`));
  };

const into = (value: Exclude<Datum, null>): Datum | undefined => toBignum(value as number | bigint);
const outOf = (value: Exclude<Datum, null>, { returns }: OperationContext): Datum | undefined =>
  fromBignum(value as Uint8Array, returns);

export const BIGNUM_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  to_bignum: convert(into, false),
  try_to_bignum: convert(into, true),
  from_bignum: convert(outOf, false),
  try_from_bignum: convert(outOf, true),
  bignum_add: ofTwo((a, b) => a + b),
  bignum_subtract: ofTwo((a, b) => a - b),
  bignum_multiply: ofTwo((a, b) => a * b),
  bignum_divide: ofTwo((a, b) => (b === 0n ? undefined : a / b)),
  bignum_remainder: ofTwo((a, b) => (b === 0n ? undefined : a % b)),
  bignum_negate: ([value], ctx) => checked(-bigintOf(value as Uint8Array), ctx),
  bignum_abs: ([value], ctx) => {
    const number = bigintOf(value as Uint8Array);
    return checked(number < 0n ? -number : number, ctx);
  },
  sum_bignum: ([list], ctx) =>
    list === null
      ? null
      : checked(
          (list as readonly Uint8Array[]).reduce((sum, value) => sum + bigintOf(value), 0n),
          ctx,
        ),
};
