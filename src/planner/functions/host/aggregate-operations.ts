/** What aggregates compute at the end from the values that they collected: a list without NULLs, or NULL for none. */
import type { Datum, IntervalValue } from "../../expr/expr.ts";
import { compareDatums, datumKey } from "../../types/datum-order.ts";
import { MICROS_PER_DAY } from "../../types/date-time.ts";
import { laneOf } from "../../types/lane.ts";
import { rescale } from "../../types/convert.ts";
import { formatDatum } from "../../types/literals.ts";
import { isInteger, type SqlType } from "../../types/types.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

type Values = readonly Exclude<Datum, null>[];

const elementOf = ({ args }: OperationContext): SqlType => {
  const [list] = args;
  return list?.kind === "List" ? list.element : { kind: "Null" };
};

/** In ascending order; numbers by a quick way. */
function sorted(values: Values, type: SqlType): Values {
  if (typeof values[0] === "number") return [...Float64Array.from(values as readonly number[]).sort()];
  if (laneOf(type) === "i64") return [...BigInt64Array.from(values as readonly bigint[]).sort()];
  if (typeof values[0] === "bigint") return values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return values.toSorted((a, b) => compareDatums(a, b, type));
}

const microsOf = ({ months, days, micros }: IntervalValue): bigint =>
  BigInt(months * 30 + days) * MICROS_PER_DAY + micros;

/** A value of `type` as one of the type of what lies between. */
function widened(value: Exclude<Datum, null>, type: SqlType, returns: SqlType): number | bigint {
  if (type.kind === "Date") return BigInt(value as number) * MICROS_PER_DAY;
  if (type.kind === "Interval") return microsOf(value as IntervalValue);
  return returns.kind === "Double" && type.kind !== "Double"
    ? Number(formatDatum(value, type))
    : (value as number | bigint);
}

/** The value a part of the way from one to the next. */
function interpolate(low: number | bigint, high: number | bigint, part: number): number | bigint {
  if (typeof low === "number" || typeof high === "number") {
    return part === 0 || low === high ? Number(low) : Number(low) * (1 - part) + Number(high) * part;
  }
  return low + BigInt(Math.trunc(Number(high - low) * part));
}

function asResult(value: number | bigint, returns: SqlType): Exclude<Datum, null> {
  if (returns.kind === "Real") return Math.fround(Number(value));
  if (returns.kind !== "Interval") return value;
  const micros = BigInt(value);
  return { months: 0, days: Number(micros / MICROS_PER_DAY), micros: micros % MICROS_PER_DAY };
}

type Fractions = { readonly fractions: readonly number[]; readonly isList: boolean };

function fractionsOf(argument: Datum | undefined, { fail }: OperationContext): Fractions {
  const isList = Array.isArray(argument);
  const fractions = (isList ? argument : [argument]) as readonly (number | null)[];
  for (const fraction of fractions) {
    if (fraction === null || fraction === undefined) fail("the fraction of a quantile must not be NULL");
    else if (!(Math.abs(fraction) <= 1)) fail("the fraction of a quantile lies between -1 and 1");
  }
  return { fractions: fractions as readonly number[], isList };
}

/** `pick` gets the values in ascending order (descending for a negative fraction) and the fraction. */
const quantiles =
  (
    pick: (values: Values, fraction: number, type: SqlType, returns: SqlType) => Exclude<Datum, null>,
  ): NestedOperation =>
  ([list, argument], ctx) => {
    if (list === null) return null; // and in an empty frame the fraction is NULL as well
    const { fractions, isList } = fractionsOf(argument, ctx);
    const type = elementOf(ctx);
    const ascending = sorted(list as Values, type);
    const returns = isList && ctx.returns.kind === "List" ? ctx.returns.element : ctx.returns;
    const results = fractions.map((fraction) => {
      const isDescending = fraction < 0 || Object.is(fraction, -0);
      return pick(isDescending ? ascending.toReversed() : ascending, Math.abs(fraction), type, returns);
    });
    return isList ? results : (results[0] as Datum);
  };

function continuous(values: Values, fraction: number, type: SqlType, returns: SqlType): Exclude<Datum, null> {
  return asResult(valueAt(values, (values.length - 1) * fraction, type, returns), returns);
}

/** The value at a position from 0 on, or between two of them. */
function valueAt(values: Values, position: number, type: SqlType, returns: SqlType): number | bigint {
  const index = Math.floor(position);
  const at = (i: number): number | bigint => widened(values[i] as Exclude<Datum, null>, type, returns);
  return interpolate(at(index), at(Math.ceil(position)), position - index);
}

function discrete(values: Values, fraction: number): Exclude<Datum, null> {
  const { length } = values;
  const index = Math.max(1, length - Math.floor(length - fraction * length)) - 1;
  return values[index] as Exclude<Datum, null>;
}

const isBetween = (type: SqlType, returns: SqlType): boolean =>
  returns.kind !== type.kind ||
  ["Real", "Double", "Decimal", "Timestamp", "TimestampTz", "Time", "Interval"].includes(type.kind);

const median: NestedOperation = ([list], ctx) => {
  if (list === null) return null;
  const type = elementOf(ctx);
  const values = sorted(list as Values, type);
  return isBetween(type, ctx.returns) ? continuous(values, 0.5, type, ctx.returns) : discrete(values, 0.5);
};

/** The quantile in the type of the values, each of which stands for the middle of its share (Hazen 1914), as in a t-digest. */
function nearest(values: Values, fraction: number, type: SqlType): Exclude<Datum, null> {
  const position = Math.min(Math.max(fraction * values.length - 0.5, 0), values.length - 1);
  if (type.kind !== "Date" && !isInteger(type)) return asResult(valueAt(values, position, type, type), type);
  const at = (i: number): bigint => BigInt(values[i] as number | bigint);
  const low = at(Math.floor(position));
  const distance = Number(at(Math.ceil(position)) - low) * (position - Math.floor(position));
  const down = low + BigInt(Math.floor(distance));
  const rest = distance - Math.floor(distance);
  // Half to even.
  const whole = rest > 0.5 || (rest === 0.5 && down % 2n !== 0n) ? down + 1n : down;
  return typeof values[0] === "bigint" ? whole : Number(whole);
}

const mad: NestedOperation = ([list], ctx) => {
  if (list === null) return null;
  const type = elementOf(ctx);
  const { returns } = ctx;
  const wide: SqlType =
    type.kind === "Date" ? { kind: "Timestamp", unit: "us" } : isInteger(type) ? { kind: "Double" } : type;
  const middle = (values: Values, of: SqlType, as: SqlType): number | bigint =>
    widened(continuous(sorted(values, of), 0.5, of, as), as, as);
  const centre = middle(list as Values, type, wide);
  const distances = (list as Values).map((value): number | bigint => {
    const x = widened(value, type, wide);
    if (typeof x === "bigint" && typeof centre === "bigint") return x < centre ? centre - x : x - centre;
    return Math.abs(Number(x) - Number(centre));
  });
  const result = middle(distances, wide, wide);
  if (type.kind === "Timestamp" && type.unit !== "us") {
    const digits = type.unit === "s" ? 0 : type.unit === "ms" ? 3 : 9;
    return asResult(rescale(BigInt(result), digits, 6), returns);
  }
  return asResult(result, returns);
};

/** Each distinct value and how often it is there, in the order in which they came. */
function counts(
  values: Values,
  type: SqlType,
): readonly { readonly value: Exclude<Datum, null>; readonly count: number }[] {
  const found = new Map<unknown, { value: Exclude<Datum, null>; count: number }>();
  const isPlain = typeof values[0] === "bigint" || typeof values[0] === "string";
  for (const value of values) {
    const key = isPlain ? value : datumKey(value, type);
    const entry = found.get(key);
    if (entry === undefined) found.set(key, { value, count: 1 });
    else entry.count++;
  }
  return [...found.values()];
}

export const AGGREGATE_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  quantile_cont: quantiles(continuous),
  quantile_disc: quantiles(discrete),
  approx_quantile: quantiles(nearest),
  median,
  mad,
  mode: ([list], ctx) => {
    if (list === null) return null;
    return counts(list as Values, elementOf(ctx)).reduce((best, entry) => (entry.count > best.count ? entry : best))
      .value;
  },
  entropy: ([list], ctx) => {
    if (list === null) return 0;
    const values = list as Values;
    const sum = counts(values, elementOf(ctx)).reduce((all, { count }) => {
      const share = count / values.length;
      return all - share * Math.log2(share);
    }, 0);
    return sum + 0;
  },
  /** Fractions of months become days, of days microseconds. */
  avg_interval: ([list]) => {
    if (list === null) return null;
    const values = list as readonly IntervalValue[];
    const count = BigInt(values.length);
    const sum = (part: (value: IntervalValue) => bigint): bigint =>
      values.reduce((all, value) => all + part(value), 0n);
    const months = sum((value) => BigInt(value.months));
    const days = sum((value) => BigInt(value.days)) + (months % count) * 30n;
    const micros = sum((value) => value.micros) + (days % count) * MICROS_PER_DAY;
    return { months: Number(months / count), days: Number(days / count), micros: micros / count };
  },
  string_agg: ([list, separator = ","]) =>
    list === null || separator === null ? null : (list as readonly string[]).join(separator as string),
  approx_top_k: ([list, wanted], ctx) => {
    if (list === null) return null;
    const most = Number(wanted);
    if (!(most > 0 && most < MOST_KEPT)) return ctx.fail(`approx_top_k keeps between 1 and ${MOST_KEPT - 1} values`);
    const ranked = counts(list as Values, elementOf(ctx)).toSorted((a, b) => b.count - a.count);
    return ranked.slice(0, most).map(({ value }) => value);
  },
  /** The first values in order, at most so many. */
  least: ([list, wanted], ctx) => firstOf(list as Datum, wanted as Datum, ctx, 1),
  greatest: ([list, wanted], ctx) => firstOf(list as Datum, wanted as Datum, ctx, -1),
  /** The same of pairs of a value and what it is ordered by: the values. */
  least_by: ([list, wanted], ctx) => firstOf(list as Datum, wanted as Datum, ctx, 1, true),
  greatest_by: ([list, wanted], ctx) => firstOf(list as Datum, wanted as Datum, ctx, -1, true),
};

const MOST_KEPT = 1_000_000;

function firstOf(list: Datum, wanted: Datum, ctx: OperationContext, sign: 1 | -1, isBy: boolean = false): Datum {
  const most = wanted === null ? Number.NaN : Number(wanted);
  if (!(most > 0 && most < MOST_KEPT)) return ctx.fail(`the number of values must lie between 1 and ${MOST_KEPT - 1}`);
  if (list === null) return null;
  const type = elementOf(ctx);
  if (!isBy) {
    const ascending = sorted(list as Values, type);
    return sign > 0 ? ascending.slice(0, most) : ascending.slice(-most).toReversed();
  }
  const keyType = type.kind === "Struct" ? (type.fields[1]?.type ?? type) : type;
  const pairs = list as readonly (readonly Datum[])[];
  const ranked = pairs.toSorted(([, a = null], [, b = null]) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * compareDatums(a, b, keyType);
  });
  return ranked.slice(0, most).map(([value]) => value as Datum);
}
