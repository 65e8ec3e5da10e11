import { FOOTER_CHECKSUM_KEY, NO_CHECKSUM, sealFooter } from "./footer-checksum.ts";
import { INDEX_CHECKSUMS_KEY } from "./index-checksums.ts";
import { CODECS, PHYSICAL_TYPES, type Place } from "./metadata.ts";
import { ThriftWriter } from "./thrift-writer.ts";
import type { EncodedColumn } from "./write-row-group.ts";
import {
  type WriteElement,
  writeElements,
  type WriteField,
  type WriteLeaf,
  writeLeaves,
  writeSchemaElement,
  writeType,
} from "./write-schema.ts";

/** A column chunk that lies in the file, with what lies elsewhere in it. */
export type PlacedChunk = Omit<EncodedColumn, "pages" | "bloomFilter"> & {
  readonly columnIndex: Place | undefined;
  readonly offsetIndex: Place;
  readonly bloomFilter: Place | undefined;
  readonly checksums: string;
};

/** A row group that lies in the file: `offset` is its first byte. */
export type PlacedRowGroup = {
  readonly rows: number;
  readonly offset: number;
  readonly columns: readonly PlacedChunk[];
};

/** What ends a Parquet file: metadata, its length, the magic number. */
export function encodeFooter(
  fields: readonly WriteField[],
  rowGroups: readonly PlacedRowGroup[],
  keyValue: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const writer = new ThriftWriter();
  writer.integer(1, 1);
  const leaves = fields.flatMap(writeLeaves);
  writer.structs<WriteElement | undefined>(2, [undefined, ...fields.flatMap(writeElements)], (element, own) => {
    if (own === undefined) element.string(4, "schema").integer(5, fields.length);
    else writeSchemaElement(element, own);
  });
  writer.long(
    3,
    rowGroups.reduce((rows, group) => rows + group.rows, 0),
  );
  writer.structs(4, rowGroups, writeRowGroup(leaves));
  const pairs = [...keyValue, [FOOTER_CHECKSUM_KEY, NO_CHECKSUM] as const];
  writer.structs(5, pairs, (pair, [key, value]) => pair.string(1, key).string(2, value));
  writer.string(6, "headrace");
  // TypeDefinedOrder: min_value and max_value follow the order of the column's type.
  writer.structs(7, leaves, (order) => order.struct(1, () => {}));
  const metadata = writer.finish();
  sealFooter(metadata);
  const footer = new Uint8Array(metadata.length + 8);
  footer.set(metadata);
  new DataView(footer.buffer).setUint32(metadata.length, metadata.length, true);
  footer.set(MAGIC, metadata.length + 4);
  return footer;
}

export const MAGIC: Uint8Array = new TextEncoder().encode("PAR1");

function writeRowGroup(leaves: readonly WriteLeaf[]) {
  return (writer: ThriftWriter, group: PlacedRowGroup): void => {
    const total = (bytes: (column: PlacedChunk) => number): number =>
      group.columns.reduce((sum, column) => sum + bytes(column), 0);
    writer.structs(1, group.columns, (chunk, column) => {
      const leaf = leaves[group.columns.indexOf(column)];
      if (leaf === undefined) throw new RangeError("a row group with more columns than fields");
      chunk.long(2, 0).struct(3, (metadata) => writeColumn(metadata, leaf, column, group));
      const { columnIndex, offsetIndex } = column;
      chunk.long(4, offsetIndex.offset).integer(5, offsetIndex.bytes);
      if (columnIndex !== undefined) chunk.long(6, columnIndex.offset).integer(7, columnIndex.bytes);
    });
    writer.long(
      2,
      total((column) => column.uncompressedBytes),
    );
    writer.long(3, group.rows);
    writer.long(5, group.offset);
    writer.long(
      6,
      total((column) => column.bytes),
    );
  };
}

function writeColumn(
  writer: ThriftWriter,
  { path, field }: WriteLeaf,
  column: PlacedChunk,
  group: PlacedRowGroup,
): void {
  const start = group.offset + column.offset;
  writer.integer(1, PHYSICAL_TYPES.indexOf(writeType(field.type).physical));
  writer.integers(2, column.encodings);
  writer.strings(3, path);
  writer.integer(4, CODECS.indexOf(column.codec));
  writer.long(5, column.entries);
  writer.long(6, column.uncompressedBytes);
  writer.long(7, column.bytes);
  writer.structs(8, [column.checksums], (pair, value) => pair.string(1, INDEX_CHECKSUMS_KEY).string(2, value));
  writer.long(9, start + column.dictionaryBytes);
  if (column.dictionaryBytes > 0) writer.long(11, start);
  writer.struct(12, (statistics) => {
    statistics.long(3, column.nullCount);
    if (column.distinctCount !== undefined) statistics.long(4, column.distinctCount);
    if (column.max !== undefined) statistics.binary(5, column.max);
    if (column.min !== undefined) statistics.binary(6, column.min);
    if (column.max !== undefined) statistics.boolean(7, true);
    if (column.min !== undefined) statistics.boolean(8, true);
  });
  const { bloomFilter } = column;
  if (bloomFilter !== undefined) writer.long(14, bloomFilter.offset).integer(15, bloomFilter.bytes);
}
