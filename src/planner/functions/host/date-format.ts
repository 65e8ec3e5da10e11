/** The formats of strftime and strptime (C's, with `%-` for numbers without leading zeros). Timestamps are in microseconds. */
import { civilFromDays, daysFromCivil, daysInMonth, isLeapYear, MICROS_PER_DAY } from "../../types/date-time.ts";
import { formatOffset } from "../../types/time-zone.ts";

export const WEEKDAYS: readonly string[] = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];
export const MONTHS: readonly string[] = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

type Fields = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Days since the epoch. */
  readonly days: number;
  readonly dayOfYear: number;
  readonly weekday: number;
  readonly seconds: number;
  readonly micros: number;
} & FormatExtras;

/** What wall time in microseconds does not say. */
export type FormatExtras = {
  /** Nanoseconds of the microsecond. */
  readonly nanos: number;
  /** Seconds east of UTC. */
  readonly offset: number;
  /** The name of the zone; empty for a timestamp without one. */
  readonly zone: string;
};

const NO_EXTRAS: FormatExtras = { nanos: 0, offset: 0, zone: "" };

function fieldsOf(timestamp: bigint, extras: FormatExtras): Fields {
  const rest = Number(timestamp % MICROS_PER_DAY);
  const inDay = rest < 0 ? rest + Number(MICROS_PER_DAY) : rest;
  const days = Number(timestamp / MICROS_PER_DAY) - (rest < 0 ? 1 : 0);
  const { year, month, day } = civilFromDays(days);
  const { nanos, offset, zone } = extras;
  return {
    year,
    month,
    day,
    nanos,
    offset,
    zone,
    days,
    dayOfYear: days - daysFromCivil(year, 1, 1) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    seconds: Math.floor(inDay / 1_000_000),
    micros: inDay % 1_000_000,
  };
}

/** Thursday's year and week. */
function isoWeek({ days, weekday }: Fields): { readonly year: number; readonly week: number } {
  const thursday = days + 4 - (weekday === 0 ? 7 : weekday);
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

/** Numbers: value and width. */
const NUMBERS: Readonly<Record<string, readonly [(f: Fields) => number, number]>> = {
  d: [(f) => f.day, 2],
  m: [(f) => f.month, 2],
  y: [(f) => Math.abs(f.year % 100), 2],
  H: [(f) => Math.floor(f.seconds / 3600), 2],
  I: [(f) => ((Math.floor(f.seconds / 3600) + 11) % 12) + 1, 2],
  M: [(f) => Math.floor(f.seconds / 60) % 60, 2],
  S: [(f) => f.seconds % 60, 2],
  f: [(f) => f.micros, 6],
  g: [(f) => Math.floor(f.micros / 1000), 3],
  n: [(f) => f.micros * 1000 + f.nanos, 9],
  j: [(f) => f.dayOfYear, 3],
  w: [(f) => f.weekday, 1],
  u: [(f) => (f.weekday === 0 ? 7 : f.weekday), 1],
  U: [(f) => Math.floor((f.dayOfYear + 6 - f.weekday) / 7), 2],
  W: [(f) => Math.floor((f.dayOfYear + 6 - ((f.weekday + 6) % 7)) / 7), 2],
  V: [(f) => isoWeek(f).week, 2],
  G: [(f) => isoWeek(f).year, 4],
};

const WORDS: Readonly<Record<string, (f: Fields) => string>> = {
  a: (f) => (WEEKDAYS[f.weekday] as string).slice(0, 3),
  A: (f) => WEEKDAYS[f.weekday] as string,
  b: (f) => (MONTHS[f.month - 1] as string).slice(0, 3),
  h: (f) => (MONTHS[f.month - 1] as string).slice(0, 3),
  B: (f) => MONTHS[f.month - 1] as string,
  Y: (f) => (f.year < 0 ? String(f.year) : String(f.year).padStart(4, "0")),
  p: (f) => (f.seconds < 43_200 ? "AM" : "PM"),
  z: (f) => formatOffset(f.offset),
  Z: (f) => f.zone,
  "%": () => "%",
};

const COMPOSITES: Readonly<Record<string, string>> = {
  c: "%Y-%m-%d %H:%M:%S",
  x: "%Y-%m-%d",
  X: "%H:%M:%S",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  R: "%H:%M",
  T: "%H:%M:%S",
};

const expand = (format: string): string =>
  format.replace(/%([cxXDFRT])/g, (_, letter: string) => COMPOSITES[letter] as string);

/** Writes wall time in microseconds by a format. */
export type TimestampWriter = (timestamp: bigint, extras?: FormatExtras) => string;

/** The writer of a format; undefined for one that has unknown letters. */
export function timestampWriter(format: string): TimestampWriter | undefined {
  const parts: (string | ((f: Fields) => string))[] = [];
  for (const [all, bare, letter] of expand(format).matchAll(/%(-?)(.?)|[^%]+/gs)) {
    if (letter === undefined) {
      parts.push(all);
      continue;
    }
    const number = NUMBERS[letter];
    const word = bare === "" ? WORDS[letter] : undefined;
    if (number !== undefined) parts.push(digitsOf(number, bare === "-"));
    else if (word !== undefined) parts.push(word);
    else return undefined;
  }
  return (timestamp, extras = NO_EXTRAS) => {
    const fields = fieldsOf(timestamp, extras);
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : part(fields);
    return text;
  };
}

function digitsOf([value, width]: readonly [(f: Fields) => number, number], bare: boolean): (f: Fields) => string {
  const digits = bare ? 1 : width;
  return (fields) => {
    const n = value(fields);
    return n < 0 ? `-${String(-n).padStart(digits, "0")}` : String(n).padStart(digits, "0");
  };
}

/** A format made into a pattern, and the letter of each group; undefined when it has unknown letters. */
export type ParseFormat =
  | {
      readonly pattern: RegExp;
      readonly letters: readonly string[];
      /** false: no text follows the format. */
      readonly isConsistent: boolean;
    }
  | undefined;

const names = (list: readonly string[]): string => list.flatMap((n) => [n, n.slice(0, 3)]).join("|");

const PATTERNS: Readonly<Record<string, string>> = {
  ...{ Y: "([+-]?\\d{1,4})", y: "(\\d{1,2})", m: "(\\d{1,2})", d: "(\\d{1,2})", H: "(\\d{1,2})", I: "(\\d{1,2})" },
  ...{
    M: "(\\d{1,2})",
    S: "(\\d{1,2})",
    f: "(\\d{1,6})",
    g: "(\\d{1,3})",
    n: "(\\d{1,9})",
    j: "(\\d{1,3})",
    p: "(am|pm)",
  },
  ...{ G: "([+-]?\\d{1,4})", V: "(\\d{1,2})", u: "([1-7])", w: "([0-6])", U: "(\\d{1,2})", W: "(\\d{1,2})" },
  Z: "([a-z][a-z0-9_/+-]*)",
  ...{ b: `(${names(MONTHS)})`, B: `(${names(MONTHS)})`, h: `(${names(MONTHS)})` },
  ...{ a: `(${names(WEEKDAYS)})`, A: `(${names(WEEKDAYS)})`, z: "([+-]\\d{2}(?::?\\d{2})?|Z)", "%": "(%)" },
};

/** Ways to say the day, of which a format has one. */
const DAY_SYSTEMS: readonly string[] = ["U", "W", "VG", "j"];

/** Whether the letters of a format say the day in one way; ISO weeks go with ISO years, and give way to a year behind them. */
function isConsistent(letters: readonly string[]): boolean {
  // A date beside it wins.
  if (letters.includes("d")) return true;
  const used = DAY_SYSTEMS.filter((system) => letters.some((letter) => system.includes(letter)));
  return used.length <= 1 && !(letters.includes("Y") && letters.indexOf("V") > letters.indexOf("Y"));
}

export function parseFormat(format: string): ParseFormat {
  const letters: string[] = [];
  let valid = format !== "";
  const pattern = expand(format).replace(
    /%(-?)(.?)|[\s\S]/g,
    (all, _bare: string | undefined, letter: string | undefined) => {
      if (letter === undefined) return /\s/.test(all) ? "\\s+" : all.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
      const part = PATTERNS[letter];
      if (part === undefined) valid = false;
      letters.push(letter);
      return part ?? "";
    },
  );
  return valid
    ? { pattern: new RegExp(`^\\s*${pattern}\\s*$`, "i"), letters, isConsistent: isConsistent(letters) }
    : undefined;
}

type Parsed = {
  year: number;
  month: number;
  day: number;
  dayOfYear: number | undefined;
  hour: number;
  pm: boolean | undefined;
  minute: number;
  second: number;
  nanos: number;
  offset: number | undefined;
  zone: string | undefined;
  /** ISO year and week; weeks from Sundays and from Mondays; the day of the week, Sunday is 0. */
  isoYear: number | undefined;
  isoWeek: number | undefined;
  sundayWeek: number | undefined;
  mondayWeek: number | undefined;
  weekday: number | undefined;
  hasYear: boolean;
  hasDay: boolean;
};

/** Wall time in nanoseconds since the epoch, and the offset or the zone that the text names. */
export type ParsedTimestamp = {
  readonly nanos: bigint;
  readonly offset: number | undefined;
  readonly zone: string | undefined;
};

/** undefined when the text does not follow the format, or denotes no moment. */
export function parseTimestampBy(format: ParseFormat, text: string): ParsedTimestamp | undefined {
  const match = format?.isConsistent === true ? format.pattern.exec(text) : undefined;
  if (format === undefined || match === null || match === undefined) return undefined;
  const parsed: Parsed = {
    year: 1900,
    month: 1,
    day: 1,
    dayOfYear: undefined,
    hour: 0,
    pm: undefined,
    minute: 0,
    second: 0,
    nanos: 0,
    offset: undefined,
    zone: undefined,
    isoYear: undefined,
    isoWeek: undefined,
    sundayWeek: undefined,
    mondayWeek: undefined,
    weekday: undefined,
    hasYear: false,
    hasDay: false,
  };
  for (const [i, letter] of format.letters.entries()) takePart(parsed, letter, match[i + 1] as string);
  const nanos = momentOf(parsed);
  return nanos === undefined ? undefined : { nanos, offset: parsed.offset, zone: parsed.zone };
}

function takePart(parsed: Parsed, letter: string, text: string): void {
  const number = Number(text);
  const fraction = (digits: number): number => Number(text.padEnd(digits, "0")) * 10 ** (9 - digits);
  switch (letter) {
    case "Y":
      parsed.year = number;
      parsed.hasYear = true;
      parsed.isoWeek = undefined;
      return;
    case "y":
      parsed.year = number < 69 ? 2000 + number : 1900 + number;
      return;
    case "m":
      parsed.month = number;
      return;
    case "d":
      parsed.day = number;
      parsed.hasDay = true;
      return;
    case "j":
      parsed.dayOfYear = number;
      return;
    case "H":
    case "I":
      parsed.hour = number;
      return;
    case "p":
      parsed.pm = text.toLowerCase() === "pm";
      return;
    case "M":
      parsed.minute = number;
      return;
    case "S":
      parsed.second = number;
      return;
    case "f":
      parsed.nanos = fraction(6);
      return;
    case "g":
      parsed.nanos = fraction(3);
      return;
    case "n":
      parsed.nanos = fraction(9);
      return;
    case "b":
    case "B":
    case "h":
      parsed.month = MONTHS.findIndex((name) => name.toLowerCase().startsWith(text.slice(0, 3).toLowerCase())) + 1;
      return;
    case "z": {
      const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? [];
      parsed.offset = (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60);
      return;
    }
    case "Z":
      parsed.zone = text;
      return;
    case "G":
      parsed.isoYear = number;
      return;
    case "V":
      parsed.isoWeek = number;
      return;
    case "U":
      parsed.sundayWeek = number;
      return;
    case "W":
      parsed.mondayWeek = number;
      return;
    case "u":
    case "w":
      parsed.weekday = number % 7;
      return;
  }
}

function momentOf(p: Parsed): bigint | undefined {
  const twelve = p.pm !== undefined;
  if (twelve && (p.hour < 1 || p.hour > 12)) return undefined;
  const hour = twelve ? (p.hour % 12) + (p.pm === true ? 12 : 0) : p.hour;
  if (p.month < 1 || p.month > 12 || p.day < 1 || p.day > daysInMonth(p.year, p.month)) return undefined;
  if (hour > 23 || p.minute > 59 || p.second > 59) return undefined;
  if (p.dayOfYear !== undefined && (p.dayOfYear < 1 || p.dayOfYear > (isLeapYear(p.year) ? 366 : 365)))
    return undefined;
  if ([p.sundayWeek, p.mondayWeek].some((week) => week !== undefined && week > 53)) return undefined;
  if (p.isoWeek !== undefined && (p.isoWeek < 1 || p.isoWeek > 53)) return undefined;
  const seconds = hour * 3600 + p.minute * 60 + p.second;
  return (BigInt(dayOf(p)) * 86_400n + BigInt(seconds)) * 1_000_000_000n + BigInt(p.nanos);
}

/** Days since the epoch, by whatever parts say it. */
function dayOf(p: Parsed): number {
  const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
  const monday = (day: number): number => (weekdayOf(day) + 6) % 7;
  const weekday = p.weekday ?? 1;
  if (p.hasDay) return daysFromCivil(p.year, p.month, p.day);
  if (p.isoWeek !== undefined || (p.isoYear !== undefined && !p.hasYear)) {
    const fourth = daysFromCivil(p.isoYear ?? p.year, 1, 4);
    return fourth - monday(fourth) + ((p.isoWeek ?? 1) - 1) * 7 + ((weekday + 6) % 7);
  }
  const first = daysFromCivil(p.year, 1, 1);
  if (p.dayOfYear !== undefined) return first + p.dayOfYear - 1;
  if (p.sundayWeek !== undefined)
    return first + ((7 - weekdayOf(first)) % 7) + (p.sundayWeek - 1) * 7 + (p.weekday ?? 0);
  if (p.mondayWeek !== undefined)
    return first + ((7 - monday(first)) % 7) + (p.mondayWeek - 1) * 7 + ((weekday + 6) % 7);
  return daysFromCivil(p.year, p.month, p.day);
}
