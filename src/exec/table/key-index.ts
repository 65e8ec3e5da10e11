import { OWNER_TABLES, type SharedMemory } from "../memory/shared-memory.ts";
import type { Chunk, SharedExtent, TableVersion } from "./table-version.ts";

/**
 * Which rows of a chunk may have a key: u32 starts of `BUCKETS` lists and the end of the last, then the lists. An entry has a row's
 * number (lower half) and the rest of its code.
 */
export type KeyIndex = { readonly address: number; readonly bytes: number };

/** Bits of a key's hash, from `shift` on, by which an index knows it: its code. */
export const CODE = { shift: 20, bits: 28 } as const;
/** Stands for the code of a row whose key no other key equals: it has a NULL. */
export const NO_CODE = 0xffffffff;

const LIST_BITS = 16;
const BUCKETS = 2 ** (CODE.bits - LIST_BITS);
/** A row's number has as many bits. */
export const MOST_INDEXED_ROWS: number = 2 ** 16;

export function keyIndexBytes(rows: number): number {
  return (BUCKETS + 1 + rows) * 4;
}

/** Indexes rows by their codes, which are as many u32 at `codes`. Throws `out_of_memory`. */
export function makeKeyIndex(shared: SharedMemory, codes: number, rows: number): KeyIndex {
  const bytes = keyIndexBytes(rows);
  const address = shared.allocate(bytes, OWNER_TABLES);
  const of = shared.u32.subarray(codes >>> 2, (codes >>> 2) + rows);
  const starts = new Uint32Array(BUCKETS + 1);
  for (const code of of) if (code !== NO_CODE) starts[(code >>> LIST_BITS) + 1]!++;
  for (let i = 0; i < BUCKETS; i++) starts[i + 1]! += starts[i]!;
  const at = address >>> 2;
  shared.u32.set(starts, at);
  const entries = at + BUCKETS + 1;
  of.forEach((code, row) => {
    if (code !== NO_CODE) shared.u32[entries + starts[code >>> LIST_BITS]!++] = (code << LIST_BITS) | row;
  });
  return { address, bytes };
}

/** Numbers of the rows with one of these codes, ascending; undefined: they are more than `most`. The codes are different ones. */
export function rowsByCode(
  { u32 }: SharedMemory,
  { address }: KeyIndex,
  codes: Uint32Array,
  most: number,
): Uint16Array | undefined {
  const rows: number[] = [];
  const at = address >>> 2;
  for (const code of codes) {
    const bucket = at + (code >>> LIST_BITS);
    const end = at + BUCKETS + 1 + u32[bucket + 1]!;
    for (let i = at + BUCKETS + 1 + u32[bucket]!; i < end; i++) {
      const entry = u32[i]!;
      if (((code ^ (entry >>> LIST_BITS)) & 0xffff) === 0) rows.push(entry & 0xffff);
    }
    if (rows.length > most) return undefined;
  }
  return Uint16Array.from(rows).sort();
}

/** What is known of a chunk's index by some columns: how often it was wanted, and the index when it was worth while. */
export type KnownIndex = { wanted: number; index: KeyIndex | undefined };

/** The same of an index `name`, which is made of column `ordinal` and perhaps others; it goes with the chunk. */
export function knownIndex({ columns }: Chunk, ordinal: number, name: string): KnownIndex {
  const { data, extent } = columns[ordinal]!;
  const indexes = (extent.indexes ??= new Map());
  // An extent may have this column of other chunks as well.
  const full = `${data} ${name}`;
  let known = indexes.get(full);
  if (known === undefined) indexes.set(full, (known = { wanted: 0, index: undefined }));
  return known;
}

export function indexBytes({ chunks }: TableVersion): number {
  const extents = new Set(chunks.flatMap(({ columns }) => columns.map(({ extent }) => extent)));
  let sum = 0;
  for (const extent of extents) for (const { bytes } of indexesOf(extent)) sum += bytes;
  return sum;
}

export function indexesOf({ indexes }: SharedExtent): readonly KeyIndex[] {
  return indexes === undefined ? [] : [...indexes.values()].flatMap(({ index }) => index ?? []);
}
