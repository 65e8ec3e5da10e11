/** Readers of records as a table's options want them. */
import { HeadraceError } from "../../../error.ts";
import { BIGINT } from "../../../planner/types/types.ts";
import type { ConnectorContext, ConnectorTable } from "../connector.ts";
import { CsvRecords } from "./csv-records.ts";
import { DebeziumPayloads } from "./debezium-payloads.ts";
import { DebeziumRecords } from "./debezium-records.ts";
import type { FormatOptions } from "./format-options.ts";
import { JsonRecords } from "./json-records.ts";
import type { RecordColumn, RecordReader } from "./record-reader.ts";
import { WeightedRecords } from "./weighted-records.ts";

/** Columns that records have, the changelog's included. Throws `unsupported`. */
function recordColumns({ columns: known }: ConnectorTable, { changelog, column }: FormatOptions): RecordColumn[] {
  const columns = known.map(({ name, type, notNull }) => ({ name, type, nullable: notNull !== true }));
  switch (changelog) {
    case "append":
    case "debezium-json":
      return columns;
    case "retract":
      return [...columns, { name: column, type: BIGINT, nullable: false }];
    case "upsert":
      throw unreadable();
  }
}

/** What an upsert replaces is not in it. */
export function unreadable(): HeadraceError {
  return new HeadraceError(
    "unsupported",
    "a changelog of upserts cannot be read without a key: it does not say what a row was before",
    {
      hint: "PRIMARY KEY (...) NOT ENFORCED tells which rows take the place of which",
    },
  );
}

export function jsonReader(table: ConnectorTable, { kernels }: ConnectorContext, format: FormatOptions): RecordReader {
  const columns = recordColumns(table, format);
  if (format.changelog === "debezium-json") {
    const changes = new DebeziumRecords(columns, kernels);
    return format.schemas ? new DebeziumPayloads(changes) : changes;
  }
  return weighted(new JsonRecords(columns, kernels), format);
}

/** @param header names of the fields in the file; undefined: they are the columns in their order */
export function csvReader(
  table: ConnectorTable,
  context: ConnectorContext,
  format: FormatOptions,
  header: readonly string[] | undefined,
): RecordReader {
  return weighted(new CsvRecords(recordColumns(table, format), format.csv, header, context), format);
}

function weighted(records: RecordReader, { changelog }: FormatOptions): RecordReader {
  return changelog === "retract" ? new WeightedRecords(records) : records;
}
