import { basename } from "node:path";
import { HeadraceError, unsupported } from "../../../error.ts";
import type { LocalFile } from "../../../io/stores/file.ts";
import { VARCHAR } from "../../../planner/types/types.ts";
import { badRecordPolicy, PARSE_OPTIONS } from "../bad-records.ts";
import type { Connector, ConnectorContext, ConnectorTable } from "../connector.ts";
import { readHeader } from "../formats/csv-header.ts";
import { FORMAT_OPTIONS, formatOfPath, type FormatOptions, formatOptions } from "../formats/format-options.ts";
import { csvReader, jsonReader, unreadable } from "../formats/readers.ts";
import { localFiles } from "../../checkpoint/local-files.ts";
import { OptionReader } from "../options.ts";
import type { Sink } from "../sink.ts";
import type { Source } from "../source.ts";
import { EpochFiles } from "./epoch-files.ts";
import { ParquetFiles } from "./parquet-files.ts";
import { type FileRecords, type LineFileOptions, LineFiles } from "./line-files.ts";

type FileOptions = Omit<LineFileOptions, "open"> & { readonly format: FormatOptions };

const DEFAULT_INTERVAL_MS = 500;

function fileOptions(table: ConnectorTable): FileOptions {
  const options = new OptionReader(table);
  const path = options.required("path");
  const format = formatOptions(table, options, formatOfPath(path));
  const strict =
    format.format === "parquet" ? PARSE_OPTIONS.find((name) => options.text(name) !== undefined) : undefined;
  if (strict !== undefined) throw options.wrong(strict, "left out where the format is parquet");
  return {
    path,
    format,
    intervalMs: options.duration("scan.monitor-interval") ?? DEFAULT_INTERVAL_MS,
    once: options.boolean("scan.bounded") ?? false,
    complete: options.choice("scan.files", ["growing", "complete"]) === "complete",
    badRecords: badRecordPolicy(options),
  };
}

async function openSource(table: ConnectorTable, context: ConnectorContext): Promise<Source> {
  const options = fileOptions(table);
  const { format } = options;
  if (format.format === "parquet") {
    if (format.changelog === "upsert") throw unreadable();
    return new ParquetFiles(
      { ...options, weight: format.changelog === "retract" ? format.column : undefined },
      table,
      context,
    );
  }
  // Throws where the table cannot be read.
  const plain =
    format.format === "ndjson" ? jsonReader(table, context, format) : csvReader(table, context, format, undefined);
  const hasHeader = format.format === "csv" && format.csv.header;
  const open = (file: LocalFile, complete: boolean): FileRecords | undefined => {
    if (/\.(gz|zst|bz2|xz|lz4)$/i.test(file.path))
      throw unsupported(`reading compressed files that grow ("${file.path}")`);
    const head = Buffer.alloc(Math.min(file.size, HEAD_BYTES));
    file.readAt(head, 0);
    const start = head.toString("latin1", 0, 3) === BOM ? BOM.length : 0;
    if (!hasHeader) return { reader: plain, start };
    const found = readHeader(head.subarray(start), format.csv, complete);
    if (found === undefined) {
      if (head.length < HEAD_BYTES) return undefined;
      throw new HeadraceError("format", `the header of "${file.path}" does not end within ${HEAD_BYTES} bytes`);
    }
    try {
      return { reader: csvReader(table, context, format, found.names), start: start + found.bytes };
    } catch (error) {
      if (!(error instanceof HeadraceError)) throw error;
      throw new HeadraceError(error.code, `"${file.path}": ${error.message}`, { hint: error.hint });
    }
  };
  return new LineFiles({ ...options, open }, table, context);
}

async function openSink(table: ConnectorTable, context: ConnectorContext): Promise<Sink> {
  const { path, format } = fileOptions(table);
  if (format.changelog === "upsert" && table.primaryKey.length === 0) {
    throw new HeadraceError("bind", `'changelog' = 'upsert' needs a primary key of the table "${table.name}"`, {
      hint: "PRIMARY KEY (...) NOT ENFORCED says what rows are the same one",
    });
  }
  if (format.schemas) throw unsupported("writing debezium-json with schemas");
  if (format.format === "csv" && format.csv.quote === 0) {
    throw new HeadraceError("bind", `CSV without quotes cannot be written: fields may hold the delimiter`);
  }
  return new EpochFiles(localFiles, path, table, format, context);
}

const HEAD_BYTES = 2 ** 20;
const BOM = "\u00ef\u00bb\u00bf";

/** Files, folders and patterns of them, as they grow. */
export const filesystem: Connector = {
  name: "filesystem",
  options: ["path", "scan.monitor-interval", "scan.bounded", "scan.files", ...FORMAT_OPTIONS, ...PARSE_OPTIONS],
  check: (table) => void fileOptions(table),
  metadata: {
    "file.path": { type: VARCHAR, of: (path) => path },
    "file.name": { type: VARCHAR, of: (path) => basename(path) },
  },
  changes: (table) => fileOptions(table).format.changelog !== "append",
  upserts: (table) => {
    const { format } = fileOptions(table);
    return format.changelog === "upsert" ? format.column : undefined;
  },
  source: openSource,
  sink: openSink,
};
