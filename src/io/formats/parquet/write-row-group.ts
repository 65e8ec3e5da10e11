import { HeadraceError } from "../../../error.ts";
import { ExtentScope } from "../../../exec/memory/allocator.ts";
import type { ColumnVector } from "../../../exec/memory/column-vector.ts";
import type { Datum } from "../../../planner/expr/expr.ts";
import { type Lane, LANE_BYTES } from "../../../planner/types/lane.ts";
import type { WriteCodec } from "../../codecs/compress.ts";
import type { DecodeContext } from "./decode-column.ts";
import { packLevels, shred, valueArrays } from "./shred.ts";
import type { EncodedBounds } from "./write-bounds.ts";
import { encodeColumn } from "./write-column.ts";
import { type WriteField, writeType } from "./write-schema.ts";

/** Fixed-width values; 128-bit lanes as pairs of 64-bit words, low word first. Slots of NULLs may hold anything. */
export type FixedValues =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** String i is [offsets[i], offsets[i + 1]) of `bytes`. Must be UTF-8 for VARCHAR and JSON; this is not checked. */
export type StringValues = { readonly bytes: Uint8Array; readonly offsets: Int32Array | Uint32Array };

/**
 * One column's input: JavaScript arrays, which are copied into the context's memory, or a vector that lies there.
 * `validity` is an Arrow bitmap (least significant bit first, 1 = not NULL), undefined when there are no NULLs.
 */
export type ColumnInput =
  | { readonly values: FixedValues | StringValues; readonly validity?: Uint8Array | undefined }
  | { readonly vector: Pick<ColumnVector, "lane" | "data" | "validity"> }
  /** Values of a nested type, one a row. */
  | { readonly nested: readonly Datum[] };

export type WriteOptions = {
  /** The default is snappy. Columns that it would shrink by less than a tenth stay uncompressed. */
  readonly codec?: WriteCodec;
  /** False: no dictionaries. */
  readonly dictionary?: boolean;
  /** False: no DELTA_BINARY_PACKED, which readers of before 2015 lack. */
  readonly delta?: boolean;
  /** False: pages without CRC-32, about a tenth faster to read, but damage may go unnoticed. */
  readonly checksums?: boolean;
  /** Uncompressed size that data pages aim at. */
  readonly pageBytes?: number;
  /** Columns that get Bloom filters, and the share of values they may take for others that they have. */
  readonly bloomFilters?: { readonly columns: readonly string[]; readonly falsePositiveRatio: number };
};

/** A data page of a column, header included, and what the page index says about it. */
export type EncodedPage = {
  /** Behind the column's first byte. */
  readonly offset: number;
  readonly bytes: number;
  readonly firstRow: number;
  readonly nullCount: number;
  /** Whether all values are NULL. */
  readonly isNull: boolean;
  readonly bounds: EncodedBounds | undefined;
};

/** Encoded pages of one column inside its row group, and what the footer says about them. */
export type EncodedColumn = {
  readonly offset: number;
  /** Rows, or entries of the leaf of a nested column. */
  readonly entries: number;
  /** Headers included. */
  readonly bytes: number;
  readonly uncompressedBytes: number;
  /** Of the dictionary page with its header, 0 when there is none. */
  readonly dictionaryBytes: number;
  readonly codec: WriteCodec;
  readonly encodings: readonly number[];
  readonly nullCount: number;
  readonly distinctCount: number | undefined;
  /** Plainly encoded bounds. */
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  readonly pages: readonly EncodedPage[];
  readonly bloomFilter: Uint8Array | undefined;
};

/** A row group as it will lie in the file: plain data with a buffer of its own, cheap to transfer. */
export type EncodedRowGroup = {
  readonly rows: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly columns: readonly EncodedColumn[];
};

/**
 * Encodes columns of `rows` rows each, one per field and step. Needs memory for one column at a time and what it returns.
 * Throws `type` when a column does not fit its field.
 */
export function* encodeRowGroup(
  fields: readonly WriteField[],
  columns: readonly ColumnInput[],
  rows: number,
  context: DecodeContext,
  options: WriteOptions = {},
): Generator<void, EncodedRowGroup> {
  if (columns.length !== fields.length) throw new RangeError(`${columns.length} columns for ${fields.length} fields`);
  const parts: Uint8Array[] = [];
  const encoded: EncodedColumn[] = [];
  let offset = 0;
  const encode = (field: WriteField, input: PlainInput, count: number, levels?: Levels): void => {
    const scope = new ExtentScope(context.allocator);
    try {
      const source = place(field, input, count, context, scope);
      const column = encodeColumn(field, source, count, context, scope, options, levels);
      encoded.push({ ...column.description, entries: levels?.entries ?? count, offset });
      parts.push(...column.parts);
      offset += column.description.bytes;
    } finally {
      scope.releaseAll();
    }
  };
  for (const [i, field] of fields.entries()) {
    const input = columns[i];
    if (input === undefined) throw new RangeError(`no column ${i}`);
    if (!("nested" in input)) {
      encode(field, input, rows);
      yield;
      continue;
    }
    if (input.nested.length !== rows) throw mismatch(field, `${input.nested.length} values`);
    for (const { leaf, definitions, repetitions, values } of shred(field.name, field.type, input.nested)) {
      const { definition, repetition } = leaf.nested ?? { definition: 0, repetition: 0 };
      const bytes = Buffer.concat([packLevels(repetitions, repetition), packLevels(definitions, definition)]);
      const arrays = { values: valueArrays(leaf.field.type, values) };
      encode(leaf.field, arrays, values.length, { bytes, entries: definitions.length });
      yield;
    }
  }
  const bytes = new Uint8Array(offset);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { rows, bytes, columns: encoded };
}

type PlainInput = Exclude<ColumnInput, { readonly nested: unknown }>;

/** The levels of a nested column's leaf as its page has them, and how many there are. */
export type Levels = { readonly bytes: Uint8Array; readonly entries: number };

/** A column's values in memory: lanes at `data`, a bitmap at `validity` or 0. */
export type PlacedColumn = { readonly lane: Lane; readonly data: number; readonly validity: number };

function place(
  field: WriteField,
  input: PlainInput,
  rows: number,
  { allocator, kernels }: DecodeContext,
  scope: ExtentScope,
): PlacedColumn {
  const { lanes } = writeType(field.type);
  if ("vector" in input) {
    if (!lanes.includes(input.vector.lane)) throw mismatch(field, `lane ${input.vector.lane}`);
    return input.vector;
  }
  const put = (array: FixedValues): number => {
    const address = scope.alloc(array.byteLength);
    new Uint8Array(allocator.memory.buffer).set(
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
      address,
    );
    return address;
  };
  const { values } = input;
  let validity = 0;
  if (input.validity !== undefined) {
    if (input.validity.length < Math.ceil(rows / 8)) throw mismatch(field, "a validity bitmap that is too short");
    validity = put(input.validity);
  }
  if (!("bytes" in values)) {
    const lane = lanes.find((candidate) => fits(candidate, values, rows));
    if (lane === undefined) throw mismatch(field, `${values.constructor.name} of ${values.length} values`);
    return { lane, data: put(values), validity };
  }
  if (lanes[0] !== "str" || values.offsets.length < rows + 1) throw mismatch(field, "strings");
  const bytes = put(values.bytes);
  const offsets = put(values.offsets);
  const data = scope.alloc(rows * LANE_BYTES.str);
  if (kernels.refsFromOffsets(bytes, bytes + values.bytes.length, offsets, rows, data) !== 1) {
    throw mismatch(field, "string offsets out of order");
  }
  scope.release(offsets);
  return { lane: "str", data, validity };
}

/** Whether an array holds `rows` values of a lane. Signed and unsigned arrays are taken for each other. */
function fits(lane: Lane, values: FixedValues, rows: number): boolean {
  const float = values instanceof Float32Array || values instanceof Float64Array;
  if (float !== (lane === "f32" || lane === "f64")) return false;
  if (lane === "i128") return values.BYTES_PER_ELEMENT === 8 && values.length >= rows * 2;
  return lane !== "str" && values.BYTES_PER_ELEMENT === LANE_BYTES[lane] && values.length >= rows;
}

function mismatch(field: WriteField, given: string): HeadraceError {
  return new HeadraceError("type", `column "${field.name}" of type ${field.type.kind} cannot be written from ${given}`);
}
