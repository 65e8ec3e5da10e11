import { DirectoryLock } from "../../checkpoint/directory-lock.ts";
import { localFiles } from "../../checkpoint/local-files.ts";
import { badRecordPolicy, PARSE_OPTIONS } from "../bad-records.ts";
import type { Connector, ConnectorContext, ConnectorTable } from "../connector.ts";
import { FORMAT_OPTIONS, type FormatOptions, formatOptions } from "../formats/format-options.ts";
import { jsonReader } from "../formats/readers.ts";
import { OptionReader } from "../options.ts";
import type { Source } from "../source.ts";
import { type HttpOptions, HttpSource } from "./http-source.ts";
import { Journal } from "../../journal.ts";

type Settings = {
  readonly format: FormatOptions;
  readonly journal: string;
  readonly segmentBytes: number;
  readonly server: Omit<HttpOptions, "reader" | "onClose">;
};

function settingsOf(table: ConnectorTable): Settings {
  const options = new OptionReader(table);
  const format = formatOptions(table, options, "ndjson");
  if (format.format !== "ndjson") throw options.wrong("format", "json or debezium-json");
  const port = options.integer("port") ?? Number(options.required("port"));
  if (port > 65_535) throw options.wrong("port", "65535 at most");
  const path = options.text("path") ?? "/";
  if (!path.startsWith("/")) throw options.wrong("path", "a path that begins with a slash");
  return {
    format,
    journal: options.required("journal.path"),
    segmentBytes: options.bytes("journal.segment-bytes") ?? 16 * 2 ** 20,
    server: {
      host: options.text("host") ?? "127.0.0.1",
      port,
      path,
      maxBacklog: options.bytes("max-backlog") ?? 256 * 2 ** 20,
      maxBody: options.bytes("max-body") ?? 16 * 2 ** 20,
      badRecords: badRecordPolicy(options),
    },
  };
}

async function openSource(table: ConnectorTable, context: ConnectorContext): Promise<Source> {
  const { format, journal: path, segmentBytes, server } = settingsOf(table);
  const reader = jsonReader(table, context, format);
  await localFiles.makeDirectory(path);
  const lock = await DirectoryLock.acquire(localFiles, path, `table ${table.name}`);
  try {
    const journal = await Journal.open(localFiles, path, segmentBytes);
    try {
      return await HttpSource.open({ ...server, reader, onClose: () => lock.release() }, journal, table, context);
    } catch (error) {
      await journal.close();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Rows that others push by HTTP. */
export const http: Connector = {
  name: "http",
  options: [
    ...["host", "port", "path", "journal.path", "journal.segment-bytes", "max-backlog", "max-body"],
    ...FORMAT_OPTIONS.filter((name) => !name.startsWith("csv.")),
    ...PARSE_OPTIONS,
  ],
  check: (table) => void settingsOf(table),
  changes: (table) => settingsOf(table).format.changelog !== "append",
  source: openSource,
};
