/** The page index (parquet-format, PageIndex.md): what the pages of a column chunk hold, and where they lie. */
import { HeadraceError } from "../../../error.ts";
import type { RandomAccess } from "../../stores/file.ts";
import { readIndexPart } from "./index-checksums.ts";
import type { ColumnChunk } from "./parquet-file.ts";
import type { Leaf } from "./schema.ts";
import { type ChunkStatistics, readStatistics } from "./statistics.ts";
import { corrupt, ThriftReader } from "./thrift-reader.ts";

/** A data page: [offset, offset + bytes) of the file, its header included. */
export type IndexedPage = {
  readonly firstRow: number;
  readonly rows: number;
  readonly offset: number;
  readonly bytes: number;
};

/** The data pages of a column without nesting, in order; undefined when there is no index that fits the chunk. Throws `io`. */
export function readOffsetIndex(file: RandomAccess, chunk: ColumnChunk): readonly IndexedPage[] | undefined {
  const bytes = chunk.offsetIndex && readIndexPart(file, chunk.offsetIndex);
  const found = bytes && ignoreDamage(() => parseLocations(bytes));
  if (found === undefined || found.length === 0) return undefined;
  const pages = found.map((page, i): IndexedPage => {
    const next = found[i + 1]?.firstRow ?? chunk.rows;
    return { ...page, rows: next - page.firstRow };
  });
  let end = chunk.offset;
  for (const { offset, bytes: size, rows } of pages) {
    if (offset < end || rows < 1) return undefined;
    end = offset + size;
  }
  return pages[0]?.firstRow === 0 && end <= chunk.offset + chunk.bytes ? pages : undefined;
}

/** What is said of each of `pages`; undefined when there is no index that fits them. Throws `io`. */
export function readColumnIndex(
  file: RandomAccess,
  chunk: ColumnChunk,
  leaf: Leaf,
  pages: readonly IndexedPage[],
): readonly ChunkStatistics[] | undefined {
  const bytes = chunk.columnIndex && readIndexPart(file, chunk.columnIndex);
  const index = bytes && ignoreDamage(() => parseColumnIndex(bytes));
  if (index === undefined) return undefined;
  const { nulls, min, max, nullCounts } = index;
  const lists = nullCounts === undefined ? [nulls, min, max] : [nulls, min, max, nullCounts];
  if (lists.some(({ length }) => length !== pages.length)) return undefined;
  return pages.map(({ rows }, i): ChunkStatistics => {
    if (nulls[i] === true) return { min: undefined, max: undefined, nullCount: rows, distinctCount: undefined };
    const raw = { min: min[i], max: max[i], ordered: true, nullCount: nullCounts?.[i], distinctCount: undefined };
    const statistics = readStatistics(leaf, raw, rows);
    // Some writers count no NULLs and put zeros; a page that is not of NULLs has a value.
    return statistics.nullCount === rows ? { ...statistics, nullCount: undefined } : statistics;
  });
}

/** What a damaged index says is left aside: without it everything is read. */
function ignoreDamage<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof HeadraceError && error.code === "format") return undefined;
    throw error;
  }
}

function parseLocations(bytes: Uint8Array): readonly Omit<IndexedPage, "rows">[] {
  const reader = new ThriftReader(bytes);
  let pages: readonly Omit<IndexedPage, "rows">[] = [];
  for (const { id, wire } of reader.fields()) {
    if (id !== 1) {
      reader.skip(wire);
      continue;
    }
    pages = reader.listOf(wire, (element) => {
      let [offset, size, firstRow]: (number | undefined)[] = [];
      for (const { id: inner, wire: field } of reader.fieldsOf(element)) {
        if (inner === 1) offset = reader.natural(field);
        else if (inner === 2) size = reader.natural(field);
        else if (inner === 3) firstRow = reader.natural(field);
        else reader.skip(field);
      }
      if (offset === undefined || size === undefined || firstRow === undefined) throw corrupt("a page without a place");
      return { offset, bytes: size, firstRow };
    });
  }
  return pages;
}

function parseColumnIndex(bytes: Uint8Array): {
  readonly nulls: readonly boolean[];
  readonly min: readonly Uint8Array[];
  readonly max: readonly Uint8Array[];
  readonly nullCounts: readonly number[] | undefined;
} {
  const reader = new ThriftReader(bytes);
  let nulls: readonly boolean[] = [];
  let [min, max]: (readonly Uint8Array[])[] = [];
  let nullCounts: readonly number[] | undefined;
  for (const { id, wire } of reader.fields()) {
    if (id === 1) nulls = reader.listOf(wire, () => reader.booleanElement());
    else if (id === 2) min = reader.listOf(wire, (element) => reader.binary(element));
    else if (id === 3) max = reader.listOf(wire, (element) => reader.binary(element));
    else if (id === 5) nullCounts = reader.listOf(wire, (element) => reader.integer(element));
    else reader.skip(wire);
  }
  if (min === undefined || max === undefined) throw corrupt("a column index without bounds");
  return { nulls, min, max, nullCounts };
}
