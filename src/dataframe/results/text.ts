import type { ResultRows } from "../../exec/table/result-rows.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import { eachRow } from "../../exec/table/each-row.ts";

/** All values as CAST to VARCHAR prints them; NULL is null. */
export function decodeText(rows: ResultRows): (string | null)[][] {
  return eachRow(rows, rowText(rows));
}

/** The same for the row at an address. */
export function rowText(rows: ResultRows): (row: number) => (string | null)[] {
  const columns = rows.columns.map((column) => {
    const read = datumReader(rows, column);
    return (row: number): string | null => {
      const value = read(row);
      return value === null ? null : formatDatum(value, column.type);
    };
  });
  return (row) => columns.map((text) => text(row));
}
