/** Dates as text by a format, and what is computed on whole values in JavaScript: age, date_sub, time_bucket. */
import { i64 } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { hostCell, hostNumber, operandArgs, stringArgs } from "../../ir/lower/host-call.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, DATE, INTERVAL, listOf, type SqlType, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";
import { overload, overloads } from "../overload.ts";
import { dateFormat } from "./date-format.ts";
import { addTemporal, dateToTimestamp, dayOfTimestamp, subtractTemporal, timestampToDate } from "./arithmetic.ts";
import { nullWhereInfinite, whereFinite } from "./infinity.ts";
import { localOf, toLocal } from "./zone.ts";

const TIMESTAMP_NS: SqlType = { kind: "Timestamp", unit: "ns" };

/** A date or timestamp as wall time in microseconds. */
const toTimestamp = (ctx: LowerContext, value: Operand, type: SqlType | undefined): Operand =>
  type?.kind === "Date" ? dateToTimestamp(ctx, value) : localOf(ctx, value, type);

const strftime: ScalarFunction = hostScalar({
  name: "strftime",
  category: "date",
  doc:
    "A date or timestamp as text by a format: %Y %y year, %m %b %B month, %d %j day, %a %A %w %u weekday, %H %I %p hour, %M " +
    "minute, %S second, %g %f %n milli-, micro-, nanoseconds, %z %Z zone, %U %W %V %G week, %x %X %c ISO date and time, %% a " +
    "percent sign; `%-` leaves zeros out.",
  examples: [
    ["strftime(DATE '1992-03-02', '%a, %-d %B %Y')", "Mon, 2 March 1992"],
    ["strftime(TIMESTAMP '1992-01-01 20:38:40', '%d/%m/%y %I:%M %p')", "01/01/92 08:38 PM"],
    ["strftime(TIMESTAMPTZ '1992-01-01 20:38:40+00', '%c %z %Z')", "1992-01-01 20:38:40 +00 UTC"],
  ],
  resolve: overloads(
    ...[DATE, TIMESTAMP, TIMESTAMP_NS, TIMESTAMPTZ].flatMap((type) => [
      overload([type, VARCHAR], VARCHAR),
      overload([VARCHAR, type], VARCHAR),
    ]),
  ),
});

/** A constant format tells the type of the result: %z and %Z make instants, %n needs nanoseconds. */
const parsing: ScalarFunction["resolve"] = (types, literals) => {
  const [format, first] = [types[1], types[0]];
  const isText = (type: SqlType | undefined): boolean => type?.kind === "Varchar" || type?.kind === "Null";
  if (types.length !== 2 || !isText(first)) return undefined;
  if (format?.kind === "List") return { args: [VARCHAR, listOf(VARCHAR)], returns: TIMESTAMP };
  if (!isText(format)) return undefined;
  const text = typeof literals[1] === "string" ? literals[1] : "";
  const returns = /%[zZ]/.test(text) ? TIMESTAMPTZ : text.includes("%n") ? TIMESTAMP_NS : TIMESTAMP;
  return { args: [VARCHAR, VARCHAR], returns };
};

const strptime = (name: string, doc: string, examples: ScalarFunction["examples"]): ScalarFunction =>
  hostScalar({ name, category: "date", doc, examples, resolve: parsing });

const ofMoment = (name: string, doc: string, example: readonly [string, string]): ScalarFunction =>
  scalar({
    name,
    category: "date",
    doc,
    examples: [example],
    resolve: overloads(...[DATE, TIMESTAMP, TIMESTAMPTZ].map((type) => overload([type], VARCHAR))),
    lower: (ctx, [value], { args }) => {
      const moment = value as Operand;
      const day = args[0]?.kind === "Date" ? moment : dayOfTimestamp(ctx, localOf(ctx, moment, args[0]));
      return nullWhereInfinite(ctx, [moment], hostCell(ctx, name, "str", [day.lo]));
    },
  });

const age: ScalarFunction = scalar({
  name: "age",
  category: "date",
  doc: "The time between two timestamps (or a timestamp and midnight today) in months, days and time.",
  examples: [["age(TIMESTAMP '2001-04-10', TIMESTAMP '1992-09-20')", "8 years 6 months 20 days"]],
  resolve: overloads(
    ...[TIMESTAMP, TIMESTAMPTZ].flatMap((type) => [overload([type, type], INTERVAL), overload([type], INTERVAL)]),
  ),
  volatility: "stable",
  lower: (ctx, args, { args: types }) => {
    const local = args.map((value) => localOf(ctx, value, types[0]));
    const today = (): Operand => dateToTimestamp(ctx, dayOfTimestamp(ctx, toLocal(ctx, operand("i64", ctx.now))));
    const [end, start] = local.length === 1 ? [today(), local[0] as Operand] : (local as [Operand, Operand]);
    return nullWhereInfinite(ctx, args, hostCell(ctx, "age", "interval", [asI64(ctx.b, end), asI64(ctx.b, start)]));
  },
});

const dateSub: ScalarFunction = scalar({
  name: "date_sub",
  aliases: ["datesub"],
  category: "date",
  doc: "The number of whole periods between two dates or timestamps.",
  examples: [
    ["date_sub('month', DATE '2020-01-31', DATE '2020-02-29')", "1"],
    ["date_sub('hour', TIMESTAMP '2020-01-05 23:00:00', TIMESTAMP '2020-01-06 01:30:00')", "2"],
  ],
  resolve: overloads(...[DATE, TIMESTAMP, TIMESTAMPTZ].map((type) => overload([VARCHAR, type, type], BIGINT))),
  canFail: true,
  lower: (ctx, args, signature) => {
    const [part, start, end] = args as [Operand, Operand, Operand];
    const moments = [toTimestamp(ctx, start, signature.args[1]), toTimestamp(ctx, end, signature.args[2])];
    const site = ctx.site("type", "unknown part of a date");
    const words = [site, ...stringArgs(part.lo), ...moments.map((moment) => asI64(ctx.b, moment))];
    return nullWhereInfinite(ctx, moments, hostCell(ctx, "date_sub", "i64", words));
  },
});

/** What the host function takes for no origin. */
const NO_ORIGIN = i64(-(2n ** 63n));

const timeBucket: ScalarFunction = scalar({
  name: "time_bucket",
  category: "date",
  doc: "The start of the bucket of the given width that a date or timestamp lies in. Buckets of months begin at 2000-01-01, others on 2000-01-03, or all at an origin; or they are shifted by an offset.",
  examples: [
    ["time_bucket(INTERVAL 15 MINUTES, TIMESTAMP '2020-02-02 10:17:00')", "2020-02-02 10:15:00"],
    ["time_bucket(INTERVAL 2 MONTHS, DATE '2020-02-02')", "2020-01-01"],
    ["time_bucket(INTERVAL 3 DAYS, DATE '2020-01-10', DATE '2020-01-02')", "2020-01-08"],
    ["time_bucket(INTERVAL 1 DAY, TIMESTAMPTZ '2020-01-10 10:00:00+00', 'Asia/Tokyo')", "2020-01-09 15:00:00+00"],
  ],
  resolve: overloads(
    ...[DATE, TIMESTAMP, TIMESTAMPTZ].flatMap((type) => [
      overload([INTERVAL, type], type),
      overload([INTERVAL, type, INTERVAL], type),
      overload([INTERVAL, type, type], type),
    ]),
    overload([INTERVAL, TIMESTAMPTZ, VARCHAR], TIMESTAMPTZ),
  ),
  canFail: true,
  lower: (ctx, args, { args: types, returns }) => {
    const [width, value, third] = args as [Operand, Operand, Operand | undefined];
    const at = types[2];
    const moment = types[1]?.kind === "Date" ? dateToTimestamp(ctx, value) : value;
    const start = whereFinite(ctx, moment, (finite) => {
      if (third === undefined) return bucket(ctx, width, finite, NO_ORIGIN);
      if (at?.kind === "Interval") {
        const shifted = bucket(ctx, width, subtractInterval(ctx, finite, third), NO_ORIGIN);
        return addInterval(ctx, shifted, third);
      }
      if (at?.kind === "Varchar") {
        const inZone = (host: string, micros: Operand): Operand => {
          const words = [ctx.site("type", "unknown time zone"), ...stringArgs(third.lo), micros.lo];
          return operand("i64", ctx.b.let(hostNumber(host, "i64", ...words)));
        };
        return inZone("timezone_instant", bucket(ctx, width, inZone("timezone_local", finite), NO_ORIGIN));
      }
      const origin = at?.kind === "Date" ? dateToTimestamp(ctx, third) : third;
      return bucket(ctx, width, finite, asI64(ctx.b, origin));
    });
    return returns.kind === "Date" ? timestampToDate(ctx, start) : start;
  },
});

function bucket(ctx: LowerContext, width: Operand, moment: Operand, origin: Ir): Operand {
  const site = ctx.site("type", "the width of a time bucket must be positive, of months or of days and time");
  return hostCell(ctx, "time_bucket", "i64", [site, ...operandArgs(width), asI64(ctx.b, moment), origin]);
}

const SHIFT = { args: [TIMESTAMP, INTERVAL], returns: TIMESTAMP };
const addInterval = (ctx: LowerContext, moment: Operand, by: Operand): Operand => addTemporal(ctx, [moment, by], SHIFT);
const subtractInterval = (ctx: LowerContext, moment: Operand, by: Operand): Operand =>
  subtractTemporal(ctx, [moment, by], SHIFT);

export const FORMAT_FUNCTIONS: readonly ScalarFunction[] = [
  strftime,
  dateFormat,
  strptime("strptime", "The timestamp that text stands for by a format.", [
    ["strptime('02/03/1992 10:20', '%d/%m/%Y %H:%M')", "1992-03-02 10:20:00"],
    ["strptime('1992-03-02 10:20 +0200', '%Y-%m-%d %H:%M %z')", "1992-03-02 08:20:00+00"],
  ]),
  strptime("try_strptime", "The timestamp that text stands for by a format, NULL if it does not follow it.", [
    ["try_strptime('x', '%Y')", "NULL"],
    ["try_strptime('2020-02', ['%Y-%m-%d', '%Y-%m'])", "2020-02-01 00:00:00"],
  ]),
  hostScalar({
    name: "normalized_interval",
    category: "date",
    doc: "The interval with 30 days as a month and 24 hours as a day.",
    examples: [["normalized_interval(INTERVAL '1 year 40 days 30 hours')", "1 year 1 month 11 days 06:00:00"]],
    resolve: overloads(overload([INTERVAL], INTERVAL)),
    canFail: false,
  }),
  ofMoment("dayname", "The English name of the day of the week.", ["dayname(DATE '1992-03-22')", "Sunday"]),
  ofMoment("monthname", "The English name of the month.", ["monthname(DATE '1992-09-20')", "September"]),
  age,
  dateSub,
  timeBucket,
];
