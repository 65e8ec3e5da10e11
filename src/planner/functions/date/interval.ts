/** INTERVAL values: months, days and microseconds, kept apart. */
import { i64, num } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { exact } from "../../ir/lower/integer.ts";
import { hostCell } from "../../ir/lower/host-call.ts";
import { INT32, INT64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import type { LowerContext } from "../function.ts";

export const monthsOf = (interval: Operand): Ir => num("i32.wrap_i64", interval.lo);
export const daysOf = (interval: Operand): Ir => num("i32.wrap_i64", num("i64.shr_u", interval.lo, i64(32)));
export const microsOf = (interval: Operand): Ir => interval.hi as Ir;

export function makeInterval(ctx: LowerContext, months: Ir, days: Ir, micros: Ir): Operand {
  const low = num("i64.extend_i32_u", months);
  const high = num("i64.shl", num("i64.extend_i32_u", days), i64(32));
  return operand("interval", ctx.b.let(num("i64.or", low, high)), { hi: ctx.b.let(micros) });
}

const MESSAGE = "interval value out of range";

/** Month, day and microsecond parts, each added or subtracted with an overflow check. */
export function addIntervals(ctx: LowerContext, op: "add" | "sub", a: Operand, b: Operand): Operand {
  const part = (rep: "i32" | "i64", x: Ir, y: Ir): Ir => {
    const range = rep === "i32" ? INT32 : INT64;
    const left = operand(rep, ctx.b.let(x));
    return exact(ctx, op, left, operand(rep, ctx.b.let(y)), { range, rep, message: MESSAGE }).lo;
  };
  return makeInterval(
    ctx,
    part("i32", monthsOf(a), monthsOf(b)),
    part("i32", daysOf(a), daysOf(b)),
    part("i64", microsOf(a), microsOf(b)),
  );
}

export function negateInterval(ctx: LowerContext, value: Operand): Operand {
  return addIntervals(ctx, "sub", operand("interval", i64(0), { hi: i64(0) }), value);
}

/** By an integer part by part; by a DOUBLE fractions of months become days, of days microseconds. */
export function multiplyInterval(ctx: LowerContext, interval: Operand, by: Operand): Operand {
  if (by.rep === "f64") {
    const site = ctx.site("overflow", MESSAGE);
    return hostCell(ctx, "interval_multiply", "interval", [site, interval.lo, interval.hi as Ir, by.lo]);
  }
  const times = (rep: "i32" | "i64", x: Ir): Ir => {
    const range = rep === "i32" ? INT32 : INT64;
    return exact(ctx, "mul", operand(rep, ctx.b.let(x)), by, { range, rep, message: MESSAGE }).lo;
  };
  return makeInterval(
    ctx,
    times("i32", monthsOf(interval)),
    times("i32", daysOf(interval)),
    times("i64", microsOf(interval)),
  );
}

export function divideInterval(ctx: LowerContext, interval: Operand, by: Operand): Operand {
  const site = ctx.site("overflow", MESSAGE);
  return hostCell(ctx, "interval_divide", "interval", [site, interval.lo, interval.hi as Ir, by.lo], true);
}
