/** Changes as lines of text. */
import type { TextLayout } from "../../../exec/table/row-text.ts";
import { jsonEncoder } from "../../../io/formats/json/json-writer.ts";
import { recordText } from "../../../io/formats/csv/record-text.ts";
import { formatDatum } from "../../../planner/types/literals.ts";
import type { Row, Update } from "../changes.ts";
import type { SinkColumn } from "../sink.ts";
import type { FormatOptions } from "./format-options.ts";
import { csvLayout, jsonLayout } from "./text-layouts.ts";

/** The line of the header, if files have one, and of each row. */
export type LineEncoder = { readonly header: string | undefined; readonly line: (row: Row) => string };

export type TextWriting = { readonly header: string | undefined; readonly layout: TextLayout };

export function csvEncoder(columns: readonly SinkColumn[], { csv }: FormatOptions): LineEncoder {
  const record = recordText({ ...csv.names, nullText: csv.nullText });
  return {
    header: csv.header ? record(columns.map(({ name }) => name)) : undefined,
    line: (row) => record(row.map((value, i) => (value === null ? null : formatDatum(value, columns[i]!.type)))),
  };
}

/** The same of whole rows, which kernels write. */
export function csvText(columns: readonly SinkColumn[], { csv }: FormatOptions): TextWriting {
  const options = { ...csv.names, nullText: csv.nullText };
  const header = csv.header ? recordText(options)(columns.map(({ name }) => name)) : undefined;
  return { header, layout: csvLayout(columns.length, options) };
}

export function ndjsonText(columns: readonly SinkColumn[]): TextWriting {
  const names = columns.map(({ name }) => name);
  return { header: undefined, layout: jsonLayout(names, "", "\n") };
}

export function ndjsonEncoder(columns: readonly SinkColumn[]): LineEncoder {
  const members = columns.map(({ name, type }) => [JSON.stringify(name), jsonEncoder(type)] as const);
  return {
    header: undefined,
    line: (row) => `{${members.map(([key, encode], i) => `${key}:${encode(row[i]!)}`).join(",")}}`,
  };
}

/** As Debezium writes changes, without schemas. */
export function debeziumLine(columns: readonly SinkColumn[]): (update: Update) => string {
  const { line } = ndjsonEncoder(columns);
  const image = (row: Row | undefined): string => (row === undefined ? "null" : line(row));
  return ({ before, after }) => {
    const op = before === undefined ? "c" : after === undefined ? "d" : "u";
    return `{"before":${image(before)},"after":${image(after)},"op":"${op}"}`;
  };
}
