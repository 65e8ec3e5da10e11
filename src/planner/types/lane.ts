import type { SqlType } from "./types.ts";

/**
 * How one value lies in a column's data array.
 *
 * | lane | bytes | content |
 * |---|---|---|
 * | bool | 1 | 0 or 1 |
 * | i8 .. i64, u8 .. u64 | 1-8 | two's complement / unsigned |
 * | i128 | 16 | two's complement, low word first |
 * | f32, f64 | 4, 8 | IEEE 754 |
 * | str | 8 | u32 address of the bytes, u32 byte length; of a nested value its block (`nested.ts`) |
 * | interval | 16 | i32 months, i32 days, i64 micros |
 */
export type Lane =
  | "bool"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "i128"
  | "f32"
  | "f64"
  | "str"
  | "interval";

export const LANE_BYTES: { readonly [L in Lane]: number } = {
  bool: 1,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  i128: 16,
  f32: 4,
  f64: 8,
  str: 8,
  interval: 16,
};

/** The natural lane of a type. Storage may narrow integers and decimals (`i64` kept as `i16`). */
export function laneOf(type: SqlType): Lane {
  switch (type.kind) {
    case "Null":
    case "Boolean":
      return "bool";
    case "TinyInt":
      return "i8";
    case "SmallInt":
      return "i16";
    case "Integer":
    case "Date":
      return "i32";
    case "BigInt":
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Timestamp":
    case "TimestampTz":
      return "i64";
    case "UTinyInt":
      return "u8";
    case "USmallInt":
      return "u16";
    case "UInteger":
    case "Enum":
      return "u32";
    case "UBigInt":
      return "u64";
    case "HugeInt":
    case "UHugeInt":
    case "Uuid":
      return "i128";
    case "Real":
      return "f32";
    case "Double":
      return "f64";
    case "Decimal":
      return type.precision <= 18 ? "i64" : "i128";
    case "Varchar":
    case "Blob":
    case "Bit":
    case "Bignum":
    case "Json":
    case "List":
    case "Array":
    case "Struct":
    case "Map":
    case "Union":
      return "str";
    case "Interval":
      return "interval";
  }
}
