/** WebAssembly's 128-bit SIMD for the interpreter: lane by lane through the scalar operations. */
import { type Scalar, scalarOp } from "./scalar-ops.ts";

type Vector = Uint8Array;
type Value = Scalar | Vector;
type Shape = { readonly lanes: number; readonly bits: number; readonly scalar: string };

const SHAPES: Readonly<Record<string, Shape>> = {
  i8x16: { lanes: 16, bits: 8, scalar: "i32" },
  i16x8: { lanes: 8, bits: 16, scalar: "i32" },
  i32x4: { lanes: 4, bits: 32, scalar: "i32" },
  i64x2: { lanes: 2, bits: 64, scalar: "i64" },
  f32x4: { lanes: 4, bits: 32, scalar: "f32" },
  f64x2: { lanes: 2, bits: 64, scalar: "f64" },
};

function read(vector: Vector, shape: Shape, lane: number, unsigned = false): Scalar {
  const view = new DataView(vector.buffer, vector.byteOffset, 16);
  const at = (lane * shape.bits) / 8;
  if (shape.scalar === "f32") return view.getFloat32(at, true);
  if (shape.scalar === "f64") return view.getFloat64(at, true);
  switch (shape.bits) {
    case 8:
      return unsigned ? view.getUint8(at) : view.getInt8(at);
    case 16:
      return unsigned ? view.getUint16(at, true) : view.getInt16(at, true);
    case 32:
      return view.getInt32(at, true);
    default:
      return view.getBigInt64(at, true);
  }
}

function write(vector: Vector, shape: Shape, lane: number, value: Scalar): void {
  const view = new DataView(vector.buffer, vector.byteOffset, 16);
  const at = (lane * shape.bits) / 8;
  if (shape.scalar === "f32") view.setFloat32(at, value as number, true);
  else if (shape.scalar === "f64") view.setFloat64(at, value as number, true);
  else if (shape.bits === 8) view.setInt8(at, value as number);
  else if (shape.bits === 16) view.setInt16(at, value as number, true);
  else if (shape.bits === 32) view.setInt32(at, value as number, true);
  else view.setBigInt64(at, value as bigint, true);
}

function build(shape: Shape, lane: (index: number) => Scalar): Vector {
  const result = new Uint8Array(16);
  for (let i = 0; i < shape.lanes; i++) write(result, shape, i, lane(i));
  return result;
}

const BITWISE: Readonly<Record<string, (a: number, b: number) => number>> = {
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  andnot: (a, b) => a & ~b,
};

const byte = (vector: Vector, index: number): number => vector[index] as number;

function wholeVectorOp(op: string): (...args: Value[]) => Value {
  if (op === "not") return (a) => (a as Vector).map((x) => ~x);
  if (op === "any_true") return (a) => ((a as Vector).some((x) => x !== 0) ? 1 : 0);
  if (op === "bitselect") {
    return (a, b, mask) =>
      (a as Vector).map((x, i) => (x & byte(mask as Vector, i)) | (byte(b as Vector, i) & ~byte(mask as Vector, i)));
  }
  const bitwise = BITWISE[op];
  if (bitwise === undefined) throw new Error(`the interpreter has no v128.${op}`);
  return (a, b) => (a as Vector).map((x, i) => bitwise(x, byte(b as Vector, i)));
}

/** A SIMD instruction without immediates. */
export function simdOp(name: string): (...args: Value[]) => Value {
  const [family = "", op = ""] = name.split(".", 2);
  if (family === "v128") return wholeVectorOp(op);
  const shape = SHAPES[family];
  if (shape === undefined) throw new Error(`the interpreter has no ${name}`);
  const sign = shape.scalar === "i64" ? 0n : 0;
  switch (op) {
    case "splat":
      return (value) => build(shape, () => value as Scalar);
    case "all_true":
      return (a) => (lanes(shape, a).every((x) => x !== sign) ? 1 : 0);
    case "bitmask":
      return (a) => lanes(shape, a).reduce<number>((mask, x, i) => mask | (x < 0 ? 1 << i : 0), 0);
    case "swizzle":
      return (a, b) => (b as Vector).map((index) => (index < 16 ? byte(a as Vector, index) : 0));
    default:
      return extension(shape, op) ?? widenedProduct(family, op) ?? lanewise(shape, op, name);
  }
}

const lanes = (shape: Shape, vector: Value, unsigned = false): readonly Scalar[] =>
  Array.from({ length: shape.lanes }, (_, i) => read(vector as Vector, shape, i, unsigned));

/** `extend_low_i32x4_s`, `convert_low_i32x4_u`, `promote_low_f32x4`. */
function extension(shape: Shape, op: string): ((...args: Value[]) => Value) | undefined {
  const match = /^(extend|convert|promote)_(low|high)?_?([if]\d+x\d+)(?:_([su]))?$/.exec(op);
  const from = match === null ? undefined : SHAPES[match[3] as string];
  if (match === null || from === undefined) return undefined;
  const first = match[2] === "high" ? shape.lanes : 0;
  const unsigned = match[4] === "u";
  return (a) =>
    build(shape, (i) => {
      const value = read(a as Vector, from, first + i, unsigned);
      if (shape.scalar === "i64")
        return BigInt.asIntN(64, unsigned ? BigInt.asUintN(32, BigInt(value)) : BigInt(value));
      return unsigned && from.bits === 32 && from.scalar === "i32" ? Number(value) >>> 0 : Number(value);
    });
}

/** `extmul_low_i32x4_s`: both sides extended, then multiplied. */
function widenedProduct(family: string, op: string): ((...args: Value[]) => Value) | undefined {
  if (!op.startsWith("extmul_")) return undefined;
  const extend = simdOp(`${family}.${op.replace("extmul", "extend")}`);
  const multiply = simdOp(`${family}.mul`);
  return (a, b) => multiply(extend(a), extend(b));
}

/** Lane-wise arithmetic and comparisons; a comparison fills the lane with ones. */
function lanewise(shape: Shape, op: string, name: string): (...args: Value[]) => Value {
  const unsigned = op.endsWith("_u");
  const isComparison = /^(eq|ne|lt|gt|le|ge)(_[su])?$/.test(op);
  const isShift = /^(shl|shr)/.test(op);
  const scalar = laneScalar(shape, op);
  if (scalar === undefined) throw new Error(`the interpreter has no ${name}`);
  const ones: Scalar = shape.scalar === "i64" || shape.scalar === "f64" ? -1n : -1;
  const zero: Scalar = typeof ones === "bigint" ? 0n : 0;
  const mask: Shape =
    shape.scalar === "f32" ? (SHAPES["i32x4"] as Shape) : shape.scalar === "f64" ? (SHAPES["i64x2"] as Shape) : shape;
  return (a, b) => {
    const x = lanes(shape, a, unsigned && shape.bits < 32);
    if (isShift) {
      const count = Number(b) & (shape.bits - 1);
      return build(shape, (i) => scalar(x[i] as Scalar, shape.scalar === "i64" ? BigInt(count) : count));
    }
    const y = b === undefined ? undefined : lanes(shape, b, unsigned && shape.bits < 32);
    const result = (i: number): Scalar =>
      y === undefined ? scalar(x[i] as Scalar) : scalar(x[i] as Scalar, y[i] as Scalar);
    return isComparison ? build(mask, (i) => (result(i) === 0 ? zero : ones)) : build(shape, result);
  };
}

function laneScalar(shape: Shape, op: string): ((...args: Scalar[]) => Scalar) | undefined {
  const less = scalarOp(`${shape.scalar}.lt_${op.endsWith("_u") ? "u" : "s"}`);
  if (less !== undefined && /^(min|max)_[su]$/.test(op)) {
    return (a, b) => ((less(a, b) !== 0) === op.startsWith("min") ? a : b);
  }
  if (op === "neg" && shape.scalar !== "f32" && shape.scalar !== "f64") return (a) => -(a as never);
  if (op === "abs" && shape.scalar !== "f32" && shape.scalar !== "f64") return (a) => (a < 0 ? -(a as never) : a);
  if (op === "pmin") return (a, b) => ((b as number) < (a as number) ? b : a);
  if (op === "pmax") return (a, b) => ((a as number) < (b as number) ? b : a);
  return scalarOp(`${shape.scalar}.${op}`);
}

/** Lane accesses with immediates: extract, replace, shuffle. */
export function laneOp(name: string, indices: readonly number[]): (...args: Value[]) => Value {
  const [family = "", op = ""] = name.split(".", 2);
  const lane = indices[0] as number;
  if (op === "shuffle") {
    return (a, b) => Uint8Array.from(indices, (i) => (i < 16 ? byte(a as Vector, i) : byte(b as Vector, i - 16)));
  }
  const shape = SHAPES[family];
  if (shape === undefined) throw new Error(`the interpreter has no ${name}`);
  if (op.startsWith("extract_lane")) return (a) => read(a as Vector, shape, lane, op.endsWith("_u"));
  if (op !== "replace_lane") throw new Error(`the interpreter has no ${name}`);
  return (a, value) => {
    const result = (a as Vector).slice();
    write(result, shape, lane, value as Scalar);
    return result;
  };
}
