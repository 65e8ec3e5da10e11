/** INTERVAL times and divided by DOUBLE. */
import type { HostFunction, HostRuntime } from "./host.ts";
import { NULL_CELL, numberCell } from "./host.ts";

const DAYS_PER_MONTH = 30;
const MICROS_PER_DAY = 86_400_000_000;

/** Fractions of months become days, fractions of days microseconds. */
function scale(rt: HostRuntime, site: number, lo: bigint, hi: bigint, factor: number): number {
  const months = Number(BigInt.asIntN(32, lo)) * factor;
  const wholeMonths = Math.trunc(months);
  const days = Number(BigInt.asIntN(32, lo >> 32n)) * factor + (months - wholeMonths) * DAYS_PER_MONTH;
  const wholeDays = Math.trunc(days);
  const micros = Math.round(Number(hi) * factor + (days - wholeDays) * MICROS_PER_DAY);
  const fits = Math.abs(wholeMonths) < 2 ** 31 && Math.abs(wholeDays) < 2 ** 31 && Math.abs(micros) < 2 ** 63;
  if (!fits) return rt.fail(site);
  return numberCell(rt, (view) => {
    view.setInt32(0, wholeMonths, true);
    view.setInt32(4, wholeDays, true);
    view.setBigInt64(8, BigInt(micros), true);
  });
}

export const INTERVAL_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  interval_multiply: (rt, site: number, lo: bigint, hi: bigint, factor: number) => scale(rt, site, lo, hi, factor),
  /** NULL for a zero divisor. */
  interval_divide: (rt, site: number, lo: bigint, hi: bigint, divisor: number) =>
    divisor === 0 ? NULL_CELL : scale(rt, site, lo, hi, 1 / divisor),
};
