/** TIME WITH TIME ZONE in generated code; how it lies in its integer: `types/time-tz.ts`. */
import { i64, num } from "../../ir/builder.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { MICROS_PER_DAY, MICROS_PER_SECOND } from "../../types/date-time.ts";
import { MAX_OFFSET, OFFSET_BITS } from "../../types/time-tz.ts";
import type { LowerContext } from "../function.ts";

type Context = Pick<LowerContext, "b">;

const MOST = BigInt(MAX_OFFSET);

/** Microseconds since midnight in UTC: from -15:59:59 to 39:59:59. */
export function utcOf({ b }: Context, packed: Operand): Operand {
  const micros = b.let(num("i64.shr_s", asI64(b, packed), i64(OFFSET_BITS)));
  return operand("i64", micros, { range: { min: -MICROS_PER_DAY, max: 2n * MICROS_PER_DAY } });
}

/** Seconds east of UTC. */
export function offsetOf({ b }: Context, packed: Operand): Operand {
  const bits = num("i64.and", asI64(b, packed), i64(2n ** OFFSET_BITS - 1n));
  return operand("i64", b.let(num("i64.sub", i64(MOST), bits)), { range: { min: -MOST, max: MOST } });
}

/** Microseconds since midnight on the value's own clock. */
export function clockOf(ctx: Context, packed: Operand): Operand {
  const ahead = num("i64.mul", offsetOf(ctx, packed).lo, i64(MICROS_PER_SECOND));
  const micros = ctx.b.let(num("i64.add", utcOf(ctx, packed).lo, ahead));
  return operand("i64", micros, { range: { min: 0n, max: MICROS_PER_DAY } });
}

/** A time at an offset, which is within its bounds. */
export function timeTz({ b }: Context, clock: Operand, offset: Operand): Operand {
  const seconds = asI64(b, offset);
  const utc = num("i64.sub", asI64(b, clock), num("i64.mul", seconds, i64(MICROS_PER_SECOND)));
  const packed = num("i64.or", num("i64.shl", utc, i64(OFFSET_BITS)), num("i64.sub", i64(MOST), seconds));
  return operand("i64", b.let(packed));
}
