import { OWNER_TABLES, PAGE_BYTES, type SharedMemory } from "../memory/shared-memory.ts";
import type { TableVersion } from "./table-version.ts";

/**
 * Which rows of a chunk may have a key: u32 starts of `BUCKETS` lists and the end of the last, then the lists. An entry has a row's
 * number (lower half) and the rest of its code. Of a chunk in a file, a Bloom filter: whether some of them may.
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

/** Bytes of a filter: of a full chunk eight bits a row, by which it takes one in forty keys for one of its own. */
export const FILTER_BYTES: number = PAGE_BYTES;
const MULTIPLIERS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f];
const FILTER_SHIFT = 32 - Math.log2(FILTER_BYTES * 8);

/** A filter of codes, which are u32 at `codes` (Bloom, 1970). Throws `out_of_memory`. */
export function makeKeyFilter(shared: SharedMemory, codes: number, rows: number): KeyIndex {
  const address = shared.allocate(FILTER_BYTES, OWNER_TABLES);
  const { u8, u32 } = shared;
  u8.fill(0, address, address + FILTER_BYTES);
  for (const code of u32.subarray(codes >>> 2, (codes >>> 2) + rows)) {
    if (code === NO_CODE) continue;
    for (const multiplier of MULTIPLIERS) {
      const bit = Math.imul(code, multiplier) >>> FILTER_SHIFT;
      u8[address + (bit >>> 3)]! |= 1 << (bit & 7);
    }
  }
  return { address, bytes: FILTER_BYTES };
}

/** Whether some row may have one of the codes. */
export function mayHaveCode({ u8 }: SharedMemory, { address }: KeyIndex, codes: Uint32Array): boolean {
  return codes.some((code) =>
    MULTIPLIERS.every((multiplier) => {
      const bit = Math.imul(code, multiplier) >>> FILTER_SHIFT;
      return ((u8[address + (bit >>> 3)]! >>> (bit & 7)) & 1) === 1;
    }),
  );
}

/** What is known of a chunk's index by some columns: how often it was wanted, and the index when it was worth while. */
export type KnownIndex = { wanted: number; index: KeyIndex | undefined };

/** What some columns lie in: an extent of memory, or a file. Their indexes go with it. */
export type Indexed = { indexes?: Map<string, KnownIndex> };

/** What is known of the index `name` of the chunk whose column, one of those that it is made of, lies at `place`. */
export function knownIndex(within: Indexed, place: number, name: string): KnownIndex {
  const indexes = (within.indexes ??= new Map());
  const full = `${place} ${name}`;
  let known = indexes.get(full);
  if (known === undefined) indexes.set(full, (known = { wanted: 0, index: undefined }));
  return known;
}

export function releaseIndexes(shared: SharedMemory, within: Indexed): void {
  for (const { address, bytes } of indexesOf(within)) shared.release(address, bytes);
  within.indexes?.clear();
}

export function indexBytes({ chunks, spilled }: TableVersion): number {
  const extents = chunks.flatMap(({ columns }) => columns.map(({ extent }): Indexed => extent));
  const places = new Set([...extents, ...spilled.map(({ file }): Indexed => file)]);
  let sum = 0;
  for (const place of places) for (const { bytes } of indexesOf(place)) sum += bytes;
  return sum;
}

function indexesOf({ indexes }: Indexed): readonly KeyIndex[] {
  return indexes === undefined ? [] : [...indexes.values()].flatMap(({ index }) => index ?? []);
}
