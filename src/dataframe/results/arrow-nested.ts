/** Arrow data of nested values, built from constants. */
import type { Data, DataType, Field } from "apache-arrow";
import { unsupported } from "../../error.ts";
import type { Datum, IntervalValue } from "../../planner/expr/expr.ts";
import { datumBytes } from "../../planner/functions/host/nested.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { laneOf } from "../../planner/types/lane.ts";
import { isNested, type NestedType } from "../../planner/types/nested.ts";
import { type SqlType, typeName, VARCHAR } from "../../planner/types/types.ts";
import type { Arrow } from "./arrow-columns.ts";

/**
 * LIST is List, ARRAY FixedSizeList, STRUCT Struct (fields without a name are `element1`, ...), MAP Map, UNION SparseUnion.
 * Throws `unsupported` for unions of more than 128 members.
 */
export function arrowType(arrow: Arrow, type: SqlType): DataType {
  switch (type.kind) {
    case "Null":
      return new arrow.Null();
    case "Boolean":
      return new arrow.Bool();
    case "TinyInt":
      return new arrow.Int8();
    case "SmallInt":
      return new arrow.Int16();
    case "Integer":
      return new arrow.Int32();
    case "BigInt":
      return new arrow.Int64();
    case "UTinyInt":
      return new arrow.Uint8();
    case "USmallInt":
      return new arrow.Uint16();
    case "UInteger":
      return new arrow.Uint32();
    case "UBigInt":
      return new arrow.Uint64();
    case "HugeInt":
    case "UHugeInt":
    case "Uuid":
      return new arrow.FixedSizeBinary(16);
    case "Real":
      return new arrow.Float32();
    case "Double":
      return new arrow.Float64();
    case "Decimal":
      return new arrow.Decimal(type.scale, type.precision, 128);
    case "Varchar":
    case "Bit":
    case "Json":
    case "Enum":
    case "TimeTz":
    case "Bignum":
      return new arrow.Utf8();
    case "Blob":
      return new arrow.Binary();
    case "Date":
      return new arrow.DateDay();
    case "Time":
      return new arrow.TimeMicrosecond();
    case "TimeNs":
      return new arrow.TimeNanosecond();
    case "Timestamp":
      return new {
        s: arrow.TimestampSecond,
        ms: arrow.TimestampMillisecond,
        us: arrow.TimestampMicrosecond,
        ns: arrow.TimestampNanosecond,
      }[type.unit]();
    case "TimestampTz":
      return new arrow.TimestampMicrosecond("UTC");
    case "Interval":
      return new arrow.IntervalMonthDayNano();
    case "List":
      return new arrow.List(child(arrow, "item", type.element));
    case "Array":
      return new arrow.FixedSizeList(type.length, child(arrow, "item", type.element));
    case "Struct":
      return new arrow.Struct(
        type.fields.map(({ name, type: of }, i) => child(arrow, name === "" ? `element${i + 1}` : name, of)),
      );
    case "Union": {
      if (type.members.length > MOST_TYPE_IDS) throw unsupported(`Arrow data of more than ${MOST_TYPE_IDS} members`);
      const members = type.members.map(({ name, type: of }) => child(arrow, name, of));
      return new arrow.SparseUnion(
        members.map((_, i) => i),
        members,
      );
    }
    case "Map": {
      const entry = new arrow.Struct<{ key: DataType; value: DataType }>([
        child(arrow, "key", type.key, false),
        child(arrow, "value", type.value),
      ]);
      return new arrow.Map_(new arrow.Field("entries", entry, false));
    }
  }
}

/** Arrow counts them in signed bytes. */
const MOST_TYPE_IDS = 128;

function child(arrow: Arrow, name: string, type: SqlType, nullable = true): Field {
  return new arrow.Field(name, arrowType(arrow, type), nullable, arrowMetadata(type));
}

/** What a field says of a type that Arrow does not have. */
export function arrowMetadata(type: SqlType): Map<string, string> {
  switch (type.kind) {
    case "HugeInt":
    case "UHugeInt":
      return new Map([["headrace:type", typeName(type)]]);
    case "Uuid":
      return new Map([["ARROW:extension:name", "arrow.uuid"]]);
    default:
      return new Map();
  }
}

/** The values as Arrow data. */
export function arrowData(arrow: Arrow, values: readonly Datum[], type: SqlType): Data {
  const make = arrow.makeData as (props: object) => Data;
  const dataType = arrowType(arrow, type);
  const { length } = values;
  if (type.kind === "Null") return make({ type: dataType, length });
  // Arrow knows no NULL unions: they are NULLs of the first member.
  const nulls = type.kind === "Union" ? {} : nullsOf(values);
  const base = { type: dataType, length, ...nulls };
  if (isNested(type)) return make({ ...base, ...nestedBuffers(arrow, values, type) });
  if (laneOf(type) === "str" || type.kind === "Enum" || type.kind === "TimeTz") {
    return make({ ...base, ...stringBuffers(values, type) });
  }
  return make({ ...base, data: fixedBuffer(values, type) });
}

function nullsOf(values: readonly Datum[]): { readonly nullCount: number; readonly nullBitmap?: Uint8Array } {
  const nullCount = values.filter((value) => value === null).length;
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: bitmapOf(values, (value) => value !== null) };
}

function bitmapOf(values: readonly Datum[], test: (value: Datum) => boolean): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(values.length / 64) * 8);
  for (const [i, value] of values.entries()) {
    if (test(value)) bitmap[i >> 3] = (bitmap[i >> 3] as number) | (1 << (i & 7));
  }
  return bitmap;
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  return offsets;
}

function stringBuffers(values: readonly Datum[], type: SqlType): object {
  const bytes = values.map((value) => {
    if (value === null) return new Uint8Array(0);
    const isOwn = laneOf(type) === "str" && type.kind !== "Bignum";
    return isOwn ? datumBytes(value, type) : datumBytes(formatDatum(value, type), VARCHAR);
  });
  return { valueOffsets: offsetsOf(bytes.map(({ length }) => length)), data: Buffer.concat(bytes) };
}

function nestedBuffers(arrow: Arrow, values: readonly Datum[], type: NestedType): object {
  const items = values.map((value) => (value ?? []) as readonly Datum[]);
  switch (type.kind) {
    case "List":
      return {
        valueOffsets: offsetsOf(items.map(({ length }) => length)),
        child: arrowData(arrow, items.flat(), type.element),
      };
    case "Array": {
      const padding: readonly Datum[] = Array.from({ length: type.length }, () => null);
      const padded = items.flatMap((item, i) => (values[i] === null ? padding : item));
      return { child: arrowData(arrow, padded, type.element) };
    }
    case "Struct":
      return {
        children: type.fields.map((field, i) =>
          arrowData(
            arrow,
            items.map((item) => item[i] ?? null),
            field.type,
          ),
        ),
      };
    case "Union":
      return {
        typeIds: Int8Array.from(items, ([tag = 0]) => Number(tag)),
        children: type.members.map((member, i) =>
          arrowData(
            arrow,
            items.map((item) => item[i + 1] ?? null),
            member.type,
          ),
        ),
      };
    case "Map": {
      const entries = {
        kind: "Struct",
        fields: [
          { name: "key", type: type.key },
          { name: "value", type: type.value },
        ],
      } as const;
      return {
        valueOffsets: offsetsOf(items.map(({ length }) => length)),
        child: arrowData(arrow, items.flat(), entries),
      };
    }
  }
}

function fixedBuffer(values: readonly Datum[], type: SqlType): ArrayBufferView {
  const numbers = values.map((value) => Number(typeof value === "object" ? 0 : value));
  const words = (): BigInt64Array =>
    BigInt64Array.from(values, (value) => BigInt.asIntN(64, BigInt((value ?? 0) as number | bigint)));
  switch (type.kind) {
    case "Boolean":
      return bitmapOf(values, (value) => value === true);
    case "TinyInt":
      return Int8Array.from(numbers);
    case "SmallInt":
      return Int16Array.from(numbers);
    case "Integer":
    case "Date":
      return Int32Array.from(numbers);
    case "UTinyInt":
      return Uint8Array.from(numbers);
    case "USmallInt":
      return Uint16Array.from(numbers);
    case "UInteger":
      return Uint32Array.from(numbers);
    case "Real":
      return Float32Array.from(numbers);
    case "Double":
      return Float64Array.from(numbers);
    case "UBigInt":
      return new BigUint64Array(words().buffer);
    case "HugeInt":
    case "UHugeInt":
    case "Decimal": {
      const wide = new BigInt64Array(values.length * 2);
      for (const [i, value] of values.entries()) {
        const whole = BigInt((value ?? 0) as number | bigint);
        wide[i * 2] = BigInt.asIntN(64, whole);
        wide[i * 2 + 1] = BigInt.asIntN(64, whole >> 64n);
      }
      return type.kind === "Decimal" ? new Uint32Array(wide.buffer) : new Uint8Array(wide.buffer);
    }
    case "Uuid": {
      const view = new DataView(new ArrayBuffer(values.length * 16));
      for (const [i, value] of values.entries()) {
        const whole = (value ?? 0n) as bigint;
        view.setBigInt64(i * 16, BigInt.asIntN(64, whole >> 64n));
        view.setBigInt64(i * 16 + 8, BigInt.asIntN(64, whole));
      }
      return new Uint8Array(view.buffer);
    }
    case "Interval": {
      const view = new DataView(new ArrayBuffer(values.length * 16));
      for (const [i, value] of values.entries()) {
        if (value === null) continue;
        const { months, days, micros } = value as IntervalValue;
        view.setInt32(i * 16, months, true);
        view.setInt32(i * 16 + 4, days, true);
        view.setBigInt64(i * 16 + 8, micros * 1000n, true);
      }
      return new Int32Array(view.buffer);
    }
    default:
      return words();
  }
}
