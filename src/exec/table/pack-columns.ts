/** Columns that lie about in shared memory as chunks of a fixed table. */
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { SLACK } from "../memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../memory/shared-memory.ts";
import { type Chunk, type ChunkColumn, CHUNK_ROWS, type TableVersion, withChunks } from "./table-version.ts";

/** Values in the natural lane of the column's type, a bitmap at `validity` (0: no NULLs); zeros where a value is NULL. */
export type LooseColumn = { readonly data: number; readonly validity: number };

/** A version of a fixed table with copies of these rows. */
export function packColumns(
  memory: SharedMemory,
  kernels: Kernels,
  empty: TableVersion,
  rows: number,
  columns: readonly LooseColumn[],
): TableVersion {
  const chunks: Chunk[] = [];
  const one = memory.allocate(1 + SLACK, OWNER_TABLES);
  memory.u8[one] = 1;
  try {
    for (let first = 0; first < rows; first += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - first);
      chunks.push(packChunk(memory, kernels, empty, columns, first, count, one));
    }
    return withChunks(empty, chunks);
  } catch (error) {
    for (const { columns: made } of chunks) {
      const { extent } = made[0]!;
      memory.release(extent.address, extent.bytes);
    }
    throw error;
  } finally {
    memory.release(one, 1 + SLACK);
  }
}

function packChunk(
  memory: SharedMemory,
  kernels: Kernels,
  { columns: definitions }: TableVersion,
  columns: readonly LooseColumn[],
  first: number,
  rows: number,
  one: number,
): Chunk {
  let bytes = 0;
  const take = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil(size / 16) * 16;
    return at;
  };
  const parts = columns.map(({ data, validity }, i) => {
    const lane = laneOf(definitions[i]!.type);
    const width = LANE_BYTES[lane];
    const values = validity === 0 ? rows : kernels.countOnes(validity, first, rows);
    const source = data + first * width;
    const bitmap = values === rows ? 0 : validity + first / 8;
    return {
      ...{ values, source, bitmap, width, isText: lane === "str" },
      ...{ data: take(rows * width), validity: bitmap === 0 ? 0 : take(rows / 8 + 1) },
    };
  });
  // Copying a string may write a few bytes beyond it: strings come last, in their order.
  const texts = parts.map(({ isText, source }) => (isText ? take(kernels.sumLengths(source, 8, rows, one, 0)) : 0));
  bytes += SLACK;
  const address = memory.allocate(bytes, OWNER_TABLES);
  const extent = { address, bytes, references: 0 };
  const made = parts.map(({ values, source, bitmap, width, data, validity, isText }, i): ChunkColumn => {
    if (isText) kernels.copyStrings(source, 8, rows, one, 0, address + data, address + texts[i]!);
    else kernels.copyBytes(address + data, source, rows * width);
    if (bitmap !== 0) kernels.copyBytes(address + validity, bitmap, Math.ceil(rows / 8));
    return {
      ...{ data: address + data, validity: bitmap === 0 ? 0 : address + validity },
      ...{ zone: undefined, values, extent },
    };
  });
  return { rows, columns: made };
}
