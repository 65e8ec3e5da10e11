import { crc32 } from "node:zlib";
import type { Codec } from "./metadata.ts";
import { corrupt, ThriftReader } from "./thrift-reader.ts";

/** One page's header; its body is [offset, offset + compressedBytes) of the column chunk. */
export type Page = {
  readonly kind: "dictionary" | "data" | "dataV2";
  readonly offset: number;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  /** NULLs included. */
  readonly values: number;
  readonly encoding: number;
  readonly definitionEncoding: number;
  /** Of a v2 page, whose levels come first and are never compressed. */
  readonly definitionBytes: number;
  readonly repetitionBytes: number;
  readonly compressed: boolean;
};

export type Pages = { readonly dictionary: Page | undefined; readonly data: readonly Page[] };

const DATA = 0;
const INDEX = 1;
const DICTIONARY = 2;
const DATA_V2 = 3;

/**
 * Reads all page headers of a column chunk before anything is allocated for its values, so that a size that
 * the file makes up cannot cost more memory than its bytes can explain. Checks the pages' checksums.
 */
export function readPages(chunk: Uint8Array, rows: number, codec: Codec, uncompressedBytes: number): Pages {
  const data: Page[] = [];
  let dictionary: Page | undefined;
  let values = 0;
  let position = 0;
  while (values < rows) {
    const reader = new ThriftReader(chunk, position);
    const page = readPage(reader, chunk);
    position = reader.position;
    if (page === undefined) continue;
    checkSize(page, codec, uncompressedBytes);
    if (page.kind === "dictionary") {
      if (dictionary !== undefined || data.length > 0) throw corrupt("a dictionary page out of place");
      dictionary = page;
    } else {
      data.push(page);
      values += page.values;
    }
  }
  if (values > rows) throw corrupt("its pages have more values than the row group has rows");
  return { dictionary, data };
}

/** Leaves the reader behind the page's body. Undefined for pages that are skipped. */
function readPage(reader: ThriftReader, chunk: Uint8Array): Page | undefined {
  let type: number | undefined;
  let uncompressedBytes: number | undefined;
  let compressedBytes: number | undefined;
  let crc: number | undefined;
  let values: number | undefined;
  let encoding: number | undefined;
  let definitionEncoding = 3;
  let definitionBytes = 0;
  let repetitionBytes = 0;
  let compressed = true;
  for (const { id, wire } of reader.fields()) {
    if (id === 1) type = reader.integer(wire);
    else if (id === 2) uncompressedBytes = reader.natural(wire);
    else if (id === 3) compressedBytes = reader.natural(wire);
    else if (id === 4) crc = reader.integer(wire);
    else if (id === 5 || id === 7) {
      for (const { id: inner, wire: field } of reader.fieldsOf(wire)) {
        if (inner === 1) values = reader.natural(field);
        else if (inner === 2) encoding = reader.integer(field);
        else if (inner === 3 && id === 5) definitionEncoding = reader.integer(field);
        else reader.skip(field);
      }
    } else if (id === 8) {
      for (const { id: inner, wire: field } of reader.fieldsOf(wire)) {
        if (inner === 1) values = reader.natural(field);
        else if (inner === 4) encoding = reader.integer(field);
        else if (inner === 5) definitionBytes = reader.natural(field);
        else if (inner === 6) repetitionBytes = reader.natural(field);
        else if (inner === 7) compressed = reader.boolean(field);
        else reader.skip(field);
      }
    } else reader.skip(wire);
  }
  if (type === undefined || uncompressedBytes === undefined || compressedBytes === undefined) {
    throw corrupt("a page header is incomplete");
  }
  const offset = reader.position;
  if (compressedBytes > chunk.length - offset) throw corrupt("a page is longer than its column chunk");
  reader.position = offset + compressedBytes;
  if (crc !== undefined && (crc32(chunk.subarray(offset, reader.position)) | 0) !== (crc | 0)) {
    throw corrupt("a page does not match its checksum");
  }
  if (type === INDEX) return undefined;
  if (type !== DATA && type !== DICTIONARY && type !== DATA_V2) throw corrupt(`unknown page type ${type}`);
  if (values === undefined || encoding === undefined) throw corrupt("a page header is incomplete");
  if (type === DATA_V2 && definitionBytes + repetitionBytes > Math.min(compressedBytes, uncompressedBytes)) {
    throw corrupt("levels are longer than their page");
  }
  return {
    kind: type === DATA ? "data" : type === DICTIONARY ? "dictionary" : "dataV2",
    offset,
    compressedBytes,
    uncompressedBytes,
    values,
    encoding,
    definitionEncoding,
    definitionBytes,
    repetitionBytes,
    compressed,
  };
}

/** The most that a compressed byte can stand for. */
const MOST_EXPANSION: { readonly [C in Codec]: number } = {
  none: 1,
  snappy: 22,
  lz4: 256,
  lz4_raw: 256,
  gzip: 1040,
  brotli: Infinity,
  zstd: Infinity,
  lzo: Infinity,
};
const SMALL = 1 << 20;

function checkSize(page: Page, codec: Codec, chunkBytes: number): void {
  if (page.kind === "dictionary" && page.values > page.uncompressedBytes)
    throw corrupt("a dictionary claims too many values");
  if (page.uncompressedBytes <= SMALL) return;
  const most = MOST_EXPANSION[codec] * page.compressedBytes + 64;
  if (page.uncompressedBytes > most || page.uncompressedBytes > chunkBytes)
    throw corrupt("a page claims too many bytes");
}
