import type { Data, DataType } from "apache-arrow";
import { HeadraceError } from "../../error.ts";
import type { ResultColumn } from "../../exec/codegen/program.ts";
import type { RowField } from "../../exec/codegen/row-layout.ts";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import { formatTimeTz } from "../../planner/types/time-tz.ts";
import { type SqlType, typeName } from "../../planner/types/types.ts";
import { arrowData, arrowType } from "./arrow-nested.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import { bigintReader, floatReader, intervalReader, numberReader } from "../../exec/table/row-fields.ts";

export type Arrow = typeof import("apache-arrow");

/** Makes the Arrow data of one column from the addresses of a batch's rows. */
export type ColumnBuilder = {
  readonly type: DataType;
  /** Of the Arrow field. */
  readonly metadata: Map<string, string>;
  readonly build: (rows: Float64Array) => Data;
  /** Bytes of all strings, for columns that have any. */
  readonly bytes?: (rows: Float64Array) => number;
};

/** Name of the SQL type, where Arrow has none that says it. */
const TYPE_KEY = "headrace:type";
const EXTENSION_KEY = "ARROW:extension:name";

/**
 * HUGEINT and UHUGEINT are FixedSizeBinary(16), little-endian two's complement, with the type's name in the field's metadata;
 * UUID is the canonical extension type, big-endian; ENUM is text.
 */
export function arrowColumn(arrow: Arrow, rows: ResultRows, { type, field }: ResultColumn): ColumnBuilder {
  const { memory } = rows;
  const fixed = <A extends FixedArray>(
    dataType: DataType,
    make: (count: number) => A,
    write: (target: A, i: number, row: number) => void,
    metadata: readonly (readonly [string, string])[] = [],
  ): ColumnBuilder => ({
    type: dataType,
    metadata: new Map(metadata),
    build: (batch) => {
      const nulls = nullsOf(memory, field, batch);
      const data = make(batch.length);
      for (let i = 0; i < batch.length; i++) {
        if (isValid(nulls.bitmap, i)) write(data, i, batch[i] as number);
      }
      return makeData(arrow, { type: dataType, length: batch.length, ...nulls, data });
    },
  });
  const numbers = (dataType: DataType, make: (count: number) => NumberArray): ColumnBuilder => {
    const read =
      type.kind === "Real" || type.kind === "Double" ? floatReader(memory, field) : numberReader(memory, field);
    return fixed(dataType, make, (target, i, row) => {
      target[i] = read(row);
    });
  };
  /** Integers of `words` 32-bit words each, low word first, copied word by word: a bigint for each would cost most of the time. */
  const integers = (
    dataType: DataType,
    words: 2 | 4,
    make: (buffer: ArrayBuffer) => FixedArray,
    name?: string,
  ): ColumnBuilder => ({
    type: dataType,
    metadata: new Map(name === undefined ? [] : [[TYPE_KEY, name]]),
    build: (batch) => {
      const nulls = nullsOf(memory, field, batch);
      const target = new Int32Array(batch.length * words);
      copyIntegers(memory.i32, field, batch, nulls.bitmap, target, words);
      return makeData(arrow, { type: dataType, length: batch.length, ...nulls, data: make(target.buffer) });
    },
  });
  const signed64 = (dataType: DataType): ColumnBuilder => integers(dataType, 2, (buffer) => new BigInt64Array(buffer));
  switch (type.kind) {
    case "Null":
      return {
        type: new arrow.Null(),
        metadata: new Map(),
        build: ({ length }) => makeData(arrow, { type: new arrow.Null(), length }),
      };
    case "Boolean": {
      const read = numberReader(memory, field);
      return {
        type: new arrow.Bool(),
        metadata: new Map(),
        build: (batch) => {
          const nulls = nullsOf(memory, field, batch);
          const data = new Uint8Array(bitmapBytes(batch.length));
          batch.forEach((row, i) => {
            if (isValid(nulls.bitmap, i) && read(row) !== 0) setBit(data, i);
          });
          return makeData(arrow, { type: new arrow.Bool(), length: batch.length, ...nulls, data });
        },
      };
    }
    case "TinyInt":
      return numbers(new arrow.Int8(), (count) => new Int8Array(count));
    case "SmallInt":
      return numbers(new arrow.Int16(), (count) => new Int16Array(count));
    case "Integer":
      return numbers(new arrow.Int32(), (count) => new Int32Array(count));
    case "UTinyInt":
      return numbers(new arrow.Uint8(), (count) => new Uint8Array(count));
    case "USmallInt":
      return numbers(new arrow.Uint16(), (count) => new Uint16Array(count));
    case "UInteger":
      return numbers(new arrow.Uint32(), (count) => new Uint32Array(count));
    case "Real":
      return numbers(new arrow.Float32(), (count) => new Float32Array(count));
    case "Double":
      return numbers(new arrow.Float64(), (count) => new Float64Array(count));
    case "Date":
      return numbers(new arrow.DateDay(), (count) => new Int32Array(count));
    case "BigInt":
      return signed64(new arrow.Int64());
    case "UBigInt":
      return integers(new arrow.Uint64(), 2, (buffer) => new BigUint64Array(buffer));
    case "Time":
      return signed64(new arrow.TimeMicrosecond());
    case "TimeNs":
      return signed64(new arrow.TimeNanosecond());
    case "TimeTz": {
      const read = bigintReader(memory, field);
      const texts = encoded((row) => new TextEncoder().encode(formatTimeTz(read(row))));
      return strings(arrow, memory, field, new arrow.Utf8(), texts);
    }
    case "Timestamp":
      return signed64(timestampType(arrow, type));
    case "TimestampTz":
      return signed64(new arrow.TimestampMicrosecond("UTC"));
    case "Decimal":
      return integers(new arrow.Decimal(type.scale, type.precision, 128), 4, (buffer) => new Uint32Array(buffer));
    case "HugeInt":
    case "UHugeInt":
      return integers(new arrow.FixedSizeBinary(16), 4, (buffer) => new Uint8Array(buffer), typeName(type));
    case "Uuid": {
      const read = bigintReader(memory, field);
      return fixed(
        new arrow.FixedSizeBinary(16),
        (count) => new Uint8Array(count * 16),
        (target, i, row) => {
          const value = read(row);
          const view = new DataView(target.buffer, i * 16, 16);
          view.setBigInt64(0, BigInt.asIntN(64, value >> 64n));
          view.setBigInt64(8, BigInt.asIntN(64, value));
        },
        [[EXTENSION_KEY, "arrow.uuid"]],
      );
    }
    case "Interval": {
      const read = intervalReader(memory, field);
      return fixed(
        new arrow.IntervalMonthDayNano(),
        (count) => new Int32Array(count * 4),
        (target, i, row) => {
          const { months, days, micros } = read(row);
          const nanos = micros * 1000n;
          if (BigInt.asIntN(64, nanos) !== nanos) {
            throw new HeadraceError("overflow", "an INTERVAL is too long for Arrow's nanoseconds");
          }
          target[i * 4] = months;
          target[i * 4 + 1] = days;
          target[i * 4 + 2] = Number(BigInt.asIntN(32, nanos));
          target[i * 4 + 3] = Number(nanos >> 32n);
        },
      );
    }
    case "Varchar":
    case "Bit":
    case "Json":
      return strings(arrow, memory, field, new arrow.Utf8(), sharedStrings(rows, field));
    case "Blob":
      return strings(arrow, memory, field, new arrow.Binary(), sharedStrings(rows, field));
    case "Enum": {
      const read = numberReader(memory, field);
      const texts = type.values.map((text) => new TextEncoder().encode(text));
      const access = encoded((row) => texts[read(row)] as Uint8Array);
      return strings(arrow, memory, field, new arrow.Utf8(), access);
    }
    case "List":
    case "Array":
    case "Struct":
    case "Map":
    case "Union":
    case "Bignum": {
      const read = datumReader(rows, { name: "", type, field });
      return {
        type: arrowType(arrow, type),
        metadata: new Map(),
        build: (batch) => arrowData(arrow, Array.from(batch, read), type),
      };
    }
  }
}

type NumberArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float32Array
  | Float64Array;
type FixedArray = NumberArray | BigInt64Array | BigUint64Array;

function timestampType(arrow: Arrow, { unit }: Extract<SqlType, { kind: "Timestamp" }>): DataType {
  switch (unit) {
    case "s":
      return new arrow.TimestampSecond();
    case "ms":
      return new arrow.TimestampMillisecond();
    case "us":
      return new arrow.TimestampMicrosecond();
    case "ns":
      return new arrow.TimestampNanosecond();
  }
}

/** How the bytes of a column's strings are found. */
type StringAccess = {
  readonly length: (row: number) => number;
  readonly copy: (row: number, target: Uint8Array, at: number) => void;
};

function encoded(bytes: (row: number) => Uint8Array): StringAccess {
  return { length: (row) => bytes(row).length, copy: (row, target, at) => target.set(bytes(row), at) };
}

/** Up to this length bytes are copied one by one: a view of them would cost more. */
const SHORT_STRING = 48;

/** Strings in shared memory, each a reference of address and length, or the code of one. */
function sharedStrings({ memory, dictionaryRefs }: ResultRows, { offset, dictionary }: RowField): StringAccess {
  const { u8, u32 } = memory;
  const refs = dictionary === undefined ? 0 : dictionaryRefs(dictionary.slot) >>> 2;
  const ref = (row: number): number => {
    const at = (row + offset) >>> 2;
    return dictionary === undefined ? at : refs + (u32[at] as number) * 2;
  };
  return {
    length: (row) => u32[ref(row) + 1] as number,
    copy: (row, target, at) => {
      const reference = ref(row);
      const [address, length] = [u32[reference] as number, u32[reference + 1] as number];
      if (length > SHORT_STRING) target.set(u8.subarray(address, address + length), at);
      else for (let i = 0; i < length; i++) target[at + i] = u8[address + i] as number;
    },
  };
}

function strings(
  arrow: Arrow,
  { u8 }: SharedMemory,
  field: RowField,
  type: DataType,
  { length, copy }: StringAccess,
): ColumnBuilder {
  const { validOffset } = field;
  const isNull = (row: number): boolean => validOffset !== undefined && u8[row + validOffset] === 0;
  const bytes = (batch: Float64Array): number => {
    let sum = 0;
    for (const row of batch) if (!isNull(row)) sum += length(row);
    return sum;
  };
  return {
    type,
    metadata: new Map(),
    bytes,
    build: (batch) => {
      const nulls = nullsOf({ u8 }, field, batch);
      const valueOffsets = new Int32Array(batch.length + 1);
      const data = new Uint8Array(bytes(batch));
      let end = 0;
      for (let i = 0; i < batch.length; i++) {
        if (isValid(nulls.bitmap, i)) {
          const row = batch[i] as number;
          copy(row, data, end);
          end += length(row);
        }
        valueOffsets[i + 1] = end;
      }
      return makeData(arrow, { type, length: batch.length, ...nulls, valueOffsets, data });
    },
  };
}

/** Integers of 32, 64 or 128 bits as 64 or 128 bits with their sign. */
function copyIntegers(
  i32: Int32Array,
  { rep, offset }: RowField,
  batch: Float64Array,
  valid: Uint8Array | undefined,
  target: Int32Array,
  words: 2 | 4,
): void {
  const given = ({ i32: 1, i64: 2, i128: 4 } as const)[rep as "i32" | "i64" | "i128"];
  const copied = Math.min(given, words);
  for (let i = 0; i < batch.length; i++) {
    if (!isValid(valid, i)) continue;
    const from = ((batch[i] as number) + offset) >>> 2;
    const to = i * words;
    for (let w = 0; w < copied; w++) target[to + w] = i32[from + w] as number;
    const sign = (i32[from + copied - 1] as number) >> 31;
    for (let w = copied; w < words; w++) target[to + w] = sign;
  }
}

type Nulls = { readonly nullCount: number; readonly bitmap: Uint8Array | undefined };

function nullsOf({ u8 }: Pick<SharedMemory, "u8">, { validOffset }: RowField, batch: Float64Array): Nulls {
  if (validOffset === undefined) return { nullCount: 0, bitmap: undefined };
  const bitmap = new Uint8Array(bitmapBytes(batch.length));
  let nullCount = 0;
  for (let i = 0; i < batch.length; i++) {
    if (u8[(batch[i] as number) + validOffset] === 0) nullCount++;
    else setBit(bitmap, i);
  }
  return nullCount === 0 ? { nullCount, bitmap: undefined } : { nullCount, bitmap };
}

/** Arrow pads buffers to 8 bytes. */
function bitmapBytes(count: number): number {
  return Math.ceil(count / 64) * 8;
}

function setBit(bitmap: Uint8Array, i: number): void {
  bitmap[i >> 3] = (bitmap[i >> 3] as number) | (1 << (i & 7));
}

function isValid(bitmap: Uint8Array | undefined, i: number): boolean {
  return bitmap === undefined || (((bitmap[i >> 3] as number) >> (i & 7)) & 1) === 1;
}

type Buffers = Nulls & {
  readonly type: DataType;
  readonly length: number;
  readonly data?: FixedArray;
  readonly valueOffsets?: Int32Array;
};

/** `makeData` is typed per type class; here the type is chosen at run time. */
function makeData(arrow: Arrow, { bitmap, ...buffers }: Omit<Buffers, keyof Nulls> & Partial<Nulls>): Data {
  const make = arrow.makeData as (props: object) => Data;
  return make(bitmap === undefined ? buffers : { ...buffers, nullBitmap: bitmap });
}
