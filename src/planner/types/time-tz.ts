/**
 * TIME WITH TIME ZONE: a time of day and the offset of its zone from UTC, as one integer in whose order values come: the time in
 * UTC in microseconds (-15:59:59 to 39:59:59), then 17 bits that grow from east to west.
 */
import { formatTime, MICROS_PER_SECOND, parseTimeAndZone, timeOf } from "./date-time.ts";

export const OFFSET_BITS = 17n;
/** Seconds: 15:59:59, the largest offset in either direction. */
export const MAX_OFFSET = 57_599;

/** `micros` since midnight; `offset` in seconds east of UTC. */
export type TimeTz = { readonly micros: bigint; readonly offset: number };

export function packTimeTz({ micros, offset }: TimeTz): bigint {
  return ((micros - BigInt(offset) * MICROS_PER_SECOND) << OFFSET_BITS) | BigInt(MAX_OFFSET - offset);
}

export function unpackTimeTz(packed: bigint): TimeTz {
  const offset = MAX_OFFSET - Number(BigInt.asUintN(Number(OFFSET_BITS), packed));
  return { micros: (packed >> OFFSET_BITS) + BigInt(offset) * MICROS_PER_SECOND, offset };
}

/** A time with an offset (`12:00:00+05:30`), without one that of UTC; undefined for other text. */
export function parseTimeTz(text: string): bigint | undefined {
  const time = parseTimeAndZone(text.trim());
  if (time === undefined || time.zone !== undefined) return undefined;
  const { offset = 0 } = time;
  return Math.abs(offset) > MAX_OFFSET ? undefined : packTimeTz({ micros: timeOf(time, "us"), offset });
}

/** `12:34:56.789+02`, `00:00:00-15:59:59`. */
export function formatTimeTz(packed: bigint): string {
  const { micros, offset } = unpackTimeTz(packed);
  const [hours, ...rest] = formatTime(BigInt(Math.abs(offset)) * MICROS_PER_SECOND, "us").split(":");
  while (rest.at(-1) === "00") rest.pop();
  return `${formatTime(micros, "us")}${offset < 0 ? "-" : "+"}${[hours, ...rest].join(":")}`;
}
