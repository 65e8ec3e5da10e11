import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { SqlType } from "../../planner/types/types.ts";

/**
 * The watermark of a stream, the processing time of the rows to come, or the moment of the epoch: a time that never goes back. Only
 * the last one knows no end.
 */
export type Clock = TableSource | "processing time" | "now";

/** Microseconds since 1970; `none`: nothing is known yet; `end`: nothing comes any more. */
export type Time = bigint | "none" | "end";

/**
 * The least time that something can have in later epochs: the least of some clocks, each with an offset in microseconds. `late`: holds
 * only if late rows of that stream are left out.
 */
export type Bound = readonly { readonly clock: Clock; readonly offset: bigint; readonly late: boolean }[];

export const shifted = (bound: Bound, micros: bigint): Bound =>
  bound.map((term) => ({ ...term, offset: term.offset + micros }));

/** The least of several bounds; undefined where one is missing. */
export function least(bounds: readonly (Bound | undefined)[]): Bound | undefined {
  const terms: Bound[number][] = [];
  for (const bound of bounds) {
    if (bound === undefined) return undefined;
    for (const term of bound) {
      const at = terms.findIndex(({ clock }) => clock === term.clock);
      if (at < 0) terms.push(term);
      else {
        const { offset, late } = terms[at]!;
        terms[at] = { ...term, offset: offset < term.offset ? offset : term.offset, late: late || term.late };
      }
    }
  }
  return terms;
}

export function timeOf(bound: Bound, read: (clock: Clock) => Time): Time {
  let low: Time = "end";
  for (const { clock, offset } of bound) {
    const time = read(clock);
    if (time === "none") return "none";
    if (time === "end") continue;
    const shiftedTime: bigint = time + offset;
    if (low === "end" || shiftedTime < low) low = shiftedTime;
  }
  return low;
}

/** Units of a type in a microsecond, or microseconds in a unit; undefined for what is no timestamp. */
export function microsPerUnit(type: SqlType): { readonly times: bigint; readonly by: bigint } | undefined {
  if (type.kind === "TimestampTz") return { times: 1n, by: 1n };
  if (type.kind !== "Timestamp") return undefined;
  switch (type.unit) {
    case "s":
      return { times: 1_000_000n, by: 1n };
    case "ms":
      return { times: 1_000n, by: 1n };
    case "us":
      return { times: 1n, by: 1n };
    case "ns":
      return { times: 1n, by: 1_000n };
  }
}

const MOST = 2n ** 63n - 1n;

/** A time in the units of a type of timestamps, down to the unit; nothing known is -infinity, the end infinity. */
export function inUnits(time: Time, type: SqlType): bigint {
  if (time === "none") return -MOST;
  if (time === "end") return MOST;
  const { times, by } = microsPerUnit(type)!;
  const scaled = time * by;
  const quotient = scaled / times;
  return quotient * times > scaled ? quotient - 1n : quotient;
}
