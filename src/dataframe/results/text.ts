import type { ResultRows } from "../../exec/table/result-rows.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import { eachRow } from "../../exec/table/each-row.ts";

/** All values as CAST to VARCHAR prints them; NULL is null. */
export function decodeText(rows: ResultRows): (string | null)[][] {
  const columns = rows.columns.map((column) => {
    const read = datumReader(rows, column);
    return (row: number): string | null => {
      const value = read(row);
      return value === null ? null : formatDatum(value, column.type);
    };
  });
  return eachRow(rows, (row) => columns.map((text) => text(row)));
}
