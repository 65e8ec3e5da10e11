/** DATE and TIMESTAMP values as JavaScript Dates. */
import { HeadraceError } from "../../error.ts";
import { DATE_INFINITY } from "./date-time.ts";
import { formatDatum } from "./literals.ts";
import { type SqlType, type TimestampUnit, typeName } from "./types.ts";

const MS_PER_DAY = 86_400_000;
/** Milliseconds that a Date can hold, either way. */
const MAX_DATE = 8.64e15;

function outOfDate(value: number | bigint, type: SqlType): HeadraceError {
  return new HeadraceError(
    "overflow",
    `${typeName(type)} ${formatDatum(value, type)} is out of the range of a JavaScript Date`,
    {
      hint: 'connect with temporal: "string" to get exact text',
    },
  );
}

/** Of days since 1970-01-01. */
export function dateValue(days: number, type: SqlType): Date {
  const ms = days * MS_PER_DAY;
  if (ms > MAX_DATE || ms < -MAX_DATE || Math.abs(days) === DATE_INFINITY) throw outOfDate(days, type);
  return new Date(ms);
}

/** Milliseconds per unit, or units per millisecond. */
const UNIT: { readonly [U in TimestampUnit]: { readonly ms: number; readonly perMs: number } } = {
  s: { ms: 1000, perMs: 1 },
  ms: { ms: 1, perMs: 1 },
  us: { ms: 1, perMs: 1000 },
  ns: { ms: 1, perMs: 1_000_000 },
};

/** Below a millisecond is floored. */
export function timestampValue(value: bigint, type: SqlType, unit: TimestampUnit): Date {
  const { ms, perMs } = UNIT[unit];
  const time = floorWide(value, perMs) * ms;
  if (!(time <= MAX_DATE && time >= -MAX_DATE)) throw outOfDate(value, type);
  return new Date(time);
}

/** The same of a safe integer. */
export function safeTimestampValue(value: number, type: SqlType, unit: TimestampUnit): Date {
  const { ms, perMs } = UNIT[unit];
  const time = floorDivide(value, perMs) * ms;
  if (!(time <= MAX_DATE && time >= -MAX_DATE)) throw outOfDate(value, type);
  return new Date(time);
}

/** Exact for safe integers, where rounding the quotient down would not be. */
function floorDivide(value: number, divisor: number): number {
  const rest = value % divisor;
  return (value - (rest < 0 ? rest + divisor : rest)) / divisor;
}

function floorWide(value: bigint, divisor: number): number {
  const unit = BigInt(divisor);
  const rest = value % unit;
  return Number((value - (rest < 0n ? rest + unit : rest)) / unit);
}
