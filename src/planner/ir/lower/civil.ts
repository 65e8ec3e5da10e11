/**
 * The proleptic Gregorian calendar as helper functions, by the Euclidean affine functions of Neri and Schneider (2022). Years
 * are shifted by whole 400-year cycles so that everything stays unsigned.
 */
import type { HelperContext } from "../../functions/function.ts";
import { and, FunctionBuilder, get, i32, i64, not, num, or, select } from "../builder.ts";
import type { FunctionRef, Ir, IrFunction } from "../ir.ts";

const DAYS_PER_CYCLE = 146_097;
/** Days from 0000-03-01 to 1970-01-01. */
const EPOCH = 719_468;
/** Cycles that make every i32 day positive. */
const CYCLES = 14_704;
/** The same for days near enough to compute in 32 bits. */
const NEAR_CYCLES = 70;
const NEAR_DAYS = 10_000_000;

/** (days since 1970-01-01) -> (year, month 1-12, day 1-31). */
export const civilFromDays = (ctx: HelperContext): FunctionRef => ctx.helper("civil_from_days", makeCivilFromDays);

function makeCivilFromDays(): IrFunction {
  const b = new FunctionBuilder("civil_from_days", ["i32"], ["i32", "i32", "i32"], false);
  const days = b.param(0);
  const century = b.local("i32");
  const dayOfCentury = b.local("i32");
  const shift = b.local("i32");
  const near = num("i32.lt_u", num("i32.add", days, i32(NEAR_DAYS)), i32(2 * NEAR_DAYS));
  b.if(
    near,
    () => {
      const n = num("i32.add", days, i32(EPOCH + DAYS_PER_CYCLE * NEAR_CYCLES));
      const quarters = b.let(num("i32.add", num("i32.shl", n, i32(2)), i32(3)));
      b.set(century, num("i32.div_u", quarters, i32(DAYS_PER_CYCLE)));
      b.set(
        dayOfCentury,
        num("i32.shr_u", num("i32.sub", quarters, num("i32.mul", get(century), i32(DAYS_PER_CYCLE))), i32(2)),
      );
      b.set(shift, i32(400 * NEAR_CYCLES));
    },
    () => {
      const n = num("i64.add", num("i64.extend_i32_s", days), i64(EPOCH + DAYS_PER_CYCLE * CYCLES));
      const quarters = b.let(num("i64.add", num("i64.shl", n, i64(2)), i64(3)));
      b.set(century, num("i32.wrap_i64", num("i64.div_u", quarters, i64(DAYS_PER_CYCLE))));
      b.set(
        dayOfCentury,
        num("i32.wrap_i64", num("i64.shr_u", num("i64.rem_u", quarters, i64(DAYS_PER_CYCLE)), i64(2))),
      );
      b.set(shift, i32(400 * CYCLES));
    },
  );
  const quarters = b.let(num("i32.add", num("i32.shl", get(dayOfCentury), i32(2)), i32(3)));
  const product = b.let(num("i64.mul", num("i64.extend_i32_u", quarters), i64(2_939_745)));
  const yearOfCentury = num("i32.wrap_i64", num("i64.shr_u", product, i64(32)));
  const dayOfYear = b.let(num("i32.shr_u", num("i32.div_u", num("i32.wrap_i64", product), i32(2_939_745)), i32(2)));
  const months = b.let(num("i32.add", num("i32.mul", dayOfYear, i32(2141)), i32(197_913)));
  const nextYear = b.let(num("i32.ge_u", dayOfYear, i32(306)));
  const month = b.let(num("i32.shr_u", months, i32(16)));
  const year = num("i32.add", num("i32.mul", get(century), i32(100)), yearOfCentury);
  b.return(
    num("i32.add", num("i32.sub", year, get(shift)), nextYear),
    num("i32.sub", month, num("i32.mul", nextYear, i32(12))),
    num("i32.add", num("i32.div_u", num("i32.and", months, i32(0xffff)), i32(2141)), i32(1)),
  );
  return b.finish();
}

/** (year, month 1-12, day) -> days since 1970-01-01; any day number counts on from the month's first. */
export const daysFromCivil = (ctx: HelperContext): FunctionRef =>
  ctx.helper("days_from_civil", () => {
    const b = new FunctionBuilder("days_from_civil", ["i32", "i32", "i32"], ["i32"], false);
    const [year, month, day] = [b.param(0), b.param(1), b.param(2)];
    const early = b.let(num("i32.le_s", month, i32(2)));
    const y = b.let(num("i32.sub", num("i32.add", year, i32(400 * CYCLES)), early));
    const m = num("i32.add", month, num("i32.mul", early, i32(12)));
    const century = b.let(num("i32.div_u", y, i32(100)));
    const wide = (v: Ir): Ir => num("i64.extend_i32_u", v);
    const toYear = num(
      "i64.add",
      num("i64.sub", num("i64.shr_u", num("i64.mul", wide(y), i64(1461)), i64(2)), wide(century)),
      wide(num("i32.shr_u", century, i32(2))),
    );
    const toMonth = num("i32.shr_u", num("i32.sub", num("i32.mul", m, i32(979)), i32(2919)), i32(5));
    const inYear = num("i32.sub", num("i32.add", toMonth, day), i32(1));
    const total = num("i64.add", toYear, num("i64.extend_i32_s", inYear));
    b.return(num("i32.wrap_i64", num("i64.sub", total, i64(EPOCH + DAYS_PER_CYCLE * CYCLES))));
    return b.finish();
  });

/** (year, month 1-12) -> 28 to 31. */
export const daysInMonth = (ctx: HelperContext): FunctionRef =>
  ctx.helper("days_in_month", () => {
    const b = new FunctionBuilder("days_in_month", ["i32", "i32"], ["i32"], false);
    const [year, month] = [b.param(0), b.param(1)];
    const by4 = not(num("i32.and", year, i32(3)));
    const by400 = not(num("i32.and", year, i32(15)));
    const leap = and(by4, or(by400, num("i32.ne", num("i32.rem_s", year, i32(25)), i32(0))));
    const long = num("i32.and", num("i32.add", month, num("i32.shr_u", month, i32(3))), i32(1));
    const isFebruary = num("i32.eq", month, i32(2));
    b.return(select(isFebruary, num("i32.add", i32(28), leap), num("i32.add", i32(30), long)));
    return b.finish();
  });

/** (days, months to add) -> days: the same day of the month, or the month's last. */
export const addMonths = (ctx: HelperContext): FunctionRef =>
  ctx.helper("add_months", (helpers) => {
    const b = new FunctionBuilder("add_months", ["i32", "i32"], ["i32"], false);
    b.if(not(b.param(1)), () => b.return(b.param(0)));
    const [year, month, day] = b.callMulti(civilFromDays(helpers), b.param(0)) as [Ir, Ir, Ir];
    const total = b.let(num("i32.add", num("i32.sub", month, i32(1)), b.param(1)));
    const years = b.let(floorDiv(total, 12));
    const newYear = b.let(num("i32.add", year, years));
    const newMonth = b.let(num("i32.add", num("i32.sub", total, num("i32.mul", years, i32(12))), i32(1)));
    const [last] = b.callMulti(daysInMonth(helpers), newYear, newMonth) as [Ir];
    const newDay = select(num("i32.lt_s", day, last), day, last);
    const [days] = b.callMulti(daysFromCivil(helpers), newYear, newMonth, newDay) as [Ir];
    b.return(days);
    return b.finish();
  });

/** Division rounding down, by a positive constant: for negative x it is ~(~x / by). `value` must be repeatable. */
export function floorDiv(value: Ir, by: number): Ir {
  const sign = num("i32.shr_s", value, i32(31));
  return num("i32.xor", num("i32.div_s", num("i32.xor", value, sign), i32(by)), sign);
}

/** The same on i64. */
export function floorDiv64(value: Ir, by: bigint): Ir {
  const sign = num("i64.shr_s", value, i64(63));
  return num("i64.xor", num("i64.div_s", num("i64.xor", value, sign), i64(by)), sign);
}
