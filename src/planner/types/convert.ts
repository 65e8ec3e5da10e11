import type { Datum } from "../expr/expr.ts";
import { MICROS_PER_DAY } from "./date-time.ts";
import { fitsPrecision, formatDatum, integerDatum, parseDatum } from "./literals.ts";
import { isInteger, sameType, type SqlType } from "./types.ts";

/**
 * A constant cast to another type, exactly as CAST does it; undefined when the value does not fit or when the cast is left
 * to execution. Covers text, exact numbers, exact numbers to DOUBLE, dates and timestamps.
 */
export function castDatum(value: Datum, from: SqlType, to: SqlType): Datum | undefined {
  if (value === null) return null;
  if (sameType(from, to)) return value;
  if (from.kind === "Varchar") return typeof value === "string" ? parseDatum(value, to) : undefined;
  if (to.kind === "Varchar") return from.kind === "TimestampTz" ? undefined : formatDatum(value, from);
  const exact = exactNumber(value, from);
  if (exact !== undefined) return castExact(exact.unscaled, exact.scale, to);
  if (from.kind === "Real" && to.kind === "Double") return value;
  if (from.kind === "Date" && typeof value === "number" && to.kind === "Timestamp" && to.unit === "us") {
    const micros = BigInt(value) * MICROS_PER_DAY;
    return BigInt.asIntN(64, micros) === micros ? micros : undefined;
  }
  return undefined;
}

function exactNumber(value: Datum, type: SqlType): { readonly unscaled: bigint; readonly scale: number } | undefined {
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  if (isInteger(type)) return { unscaled: BigInt(value), scale: 0 };
  return type.kind === "Decimal" ? { unscaled: BigInt(value), scale: type.scale } : undefined;
}

function castExact(unscaled: bigint, scale: number, to: SqlType): Datum | undefined {
  if (isInteger(to)) return integerDatum(rescale(unscaled, scale, 0), to.kind);
  switch (to.kind) {
    case "Decimal": {
      const scaled = rescale(unscaled, scale, to.scale);
      return fitsPrecision(scaled, to.precision) ? scaled : undefined;
    }
    case "Double":
      return Number(unscaled) / 10 ** scale;
    case "Real":
      return Math.fround(Number(unscaled) / 10 ** scale);
    case "Boolean":
      return unscaled !== 0n;
    default:
      return undefined;
  }
}

/** The number at another scale, rounded half away from zero. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  if (to >= from) return unscaled * 10n ** BigInt(to - from);
  const unit = 10n ** BigInt(from - to);
  const half = unit / 2n;
  return unscaled >= 0n ? (unscaled + half) / unit : -((half - unscaled) / unit);
}
