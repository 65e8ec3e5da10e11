/** Reading the fields of result rows in shared memory. A reader takes the address of a row. */
import type { RowField } from "../codegen/row-layout.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { ResultRows } from "./result-rows.ts";
import type { IntervalValue } from "../../planner/expr/expr.ts";

export type Reader<T> = (row: number) => T;

const WORD = 2 ** 32;

/** Integers of any representation; beyond 2^53 the nearest number. */
export function numberReader(memory: SharedMemory, field: RowField): Reader<number> {
  const { i32, u32 } = memory;
  const { rep, offset } = field;
  if (rep === "i32") return (row) => i32[(row + offset) >>> 2] as number;
  if (rep === "i64") {
    return (row) => {
      const at = (row + offset) >>> 2;
      return (i32[at + 1] as number) * WORD + (u32[at] as number);
    };
  }
  const wide = bigintReader(memory, field);
  return (row) => Number(wide(row));
}

/** Integers of any representation, exactly. */
export function bigintReader({ i32, i64 }: SharedMemory, { rep, offset }: RowField): Reader<bigint> {
  switch (rep) {
    case "i32":
      return (row) => BigInt(i32[(row + offset) >>> 2] as number);
    case "i64":
      return (row) => i64[(row + offset) / 8] as bigint;
    case "i128":
      return (row) => {
        const at = (row + offset) / 8;
        const low = i64[at] as bigint;
        const high = i64[at + 1] as bigint;
        // Most values have no more than 64 bits.
        return high === low >> 63n ? low : (high << 64n) | BigInt.asUintN(64, low);
      };
    default:
      throw new TypeError(`integers are not kept as ${rep}`);
  }
}

export function floatReader({ f64, view }: SharedMemory, { rep, offset }: RowField): Reader<number> {
  if (rep === "f64") return (row) => f64[(row + offset) / 8] as number;
  return (row) => view.getFloat32(row + offset, true);
}

/** Strings of a query; those of a dictionary are decoded once. */
export function stringReader(rows: ResultRows, { offset, dictionary }: RowField): Reader<string> {
  const { u32, memory } = rows.memory;
  // Buffer decodes from shared memory, which TextDecoder refuses.
  const bytes = Buffer.from(memory.buffer as unknown as ArrayBuffer);
  const decode = (ref: number): string => {
    const length = u32[ref + 1] as number;
    const address = u32[ref] as number;
    return length === 0 ? "" : bytes.toString("utf8", address, address + length);
  };
  if (dictionary === undefined) return (row) => decode((row + offset) >>> 2);
  const refs = rows.dictionaryRefs(dictionary.slot) >>> 2;
  const strings: (string | undefined)[] = [];
  return (row) => {
    const code = u32[(row + offset) >>> 2] as number;
    return (strings[code] ??= decode(refs + code * 2));
  };
}

/** The bytes of a string or BLOB, as a view of the shared memory. */
export function bytesReader(
  { memory, dictionaryRefs }: ResultRows,
  { offset, dictionary }: RowField,
): Reader<Uint8Array> {
  const { u8, u32 } = memory;
  const view = (ref: number): Uint8Array => {
    const address = u32[ref] as number;
    return u8.subarray(address, address + (u32[ref + 1] as number));
  };
  if (dictionary === undefined) return (row) => view((row + offset) >>> 2);
  const refs = dictionaryRefs(dictionary.slot) >>> 2;
  return (row) => view(refs + (u32[(row + offset) >>> 2] as number) * 2);
}

export function intervalReader({ i32, i64 }: SharedMemory, { offset }: RowField): Reader<IntervalValue> {
  return (row) => {
    const at = (row + offset) >>> 2;
    return { months: i32[at] as number, days: i32[at + 1] as number, micros: i64[(row + offset) / 8 + 1] as bigint };
  };
}

/** `null` where the field is NULL. */
export function orNull<T>({ u8 }: SharedMemory, { validOffset }: RowField, read: Reader<T>): Reader<T | null> {
  if (validOffset === undefined) return read;
  return (row) => (u8[row + validOffset] === 0 ? null : read(row));
}
