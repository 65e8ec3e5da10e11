/** Split-block Bloom filters of column chunks (parquet-format, BloomFilter.md). */
import { HeadraceError } from "../../../error.ts";
import { ExtentScope } from "../../../exec/memory/allocator.ts";
import type { Datum } from "../../../planner/expr/expr.ts";
import type { RandomAccess } from "../../stores/file.ts";
import type { DecodeContext } from "./decode-column.ts";
import { readIndexPart } from "./index-checksums.ts";
import type { ColumnChunk } from "./parquet-file.ts";
import { plainValues } from "./plain-value.ts";
import type { Leaf } from "./schema.ts";
import { corrupt, ThriftReader } from "./thrift-reader.ts";
import { ThriftWriter } from "./thrift-writer.ts";

const BLOCK_BYTES = 32;
/** As large as other readers take them. */
const MOST_BYTES = 2 ** 27;
/** A header is about half as long. */
const HEADER_BYTES = 64;

/** False when the chunk's filter says that it has none of `values`. True where there is no filter, or none that can be used. Throws `io`. */
export function mayHaveAny(
  file: RandomAccess,
  chunk: ColumnChunk,
  leaf: Leaf,
  values: readonly Datum[],
  context: DecodeContext,
): boolean {
  if (chunk.bloomFilter === undefined) return true;
  const candidates: Uint8Array[] = [];
  for (const value of values) {
    const plain = plainValues(leaf, value);
    if (plain === undefined) return true;
    candidates.push(...plain);
  }
  const filter = readFilter(file, chunk.bloomFilter);
  if (filter === undefined) return true;
  const { kernels, allocator } = context;
  const scope = new ExtentScope(allocator);
  try {
    const address = scope.alloc(filter.length);
    const value = scope.alloc(Math.max(0, ...candidates.map(({ length }) => length)));
    const memory = new Uint8Array(allocator.memory.buffer);
    memory.set(filter, address);
    return candidates.some((bytes) => {
      memory.set(bytes, value);
      return kernels.bloomContains(value, bytes.length, address, filter.length / BLOCK_BYTES) === 1;
    });
  } finally {
    scope.releaseAll();
  }
}

/** The bits of a filter; undefined when it is damaged or of another kind. */
function readFilter(file: RandomAccess, place: NonNullable<ColumnChunk["bloomFilter"]>): Uint8Array | undefined {
  const { offset } = place;
  const bytes = place.bytes > 0 ? place.bytes : Math.min(HEADER_BYTES, file.size - offset);
  const start = readIndexPart(file, { ...place, bytes });
  const header = start && readHeader(start);
  if (header === undefined) return undefined;
  const end = header.length + header.bytes;
  if (end <= bytes) return start?.subarray(header.length, end);
  if (place.bytes > 0 || offset + end > file.size) return undefined;
  const filter = new Uint8Array(header.bytes);
  file.readAt(filter, offset + header.length);
  return filter;
}

function readHeader(bytes: Uint8Array): { readonly length: number; readonly bytes: number } | undefined {
  const reader = new ThriftReader(bytes);
  try {
    let size: number | undefined;
    let known = 0;
    for (const { id, wire } of reader.fields()) {
      if (id === 1) size = reader.natural(wire);
      // Unions of structures without fields: SPLIT_BLOCK, XXHASH, UNCOMPRESSED are the first of theirs.
      else if (id <= 4)
        for (const field of reader.fieldsOf(wire)) {
          if (field.id === 1) known++;
          reader.skip(field.wire);
        }
      else reader.skip(wire);
    }
    if (size === undefined || known !== 3) throw corrupt("a Bloom filter of another kind");
    const fits = size > 0 && size <= MOST_BYTES && size % BLOCK_BYTES === 0;
    return fits ? { length: reader.position, bytes: size } : undefined;
  } catch (error) {
    if (error instanceof HeadraceError && error.code === "format") return undefined;
    throw error;
  }
}

/** Values that are not NULL, side by side at `address` in PLAIN encoding, or references to strings. */
type Values = { readonly address: number; readonly count: number; readonly width: number; readonly strings: boolean };

/**
 * A filter with its header, which takes a share `ratio` of the values that it has not for values that it has, if all of `values` are
 * different.
 */
export function encodeBloomFilter(values: Values, ratio: number, { allocator, kernels }: DecodeContext): Uint8Array {
  const bytes = filterBytes(values.count, ratio);
  const scope = new ExtentScope(allocator);
  try {
    const filter = scope.alloc(bytes);
    kernels.fillBytes(filter, 0, bytes);
    const blocks = bytes / BLOCK_BYTES;
    if (values.strings) kernels.bloomInsertStrings(values.address, values.count, filter, blocks);
    else kernels.bloomInsert(values.address, values.width, values.count, filter, blocks);
    const first = (union: ThriftWriter): void => void union.struct(1, () => {});
    const header = new ThriftWriter().integer(1, bytes).struct(2, first).struct(3, first).struct(4, first).finish();
    return Buffer.concat([header, new Uint8Array(allocator.memory.buffer, filter, bytes)]);
  } finally {
    scope.releaseAll();
  }
}

/** A power of two, as some readers demand. */
function filterBytes(distinct: number, ratio: number): number {
  const bits = (-8 * distinct) / Math.log(1 - ratio ** (1 / 8));
  return Math.min(MOST_BYTES, Math.max(BLOCK_BYTES, 2 ** Math.ceil(Math.log2(Math.max(1, bits) / 8))));
}
