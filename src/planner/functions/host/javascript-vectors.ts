/** Columns of up to a few thousand values between memory and JavaScript, for functions that take many rows at a time. */
import type { Datum } from "../../expr/expr.ts";
import { repOf } from "../../ir/lower/rep.ts";
import { jsValue } from "../../types/js-values.ts";
import type { SqlType } from "../../types/types.ts";
import { type HostRuntime, readText, SLACK } from "./host.ts";
import { datumBytes } from "./nested.ts";
import { datumOf, writeWords } from "./values.ts";

export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/**
 * A column of a batch, as in Arrow: integers of up to 32 bits and DATE (days) are an Int32Array, UINTEGER a Uint32Array, BIGINT,
 * TIME and TIMESTAMP (in their unit) a BigInt64Array, UBIGINT a BigUint64Array, REAL and DOUBLE a Float32Array and a Float64Array,
 * BOOLEAN a Uint8Array of 0 and 1; all others an array of row values.
 */
export type FunctionVector = {
  readonly length: number;
  readonly values: NumberArray | readonly unknown[];
  /** 1 where there is a value, 0 where it is NULL; undefined: there is no NULL. */
  readonly valid: Uint8Array | undefined;
};

/** Types of which functions may take vectors of apache-arrow. */
const ARROW_KINDS: ReadonlySet<SqlType["kind"]> = new Set([
  ...(["Boolean", "TinyInt", "SmallInt", "Integer", "BigInt", "UTinyInt", "USmallInt", "UInteger", "UBigInt"] as const),
  ...(["Real", "Double", "Varchar", "Date", "Time", "Timestamp", "TimestampTz"] as const),
]);

export function hasArrowVectors({ kind }: SqlType): boolean {
  return ARROW_KINDS.has(kind);
}

/** Where a column's values lie: one after the other in the natural representation of the type, each in its bytes. */
export type VectorAddress = {
  readonly data: number;
  /** Of a byte per value, 0 where it is NULL; 0: none is. */
  readonly valid: number;
};

/** The values as arrays, copies. What stands where a value is NULL means nothing. */
export function vectorValues(
  rt: HostRuntime,
  type: SqlType,
  data: number,
  count: number,
): NumberArray | readonly unknown[] {
  const values = valuesAt(rt, type, data, count);
  return Array.isArray(values) ? values : (values as Float64Array).slice();
}

/** The same, but perhaps in the memory itself, which others see. */
export function valuesAt(
  rt: HostRuntime,
  type: SqlType,
  data: number,
  count: number,
): NumberArray | readonly unknown[] {
  const { buffer, byteOffset } = rt.bytes();
  const at = byteOffset + (data >>> 0);
  switch (type.kind) {
    case "TinyInt":
    case "SmallInt":
    case "Integer":
    case "UTinyInt":
    case "USmallInt":
    case "Date":
      return new Int32Array(buffer, at, count);
    case "Boolean":
      return Uint8Array.from(new Int32Array(buffer, at, count));
    case "UInteger":
      return Uint32Array.from({ length: count }, (_, i) => new Uint32Array(buffer, at, 2 * count)[2 * i] as number);
    case "BigInt":
    case "Time":
    case "Timestamp":
    case "TimestampTz":
      return new BigInt64Array(buffer, at, count);
    case "UBigInt": {
      const words = new BigUint64Array(buffer, at, 2 * count);
      return BigUint64Array.from({ length: count }, (_, i) => words[2 * i] as bigint);
    }
    case "Real":
      return new Float32Array(buffer, at, count);
    case "Double":
      return new Float64Array(buffer, at, count);
    default:
      return rowValues(rt, type, { data, valid: 0 }, count);
  }
}

/** The values as row values; where one is NULL, null. */
export function rowValues(rt: HostRuntime, type: SqlType, { data, valid }: VectorAddress, count: number): unknown[] {
  const { buffer, byteOffset } = rt.bytes();
  const at = byteOffset + (data >>> 0);
  const present = valid === 0 ? undefined : new Uint8Array(buffer, byteOffset + (valid >>> 0), count);
  const read = reader(rt, type, buffer, at, count);
  return Array.from({ length: count }, (_, i) => (present?.[i] === 0 ? null : read(i)));
}

/** Types whose row values are their constants. */
const PLAIN_KINDS: ReadonlySet<SqlType["kind"]> = new Set([
  ...(["Varchar", "Integer", "SmallInt", "TinyInt", "USmallInt", "UTinyInt", "BigInt", "Double", "Real"] as const),
]);

/** The values as constants, exact where row values are not: those of times have no microseconds. */
export function datumValues(rt: HostRuntime, type: SqlType, { data, valid }: VectorAddress, count: number): Datum[] {
  if (PLAIN_KINDS.has(type.kind)) return rowValues(rt, type, { data, valid }, count) as Datum[];
  const { buffer, byteOffset } = rt.bytes();
  const at = byteOffset + (data >>> 0);
  const present = valid === 0 ? undefined : new Uint8Array(buffer, byteOffset + (valid >>> 0), count);
  const read = datumReader(rt, type, buffer, at, count);
  return Array.from({ length: count }, (_, i) => (present?.[i] === 0 ? null : read(i)));
}

/** Reads the value at an index as a constant. */
function datumReader(
  rt: HostRuntime,
  type: SqlType,
  buffer: ArrayBufferLike,
  at: number,
  count: number,
): (i: number) => Datum {
  switch (repOf(type)) {
    case "i32": {
      const values = new Int32Array(buffer, at, count);
      return (i) => datumOf(rt, type, values[i] as number, 0);
    }
    case "f32": {
      const values = new Float32Array(buffer, at, count);
      return (i) => datumOf(rt, type, values[i] as number, 0);
    }
    case "f64": {
      const values = new Float64Array(buffer, at, count);
      return (i) => datumOf(rt, type, values[i] as number, 0);
    }
    case "i64": {
      const values = new BigInt64Array(buffer, at, count);
      return (i) => datumOf(rt, type, values[i] as bigint, 0n);
    }
    case "str": {
      const refs = new Uint32Array(buffer, at, 2 * count);
      return (i) => datumOf(rt, type, refs[2 * i] as number, refs[2 * i + 1] as number);
    }
    case "i128":
    case "interval": {
      const words = new BigInt64Array(buffer, at, 2 * count);
      return (i) => datumOf(rt, type, words[2 * i] as bigint, words[2 * i + 1] as bigint);
    }
  }
}

/** Reads the value at an index as a row value. */
function reader(
  rt: HostRuntime,
  type: SqlType,
  buffer: ArrayBufferLike,
  at: number,
  count: number,
): (i: number) => unknown {
  switch (type.kind) {
    case "Integer":
    case "SmallInt":
    case "TinyInt":
    case "USmallInt":
    case "UTinyInt": {
      const values = new Int32Array(buffer, at, count);
      return (i) => values[i];
    }
    case "Real": {
      const values = new Float32Array(buffer, at, count);
      return (i) => values[i];
    }
    case "Double": {
      const values = new Float64Array(buffer, at, count);
      return (i) => values[i];
    }
    case "BigInt": {
      const values = new BigInt64Array(buffer, at, count);
      return (i) => values[i];
    }
    case "Varchar":
      return textReader(rt, new Uint32Array(buffer, at, 2 * count));
    default: {
      const read = datumReader(rt, type, buffer, at, count);
      return (i) => jsValue(read(i), type, {});
    }
  }
}

/** Widest range of memory that one Buffer serves: larger ones do not work. */
const WIDEST = 2 ** 30;

/** Reads strings by their references through one Buffer, where they lie close enough. */
function textReader(rt: HostRuntime, refs: Uint32Array): (i: number) => string {
  let first = Infinity;
  let end = 0;
  for (let i = 0; i < refs.length; i += 2) {
    const [start, length] = [refs[i] as number, refs[i + 1] as number];
    if (length === 0) continue;
    if (start < first) first = start;
    if (start + length > end) end = start + length;
  }
  if (first > end) return () => "";
  if (end - first > WIDEST) return (i) => readText(rt, refs[2 * i] as number, refs[2 * i + 1] as number);
  const { buffer, byteOffset } = rt.bytes();
  const memory = Buffer.from(buffer, byteOffset + first, end - first);
  return (i) => {
    const start = (refs[2 * i] as number) - first;
    const length = refs[2 * i + 1] as number;
    return length === 0 ? "" : memory.toString("utf8", start, start + length);
  };
}

/** Writes constants where `to` says, in the natural representation of the type; the bytes of strings to fresh memory. */
export function writeVector(rt: HostRuntime, type: SqlType, to: VectorAddress, values: readonly Datum[]): void {
  const rep = repOf(type);
  const count = values.length;
  if (type.kind === "Varchar" || type.kind === "Json") return writeTexts(rt, to, values as readonly (string | null)[]);
  if (rep === "str") return writeBytes(rt, type, to, values);
  markNulls(rt, to, values);
  const { buffer, byteOffset } = rt.bytes();
  const data = byteOffset + (to.data >>> 0);
  switch (rep) {
    case "i32":
      return fill(new Int32Array(buffer, data, count), values, Number);
    case "f32":
      return fill(new Float32Array(buffer, data, count), values, Number);
    case "f64":
      return fill(new Float64Array(buffer, data, count), values, Number);
    case "i64":
      return fill(new BigInt64Array(buffer, data, count), values, (value) => BigInt(value as number | bigint));
    default:
      values.forEach((value, i) => {
        if (value !== null) writeWords(new DataView(buffer, data + i * 16, 16), value as number, type);
      });
  }
}

function fill<T extends number | bigint>(
  target: { [at: number]: T },
  values: readonly Datum[],
  convert: (value: Datum) => T,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as Datum;
    if (value !== null) target[i] = convert(value);
  }
}

function markNulls(rt: HostRuntime, to: VectorAddress, values: readonly Datum[]): void {
  const { buffer, byteOffset } = rt.bytes();
  const valid = new Uint8Array(buffer, byteOffset + (to.valid >>> 0), values.length);
  for (let i = 0; i < values.length; i++) valid[i] = values[i] === null ? 0 : 1;
}

/** Bytes of UTF-8 per UTF-16 unit, at most. */
const MOST_UNIT_BYTES = 3;
/** Up to this, memory is taken for the longest that texts may be. */
const GENEROUS_BYTES = 2 ** 20;

function writeTexts(rt: HostRuntime, to: VectorAddress, values: readonly (string | null)[]): void {
  let bytes = 0;
  for (const value of values) bytes += MOST_UNIT_BYTES * (value?.length ?? 0);
  if (bytes > GENEROUS_BYTES) {
    bytes = 0;
    for (const value of values) bytes += value === null ? 0 : Buffer.byteLength(value, "utf8");
  }
  const first = rt.allocate(bytes + SLACK) >>> 0;
  markNulls(rt, to, values);
  const { buffer, byteOffset } = rt.bytes();
  const memory = Buffer.from(buffer, byteOffset + first, bytes);
  const refs = new Uint32Array(buffer, byteOffset + (to.data >>> 0), 2 * values.length);
  let next = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? "";
    const written = value === "" ? 0 : memory.write(value, next, "utf8");
    refs[2 * i] = written === 0 ? 0 : first + next;
    refs[2 * i + 1] = written;
    next += written;
  }
}

function writeBytes(rt: HostRuntime, type: SqlType, to: VectorAddress, values: readonly Datum[]): void {
  const encoded = values.map((value) => (value === null ? undefined : datumBytes(value, type)));
  let next = rt.allocate(encoded.reduce((sum, item) => sum + (item?.length ?? 0), SLACK)) >>> 0;
  markNulls(rt, to, values);
  const { buffer, byteOffset } = rt.bytes();
  const refs = new Uint32Array(buffer, byteOffset + (to.data >>> 0), 2 * values.length);
  encoded.forEach((item, i) => {
    refs[2 * i] = item === undefined ? 0 : next;
    refs[2 * i + 1] = item?.length ?? 0;
    if (item === undefined) return;
    new Uint8Array(buffer, byteOffset + next, item.length).set(item);
    next += item.length;
  });
}

/** Bytes of a value in the vectors of a batch. */
export function valueBytes(type: SqlType): number {
  const rep = repOf(type);
  return rep === "i32" || rep === "f32" ? 4 : rep === "i128" || rep === "interval" ? 16 : 8;
}
