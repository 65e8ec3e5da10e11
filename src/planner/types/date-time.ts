/**
 * DATE, TIME and TIMESTAMP as text and as numbers: days since 1970-01-01, microseconds since midnight, units since
 * 1970-01-01 00:00:00 on the proleptic Gregorian calendar (ISO 8601, astronomical years inside, `(BC)` in text).
 */
import {
  formatOffset,
  instantOfLocal,
  localOfInstant,
  openTimeZone,
  type TimeZone,
  UTC,
  type Zones,
} from "./time-zone.ts";
import type { TimestampUnit } from "./types.ts";

export const MICROS_PER_SECOND: bigint = 1_000_000n;
export const MICROS_PER_DAY: bigint = 86_400_000_000n;
/** The special values `infinity`; their negatives are `-infinity`. */
export const DATE_INFINITY: number = 2 ** 31 - 1;
export const TIMESTAMP_INFINITY: bigint = 2n ** 63n - 1n;

const UNITS_PER_SECOND: { readonly [U in TimestampUnit]: bigint } = {
  s: 1n,
  ms: 1000n,
  us: 1_000_000n,
  ns: 1_000_000_000n,
};

const FRACTION_DIGITS: { readonly [U in TimestampUnit]: number } = { s: 0, ms: 3, us: 6, ns: 9 };

/** Days since 1970-01-01 of a civil date; `month` 1-12. Years counted from March make the leap day the last of its year. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The inverse of `daysFromCivil`. */
export function civilFromDays(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  };
}

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const DATE_TEXT = /^(-?\d{1,7})([-/ \\])(\d{1,2})\2(\d{1,2})(\s*\((?:BC|AD)\))?/i;

function dateFromMatch(match: RegExpExecArray): number | undefined {
  const written = Number(match[1]);
  const year = match[5]?.toUpperCase().endsWith("(BC)") === true ? 1 - written : written;
  const month = Number(match[3]);
  const day = Number(match[4]);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const days = daysFromCivil(year, month, day);
  return Math.abs(days) < DATE_INFINITY ? days : undefined;
}

function special(text: string): "epoch" | "infinity" | "-infinity" | undefined {
  const word = text.toLowerCase();
  if (word === "epoch" || word === "infinity" || word === "-infinity") return word;
  return word === "inf" ? "infinity" : word === "-inf" ? "-infinity" : undefined;
}

/** Days since 1970-01-01; undefined for text that is no date. A time part is read and dropped. */
export function parseDate(text: string): number | undefined {
  const trimmed = text.trim();
  const word = special(trimmed);
  if (word !== undefined) return word === "epoch" ? 0 : word === "infinity" ? DATE_INFINITY : -DATE_INFINITY;
  const match = DATE_TEXT.exec(trimmed);
  if (match === null) return undefined;
  const rest = trimmed.slice(match[0].length);
  if (rest !== "" && parseTimeAndZone(rest.replace(/^[ T]\s*/i, "")) === undefined) return undefined;
  return dateFromMatch(match);
}

const TIME_TEXT = /^(\d{1,2}):(\d{1,2})?(?::(\d{1,2})(?:\.(\d+))?)?/;
const ZONE_TEXT = /^\s*(?:(Z|UTC|GMT)|([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?|([a-z][\w/+-]*))$/i;

export type TimeAndZone = {
  readonly seconds: number;
  /** Digits behind the point; may be empty. */
  readonly fraction: string;
  /** Seconds east of UTC. */
  readonly offset: number | undefined;
  /** The name of a zone that is not UTC. */
  readonly zone?: string | undefined;
};

/** `12:34:56.789`, with an offset or a zone behind it if there is one. */
export function parseTimeAndZone(text: string): TimeAndZone | undefined {
  const match = TIME_TEXT.exec(text);
  if (match === null) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (hours > 24 || minutes > 59 || seconds > 59 || (hours === 24 && (minutes > 0 || seconds > 0))) return undefined;
  const time = { seconds: hours * 3600 + minutes * 60 + seconds, fraction: match[4] ?? "" };
  const rest = text.slice(match[0].length);
  if (rest.trim() === "") return { ...time, offset: undefined };
  const zone = ZONE_TEXT.exec(rest);
  if (zone === null) return undefined;
  if (zone[1] !== undefined) return { ...time, offset: 0 };
  if (zone[6] !== undefined) return { ...time, offset: undefined, zone: zone[6] };
  const offset = Number(zone[3]) * 3600 + Number(zone[4] ?? 0) * 60 + Number(zone[5] ?? 0);
  return { ...time, offset: zone[2] === "-" ? -offset : offset };
}

/** Seconds and a fraction of one as units. Digits behind micros (nanos) are dropped; seconds and millis are rounded half away from zero. */
function unitsOf(seconds: bigint, fraction: string, unit: TimestampUnit): bigint {
  const digits = unit === "ns" ? 9 : 6;
  const value = seconds * 10n ** BigInt(digits) + BigInt(fraction.slice(0, digits).padEnd(digits, "0"));
  if (unit === "us" || unit === "ns") return value;
  const factor = MICROS_PER_SECOND / UNITS_PER_SECOND[unit];
  return (value + (value < 0n ? -factor : factor) / 2n) / factor;
}

/** Units since midnight. */
export function timeOf({ seconds, fraction }: TimeAndZone, unit: TimestampUnit): bigint {
  return unitsOf(BigInt(seconds), fraction, unit);
}

/** Units since midnight, also of a timestamp. An offset is read past; a named zone is refused. */
export function parseTime(text: string, unit: TimestampUnit): bigint | undefined {
  const time = parseTimeAndZone(text.trim());
  if (time !== undefined) return time.zone === undefined ? timeOf(time, unit) : undefined;
  const moment = parseTimestamp(text, unit);
  if (moment === undefined || moment === TIMESTAMP_INFINITY || moment === -TIMESTAMP_INFINITY) return undefined;
  const day = 86_400n * UNITS_PER_SECOND[unit];
  return ((moment % day) + day) % day;
}

/** Units since the epoch. An offset in the text (`+02`) is read past, as PostgreSQL and DuckDB do; a named zone is refused. */
export function parseTimestamp(text: string, unit: TimestampUnit): bigint | undefined {
  const parsed = readTimestamp(text, unit);
  return parsed?.zone === undefined ? parsed?.value : undefined;
}

/** Microseconds of an instant: at the offset or in the zone that the text names, else in the session's zone. */
export function parseInstant(text: string, zones: Zones | undefined): bigint | undefined {
  const parsed = readTimestamp(text, "us");
  if (parsed === undefined) return undefined;
  const { value, offset, zone } = parsed;
  if (offset !== undefined) return value - BigInt(offset) * MICROS_PER_SECOND;
  const named = zone === undefined ? (zones?.zone ?? UTC) : (zones?.named ?? openTimeZone)(zone);
  const instant = named === undefined ? undefined : instantOfLocal(named, value);
  return instant === undefined || BigInt.asIntN(64, instant) !== instant ? undefined : instant;
}

type ReadTimestamp = Pick<TimeAndZone, "offset" | "zone"> & { readonly value: bigint };

function readTimestamp(text: string, unit: TimestampUnit): ReadTimestamp | undefined {
  const trimmed = text.trim();
  const word = special(trimmed);
  if (word !== undefined) {
    const value = word === "epoch" ? 0n : word === "infinity" ? TIMESTAMP_INFINITY : -TIMESTAMP_INFINITY;
    return { value, offset: 0 };
  }
  const match = DATE_TEXT.exec(trimmed);
  const days = match === null ? undefined : dateFromMatch(match);
  if (match === null || days === undefined) return undefined;
  const rest = trimmed.slice(match[0].length);
  let seconds = BigInt(days) * 86_400n;
  let time: TimeAndZone | undefined;
  if (rest !== "") {
    if (!/^(?:T|\s)/i.test(rest)) return undefined;
    time = parseTimeAndZone(rest.slice(1).trimStart());
    if (time === undefined) return undefined;
    seconds += BigInt(time.seconds);
  }
  const value = unitsOf(seconds, time?.fraction ?? "", unit);
  const fits = value < TIMESTAMP_INFINITY && value > -TIMESTAMP_INFINITY;
  return fits ? { value, offset: time?.offset, zone: time?.zone } : undefined;
}

const two = (n: number): string => String(n).padStart(2, "0");

/** `1994-01-31`, `0044-03-15 (BC)`. */
export function formatDate(days: number): string {
  if (days === DATE_INFINITY) return "infinity";
  if (days === -DATE_INFINITY) return "-infinity";
  const { year, month, day } = civilFromDays(days);
  const shown = year > 0 ? year : 1 - year;
  return `${String(shown).padStart(4, "0")}-${two(month)}-${two(day)}${year > 0 ? "" : " (BC)"}`;
}

function formatClock(seconds: number, fraction: bigint, digits: number): string {
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const behind = digits === 0 ? "" : String(fraction).padStart(digits, "0").replace(/0+$/, "");
  return behind === "" ? clock : `${clock}.${behind}`;
}

/** `04:05:06.789` of units since midnight. */
export function formatTime(value: bigint, unit: TimestampUnit): string {
  const perSecond = UNITS_PER_SECOND[unit];
  return formatClock(Number(value / perSecond), value % perSecond, FRACTION_DIGITS[unit]);
}

/** `1994-01-31 04:05:06.789`, `0044-03-15 (BC) 12:00:00`. */
export function formatTimestamp(value: bigint, unit: TimestampUnit): string {
  if (value === TIMESTAMP_INFINITY) return "infinity";
  if (value === -TIMESTAMP_INFINITY) return "-infinity";
  const perSecond = UNITS_PER_SECOND[unit];
  const perDay = perSecond * 86_400n;
  const inDay = ((value % perDay) + perDay) % perDay;
  const date = formatDate(Number((value - inDay) / perDay));
  return `${date} ${formatTime(inDay, unit)}`;
}

/** An instant as wall time in a zone with its offset: `1994-01-31 04:05:06+02`. */
export function formatInstant(value: bigint, zone: TimeZone): string {
  const local = localOfInstant(zone, value);
  const text = formatTimestamp(local, "us");
  return text.endsWith("infinity") ? text : text + formatOffset(Number((local - value) / MICROS_PER_SECOND));
}
