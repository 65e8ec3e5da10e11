/** Results of @duckdb/node-api in our row values, dates and timestamps as text (`temporal: "string"`). */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from "@duckdb/node-api";
import type { DuckDBResultReader, DuckDBValue } from "@duckdb/node-api";

export type DuckDbRows = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: unknown[][];
};

export function duckDbRows(reader: DuckDBResultReader): DuckDbRows {
  const types = reader.columnTypes();
  const columns = reader.columnNames().map((name, i) => ({ name, type: types[i]?.alias ?? String(types[i]) }));
  return { columns, rows: reader.getRows().map((row) => row.map(rowValue)) };
}

function rowValue(value: DuckDBValue): unknown {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(rowValue);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, field]) => [name, rowValue(field)]));
  }
  if (value instanceof DuckDBMapValue) {
    return new Map(value.entries.map((entry) => [rowValue(entry.key), rowValue(entry.value)]));
  }
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBIntervalValue) {
    return { months: value.months, days: value.days, micros: value.micros };
  }
  if (value instanceof DuckDBDateValue && !value.isFinite) return value.days > 0 ? "infinity" : "-infinity";
  if (value instanceof DuckDBTimestampValue && !value.isFinite) return value.micros > 0n ? "infinity" : "-infinity";
  if (value instanceof DuckDBTimestampTZValue && !value.isFinite) return value.micros > 0n ? "infinity" : "-infinity";
  return String(value);
}
