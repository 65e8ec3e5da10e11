/** Dates by format, and differences in months, days and time. */
import { civilFromDays, daysFromCivil, daysInMonth, MICROS_PER_DAY } from "../../types/date-time.ts";
import { type HostFunction, numberCell, readText, textCell } from "./host.ts";
import { MONTHS, WEEKDAYS } from "./date-format.ts";

const floorDiv = (x: bigint, by: bigint): bigint => (x - (((x % by) + by) % by)) / by;

type Moment = { readonly year: number; readonly month: number; readonly day: number; readonly micros: bigint };

function momentOf(timestamp: bigint): Moment {
  const days = floorDiv(timestamp, MICROS_PER_DAY);
  return { ...civilFromDays(Number(days)), micros: timestamp - days * MICROS_PER_DAY };
}

type Difference = { months: number; days: number; micros: bigint };

/** end - start in whole months, then days (of the start's month), then time; PostgreSQL's age(). */
function ageBetween(end: bigint, start: bigint): Difference {
  if (end < start) {
    const { months, days, micros } = ageBetween(start, end);
    return { months: 0 - months, days: 0 - days, micros: -micros };
  }
  const [e, s] = [momentOf(end), momentOf(start)];
  let months = (e.year - s.year) * 12 + e.month - s.month;
  let days = e.day - s.day;
  let micros = e.micros - s.micros;
  if (micros < 0n) {
    micros += MICROS_PER_DAY;
    days--;
  }
  if (days < 0) {
    days += daysInMonth(s.year, s.month);
    months--;
  }
  return { months, days, micros };
}

/** Whole months from start to end; the last day of a shorter month completes one. */
function monthsBetween(start: bigint, end: bigint): number {
  if (start > end) return 0 - monthsBetween(end, start);
  const [s, e] = [momentOf(start), momentOf(end)];
  const lastDay = daysInMonth(e.year, e.month);
  let from = start;
  if (e.day === lastDay && (s.day > lastDay || (s.day === lastDay && s.micros < e.micros))) {
    from = BigInt(daysFromCivil(s.year, s.month, lastDay)) * MICROS_PER_DAY + s.micros;
  }
  return ageBetween(end, from).months;
}

const MONTHS_PER: Readonly<Record<string, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  isoyear: 12,
  decade: 120,
  century: 1200,
  millennium: 12_000,
};
const MICROS_PER: Readonly<Record<string, bigint>> = {
  week: 7n * MICROS_PER_DAY,
  day: MICROS_PER_DAY,
  hour: 3_600_000_000n,
  minute: 60_000_000n,
  second: 1_000_000n,
  millisecond: 1000n,
  microsecond: 1n,
};

/** `years`, `centuries` and the like. */
const singular = (part: string): string =>
  part === "centuries" ? "century" : part === "millennia" ? "millennium" : part.replace(/s$/, "");

const dateSub: HostFunction = (rt, site: number, address: number, length: number, start: bigint, end: bigint) => {
  const part = singular(readText(rt, address, length).toLowerCase());
  const months = MONTHS_PER[part];
  const micros = MICROS_PER[part];
  if (months === undefined && micros === undefined) return rt.fail(site);
  const count =
    months === undefined ? (end - start) / (micros as bigint) : BigInt(Math.trunc(monthsBetween(start, end) / months));
  return numberCell(rt, (view) => view.setBigInt64(0, count, true));
};

/** 2000-01-03, a Monday: where buckets of days and time begin; those of months do on 2000-01-01. */
const ORIGIN = 946_857_600_000_000n;
const MONTH_ORIGIN = 946_684_800_000_000n;

/** What `origin` is where the buckets begin where they always do. */
const NO_ORIGIN = -(2n ** 63n);

const timeBucket: HostFunction = (rt, site: number, lo: bigint, micros: bigint, timestamp: bigint, given: bigint) => {
  const months = Number(BigInt.asIntN(32, lo));
  const width = BigInt.asIntN(32, lo >> 32n) * MICROS_PER_DAY + micros;
  const result = (value: bigint): number => numberCell(rt, (view) => view.setBigInt64(0, value, true));
  if (months === 0 && width > 0n) {
    const origin = given === NO_ORIGIN ? ORIGIN : given;
    return result(origin + floorDiv(timestamp - origin, width) * width);
  }
  if (months <= 0 || width !== 0n) return rt.fail(site);
  const origin = given === NO_ORIGIN ? MONTH_ORIGIN : given;
  const monthOf = (value: bigint): number => {
    const { year, month } = momentOf(value);
    return year * 12 + month - 1;
  };
  const since = monthOf(timestamp) - monthOf(origin);
  const start = Math.floor(since / months) * months + monthOf(origin);
  return result(BigInt(daysFromCivil(Math.floor(start / 12), (((start % 12) + 12) % 12) + 1, 1)) * MICROS_PER_DAY);
};

export const DATE_HOST_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  dayname: (rt, day: number) => textCell(rt, WEEKDAYS[(((day + 4) % 7) + 7) % 7] as string),
  monthname: (rt, day: number) => textCell(rt, MONTHS[civilFromDays(day).month - 1] as string),
  age: (rt, end: bigint, start: bigint) => {
    const { months, days, micros } = ageBetween(end, start);
    return numberCell(rt, (view) => {
      view.setInt32(0, months, true);
      view.setInt32(4, days, true);
      view.setBigInt64(8, micros, true);
    });
  },
  date_sub: dateSub,
  time_bucket: timeBucket,
};
