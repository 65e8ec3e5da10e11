import type { Datum } from "../expr/expr.ts";
import { DATE_INFINITY, MICROS_PER_DAY, TIMESTAMP_INFINITY } from "./date-time.ts";
import { bignumOf } from "./bignum.ts";
import { matchFields, unionMember } from "./coerce.ts";
import { laneOf } from "./lane.ts";
import { isList, isNestedDatum } from "./nested.ts";
import { fitsPrecision, formatDatum, integerDatum, parseDatum } from "./literals.ts";
import type { Zones } from "./time-zone.ts";
import { isInteger, sameType, type SqlType, type StructField, withoutState } from "./types.ts";
import { findMember, memberOf, unionDatum } from "./union.ts";

/**
 * A constant cast to another type, exactly as CAST does it; undefined when the value does not fit or when the cast is left
 * to execution. Covers text, exact numbers, exact numbers to DOUBLE, dates and timestamps. Without `zones` the session's zone is
 * UTC.
 */
export function castDatum(value: Datum, from: SqlType, to: SqlType, zones?: Zones): Datum | undefined {
  if (value === null) return null;
  if (sameType(from, to)) return value;
  if (from.state !== undefined) return castDatum(value, withoutState(from), to, zones);
  if (from.kind === "Varchar") return typeof value === "string" ? parseDatum(value, to, zones) : undefined;
  if (to.kind === "Varchar") return formatDatum(value, from, zones?.zone);
  if (to.kind === "Union" && from.kind !== "Union") {
    const tag = unionMember(from, to);
    if (tag === undefined) return undefined;
    const member = castDatum(value, from, (to.members[tag] as StructField).type, zones);
    return member === undefined ? undefined : unionDatum(to, tag, member);
  }
  if (isNestedDatum(value)) return castNested(value, from, to, zones);
  const exact = exactNumber(value, from);
  if (to.kind === "Real" && isInteger(from) && exact !== undefined && laneOf(from) !== "i128")
    return toReal(exact.unscaled);
  if (exact !== undefined) return castExact(exact.unscaled, exact.scale, to);
  if (from.kind === "Real" && to.kind === "Double") return value;
  if (from.kind === "Date" && typeof value === "number" && to.kind === "Timestamp" && to.unit === "us") {
    if (Math.abs(value) === DATE_INFINITY) return value > 0 ? TIMESTAMP_INFINITY : -TIMESTAMP_INFINITY;
    const micros = BigInt(value) * MICROS_PER_DAY;
    return BigInt.asIntN(64, micros) === micros ? micros : undefined;
  }
  return undefined;
}

/** Lists element by element, structs field by field, maps key by key and value by value. */
function castNested(value: readonly Datum[], from: SqlType, to: SqlType, zones?: Zones): Datum | undefined {
  if (isList(from) && isList(to)) {
    if (to.kind === "Array" && value.length !== to.length) return undefined;
    return known(value.map((item) => castDatum(item, from.element, to.element, zones)));
  }
  if (from.kind === "Map" && to.kind === "Map") {
    const pairs = value as readonly (readonly Datum[])[];
    return known(
      pairs.map(([key = null, item = null]) =>
        known([castDatum(key, from.key, to.key, zones), castDatum(item, from.value, to.value, zones)]),
      ),
    );
  }
  if (from.kind === "Union" && to.kind === "Union") {
    const { name, type, value: member } = memberOf(value, from);
    const tag = findMember(to, name);
    const item = tag < 0 ? undefined : castDatum(member, type, (to.members[tag] as StructField).type, zones);
    return item === undefined ? undefined : unionDatum(to, tag, item);
  }
  if (from.kind !== "Struct" || to.kind !== "Struct") return undefined;
  const sources = matchFields(from.fields, to.fields);
  if (sources === undefined) return undefined;
  return known(
    to.fields.map((field, i) => {
      const source = sources[i];
      const own = source === undefined ? undefined : from.fields[source];
      return own === undefined ? null : castDatum(value[source as number] ?? null, own.type, field.type, zones);
    }),
  );
}

function known(values: readonly (Datum | undefined)[]): readonly Datum[] | undefined {
  return values.includes(undefined) ? undefined : (values as readonly Datum[]);
}

function exactNumber(value: Datum, type: SqlType): { readonly unscaled: bigint; readonly scale: number } | undefined {
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  if (isInteger(type)) return { unscaled: BigInt(value), scale: 0 };
  return type.kind === "Decimal" ? { unscaled: BigInt(value), scale: type.scale } : undefined;
}

function castExact(unscaled: bigint, scale: number, to: SqlType): Datum | undefined {
  if (to.kind === "Bignum") return scale === 0 ? bignumOf(unscaled) : undefined;
  if (isInteger(to)) return integerDatum(rescale(unscaled, scale, 0), to.kind);
  switch (to.kind) {
    case "Decimal": {
      const scaled = rescale(unscaled, scale, to.scale);
      return fitsPrecision(scaled, to.precision) ? scaled : undefined;
    }
    case "Double":
      return toDouble(unscaled, scale);
    case "Real":
      return Math.fround(toDouble(unscaled, scale));
    case "Boolean":
      return unscaled !== 0n;
    default:
      return undefined;
  }
}

/** The nearest REAL, rounded once: bits beyond those of a double leave their trace in its last one. */
function toReal(value: bigint): number {
  const bits = (value < 0n ? -value : value).toString(2).length;
  if (bits <= 53) return Math.fround(Number(value));
  const shift = BigInt(bits - 53);
  const top = value >> shift;
  return Math.fround(Number(top << shift === value ? top : top | 1n) * 2 ** Number(shift));
}

/** The nearest DOUBLE: JavaScript reads decimals so. */
export function toDouble(unscaled: bigint, scale: number): number {
  return scale === 0 ? Number(unscaled) : Number(`${unscaled}e-${scale}`);
}

/** The number at another scale, rounded half away from zero. */
export function rescale(unscaled: bigint, from: number, to: number): bigint {
  if (to >= from) return unscaled * 10n ** BigInt(to - from);
  const unit = 10n ** BigInt(from - to);
  const half = unit / 2n;
  return unscaled >= 0n ? (unscaled + half) / unit : -((half - unscaled) / unit);
}
