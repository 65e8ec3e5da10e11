/** BIT: strings of bits as text of 0 and 1, and what other types' values are in bits. */
import type { Datum } from "../expr/expr.ts";
import { INTEGER_RANGE, isInteger, type SqlType } from "./types.ts";

const BITS_PER_BYTE = 8;

/** Bits as `0` and `1`, or as hexadecimal digits behind an `x`; empty text is one 0. */
export function parseBits(text: string): string | undefined {
  if (text === "") return "0";
  if (/^[01]+$/.test(text)) return text;
  return /^x[0-9A-Fa-f]+$/.test(text) ? bitsOfHex(text.slice(1)) : undefined;
}

function bitsOfHex(digits: string): string {
  return Array.from(digits, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
}

/** How many bits a value of the type is; undefined: a number of its own, or the type has no bits. */
function widthOf(type: SqlType): number | undefined {
  if (isInteger(type)) {
    const { min, max } = INTEGER_RANGE[type.kind];
    return (max - min).toString(2).length;
  }
  switch (type.kind) {
    case "Boolean":
      return BITS_PER_BYTE;
    case "Real":
      return 32;
    case "Double":
      return 64;
    default:
      return undefined;
  }
}

/** The bits of a value: two's complement, IEEE 754, bytes in order; undefined for an empty BLOB. */
export function toBits(value: Exclude<Datum, null>, type: SqlType): string | undefined {
  if (value instanceof Uint8Array)
    return value.length === 0 ? undefined : bitsOfHex(Buffer.from(value).toString("hex"));
  const width = widthOf(type);
  if (width === undefined) return undefined;
  return BigInt.asUintN(width, wordOf(value as number | bigint | boolean, type))
    .toString(2)
    .padStart(width, "0");
}

function wordOf(value: number | bigint | boolean, type: SqlType): bigint {
  if (type.kind !== "Real" && type.kind !== "Double") return BigInt(value);
  const view = new DataView(new ArrayBuffer(8));
  if (type.kind === "Double") view.setFloat64(0, Number(value));
  else view.setFloat32(4, Number(value));
  return view.getBigUint64(0);
}

/** The value whose bits these are, zeros before them; undefined where there are more than the type holds. */
export function fromBits(bits: string, type: SqlType): Exclude<Datum, null> | undefined {
  if (type.kind === "Blob") return bytesOfBits(bits);
  const width = widthOf(type);
  if (width === undefined || bits.length > width) return undefined;
  const word = BigInt(`0b${bits}`);
  if (isInteger(type)) {
    const value = INTEGER_RANGE[type.kind].min < 0n ? BigInt.asIntN(width, word) : word;
    return width <= 32 ? Number(value) : value;
  }
  if (type.kind === "Boolean") return word !== 0n;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, word);
  return type.kind === "Double" ? view.getFloat64(0) : view.getFloat32(4);
}

function bytesOfBits(bits: string): Uint8Array {
  const bytes = Math.ceil(bits.length / BITS_PER_BYTE);
  const padded = bits.padStart(bytes * BITS_PER_BYTE, "0");
  return Uint8Array.from({ length: bytes }, (_, i) => Number.parseInt(padded.slice(i * 8, i * 8 + 8), 2));
}
