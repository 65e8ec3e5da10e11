import type { ResultRows } from "../../exec/table/result-rows.ts";

/** Takes rows into a file, which appears under its name, whole, when `finish` returns; `abort` leaves nothing. */
export type RowsWriter = {
  /** Call again only after the promise resolved. */
  readonly append: (rows: ResultRows) => Promise<void>;
  readonly finish: () => Promise<void>;
  readonly abort: () => Promise<void>;
};

/** The columns of the rows to come, and where they go. */
export type OpenWriter = (path: string) => Promise<RowsWriter>;
