/** Morsels of rows that earlier steps have kept. */
import type { Arena } from "../memory/arena.ts";
import type { Morsels } from "./sources.ts";

type Rows = { readonly address: number; readonly rows: number };

/** `stride`: bytes from row to row; `most`: rows of a morsel. */
export function rowMorsels(segments: readonly Rows[], stride: number, most: number): Morsels {
  const entries: [number, number, number][] = [];
  let total = 0;
  for (const { address, rows } of segments) {
    total += rows;
    for (let first = 0; first < rows; first += most)
      entries.push([address + first * stride, Math.min(most, rows - first), 0]);
  }
  return { entries, rows: total, files: undefined };
}

/** One morsel for each partition that has rows, with an array of its segments: {u32 address, u32 rows}. */
export function partitionMorsels(arena: Arena, partitions: readonly (readonly Rows[])[]): Morsels {
  const { u32 } = arena.shared;
  const entries: [number, number, number][] = [];
  let total = 0;
  for (const segments of partitions) {
    if (segments.length === 0) continue;
    const array = arena.alloc(segments.length * 8);
    let count = 0;
    segments.forEach(({ address, rows }, i) => {
      u32[(array >>> 2) + i * 2] = address;
      u32[(array >>> 2) + i * 2 + 1] = rows;
      count += rows;
    });
    entries.push([array, segments.length, count]);
    total += count;
  }
  return { entries, rows: total, files: undefined };
}
