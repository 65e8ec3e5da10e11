/**
 * BIGNUM: integers of any size. A value is kept as bytes whose order is that of the numbers: a header of three bytes, which says
 * how many follow and has its highest bit set, and the magnitude, highest byte first; all of it inverted for negative numbers.
 */
import { INTEGER_RANGE, isInteger, type SqlType } from "./types.ts";

const HEADER = 3;
const POSITIVE = 0x800000;
/** The most bytes of a magnitude. */
export const MAX_BIGNUM_BYTES: number = POSITIVE - 1;

/** undefined: the number is too large. */
export function bignumOf(value: bigint): Uint8Array | undefined {
  const digits = (value < 0n ? -value : value).toString(16);
  const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  if (magnitude.length > MAX_BIGNUM_BYTES) return undefined;
  const bytes = new Uint8Array(HEADER + magnitude.length);
  const header = magnitude.length | POSITIVE;
  bytes.set([header >> 16, (header >> 8) & 0xff, header & 0xff]);
  bytes.set(magnitude, HEADER);
  return value < 0n ? bytes.map((byte) => byte ^ 0xff) : bytes;
}

export function bigintOf(bignum: Uint8Array): bigint {
  const isNegative = ((bignum[0] as number) & 0x80) === 0;
  const magnitude = bignum.subarray(HEADER);
  const bytes = isNegative ? magnitude.map((byte) => byte ^ 0xff) : magnitude;
  const value = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  return isNegative ? -value : value;
}

/** Digits, maybe with a sign and a fraction, which rounds half away from zero; undefined for other text. */
export function parseBignum(text: string): Uint8Array | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  const [, sign, whole = "", fraction = ""] = match ?? [];
  if (match === null || whole + fraction === "") return undefined;
  const magnitude = BigInt(whole === "" ? 0 : whole) + (fraction >= "5" ? 1n : 0n);
  return bignumOf(sign === "-" ? -magnitude : magnitude);
}

/** A number of another type, the fraction of a DOUBLE cut off; undefined: it is infinite or none. */
export function toBignum(value: number | bigint): Uint8Array | undefined {
  if (typeof value === "bigint") return bignumOf(value);
  return Number.isFinite(value) ? bignumOf(BigInt(Math.trunc(value))) : undefined;
}

/** The number in another type; undefined where it does not fit. */
export function fromBignum(bignum: Uint8Array, type: SqlType): number | bigint | undefined {
  const value = bigintOf(bignum);
  if (isInteger(type)) {
    const { min, max } = INTEGER_RANGE[type.kind];
    if (value < min || value > max) return undefined;
    return max - min <= 0xffffffffn ? Number(value) : value;
  }
  const double = type.kind === "Real" ? Math.fround(Number(value)) : Number(value);
  return Number.isFinite(double) ? double : undefined;
}
