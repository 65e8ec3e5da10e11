/** Chunks as Parquet row groups. */
import { loadKernels, instantiateKernels } from "../../../src/exec/kernels/kernels.ts";
import type { Allocator } from "../../../src/exec/memory/allocator.ts";
import { OWNER_RUNTIME, SharedMemory } from "../../../src/exec/memory/shared-memory.ts";
import { runAtOnce } from "../../../src/exec/table/slices.ts";
import type { DecodeContext } from "../../../src/io/formats/parquet/decode-column.ts";
import {
  type ColumnInput,
  type EncodedRowGroup,
  encodeRowGroup,
  type StringValues,
} from "../../../src/io/formats/parquet/write-row-group.ts";
import type { WriteField } from "../../../src/io/formats/parquet/write-schema.ts";
import { BIGINT, DATE, decimal, INTEGER, type SqlType, VARCHAR } from "../../../src/planner/types/types.ts";
import type { GeneratedChunk } from "../chunk.ts";
import type { DictionaryColumn, GeneratedColumn } from "../columns.ts";
import { type ColumnType, SCHEMA, type TableName } from "../schema.ts";

/** Far above what one column of a row group needs. */
const SCRATCH_LIMIT = 512 * 2 ** 20;

export function parquetFields(table: TableName): readonly WriteField[] {
  return SCHEMA[table].map(({ name, type }) => ({ name, type: sqlType(type), nullable: false }));
}

function sqlType(type: ColumnType): SqlType {
  switch (type) {
    case "INTEGER":
      return INTEGER;
    case "BIGINT":
      return BIGINT;
    case "DECIMAL(15,2)":
      return decimal(15, 2);
    case "DATE":
      return DATE;
    case "VARCHAR":
      return VARCHAR;
    default:
      return type satisfies never;
  }
}

/** Scratch memory and kernels for one thread, whose touched pages are used again for each row group. */
export function createEncoderContext(): DecodeContext {
  const shared = SharedMemory.create(SCRATCH_LIMIT);
  const { memory } = shared;
  const allocator: Allocator = {
    memory,
    alloc: (bytes) => shared.allocate(bytes, OWNER_RUNTIME),
    release: (address, bytes) => shared.release(address, bytes),
  };
  return { allocator, kernels: instantiateKernels(loadKernels(), memory) };
}

/** A whole chunk as one row group. */
export function encodeChunk(chunk: GeneratedChunk, context: DecodeContext): EncodedRowGroup {
  return runAtOnce(encodeRowGroup(parquetFields(chunk.table), chunk.columns.map(columnInput), chunk.rows, context));
}

function columnInput(column: GeneratedColumn): ColumnInput {
  switch (column.type) {
    case "string":
      return { values: column };
    case "dictionary":
      return { values: expand(column) };
    default:
      return { values: column.values };
  }
}

function expand({ codes, dictionary }: DictionaryColumn): StringValues {
  const words = dictionary.map((word) => new TextEncoder().encode(word));
  const offsets = new Int32Array(codes.length + 1);
  for (let row = 0; row < codes.length; row++) offsets[row + 1] = offsets[row]! + words[codes[row]!]!.length;
  const bytes = new Uint8Array(offsets[codes.length]!);
  for (let row = 0; row < codes.length; row++) {
    const word = words[codes[row]!]!;
    const at = offsets[row]!;
    for (let i = 0; i < word.length; i++) bytes[at + i] = word[i]!;
  }
  return { bytes, offsets };
}
