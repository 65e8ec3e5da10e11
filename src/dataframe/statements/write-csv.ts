import { formatRows, type TextLayout } from "../../exec/table/row-text.ts";
import { CsvFileWriter, type CsvWriteOptions } from "../../io/formats/csv/csv-writer.ts";
import { fieldText } from "../../io/formats/csv/record-text.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { formatDatum } from "../../planner/types/literals.ts";
import type { RunContext } from "../context.ts";
import { type OpenWriter, runtimeAllocator } from "./rows-writer.ts";

export function csvWriter(ctx: RunContext, columns: QueryPlan["columns"], options: CsvWriteOptions): OpenWriter {
  const names = uniqueNames(columns.map(({ name }) => name));
  const layout = csvLayout(names.length, options);
  const { kernels } = ctx.runtime.instances;
  const allocator = runtimeAllocator(ctx);
  return async (path) => {
    const writer = await CsvFileWriter.create(path, names, options);
    return {
      append: async (rows) => {
        for await (const part of formatRows(kernels, allocator, rows, layout, ctx.signal)) await writer.append(part);
      },
      finish: () => writer.finish(),
      abort: () => writer.abort(),
    };
  };
}

function csvLayout(width: number, options: CsvWriteOptions): TextLayout {
  const { delimiter, quote, escape, nullText } = options;
  const quoted = fieldText(options);
  // Such characters, and such a text, never are in a number or a date.
  const plain = [delimiter, quote, escape].every((character) => /^[\t!-*,/;-@[-`{-~]$/.test(character));
  return {
    prefixes: Array.from({ length: width }, (_, i) => (i === 0 ? "" : delimiter)),
    rowEnd: "\n",
    nullText,
    syntax: plain && !/^[-\d.: a-z]+$/.test(nullText) ? { kind: "csv", delimiter, quote, escape } : undefined,
    render: (type) => (value) => quoted(formatDatum(value, type)),
  };
}
