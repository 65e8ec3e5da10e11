/** What assigns rows to windows of time. */
import type { IntervalValue } from "../../expr/expr.ts";
import { i32, i64, not, num, select } from "../../ir/builder.ts";
import { exact, type Target } from "../../ir/lower/integer.ts";
import { asI64, integerConstant, rangeOf } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { INTERVAL, TIMESTAMP, TIMESTAMPTZ } from "../../types/types.ts";
import { scalar, targetOf } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";
import { MICROS_PER_DAY } from "./arithmetic.ts";
import { finiteOnly, whereFinite } from "./infinity.ts";
import { daysOf, microsOf, monthsOf } from "./interval.ts";

const timestampTarget: Target = { ...targetOf(TIMESTAMP, "arithmetic"), message: "timestamp out of range" };
const lengthTarget: Target = { ...timestampTarget, message: "the length of a window is out of range" };
const NO_MONTHS = "a window's length is of days and time: months have no fixed length";

/** An interval without months in microseconds. */
function lengthOf(ctx: LowerContext, arg: number, interval: Operand): Operand {
  const { b } = ctx;
  const constant = ctx.literal(arg) as IntervalValue | null | undefined;
  if (constant !== undefined && constant !== null && constant.months === 0)
    return integerConstant(BigInt(constant.days) * MICROS_PER_DAY + constant.micros, "i64");
  ctx.fail("overflow", NO_MONTHS, num("i32.ne", monthsOf(interval), i32(0)));
  const day = integerConstant(MICROS_PER_DAY, "i64");
  const days = exact(ctx, "mul", operand("i32", b.let(daysOf(interval))), day, lengthTarget);
  return exact(ctx, "add", days, operand("i64", b.let(microsOf(interval))), lengthTarget);
}

/** An error, and 1 in its place, where the length is not positive. */
function positive(ctx: LowerContext, length: Operand): Operand {
  if (rangeOf(length).min > 0n) return length;
  const { b } = ctx;
  const isPositive = b.let(num("i64.gt_s", asI64(b, length), i64(0)));
  ctx.fail("overflow", "the length of a window is positive", not(isPositive));
  return { ...length, lo: b.let(select(isPositive, asI64(b, length), i64(1))) };
}

const windowStart: ScalarFunction = scalar({
  name: "window_start",
  category: "date",
  doc: "The start of the window of a length, aligned to 1970-01-01 plus an offset, that a timestamp lies in.",
  examples: [
    ["window_start(TIMESTAMP '2020-02-02 10:17:23', INTERVAL '10' MINUTE)", "2020-02-02 10:10:00"],
    ["window_start(TIMESTAMP '2020-02-02 10:17:23', INTERVAL '10' MINUTE, INTERVAL '3' MINUTE)", "2020-02-02 10:13:00"],
    ["window_start(TIMESTAMP '1969-12-31 23:59:59.999999', INTERVAL '7' DAY)", "1969-12-25 00:00:00"],
    ["window_start(NULL::TIMESTAMP, INTERVAL '1' DAY)", "NULL"],
  ],
  resolve: overloads(
    overload([TIMESTAMP, INTERVAL], TIMESTAMP),
    overload([TIMESTAMP, INTERVAL, INTERVAL], TIMESTAMP),
    overload([TIMESTAMPTZ, INTERVAL], TIMESTAMPTZ),
    overload([TIMESTAMPTZ, INTERVAL, INTERVAL], TIMESTAMPTZ),
  ),
  canFail: true,
  lower: (ctx, args) => {
    const { b } = ctx;
    const [time, size, offset] = args as [Operand, Operand, Operand | undefined];
    const length = positive(ctx, lengthOf(ctx, 1, size));
    const shift = offset === undefined ? undefined : lengthOf(ctx, 2, offset);
    return whereFinite(ctx, time, (finite) => {
      const shifted = shift === undefined ? finite : exact(ctx, "sub", finite, shift, timestampTarget);
      const remainder = b.let(num("i64.rem_s", asI64(b, shifted), asI64(b, length)));
      const wrapped = select(num("i64.lt_s", remainder, i64(0)), asI64(b, length), i64(0));
      const inside = operand("i64", b.let(num("i64.add", remainder, wrapped)), {
        range: { min: 0n, max: rangeOf(length).max },
      });
      return exact(ctx, "sub", finite, inside, timestampTarget);
    });
  },
});

/** No window has a row without a time: an error instead of rows that are dropped in silence. */
const timeAttribute: ScalarFunction = scalar({
  name: "time_attribute",
  category: "date",
  doc: "A timestamp that assigns its row to windows: an error where it is NULL or infinite.",
  examples: [["time_attribute(TIMESTAMP '2020-02-02 10:17:23')", "2020-02-02 10:17:23"]],
  resolve: overloads(overload([TIMESTAMP], TIMESTAMP), overload([TIMESTAMPTZ], TIMESTAMPTZ)),
  nulls: "custom",
  canFail: true,
  lower: (ctx, args) => {
    const [time] = args as [Operand];
    if (time.valid !== undefined) ctx.fail("constraint", "a row without a time lies in no window", not(time.valid));
    const value = { ...time, valid: undefined };
    return finiteOnly(ctx, value, "a row of an infinite time lies in no window");
  },
});

export const WINDOW_FUNCTIONS: readonly ScalarFunction[] = [windowStart, timeAttribute];
