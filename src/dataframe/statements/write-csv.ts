import { CsvFileWriter, type CsvWriteOptions } from "../../io/formats/csv/csv-writer.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { decodeText } from "../results/text.ts";
import type { OpenWriter } from "./rows-writer.ts";

export function csvWriter(columns: QueryPlan["columns"], options: CsvWriteOptions): OpenWriter {
  const names = uniqueNames(columns.map(({ name }) => name));
  return async (path) => {
    const writer = await CsvFileWriter.create(path, names, options);
    return {
      append: (rows) => writer.append(decodeText(rows)),
      finish: () => writer.finish(),
      abort: () => writer.abort(),
    };
  };
}
