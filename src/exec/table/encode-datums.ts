import type { Datum, IntervalValue } from "../../planner/expr/expr.ts";
import { encodeNested } from "../../planner/functions/host/nested.ts";
import { LANE_BYTES, type Lane, laneOf } from "../../planner/types/lane.ts";
import { isNested } from "../../planner/types/nested.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { SLACK } from "../memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../memory/shared-memory.ts";
import { type Chunk, type ChunkColumn, CHUNK_ROWS, makeVersion, type TableVersion } from "./table-version.ts";

/**
 * A version of a fixed table that holds these rows.
 *
 * @param empty a version without rows: the columns
 * @param columns values by column, all of one length, in the Datum convention of the column's type
 */
export function encodeDatums(
  memory: SharedMemory,
  empty: TableVersion,
  columns: readonly (readonly Datum[])[],
): TableVersion {
  const rows = columns[0]?.length ?? 0;
  const chunks: Chunk[] = [];
  try {
    for (let first = 0; first < rows; first += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - first);
      const made: ChunkColumn[] = [];
      chunks.push({ rows: count, columns: made });
      columns.forEach((values, i) => {
        made.push(encodeColumn(memory, empty.columns[i]!.type, values.slice(first, first + count)));
      });
    }
  } catch (error) {
    for (const chunk of chunks) {
      for (const { extent } of chunk.columns) memory.release(extent.address, extent.bytes);
    }
    throw error;
  }
  return makeVersion(empty.columns, chunks, true);
}

function encodeColumn(memory: SharedMemory, type: SqlType, values: readonly Datum[]): ChunkColumn {
  const lane = laneOf(type);
  const rows = values.length;
  const strings = lane === "str" ? values.map((value) => (value === null ? EMPTY : bytesOf(value, type))) : [];
  const valid = values.reduce<number>((sum, value) => sum + (value === null ? 0 : 1), 0);
  const dataBytes = align(rows * LANE_BYTES[lane]);
  const bitmapBytes = valid === rows ? 0 : align(Math.ceil(rows / 8));
  const bytes = dataBytes + bitmapBytes + strings.reduce((sum, { length }) => sum + length, 0) + SLACK;
  const address = memory.allocate(bytes, OWNER_TABLES);
  memory.u8.fill(0, address, address + bytes);
  const validity = bitmapBytes === 0 ? 0 : address + dataBytes;
  let end = address + dataBytes + bitmapBytes;
  for (let row = 0; row < rows; row++) {
    const value = values[row]!;
    if (value === null) continue;
    if (validity !== 0) memory.u8[validity + (row >>> 3)]! |= 1 << (row & 7);
    const at = address + row * LANE_BYTES[lane];
    if (lane !== "str") {
      writeValue(memory.view, at, lane, value);
      continue;
    }
    const text = strings[row]!;
    memory.u8.set(text, end);
    memory.view.setUint32(at, end, true);
    memory.view.setUint32(at + 4, text.length, true);
    end += text.length;
  }
  return { data: address, validity, zone: undefined, values: valid, extent: { address, bytes, references: 0 } };
}

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();

function bytesOf(value: Datum, type: SqlType): Uint8Array {
  if (isNested(type)) return encodeNested(value as readonly Datum[], type);
  return typeof value === "string" ? encoder.encode(value) : (value as Uint8Array);
}

function writeValue(view: DataView, at: number, lane: Exclude<Lane, "str">, value: Datum): void {
  switch (lane) {
    case "bool":
      view.setUint8(at, value === true ? 1 : 0);
      break;
    case "i8":
    case "u8":
      view.setUint8(at, Number(value));
      break;
    case "i16":
    case "u16":
      view.setUint16(at, Number(value), true);
      break;
    case "i32":
    case "u32":
      view.setUint32(at, Number(value), true);
      break;
    case "i64":
    case "u64":
      view.setBigInt64(at, value as bigint, true);
      break;
    case "i128":
      view.setBigInt64(at, BigInt.asIntN(64, value as bigint), true);
      view.setBigInt64(at + 8, (value as bigint) >> 64n, true);
      break;
    case "f32":
      view.setFloat32(at, value as number, true);
      break;
    case "f64":
      view.setFloat64(at, value as number, true);
      break;
    case "interval": {
      const { months, days, micros } = value as IntervalValue;
      view.setInt32(at, months, true);
      view.setInt32(at + 4, days, true);
      view.setBigInt64(at + 8, micros, true);
      break;
    }
  }
}

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;
