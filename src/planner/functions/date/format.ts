/** Dates as text by a format, and what is computed on whole values in JavaScript: age, date_sub, time_bucket. */
import { i32 } from "../../ir/builder.ts";
import { hostCell, operandArgs, stringArgs } from "../../ir/lower/host-call.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, DATE, INTERVAL, type SqlType, TIMESTAMP, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";
import { dateToTimestamp, dayOfTimestamp } from "./arithmetic.ts";

const toTimestamp = (ctx: LowerContext, value: Operand, type: SqlType | undefined): Operand =>
  type?.kind === "Date" ? dateToTimestamp(ctx, value) : value;

const strftime: ScalarFunction = scalar({
  name: "strftime",
  category: "date",
  doc: "A date or timestamp as text by a format: %Y %m %d %H %M %S %f %y %b %B %a %A %j %p %I %% and others, %- without zeros.",
  examples: [
    ["strftime(DATE '1992-03-02', '%a, %-d %B %Y')", "Mon, 2 March 1992"],
    ["strftime(TIMESTAMP '1992-01-01 20:38:40', '%d/%m/%y %I:%M %p')", "01/01/92 08:38 PM"],
  ],
  resolve: overloads(
    overload([DATE, VARCHAR], VARCHAR),
    overload([TIMESTAMP, VARCHAR], VARCHAR),
    overload([VARCHAR, DATE], VARCHAR),
    overload([VARCHAR, TIMESTAMP], VARCHAR),
  ),
  canFail: true,
  lower: (ctx, args, signature) => {
    const at = signature.args[0]?.kind === "Varchar" ? 1 : 0;
    const value = toTimestamp(ctx, args[at] as Operand, signature.args[at]);
    const site = ctx.site("type", "invalid format of strftime");
    return hostCell(ctx, "strftime", "str", [site, asI64(ctx.b, value), ...stringArgs((args[1 - at] as Operand).lo)]);
  },
});

const strptime = (name: string, doc: string, examples: ScalarFunction["examples"], isTry: boolean): ScalarFunction =>
  scalar({
    name,
    category: "date",
    doc,
    examples,
    resolve: overloads(overload([VARCHAR, VARCHAR], TIMESTAMP)),
    canFail: !isTry,
    lower: (ctx, args) => {
      const site = isTry ? i32(-1) : ctx.site("type", "text does not follow the format");
      return hostCell(ctx, "strptime", "i64", [site, ...args.flatMap((arg) => stringArgs(arg.lo))], isTry);
    },
  });

const ofMoment = (name: string, doc: string, example: readonly [string, string]): ScalarFunction =>
  scalar({
    name,
    category: "date",
    doc,
    examples: [example],
    resolve: overloads(overload([DATE], VARCHAR), overload([TIMESTAMP], VARCHAR)),
    lower: (ctx, [value], { args }) => {
      const day = args[0]?.kind === "Date" ? (value as Operand) : dayOfTimestamp(ctx, value as Operand);
      return hostCell(ctx, name, "str", [day.lo]);
    },
  });

const age: ScalarFunction = scalar({
  name: "age",
  category: "date",
  doc: "The time between two timestamps (or a timestamp and midnight today) in months, days and time.",
  examples: [["age(TIMESTAMP '2001-04-10', TIMESTAMP '1992-09-20')", "8 years 6 months 20 days"]],
  resolve: overloads(overload([TIMESTAMP, TIMESTAMP], INTERVAL), overload([TIMESTAMP], INTERVAL)),
  volatility: "stable",
  lower: (ctx, args) => {
    const today = (): Operand => dateToTimestamp(ctx, dayOfTimestamp(ctx, operand("i64", ctx.now)));
    const [end, start] = args.length === 1 ? [today(), args[0] as Operand] : (args as [Operand, Operand]);
    return hostCell(ctx, "age", "interval", [asI64(ctx.b, end), asI64(ctx.b, start)]);
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
  resolve: overloads(overload([VARCHAR, DATE, DATE], BIGINT), overload([VARCHAR, TIMESTAMP, TIMESTAMP], BIGINT)),
  canFail: true,
  lower: (ctx, args, signature) => {
    const [part, start, end] = args as [Operand, Operand, Operand];
    const moments = [toTimestamp(ctx, start, signature.args[1]), toTimestamp(ctx, end, signature.args[2])];
    const site = ctx.site("type", "unknown part of a date");
    return hostCell(ctx, "date_sub", "i64", [site, ...stringArgs(part.lo), ...moments.map((m) => asI64(ctx.b, m))]);
  },
});

const timeBucket: ScalarFunction = scalar({
  name: "time_bucket",
  category: "date",
  doc: "The start of the bucket of the given width that a date or timestamp lies in; buckets of months begin at 2000-01-01, others on 2000-01-03.",
  examples: [
    ["time_bucket(INTERVAL 15 MINUTES, TIMESTAMP '2020-02-02 10:17:00')", "2020-02-02 10:15:00"],
    ["time_bucket(INTERVAL 2 MONTHS, DATE '2020-02-02')", "2020-01-01"],
  ],
  resolve: overloads(overload([INTERVAL, DATE], DATE), overload([INTERVAL, TIMESTAMP], TIMESTAMP)),
  canFail: true,
  lower: (ctx, args, signature) => {
    const [width, value] = args as [Operand, Operand];
    const site = ctx.site("type", "the width of a time bucket must be positive, of months or of days and time");
    const moment = toTimestamp(ctx, value, signature.args[1]);
    const start = hostCell(ctx, "time_bucket", "i64", [site, ...operandArgs(width), asI64(ctx.b, moment)]);
    return signature.returns.kind === "Date" ? dayOfTimestamp(ctx, start) : start;
  },
});

export const FORMAT_FUNCTIONS: readonly ScalarFunction[] = [
  strftime,
  strptime(
    "strptime",
    "The timestamp that text stands for by a format.",
    [["strptime('02/03/1992 10:20', '%d/%m/%Y %H:%M')", "1992-03-02 10:20:00"]],
    false,
  ),
  strptime(
    "try_strptime",
    "The timestamp that text stands for by a format, NULL if it does not follow it.",
    [["try_strptime('x', '%Y')", "NULL"]],
    true,
  ),
  ofMoment("dayname", "The English name of the day of the week.", ["dayname(DATE '1992-03-22')", "Sunday"]),
  ofMoment("monthname", "The English name of the month.", ["monthname(DATE '1992-09-20')", "September"]),
  age,
  dateSub,
  timeBucket,
];
