/**
 * Time zones by their IANA names: the offset of wall time from UTC at an instant, and instants of wall times. Offsets come
 * from Intl, which is slow; transitions are found once per year and kept.
 */
const MICROS_PER_SECOND = 1_000_000n;
/** `infinity` as an instant or a wall time. */
const TIMESTAMP_INFINITY = 2n ** 63n - 1n;

export type TimeZone = {
  /** As written in the tz database; `UTC` for every name of UTC. */
  readonly name: string;
  /** Seconds east of UTC at an instant, given in seconds since the epoch. */
  readonly offsetAt: (seconds: number) => number;
};

/** The session's zone, and zones that a text names; undefined for no zone. */
export type Zones = { readonly zone: TimeZone; readonly named: (name: string) => TimeZone | undefined };

export const UTC: TimeZone = { name: "UTC", offsetAt: () => 0 };

const UTC_NAMES: ReadonlySet<string> = new Set([
  "utc",
  "gmt",
  "z",
  "zulu",
  "etc/utc",
  "etc/gmt",
  "universal",
  "uct",
  "greenwich",
]);
/** Abbreviations that Intl does not know. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
  ["pst", "America/Los_Angeles"],
  ["cst", "America/Chicago"],
  ["ist", "Asia/Kolkata"],
  ["jst", "Asia/Tokyo"],
  ["ast", "America/Anchorage"],
]);

/** The zone of a name (letter case does not matter) or of an offset such as `+05:30`; undefined when there is none. */
export function openTimeZone(name: string): TimeZone | undefined {
  const key = name.trim().toLowerCase();
  if (UTC_NAMES.has(key)) return UTC;
  const fixed = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(key);
  if (fixed !== null) {
    const seconds = Number(fixed[2]) * 3600 + Number(fixed[3] ?? 0) * 60;
    if (seconds > 18 * 3600) return undefined;
    return { name: name.trim(), offsetAt: () => (fixed[1] === "-" ? -seconds : seconds) };
  }
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: ABBREVIATIONS.get(key) ?? key,
      timeZoneName: "longOffset",
      year: "numeric",
    });
    return cachedZone(ABBREVIATIONS.get(key) ?? properName(format, key), (seconds) => offsetOf(format, seconds));
  } catch {
    return undefined;
  }
}

/** Intl's canonical name may be another zone's (Asia/Calcutta): kept is the spelling of what was asked for. */
function properName(format: Intl.DateTimeFormat, key: string): string {
  const known = format.resolvedOptions().timeZone;
  if (known.toLowerCase() === key) return known;
  if (!key.includes("/")) return key.toUpperCase();
  return key.replace(/(^|[/_-])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase());
}

/** What JavaScript's Date can hold. */
const MOST_SECONDS = 8.64e12;

function offsetOf(format: Intl.DateTimeFormat, seconds: number): number {
  const instant = Math.max(-MOST_SECONDS, Math.min(MOST_SECONDS, seconds)) * 1000;
  const name = format.formatToParts(instant).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const match = /GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(name.replace("−", "-"));
  if (match === null) return 0;
  const offset = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return match[1] === "-" ? -offset : offset;
}

/** Within a period: the offsets that begin in it, by the second at which they do. */
type Period = { readonly starts: readonly number[]; readonly offsets: readonly number[] };

/** About a year. */
const PERIOD_SECONDS = 2 ** 25;
/** No two transitions are closer than this. */
const STEP_SECONDS = 2 ** 20;
const MOST_PERIODS = 4096;

function cachedZone(name: string, compute: (seconds: number) => number): TimeZone {
  const periods = new Map<number, Period>();
  let last: { readonly index: number; readonly period: Period } | undefined;
  const periodOf = (index: number): Period => {
    if (last?.index === index) return last.period;
    let period = periods.get(index);
    if (period === undefined) {
      period = findTransitions(index * PERIOD_SECONDS, compute);
      if (periods.size >= MOST_PERIODS) periods.clear();
      periods.set(index, period);
    }
    last = { index, period };
    return period;
  };
  return {
    name,
    offsetAt: (seconds) => {
      const { starts, offsets } = periodOf(Math.floor(seconds / PERIOD_SECONDS));
      let i = starts.length - 1;
      while (i > 0 && seconds < (starts[i] as number)) i--;
      return offsets[i] as number;
    },
  };
}

function findTransitions(from: number, compute: (seconds: number) => number): Period {
  const starts = [from];
  const offsets = [compute(from)];
  for (let at = from; at < from + PERIOD_SECONDS; at += STEP_SECONDS) {
    const before = offsets.at(-1) as number;
    let [low, high] = [at, Math.min(at + STEP_SECONDS, from + PERIOD_SECONDS) - 1];
    const after = compute(high);
    if (after === before) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (compute(middle) === before) low = middle;
      else high = middle;
    }
    starts.push(high);
    offsets.push(after);
  }
  return { starts, offsets };
}

const isInfinite = (micros: bigint): boolean => micros === TIMESTAMP_INFINITY || micros === -TIMESTAMP_INFINITY;

const secondsOf = (micros: bigint): number => Math.floor(Number(micros / 1000n) / 1000);

/** Wall time in the zone, as microseconds since 1970-01-01 00:00:00 of that clock. Infinity stays. */
export function localOfInstant(zone: TimeZone, instant: bigint): bigint {
  if (isInfinite(instant)) return instant;
  return instant + BigInt(zone.offsetAt(secondsOf(instant))) * MICROS_PER_SECOND;
}

const DAY_SECONDS = 86_400;

/** The instant of a wall time: the later one where clocks went back, as if they had not gone forward where it does not exist. */
export function instantOfLocal(zone: TimeZone, local: bigint): bigint {
  if (isInfinite(local) || zone === UTC) return local;
  const seconds = secondsOf(local);
  const before = zone.offsetAt(seconds - DAY_SECONDS);
  const after = zone.offsetAt(seconds + DAY_SECONDS);
  const offset = before === after || zone.offsetAt(seconds - after) !== after ? before : after;
  return local - BigInt(offset) * MICROS_PER_SECOND;
}

/** An offset as text: `+02`, `-07:52`. */
export function formatOffset(seconds: number): string {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const two = (n: number): string => String(n).padStart(2, "0");
  const text = `${seconds < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}`;
  return minutes % 60 === 0 ? text : `${text}:${two(minutes % 60)}`;
}

/** Zones opened once; they live as long as this. */
export class ZoneTable {
  private readonly opened = new Map<string, TimeZone | undefined>();

  get(name: string): TimeZone | undefined {
    if (this.opened.has(name)) return this.opened.get(name);
    const zone = openTimeZone(name);
    if (this.opened.size >= 1000) this.opened.clear();
    this.opened.set(name, zone);
    return zone;
  }
}
