import { BIGINT } from "../types/types.ts";
import type { TableSource } from "./catalog.ts";

/** The name of the column that numbers a table's rows from 0 on, where the table has none of this name. */
export const ROW_ID = "rowid";

/** A table in memory with one more column, the last: the number of the row in this version of the table. */
export function withRowNumbers(source: TableSource): TableSource {
  const { statistics } = source;
  const { rows } = statistics;
  const numbers = {
    min: rows === 0 ? undefined : 0n,
    max: rows === 0 ? undefined : BigInt(rows - 1),
    nullCount: 0,
    distinct: rows,
    averageBytes: undefined,
  };
  return {
    ...source,
    schema: [...source.schema, { name: ROW_ID, type: BIGINT, nullable: false, lane: "i64", dictionary: false }],
    statistics: { ...statistics, columns: [...statistics.columns, numbers] },
  };
}
