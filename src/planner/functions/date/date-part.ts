/** date_part (EXTRACT) and the functions named after a part. */
import type { Datum } from "../../expr/expr.ts";
import type { Operand } from "../../ir/operand.ts";
import {
  BIGINT,
  DATE,
  DOUBLE,
  INTERVAL,
  listOf,
  type SqlType,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from "../../types/types.ts";
import { coercionCost } from "../coercion.ts";
import { scalar } from "../define.ts";
import type { ScalarFunction, Signature } from "../function.ts";
import { callNested } from "../nested/host-function.ts";
import { isInstant, localOf } from "./zone.ts";
import { type DatePart, datePartOf, hasPart, isFractional, partOf } from "./parts.ts";

/** The temporal type itself; text literals are read as timestamps. */
function temporalType(type: SqlType, literal: unknown, part?: DatePart): SqlType | undefined {
  switch (type.kind) {
    case "Date":
      return DATE;
    case "Time":
    case "TimeNs":
    case "TimeTz":
      return type;
    case "Timestamp":
      // Only this part sees what is finer than a microsecond.
      return type.unit === "ns" && part === "nanosecond" ? type : TIMESTAMP;
    case "TimestampTz":
      return TIMESTAMPTZ;
    case "Interval":
      return INTERVAL;
    default:
      return typeof literal === "string" || type.kind === "Null" ? TIMESTAMP : undefined;
  }
}

const returnsOf = (part: DatePart): SqlType => (isFractional(part) ? DOUBLE : BIGINT);

export const datePart: ScalarFunction = scalar({
  name: "date_part",
  aliases: ["datepart", "extract"],
  category: "date",
  doc: "A part of a date, time, timestamp or interval, named by a constant: year, month, day, dow, week, hour, epoch, ...",
  examples: [
    ["date_part('year', DATE '1995-03-15')", "1995"],
    ["EXTRACT(month FROM DATE '1995-03-15')", "3"],
    ["date_part('dow', DATE '2020-01-31')", "5"],
    ["date_part('week', DATE '2021-01-01')", "53"],
    ["date_part('hour', TIMESTAMP '1995-03-15 13:14:15.5')", "13"],
    ["date_part('milliseconds', TIMESTAMP '1995-03-15 13:14:15.5')", "15500"],
    ["date_part('epoch', TIMESTAMP '1970-01-02 00:00:00.5')", "86400.5"],
    ["date_part('month', INTERVAL '14 months')", "2"],
    ["date_part('julian', DATE '2020-01-01')", "2458850.0"],
  ],
  resolve: (types, literals) => {
    const [name, value] = types;
    const part = typeof literals[0] === "string" ? datePartOf(literals[0]) : undefined;
    if (types.length !== 2 || value === undefined) return undefined;
    const type = temporalType(value, literals[1], part);
    if (type === undefined) return undefined;
    if (name?.kind === "List") return structOfParts(literals[0], type);
    if (name?.kind !== "Varchar" && name?.kind !== "Null") return undefined;
    // A part that is not known yet: any but epoch and julian, which have fractions.
    if (typeof literals[0] !== "string") return { args: [VARCHAR, type], returns: BIGINT };
    // Asking a date for its offset is a mistake, unless among other parts.
    if (part === undefined || !hasPart(type, part) || (type.kind === "Date" && part.startsWith("timezone")))
      return undefined;
    return { args: [VARCHAR, type], returns: returnsOf(part) };
  },
  canFail: true,
  lower: (ctx, args, signature) => {
    const name = ctx.literal(0);
    const part = typeof name === "string" ? datePartOf(name) : undefined;
    const [chosen, value] = args as [Operand, Operand];
    const type = signature.args[1] as SqlType;
    if (part !== undefined) return partOf(ctx, part, value, type);
    const wall = isInstant(type) ? TIMESTAMP : type;
    const types = [signature.args[0] as SqlType, wall];
    return callNested(ctx, "date_part", [chosen, localOf(ctx, value, type)], {
      args: types,
      returns: signature.returns,
    });
  },
});

/** date_part of a constant list of parts: a struct with a field for each. */
function structOfParts(names: Datum | undefined, type: SqlType): Signature | undefined {
  if (!Array.isArray(names)) return undefined;
  const parts = names.map((name) => (typeof name === "string" ? datePartOf(name) : undefined));
  if (parts.length === 0 || parts.some((part) => part === undefined || !hasPart(type, part))) return undefined;
  if (new Set(names.map((name) => String(name).toLowerCase())).size < names.length) return undefined;
  const fields = parts.map((part, i) => ({ name: String(names[i]), type: returnsOf(part as DatePart) }));
  return { args: [listOf(VARCHAR), type], returns: { kind: "Struct", fields } };
}

const named = (
  name: string,
  part: DatePart,
  doc: string,
  sample: readonly [string, string],
  aliases: readonly string[] = [],
): ScalarFunction =>
  scalar({
    name,
    aliases,
    category: "date",
    doc,
    examples: [sample],
    resolve: (types, literals) => {
      const [value] = types;
      const type = value === undefined || types.length !== 1 ? undefined : temporalType(value, literals[0], part);
      if (value === undefined || type === undefined || !hasPart(type, part)) return undefined;
      return coercionCost(value, type, literals[0]) === undefined
        ? undefined
        : { args: [type], returns: returnsOf(part) };
    },
    canFail: ({ args, returns }) => args[0]?.kind === "Date" && returns.kind === "Double",
    lower: (ctx, args, signature) => partOf(ctx, part, args[0] as Operand, signature.args[0] as SqlType),
  });

const D = "DATE '1995-03-15'";
const T = "TIMESTAMP '1995-03-15 13:14:15.678'";

export const PART_FUNCTIONS: readonly ScalarFunction[] = [
  named("year", "year", "The year.", [`year(${D})`, "1995"]),
  named("month", "month", "The month, 1 to 12.", [`month(${D})`, "3"]),
  named("day", "day", "The day of the month.", [`day(${D})`, "15"], ["dayofmonth"]),
  named("quarter", "quarter", "The quarter, 1 to 4.", [`quarter(${D})`, "1"]),
  named("week", "week", "The ISO week of the year.", [`week(${D})`, "11"], ["weekofyear"]),
  named("yearweek", "yearweek", "ISO year and week as one number.", [`yearweek(${D})`, "199511"]),
  named("isoyear", "isoyear", "The year that the ISO week belongs to.", ["isoyear(DATE '2021-01-01')", "2020"]),
  named("dayofweek", "dayofweek", "The day of the week, Sunday is 0.", [`dayofweek(${D})`, "3"], ["weekday"]),
  named("isodow", "isodow", "The day of the week, Monday is 1, Sunday 7.", ["isodow(DATE '2021-01-03')", "7"]),
  named("dayofyear", "dayofyear", "The day of the year, from 1.", [`dayofyear(${D})`, "74"]),
  named("century", "century", "The century; 2000 is the last year of the 20th.", ["century(DATE '2000-01-01')", "20"]),
  named("decade", "decade", "The year divided by 10.", [`decade(${D})`, "199"]),
  named("millennium", "millennium", "The millennium.", [`millennium(${D})`, "2"]),
  named("era", "era", "1 for AD, 0 for BC.", [`era(${D})`, "1"]),
  named("hour", "hour", "The hour of the day.", [`hour(${T})`, "13"]),
  named("minute", "minute", "The minute of the hour.", [`minute(${T})`, "14"]),
  named("second", "second", "The second of the minute.", [`second(${T})`, "15"]),
  named("millisecond", "millisecond", "Milliseconds within the minute.", [`millisecond(${T})`, "15678"]),
  named("microsecond", "microsecond", "Microseconds within the minute.", [`microsecond(${T})`, "15678000"]),
  named("nanosecond", "nanosecond", "Nanoseconds within the minute.", [`nanosecond(${T})`, "15678000000"]),
  named("timezone_hour", "timezone_hour", "The hours of the zone's offset from UTC.", ["timezone_hour(now())", "0"]),
  named("timezone_minute", "timezone_minute", "The minutes of the zone's offset from UTC.", [
    "timezone_minute(now())",
    "0",
  ]),
  named("epoch", "epoch", "Seconds since 1970-01-01 00:00:00.", ["epoch(TIMESTAMP '1970-01-01 00:01:00')", "60.0"]),
  named("julian", "julian", "The Julian day number.", ["julian(DATE '2020-01-01')", "2458850.0"]),
];
