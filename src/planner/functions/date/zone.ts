/** Instants (TIMESTAMPTZ) and wall time in the session's time zone. */
import { i64, num, or } from "../../ir/builder.ts";
import { floorDiv64 } from "../../ir/lower/civil.ts";
import { hostNumber, stringArgs } from "../../ir/lower/host-call.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import {
  BIGINT,
  DATE,
  INTERVAL,
  type SqlType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIMETZ,
  VARCHAR,
} from "../../types/types.ts";
import { MICROS_PER_DAY, MICROS_PER_SECOND } from "../../types/date-time.ts";
import { MAX_OFFSET } from "../../types/time-tz.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";
import { nullWhereInfinite } from "./infinity.ts";
import { microsOf } from "./interval.ts";
import { offsetOf as offsetOfTime, timeTz, utcOf } from "./time-tz.ts";

export const isInstant = (type: SqlType | undefined): boolean => type?.kind === "TimestampTz";

/** Wall time of an instant. */
export function toLocal(ctx: LowerContext, instant: Operand): Operand {
  if (ctx.timeZone === "UTC") return instant;
  return operand("i64", ctx.b.let(hostNumber(`zone_local ${ctx.timeZone}`, "i64", asI64(ctx.b, instant))));
}

/** The instant of a wall time. */
export function toInstant(ctx: LowerContext, local: Operand): Operand {
  if (ctx.timeZone === "UTC") return local;
  return operand("i64", ctx.b.let(hostNumber(`zone_instant ${ctx.timeZone}`, "i64", asI64(ctx.b, local))));
}

/** Wall time of a TIMESTAMPTZ; other types are what they are. */
export const localOf = (ctx: LowerContext, value: Operand, type: SqlType | undefined): Operand =>
  isInstant(type) ? toLocal(ctx, value) : value;

/** Seconds that the session's zone is ahead of UTC at an instant, as an i64. */
export function zoneOffset(ctx: LowerContext, instant: Operand): Operand {
  const ahead = num("i64.sub", toLocal(ctx, instant).lo, asI64(ctx.b, instant));
  const seconds = ctx.b.let(num("i64.div_s", ahead, { op: "const", type: "i64", value: 1_000_000n }));
  return operand("i64", seconds, { range: { min: -86_400n, max: 86_400n } });
}

/** timezone(x): seconds ahead of UTC, which only an instant can be. */
function offsetOf(ctx: LowerContext, value: Operand, type: SqlType): Operand {
  if (isInstant(type)) return nullWhereInfinite(ctx, [value], zoneOffset(ctx, value));
  const zero = operand("i64", i64(0), { range: { min: 0n, max: 0n } });
  if (type.kind === "TimeTz") return offsetOfTime(ctx, value);
  return type.kind === "Interval" || type.kind === "Time" ? zero : nullWhereInfinite(ctx, [value], zero);
}

/** The same instant of the day on a clock so far ahead of UTC. */
function atOffset(ctx: LowerContext, ahead: Operand, time: Operand): Operand {
  const { b } = ctx;
  const micros = b.let(microsOf(ahead));
  const most = i64(BigInt(MAX_OFFSET) * MICROS_PER_SECOND);
  const tooFar = or(num("i64.gt_s", micros, most), num("i64.lt_s", micros, num("i64.sub", i64(0), most)));
  const hasDays = num("i64.ne", ahead.lo, i64(0));
  ctx.fail("type", "the offset of a zone is less than 16 hours, without months and days", or(hasDays, tooFar));
  const seconds = b.let(num("i64.div_s", micros, i64(MICROS_PER_SECOND)));
  const local = b.let(num("i64.add", utcOf(ctx, time).lo, num("i64.mul", seconds, i64(MICROS_PER_SECOND))));
  const days = num("i64.mul", floorDiv64(local, MICROS_PER_DAY), i64(MICROS_PER_DAY));
  return timeTz(ctx, operand("i64", b.let(num("i64.sub", local, days))), operand("i64", seconds));
}

const UNKNOWN = "unknown time zone";

const timezone: ScalarFunction = scalar({
  name: "timezone",
  category: "date",
  doc: "AT TIME ZONE: the instant of a wall time in a zone, or the wall time of an instant there; without a zone the session zone's offset from UTC in seconds.",
  examples: [
    ["timezone('America/New_York', TIMESTAMP '2024-07-01 12:00:00')", "2024-07-01 16:00:00+00"],
    ["TIMESTAMPTZ '2024-01-01 12:00:00+00' AT TIME ZONE 'Asia/Kathmandu'", "2024-01-01 17:45:00"],
  ],
  resolve: overloads(
    overload([VARCHAR, TIMESTAMP], TIMESTAMPTZ),
    overload([VARCHAR, TIMESTAMPTZ], TIMESTAMP),
    ...[DATE, TIMESTAMP, TIMESTAMPTZ, TIME, TIMETZ, INTERVAL].map((type) => overload([type], BIGINT)),
    overload([INTERVAL, TIMETZ], TIMETZ),
  ),
  canFail: true,
  lower: (ctx, [zone, value], { args }) => {
    if (value === undefined) return offsetOf(ctx, zone as Operand, args[0] as SqlType);
    if (args[1]?.kind === "TimeTz") return atOffset(ctx, zone as Operand, value);
    const host = isInstant(args[1]) ? "timezone_local" : "timezone_instant";
    const words = [ctx.site("type", UNKNOWN), ...stringArgs((zone as Operand).lo), asI64(ctx.b, value)];
    return operand("i64", ctx.b.let(hostNumber(host, "i64", ...words)));
  },
});

const currentTimeZone: ScalarFunction = scalar({
  name: "current_timezone",
  category: "date",
  doc: "The session's time zone.",
  examples: [["current_timezone()", "UTC"]],
  resolve: overloads(overload([], VARCHAR)),
  lower: (ctx) => operand("str", ctx.b.let(ctx.constantString(ctx.timeZone)), { stable: true }),
});

export const ZONE_FUNCTIONS: readonly ScalarFunction[] = [timezone, currentTimeZone];
