/** Parts, periods and differences of dates whose part is not known before the row. Instants come as wall time. */
import type { Datum, IntervalValue } from "../../expr/expr.ts";
import { type DatePart, datePartOf, hasPart } from "../date/parts.ts";
import {
  civilFromDays,
  DATE_INFINITY,
  daysFromCivil,
  MICROS_PER_DAY,
  MICROS_PER_SECOND,
  TIMESTAMP_INFINITY,
} from "../../types/date-time.ts";
import { type TimeTz, unpackTimeTz } from "../../types/time-tz.ts";
import { instantOfLocal, localOfInstant, type TimeZone } from "../../types/time-zone.ts";
import { type SqlType, typeName } from "../../types/types.ts";
import {
  type FormatExtras,
  parseFormat,
  parseTimestampBy,
  type TimestampWriter,
  timestampWriter,
} from "./date-format.ts";
import { javaPattern, strftimeFormat } from "./java-date-format.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

const floorDiv = (x: bigint, by: bigint): bigint => (x - (((x % by) + by) % by)) / by;
const floor = (x: number, by: number): number => Math.floor(x / by);

function partNamed(name: Datum | undefined, { fail }: OperationContext): DatePart {
  return datePartOf(name as string) ?? fail(`there is no part "${name as string}" of a date`);
}

const isInfinite = (value: Datum): boolean =>
  typeof value === "number"
    ? Math.abs(value) === DATE_INFINITY
    : value === TIMESTAMP_INFINITY || value === -TIMESTAMP_INFINITY;

/** Microseconds since the epoch. */
const microsOf = (value: Datum): bigint =>
  typeof value === "number" ? BigInt(value) * MICROS_PER_DAY : (value as bigint);

/** Monday is 1. */
const isoDay = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;

function isoWeek(day: number): { readonly year: number; readonly week: number } {
  const thursday = day + 4 - isoDay(day);
  const { year } = civilFromDays(thursday);
  return { year, week: floor(thursday - daysFromCivil(year, 1, 1), 7) + 1 };
}

const MICROS: Partial<Record<DatePart, bigint>> = {
  hour: 3_600_000_000n,
  minute: 60_000_000n,
  second: MICROS_PER_SECOND,
  epoch: MICROS_PER_SECOND,
  millisecond: 1000n,
  microsecond: 1n,
};
const YEARS: Partial<Record<DatePart, number>> = { year: 1, decade: 10, century: 100, millennium: 1000 };
const MONTHS: Partial<Record<DatePart, number>> = { month: 1, quarter: 3 };

function timePart(part: DatePart, inDay: bigint): bigint {
  const minute = inDay % 60_000_000n;
  switch (part) {
    case "hour":
      return inDay / 3_600_000_000n;
    case "minute":
      return (inDay / 60_000_000n) % 60n;
    case "second":
      return minute / MICROS_PER_SECOND;
    case "millisecond":
      return minute / 1000n;
    case "nanosecond":
      return minute * 1000n;
    default:
      return minute;
  }
}

function intervalPart(part: DatePart, { months, days, micros }: IntervalValue): bigint | number {
  const years = YEARS[part];
  if (years !== undefined) return BigInt(Math.trunc(months / 12 / years));
  switch (part) {
    case "month":
      return BigInt(months % 12);
    case "quarter":
      return BigInt(Math.trunc((months % 12) / 3) + 1);
    case "day":
      return BigInt(days);
    case "epoch": {
      const whole = Math.trunc(months / 12) * 31_557_600 + (months % 12) * 30 * 86_400 + days * 86_400;
      return whole + Number(micros) / 1e6;
    }
    default:
      return timePart(part, micros);
  }
}

function partOfTimeTz(part: DatePart, { micros, offset }: TimeTz): bigint | number {
  switch (part) {
    case "epoch":
      return Number(micros) / 1e6;
    case "timezone":
      return BigInt(offset);
    case "timezone_hour":
      return BigInt(Math.trunc(offset / 3600));
    case "timezone_minute":
      return BigInt(Math.trunc(offset / 60) % 60);
    default:
      return timePart(part, micros);
  }
}

/** The part as a bigint, of epoch and julian as a number. */
function datePart(part: DatePart, value: Exclude<Datum, null>, type: SqlType): bigint | number {
  if (type.kind === "Interval") return intervalPart(part, value as IntervalValue);
  if (type.kind === "TimeTz") return partOfTimeTz(part, unpackTimeTz(value as bigint));
  if (type.kind === "TimeNs" && part === "nanosecond") return (value as bigint) % 60_000_000_000n;
  const micros = type.kind === "TimeNs" ? (value as bigint) / 1000n : microsOf(value);
  const dayNumber = type.kind === "Time" || type.kind === "TimeNs" ? 0n : floorDiv(micros, MICROS_PER_DAY);
  const day = Number(dayNumber);
  const inDay = micros - dayNumber * MICROS_PER_DAY;
  const { year, month, day: dayOfMonth } = civilFromDays(day);
  const grouped = (size: number): bigint => BigInt(year > 0 ? floor(year - 1, size) + 1 : Math.trunc(year / size) - 1);
  switch (part) {
    case "epoch":
      return Number(micros) / 1e6;
    case "julian":
      return day + 2_440_588 + Number(inDay) / Number(MICROS_PER_DAY);
    case "era":
      return year > 0 ? 1n : 0n;
    case "millennium":
      return grouped(1000);
    case "century":
      return grouped(100);
    case "decade":
      return BigInt(Math.trunc(year / 10));
    case "year":
      return BigInt(year);
    case "isoyear":
      return BigInt(isoWeek(day).year);
    case "quarter":
      return BigInt(floor(month - 1, 3) + 1);
    case "month":
      return BigInt(month);
    case "week":
      return BigInt(isoWeek(day).week);
    case "yearweek": {
      const { year: ofWeek, week } = isoWeek(day);
      return BigInt(ofWeek * 100 + (ofWeek < 0 ? -week : week));
    }
    case "day":
      return BigInt(dayOfMonth);
    case "dayofweek":
      return BigInt(isoDay(day) % 7);
    case "isodow":
      return BigInt(isoDay(day));
    case "dayofyear":
      return BigInt(day - daysFromCivil(year, 1, 1) + 1);
    case "timezone":
    case "timezone_hour":
    case "timezone_minute":
      return 0n;
    default:
      return timePart(part, inDay);
  }
}

/** The first day of the period. */
function firstDay(part: DatePart, day: number): number {
  const { year, month } = civilFromDays(day);
  const years = YEARS[part];
  if (years !== undefined) return daysFromCivil(Math.trunc(year / years) * years, 1, 1);
  const months = MONTHS[part];
  if (months !== undefined) return daysFromCivil(year, floor(month - 1, months) * months + 1, 1);
  if (part === "week" || part === "yearweek") return day - isoDay(day) + 1;
  if (part !== "isoyear") return day;
  const fourth = daysFromCivil(isoWeek(day).year, 1, 4);
  return fourth - isoDay(fourth) + 1;
}

/** The larger units of an interval, the smaller ones dropped. */
function truncateInterval(part: DatePart, value: IntervalValue): IntervalValue {
  const { months, days, micros } = value;
  const years = YEARS[part];
  const size = years !== undefined ? years * 12 : part === "isoyear" ? 12 : MONTHS[part];
  if (size !== undefined) return { months: Math.trunc(months / size) * size, days: 0, micros: 0n };
  if (part === "week" || part === "yearweek") return { months, days: Math.trunc(days / 7) * 7, micros: 0n };
  const unit = MICROS[part];
  return { months, days, micros: unit === undefined ? 0n : (micros / unit) * unit };
}

const truncate: NestedOperation = ([name, value], ctx) => {
  const part = partNamed(name, ctx);
  if (ctx.returns.kind === "Interval") return truncateInterval(part, value as IntervalValue);
  if (isInfinite(value as Datum)) return (value as number) > 0 ? TIMESTAMP_INFINITY : -TIMESTAMP_INFINITY;
  const micros = microsOf(value as Datum);
  const unit = MICROS[part];
  if (unit !== undefined) return floorDiv(micros, unit) * unit;
  return BigInt(firstDay(part, Number(floorDiv(micros, MICROS_PER_DAY)))) * MICROS_PER_DAY;
};

const difference: NestedOperation = ([name, start, end], ctx) => {
  const part = partNamed(name, ctx);
  if (isInfinite(start as Datum) || isInfinite(end as Datum)) return null;
  const count = (value: Datum): bigint => {
    const micros = microsOf(value);
    const unit = MICROS[part];
    if (unit !== undefined) return floorDiv(micros, unit);
    const day = Number(floorDiv(micros, MICROS_PER_DAY));
    const { year, month } = civilFromDays(day);
    const years = YEARS[part];
    if (years !== undefined) return BigInt(Math.trunc(year / years));
    const months = MONTHS[part];
    if (months !== undefined) return BigInt(Math.trunc((year * 12 + month - 1) / months));
    return BigInt(part === "isoyear" ? isoWeek(day).year : day);
  };
  const between = count(end as Datum) - count(start as Datum);
  return part === "week" || part === "yearweek" ? between / 7n : between;
};

const part: NestedOperation = ([name, value], ctx) => {
  const type = ctx.args[1] as SqlType;
  const { returns } = ctx;
  const infinite = type.kind !== "Interval" && type.kind !== "Time" && isInfinite(value as Datum);
  const one = (of: Datum): Datum => {
    const known = partNamed(of, ctx);
    if (!hasPart(type, known)) return ctx.fail(`a ${typeName(type)} has no part "${of as string}"`);
    return infinite ? null : datePart(known, value as Exclude<Datum, null>, type);
  };
  if (returns.kind === "Struct") return (name as readonly Datum[]).map(one);
  const result = one(name as Datum);
  return typeof result === "number"
    ? ctx.fail(`the part ${name as string} has a fraction: name it as a constant`)
    : result;
};

/** A moment of any type as wall time in microseconds, and what that does not say. */
function momentOf(
  value: Exclude<Datum, null>,
  type: SqlType,
  zone: TimeZone,
): { readonly local: bigint; readonly extras: FormatExtras } {
  if (type.kind === "Timestamp" && type.unit === "ns") {
    const nanos = value as bigint;
    const local = floorDiv(nanos, 1000n);
    return { local, extras: { nanos: Number(nanos - local * 1000n), offset: 0, zone: "" } };
  }
  const micros = microsOf(value);
  if (type.kind !== "TimestampTz") return { local: micros, extras: { nanos: 0, offset: 0, zone: "" } };
  const local = localOfInstant(zone, micros);
  return { local, extras: { nanos: 0, offset: Number((local - micros) / MICROS_PER_SECOND), zone: zone.name } };
}

const strftime: NestedOperation = (args, ctx) => {
  const at = ctx.args[0]?.kind === "Varchar" ? 1 : 0;
  const value = args[at] as Exclude<Datum, null>;
  return formatted(value, args[1 - at] as string, ctx.args[at] as SqlType, ctx, "strftime", timestampWriter);
};

const dateFormat: NestedOperation = ([value, pattern], ctx) =>
  formatted(value as Exclude<Datum, null>, pattern as string, ctx.args[0] as SqlType, ctx, "date_format", (text) => {
    const parts = javaPattern(text);
    return parts && timestampWriter(strftimeFormat(parts));
  });

function formatted(
  value: Exclude<Datum, null>,
  format: string,
  type: SqlType,
  ctx: OperationContext,
  name: string,
  writerOf: (format: string) => TimestampWriter | undefined,
): Datum {
  if (isInfinite(value)) return (value as number) > 0 ? "infinity" : "-infinity";
  const write = ctx.cached(`${name} ${format}`, () => writerOf(format) ?? null);
  if (write === null) return ctx.fail(`invalid format "${format}"`);
  if (type.kind === "Timestamp" && type.unit === "us") return write(value as bigint);
  const { local, extras } = momentOf(value, type, ctx.zones().zone);
  return write(local, extras);
}

/** The moment that a text stands for by one of the formats, in the units of the result; NULL where none fits. */
function parseByFormats(text: string, formats: Datum, ctx: OperationContext): bigint | null {
  const { returns } = ctx;
  const word = /^\s*(-?)(infinity|inf|epoch)\s*$/i.exec(text);
  if (word !== null)
    return word[2]?.toLowerCase() === "epoch" ? 0n : word[1] === "-" ? -TIMESTAMP_INFINITY : TIMESTAMP_INFINITY;
  for (const format of typeof formats === "string" ? [formats] : (formats as readonly Datum[])) {
    if (format === null) continue;
    const compiled = ctx.cached(`strptime ${format as string}`, () => parseFormat(format as string) ?? null);
    if (compiled === null) return ctx.fail(`invalid format "${format as string}"`);
    const parsed = parseTimestampBy(compiled, text);
    if (parsed === undefined) continue;
    const { nanos, offset, zone: named } = parsed;
    if (returns.kind === "Timestamp" && returns.unit === "ns") return nanos;
    const local = floorDiv(nanos, 1000n);
    const zones = ctx.zones();
    const zone = named === undefined ? undefined : zones.named(named);
    if (named !== undefined && zone === undefined) return ctx.fail(`there is no time zone "${named}"`);
    if (offset !== undefined) return local - BigInt(offset) * MICROS_PER_SECOND;
    if (zone !== undefined) return instantOfLocal(zone, local);
    return returns.kind === "TimestampTz" ? instantOfLocal(zones.zone, local) : local;
  }
  return null;
}

const strptime: NestedOperation = ([text, formats], ctx) => {
  const moment = parseByFormats(text as string, formats as Datum, ctx);
  if (moment !== null) return moment;
  const isContradictory = typeof formats === "string" && parseFormat(formats)?.isConsistent === false;
  const why = isContradictory ? ", which says the day in several ways" : "";
  return ctx.fail(`could not parse "${text as string}" by the format ${JSON.stringify(formats)}${why}`);
};

/** Days from 30 days on become months, hours from 24 on days. */
const normalized: NestedOperation = ([interval]) => {
  const { months, days, micros } = interval as IntervalValue;
  const allDays = BigInt(days) + micros / MICROS_PER_DAY;
  return { months: months + Number(allDays / 30n), days: Number(allDays % 30n), micros: micros % MICROS_PER_DAY };
};

export const DATE_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  strftime,
  date_format: dateFormat,
  strptime,
  try_strptime: ([text, formats], ctx) => parseByFormats(text as string, formats as Datum, ctx),
  normalized_interval: normalized,
  date_part: part,
  date_trunc: truncate,
  date_diff: difference,
};
