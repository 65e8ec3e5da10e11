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
  DuckDBUnionValue,
} from "@duckdb/node-api";
import type { DuckDBResultReader, DuckDBValue } from "@duckdb/node-api";

export type DuckDbRows = {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: unknown[][];
};

type InstantText = (micros: bigint) => string;

/** `instantText`: a TIMESTAMPTZ as text, in UTC unless told otherwise: results do not say their session's time zone. */
export function duckDbRows(reader: DuckDBResultReader, instantText: InstantText = utcText): DuckDbRows {
  const types = reader.columnTypes();
  const columns = reader.columnNames().map((name, i) => ({ name, type: types[i]?.alias ?? String(types[i]) }));
  return { columns, rows: reader.getRows().map((row) => row.map((value) => rowValue(value, instantText))) };
}

function utcText(micros: bigint): string {
  return String(new DuckDBTimestampTZValue(micros));
}

function rowValue(value: DuckDBValue, instantText: InstantText): unknown {
  const inner = (part: DuckDBValue): unknown => rowValue(part, instantText);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(inner);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, field]) => [name, inner(field)]));
  }
  if (value instanceof DuckDBMapValue) {
    return new Map(value.entries.map((entry) => [inner(entry.key), inner(entry.value)]));
  }
  if (value instanceof DuckDBUnionValue) return { tag: value.tag, value: inner(value.value) };
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBIntervalValue) {
    return { months: value.months, days: value.days, micros: value.micros };
  }
  if (value instanceof DuckDBDateValue && !value.isFinite) return value.days > 0 ? "infinity" : "-infinity";
  if (value instanceof DuckDBTimestampValue && !value.isFinite) return value.micros > 0n ? "infinity" : "-infinity";
  if (value instanceof DuckDBTimestampTZValue) {
    if (!value.isFinite) return value.micros > 0n ? "infinity" : "-infinity";
    return instantText(value.micros);
  }
  return String(value);
}
