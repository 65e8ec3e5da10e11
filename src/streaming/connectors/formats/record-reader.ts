import type { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import type { LooseColumn } from "../../../exec/table/pack-columns.ts";
import type { SqlType } from "../../../planner/types/types.ts";

/** A column that records have; `nullable` false: a record without a value is bad. */
export type RecordColumn = { readonly name: string; readonly type: SqlType; readonly nullable: boolean };

/** Bytes of a text, `end` exclusive. */
export type ByteRange = { readonly start: number; readonly end: number };

/** What records became. Places are bytes from the text's beginning; records are numbered without those that were rejected. */
export type ParsedRecords = {
  readonly rows: number;
  /** As the table's columns; zeros where a value is NULL. */
  readonly columns: readonly LooseColumn[];
  /** By row; undefined: every row is added once. */
  readonly weights: BigInt64Array | undefined;
  /** The record that a row comes from; undefined: the one of its number. */
  readonly recordOf: Uint32Array | undefined;
  /** What is wrong with records, their rows being here all the same. */
  readonly bad: ReadonlyMap<number, string>;
  /** Malformed records, by a place in each. */
  readonly rejects: readonly { readonly at: number; readonly message: string }[];
};

/** Reads records of one file, or of many that are written alike. */
export interface RecordReader {
  /** Whole records in [address, end), at most `most` of them: how many, and their bytes. */
  scan(address: number, end: number, most: number): { readonly records: number; readonly bytes: number };
  /** Parses whole records. The text may be changed by it. */
  parse(memory: ScanMemory, text: number, bytes: number): ParsedRecords;
  /** Where each record of the text lies, malformed ones included, empty lines left out. */
  ranges(text: Uint8Array): ByteRange[];
}
