import { HeadraceError, unsupported } from "../../../error.ts";
import type { RandomAccess } from "../../stores/file.ts";
import { checkFooter } from "./footer-checksum.ts";
import { checksumOf, type IndexPart, type IndexPlace } from "./index-checksums.ts";
import { type Codec, type FileMetadata, type RawColumnChunk, readFileMetadata } from "./metadata.ts";
import { type Leaf, leavesOf, type ParquetField, readSchema } from "./schema.ts";
import { type ChunkStatistics, readStatistics } from "./statistics.ts";
import { corrupt } from "./thrift-reader.ts";

/** A footer, checked against the file's size. Plain data: workers get the parts they need by message. */
export type ParquetFile = {
  readonly path: string;
  readonly size: number;
  readonly rows: number;
  readonly schema: readonly ParquetField[];
  readonly rowGroups: readonly RowGroup[];
  readonly keyValueMetadata: ReadonlyMap<string, string>;
  readonly createdBy: string | undefined;
};

export type RowGroup = {
  readonly rows: number;
  /** Per field of the schema; undefined for nested columns. */
  readonly columns: readonly (ColumnChunk | undefined)[];
  /** Per field of the schema, the chunks of its leaves; undefined for columns without nesting. */
  readonly nested: readonly (readonly ColumnChunk[] | undefined)[];
};

/** Where the pages of one column of one row group lie: [offset, offset + bytes) of the file. */
export type ColumnChunk = {
  readonly offset: number;
  readonly bytes: number;
  /** Of the leaf of a nested column its entries, of which a row may have several. */
  readonly rows: number;
  readonly codec: Codec;
  /** As the writer says: headers included. */
  readonly uncompressedBytes: number;
  readonly statistics: ChunkStatistics;
  readonly columnIndex: IndexPlace | undefined;
  readonly offsetIndex: IndexPlace | undefined;
  /** Its header included; `bytes` is 0 where the writer does not say. */
  readonly bloomFilter: IndexPlace | undefined;
};

const MAGIC = 0x31524150; // "PAR1"
const ENCRYPTED_MAGIC = 0x45524150; // "PARE"
/** Bytes that are read first. */
export const TAIL: number = 64 * 1024;

/** Reads the footer of a Parquet file, nothing else, in short steps. Throws `io`, `format` or `unsupported`. */
export function* openParquet(file: RandomAccess): Generator<void, ParquetFile> {
  try {
    const footer = readFooter(file);
    checkFooter(footer);
    return yield* describe(file, yield* readFileMetadata(footer));
  } catch (error) {
    throw inFile(error, file.path);
  }
}

/** The same error, its message naming the file. */
export function inFile(error: unknown, path: string): unknown {
  if (!(error instanceof HeadraceError) || error.code !== "format" || error.message.includes(path)) return error;
  return new HeadraceError(error.code, `${error.message} (file "${path}")`, { cause: error });
}

/** Where the footer lies, as the last bytes say; nothing where they are none of a Parquet file. */
export function footerRange(file: RandomAccess): { readonly start: number; readonly end: number } {
  const { size } = file;
  if (size < 12) return { start: 0, end: size };
  const tail = Buffer.alloc(8);
  file.readAt(tail, size - 8);
  return { start: Math.max(0, size - 8 - tail.readUInt32LE()), end: size };
}

function readFooter(file: RandomAccess): Uint8Array {
  if (file.size < 12) throw corrupt("it is shorter than a header and a footer");
  const tail = new Uint8Array(Math.min(TAIL, file.size));
  file.readAt(tail, file.size - tail.length);
  const view = new DataView(tail.buffer);
  const magic = view.getUint32(tail.length - 4, true);
  if (magic === ENCRYPTED_MAGIC) throw unsupported("reading encrypted Parquet files");
  if (magic !== MAGIC) throw corrupt("it does not end with PAR1: not a Parquet file, or cut");
  const bytes = view.getUint32(tail.length - 8, true);
  if (bytes > file.size - 12) throw corrupt("the footer is longer than the file");
  if (bytes <= tail.length - 8) return tail.subarray(tail.length - 8 - bytes, tail.length - 8);
  const footer = new Uint8Array(bytes);
  file.readAt(footer, file.size - 8 - bytes);
  return footer;
}

function* describe(file: RandomAccess, metadata: FileMetadata): Generator<void, ParquetFile> {
  const { fields, leaves } = readSchema(metadata.schema);
  let rows = 0;
  const rowGroups: RowGroup[] = [];
  for (const group of metadata.rowGroups) {
    rows += group.rows;
    if (group.columns.length !== leaves.length) throw corrupt("a row group lacks columns of the schema");
    const chunkOf = (leaf: Leaf): ColumnChunk => {
      const raw = group.columns[leaf.index];
      if (raw === undefined || raw.physical !== leaf.physical) throw corrupt(`column "${leaf.name}" changes its type`);
      const { offset, bytes } = locate(raw, leaf.name, file.size);
      return {
        offset,
        bytes,
        rows: raw.values,
        codec: raw.codec,
        uncompressedBytes: raw.uncompressedBytes,
        statistics: readStatistics(leaf, raw.statistics, raw.values),
        columnIndex: placeOf("columnIndex", raw, file.size),
        offsetIndex: placeOf("offsetIndex", raw, file.size),
        bloomFilter: placeOf("bloomFilter", raw, file.size),
      };
    };
    const columns = fields.map(({ leaf }) => {
      const chunk = leaf && chunkOf(leaf);
      if (chunk !== undefined && chunk.rows !== group.rows)
        throw corrupt(`column "${leaf?.name}" has not one value per row`);
      return chunk;
    });
    const nested = fields.map((field) => field.nested && leavesOf(field.nested).map(({ leaf }) => chunkOf(leaf)));
    rowGroups.push({ rows: group.rows, columns, nested });
    yield;
  }
  if (rows !== metadata.rows) throw corrupt("its row groups do not add up to its number of rows");
  return {
    path: file.path,
    size: file.size,
    rows,
    schema: fields,
    rowGroups,
    keyValueMetadata: metadata.keyValue,
    createdBy: metadata.createdBy,
  };
}

function locate(raw: RawColumnChunk, name: string, fileSize: number): { offset: number; bytes: number } {
  if (raw.encrypted) throw unsupported("reading encrypted Parquet columns");
  if (raw.external) throw unsupported("reading Parquet columns from other files");
  const { dictionaryPageOffset: dictionary, dataPageOffset: data, compressedBytes: bytes } = raw;
  // Some writers store 0 for "no dictionary".
  const offset = dictionary !== undefined && dictionary > 0 && dictionary < data ? dictionary : data;
  if (offset + bytes > fileSize - 8) throw corrupt(`column "${name}" lies outside the file`);
  return { offset, bytes };
}

/** A place outside of the file is as good as none. */
function placeOf(part: IndexPart, raw: RawColumnChunk, fileSize: number): IndexPlace | undefined {
  const place = raw[part];
  if (place === undefined) return undefined;
  const { offset, bytes = 0 } = place;
  return offset + bytes > fileSize - 8 ? undefined : { offset, bytes, crc32: checksumOf(part, raw.keyValue) };
}
