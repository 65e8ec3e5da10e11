/**
 * WebAssembly's numeric instructions on JavaScript values: i32 as a signed number, i64 as a signed bigint, f32 as a rounded
 * number, f64 as a number (WebAssembly core specification, "Numerics").
 */
export type Scalar = number | bigint;
type Op = (...args: never[]) => Scalar;

const trap = (message: string): never => {
  throw new WebAssembly.RuntimeError(message);
};
const flag = (value: boolean): number => (value ? 1 : 0);
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function ctz32(x: number): number {
  return x === 0 ? 32 : 31 - Math.clz32(x & -x);
}
function popcnt32(x: number): number {
  let bits = x >>> 0;
  let count = 0;
  for (; bits !== 0; bits &= bits - 1) count++;
  return count;
}
const low32 = (x: bigint): number => Number(BigInt.asIntN(32, x));
const high32 = (x: bigint): number => Number(BigInt.asIntN(32, x >> 32n));

/** Rounds to the nearest integer, ties to even. */
function nearest(x: number): number {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const floor = Math.floor(x);
  const behind = x - floor;
  const rounded = behind < 0.5 || (behind === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  return rounded === 0 ? (x < 0 || Object.is(x, -0) ? -0 : 0) : rounded;
}
function copysign(x: number, sign: number): number {
  const negative = sign < 0 || Object.is(sign, -0);
  return negative ? -Math.abs(x) : Math.abs(x);
}
function min(x: number, y: number): number {
  return Math.min(x, y);
}
function max(x: number, y: number): number {
  return Math.max(x, y);
}

function truncate(x: number, low: bigint, high: bigint, saturate: boolean): bigint {
  if (Number.isNaN(x)) return saturate ? 0n : trap("invalid conversion to integer");
  const whole = Math.trunc(x);
  const value = Number.isFinite(whole) ? BigInt(whole) : whole > 0 ? high + 1n : low - 1n;
  if (value < low) return saturate ? low : trap("integer overflow");
  if (value > high) return saturate ? high : trap("integer overflow");
  return value;
}

const scratch = new DataView(new ArrayBuffer(8));
function reinterpret(write: (view: DataView) => void, read: (view: DataView) => Scalar): Scalar {
  write(scratch);
  return read(scratch);
}

const I32: Readonly<Record<string, Op>> = {
  add: (a: number, b: number) => (a + b) | 0,
  sub: (a: number, b: number) => (a - b) | 0,
  mul: (a: number, b: number) => Math.imul(a, b),
  div_s: (a: number, b: number) =>
    b === 0 ? trap("divide by zero") : a === -(2 ** 31) && b === -1 ? trap("integer overflow") : (a / b) | 0,
  div_u: (a: number, b: number) => (b === 0 ? trap("divide by zero") : ((a >>> 0) / (b >>> 0)) | 0),
  rem_s: (a: number, b: number) => (b === 0 ? trap("divide by zero") : (a % b) | 0),
  rem_u: (a: number, b: number) => (b === 0 ? trap("divide by zero") : ((a >>> 0) % (b >>> 0)) | 0),
  and: (a: number, b: number) => a & b,
  or: (a: number, b: number) => a | b,
  xor: (a: number, b: number) => a ^ b,
  shl: (a: number, b: number) => a << b,
  shr_s: (a: number, b: number) => a >> b,
  shr_u: (a: number, b: number) => (a >>> b) | 0,
  rotl: (a: number, b: number) => (a << (b & 31)) | (a >>> ((32 - (b & 31)) & 31)) | 0,
  rotr: (a: number, b: number) => (a >>> (b & 31)) | (a << ((32 - (b & 31)) & 31)) | 0,
  clz: (a: number) => Math.clz32(a),
  ctz: (a: number) => ctz32(a),
  popcnt: (a: number) => popcnt32(a),
  eqz: (a: number) => flag(a === 0),
  eq: (a: number, b: number) => flag(a === b),
  ne: (a: number, b: number) => flag(a !== b),
  lt_s: (a: number, b: number) => flag(a < b),
  lt_u: (a: number, b: number) => flag(a >>> 0 < b >>> 0),
  gt_s: (a: number, b: number) => flag(a > b),
  gt_u: (a: number, b: number) => flag(a >>> 0 > b >>> 0),
  le_s: (a: number, b: number) => flag(a <= b),
  le_u: (a: number, b: number) => flag(a >>> 0 <= b >>> 0),
  ge_s: (a: number, b: number) => flag(a >= b),
  ge_u: (a: number, b: number) => flag(a >>> 0 >= b >>> 0),
  extend8_s: (a: number) => (a << 24) >> 24,
  extend16_s: (a: number) => (a << 16) >> 16,
  wrap_i64: (a: bigint) => low32(a),
  reinterpret_f32: (a: number) =>
    reinterpret(
      (v) => v.setFloat32(0, a),
      (v) => v.getInt32(0),
    ),
};

const I64: Readonly<Record<string, Op>> = {
  add: (a: bigint, b: bigint) => s64(a + b),
  sub: (a: bigint, b: bigint) => s64(a - b),
  mul: (a: bigint, b: bigint) => s64(a * b),
  div_s: (a: bigint, b: bigint) =>
    b === 0n ? trap("divide by zero") : a === -(2n ** 63n) && b === -1n ? trap("integer overflow") : a / b,
  div_u: (a: bigint, b: bigint) => (b === 0n ? trap("divide by zero") : s64(u64(a) / u64(b))),
  rem_s: (a: bigint, b: bigint) => (b === 0n ? trap("divide by zero") : a % b),
  rem_u: (a: bigint, b: bigint) => (b === 0n ? trap("divide by zero") : s64(u64(a) % u64(b))),
  and: (a: bigint, b: bigint) => a & b,
  or: (a: bigint, b: bigint) => a | b,
  xor: (a: bigint, b: bigint) => a ^ b,
  shl: (a: bigint, b: bigint) => s64(a << (b & 63n)),
  shr_s: (a: bigint, b: bigint) => a >> (b & 63n),
  shr_u: (a: bigint, b: bigint) => s64(u64(a) >> (b & 63n)),
  rotl: (a: bigint, b: bigint) => s64((a << (b & 63n)) | (u64(a) >> ((64n - (b & 63n)) & 63n))),
  rotr: (a: bigint, b: bigint) => s64((u64(a) >> (b & 63n)) | (a << ((64n - (b & 63n)) & 63n))),
  clz: (a: bigint) => BigInt(high32(a) === 0 ? 32 + Math.clz32(low32(a)) : Math.clz32(high32(a))),
  ctz: (a: bigint) => BigInt(low32(a) === 0 ? 32 + ctz32(high32(a)) : ctz32(low32(a))),
  popcnt: (a: bigint) => BigInt(popcnt32(low32(a)) + popcnt32(high32(a))),
  eqz: (a: bigint) => flag(a === 0n),
  eq: (a: bigint, b: bigint) => flag(a === b),
  ne: (a: bigint, b: bigint) => flag(a !== b),
  lt_s: (a: bigint, b: bigint) => flag(a < b),
  lt_u: (a: bigint, b: bigint) => flag(u64(a) < u64(b)),
  gt_s: (a: bigint, b: bigint) => flag(a > b),
  gt_u: (a: bigint, b: bigint) => flag(u64(a) > u64(b)),
  le_s: (a: bigint, b: bigint) => flag(a <= b),
  le_u: (a: bigint, b: bigint) => flag(u64(a) <= u64(b)),
  ge_s: (a: bigint, b: bigint) => flag(a >= b),
  ge_u: (a: bigint, b: bigint) => flag(u64(a) >= u64(b)),
  extend8_s: (a: bigint) => BigInt.asIntN(8, a),
  extend16_s: (a: bigint) => BigInt.asIntN(16, a),
  extend32_s: (a: bigint) => BigInt.asIntN(32, a),
  extend_i32_s: (a: number) => BigInt(a),
  extend_i32_u: (a: number) => BigInt(a >>> 0),
  reinterpret_f64: (a: number) =>
    reinterpret(
      (v) => v.setFloat64(0, a),
      (v) => v.getBigInt64(0),
    ),
};

/** The operations on floats; `round` is the identity for f64 and Math.fround for f32. */
function floatOps(round: (x: number) => number): Readonly<Record<string, Op>> {
  return {
    add: (a: number, b: number) => round(a + b),
    sub: (a: number, b: number) => round(a - b),
    mul: (a: number, b: number) => round(a * b),
    div: (a: number, b: number) => round(a / b),
    min: (a: number, b: number) => min(a, b),
    max: (a: number, b: number) => max(a, b),
    copysign: (a: number, b: number) => copysign(a, b),
    abs: (a: number) => Math.abs(a),
    neg: (a: number) => -a,
    ceil: (a: number) => Math.ceil(a),
    floor: (a: number) => Math.floor(a),
    trunc: (a: number) => Math.trunc(a),
    nearest: (a: number) => nearest(a),
    sqrt: (a: number) => round(Math.sqrt(a)),
    eq: (a: number, b: number) => flag(a === b),
    ne: (a: number, b: number) => flag(a !== b),
    lt: (a: number, b: number) => flag(a < b),
    gt: (a: number, b: number) => flag(a > b),
    le: (a: number, b: number) => flag(a <= b),
    ge: (a: number, b: number) => flag(a >= b),
    convert_i32_s: (a: number) => round(a),
    convert_i32_u: (a: number) => round(a >>> 0),
    convert_i64_s: (a: bigint) => roundBig(a, round),
    convert_i64_u: (a: bigint) => roundBig(u64(a), round),
  };
}

/** To f32 in one rounding: the bits that f64 would round away are kept as a sticky bit. */
function roundBig(value: bigint, round: (x: number) => number): number {
  const size = value < 0n ? -value : value;
  if (round !== Math.fround || size < 2n ** 53n) return round(Number(value));
  const sticky = (size & ((1n << 24n) - 1n)) === 0n ? 0n : 1n << 24n;
  const kept = Number(((size >> 25n) << 25n) | (size & (1n << 24n)) | sticky);
  return Math.fround(value < 0n ? -kept : kept);
}

const identity = (x: number): number => x;

function truncations(bits: 32 | 64): Readonly<Record<string, Op>> {
  const ops: Record<string, Op> = {};
  const size = BigInt(bits);
  for (const from of ["f32", "f64"]) {
    for (const saturate of [false, true]) {
      for (const sign of ["s", "u"]) {
        const low = sign === "s" ? -(2n ** (size - 1n)) : 0n;
        const high = sign === "s" ? 2n ** (size - 1n) - 1n : 2n ** size - 1n;
        const wrap = (value: bigint): Scalar => (bits === 32 ? low32(value) : s64(value));
        ops[`trunc${saturate ? "_sat" : ""}_${from}_${sign}`] = (x: number) => wrap(truncate(x, low, high, saturate));
      }
    }
  }
  return ops;
}

const FAMILIES: Readonly<Record<string, Readonly<Record<string, Op>>>> = {
  i32: { ...I32, ...truncations(32) },
  i64: { ...I64, ...truncations(64) },
  f32: {
    ...floatOps(Math.fround),
    demote_f64: (a: number) => Math.fround(a),
    reinterpret_i32: (a: number) =>
      reinterpret(
        (v) => v.setInt32(0, a),
        (v) => v.getFloat32(0),
      ),
  },
  f64: {
    ...floatOps(identity),
    promote_f32: (a: number) => a,
    reinterpret_i64: (a: bigint) =>
      reinterpret(
        (v) => v.setBigInt64(0, a),
        (v) => v.getFloat64(0),
      ),
  },
};

/** The instruction `name` (`i64.add`) as a function; undefined for SIMD and unknown names. */
export function scalarOp(name: string): ((...args: Scalar[]) => Scalar) | undefined {
  const [type = "", op = ""] = name.split(".", 2);
  return FAMILIES[type]?.[op] as ((...args: Scalar[]) => Scalar) | undefined;
}
