/** Values of Arrow columns as constants: for what is nested, and where layouts differ from ours. */
import { HeadraceError } from "../../error.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { type ArrowColumn, corrupt, INTERVAL_BYTES } from "./arrow-buffers.ts";
import type { ScanMemory } from "./scan-memory.ts";

type Reader = (row: number) => Datum;
type Place = {
  readonly memory: ScanMemory;
  readonly file: { readonly path: string };
  readonly dictionary: (id: number) => Reader;
};

/** Reads values by row, in the Datum convention of the column's type. Throws `format`, `overflow` for values that do not fit. */
export function arrowReader(column: ArrowColumn, place: Place): Reader {
  const { validity, length } = column;
  const { u8 } = place.memory.shared;
  const read = presentReader(column, place);
  return (row) => {
    if (row < 0 || row >= length) throw corrupt(place.file, column.field);
    if (validity !== 0 && (((u8[validity + (row >> 3)] as number) >> (row & 7)) & 1) === 0) return null;
    return read(row);
  };
}

function presentReader(column: ArrowColumn, place: Place): Reader {
  const { field, data } = column;
  const { view, u8 } = place.memory.shared;
  if (field.dictionary !== undefined) {
    const index = intReader(data.address, field.dictionary.index, view);
    const value = place.dictionary(field.dictionary.id);
    return (row) => value(Number(index(row)));
  }
  const { layout, type } = field;
  switch (layout.kind) {
    case "null":
      return () => null;
    case "bool":
      return (row) => (((u8[data.address + (row >> 3)] as number) >> (row & 7)) & 1) === 1;
    case "int": {
      const read = intReader(data.address, layout, view);
      if (layout.factor === 1) return layout.bytes < 8 && type.kind === "TimeNs" ? (row) => BigInt(read(row)) : read;
      const isDate = type.kind === "Date";
      return (row) => {
        const value = scaled(BigInt(read(row)), layout.factor);
        if (!isDate && BigInt.asIntN(64, value) !== value)
          throw new HeadraceError("overflow", `a value of column "${field.name}" is out of range`);
        return isDate ? Number(value) : value;
      };
    }
    case "float":
      if (layout.bytes === 8) return (row) => view.getFloat64(data.address + row * 8, true);
      if (layout.bytes === 4) return (row) => view.getFloat32(data.address + row * 4, true);
      return (row) => halfFloat(view.getUint16(data.address + row * 2, true));
    case "decimal":
      return decimalReader(column, layout.bytes, place);
    case "interval":
      return intervalReader(column, layout.unit, layout.perSecond, view);
    case "bytes": {
      const bounds = offsetReader(column, layout.offsetBytes, data.bytes, place);
      return (row) => {
        const [from, to] = bounds(row);
        return bytesValue(column, data.address + from, to - from, place);
      };
    }
    case "view":
      return (row) => {
        const at = data.address + row * 16;
        const bytes = view.getUint32(at, true);
        if (bytes <= 12) return bytesValue(column, at + 4, bytes, place);
        const buffer = column.views[view.getUint32(at + 8, true)];
        const from = view.getUint32(at + 12, true);
        if (buffer === undefined || from + bytes > buffer.bytes) throw corrupt(place.file, field);
        return bytesValue(column, buffer.address + from, bytes, place);
      };
    case "fixed":
      return fixedReader(column, layout.bytes, place);
    case "list":
    case "fixedList": {
      const child = childOf(column, place);
      const read = arrowReader(child, place);
      const bounds: (row: number) => readonly [number, number] =
        layout.kind === "list"
          ? offsetReader(column, layout.offsetBytes, child.length, place)
          : (row) => [row * layout.length, (row + 1) * layout.length];
      return (row) => {
        const [from, to] = bounds(row);
        return Array.from({ length: to - from }, (_, i) => read(from + i));
      };
    }
    case "struct": {
      const readers = column.children.map((child) => arrowReader(child, place));
      return (row) => readers.map((read) => read(row));
    }
    case "map": {
      const entries = childOf(column, place);
      const [keys, values] = entries.children.map((child) => arrowReader(child, place));
      if (keys === undefined || values === undefined) throw corrupt(place.file, field);
      const bounds = offsetReader(column, 4, entries.length, place);
      return (row) => {
        const [from, to] = bounds(row);
        return Array.from({ length: to - from }, (_, i) => [keys(from + i), values(from + i)]);
      };
    }
  }
}

function childOf(column: ArrowColumn, { file }: Place): ArrowColumn {
  const [child] = column.children;
  if (child === undefined) throw corrupt(file, column.field);
  return child;
}

/** Times the factor, or divided by its negative, towards minus infinity. */
export function scaled(value: bigint, factor: number): bigint {
  if (factor >= 0) return value * BigInt(factor);
  const divisor = BigInt(-factor);
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}

function intReader(
  address: number,
  layout: ArrowColumn["field"]["layout"],
  view: DataView,
): (row: number) => number | bigint {
  if (layout.kind !== "int") throw new RangeError("an index that is no integer");
  switch (layout.bytes) {
    case 1:
      return layout.signed ? (row) => view.getInt8(address + row) : (row) => view.getUint8(address + row);
    case 2:
      return layout.signed
        ? (row) => view.getInt16(address + row * 2, true)
        : (row) => view.getUint16(address + row * 2, true);
    case 4:
      return layout.signed
        ? (row) => view.getInt32(address + row * 4, true)
        : (row) => view.getUint32(address + row * 4, true);
    case 8:
      return layout.signed
        ? (row) => view.getBigInt64(address + row * 8, true)
        : (row) => view.getBigUint64(address + row * 8, true);
  }
}

/** IEEE 754 binary16. */
export function halfFloat(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function decimalReader({ field, data }: ArrowColumn, bytes: 4 | 8 | 16 | 32, { memory, file }: Place): Reader {
  const { view } = memory.shared;
  const limit = field.type.kind === "Decimal" ? 10n ** BigInt(field.type.precision) : 0n;
  return (row) => {
    const at = data.address + row * bytes;
    let value = bytes === 4 ? BigInt(view.getInt32(at, true)) : view.getBigInt64(at + bytes - 8, true);
    for (let word = bytes - 16; word >= 0; word -= 8) value = (value << 64n) | view.getBigUint64(at + word, true);
    if (value >= limit || value <= -limit) throw corrupt(file, field);
    return value;
  };
}

const DAY = 86_400_000_000n;

function intervalReader(
  { data }: ArrowColumn,
  unit: keyof typeof INTERVAL_BYTES,
  perSecond: number,
  view: DataView,
): Reader {
  return (row) => {
    const at = data.address + row * INTERVAL_BYTES[unit];
    switch (unit) {
      case "months":
        return { months: view.getInt32(at, true), days: 0, micros: 0n };
      case "days":
        return { months: 0, days: view.getInt32(at, true), micros: BigInt(view.getInt32(at + 4, true)) * 1000n };
      case "nanos":
        return {
          months: view.getInt32(at, true),
          days: view.getInt32(at + 4, true),
          micros: scaled(view.getBigInt64(at + 8, true), -1000),
        };
      case "duration": {
        const value = view.getBigInt64(at, true);
        const micros = perSecond === 1e9 ? scaled(value, -1000) : value * BigInt(1e6 / perSecond);
        // What 64 bits cannot hold in microseconds is written in days.
        if (BigInt.asIntN(64, micros) === micros) return { months: 0, days: 0, micros };
        const days = micros / DAY;
        if (days > 2n ** 31n - 1n || days < -(2n ** 31n))
          throw new HeadraceError("overflow", "a duration is out of range");
        return { months: 0, days: Number(days), micros: micros % DAY };
      }
    }
  };
}

/** The bounds of a row's bytes or items, which lie within [0, limit]. */
function offsetReader(
  { field, offsets }: ArrowColumn,
  bytes: 4 | 8,
  limit: number,
  { memory, file }: Place,
): (row: number) => readonly [number, number] {
  const { view } = memory.shared;
  const offset = (row: number): number => {
    const at = offsets.address + row * bytes;
    return bytes === 4 ? view.getInt32(at, true) : Number(view.getBigInt64(at, true));
  };
  return (row) => {
    const [from, to] = [offset(row), offset(row + 1)];
    if (from < 0 || to < from || to > limit) throw corrupt(file, field);
    return [from, to];
  };
}

function bytesValue({ field }: ArrowColumn, address: number, bytes: number, { memory, file }: Place): Datum {
  const value = Buffer.from(memory.shared.u8.slice(address, address + bytes));
  if (field.type.kind === "Blob") return value;
  const text = value.toString("utf8");
  // Broken characters were replaced by others.
  if (text.includes("\uFFFD") && !Buffer.from(text, "utf8").equals(value))
    throw new HeadraceError("format", `"${file.path}": column "${field.name}" has bytes that are no UTF-8`);
  return text;
}

function fixedReader({ field, data }: ArrowColumn, bytes: number, { memory }: Place): Reader {
  const { view, u8 } = memory.shared;
  switch (field.type.kind) {
    case "HugeInt":
      return (row) =>
        (view.getBigInt64(data.address + row * 16 + 8, true) << 64n) | view.getBigUint64(data.address + row * 16, true);
    case "UHugeInt":
      return (row) =>
        (view.getBigUint64(data.address + row * 16 + 8, true) << 64n) |
        view.getBigUint64(data.address + row * 16, true);
    case "Uuid":
      return (row) =>
        (view.getBigUint64(data.address + row * 16) << 64n) | view.getBigUint64(data.address + row * 16 + 8);
    default:
      return (row) => u8.slice(data.address + row * bytes, data.address + (row + 1) * bytes);
  }
}
