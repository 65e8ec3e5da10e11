import type { Datum } from "../../../planner/expr/expr.ts";
import type { RawStatistics } from "./metadata.ts";
import type { Leaf } from "./schema.ts";

/**
 * What the writer says about one column chunk: hints for pruning and planning, never proofs. Bounds are in the Datum
 * convention of the column's type, except that VARCHAR and JSON bounds are UTF-8 bytes: they may be cut inside a
 * character, and strings compare by bytes. A lower or upper bound need not occur in the chunk. Bounds of REAL and DOUBLE
 * say nothing about NaN, which SQL sorts above everything.
 */
export type ChunkStatistics = {
  readonly min: Datum | undefined;
  readonly max: Datum | undefined;
  readonly nullCount: number | undefined;
  readonly distinctCount: number | undefined;
};

const NOTHING: ChunkStatistics = { min: undefined, max: undefined, nullCount: undefined, distinctCount: undefined };

/** `values` counts the chunk's rows: a NULL count above it is ignored. */
export function readStatistics(leaf: Leaf, raw: RawStatistics | undefined, values: number): ChunkStatistics {
  if (raw === undefined) return NOTHING;
  const count = (n: number | undefined): number | undefined => (n === undefined || n < 0 || n > values ? undefined : n);
  // The deprecated fields compare as signed numbers, whatever the type.
  const usable = raw.ordered || comparesSigned(leaf);
  let min = usable && raw.min !== undefined ? readBound(leaf, raw.min) : undefined;
  let max = usable && raw.max !== undefined ? readBound(leaf, raw.max) : undefined;
  if (Number.isNaN(min) || Number.isNaN(max)) min = max = undefined;
  return { min, max, nullCount: count(raw.nullCount), distinctCount: count(raw.distinctCount) };
}

function comparesSigned({ type, physical }: Leaf): boolean {
  if (physical === "BYTE_ARRAY" || physical === "FIXED_LEN_BYTE_ARRAY" || physical === "INT96") return false;
  return !type.kind.startsWith("U");
}

/** One plainly encoded value (strings without their length), or undefined when it does not fit or has no order. */
function readBound(leaf: Leaf, bytes: Uint8Array): Datum | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = bytes.byteLength;
  switch (leaf.physical) {
    case "BOOLEAN":
      return width === 1 ? bytes[0] === 1 : undefined;
    case "INT32":
      return width === 4 ? fromInt32(leaf, view.getInt32(0, true)) : undefined;
    case "INT64":
      return width === 8 ? fromInt64(leaf, view.getBigInt64(0, true)) : undefined;
    case "FLOAT":
      return width === 4 ? view.getFloat32(0, true) : undefined;
    case "DOUBLE":
      return width === 8 ? view.getFloat64(0, true) : undefined;
    case "INT96":
      return undefined;
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY":
      if (leaf.type.kind === "Uuid") return width === 16 ? bigEndian(bytes, false) : undefined;
      if (leaf.conversion.kind === "bigEndian") return width > 0 && width <= 16 ? bigEndian(bytes, true) : undefined;
      return leaf.conversion.kind === "none" ? bytes : undefined;
  }
}

function fromInt32({ type, conversion }: Leaf, value: number): Datum {
  if (conversion.kind === "widen") return BigInt(value) * BigInt(conversion.factor);
  if (type.kind === "Decimal") return BigInt(value);
  if (type.kind === "UInteger") return value >>> 0;
  return value;
}

function fromInt64({ type, conversion }: Leaf, value: bigint): Datum {
  if (conversion.kind === "multiply") return value * BigInt(conversion.factor);
  if (conversion.kind === "divide") {
    const divisor = BigInt(conversion.divisor);
    const quotient = value / divisor;
    return quotient * divisor > value ? quotient - 1n : quotient;
  }
  return type.kind === "UBigInt" ? BigInt.asUintN(64, value) : value;
}

function bigEndian(bytes: Uint8Array, signed: boolean): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return signed ? BigInt.asIntN(bytes.length * 8, value) : value;
}
