/** date_trunc, date_diff, last_day. */
import { call, i32, i64, num } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { civilFromDays, daysFromCivil, daysInMonth, floorDiv64 } from "../../ir/lower/civil.ts";
import { exact } from "../../ir/lower/integer.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import type { Datum } from "../../expr/expr.ts";
import { BIGINT, DATE, INTERVAL, type SqlType, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../types/types.ts";
import { scalar, targetOf } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";
import { dateToTimestamp, dayOfTimestamp } from "./arithmetic.ts";
import { callNested } from "../nested/host-function.ts";
import { nullWhereInfinite, whereFinite } from "./infinity.ts";
import { isInstant, localOf, toInstant, toLocal } from "./zone.ts";
import { type DatePart, datePartOf, isoDayOfWeek, partOf } from "./parts.ts";

/** Units of the time of day in microseconds. */
const MICROS: Partial<Record<DatePart, bigint>> = {
  hour: 3_600_000_000n,
  minute: 60_000_000n,
  second: 1_000_000n,
  epoch: 1_000_000n,
  millisecond: 1000n,
  microsecond: 1n,
};
/** Units of whole years. */
const YEARS: Partial<Record<DatePart, number>> = { year: 1, decade: 10, century: 100, millennium: 1000 };

/** The part where it is a constant. */
const constantPart = (ctx: LowerContext): DatePart | undefined => {
  const name = ctx.literal(0);
  return typeof name === "string" ? datePartOf(name) : undefined;
};

const toTimestamp = (ctx: LowerContext, value: Operand, type: SqlType | undefined): Operand =>
  type?.kind === "Date" ? dateToTimestamp(ctx, value) : value;

const dayOf = (ctx: LowerContext, value: Operand, type: SqlType | undefined): Ir =>
  type?.kind === "Date" ? value.lo : dayOfTimestamp(ctx, value).lo;

/** The first day of the period that `day` lies in. */
function firstDay(ctx: LowerContext, part: DatePart, day: Ir): Ir {
  const { b } = ctx;
  const civil = daysFromCivil(ctx);
  if (part === "day" || part === "dayofweek" || part === "isodow" || part === "dayofyear" || part === "julian")
    return day;
  if (part === "week" || part === "yearweek") return mondayOf(ctx, day);
  if (part === "isoyear") {
    const isoYear = partOf(ctx, "isoyear", operand("i32", day), DATE);
    // January 4 always lies in week 1.
    return mondayOf(ctx, b.let(call(civil, num("i32.wrap_i64", isoYear.lo), i32(1), i32(4))));
  }
  const [year, month] = b.callMulti(civilFromDays(ctx), day) as [Ir, Ir, Ir];
  if (part === "month") return call(civil, year, month, i32(1));
  if (part === "quarter") {
    const quarter = num("i32.div_s", num("i32.sub", month, i32(1)), i32(3));
    return call(civil, year, num("i32.add", num("i32.mul", quarter, i32(3)), i32(1)), i32(1));
  }
  const size = YEARS[part] ?? 1;
  return call(civil, num("i32.mul", num("i32.div_s", year, i32(size)), i32(size)), i32(1), i32(1));
}

function mondayOf(ctx: LowerContext, day: Ir): Ir {
  return num("i32.sub", day, num("i32.sub", isoDayOfWeek(ctx, day), i32(1)));
}

export const dateTrunc: ScalarFunction = scalar({
  name: "date_trunc",
  aliases: ["datetrunc"],
  category: "date",
  doc: "The start of the period (named by a constant) that a date or timestamp lies in, as a timestamp.",
  examples: [
    ["date_trunc('month', DATE '1995-03-15')", "1995-03-01 00:00:00"],
    ["date_trunc('quarter', DATE '1995-06-15')", "1995-04-01 00:00:00"],
    ["date_trunc('week', DATE '2020-05-06')", "2020-05-04 00:00:00"],
    ["date_trunc('hour', TIMESTAMP '1995-03-15 13:14:15')", "1995-03-15 13:00:00"],
    ["date_trunc('minute', TIMESTAMP '1960-05-06 07:08:09.5')", "1960-05-06 07:08:00"],
  ],
  resolve: (types, literals) => (isKnownPart(literals[0]) ? TRUNCATIONS(types, literals) : undefined),
  canFail: true,
  lower: (ctx, args, signature) => {
    const part = constantPart(ctx);
    const value = args[1] as Operand;
    const type = signature.args[1];
    if (part === undefined || type?.kind === "Interval") {
      return isInstant(type)
        ? toInstant(ctx, callNested(ctx, "date_trunc", [args[0] as Operand, toLocal(ctx, value)], LOCAL_TRUNCATION))
        : callNested(ctx, "date_trunc", args, signature);
    }
    const moment = toTimestamp(ctx, value, type);
    return whereFinite(ctx, moment, (finite) => truncate(ctx, part, finite, isInstant(type)));
  },
});

const TRUNCATIONS = overloads(
  overload([VARCHAR, DATE], TIMESTAMP),
  overload([VARCHAR, TIMESTAMP], TIMESTAMP),
  overload([VARCHAR, TIMESTAMPTZ], TIMESTAMPTZ),
  overload([VARCHAR, INTERVAL], INTERVAL),
);
const LOCAL_TRUNCATION = { args: [VARCHAR, TIMESTAMP], returns: TIMESTAMP };

/** A text literal must name a part; what is computed is checked when it is. */
const isKnownPart = (literal: Datum | undefined): boolean =>
  typeof literal !== "string" || datePartOf(literal) !== undefined;

/** The start of the period. Within a day an instant keeps its offset from UTC, even where clocks go back. */
function truncate(ctx: LowerContext, part: DatePart, moment: Operand, isZoned: boolean): Operand {
  const { b } = ctx;
  const local = isZoned ? toLocal(ctx, moment) : moment;
  const unit = MICROS[part];
  if (unit === undefined) {
    const start = dateToTimestamp(ctx, operand("i32", b.let(firstDay(ctx, part, dayOfTimestamp(ctx, local).lo))));
    return isZoned ? toInstant(ctx, start) : start;
  }
  const micros = asI64(b, local);
  const whole = num("i64.mul", floorDiv64(micros, unit), i64(unit));
  if (!isZoned) return operand("i64", b.let(whole));
  return operand("i64", b.let(num("i64.sub", asI64(b, moment), num("i64.sub", micros, whole))));
}

/** Boundaries between two moments. */
function difference(ctx: LowerContext, part: DatePart, args: readonly Operand[], types: readonly SqlType[]): Operand {
  const { b } = ctx;
  const [start, end] = args as [Operand, Operand];
  const target = targetOf(BIGINT, "date_diff");
  const subtract = (x: Ir, y: Ir): Operand =>
    exact(ctx, "sub", operand("i64", b.let(x)), operand("i64", b.let(y)), target);
  const unit = MICROS[part];
  if (unit !== undefined) {
    const units = (value: Operand, type: SqlType | undefined): Ir =>
      floorDiv64(asI64(b, toTimestamp(ctx, value, type)), unit);
    return subtract(units(end, types[1]), units(start, types[0]));
  }
  const days = [dayOf(ctx, start, types[0]), dayOf(ctx, end, types[1])] as const;
  const wide = (day: Ir): Ir => num("i64.extend_i32_s", day);
  if (part === "isoyear") {
    const year = (day: Ir): Ir => partOf(ctx, "isoyear", operand("i32", day), DATE).lo;
    return subtract(year(days[1]), year(days[0]));
  }
  const size = YEARS[part];
  if (size !== undefined || part === "month" || part === "quarter") {
    const count = (day: Ir): Ir => {
      const [year, month] = b.callMulti(civilFromDays(ctx), day) as [Ir, Ir, Ir];
      if (size !== undefined) return wide(num("i32.div_s", year, i32(size)));
      const months = num("i32.add", num("i32.mul", year, i32(12)), num("i32.sub", month, i32(1)));
      return wide(part === "month" ? months : num("i32.div_s", months, i32(3)));
    };
    return subtract(count(days[1]), count(days[0]));
  }
  const between = subtract(wide(days[1]), wide(days[0]));
  if (part !== "week" && part !== "yearweek") return between;
  return operand("i64", b.let(num("i64.div_s", between.lo, i64(7))));
}

const DIFFERENCES = overloads(
  overload([VARCHAR, DATE, DATE], BIGINT),
  overload([VARCHAR, TIMESTAMP, TIMESTAMP], BIGINT),
  overload([VARCHAR, TIMESTAMPTZ, TIMESTAMPTZ], BIGINT),
);

export const dateDiff: ScalarFunction = scalar({
  name: "date_diff",
  aliases: ["datediff"],
  category: "date",
  doc: "The number of period boundaries between two dates or timestamps.",
  examples: [
    ["date_diff('month', DATE '1992-09-30', DATE '1992-11-01')", "2"],
    ["date_diff('day', DATE '1992-09-30', DATE '1992-09-29')", "-1"],
    ["date_diff('hour', TIMESTAMP '1992-09-30 23:59:59', TIMESTAMP '1992-10-01 01:58:00')", "2"],
  ],
  resolve: (types, literals) => {
    const part = typeof literals[0] === "string" ? datePartOf(literals[0]) : undefined;
    if (typeof literals[0] === "string" && (part === undefined || part === "era" || part === "julian"))
      return undefined;
    return DIFFERENCES(types, literals);
  },
  canFail: true,
  lower: (ctx, args, { args: types, returns }) => {
    const part = constantPart(ctx);
    const moments = args.slice(1).map((value, i) => localOf(ctx, value, types[i + 1]));
    if (part === undefined) {
      const wall = types.map((type) => (isInstant(type) ? TIMESTAMP : type));
      return callNested(ctx, "date_diff", [args[0] as Operand, ...moments], { args: wall, returns });
    }
    return nullWhereInfinite(ctx, moments, difference(ctx, part, moments, types.slice(1)));
  },
});

export const lastDay: ScalarFunction = scalar({
  name: "last_day",
  category: "date",
  doc: "The last day of the month.",
  examples: [["last_day(DATE '1992-02-02')", "1992-02-29"]],
  resolve: overloads(overload([DATE], DATE), overload([TIMESTAMP], DATE), overload([TIMESTAMPTZ], DATE)),
  lower: (ctx, [value], { args }) => {
    const { b } = ctx;
    const local = localOf(ctx, value as Operand, args[0]);
    const [year, month] = b.callMulti(civilFromDays(ctx), dayOf(ctx, local, args[0])) as [Ir, Ir, Ir];
    const last = b.let(call(daysFromCivil(ctx), year, month, call(daysInMonth(ctx), year, month)));
    return nullWhereInfinite(ctx, [value as Operand], operand("i32", last));
  },
});

export const daysOfMonth: ScalarFunction = scalar({
  name: "days_in_month",
  category: "date",
  doc: "The number of days of the month.",
  examples: [["days_in_month(DATE '2020-02-01')", "29"]],
  resolve: overloads(overload([DATE], BIGINT), overload([TIMESTAMP], BIGINT), overload([TIMESTAMPTZ], BIGINT)),
  lower: (ctx, [value], { args }) => {
    const { b } = ctx;
    const local = localOf(ctx, value as Operand, args[0]);
    const [year, month] = b.callMulti(civilFromDays(ctx), dayOf(ctx, local, args[0])) as [Ir, Ir, Ir];
    const days = num("i64.extend_i32_s", call(daysInMonth(ctx), year, month));
    return nullWhereInfinite(ctx, [value as Operand], operand("i64", b.let(days), { range: { min: 28n, max: 31n } }));
  },
});
