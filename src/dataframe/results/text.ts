import type { ResultRows } from "../../exec/table/result-rows.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import { datumReader } from "./datum.ts";
import { eachRow } from "./rows.ts";

/** All values as CAST to VARCHAR prints them, NULL as `NULL`. */
export function decodeText(rows: ResultRows): string[][] {
  const columns = rows.columns.map((column) => {
    const read = datumReader(rows, column);
    return (row: number): string => formatDatum(read(row), column.type);
  });
  return eachRow(rows, (row) => columns.map((text) => text(row)));
}
