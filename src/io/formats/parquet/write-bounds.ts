/** Least and greatest values for statistics, plainly encoded. */
import { HeadraceError } from "../../../error.ts";
import type { ExtentScope } from "../../../exec/memory/allocator.ts";
import type { DecodeContext } from "./decode-column.ts";
import type { WriteField, WriteType } from "./write-schema.ts";

export type EncodedBounds = { readonly min: Uint8Array; readonly max: Uint8Array };

/** Values that are not NULL, side by side. */
export type Dense = {
  readonly address: number;
  readonly count: number;
  /** Of one value: a reference of 8 bytes for strings, 1 for booleans. */
  readonly width: number;
};

/** Undefined where there are no values, or none that Parquet's order has a place for (NaN). */
export function boundsOf(
  { address, count, width }: Dense,
  { order, physical }: WriteType,
  { allocator, kernels }: DecodeContext,
  scope: ExtentScope,
): EncodedBounds | undefined {
  if (count === 0 || order === "none") return undefined;
  const { memory } = allocator;
  const copy = (at: number, bytes: number): Uint8Array => new Uint8Array(memory.buffer, at, bytes).slice();
  const target = scope.alloc(2 * width);
  try {
    if (order === "bytes") {
      kernels.boundsStrings(address, count, target);
      const view = new DataView(memory.buffer, target, 16);
      const string = (at: number): Uint8Array => copy(view.getUint32(at, true), view.getUint32(at + 4, true));
      return { min: string(0), max: string(8) };
    }
    const signed = order === "signed";
    if (physical === "FIXED_LEN_BYTE_ARRAY") kernels.boundsBigEndian(address, count, signed ? 1 : 0, target);
    else if (physical === "BOOLEAN") kernels.boundsU8(address, count, target);
    else if (physical === "INT32") (signed ? kernels.boundsI32 : kernels.boundsU32)(address, count, target);
    else if (physical === "INT64") (signed ? kernels.boundsI64 : kernels.boundsU64)(address, count, target);
    else {
      const floats = physical === "FLOAT" ? kernels.boundsF32 : kernels.boundsF64;
      if (floats(address, count, target) === 0) return undefined;
      widenZeros(new DataView(memory.buffer, target, 2 * width), width);
    }
    return { min: copy(target, width), max: copy(target + width, width) };
  } finally {
    scope.release(target);
  }
}

/** As the format demands: a least zero is -0, a greatest zero is +0, so that both cover either. */
function widenZeros(view: DataView, width: number): void {
  const get = (at: number): number => (width === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
  const set = (at: number, value: number): void =>
    width === 4 ? view.setFloat32(at, value, true) : view.setFloat64(at, value, true);
  if (get(0) === 0) set(0, -0);
  if (get(width) === 0) set(width, 0);
}

/** HUGEINT and UHUGEINT are written as DECIMAL(38, 0). Throws `overflow` when that has no place for all values. */
export function checkHugeInt({ name, type }: WriteField, bounds: EncodedBounds | undefined): void {
  if (bounds === undefined || (type.kind !== "HugeInt" && type.kind !== "UHugeInt")) return;
  for (const bytes of [bounds.min, bounds.max]) {
    const unsigned = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
    const value = type.kind === "HugeInt" ? BigInt.asIntN(128, unsigned) : unsigned;
    if (value > -(10n ** 38n) && value < 10n ** 38n) continue;
    throw new HeadraceError(
      "overflow",
      `column "${name}" has the value ${value}, but the widest integers of Parquet are DECIMAL(38,0)`,
      { hint: "cast the column to VARCHAR, or to DOUBLE, which rounds" },
    );
  }
}

/**
 * Bounds of strings in at most `most` bytes: the lower one is cut, the upper one cut and made greater. Cuts lie between UTF-8
 * characters where it is `text`. Undefined when there is no such upper bound.
 */
export function shortenBounds({ min, max }: EncodedBounds, most: number, text: boolean): EncodedBounds | undefined {
  const upper = max.length <= most ? max : increment(cut(max, most, text), text);
  return upper && { min: cut(min, most, text), max: upper };
}

function cut(bytes: Uint8Array, most: number, text: boolean): Uint8Array {
  if (bytes.length <= most) return bytes;
  if (!text) return bytes.subarray(0, most);
  let end = most;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** The prefix with its last byte, or ASCII character, that can grow made greater by one. */
function increment(bytes: Uint8Array, text: boolean): Uint8Array | undefined {
  const greatest = text ? 0x7e : 0xfe;
  for (let end = bytes.length; end > 0; end--) {
    const last = bytes[end - 1] as number;
    if (last > greatest) continue;
    const result = bytes.slice(0, end);
    result[end - 1] = last + 1;
    return result;
  }
  return undefined;
}
