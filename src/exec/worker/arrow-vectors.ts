/** Users' functions over vectors of apache-arrow, as functions over the vectors that batches have. */
import type { DataType, Vector } from "apache-arrow";
import type { JavaScriptSpec, UserFunction } from "../../planner/functions/host/javascript.ts";
import type { FunctionVector, NumberArray } from "../../planner/functions/host/javascript-vectors.ts";
import { type SqlType, typeName } from "../../planner/types/types.ts";

type Arrow = typeof import("apache-arrow");

/** The function with its arguments made vectors, and a vector that it returns made values. */
export async function overArrowVectors(
  spec: JavaScriptSpec,
  fn: UserFunction | Promise<UserFunction>,
): Promise<UserFunction> {
  const [arrow, own] = await Promise.all([import("apache-arrow"), fn]);
  const types = spec.args.map((type) => vectorType(arrow, type));
  const returns = vectorType(arrow, spec.returns);
  const result = (value: unknown): unknown =>
    value instanceof arrow.Vector ? valuesOf(arrow, value, returns, spec.returns) : value;
  return (...vectors) => {
    const returned = own(
      ...vectors.map((vector, i) => vectorOf(arrow, vector as FunctionVector, types[i] as DataType)),
    );
    return returned instanceof Promise ? returned.then(result) : result(returned);
  };
}

/** The type of vectors of a SQL type. Throws for one that has none here. */
function vectorType(arrow: Arrow, type: SqlType): DataType {
  switch (type.kind) {
    case "Boolean":
      return new arrow.Bool();
    case "TinyInt":
      return new arrow.Int8();
    case "SmallInt":
      return new arrow.Int16();
    case "Integer":
      return new arrow.Int32();
    case "BigInt":
      return new arrow.Int64();
    case "UTinyInt":
      return new arrow.Uint8();
    case "USmallInt":
      return new arrow.Uint16();
    case "UInteger":
      return new arrow.Uint32();
    case "UBigInt":
      return new arrow.Uint64();
    case "Real":
      return new arrow.Float32();
    case "Double":
      return new arrow.Float64();
    case "Varchar":
      return new arrow.Utf8();
    case "Date":
      return new arrow.DateDay();
    case "Time":
      return new arrow.TimeMicrosecond();
    case "TimestampTz":
      return new arrow.TimestampMicrosecond("UTC");
    case "Timestamp": {
      const units = { s: arrow.TimeUnit.SECOND, ms: arrow.TimeUnit.MILLISECOND, us: arrow.TimeUnit.MICROSECOND };
      return new arrow.Timestamp(type.unit === "ns" ? arrow.TimeUnit.NANOSECOND : units[type.unit]);
    }
    default:
      throw new Error(`there are no Arrow vectors of ${typeName(type)} for functions`);
  }
}

function vectorOf(arrow: Arrow, { values, valid, length }: FunctionVector, type: DataType): Vector {
  if (arrow.DataType.isUtf8(type)) return arrow.vectorFromArray(values as readonly (string | null)[], type);
  const nullBitmap = valid && bitmapOf(valid);
  const nullCount = valid === undefined ? 0 : length - valid.reduce((sum, bit) => sum + bit, 0);
  const ArrayType = type.ArrayType as { from: (values: ArrayLike<unknown>) => Uint8Array };
  const isOwn = values instanceof (type.ArrayType as typeof Uint8Array);
  const data = arrow.DataType.isBool(type) ? bitmapOf(values as Uint8Array) : isOwn ? values : ArrayType.from(values);
  return new arrow.Vector([arrow.makeData({ type, length, nullCount, nullBitmap, data } as never)]);
}

function bitmapOf(bits: ArrayLike<number>): Uint8Array {
  // Arrow's bitmaps are padded to 8 bytes.
  const bitmap = new Uint8Array(Math.ceil(bits.length / 64) * 8);
  for (let i = 0; i < bits.length; i++) if (bits[i] !== 0) bitmap[i >>> 3]! |= 1 << (i & 7);
  return bitmap;
}

/** The values that a function over typed arrays would have returned. Throws where the vector's type does not say what they are. */
function valuesOf(arrow: Arrow, vector: Vector, expected: DataType, type: SqlType): Omit<FunctionVector, "length"> {
  const isExpected = String(vector.type) === String(expected);
  const isTime = ["Date", "Time", "Timestamp", "TimestampTz"].includes(type.kind);
  if (isTime && !isExpected)
    throw new TypeError(
      `it returned a vector of ${String(vector.type)}, for ${typeName(type)} it is ${String(expected)}`,
    );
  const isRaw = isTime || (isExpected && !arrow.DataType.isUtf8(expected) && !arrow.DataType.isBool(expected));
  const values = isRaw ? rawValues(vector) : (Array.from(vector) as unknown[]);
  const valid =
    vector.nullCount === 0
      ? undefined
      : Uint8Array.from({ length: vector.length }, (_, i) => (vector.isValid(i) ? 1 : 0));
  return { values, valid };
}

/** Days, microseconds and so on, as they lie in the vector. */
function rawValues({ data, length, type }: Vector): NumberArray {
  const [only] = data;
  if (only !== undefined && data.length === 1) return (only.values as Float64Array).subarray(0, length);
  const all = new (type.ArrayType as typeof Float64Array)(length);
  let at = 0;
  for (const chunk of data) {
    all.set((chunk.values as Float64Array).subarray(0, chunk.length), at);
    at += chunk.length;
  }
  return all;
}
