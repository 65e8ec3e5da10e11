/** The parts of dates, timestamps, times and intervals. */
import { call, f64, i32, i64, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { civilFromDays, daysFromCivil, floorDiv64 } from "../../ir/lower/civil.ts";
import { asI64, rangeOf } from "../../ir/lower/rep.ts";
import { type Operand, operand, type Range } from "../../ir/operand.ts";
import type { SqlType } from "../../types/types.ts";
import { civilFromDays as civilDate } from "../../types/date-time.ts";
import type { LowerContext } from "../function.ts";
import { dateToTimestamp, dayOfTimestamp, MICROS_PER_DAY } from "./arithmetic.ts";
import { nullWhereInfinite } from "./infinity.ts";
import { clockOf, offsetOf } from "./time-tz.ts";
import { toLocal, zoneOffset } from "./zone.ts";
import { daysOf, microsOf, monthsOf } from "./interval.ts";

export type DatePart =
  | "era"
  | "millennium"
  | "century"
  | "decade"
  | "year"
  | "isoyear"
  | "quarter"
  | "month"
  | "week"
  | "yearweek"
  | "day"
  | "dayofweek"
  | "isodow"
  | "dayofyear"
  | "hour"
  | "minute"
  | "second"
  | "millisecond"
  | "microsecond"
  | "nanosecond"
  | "timezone"
  | "timezone_hour"
  | "timezone_minute"
  | "epoch"
  | "julian";

const NAMES: ReadonlyMap<string, DatePart> = new Map(
  (
    [
      ["era", []],
      ["millennium", ["millennia", "millenniums", "mil", "mils"]],
      ["century", ["centuries", "cent", "c"]],
      ["decade", ["decades", "dec", "decs"]],
      ["year", ["years", "yr", "yrs", "y"]],
      ["isoyear", []],
      ["quarter", ["quarters"]],
      ["month", ["months", "mon", "mons"]],
      ["week", ["weeks", "w", "weekofyear"]],
      ["yearweek", []],
      ["day", ["days", "d", "dayofmonth"]],
      ["dayofweek", ["dow", "weekday"]],
      ["isodow", []],
      ["dayofyear", ["doy"]],
      ["hour", ["hours", "hr", "hrs", "h"]],
      ["minute", ["minutes", "min", "mins", "m"]],
      ["second", ["seconds", "sec", "secs", "s"]],
      ["millisecond", ["milliseconds", "msec", "msecs", "ms"]],
      ["microsecond", ["microseconds", "usec", "usecs", "us"]],
      ["nanosecond", ["nanoseconds", "nsec", "nsecs", "ns"]],
      ["timezone", []],
      ["timezone_hour", []],
      ["timezone_minute", []],
      ["epoch", []],
      ["julian", []],
    ] as const
  ).flatMap(([part, others]) => [part, ...others].map((name) => [name, part] as const)),
);

export const datePartOf = (name: string): DatePart | undefined => NAMES.get(name.toLowerCase());

/** epoch and julian have fractions. */
export const isFractional = (part: DatePart): boolean => part === "epoch" || part === "julian";

const isTime = ({ kind }: SqlType): boolean => kind === "Time" || kind === "TimeNs" || kind === "TimeTz";

/** Parts of the date do not exist in a time; those of the time of day are 0 in a date. */
export function hasPart(type: SqlType, part: DatePart): boolean {
  const ofTime = ["hour", "minute", "second", "millisecond", "microsecond", "nanosecond", "epoch"].includes(part);
  if (isTime(type)) return ofTime || part.startsWith("timezone");
  if (type.kind === "Interval") {
    return ofTime || ["millennium", "century", "decade", "year", "quarter", "month", "day"].includes(part);
  }
  return true;
}

type Civil = { readonly year: Ir; readonly month: Ir; readonly day: Ir };

function civilOf(ctx: LowerContext, day: Ir): Civil {
  const [year, month, dayOfMonth] = ctx.b.callMulti(civilFromDays(ctx), day) as [Ir, Ir, Ir];
  return { year, month, day: dayOfMonth };
}

const wide = (value: Ir): Ir => num("i64.extend_i32_s", value);
const add = (value: Ir, n: number): Ir => num("i32.add", value, i32(n));

/** ISO 8601: Monday is 1, Sunday 7. */
export function isoDayOfWeek(ctx: LowerContext, day: Ir): Ir {
  // 1970-01-01 was a Thursday.
  const shifted = ctx.b.let(num("i64.add", wide(day), i64(3)));
  const weeks = num("i64.mul", floorDiv64(shifted, 7n), i64(7));
  return num("i32.wrap_i64", num("i64.add", num("i64.sub", shifted, weeks), i64(1)));
}

/** The ISO year and week: those of the week's Thursday. */
function isoWeek(ctx: LowerContext, day: Ir): { readonly year: Ir; readonly week: Ir } {
  const { b } = ctx;
  const thursday = b.let(num("i32.add", day, num("i32.sub", i32(4), isoDayOfWeek(ctx, day))));
  const { year } = civilOf(ctx, thursday);
  const first = call(daysFromCivil(ctx), year, i32(1), i32(1));
  return { year, week: b.let(add(num("i32.div_s", num("i32.sub", thursday, first), i32(7)), 1)) };
}

function partOfDay(ctx: LowerContext, part: DatePart, day: Ir): Ir {
  const { b } = ctx;
  switch (part) {
    case "isodow":
      return isoDayOfWeek(ctx, day);
    case "dayofweek": {
      const iso = b.let(isoDayOfWeek(ctx, day));
      return select(num("i32.eq", iso, i32(7)), i32(0), iso);
    }
    case "week":
      return isoWeek(ctx, day).week;
    case "isoyear":
      return isoWeek(ctx, day).year;
    case "yearweek": {
      const { year, week } = isoWeek(ctx, day);
      const sign = select(num("i32.lt_s", year, i32(0)), i32(-1), i32(1));
      return num("i32.add", num("i32.mul", year, i32(100)), num("i32.mul", week, sign));
    }
    default:
      return partOfCivil(ctx, part, day, civilOf(ctx, day));
  }
}

function partOfCivil(ctx: LowerContext, part: DatePart, day: Ir, civil: Civil): Ir {
  const { year, month } = civil;
  const positive = num("i32.gt_s", year, i32(0));
  const grouped = (size: number): Ir =>
    select(
      positive,
      add(num("i32.div_s", add(year, -1), i32(size)), 1),
      num("i32.sub", num("i32.div_s", year, i32(size)), i32(1)),
    );
  switch (part) {
    case "year":
      return year;
    case "month":
      return month;
    case "day":
      return civil.day;
    case "quarter":
      return add(num("i32.div_s", add(month, -1), i32(3)), 1);
    case "decade":
      return num("i32.div_s", year, i32(10));
    case "century":
      return grouped(100);
    case "millennium":
      return grouped(1000);
    case "era":
      return positive;
    case "dayofyear":
      return add(num("i32.sub", day, call(daysFromCivil(ctx), year, i32(1), i32(1))), 1);
    default:
      throw new TypeError(`${part} is no part of a date`);
  }
}

/** Hours and minutes of the day; seconds of the minute, finer units with them. */
function partOfTime(ctx: LowerContext, part: DatePart, micros: Ir): Ir {
  const quotient = (value: Ir, by: number): Ir => num("i64.div_s", value, i64(by));
  const rest = (value: Ir, by: number): Ir => num("i64.rem_s", value, i64(by));
  switch (part) {
    case "hour":
      return quotient(micros, 3_600_000_000);
    case "minute":
      return rest(quotient(micros, 60_000_000), 60);
    case "second":
      return quotient(rest(micros, 60_000_000), 1_000_000);
    case "millisecond":
      return quotient(rest(micros, 60_000_000), 1000);
    case "microsecond":
      return rest(micros, 60_000_000);
    case "nanosecond":
      return num("i64.mul", rest(micros, 60_000_000), i64(1000));
    default:
      throw new TypeError(`${part} is no part of a time`);
  }
}

const isTimePart = (part: DatePart): boolean =>
  ["hour", "minute", "second", "millisecond", "microsecond", "nanosecond"].includes(part);

const seconds = (micros: Ir): Ir => num("f64.div", num("f64.convert_i64_s", micros), f64(1e6));

/** Bounds of a part, from those of the value where the part grows with it. */
function partRange(part: DatePart, days: Range): Range | undefined {
  const year = (day: bigint): bigint => BigInt(civilDate(Number(day)).year);
  switch (part) {
    case "year":
      return { min: year(days.min), max: year(days.max) };
    case "month":
      return { min: 1n, max: 12n };
    case "day":
      return { min: 1n, max: 31n };
    case "quarter":
      return { min: 1n, max: 4n };
    case "isodow":
      return { min: 1n, max: 7n };
    case "dayofweek":
      return { min: 0n, max: 6n };
    case "week":
      return { min: 1n, max: 53n };
    case "dayofyear":
      return { min: 1n, max: 366n };
    default:
      return undefined;
  }
}

/** A part of a DATE, TIME, TIMESTAMP or INTERVAL: BIGINT, or DOUBLE for epoch and julian. */
export function partOf(ctx: LowerContext, part: DatePart, value: Operand, type: SqlType): Operand {
  if (type.kind === "Interval")
    return part.startsWith("timezone") ? partOfZone(ctx, part, value, type) : partOfInterval(ctx, part, value);
  if (isTime(type) && !part.startsWith("timezone")) return partOfClock(ctx, part, value, type);
  if (isTime(type)) return partOfZone(ctx, part, value, type);
  return nullWhereInfinite(ctx, [value], partOfZone(ctx, part, value, type));
}

/** A part of an instant is that of the zone's wall time; but the epoch is the instant's own. */
function partOfZone(ctx: LowerContext, part: DatePart, value: Operand, type: SqlType): Operand {
  const isZoned = type.kind === "TimestampTz";
  if (part === "timezone" || part === "timezone_hour" || part === "timezone_minute") {
    const hasOffset = isZoned || type.kind === "TimeTz";
    if (!hasOffset) return operand("i64", i64(0), { range: { min: 0n, max: 0n } });
    const offset = isZoned ? zoneOffset(ctx, value) : offsetOf(ctx, value);
    if (part === "timezone") return offset;
    const hours = num("i64.div_s", offset.lo, i64(3600));
    const minutes = num("i64.rem_s", num("i64.div_s", offset.lo, i64(60)), i64(60));
    return operand("i64", ctx.b.let(part === "timezone_hour" ? hours : minutes), { range: { min: -60n, max: 60n } });
  }
  return partOfMoment(ctx, part, isZoned && part !== "epoch" ? toLocal(ctx, value) : value, type);
}

/** A part of a time of day, as its own clock shows it. */
function partOfClock(ctx: LowerContext, part: DatePart, value: Operand, type: SqlType): Operand {
  const { b } = ctx;
  if (type.kind === "TimeNs" && part === "nanosecond")
    return operand("i64", b.let(num("i64.rem_s", asI64(b, value), i64(60_000_000_000))));
  const clock =
    type.kind === "TimeTz"
      ? clockOf(ctx, value).lo
      : type.kind === "TimeNs"
        ? b.let(num("i64.div_s", asI64(b, value), i64(1000)))
        : asI64(b, value);
  if (part === "epoch") return operand("f64", b.let(seconds(clock)));
  return operand("i64", b.let(partOfTime(ctx, part, clock)));
}

/** Nanoseconds within the minute, of nanoseconds since the epoch. */
function nanosecondOf({ b }: LowerContext, value: Operand): Operand {
  const minute = i64(60_000_000_000);
  const rest = b.let(num("i64.rem_s", value.lo, minute));
  const positive = num("i64.rem_s", num("i64.add", rest, minute), minute);
  return operand("i64", b.let(positive), { range: { min: 0n, max: 59_999_999_999n } });
}

function partOfMoment(ctx: LowerContext, part: DatePart, value: Operand, type: SqlType): Operand {
  const { b } = ctx;
  if (type.kind === "Timestamp" && type.unit === "ns") return nanosecondOf(ctx, value);
  const isDate = type.kind === "Date";
  if (part === "epoch") return operand("f64", b.let(seconds(isDate ? dateToTimestamp(ctx, value).lo : value.lo)));
  if (isTimePart(part) && isDate) return operand("i64", i64(0), { range: { min: 0n, max: 0n } });
  const day = isDate ? value : dayOfTimestamp(ctx, value);
  const inDay = (): Ir =>
    isDate ? i64(0) : b.let(num("i64.sub", asI64(b, value), num("i64.mul", wide(day.lo), i64(MICROS_PER_DAY))));
  if (part === "julian") {
    const whole = num("f64.add", num("f64.convert_i32_s", day.lo), f64(2_440_588));
    const fraction = num("f64.div", num("f64.convert_i64_s", inDay()), f64(Number(MICROS_PER_DAY)));
    return operand("f64", b.let(num("f64.add", whole, fraction)));
  }
  if (isTimePart(part)) return operand("i64", b.let(partOfTime(ctx, part, inDay())));
  return operand("i64", b.let(wide(b.let(partOfDay(ctx, part, day.lo)))), { range: partRange(part, rangeOf(day)) });
}

function partOfInterval(ctx: LowerContext, part: DatePart, value: Operand): Operand {
  const { b } = ctx;
  const months = b.let(monthsOf(value));
  const micros = microsOf(value);
  const result = (ir: Ir): Operand => operand("i64", b.let(wide(ir)));
  switch (part) {
    case "epoch": {
      // A year counts 365.25 days here, other months 30.
      const years = num("i64.mul", wide(num("i32.div_s", months, i32(12))), i64(31_557_600));
      const rest = num("i64.mul", wide(num("i32.rem_s", months, i32(12))), i64(30 * 86_400));
      const days = num("i64.mul", wide(daysOf(value)), i64(86_400));
      const whole = num("f64.convert_i64_s", num("i64.add", num("i64.add", years, rest), days));
      return operand("f64", b.let(num("f64.add", whole, seconds(micros))));
    }
    case "year":
      return result(num("i32.div_s", months, i32(12)));
    case "decade":
      return result(num("i32.div_s", months, i32(120)));
    case "century":
      return result(num("i32.div_s", months, i32(1200)));
    case "millennium":
      return result(num("i32.div_s", months, i32(12_000)));
    case "month":
      return result(num("i32.rem_s", months, i32(12)));
    case "quarter":
      return result(add(num("i32.div_s", num("i32.rem_s", months, i32(12)), i32(3)), 1));
    case "day":
      return result(daysOf(value));
    default:
      return operand("i64", b.let(partOfTime(ctx, part, micros)));
  }
}
