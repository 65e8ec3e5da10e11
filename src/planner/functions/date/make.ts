/** Making dates, timestamps and intervals, and the current moment. */
import { and, call, i32, i64, num, or } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { daysFromCivil, daysInMonth, floorDiv64 } from "../../ir/lower/civil.ts";
import { checkRange, doubleToInteger } from "../../ir/lower/decimal.ts";
import { intervalMicros as intervalLength } from "../../ir/lower/compare.ts";
import { naming } from "../../ir/lower/context.ts";
import { nullOperand } from "../../ir/lower/cast.ts";
import { hostNumber, stringArgs } from "../../ir/lower/host-call.ts";
import { exact } from "../../ir/lower/integer.ts";
import { asI64, INT32, INT64, integerConstant, toRep } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import {
  BIGINT,
  DATE,
  DOUBLE,
  INTEGER,
  INTERVAL,
  type SqlType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIMETZ,
  TIME_NS,
  VARCHAR,
} from "../../types/types.ts";
import { scalar, targetOf } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";
import { addTemporal, dateToTimestamp, dayOfTimestamp, MICROS_PER_DAY, subtractTemporal } from "./arithmetic.ts";
import { finiteOnly, finiteOrZero, nullWhereInfinite } from "./infinity.ts";
import { makeInterval } from "./interval.ts";
import { clockOf } from "./time-tz.ts";
import { toInstant, toLocal } from "./zone.ts";

const BIGINTS = (count: number): SqlType[] => Array.from({ length: count }, () => BIGINT);

/** Days since the epoch; an error for a day that does not exist. */
function civilDay(ctx: LowerContext, [year, month, day]: readonly Operand[]): Ir {
  const { b } = ctx;
  const [y, m, d] = [year, month, day].map((part) => asI64(b, part as Operand)) as [Ir, Ir, Ir];
  const outside = (value: Ir, low: number, high: number): Ir =>
    num("i64.gt_u", num("i64.sub", value, i64(low)), i64(high - low));
  const narrow = (value: Ir): Ir => b.let(num("i32.wrap_i64", value));
  const invalid = b.let(or(outside(y, -5_877_641, 5_881_580), or(outside(m, 1, 12), outside(d, 1, 31))));
  ctx.fail("type", "date out of range", invalid);
  const last = call(daysInMonth(ctx), narrow(y), narrow(m));
  ctx.fail("type", "date out of range", num("i32.gt_s", narrow(d), last));
  return b.let(call(daysFromCivil(ctx), narrow(y), narrow(m), narrow(d)));
}

/** Microseconds of the day. */
function clock(ctx: LowerContext, [hour, minute, second]: readonly Operand[]): Operand {
  const { b } = ctx;
  const [h, m] = [hour, minute].map((part) => asI64(b, part as Operand)) as [Ir, Ir];
  const { value, inside } = doubleToInteger(
    ctx,
    b.let(num("f64.mul", (second as Operand).lo, { op: "const", type: "f64", value: 1e6 })),
    INT64,
  );
  const valid = and(
    and(num("i64.lt_u", h, i64(24)), num("i64.lt_u", m, i64(60))),
    and(inside, num("i64.lt_u", value.lo, i64(60_000_000))),
  );
  ctx.fail("type", "time out of range", num("i32.eqz", valid));
  const micros = num(
    "i64.add",
    num("i64.mul", num("i64.add", num("i64.mul", h, i64(60)), m), i64(60_000_000)),
    value.lo,
  );
  return operand("i64", b.let(micros), { range: { min: 0n, max: 86_399_999_999n } });
}

const makeDate: ScalarFunction = scalar({
  name: "make_date",
  category: "date",
  doc: "The date with the given year, month and day, or so many days after the epoch.",
  examples: [["make_date(1992, 9, 20)", "1992-09-20"]],
  resolve: overloads(overload(BIGINTS(3), DATE), overload([INTEGER], DATE)),
  canFail: true,
  lower: (ctx, args) => (args.length === 1 ? (args[0] as Operand) : operand("i32", civilDay(ctx, args))),
});

const makeTime: ScalarFunction = scalar({
  name: "make_time",
  category: "date",
  doc: "The time with the given hour, minute and seconds.",
  examples: [["make_time(13, 34, 27.5)", "13:34:27.5"]],
  resolve: overloads(overload([BIGINT, BIGINT, DOUBLE], TIME)),
  canFail: true,
  lower: (ctx, args) => clock(ctx, args),
});

const makeTimestamp: ScalarFunction = scalar({
  name: "make_timestamp",
  category: "date",
  doc: "The timestamp with the given parts, or so many microseconds after the epoch.",
  examples: [
    ["make_timestamp(1992, 9, 20, 13, 34, 27.5)", "1992-09-20 13:34:27.5"],
    ["make_timestamp(1000000)", "1970-01-01 00:00:01"],
  ],
  resolve: overloads(overload([BIGINT], TIMESTAMP), overload([...BIGINTS(5), DOUBLE], TIMESTAMP)),
  canFail: true,
  lower: (ctx, args) => {
    if (args.length === 1) return sinceEpoch(ctx, args[0] as Operand);
    return wallTime(ctx, args);
  },
});

/** Microseconds of year, month, day, hour, minute, second. */
function wallTime(ctx: LowerContext, args: readonly Operand[]): Operand {
  const midnight = dateToTimestamp(ctx, operand("i32", civilDay(ctx, args)));
  const moment = exact(ctx, "add", midnight, clock(ctx, args.slice(3, 6)), targetOf(TIMESTAMP, "make_timestamp"));
  return finiteOnly(ctx, moment, OUT_OF_TIME);
}

const OUT_OF_TIME = "timestamp out of range";

/** So many units since the epoch: the numbers that stand for the infinities are none. */
function sinceEpoch(ctx: LowerContext, count: Operand): Operand {
  const value = operand("i64", asI64(ctx.b, count));
  return finiteOnly(naming(ctx, value, BIGINT), value, OUT_OF_TIME);
}

const makeTimestampTz: ScalarFunction = scalar({
  name: "make_timestamptz",
  category: "date",
  doc: "The instant with the given parts in a zone (the session's), or so many microseconds after the epoch.",
  examples: [
    ["make_timestamptz(1992, 9, 20, 13, 34, 27.5)", "1992-09-20 13:34:27.5+00"],
    ["make_timestamptz(1992, 9, 20, 13, 34, 0, 'Asia/Tokyo')", "1992-09-20 04:34:00+00"],
  ],
  resolve: overloads(
    overload([BIGINT], TIMESTAMPTZ),
    overload([...BIGINTS(5), DOUBLE], TIMESTAMPTZ),
    overload([...BIGINTS(5), DOUBLE, VARCHAR], TIMESTAMPTZ),
  ),
  canFail: true,
  lower: (ctx, args) => {
    if (args.length === 1) return sinceEpoch(ctx, args[0] as Operand);
    const local = wallTime(ctx, args);
    const zone = args[6];
    if (zone === undefined) return toInstant(ctx, local);
    const words = [ctx.site("type", "unknown time zone"), ...stringArgs(zone.lo), asI64(ctx.b, local)];
    return operand("i64", ctx.b.let(hostNumber("timezone_instant", "i64", ...words)));
  },
});

const makeFromUnits = (unit: "ms" | "ns", doc: string, result: string): ScalarFunction =>
  scalar({
    name: `make_timestamp_${unit}`,
    category: "date",
    doc,
    examples: [[`make_timestamp_${unit}(1_500_000_000)`, result]],
    resolve: overloads(overload([BIGINT], unit === "ns" ? { kind: "Timestamp", unit } : TIMESTAMP)),
    canFail: true,
    lower: (ctx, [count]) =>
      unit === "ns"
        ? sinceEpoch(ctx, count as Operand)
        : exact(ctx, "mul", count as Operand, integerConstant(1000n, "i64"), targetOf(TIMESTAMP, "make_timestamp_ms")),
  });

type Unit = {
  readonly name: string;
  readonly part: "months" | "days" | "micros";
  readonly size: bigint;
  readonly example: string;
};

const UNITS: readonly Unit[] = [
  { name: "to_millennia", part: "months", size: 12_000n, example: "2000 years" },
  { name: "to_centuries", part: "months", size: 1200n, example: "200 years" },
  { name: "to_decades", part: "months", size: 120n, example: "20 years" },
  { name: "to_years", part: "months", size: 12n, example: "2 years" },
  { name: "to_quarters", part: "months", size: 3n, example: "6 months" },
  { name: "to_months", part: "months", size: 1n, example: "2 months" },
  { name: "to_weeks", part: "days", size: 7n, example: "14 days" },
  { name: "to_days", part: "days", size: 1n, example: "2 days" },
  { name: "to_hours", part: "micros", size: 3_600_000_000n, example: "02:00:00" },
  { name: "to_minutes", part: "micros", size: 60_000_000n, example: "00:02:00" },
  { name: "to_microseconds", part: "micros", size: 1n, example: "00:00:00.000002" },
];

const OUT_OF_RANGE = "interval value out of range";

const toInterval = ({ name, part, size, example }: Unit): ScalarFunction =>
  scalar({
    name,
    category: "date",
    doc: `An interval of so many ${name.slice(3)}.`,
    examples: [[`${name}(2)`, example]],
    resolve: overloads(overload([BIGINT], INTERVAL)),
    canFail: true,
    lower: (ctx, [count]) => {
      const rep = part === "micros" ? "i64" : "i32";
      const target = { range: part === "micros" ? INT64 : INT32, rep, message: OUT_OF_RANGE } as const;
      const total = exact(ctx, "mul", count as Operand, integerConstant(size, "i64"), target).lo;
      if (part === "micros") return makeInterval(ctx, i32(0), i32(0), total);
      return part === "months" ? makeInterval(ctx, total, i32(0), i64(0)) : makeInterval(ctx, i32(0), total, i64(0));
    },
  });

const toFraction = (name: string, micros: number, example: string): ScalarFunction =>
  scalar({
    name,
    category: "date",
    doc: `An interval of so many ${name.slice(3)}, which may have a fraction.`,
    examples: [[`${name}(1.5)`, example]],
    resolve: overloads(overload([DOUBLE], INTERVAL)),
    canFail: true,
    lower: (ctx, [count]) => {
      const scaled = ctx.b.let(num("f64.mul", (count as Operand).lo, { op: "const", type: "f64", value: micros }));
      const { value, inside } = doubleToInteger(ctx, scaled, INT64);
      ctx.fail("overflow", OUT_OF_RANGE, num("i32.eqz", inside));
      return makeInterval(ctx, i32(0), i32(0), value.lo);
    },
  });

/** An interval's length with months of 30 days. */
function intervalMicros(ctx: LowerContext, value: Operand): Operand {
  return toRep(ctx.b, checkRange(ctx, intervalLength(ctx, value), INT64, OUT_OF_RANGE), "i64");
}

/** Units since the epoch as BIGINT. */
const epochUnits = (
  name: string,
  times: bigint,
  by: bigint,
  doc: string,
  examples: ScalarFunction["examples"],
): ScalarFunction =>
  scalar({
    name,
    category: "date",
    doc,
    examples,
    resolve: overloads(
      ...[TIMESTAMP, DATE, TIMESTAMPTZ, TIME, TIMETZ, TIME_NS, INTERVAL].map((type) => overload([type], BIGINT)),
      ...(name === "epoch_ms" ? [overload([BIGINT], TIMESTAMP)] : []),
      ...(name === "epoch_ns" ? [overload([{ kind: "Timestamp", unit: "ns" }], BIGINT)] : []),
    ),
    canFail: true,
    lower: (ctx, [value], { args, returns }) => {
      const x = value as Operand;
      const [type] = args;
      if (type?.kind === "BigInt") return exact(ctx, "mul", x, integerConstant(1000n, "i64"), targetOf(returns, name));
      if (type?.kind === "Timestamp" && type.unit === "ns") return nullWhereInfinite(ctx, [x], x);
      if (type?.kind === "TimeNs") return operand("i64", ctx.b.let(floorDiv64(asI64(ctx.b, x), (by * 1000n) / times)));
      const isMoment = type?.kind !== "Time" && type?.kind !== "TimeTz" && type?.kind !== "Interval";
      const finite = isMoment ? finiteOrZero(ctx, x) : x;
      const micros =
        type?.kind === "Interval"
          ? intervalMicros(ctx, x)
          : type?.kind === "Date"
            ? dateToTimestamp(ctx, finite)
            : type?.kind === "TimeTz"
              ? clockOf(ctx, x)
              : finite;
      const units =
        by !== 1n
          ? operand("i64", ctx.b.let(num("i64.div_s", asI64(ctx.b, micros), i64(by))))
          : exact(ctx, "mul", micros, integerConstant(times, "i64"), targetOf(BIGINT, name));
      return isMoment ? nullWhereInfinite(ctx, [x], units) : units;
    },
  });

const moment = (
  name: string,
  aliases: readonly string[],
  returns: SqlType,
  doc: string,
  lower: (ctx: LowerContext, now: Operand) => Operand,
): ScalarFunction =>
  scalar({
    name,
    aliases,
    category: "date",
    doc,
    examples: [[`${name}() IS NOT NULL`, "true"]],
    resolve: overloads(overload([], returns)),
    volatility: "stable",
    lower: (ctx) => lower(ctx, operand("i64", ctx.now)),
  });

const dateAdd: ScalarFunction = scalar({
  name: "date_add",
  category: "date",
  doc: "A date or timestamp plus an interval.",
  examples: [["date_add(DATE '1992-09-15', INTERVAL 2 MONTH)", "1992-11-15 00:00:00"]],
  resolve: overloads(
    overload([DATE, INTERVAL], TIMESTAMP),
    overload([TIMESTAMP, INTERVAL], TIMESTAMP),
    overload([TIMESTAMPTZ, INTERVAL], TIMESTAMPTZ),
  ),
  canFail: true,
  lower: addTemporal,
});

const toTimestamp: ScalarFunction = scalar({
  name: "to_timestamp",
  category: "date",
  doc: "The moment so many seconds after the epoch.",
  examples: [["to_timestamp(1284352323.5)", "2010-09-13 04:32:03.5+00"]],
  resolve: overloads(overload([DOUBLE], TIMESTAMPTZ)),
  canFail: true,
  lower: (ctx, [seconds]) => {
    const scaled = ctx.b.let(num("f64.mul", (seconds as Operand).lo, { op: "const", type: "f64", value: 1e6 }));
    const { value, inside } = doubleToInteger(ctx, scaled, INT64);
    ctx.fail("overflow", "timestamp out of range", num("i32.eqz", inside));
    return value;
  },
});

/** A continuous query tells its calls by the name: their value is that of the epoch in which a row came. */
export const PROCESSING_TIME = "proctime";

/** The same of the watermark of a row. */
export const CURRENT_WATERMARK = "current_watermark";

const currentWatermark: ScalarFunction = scalar({
  name: CURRENT_WATERMARK,
  category: "date",
  doc: "In a continuous query the watermark that the row's stream had reached before it, of the column with the stream's time; NULL before there is one, and of rows of tables.",
  examples: [["current_watermark(TIMESTAMP '2024-01-01') IS NULL", "true"]],
  resolve: (types) => {
    const [type] = types;
    if (types.length !== 1 || (type?.kind !== "Timestamp" && type?.kind !== "TimestampTz")) return undefined;
    return { args: [type], returns: type };
  },
  nulls: "custom",
  volatility: "stable",
  lower: (_ctx, _args, { returns }) => nullOperand(returns),
});

export const MAKE_FUNCTIONS: readonly ScalarFunction[] = [
  currentWatermark,
  toTimestamp,
  makeDate,
  makeTime,
  makeTimestamp,
  makeTimestampTz,
  makeFromUnits("ms", "The timestamp so many milliseconds after the epoch.", "1970-01-18 08:40:00"),
  makeFromUnits("ns", "The timestamp so many nanoseconds after the epoch.", "1970-01-01 00:00:01.5"),
  ...UNITS.map(toInterval),
  toFraction("to_seconds", 1e6, "00:00:01.5"),
  toFraction("to_milliseconds", 1e3, "00:00:00.0015"),
  dateAdd,
  epochUnits("epoch_ms", 1n, 1000n, "Milliseconds since the epoch; from a number back to the timestamp.", [
    ["epoch_ms(TIMESTAMP '1970-01-01 00:00:01.5')", "1500"],
    ["epoch_ms(1500)", "1970-01-01 00:00:01.5"],
  ]),
  epochUnits("epoch_us", 1n, 1n, "Microseconds since the epoch.", [
    ["epoch_us(TIMESTAMP '1970-01-01 00:00:01')", "1000000"],
  ]),
  epochUnits("epoch_ns", 1000n, 1n, "Nanoseconds since the epoch.", [
    ["epoch_ns(TIMESTAMP '1970-01-01 00:00:01')", "1000000000"],
  ]),
  moment(
    "now",
    ["get_current_timestamp", "transaction_timestamp", "current_timestamp"],
    TIMESTAMPTZ,
    "The moment the query began.",
    (_ctx, now) => now,
  ),
  moment(
    PROCESSING_TIME,
    [],
    TIMESTAMPTZ,
    "The moment at which a row is processed: in a query, the moment it began.",
    (_ctx, now) => now,
  ),
  moment("current_date", ["today"], DATE, "The day the query began, in the session's zone.", (ctx, now) =>
    dayOfTimestamp(ctx, toLocal(ctx, now)),
  ),
  moment(
    "current_localtimestamp",
    ["localtimestamp"],
    TIMESTAMP,
    "The moment the query began as wall time in the session's zone.",
    toLocal,
  ),
  moment(
    "current_localtime",
    ["localtime", "current_time", "get_current_time"],
    TIME,
    "The time of day the query began, in the session's zone.",
    (ctx, now) => {
      const local = toLocal(ctx, now);
      const midnight = num("i64.mul", num("i64.extend_i32_s", dayOfTimestamp(ctx, local).lo), i64(MICROS_PER_DAY));
      return operand("i64", ctx.b.let(num("i64.sub", asI64(ctx.b, local), midnight)));
    },
  ),
  scalar({
    name: "ago",
    category: "date",
    doc: "The moment an interval before the query began.",
    examples: [["ago(INTERVAL 1 DAY) < now()", "true"]],
    resolve: overloads(overload([INTERVAL], TIMESTAMPTZ)),
    volatility: "stable",
    canFail: true,
    lower: (ctx, [by]) =>
      subtractTemporal(ctx, [operand("i64", ctx.now), by as Operand], {
        args: [TIMESTAMPTZ, INTERVAL],
        returns: TIMESTAMPTZ,
      }),
  }),
];
