import type { Datum } from "../../planner/expr/expr.ts";
import { datumBytes } from "../../planner/functions/host/nested.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { writeDatum } from "../../planner/types/write-datum.ts";
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
  const strings = lane === "str" ? values.map((value) => (value === null ? EMPTY : datumBytes(value, type))) : [];
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
      writeDatum(memory.view, at, value, type);
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

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;
