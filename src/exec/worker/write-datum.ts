/** Values written into columns of a morsel. */
import { HeadraceError } from "../../error.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { datumBytes } from "../../planner/functions/host/nested.ts";
import { laneOf } from "../../planner/types/lane.ts";
import { type SqlType, typeName } from "../../planner/types/types.ts";
import type { ScanMemory } from "./scan-memory.ts";

const BLOCK_BYTES = 256 * 1024;

/**
 * Writes strings, BLOBs and nested values of some rows: references at `data`, the bytes elsewhere. NULL leaves the reference as it
 * is.
 */
export function writeBlocks(
  memory: ScanMemory,
  type: SqlType,
  data: number,
  count: number,
  rowOf: (i: number) => number,
  valueOf: (row: number) => Datum,
): void {
  const { view, u8 } = memory.shared;
  let at = 0;
  let left = 0;
  for (let i = 0; i < count; i++) {
    const row = rowOf(i);
    const value = valueOf(row);
    if (value === null) continue;
    const bytes = datumBytes(value, type);
    if (bytes.length > left || at === 0) {
      left = Math.max(BLOCK_BYTES, bytes.length);
      at = memory.alloc(left);
    }
    u8.set(bytes, at);
    view.setUint32(data + row * 8, at, true);
    view.setUint32(data + row * 8 + 4, bytes.length, true);
    at += bytes.length;
    left -= bytes.length;
  }
}

/** Writes a value that is no string into its place of a column. */
export function writeDatum({ shared }: ScanMemory, at: number, value: Exclude<Datum, null>, type: SqlType): void {
  const { view, u8 } = shared;
  switch (laneOf(type)) {
    case "bool":
      u8[at] = value === true ? 1 : 0;
      return;
    case "i8":
    case "u8":
      return view.setUint8(at, Number(value));
    case "i16":
    case "u16":
      return view.setUint16(at, Number(value), true);
    case "i32":
    case "u32":
      return view.setInt32(at, Number(value), true);
    case "i64":
    case "u64":
      return view.setBigInt64(at, BigInt.asIntN(64, value as bigint), true);
    case "f32":
      return view.setFloat32(at, value as number, true);
    case "f64":
      return view.setFloat64(at, value as number, true);
    case "i128":
      view.setBigUint64(at, BigInt.asUintN(64, value as bigint), true);
      return view.setBigInt64(at + 8, BigInt.asIntN(64, (value as bigint) >> 64n), true);
    case "interval": {
      const { months, days, micros } = value as Extract<Datum, { readonly months: number }>;
      view.setInt32(at, months, true);
      view.setInt32(at + 4, days, true);
      return view.setBigInt64(at + 8, micros, true);
    }
    case "str":
      throw new HeadraceError("internal", `${typeName(type)} has no place of a fixed size`);
  }
}
