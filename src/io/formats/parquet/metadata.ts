/**
 * Parquet's metadata as read from the file (apache/parquet-format, parquet.thrift): only what the engine uses.
 */
import { corrupt, ThriftReader } from "./thrift-reader.ts";

export const PHYSICAL_TYPES = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
] as const;
export type PhysicalType = (typeof PHYSICAL_TYPES)[number];

export const CODECS = ["none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"] as const;
export type Codec = (typeof CODECS)[number];

export const ENCODING = {
  plain: 0,
  plainDictionary: 2,
  rle: 3,
  bitPacked: 4,
  deltaBinaryPacked: 5,
  deltaLengthByteArray: 6,
  deltaByteArray: 7,
  rleDictionary: 8,
  byteStreamSplit: 9,
} as const;

export type Repetition = "required" | "optional" | "repeated";

export type TimeUnit = "ms" | "us" | "ns";

export type LogicalType =
  | { readonly kind: "string" | "map" | "list" | "enum" | "date" | "null" | "json" | "bson" | "uuid" | "float16" }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "time" | "timestamp"; readonly utc: boolean; readonly unit: TimeUnit }
  | { readonly kind: "integer"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "interval" }
  /** Newer than this reader, or without a SQL type of ours. */
  | { readonly kind: "other" };

export type SchemaElement = {
  readonly name: string;
  readonly physical: PhysicalType | undefined;
  readonly length: number;
  readonly repetition: Repetition;
  readonly children: number;
  readonly logical: LogicalType | undefined;
};

/** Encoded bounds as stored; `ordered` tells that they follow the column's own sort order (not the deprecated fields). */
export type RawStatistics = {
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  readonly ordered: boolean;
  readonly nullCount: number | undefined;
  readonly distinctCount: number | undefined;
};

/** Where a structure lies in the file. */
export type Place = { readonly offset: number; readonly bytes: number };

export type RawColumnChunk = {
  readonly external: boolean;
  readonly encrypted: boolean;
  readonly physical: PhysicalType;
  readonly codec: Codec;
  readonly values: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  readonly dataPageOffset: number;
  readonly dictionaryPageOffset: number | undefined;
  readonly statistics: RawStatistics | undefined;
  readonly columnIndex: Place | undefined;
  readonly offsetIndex: Place | undefined;
  /** `bytes`: with its header; writers may leave it out. */
  readonly bloomFilter: { readonly offset: number; readonly bytes: number | undefined } | undefined;
  readonly keyValue: ReadonlyMap<string, string>;
};

export type RawRowGroup = { readonly rows: number; readonly columns: readonly RawColumnChunk[] };

export type FileMetadata = {
  readonly rows: number;
  readonly schema: readonly SchemaElement[];
  readonly rowGroups: readonly RawRowGroup[];
  readonly keyValue: ReadonlyMap<string, string>;
  readonly createdBy: string | undefined;
};

/** Reads a footer's FileMetaData structure, a row group a step. Throws `format`. */
export function* readFileMetadata(bytes: Uint8Array): Generator<void, FileMetadata> {
  const reader = new ThriftReader(bytes);
  let rows: number | undefined;
  let schema: SchemaElement[] | undefined;
  let rowGroups: RawRowGroup[] | undefined;
  const keyValue = new Map<string, string>();
  let createdBy: string | undefined;
  for (const { id, wire } of reader.fields()) {
    if (id === 2) schema = reader.listOf(wire, (element) => readSchemaElement(reader, element));
    else if (id === 3) rows = reader.natural(wire);
    else if (id === 4) {
      rowGroups = [];
      for (const element of reader.elements(wire)) {
        rowGroups.push(readRowGroup(reader, element));
        yield;
      }
    } else if (id === 5) reader.listOf(wire, (element) => readKeyValue(reader, element, keyValue));
    else if (id === 6) createdBy = reader.string(wire);
    else reader.skip(wire);
  }
  if (rows === undefined || schema === undefined || rowGroups === undefined) throw corrupt("the footer is incomplete");
  return { rows, schema, rowGroups, keyValue, createdBy };
}

function readKeyValue(reader: ThriftReader, wire: number, into: Map<string, string>): void {
  let key = "";
  let value: string | undefined;
  for (const { id, wire: field } of reader.fieldsOf(wire)) {
    if (id === 1) key = reader.string(field);
    else if (id === 2) value = reader.string(field);
    else reader.skip(field);
  }
  if (value !== undefined) into.set(key, value);
}

const REPETITIONS = ["required", "optional", "repeated"] as const;

function readSchemaElement(reader: ThriftReader, wire: number): SchemaElement {
  let physical: PhysicalType | undefined;
  let length = 0;
  let repetition: Repetition = "required";
  let name: string | undefined;
  let children = 0;
  let converted: number | undefined;
  let scale = 0;
  let precision = 0;
  let logical: LogicalType | undefined;
  for (const { id, wire: field } of reader.fieldsOf(wire)) {
    if (id === 1) physical = member(PHYSICAL_TYPES, reader.integer(field), "physical type");
    else if (id === 2) length = reader.natural(field);
    else if (id === 3) repetition = member(REPETITIONS, reader.integer(field), "repetition");
    else if (id === 4) name = reader.string(field);
    else if (id === 5) children = reader.natural(field);
    else if (id === 6) converted = reader.integer(field);
    else if (id === 7) scale = reader.integer(field);
    else if (id === 8) precision = reader.integer(field);
    else if (id === 10) logical = readLogicalType(reader, field);
    else reader.skip(field);
  }
  if (name === undefined) throw corrupt("a column without a name");
  if (logical === undefined && converted !== undefined) logical = fromConvertedType(converted, precision, scale);
  return { name, physical, length, repetition, children, logical };
}

const SIMPLE_LOGICAL = {
  1: "string",
  2: "map",
  3: "list",
  4: "enum",
  6: "date",
  11: "null",
  12: "json",
  13: "bson",
  14: "uuid",
  15: "float16",
} as const;

/** A union: the id of its one field is the type. */
function readLogicalType(reader: ThriftReader, wire: number): LogicalType {
  let logical: LogicalType = { kind: "other" };
  for (const { id, wire: field } of reader.fieldsOf(wire)) {
    if (id === 5) {
      let scale = 0;
      let precision = 0;
      for (const { id: inner, wire: type } of reader.fieldsOf(field)) {
        if (inner === 1) scale = reader.integer(type);
        else if (inner === 2) precision = reader.integer(type);
        else reader.skip(type);
      }
      logical = { kind: "decimal", precision, scale };
    } else if (id === 7 || id === 8) {
      let utc = false;
      let unit: TimeUnit | undefined;
      for (const { id: inner, wire: type } of reader.fieldsOf(field)) {
        if (inner === 1) utc = reader.boolean(type);
        else if (inner === 2) unit = readTimeUnit(reader, type);
        else reader.skip(type);
      }
      if (unit !== undefined) logical = { kind: id === 7 ? "time" : "timestamp", utc, unit };
    } else if (id === 10) {
      let bits = 0;
      let signed = true;
      for (const { id: inner, wire: type } of reader.fieldsOf(field)) {
        if (inner === 1) bits = reader.integer(type);
        else if (inner === 2) signed = reader.boolean(type);
        else reader.skip(type);
      }
      logical = { kind: "integer", bits, signed };
    } else {
      reader.skip(field);
      if (id in SIMPLE_LOGICAL) logical = { kind: SIMPLE_LOGICAL[id as keyof typeof SIMPLE_LOGICAL] };
    }
  }
  return logical;
}

function readTimeUnit(reader: ThriftReader, wire: number): TimeUnit | undefined {
  let unit: TimeUnit | undefined;
  for (const { id, wire: field } of reader.fieldsOf(wire)) {
    reader.skip(field);
    unit = id === 1 ? "ms" : id === 2 ? "us" : id === 3 ? "ns" : undefined;
  }
  return unit;
}

/** The annotation that logical types replaced; times written with it count as local, as DuckDB reads them. */
function fromConvertedType(converted: number, precision: number, scale: number): LogicalType {
  switch (converted) {
    case 0:
      return { kind: "string" };
    case 1:
    case 2:
      return { kind: "map" };
    case 3:
      return { kind: "list" };
    case 4:
      return { kind: "enum" };
    case 5:
      return { kind: "decimal", precision, scale };
    case 6:
      return { kind: "date" };
    case 7:
      return { kind: "time", utc: false, unit: "ms" };
    case 8:
      return { kind: "time", utc: false, unit: "us" };
    case 9:
      return { kind: "timestamp", utc: false, unit: "ms" };
    case 10:
      return { kind: "timestamp", utc: false, unit: "us" };
    case 11:
    case 12:
    case 13:
    case 14:
      return { kind: "integer", bits: 8 << (converted - 11), signed: false };
    case 15:
    case 16:
    case 17:
    case 18:
      return { kind: "integer", bits: 8 << (converted - 15), signed: true };
    case 19:
      return { kind: "json" };
    case 20:
      return { kind: "bson" };
    case 21:
      return { kind: "interval" };
    default:
      return { kind: "other" };
  }
}

function readRowGroup(reader: ThriftReader, wire: number): RawRowGroup {
  let rows: number | undefined;
  let columns: RawColumnChunk[] | undefined;
  for (const { id, wire: field } of reader.fieldsOf(wire)) {
    if (id === 1) columns = reader.listOf(field, (element) => readColumnChunk(reader, element));
    else if (id === 3) rows = reader.natural(field);
    else reader.skip(field);
  }
  if (rows === undefined || columns === undefined) throw corrupt("a row group is incomplete");
  return { rows, columns };
}

function readColumnChunk(reader: ThriftReader, wire: number): RawColumnChunk {
  let external = false;
  let encrypted = false;
  let physical: PhysicalType | undefined;
  let codec: Codec | undefined;
  let values: number | undefined;
  let uncompressedBytes: number | undefined;
  let compressedBytes: number | undefined;
  let dataPageOffset: number | undefined;
  let dictionaryPageOffset: number | undefined;
  let statistics: RawStatistics | undefined;
  const keyValue = new Map<string, string>();
  const numbers: (number | undefined)[] = [];
  let [bloomOffset, bloomBytes]: (number | undefined)[] = [];
  for (const { id, wire: field } of reader.fieldsOf(wire)) {
    if (id === 1) external = reader.string(field) !== "";
    else if (id === 3) {
      for (const { id: inner, wire: type } of reader.fieldsOf(field)) {
        if (inner === 1) physical = member(PHYSICAL_TYPES, reader.integer(type), "physical type");
        else if (inner === 4) codec = member(CODECS, reader.integer(type), "compression codec");
        else if (inner === 5) values = reader.natural(type);
        else if (inner === 6) uncompressedBytes = reader.natural(type);
        else if (inner === 7) compressedBytes = reader.natural(type);
        else if (inner === 8) reader.listOf(type, (element) => readKeyValue(reader, element, keyValue));
        else if (inner === 9) dataPageOffset = reader.natural(type);
        else if (inner === 11) dictionaryPageOffset = reader.natural(type);
        else if (inner === 12) statistics = readStatistics(reader, type);
        else if (inner === 14) bloomOffset = reader.natural(type);
        else if (inner === 15) bloomBytes = reader.natural(type);
        else reader.skip(type);
      }
    } else if (id >= 4 && id <= 7) numbers[id] = reader.natural(field);
    else {
      if (id === 8) encrypted = true;
      reader.skip(field);
    }
  }
  if (
    physical === undefined ||
    codec === undefined ||
    values === undefined ||
    uncompressedBytes === undefined ||
    compressedBytes === undefined ||
    dataPageOffset === undefined
  ) {
    if (encrypted) throw corrupt("encrypted columns are not readable");
    throw corrupt("a column chunk is incomplete");
  }
  return {
    external,
    encrypted,
    physical,
    codec,
    values,
    uncompressedBytes,
    compressedBytes,
    dataPageOffset,
    dictionaryPageOffset,
    statistics,
    offsetIndex: placeOf(numbers[4], numbers[5]),
    columnIndex: placeOf(numbers[6], numbers[7]),
    bloomFilter: bloomOffset === undefined ? undefined : { offset: bloomOffset, bytes: bloomBytes },
    keyValue,
  };
}

function placeOf(offset: number | undefined, bytes: number | undefined): Place | undefined {
  return offset === undefined || bytes === undefined || bytes === 0 ? undefined : { offset, bytes };
}

function readStatistics(reader: ThriftReader, wire: number): RawStatistics {
  const bounds: (Uint8Array | undefined)[] = [];
  let nullCount: number | undefined;
  let distinctCount: number | undefined;
  for (const { id, wire: field } of reader.fieldsOf(wire)) {
    if (id === 1 || id === 2 || id === 5 || id === 6) bounds[id] = reader.binary(field);
    else if (id === 3) nullCount = reader.integer(field);
    else if (id === 4) distinctCount = reader.integer(field);
    else reader.skip(field);
  }
  const ordered = bounds[5] !== undefined || bounds[6] !== undefined;
  return {
    min: ordered ? bounds[6] : bounds[2],
    max: ordered ? bounds[5] : bounds[1],
    ordered,
    nullCount,
    distinctCount,
  };
}

function member<T>(names: readonly T[], index: number, what: string): T {
  const name = names[index];
  if (name === undefined) throw corrupt(`unknown ${what} ${index}`);
  return name;
}
