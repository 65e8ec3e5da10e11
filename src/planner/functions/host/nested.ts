/** Nested values between Datums and blocks (`types/nested.ts`). */
import type { Datum } from "../../expr/expr.ts";
import { laneOf } from "../../types/lane.ts";
import { fieldTypes, isNested, isVariable, LIST_HEADER, type NestedType, slotBytes } from "../../types/nested.ts";
import type { SqlType } from "../../types/types.ts";
import { writeDatum } from "../../types/write-datum.ts";

/** The block of a value. */
export function encodeNested(value: readonly Datum[], type: NestedType): Uint8Array {
  switch (type.kind) {
    case "List":
    case "Array":
      return pack(value, () => type.element, true);
    case "Struct":
    case "Union": {
      const types = fieldTypes(type);
      return pack(value, (i) => types[i] as SqlType, false);
    }
    case "Map": {
      const entries = value as readonly (readonly Datum[])[];
      const [keys, values] = fieldTypes(type) as [SqlType, SqlType];
      const columns = [entries.map(([key = null]) => key), entries.map(([, item = null]) => item)];
      return pack(columns, (i) => (i === 0 ? keys : values), false);
    }
  }
}

function pack(values: readonly Datum[], typeOf: (i: number) => SqlType, counted: boolean): Uint8Array {
  const count = values.length;
  const header = counted ? LIST_HEADER : 0;
  const parts = values.map((value, i) =>
    value === null || !isVariable(typeOf(i)) ? undefined : datumBytes(value, typeOf(i)),
  );
  let fixed = header + count;
  for (let i = 0; i < count; i++) fixed += slotBytes(typeOf(i));
  const block = new Uint8Array(parts.reduce((sum, part) => sum + (part?.length ?? 0), fixed));
  const view = new DataView(block.buffer);
  if (counted) view.setUint32(0, count, true);
  let slot = header + count;
  let end = fixed;
  for (const [i, value] of values.entries()) {
    const type = typeOf(i);
    if (value !== null) {
      block[header + i] = 1;
      const part = parts[i];
      if (part === undefined) writeDatum(view, slot, canonical(value), type);
      else if (part.length > 0) {
        view.setUint32(slot, end, true);
        view.setUint32(slot + 4, part.length, true);
        block.set(part, end);
        end += part.length;
      }
    }
    slot += slotBytes(type);
  }
  return block;
}

const encoder = new TextEncoder();

/** The bytes of a string, BLOB or nested value. */
export function datumBytes(value: Exclude<Datum, null>, type: SqlType): Uint8Array {
  if (isNested(type)) return encodeNested(value as readonly Datum[], type);
  return value instanceof Uint8Array ? value : encoder.encode(String(value));
}

/** Equal numbers are equal bytes. */
function canonical(value: Exclude<Datum, null>): Exclude<Datum, null> {
  if (typeof value !== "number") return value;
  return Number.isNaN(value) ? Number.NaN : value + 0;
}

/** The value of a block. */
export function decodeNested(block: Uint8Array, type: NestedType): readonly Datum[] {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  switch (type.kind) {
    case "List":
    case "Array": {
      const count = view.getUint32(0, true);
      const bytes = slotBytes(type.element);
      const slots = LIST_HEADER + count;
      const items: Datum[] = [];
      for (let i = 0; i < count; i++)
        items.push(block[LIST_HEADER + i] === 0 ? null : readSlot(block, view, slots + i * bytes, type.element));
      return items;
    }
    case "Struct":
    case "Union":
      return unpack(block, view, fieldTypes(type));
    case "Map": {
      const [keys, values] = unpack(block, view, fieldTypes(type)) as [readonly Datum[], readonly Datum[]];
      return keys.map((key, i) => [key, values[i] ?? null]);
    }
  }
}

function unpack(block: Uint8Array, view: DataView, types: readonly SqlType[]): readonly Datum[] {
  let slot = types.length;
  return types.map((type, i) => {
    const value = block[i] === 0 ? null : readSlot(block, view, slot, type);
    slot += slotBytes(type);
    return value;
  });
}

function readSlot(block: Uint8Array, view: DataView, at: number, type: SqlType): Datum {
  const lane = laneOf(type);
  switch (lane) {
    case "bool":
      return type.kind === "Null" ? null : view.getUint8(at) !== 0;
    case "i8":
      return view.getInt8(at);
    case "u8":
      return view.getUint8(at);
    case "i16":
      return view.getInt16(at, true);
    case "u16":
      return view.getUint16(at, true);
    case "i32":
      return view.getInt32(at, true);
    case "u32":
      return view.getUint32(at, true);
    case "f32":
      return view.getFloat32(at, true);
    case "f64":
      return view.getFloat64(at, true);
    case "i64":
      return view.getBigInt64(at, true);
    case "u64":
      return view.getBigUint64(at, true);
    case "i128": {
      const low = view.getBigUint64(at, true);
      const unsigned = type.kind === "Uuid" || type.kind === "UHugeInt";
      return ((unsigned ? view.getBigUint64(at + 8, true) : view.getBigInt64(at + 8, true)) << 64n) | low;
    }
    case "interval":
      return {
        months: view.getInt32(at, true),
        days: view.getInt32(at + 4, true),
        micros: view.getBigInt64(at + 8, true),
      };
    case "str": {
      const offset = view.getUint32(at, true);
      return bytesDatum(block.subarray(offset, offset + view.getUint32(at + 4, true)), type);
    }
  }
}

/** The string, BLOB, BIGNUM or nested value that bytes stand for; those that stay bytes are a copy. */
export function bytesDatum(bytes: Uint8Array, type: SqlType): Exclude<Datum, null> {
  if (isNested(type)) return decodeNested(bytes, type);
  if (type.kind === "Blob" || type.kind === "Bignum") return bytes.slice();
  // Buffer decodes from shared memory, which TextDecoder refuses.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
