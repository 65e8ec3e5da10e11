import { LANE_BYTES } from "../../planner/types/lane.ts";
import type { Arena } from "../memory/arena.ts";
import { SLACK } from "../memory/allocator.ts";
import type { Chunk, TableVersion } from "./table-version.ts";

/** Descriptors of some columns with a few rows of a chunk: copies, but for the bytes of strings. */
export function gatherRows(
  arena: Arena,
  { columns }: TableVersion,
  chunk: Chunk,
  ordinals: readonly number[],
  rows: Uint16Array,
): number {
  const { u8, u32 } = arena.shared;
  const descriptors = arena.alloc(Math.max(16, ordinals.length * 16));
  ordinals.forEach((ordinal, slot) => {
    const { data, validity } = chunk.columns[ordinal]!;
    const bytes = LANE_BYTES[columns[ordinal]!.lane];
    const to = arena.alloc(rows.length * bytes + SLACK);
    if (bytes < 4) {
      rows.forEach((row, i) => u8.copyWithin(to + i * bytes, data + row * bytes, data + (row + 1) * bytes));
    } else {
      const words = bytes / 4;
      let at = to >>> 2;
      for (const row of rows)
        for (let word = 0; word < words; word++) u32[at++] = u32[(data >>> 2) + row * words + word]!;
    }
    const at = (descriptors >>> 2) + slot * 4;
    u32[at] = to;
    u32[at + 1] = validity === 0 ? 0 : gatherBits(arena, validity, rows);
  });
  return descriptors;
}

function gatherBits(arena: Arena, validity: number, rows: Uint16Array): number {
  const { u8 } = arena.shared;
  const bytes = Math.ceil(rows.length / 8) + SLACK;
  const to = arena.alloc(bytes);
  u8.fill(0, to, to + bytes);
  rows.forEach((row, i) => {
    u8[to + (i >>> 3)]! |= ((u8[validity + (row >>> 3)]! >>> (row & 7)) & 1) << (i & 7);
  });
  return to;
}
