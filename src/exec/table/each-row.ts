import type { ResultRows } from "./result-rows.ts";
import { runAtOnce, runInSlices } from "./slices.ts";

/** What `decode` makes of the address of every row. */
export function eachRow<T>(rows: ResultRows, decode: (row: number) => T): T[] {
  return runAtOnce(rowSteps(rows, decode));
}

/** The same; the event loop turns meanwhile. */
export function eachRowInSlices<T>(rows: ResultRows, decode: (row: number) => T, signal?: AbortSignal): Promise<T[]> {
  return runInSlices(rowSteps(rows, decode), signal);
}

/** Rows decoded between two looks at the clock. */
const STEP_ROWS = 256;

function* rowSteps<T>({ segments, stride }: ResultRows, decode: (row: number) => T): Generator<void, T[]> {
  const values: T[] = [];
  for (const { address, rows: count } of segments) {
    for (let first = 0; first < count; first += STEP_ROWS) {
      const end = address + Math.min(count, first + STEP_ROWS) * stride;
      for (let row = address + first * stride; row < end; row += stride) values.push(decode(row));
      yield;
    }
  }
  return values;
}
