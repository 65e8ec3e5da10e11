import { HeadraceError } from "../../../error.ts";
import type { SqlType } from "../../../planner/types/types.ts";

/** What a caller says of a file; the rest is found out by looking at it. Names as DuckDB's `read_csv` has them. */
export type CsvOptions = {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  readonly escape?: string | undefined;
  readonly header?: boolean | undefined;
  /** Lines to leave out at the beginning. */
  readonly skip?: number | undefined;
  /** What a missing value looks like, besides an empty field. */
  readonly nullText?: string | undefined;
  /** All columns, in order, instead of what the header and the values suggest. */
  readonly columns?: readonly { readonly name: string; readonly type: SqlType }[] | undefined;
  /** Types of some columns, by lower-case name, or of the first ones, in order. */
  readonly types?: ReadonlyMap<string, SqlType> | readonly SqlType[] | undefined;
  readonly names?: readonly string[] | undefined;
  readonly allVarchar?: boolean | undefined;
  /**
   * What becomes of records of the wrong length, and those with values of the wrong type in columns that are read: an error, nothing,
   * or a row of `reject_errors()`.
   */
  readonly badRows?: "error" | "skip" | "collect" | undefined;
  /** Whether something between a closing quote and the delimiter is an error; otherwise it belongs to the field. */
  readonly strict?: boolean | undefined;
  /** Take missing fields at a record's end as NULL. */
  readonly nullPadding?: boolean | undefined;
};

/** One byte, or nothing. Throws `bind`. */
export function byteOption(name: string, text: string): number {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > 1) throw new HeadraceError("unsupported", `${name} must be one ASCII character, not "${text}"`);
  return bytes[0] ?? 0;
}
