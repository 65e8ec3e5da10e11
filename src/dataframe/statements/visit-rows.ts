import type { ResultRows } from "../../exec/table/result-rows.ts";
import { runInSlices } from "../../exec/table/slices.ts";
import type { StatementContext } from "../context.ts";

/** Visits the addresses of all rows; the event loop turns meanwhile. */
export function visitRows(ctx: StatementContext, rows: ResultRows, visit: (row: number) => void): Promise<void> {
  return runInSlices(rowSteps(rows, visit), ctx.signal);
}

/** Rows visited between two looks at the clock. */
const STEP_ROWS = 2048;

function* rowSteps({ segments, stride }: ResultRows, visit: (row: number) => void): Generator<void, void> {
  let count = 0;
  for (const { address, rows } of segments) {
    for (let row = address, end = address + rows * stride; row < end; row += stride) {
      visit(row);
      if (++count % STEP_ROWS === 0) yield;
    }
  }
}
