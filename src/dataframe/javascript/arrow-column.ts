/** Vectors of apache-arrow as columns: by whole arrays where a value lies as it does here, else value by value. */
import { isUtf8 } from "node:buffer";
import type { Data, Vector } from "apache-arrow";
import { ColumnBuilder } from "../../exec/table/column-builder.ts";
import type { LaneColumn } from "../../exec/table/lane-column.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { datumOfJs } from "../../planner/types/js-input.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import { sameType, type SqlType } from "../../planner/types/types.ts";
import { ARROW, type ArrowParts, arrowType, UNITS } from "./arrow-input.ts";

/** The values of a vector; `wrong` makes the error for one that is none of the type. */
export function arrowColumn(vector: Vector, type: SqlType, wrong: (value: unknown) => Error): LaneColumn {
  return (vector.data.length === 1 ? wholeColumn(vector, type) : undefined) ?? eachValue(vector, type, wrong);
}

const NO_TEXT = new Uint8Array(0);

/** undefined: its values have to be looked at. */
function wholeColumn(vector: Vector, type: SqlType): LaneColumn | undefined {
  const [data] = vector.data;
  if (data === undefined || data.values === undefined || !isSame(vector, type)) return undefined;
  const id = data.type.typeId as number;
  if (id === ARROW.dictionary) return dictionaryColumn(data, type);
  if (id === ARROW.utf8 || id === ARROW.largeUtf8) return textColumn(data);
  const { unit } = data.type as unknown as ArrowParts;
  switch (id) {
    case ARROW.int:
    case ARROW.float:
      return asTheyAre(data, type);
    case ARROW.date:
      return unit === 0 ? asTheyAre(data, type) : undefined;
    case ARROW.time:
    case ARROW.timestamp:
      return UNITS[unit ?? 2] === (type.kind === "Timestamp" ? type.unit : "us") ? asTheyAre(data, type) : undefined;
    case ARROW.bool:
      return booleans(data);
    case ARROW.decimal:
      return type.kind === "Decimal" ? decimals(data, type.precision) : undefined;
    default:
      return undefined;
  }
}

/** Whether the type is what the vector's type is read as. */
function isSame(vector: Vector, type: SqlType): boolean {
  try {
    return sameType(arrowType("", vector.type), type);
  } catch {
    return false;
  }
}

/** Values that lie as in our lane. */
function asTheyAre(data: Data, type: SqlType): LaneColumn {
  const { buffer, byteOffset } = data.values as Int32Array;
  const width = LANE_BYTES[laneOf(type)];
  return fixed(data, new Uint8Array(buffer, byteOffset, data.length * width), width);
}

function booleans(data: Data): LaneColumn {
  const bits = data.values as Uint8Array;
  const bytes = new Uint8Array(data.length);
  for (let i = 0, at = data.offset; i < data.length; i++, at++) bytes[i] = (bits[at >>> 3]! >>> (at & 7)) & 1;
  return fixed(data, bytes, 1);
}

/** 128 bits into 64 where the precision allows it; undefined: one has more digits than its type. */
function decimals(data: Data, precision: number): LaneColumn | undefined {
  const { length: rows } = data;
  // A copy, as 8 bytes each may be out of line.
  const words = new BigInt64Array((data.values as Uint32Array).slice(0, 4 * rows).buffer);
  const validity = validityOf(data);
  if (validity !== undefined) eachNull(validity, rows, (row) => words.fill(0n, 2 * row, 2 * row + 2));
  const limit = 10n ** BigInt(precision);
  if (precision > 18) {
    for (let i = 1; i < words.length; i += 2)
      if (!isWithin((words[i]! << 64n) | BigInt.asUintN(64, words[i - 1]!), limit)) return undefined;
    return { rows, data: new Uint8Array(words.buffer), validity, text: NO_TEXT };
  }
  const narrow = new BigInt64Array(rows);
  for (let i = 0; i < rows; i++) {
    const value = words[2 * i]!;
    if (words[2 * i + 1] !== (value < 0n ? -1n : 0n) || !isWithin(value, limit)) return undefined;
    narrow[i] = value;
  }
  return { rows, data: new Uint8Array(narrow.buffer), validity, text: NO_TEXT };
}

function isWithin(value: bigint, limit: bigint): boolean {
  return value < limit && value > -limit;
}

/** `bytes` are still the vector's own where there are no NULLs. */
function fixed(data: Data, bytes: Uint8Array, width: number): LaneColumn {
  const validity = validityOf(data);
  if (validity === undefined) return { rows: data.length, data: bytes, validity, text: NO_TEXT };
  const zeroed = bytes.slice();
  eachNull(validity, data.length, (row) => zeroed.fill(0, row * width, (row + 1) * width));
  return { rows: data.length, data: zeroed, validity, text: NO_TEXT };
}

/** The bitmap from the first row on; undefined: there are no NULLs. */
function validityOf({ nullBitmap, nullCount, offset, length }: Data): Uint8Array | undefined {
  if (nullCount === 0 || nullBitmap === undefined || nullBitmap.length === 0) return undefined;
  const bytes = Math.ceil(length / 8);
  const first = offset >>> 3;
  const shift = offset & 7;
  if (shift === 0) return nullBitmap.subarray(first, first + bytes);
  return Uint8Array.from({ length: bytes }, (_, i) => {
    return ((nullBitmap[first + i] ?? 0) >>> shift) | ((nullBitmap[first + i + 1] ?? 0) << (8 - shift));
  });
}

function eachNull(validity: Uint8Array, rows: number, visit: (row: number) => void): void {
  for (let row = 0; row < rows; row++) if ((validity[row >>> 3]! & (1 << (row & 7))) === 0) visit(row);
}

/** undefined where the bytes are no UTF-8, which reading value by value mends. */
function textColumn(data: Data): LaneColumn | undefined {
  const { length: rows } = data;
  const offsets = data.valueOffsets as ArrayLike<number | bigint>;
  const start = Number(offsets[0] ?? 0);
  const text = (data.values as Uint8Array).subarray(start, Number(offsets[rows] ?? 0));
  if (!isUtf8(text)) return undefined;
  const validity = validityOf(data);
  const refs = new Uint32Array(2 * rows);
  let from = 0;
  for (let i = 0; i < rows; i++) {
    const end = Number(offsets[i + 1]) - start;
    if (end < from || (end < text.length && (text[end]! & 0xc0) === 0x80)) return undefined;
    refs[2 * i] = from;
    refs[2 * i + 1] = end - from;
    from = end;
  }
  if (validity !== undefined) eachNull(validity, rows, (row) => refs.fill(0, 2 * row, 2 * row + 2));
  return { rows, data: new Uint8Array(refs.buffer), validity, text };
}

/** Strings of a dictionary, which the rows share. */
function dictionaryColumn(data: Data, type: SqlType): LaneColumn | undefined {
  const [entries, another] = data.dictionary?.data ?? [];
  const keys = data.values as ArrayLike<number | bigint>;
  const isText = entries !== undefined && [ARROW.utf8, ARROW.largeUtf8].includes(entries.type.typeId as 5);
  if (!isText || another !== undefined || entries.nullCount > 0 || type.kind !== "Varchar") return undefined;
  const strings = textColumn(entries);
  if (strings === undefined) return undefined;
  const { length: rows } = data;
  const validity = validityOf(data);
  const from = new Uint32Array(strings.data.buffer);
  const refs = new Uint32Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    const key = Number(keys[i]);
    if (key >= 0 && key < strings.rows) {
      refs[2 * i] = from[2 * key]!;
      refs[2 * i + 1] = from[2 * key + 1]!;
    } else if (validity === undefined || (validity[i >>> 3]! & (1 << (i & 7))) !== 0) return undefined;
  }
  if (validity !== undefined) eachNull(validity, rows, (row) => refs.fill(0, 2 * row, 2 * row + 2));
  return { rows, data: new Uint8Array(refs.buffer), validity, text: strings.text };
}

function eachValue(vector: Vector, type: SqlType, wrong: (value: unknown) => Error): LaneColumn {
  const read = exactReader(vector, type);
  const builder = new ColumnBuilder(type, vector.length, datumOfArrow);
  for (let i = 0; i < vector.length; i++) {
    const value = vector.isValid(i) ? read(i) : null;
    if (!builder.set(i, value)) throw wrong(value instanceof Unscaled ? value.value : value);
  }
  return builder.take(vector.length);
}

/** Arrow's own readers round times and decimals: these are read from the words. */
function exactReader(vector: Vector, type: SqlType): (i: number) => unknown {
  const { kind } = type;
  const id = vector.type.typeId as number;
  const [data] = vector.data;
  const parts = vector.type as unknown as ArrowParts;
  const words = data?.values as ArrayLike<number | bigint> | undefined;
  if (vector.data.length !== 1 || words === undefined) return (i) => vector.get(i) as unknown;
  if (kind === "Decimal" && id === ARROW.decimal) {
    return (i) => {
      let value = 0n;
      for (let word = 3; word >= 0; word--) value = (value << 32n) | BigInt((words[4 * i + word] as number) >>> 0);
      return new Unscaled(BigInt.asIntN(128, value));
    };
  }
  if (kind === "Date" && id === ARROW.date && parts.unit === 0) return (i) => new Unscaled(BigInt(words[i] as number));
  if (id !== ARROW.timestamp && id !== ARROW.time) return (i) => vector.get(i) as unknown;
  const target = kind === "Timestamp" ? type.unit : "us";
  const [from, to] = [10n ** (3n * BigInt(parts.unit ?? 2)), 10n ** (3n * BigInt(UNITS.indexOf(target)))];
  return (i) => {
    const value = BigInt(words[i] as number | bigint);
    if (to >= from) return new Unscaled(value * (to / from));
    const divisor = from / to;
    const rest = value % divisor;
    return new Unscaled((value - (rest < 0n ? rest + divisor : rest)) / divisor);
  };
}

/** A number in the unit of its type. */
class Unscaled {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

function datumOfArrow(value: unknown, type: SqlType): Datum | undefined {
  if (value instanceof Unscaled) {
    if (type.kind === "Decimal" && !isWithin(value.value, 10n ** BigInt(type.precision))) return undefined;
    return type.kind === "Date" ? Number(value.value) : value.value;
  }
  if (type.kind === "Date" && typeof value === "number") return datumOfJs(new Date(value), type);
  if (type.kind === "List" || type.kind === "Array") {
    const items = [...(value as Iterable<unknown>)].map((item) => nested(item, type.element));
    return items.some((item) => item === undefined) ? undefined : (items as readonly Datum[]);
  }
  if (type.kind === "Struct") {
    const fields = type.fields.map((field) => nested((value as Record<string, unknown>)[field.name], field.type));
    return fields.some((item) => item === undefined) ? undefined : (fields as readonly Datum[]);
  }
  return datumOfJs(value, type);
}

function nested(value: unknown, type: SqlType): Datum | undefined {
  return value === null || value === undefined ? null : datumOfArrow(value, type);
}
