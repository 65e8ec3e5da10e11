import type { Datum } from "../../planner/expr/expr.ts";
import type { Lane } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";

/** Reads the values of a column without NULLs, which lie at `data`, in the Datum convention of `type`. */
export function lanesReader(buffer: ArrayBufferLike, data: number, lane: Lane, type: SqlType): (i: number) => Datum {
  const view = new DataView(buffer);
  // Of DECIMALs, whatever their lane.
  const wide = type.kind === "Decimal";
  const integer = (read: (i: number) => number): ((i: number) => Datum) => (wide ? (i) => BigInt(read(i)) : read);
  switch (lane) {
    case "bool":
      return (i) => view.getUint8(data + i) !== 0;
    case "i8":
      return integer((i) => view.getInt8(data + i));
    case "u8":
      return integer((i) => view.getUint8(data + i));
    case "i16":
      return integer((i) => view.getInt16(data + i * 2, true));
    case "u16":
      return integer((i) => view.getUint16(data + i * 2, true));
    case "i32":
      return integer((i) => view.getInt32(data + i * 4, true));
    case "u32":
      return integer((i) => view.getUint32(data + i * 4, true));
    case "f32":
      return (i) => view.getFloat32(data + i * 4, true);
    case "f64":
      return (i) => view.getFloat64(data + i * 8, true);
    case "i64":
      return (i) => view.getBigInt64(data + i * 8, true);
    case "u64":
      return (i) => view.getBigUint64(data + i * 8, true);
    case "i128": {
      const unsigned = type.kind === "Uuid" || type.kind === "UHugeInt";
      return (i) => {
        const at = data + i * 16;
        const high = unsigned ? view.getBigUint64(at + 8, true) : view.getBigInt64(at + 8, true);
        return (high << 64n) | view.getBigUint64(at, true);
      };
    }
    case "interval":
      return (i) => {
        const at = data + i * 16;
        return {
          months: view.getInt32(at, true),
          days: view.getInt32(at + 4, true),
          micros: view.getBigInt64(at + 8, true),
        };
      };
    case "str": {
      // Buffer decodes from shared memory, which TextDecoder refuses.
      const bytes = Buffer.from(buffer as ArrayBuffer);
      return (i) => {
        const at = view.getUint32(data + i * 8, true);
        const end = at + view.getUint32(data + i * 8 + 4, true);
        return type.kind === "Blob" ? Uint8Array.prototype.slice.call(bytes, at, end) : bytes.toString("utf8", at, end);
      };
    }
  }
}
