import { CsvFileWriter, type CsvWriteOptions } from "../../io/formats/csv/csv-writer.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { decodeParts } from "../../exec/table/each-row.ts";
import { rowText } from "../results/text.ts";
import type { OpenWriter } from "./rows-writer.ts";

export function csvWriter(
  columns: QueryPlan["columns"],
  options: CsvWriteOptions,
  signal: AbortSignal | undefined,
): OpenWriter {
  const names = uniqueNames(columns.map(({ name }) => name));
  return async (path) => {
    const writer = await CsvFileWriter.create(path, names, options);
    return {
      append: async (rows) => {
        const text = rowText(rows);
        const records = decodeParts(rows, (row) => writer.record(text(row)), signal);
        for await (const part of records) await writer.append(part);
      },
      finish: () => writer.finish(),
      abort: () => writer.abort(),
    };
  };
}
