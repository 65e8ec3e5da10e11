/** Arrow IPC files and streams (Apache Arrow columnar format, "Serialization and Interprocess Communication"). */
import { HeadraceError, unsupported } from "../../../error.ts";
import type { RandomAccess } from "../../stores/file.ts";
import { FlatTable } from "./flatbuffer.ts";
import { type ArrowField, readFields } from "./schema.ts";

export type ArrowCompression = "none" | "lz4" | "zstd";

/** A part of the file, of `bytes` bytes. */
export type ArrowBuffer = { readonly offset: number; readonly bytes: number };

/** Where the buffers of a record batch lie in the file. Plain data. */
export type ArrowBatch = {
  readonly rows: number;
  readonly nodes: readonly { readonly length: number; readonly nulls: number }[];
  readonly buffers: readonly ArrowBuffer[];
  /** Numbers of further buffers of view columns, in order. */
  readonly variadic: readonly number[];
  readonly compression: ArrowCompression;
};

export type ArrowDictionary = { readonly id: number; readonly delta: boolean; readonly batch: ArrowBatch };

export type ArrowFile = {
  readonly fields: readonly ArrowField[];
  readonly batches: readonly ArrowBatch[];
  readonly dictionaries: readonly ArrowDictionary[];
};

const MAGIC = "ARROW1";
const CONTINUATION = 0xffffffff;

/** Reads schema and places of all batches, no values. Throws `io`, `format`, `unsupported`. */
export function openArrow(file: RandomAccess): ArrowFile {
  try {
    const head = read(file, 0, Math.min(8, file.size)).toString("latin1");
    return head.startsWith(MAGIC) ? openFile(file) : openStream(file, 0);
  } catch (error) {
    if (error instanceof HeadraceError && error.code !== "format") throw error;
    if (!(error instanceof HeadraceError || error instanceof RangeError)) throw error;
    const what = error instanceof RangeError ? "corrupt Arrow data" : error.message;
    throw new HeadraceError("format", `"${file.path}": ${what}`, { cause: error });
  }
}

function read(file: RandomAccess, offset: number, bytes: number): Buffer {
  if (offset < 0 || bytes < 0 || offset + bytes > file.size)
    throw new HeadraceError("format", "the Arrow data ends too early");
  const buffer = Buffer.alloc(bytes);
  file.readAt(buffer, offset);
  return buffer;
}

function openFile(file: RandomAccess): ArrowFile {
  const tail = file.size < 20 ? "" : read(file, file.size - 6, 6).toString("latin1");
  // A file that was not finished still is a stream behind its first bytes.
  if (tail !== MAGIC) throw new HeadraceError("format", "the Arrow file has no end: it was cut");
  const footerBytes = read(file, file.size - 10, 4).readInt32LE();
  if (footerBytes <= 0) throw new HeadraceError("format", "corrupt Arrow footer");
  const footer = FlatTable.root(read(file, file.size - 10 - footerBytes, footerBytes));
  const schema = footer.table(1);
  if (schema === undefined) throw new HeadraceError("format", "the Arrow file has no schema");
  const block = (view: DataView, at: number): readonly [number, number, number] => [
    Number(view.getBigInt64(at, true)),
    view.getInt32(at + 8, true),
    Number(view.getBigInt64(at + 16, true)),
  ];
  const messages = (field: number): readonly Message[] =>
    footer.structs(field, 24, block).map(([offset, metadata, body]) => {
      const bytes = read(file, offset, metadata);
      const prefix = bytes.readUInt32LE() === CONTINUATION ? 8 : 4;
      return messageOf(bytes.subarray(prefix), offset + metadata, body, file.size);
    });
  return {
    fields: readFields(schema),
    dictionaries: messages(2).flatMap(({ dictionary }) => (dictionary === undefined ? [] : [dictionary])),
    batches: messages(3).flatMap(({ batch }) => (batch === undefined ? [] : [batch])),
  };
}

type Message = {
  readonly fields?: readonly ArrowField[];
  readonly batch?: ArrowBatch;
  readonly dictionary?: ArrowDictionary;
  readonly end: number;
};

function openStream(file: RandomAccess, start: number): ArrowFile {
  let fields: readonly ArrowField[] | undefined;
  const batches: ArrowBatch[] = [];
  const dictionaries: ArrowDictionary[] = [];
  let at = start;
  while (at < file.size) {
    let bytes = read(file, at, 4).readUInt32LE();
    at += 4;
    if (bytes === CONTINUATION) {
      bytes = read(file, at, 4).readUInt32LE();
      at += 4;
    }
    if (bytes === 0) break;
    if (bytes > file.size - at) {
      if (fields === undefined) throw new HeadraceError("format", "it is no Arrow data");
      throw new HeadraceError("format", "the Arrow stream ends too early");
    }
    const metadata = read(file, at, bytes);
    const body = FlatTable.root(metadata).i64(3);
    const message = messageOf(metadata, at + bytes, body, file.size);
    if (message.fields !== undefined) fields ??= message.fields;
    else if (fields === undefined) throw new HeadraceError("format", "the Arrow stream does not begin with a schema");
    if (message.batch !== undefined) batches.push(message.batch);
    if (message.dictionary !== undefined) {
      // Batches before it were made with the old one.
      if (!message.dictionary.delta && dictionaries.some(({ id }) => id === message.dictionary?.id))
        throw unsupported("reading Arrow streams that replace dictionaries");
      dictionaries.push(message.dictionary);
    }
    at = message.end;
  }
  if (fields === undefined) throw new HeadraceError("format", "it is no Arrow data");
  return { fields, batches, dictionaries };
}

function messageOf(metadata: Uint8Array, bodyAt: number, bodyBytes: number, size: number): Message {
  if (bodyBytes < 0 || bodyAt + bodyBytes > size) throw new HeadraceError("format", "the Arrow data ends too early");
  const message = FlatTable.root(metadata);
  const header = message.table(2);
  const end = bodyAt + bodyBytes;
  if (header === undefined) return { end };
  switch (message.i8(1)) {
    case 1:
      return { fields: readFields(header), end };
    case 2: {
      const data = header.table(1);
      if (data === undefined) throw new HeadraceError("format", "an Arrow dictionary without values");
      return { dictionary: { id: header.i64(0), delta: header.bool(2), batch: batchOf(data, bodyAt, bodyBytes) }, end };
    }
    case 3:
      return { batch: batchOf(header, bodyAt, bodyBytes), end };
    default:
      throw unsupported("reading Arrow tensors");
  }
}

const MOST_ROWS = 2 ** 31 - 1;

function batchOf(table: FlatTable, bodyAt: number, bodyBytes: number): ArrowBatch {
  const rows = table.i64(0);
  if (rows < 0 || rows > MOST_ROWS) throw new HeadraceError("format", `an Arrow batch of ${rows} rows`);
  const pair = (view: DataView, at: number): readonly [number, number] => [
    Number(view.getBigInt64(at, true)),
    Number(view.getBigInt64(at + 8, true)),
  ];
  const buffers = table.structs(2, 16, pair).map(([offset, bytes]) => {
    if (offset < 0 || bytes < 0 || offset + bytes > bodyBytes)
      throw new HeadraceError("format", "an Arrow buffer lies outside of its batch");
    return { offset: bodyAt + offset, bytes };
  });
  const compression = table.table(3);
  return {
    rows,
    nodes: table.structs(1, 16, pair).map(([length, nulls]) => ({ length, nulls })),
    buffers,
    variadic: table.structs(4, 8, (view, at) => Number(view.getBigInt64(at, true))),
    compression: compression === undefined ? "none" : compression.i8(0) === 1 ? "zstd" : "lz4",
  };
}
