import { formatRows } from "../../exec/table/row-text.ts";
import { CsvFileWriter, type CsvWriteOptions } from "../../io/formats/csv/csv-writer.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { csvLayout } from "../../streaming/connectors/formats/text-layouts.ts";
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
