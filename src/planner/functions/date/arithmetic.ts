/** `+` and `-` on DATE, TIME, TIMESTAMP and INTERVAL. */
import { call, i32, i64, num } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { addMonths, floorDiv64 } from "../../ir/lower/civil.ts";
import { exact, type Target } from "../../ir/lower/integer.ts";
import { asI64, integerConstant, rangeOf } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, DATE, INTEGER, INTERVAL, type SqlType, TIME, TIMESTAMP, TIMESTAMPTZ } from "../../types/types.ts";
import { targetOf } from "../define.ts";
import type { LowerContext, Signature } from "../function.ts";
import { overload, overloads, type Resolve } from "../overload.ts";
import { addIntervals, daysOf, makeInterval, microsOf, monthsOf } from "./interval.ts";

export const MICROS_PER_DAY = 86_400_000_000n;

/** Neither text nor two untyped NULLs choose temporal arithmetic. */
const temporalOnly =
  (resolve: Resolve): Resolve =>
  (types, literals) => {
    const isTemporal = (t: SqlType): boolean =>
      t.kind === "Date" ||
      t.kind === "Time" ||
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
    overload([TIMESTAMP, INTERVAL], TIMESTAMP),
    overload([INTERVAL, TIMESTAMP], TIMESTAMP),
    overload([TIMESTAMPTZ, INTERVAL], TIMESTAMPTZ),
    overload([INTERVAL, TIMESTAMPTZ], TIMESTAMPTZ),
    overload([DATE, TIME], TIMESTAMP),
    overload([TIME, DATE], TIMESTAMP),
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
    overload([TIMESTAMP, INTERVAL], TIMESTAMP),
    overload([TIMESTAMPTZ, INTERVAL], TIMESTAMPTZ),
  ),
);

const timestampTarget: Target = { ...targetOf(TIMESTAMP, "arithmetic"), message: "timestamp out of range" };

/** Midnight of a day as a TIMESTAMP. */
export function dateToTimestamp(ctx: LowerContext, date: Operand): Operand {
  return exact(ctx, "mul", date, integerConstant(MICROS_PER_DAY, "i64"), timestampTarget);
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
  const { b } = ctx;
  const day = dayOfTimestamp(ctx, timestamp);
  const inDay = b.let(
    num("i64.sub", asI64(b, timestamp), num("i64.mul", num("i64.extend_i32_s", day.lo), i64(MICROS_PER_DAY))),
  );
  const months = monthsOf(interval);
  const signedMonths = b.let(sign === 1 ? months : num("i32.sub", i32(0), months));
  const moved = b.let(call(addMonths(ctx), day.lo, signedMonths));
  const op = sign === 1 ? "add" : "sub";
  const days = exact(
    ctx,
    op,
    operand("i64", b.let(num("i64.extend_i32_s", moved)), { range: rangeOf(operand("i32", moved)) }),
    operand("i32", b.let(daysOf(interval))),
    { ...timestampTarget, range: { min: -(2n ** 33n), max: 2n ** 33n } },
  );
  const midnight = exact(ctx, "mul", days, integerConstant(MICROS_PER_DAY, "i64"), timestampTarget);
  const inDayOperand = operand("i64", inDay, { range: { min: 0n, max: MICROS_PER_DAY } });
  const shifted = exact(ctx, op, inDayOperand, operand("i64", microsOf(interval)), timestampTarget);
  return exact(ctx, "add", midnight, shifted, timestampTarget);
}

/** Within the day: whole days drop out, overshoot wraps. */
function addToTime(ctx: LowerContext, time: Operand, interval: Operand, sign: 1 | -1): Operand {
  const { b } = ctx;
  const part = num("i64.rem_s", microsOf(interval), i64(MICROS_PER_DAY));
  const sum = b.let(num(sign === 1 ? "i64.add" : "i64.sub", asI64(b, time), part));
  const day = num("i64.mul", floorDiv64(sum, MICROS_PER_DAY), i64(MICROS_PER_DAY));
  return operand("i64", b.let(num("i64.sub", sum, day)), { range: { min: 0n, max: MICROS_PER_DAY - 1n } });
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
      : type?.kind === "Integer" || (type?.kind === "Time" && isDate(other));
  if (swap) return addTemporal(ctx, [b, a], { ...signature, args: [other as SqlType, type as SqlType] });
  if (other?.kind === "Interval") {
    if (type?.kind === "Interval") return addIntervals(ctx, "add", a, b);
    if (type?.kind === "Time") return addToTime(ctx, a, b, 1);
    return addIntervalTo(ctx, toTimestamp(ctx, a, type), b, 1);
  }
  if (other?.kind === "Time") return exact(ctx, "add", dateToTimestamp(ctx, a), b, timestampTarget);
  return exact(ctx, "add", a, b, { ...targetOf(DATE, "addition"), message: "date out of range" });
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
    return addIntervalTo(ctx, toTimestamp(ctx, a, type), b, -1);
  }
  if (returns.kind === "BigInt") return exact(ctx, "sub", a, b, targetOf(BIGINT, "subtraction"));
  if (returns.kind === "Date")
    return exact(ctx, "sub", a, b, { ...targetOf(DATE, "subtraction"), message: "date out of range" });
  const micros = exact(ctx, "sub", a, b, { ...timestampTarget, message: "interval value out of range" });
  const days = ctx.b.let(num("i64.div_s", micros.lo, i64(MICROS_PER_DAY)));
  const rest: Ir = num("i64.sub", micros.lo, num("i64.mul", days, i64(MICROS_PER_DAY)));
  return makeInterval(ctx, i32(0), num("i32.wrap_i64", days), rest);
}
