import type { Datum } from "../../../planner/expr/expr.ts";
import type { Leaf } from "./schema.ts";

/**
 * What a value of the column may look like in PLAIN encoding, strings without their length: none where no stored value could become
 * it, several where SQL takes several for the same. Undefined when that cannot be said.
 */
export function plainValues(leaf: Leaf, value: Datum): readonly Uint8Array[] | undefined {
  const { physical, conversion } = leaf;
  switch (physical) {
    case "INT32":
    case "INT64": {
      const stored = storedInteger(leaf, value);
      if (stored === undefined) return undefined;
      const bits = physical === "INT32" ? 32 : 64;
      // Unsigned values lie in the same bits.
      if (stored === "none" || (BigInt.asIntN(bits, stored) !== stored && BigInt.asUintN(bits, stored) !== stored))
        return [];
      return [littleEndian(BigInt.asUintN(bits, stored), bits / 8)];
    }
    case "FLOAT":
    case "DOUBLE": {
      if (typeof value !== "number" || Number.isNaN(value) || conversion.kind !== "none") return undefined;
      return (value === 0 ? [0, -0] : [value]).map((number) => float(number, physical));
    }
    case "BYTE_ARRAY":
      return conversion.kind === "none" && typeof value === "string" ? [Buffer.from(value, "utf8")] : undefined;
    case "FIXED_LEN_BYTE_ARRAY": {
      if (conversion.kind !== "bigEndian" || typeof value !== "bigint") return undefined;
      const bits = leaf.length * 8;
      if (leaf.type.kind !== "Uuid" && BigInt.asIntN(bits, value) !== value) return [];
      return [littleEndian(BigInt.asUintN(bits, value), leaf.length).toReversed()];
    }
    case "BOOLEAN":
    case "INT96":
      return undefined;
  }
}

/** The integer that the conversion makes `value` of; `none` when there is none, undefined when there may be several. */
function storedInteger({ conversion }: Leaf, value: Datum): bigint | "none" | undefined {
  if (typeof value !== "bigint" && !Number.isInteger(value)) return undefined;
  const integer = BigInt(value as bigint | number);
  switch (conversion.kind) {
    case "none":
    case "narrow":
      return integer;
    case "widen":
    case "multiply": {
      const factor = BigInt(conversion.factor);
      return integer % factor === 0n ? integer / factor : "none";
    }
    default:
      return undefined;
  }
}

function littleEndian(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function float(value: number, physical: "FLOAT" | "DOUBLE"): Uint8Array {
  const bytes = Buffer.alloc(physical === "FLOAT" ? 4 : 8);
  if (physical === "FLOAT") bytes.writeFloatLE(value);
  else bytes.writeDoubleLE(value);
  return bytes;
}
