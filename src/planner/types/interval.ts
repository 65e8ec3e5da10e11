/** INTERVAL as text: `1 year 2 months 3 days 04:05:06.789`. */
import type { IntervalValue } from "../expr/expr.ts";
import { formatTime } from "./date-time.ts";

/** What one of a unit is, in months, days or microseconds. */
type UnitSize = { readonly months: number; readonly days: number; readonly micros: number };
const months = (n: number): UnitSize => ({ months: n, days: 0, micros: 0 });
const days = (n: number): UnitSize => ({ months: 0, days: n, micros: 0 });
const micros = (n: number): UnitSize => ({ months: 0, days: 0, micros: n });

const MICROS_PER_HOUR = 3_600_000_000;
const UNITS: ReadonlyMap<string, UnitSize> = new Map(
  (
    [
      [["millennium", "millennia", "millenniums", "mil", "mils"], months(12_000)],
      [["century", "centuries", "cent", "c"], months(1200)],
      [["decade", "decades", "dec", "decs"], months(120)],
      [["year", "years", "yr", "yrs", "y"], months(12)],
      [["quarter", "quarters"], months(3)],
      [["month", "months", "mon", "mons"], months(1)],
      [["week", "weeks", "w"], days(7)],
      [["day", "days", "d", "dayofmonth"], days(1)],
      [["hour", "hours", "hr", "hrs", "h"], micros(MICROS_PER_HOUR)],
      [["minute", "minutes", "min", "mins", "m"], micros(60_000_000)],
      [["second", "seconds", "sec", "secs", "s"], micros(1_000_000)],
      [["millisecond", "milliseconds", "msec", "msecs", "msecond", "mseconds", "ms"], micros(1000)],
      [["microsecond", "microseconds", "usec", "usecs", "usecond", "useconds", "us"], micros(1)],
    ] as const
  ).flatMap(([names, size]) => names.map((name) => [name, size] as const)),
);

/** `amount` units; undefined for an unknown unit or out of range. Fractions of months become days of 1/30, of days microseconds. */
export function intervalOf(amount: number, unit: string): IntervalValue | undefined {
  const size = UNITS.get(unit.toLowerCase());
  if (size === undefined) return undefined;
  return normalise(amount * size.months, amount * size.days, amount * size.micros);
}

function normalise(monthCount: number, dayCount: number, microCount: number): IntervalValue | undefined {
  const wholeMonths = Math.trunc(monthCount);
  const allDays = dayCount + (monthCount - wholeMonths) * 30;
  const wholeDays = Math.trunc(allDays + Math.sign(allDays) * 1e-9);
  const rest = Math.round((allDays - wholeDays) * 24 * MICROS_PER_HOUR);
  const allMicros = Math.round(microCount) + rest;
  if (!inInt32(wholeMonths) || !inInt32(wholeDays) || !(Math.abs(allMicros) < 2 ** 63)) return undefined;
  return { months: wholeMonths + 0, days: wholeDays + 0, micros: BigInt(allMicros) };
}

function inInt32(n: number): boolean {
  return n >= -(2 ** 31) && n < 2 ** 31;
}

/** The sum; undefined out of range. */
export function addIntervals(a: IntervalValue, b: IntervalValue): IntervalValue | undefined {
  const sum = { months: a.months + b.months, days: a.days + b.days, micros: a.micros + b.micros };
  return inInt32(sum.months) && inInt32(sum.days) && BigInt.asIntN(64, sum.micros) === sum.micros ? sum : undefined;
}

const PART = /\s*(?:([+-]?\d+):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?|([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-z]+))\s*,?/iy;

/** `1 year -2 days 04:05:06`, optionally after `@` or before `ago`; undefined for anything else. */
export function parseInterval(text: string): IntervalValue | undefined {
  const ago = /\bago\s*$/i.test(text);
  const body = text
    .replace(/^\s*@/, "")
    .replace(/\bago\s*$/i, "")
    .trim();
  if (body === "") return undefined;
  // A number without a unit counts seconds.
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/.test(body)) return intervalOf(ago ? -Number(body) : Number(body), "second");
  let total: IntervalValue = { months: 0, days: 0, micros: 0n };
  for (let at = 0; at < body.length;) {
    PART.lastIndex = at;
    const match = PART.exec(body);
    if (match === null) return undefined;
    const part = match[1] === undefined ? amountOf(match[5] as string, match[6] as string) : clock(match);
    const sum = part === undefined ? undefined : addIntervals(total, part);
    if (sum === undefined) return undefined;
    total = sum;
    at = PART.lastIndex;
  }
  return ago ? { months: 0 - total.months, days: 0 - total.days, micros: -total.micros } : total;
}

/** Whole amounts of the smaller units are exact beyond 2^53. */
function amountOf(amount: string, unit: string): IntervalValue | undefined {
  const size = UNITS.get(unit.toLowerCase());
  if (size === undefined || size.micros === 0 || !/^[+-]?\d+$/.test(amount)) return intervalOf(Number(amount), unit);
  const total = BigInt(amount) * BigInt(size.micros);
  return BigInt.asIntN(64, total) === total ? { months: 0, days: 0, micros: total } : undefined;
}

function clock(match: RegExpExecArray): IntervalValue | undefined {
  const [hours, minutes, seconds] = [match[1] as string, Number(match[2]), Number(match[3] ?? 0)];
  if (minutes > 59 || seconds > 59) return undefined;
  const fraction = Math.round(Number(match[4] ?? 0) * 1e6);
  const magnitude = BigInt(hours.replace(/^[+-]/, "")) * BigInt(MICROS_PER_HOUR);
  const size = magnitude + BigInt(minutes * 60_000_000 + seconds * 1_000_000 + fraction);
  const total = hours.startsWith("-") ? -size : size;
  return BigInt.asIntN(64, total) === total ? { months: 0, days: 0, micros: total } : undefined;
}

/** As DuckDB prints it: `1 year 2 months 3 days 04:05:06`, zero as `00:00:00`. */
export function formatInterval(value: IntervalValue): string {
  const parts: string[] = [];
  const add = (n: number, unit: string): void => {
    if (n !== 0) parts.push(`${n} ${unit}${Math.abs(n) === 1 ? "" : "s"}`);
  };
  add(Math.trunc(value.months / 12), "year");
  add(value.months % 12, "month");
  add(value.days, "day");
  if (value.micros !== 0n || parts.length === 0) {
    parts.push(value.micros < 0n ? `-${formatTime(-value.micros, "us")}` : formatTime(value.micros, "us"));
  }
  return parts.join(" ");
}
