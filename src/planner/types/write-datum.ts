import type { Datum, IntervalValue } from "../expr/expr.ts";
import { laneOf } from "./lane.ts";
import type { SqlType } from "./types.ts";

/** Writes a value into its type's natural lane at `at`. Throws TypeError for strings, which have no place of a fixed size. */
export function writeDatum(view: DataView, at: number, value: Exclude<Datum, null>, type: SqlType): void {
  const lane = laneOf(type);
  switch (lane) {
    case "bool":
    case "i8":
    case "u8":
      return view.setUint8(at, Number(value));
    case "i16":
    case "u16":
      return view.setUint16(at, Number(value), true);
    case "i32":
    case "u32":
      return view.setUint32(at, Number(value), true);
    case "f32":
      return view.setFloat32(at, Number(value), true);
    case "f64":
      return view.setFloat64(at, Number(value), true);
    case "i64":
    case "u64":
      return view.setBigInt64(at, BigInt.asIntN(64, BigInt(value as number | bigint)), true);
    case "i128": {
      const wide = BigInt(value as number | bigint);
      view.setBigInt64(at, BigInt.asIntN(64, wide), true);
      return view.setBigInt64(at + 8, BigInt.asIntN(64, wide >> 64n), true);
    }
    case "interval": {
      const { months, days, micros } = value as IntervalValue;
      view.setInt32(at, months, true);
      view.setInt32(at + 4, days, true);
      return view.setBigInt64(at + 8, micros, true);
    }
    case "str":
      throw new TypeError("a string has no place of a fixed size");
  }
}
