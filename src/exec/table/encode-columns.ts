/** Columns of JavaScript values as chunks in shared memory. */
import type { Datum } from "../../planner/expr/expr.ts";
import type { NumberArray } from "../../planner/functions/host/javascript-vectors.ts";
import { datumBytes } from "../../planner/functions/host/nested.ts";
import { type Lane, LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { writeDatum } from "../../planner/types/write-datum.ts";
import { SLACK } from "../memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../memory/shared-memory.ts";
import { type Chunk, type ChunkColumn, CHUNK_ROWS, type TableVersion, withChunks } from "./table-version.ts";

/** UTF-8 side by side: text `i` ends at `ends[i]` and begins where the last one ends. */
export type Texts = { readonly bytes: Uint8Array; readonly ends: Uint32Array };

/**
 * Values of a column by row: in the Datum convention of its type, as its lane holds them (booleans: 0 and 1), or as texts for types of
 * lane `str`. NULLs are only among the first.
 */
export type ColumnValues = readonly Datum[] | NumberArray | Texts;

/**
 * A version of a fixed table that holds these rows.
 *
 * @param empty a version without rows: the columns
 * @param rows how many
 * @param columns as many values each
 */
export function encodeColumns(
  memory: SharedMemory,
  empty: TableVersion,
  rows: number,
  columns: readonly ColumnValues[],
): TableVersion {
  const types = empty.columns.map(({ type }) => type);
  const chunks: Chunk[] = [];
  try {
    for (let first = 0; first < rows; first += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - first);
      chunks.push(encodeChunk(memory, types, columns, first, count));
    }
  } catch (error) {
    for (const { columns: made } of chunks) {
      const { extent } = made[0]!;
      memory.release(extent.address, extent.bytes);
    }
    throw error;
  }
  return withChunks(empty, chunks);
}

/** What is to be written of a column of a chunk. */
type Part = {
  readonly lane: Lane;
  readonly type: SqlType;
  readonly values: readonly Datum[] | NumberArray | undefined;
  readonly texts: Texts | undefined;
  /** Values that are not NULL. */
  readonly valid: number;
};

/** All columns of a chunk lie in one extent, so that small chunks are small. */
function encodeChunk(
  memory: SharedMemory,
  types: readonly SqlType[],
  columns: readonly ColumnValues[],
  first: number,
  rows: number,
): Chunk {
  const parts = types.map((type, i) => partOf(type, columns[i]!, first, rows));
  let bytes = 0;
  const places = parts.map(({ lane, texts, valid }) => {
    const data = bytes;
    const validity = data + align(rows * LANE_BYTES[lane]);
    const text = validity + (valid === rows ? 0 : align(Math.ceil(rows / 8)));
    bytes = text + align(texts?.bytes.length ?? 0);
    return { data, validity, text };
  });
  bytes += SLACK;
  const address = memory.allocate(bytes, OWNER_TABLES);
  const extent = { address, bytes, references: 0 };
  try {
    const made = parts.map((part, i): ChunkColumn => {
      const place = places[i]!;
      const data = address + place.data;
      const validity = part.valid === rows ? 0 : address + place.validity;
      if (validity !== 0) writeValidity(memory, validity, part.values as readonly Datum[]);
      if (part.texts !== undefined) writeTexts(memory, data, address + place.text, part.texts);
      else writeLane(memory, data, part, rows);
      return { data, validity, zone: undefined, values: part.valid, extent };
    });
    return { rows, columns: made };
  } catch (error) {
    memory.release(address, bytes);
    throw error;
  }
}

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;

function partOf(type: SqlType, values: ColumnValues, first: number, rows: number): Part {
  const lane = laneOf(type);
  if ("ends" in values) {
    return { lane, type, values: undefined, texts: sliceTexts(values, first, rows), valid: rows };
  }
  if (ArrayBuffer.isView(values)) {
    return { lane, type, values: values.subarray(first, first + rows), texts: undefined, valid: rows };
  }
  const own = first === 0 && rows === values.length ? values : values.slice(first, first + rows);
  let valid = 0;
  for (const value of own) if (value !== null) valid++;
  return { lane, type, values: own, texts: lane === "str" ? textsOf(own, type) : undefined, valid };
}

function sliceTexts({ bytes, ends }: Texts, first: number, rows: number): Texts {
  const start = first === 0 ? 0 : ends[first - 1]!;
  const own = ends.subarray(first, first + rows);
  const end = own[rows - 1]!;
  return { bytes: bytes.subarray(start, end), ends: start === 0 ? own : own.map((at) => at - start) };
}

/** One encoding for all of a column's strings where they are ASCII, as most are. */
function textsOf(values: readonly Datum[], type: SqlType): Texts {
  const ends = new Uint32Array(values.length);
  if (values.every((value) => typeof value === "string" || value === null)) {
    const text = values.join("");
    const bytes = Buffer.from(text, "utf8");
    if (bytes.length === text.length) {
      let end = 0;
      values.forEach((value, i) => (ends[i] = end += value === null ? 0 : value.length));
      return { bytes, ends };
    }
  }
  const blocks = values.map((value) => (value === null ? EMPTY : datumBytes(value, type)));
  let end = 0;
  blocks.forEach(({ length }, i) => (ends[i] = end += length));
  return { bytes: Buffer.concat(blocks), ends };
}

const EMPTY = new Uint8Array(0);

function writeValidity({ u8 }: SharedMemory, address: number, values: readonly Datum[]): void {
  for (let first = 0; first < values.length; first += 8) {
    const end = Math.min(values.length, first + 8);
    let bits = 0;
    for (let i = first; i < end; i++) if (values[i] !== null) bits |= 1 << (i & 7);
    u8[address + (first >>> 3)] = bits;
  }
}

/** Empty texts, and NULLs, have the address 0. */
function writeTexts({ u8, u32 }: SharedMemory, data: number, address: number, { bytes, ends }: Texts): void {
  u8.set(bytes, address);
  let start = 0;
  ends.forEach((end, i) => {
    const at = (data >>> 2) + 2 * i;
    u32[at] = end === start ? 0 : address + start;
    u32[at + 1] = end - start;
    start = end;
  });
}

/** Zeros where a value is NULL. */
function writeLane(memory: SharedMemory, address: number, { lane, type, values }: Part, rows: number): void {
  const source = values as readonly Datum[] | NumberArray;
  const bytes = LANE_BYTES[lane];
  if (bytes === 16) {
    memory.u8.fill(0, address, address + rows * bytes);
    (source as readonly Datum[]).forEach((value, i) => {
      if (value !== null) writeDatum(memory.view, address + i * bytes, value, type);
    });
    return;
  }
  const target = laneView(memory.memory.buffer, address, lane, rows);
  if (ArrayBuffer.isView(source)) {
    if (source.constructor !== target.constructor) throw new TypeError(`lane ${lane} got a ${source.constructor.name}`);
    (target as Float64Array).set(source as Float64Array);
  } else if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
    for (let i = 0; i < rows; i++) target[i] = bigintOf(source[i]!);
  } else for (let i = 0; i < rows; i++) target[i] = Number(source[i]);
}

const bigintOf = (value: Datum): bigint => (typeof value === "bigint" ? value : BigInt((value ?? 0n) as number));

function laneView(buffer: ArrayBufferLike, address: number, lane: Lane, rows: number): NumberArray {
  switch (lane) {
    case "bool":
    case "u8":
      return new Uint8Array(buffer, address, rows);
    case "i8":
      return new Int8Array(buffer, address, rows);
    case "i16":
      return new Int16Array(buffer, address, rows);
    case "u16":
      return new Uint16Array(buffer, address, rows);
    case "i32":
      return new Int32Array(buffer, address, rows);
    case "u32":
      return new Uint32Array(buffer, address, rows);
    case "f32":
      return new Float32Array(buffer, address, rows);
    case "f64":
      return new Float64Array(buffer, address, rows);
    case "i64":
      return new BigInt64Array(buffer, address, rows);
    case "u64":
      return new BigUint64Array(buffer, address, rows);
    case "i128":
    case "str":
    case "interval":
      throw new TypeError(`no typed array has elements of lane ${lane}`);
  }
}
