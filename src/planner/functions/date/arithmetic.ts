/** `+` and `-` on DATE, TIME, TIMESTAMP and INTERVAL. */
import { call, get, i32, i64, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { addMonths, floorDiv64 } from "../../ir/lower/civil.ts";
import { exact, type Target } from "../../ir/lower/integer.ts";
import { asI64, integerConstant, rangeOf } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { DATE_INFINITY, TIMESTAMP_INFINITY } from "../../types/date-time.ts";
import {
  BIGINT,
  DATE,
  INTEGER,
  INTERVAL,
  type SqlType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIMETZ,
} from "../../types/types.ts";
import { targetOf } from "../define.ts";
import type { LowerContext, Signature } from "../function.ts";
import { overload, overloads, type Resolve } from "../overload.ts";
import { finiteFlag, whereFinite } from "./infinity.ts";
import { clockOf, offsetOf, timeTz, utcOf } from "./time-tz.ts";
import { isInstant, localOf, toInstant, toLocal } from "./zone.ts";
import { addIntervals, daysOf, makeInterval, microsOf, monthsOf } from "./interval.ts";

export const MICROS_PER_DAY = 86_400_000_000n;

/** Neither text nor two untyped NULLs choose temporal arithmetic. */
const temporalOnly =
  (resolve: Resolve): Resolve =>
  (types, literals) => {
    const isTemporal = (t: SqlType): boolean =>
      t.kind === "Date" ||
      t.kind === "Time" ||
      t.kind === "TimeTz" ||
      t.kind === "Timestamp" ||
      t.kind === "TimestampTz" ||
      t.kind === "Interval";
    return types.some(isTemporal) ? resolve(types, literals) : undefined;
  };

export const resolveAddTemporal: Resolve = temporalOnly(
  overloads(
    overload([DATE, INTEGER], DATE),
    overload([INTEGER, DATE], DATE),
    overload([INTERVAL, INTERVAL], INTERVAL),
    overload([DATE, INTERVAL], TIMESTAMP),
    overload([INTERVAL, DATE], TIMESTAMP),
    overload([TIME, INTERVAL], TIME),
    overload([INTERVAL, TIME], TIME),
    overload([TIMETZ, INTERVAL], TIMETZ),
    overload([INTERVAL, TIMETZ], TIMETZ),
    overload([TIMESTAMP, INTERVAL], TIMESTAMP),
    overload([INTERVAL, TIMESTAMP], TIMESTAMP),
    overload([TIMESTAMPTZ, INTERVAL], TIMESTAMPTZ),
    overload([INTERVAL, TIMESTAMPTZ], TIMESTAMPTZ),
    overload([DATE, TIME], TIMESTAMP),
    overload([TIME, DATE], TIMESTAMP),
    overload([DATE, TIMETZ], TIMESTAMPTZ),
    overload([TIMETZ, DATE], TIMESTAMPTZ),
  ),
);

export const resolveSubtractTemporal: Resolve = temporalOnly(
  overloads(
    overload([DATE, DATE], BIGINT),
    overload([DATE, INTEGER], DATE),
    overload([TIMESTAMP, TIMESTAMP], INTERVAL),
    overload([TIMESTAMPTZ, TIMESTAMPTZ], INTERVAL),
    overload([INTERVAL, INTERVAL], INTERVAL),
    overload([DATE, INTERVAL], TIMESTAMP),
    overload([TIME, INTERVAL], TIME),
    overload([TIMETZ, INTERVAL], TIMETZ),
    overload([TIMESTAMP, INTERVAL], TIMESTAMP),
    overload([TIMESTAMPTZ, INTERVAL], TIMESTAMPTZ),
  ),
);

const timestampTarget: Target = { ...targetOf(TIMESTAMP, "arithmetic"), message: "timestamp out of range" };
const dateTarget: Target = { ...targetOf(DATE, "arithmetic"), message: "date out of range" };

/** Midnight of a day as a TIMESTAMP. */
export function dateToTimestamp(ctx: LowerContext, date: Operand): Operand {
  const midnight = (day: Operand): Operand =>
    exact(ctx, "mul", day, integerConstant(MICROS_PER_DAY, "i64"), timestampTarget);
  const { b } = ctx;
  const finite = finiteFlag(ctx, date);
  if (finite === undefined) return midnight(date);
  const infinity = select(num("i32.lt_s", date.lo, i32(0)), i64(-TIMESTAMP_INFINITY), i64(TIMESTAMP_INFINITY));
  const micros = midnight({ ...date, lo: b.let(select(finite, date.lo, i32(0))) });
  return operand("i64", b.let(select(finite, micros.lo, infinity)));
}

/** The day of a timestamp as a DATE. */
export function timestampToDate(ctx: LowerContext, timestamp: Operand): Operand {
  const { b } = ctx;
  const finite = finiteFlag(ctx, timestamp);
  const day = dayOfTimestamp(ctx, timestamp);
  if (finite === undefined) return day;
  const infinity = select(num("i64.lt_s", timestamp.lo, i64(0)), i32(-DATE_INFINITY), i32(DATE_INFINITY));
  return operand("i32", b.let(select(finite, day.lo, infinity)));
}

/** Days since the epoch in which a microsecond lies. */
export function dayOfTimestamp(ctx: LowerContext, timestamp: Operand): Operand {
  const { min, max } = rangeOf(timestamp);
  const floor = (v: bigint): bigint =>
    (v - (((v % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY)) / MICROS_PER_DAY;
  const days = ctx.b.let(num("i32.wrap_i64", floorDiv64(asI64(ctx.b, timestamp), MICROS_PER_DAY)));
  return operand("i32", days, { range: { min: floor(min), max: floor(max) } });
}

/** Months first, then days, then microseconds; `sign` -1 subtracts. */
function addIntervalTo(ctx: LowerContext, timestamp: Operand, interval: Operand, sign: 1 | -1): Operand {
  return addParts(ctx, timestamp, interval, sign, (finite) => addCalendar(ctx, finite, interval, sign));
}

/** Months and days on the zone's calendar, then microseconds; what has no months and days keeps the very instant. */
function addIntervalToInstant(ctx: LowerContext, instant: Operand, interval: Operand, sign: 1 | -1): Operand {
  if (ctx.timeZone === "UTC") return addIntervalTo(ctx, instant, interval, sign);
  const moved = (finite: Operand): Operand => toInstant(ctx, addCalendar(ctx, toLocal(ctx, finite), interval, sign));
  return addParts(ctx, instant, interval, sign, moved);
}

/** `addDays` adds months and days, where there are any. */
function addParts(
  ctx: LowerContext,
  timestamp: Operand,
  interval: Operand,
  sign: 1 | -1,
  addDays: (finite: Operand) => Operand,
): Operand {
  const { b } = ctx;
  return whereFinite(ctx, timestamp, (finite) => {
    const moved = b.bind(asI64(b, finite));
    b.if(num("i64.ne", interval.lo, i64(0)), () => b.set(moved, addDays(finite).lo));
    const micros = operand("i64", microsOf(interval));
    return exact(ctx, sign === 1 ? "add" : "sub", operand("i64", get(moved)), micros, timestampTarget);
  });
}

function addCalendar(ctx: LowerContext, timestamp: Operand, interval: Operand, sign: 1 | -1): Operand {
  const { b } = ctx;
  const day = dayOfTimestamp(ctx, timestamp);
  const inDay = b.let(
    num("i64.sub", asI64(b, timestamp), num("i64.mul", num("i64.extend_i32_s", day.lo), i64(MICROS_PER_DAY))),
  );
  const months = monthsOf(interval);
  const signedMonths = b.let(sign === 1 ? months : num("i32.sub", i32(0), months));
  const moved = b.let(call(addMonths(ctx), day.lo, signedMonths));
  const days = exact(
    ctx,
    sign === 1 ? "add" : "sub",
    operand("i64", b.let(num("i64.extend_i32_s", moved)), { range: rangeOf(operand("i32", moved)) }),
    operand("i32", b.let(daysOf(interval))),
    { ...timestampTarget, range: { min: -(2n ** 33n), max: 2n ** 33n } },
  );
  const midnight = exact(ctx, "mul", days, integerConstant(MICROS_PER_DAY, "i64"), timestampTarget);
  const inDayOperand = operand("i64", inDay, { range: { min: 0n, max: MICROS_PER_DAY } });
  return exact(ctx, "add", midnight, inDayOperand, timestampTarget);
}

/** Within the day: whole days drop out, overshoot wraps. */
function addToTime(ctx: LowerContext, time: Operand, interval: Operand, sign: 1 | -1): Operand {
  const { b } = ctx;
  const part = num("i64.rem_s", microsOf(interval), i64(MICROS_PER_DAY));
  const sum = b.let(num(sign === 1 ? "i64.add" : "i64.sub", asI64(b, time), part));
  const day = num("i64.mul", floorDiv64(sum, MICROS_PER_DAY), i64(MICROS_PER_DAY));
  return operand("i64", b.let(num("i64.sub", sum, day)), { range: { min: 0n, max: MICROS_PER_DAY - 1n } });
}

/** The same on the clock of a time with an offset, which stays. */
function addToTimeTz(ctx: LowerContext, time: Operand, interval: Operand, sign: 1 | -1): Operand {
  return timeTz(ctx, addToTime(ctx, clockOf(ctx, time), interval, sign), offsetOf(ctx, time));
}

const isDate = (type: SqlType | undefined): boolean => type?.kind === "Date";

function toTimestamp(ctx: LowerContext, value: Operand, type: SqlType | undefined): Operand {
  return isDate(type) ? dateToTimestamp(ctx, value) : value;
}

export function addTemporal(ctx: LowerContext, args: readonly Operand[], signature: Signature): Operand {
  const [type, other] = signature.args;
  const [a, b] = args as [Operand, Operand];
  // The interval, the day count or the time of day second.
  const swap =
    type?.kind === "Interval"
      ? other?.kind !== "Interval"
      : type?.kind === "Integer" || ((type?.kind === "Time" || type?.kind === "TimeTz") && isDate(other));
  if (swap) return addTemporal(ctx, [b, a], { ...signature, args: [other as SqlType, type as SqlType] });
  if (other?.kind === "Interval") {
    if (type?.kind === "Interval") return addIntervals(ctx, "add", a, b);
    if (type?.kind === "Time") return addToTime(ctx, a, b, 1);
    if (type?.kind === "TimeTz") return addToTimeTz(ctx, a, b, 1);
    if (isInstant(type)) return addIntervalToInstant(ctx, a, b, 1);
    return addIntervalTo(ctx, toTimestamp(ctx, a, type), b, 1);
  }
  if (other?.kind === "Time" || other?.kind === "TimeTz") {
    const time = other.kind === "Time" ? b : utcOf(ctx, b);
    return whereFinite(ctx, dateToTimestamp(ctx, a), (midnight) => exact(ctx, "add", midnight, time, timestampTarget));
  }
  return whereFinite(ctx, a, (day) => exact(ctx, "add", day, b, dateTarget));
}

export function subtractTemporal(
  ctx: LowerContext,
  args: readonly Operand[],
  { args: types, returns }: Signature,
): Operand {
  const [a, b] = args as [Operand, Operand];
  const [type, other] = types;
  if (other?.kind === "Interval") {
    if (type?.kind === "Interval") return addIntervals(ctx, "sub", a, b);
    if (type?.kind === "Time") return addToTime(ctx, a, b, -1);
    if (type?.kind === "TimeTz") return addToTimeTz(ctx, a, b, -1);
    if (isInstant(type)) return addIntervalToInstant(ctx, a, b, -1);
    return addIntervalTo(ctx, toTimestamp(ctx, a, type), b, -1);
  }
  if (returns.kind === "BigInt") return exact(ctx, "sub", a, b, targetOf(BIGINT, "subtraction"));
  if (returns.kind === "Date") return whereFinite(ctx, a, (day) => exact(ctx, "sub", day, b, dateTarget));
  for (const side of [a, b]) {
    const finite = finiteFlag(ctx, side);
    if (finite !== undefined) ctx.fail("overflow", "cannot subtract infinite timestamps", num("i32.eqz", finite));
  }
  const [end, start] = [localOf(ctx, a, type), localOf(ctx, b, other)];
  const micros = exact(ctx, "sub", end, start, { ...timestampTarget, message: "interval value out of range" });
  const days = ctx.b.let(num("i64.div_s", micros.lo, i64(MICROS_PER_DAY)));
  const rest: Ir = num("i64.sub", micros.lo, num("i64.mul", days, i64(MICROS_PER_DAY)));
  return makeInterval(ctx, i32(0), num("i32.wrap_i64", days), rest);
}
