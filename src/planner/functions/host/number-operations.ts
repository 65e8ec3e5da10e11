/** Functions of numbers over Datums. */
import { createHash, randomBytes } from "node:crypto";
import type { Datum } from "../../expr/expr.ts";
import { typeRange } from "../../ir/lower/rep.ts";
import { typeName } from "../../types/types.ts";
import type { NestedOperation } from "./nested-operation.ts";

/** Lanczos' approximation of the gamma function with g = 607/128 and 15 terms (P. Godfrey's coefficients). */
const LANCZOS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202,
  0.00003399464998481189, 0.00004652362892704858, -0.00009837447530487956, 0.0001580887032249125,
  -0.00021026444172410488, 0.00021743961811521265, -0.0001643181065367639, 0.00008441822398385275,
  -0.000026190838401581408, 0.0000036899182659531625,
];
const G = 607 / 128;

/** log|gamma(x)|. */
export function logGamma(x: number): number {
  if (x <= 0 && Number.isInteger(x)) return Number.POSITIVE_INFINITY;
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x);
  if (x === 1 || x === 2) return 0;
  const base = x - 1 + G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(lanczosSum(x));
}

function lanczosSum(x: number): number {
  return LANCZOS.reduce((sum, c, i) => (i === 0 ? c : sum + c / (x - 1 + i)), 0);
}

export function gamma(x: number): number {
  if (Number.isInteger(x) && x > 0 && x <= 171) {
    let product = 1;
    for (let i = 2; i < x; i++) product *= i;
    return product;
  }
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  const base = x - 1 + G + 0.5;
  // The power in two halves stays finite up to the function's own limit.
  const half = base ** ((x - 0.5) / 2);
  return Math.sqrt(2 * Math.PI) * half * Math.exp(-base) * half * lanczosSum(x);
}

/** The next double (or float) from x towards y. */
function nextAfter(x: number, y: number, single: boolean): number {
  if (Number.isNaN(x) || Number.isNaN(y) || x === y) return Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : y;
  const view = new DataView(new ArrayBuffer(8));
  const up = y > x;
  if (single) {
    if (x === 0) return up ? 2 ** -149 : -(2 ** -149);
    view.setFloat32(0, x);
    view.setInt32(0, view.getInt32(0) + (up === x > 0 ? 1 : -1));
    return view.getFloat32(0);
  }
  if (x === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE;
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (up === x > 0 ? 1n : -1n));
  return view.getFloat64(0);
}

const md5Of = (value: Datum): Buffer =>
  createHash("md5")
    .update(value as string | Uint8Array)
    .digest();

/** RFC 9562: 48 bits of milliseconds, then random ones. */
function uuidV7(): bigint {
  const random = randomBytes(10).reduce((all, byte) => (all << 8n) | BigInt(byte), 0n);
  const bits = (BigInt(Date.now()) << 80n) | random;
  const version = (bits & ~(0xfn << 76n)) | (7n << 76n);
  return (version & ~(0x3n << 62n)) | (2n << 62n);
}

/** To a number of digits behind the point (negative: before it), by what `whole` and `exact` do to fractions. */
const toDigits =
  (whole: (x: number) => number, exact: (unscaled: bigint, unit: bigint) => bigint): NestedOperation =>
  ([value, digits], { returns, fail }) => {
    const places = Math.max(-400, Math.min(400, Number(digits)));
    if (returns.kind === "Double" || returns.kind === "Real") {
      const unit = 10 ** Math.abs(places);
      const x = value as number;
      const back = places < 0 ? whole(x / unit) * unit : whole(x * unit) / unit;
      return Number.isFinite(back) ? back : x;
    }
    const drop = (returns.kind === "Decimal" ? returns.scale : 0) - places;
    if (drop <= 0) return value as Datum;
    const unit = 10n ** BigInt(drop);
    const result = exact(BigInt(value as number | bigint), unit) * unit;
    const range = typeRange(returns);
    if (range !== undefined && (result > range.max || result < range.min))
      return fail(`overflow in rounding of ${typeName(returns)}`);
    return typeof value === "number" ? Number(result) : result;
  };

const awayFromZero = (x: number): number => (x < 0 ? -Math.round(-x) : Math.round(x));
const halfAway = (x: bigint, unit: bigint): bigint => (x < 0n ? -((unit / 2n - x) / unit) : (x + unit / 2n) / unit);

const UHUGEINT_END = 2n ** 128n;

/** The nearest integer, of two the even one; undefined: it is no UHUGEINT. */
function uhugeintOf(x: number): bigint | undefined {
  if (!Number.isFinite(x)) return undefined;
  const low = Math.floor(x);
  const rest = x - low;
  const whole = BigInt(rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low);
  return whole < 0n || whole >= UHUGEINT_END ? undefined : whole;
}

/** undefined: the result is NULL. */
const ofUhugeints =
  (what: string, compute: (a: bigint, b: bigint) => bigint | undefined): NestedOperation =>
  ([a, b = 0n], { fail }) => {
    const result = compute(a as bigint, b as bigint);
    if (result === undefined) return null;
    return result < 0n || result >= UHUGEINT_END ? fail(`overflow in ${what} of UHUGEINT`) : result;
  };

export const NUMBER_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  gamma: ([x], { fail }) => (x === 0 ? fail("the gamma function is undefined at zero") : gamma(x as number)),
  lgamma: ([x], { fail }) =>
    x === 0 ? fail("the logarithm of the gamma function is undefined at zero") : logGamma(x as number),
  nextafter: ([x, y], { returns }) => nextAfter(x as number, y as number, returns.kind === "Real"),
  round_even: ([x, digits]) => {
    const scale = 10 ** Number(digits);
    const scaled = (x as number) * scale;
    if (!Number.isFinite(scaled) || scale === 0) return x as number;
    const low = Math.floor(scaled);
    const rest = scaled - low;
    const whole = rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
    return whole / scale;
  },
  round: toDigits(awayFromZero, halfAway),
  trunc: toDigits(Math.trunc, (x, unit) => x / unit),
  shift_left: ([value, by], { returns, fail }) => {
    const [x, count] = [BigInt(value as number | bigint), BigInt(by as number | bigint)];
    const range = typeRange(returns);
    const isFar = x < 0n || count < 0n || count >= 128n;
    const shifted = isFar ? 0n : x << count;
    if (isFar || range === undefined || shifted > range.max) return fail("overflow in left shift");
    return shifted;
  },
  shift_right: ([value, by]) => {
    const count = BigInt(by as number | bigint);
    return count < 0n || count >= 128n ? 0n : BigInt(value as number | bigint) >> count;
  },
  double_to_uhugeint: ([x], { fail }) => uhugeintOf(x as number) ?? fail("value out of range for UHUGEINT"),
  try_double_to_uhugeint: ([x]) => uhugeintOf(x as number) ?? null,
  uhugeint_add: ofUhugeints("addition", (a, b) => a + b),
  uhugeint_subtract: ofUhugeints("subtraction", (a, b) => a - b),
  uhugeint_multiply: ofUhugeints("multiplication", (a, b) => a * b),
  uhugeint_divide: ofUhugeints("division", (a, b) => (b === 0n ? undefined : a / b)),
  uhugeint_remainder: ofUhugeints("remainder", (a, b) => (b === 0n ? undefined : a % b)),
  uhugeint_negate: ofUhugeints("negation", (a) => -a),
  md5_number: ([value]) => {
    const digest = md5Of(value as Datum);
    return (digest.readBigUInt64LE(8) << 64n) | digest.readBigUInt64LE(0);
  },
  md5_number_lower: ([value]) => md5Of(value as Datum).readBigUInt64LE(8),
  md5_number_upper: ([value]) => md5Of(value as Datum).readBigUInt64LE(0),
  uuidv7: () => uuidV7(),
  uuid_extract_version: ([value]) => Number(((value as bigint) >> 76n) & 0xfn),
  uuid_extract_timestamp: ([value], { fail }) => {
    const uuid = value as bigint;
    if (((uuid >> 76n) & 0xfn) !== 7n) return fail("only version 7 of UUIDs has a timestamp");
    return (uuid >> 80n) * 1000n;
  },
};
