import type { SqlType } from "../../../planner/types/types.ts";

/** How values follow each other: one a line, the items of one array, or one after the other as they come. */
export type JsonFormat = "lines" | "array" | "stream";

/** What a caller says of a file; the rest is found out by looking at it. Names as DuckDB's `read_json` has them. */
export type JsonOptions = {
  readonly format?: JsonFormat | undefined;
  /** Whether every value is an object whose keys are the columns; otherwise values are the column `json`. */
  readonly records?: boolean | undefined;
  /** All columns by their keys, instead of what the values suggest. Other keys are left out. */
  readonly columns?: readonly { readonly name: string; readonly type: SqlType }[] | undefined;
  /** Values to look at; Infinity: all of them. */
  readonly sampleSize?: number | undefined;
  /** Levels of nesting that become types; deeper values are JSON. */
  readonly maximumDepth?: number | undefined;
  /** Leave malformed lines out, and take values that do not fit as NULL. Only where there is one value a line. */
  readonly ignoreErrors?: boolean | undefined;
  /** Objects of this many keys with values of one type are MAPs. */
  readonly mapInferenceThreshold?: number | undefined;
  /** Objects whose keys come less often than this, on average, are MAPs. */
  readonly fieldAppearanceThreshold?: number | undefined;
};
