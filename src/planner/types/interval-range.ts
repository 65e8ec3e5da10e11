/** Interval text of several fields, as standard SQL has it: `'1-2' YEAR TO MONTH`, `'3 04:05:06.7' DAY TO SECOND`. */
import type { IntervalValue } from "../expr/expr.ts";

const FIELDS = ["day", "hour", "minute", "second"] as const;
/** What stands in front of a field, and how many of it make one of the field before. */
const SEPARATORS = { day: "", hour: " ", minute: ":", second: ":" } as const;
const LIMITS = { day: Number.POSITIVE_INFINITY, hour: 24, minute: 60, second: 60 } as const;
const MICROS = { day: 0, hour: 3_600_000_000, minute: 60_000_000, second: 1_000_000 } as const;
const MONTHS = 12;
/** Numbers of that many digits stay exact in microseconds. */
const DIGITS = "\\d{1,6}";

/** The fields `from` to `to` of a text; undefined where they are no range, or the text has not those fields. */
export function parseIntervalRange(text: string, from: string, to: string): IntervalValue | undefined {
  const [, sign = "", body = ""] = /^\s*([+-]?)\s*(.*?)\s*$/.exec(text) ?? [];
  const value = from === "year" && to === "month" ? yearsToMonths(body) : dayTime(body, from, to);
  if (value === undefined || sign !== "-") return value;
  return { months: 0 - value.months, days: 0 - value.days, micros: -value.micros };
}

function yearsToMonths(body: string): IntervalValue | undefined {
  const match = new RegExp(`^(${DIGITS})-(\\d{1,2})$`).exec(body);
  const [years, months] = [Number(match?.[1]), Number(match?.[2])];
  return match === null || months >= MONTHS ? undefined : { months: years * MONTHS + months, days: 0, micros: 0n };
}

function dayTime(body: string, from: string, to: string): IntervalValue | undefined {
  const [first, last] = [FIELDS.findIndex((field) => field === from), FIELDS.findIndex((field) => field === to)];
  if (first < 0 || last <= first) return undefined;
  const fields = FIELDS.slice(first, last + 1);
  const patterns = fields.map((field, i) => {
    const digits = i === 0 ? DIGITS : "\\d{1,2}";
    return `${i === 0 ? "" : SEPARATORS[field]}(${digits}${field === "second" ? "(?:\\.\\d{1,6})?" : ""})`;
  });
  const match = new RegExp(`^${patterns.join("")}$`).exec(body);
  if (match === null) return undefined;
  let [days, micros] = [0, 0];
  for (const [i, field] of fields.entries()) {
    const value = Number(match[i + 1]);
    if (i > 0 && value >= LIMITS[field]) return undefined;
    if (field === "day") days = value;
    else micros += Math.round(value * MICROS[field]);
  }
  return { months: 0, days, micros: BigInt(micros) };
}
