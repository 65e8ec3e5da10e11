/** How the tables are cut into independent row ranges. */
import { rowsPerUnit, TABLES, unitCount, type TableName } from "./schema.ts";

export type OutputFormat = "tbl" | "csv" | "parquet";

/** `first` (from 0) and `count` in units of the table, see `unitCount`. */
export type RowRange = { readonly table: TableName; readonly first: number; readonly count: number };

/** A Parquet row group; pieces of text need no such size, and take less memory when smaller. */
const ROWS_PER_RANGE: { readonly [F in OutputFormat]: number } = { tbl: 30_720, csv: 30_720, parquet: 122_880 };

/** The ranges of a table in file order. */
export function* rowRanges(table: TableName, scaleFactor: number, format: OutputFormat): Generator<RowRange, void> {
  const units = unitCount(table, scaleFactor);
  const step = ROWS_PER_RANGE[format] / rowsPerUnit(table);
  for (let first = 0; first < units; first += step) yield { table, first, count: Math.min(step, units - first) };
}

/** All ranges, table after table. */
export function* allRanges(scaleFactor: number, format: OutputFormat): Generator<RowRange, void> {
  for (const table of TABLES) yield* rowRanges(table, scaleFactor, format);
}

/** Rows of all tables; those of lineitem as expected. */
export function totalRows(scaleFactor: number): number {
  return TABLES.reduce((sum, table) => sum + unitCount(table, scaleFactor) * rowsPerUnit(table), 0);
}
