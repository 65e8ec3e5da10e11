import { formatRows } from "../../exec/table/row-text.ts";
import { JsonFileWriter, type JsonWriteOptions } from "../../io/formats/json/json-writer.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { jsonLayout } from "../../streaming/connectors/formats/text-layouts.ts";
import type { RunContext } from "../context.ts";
import { type OpenWriter, runtimeAllocator } from "./rows-writer.ts";

export function jsonWriter(ctx: RunContext, columns: QueryPlan["columns"], options: JsonWriteOptions): OpenWriter {
  const names = uniqueNames(columns.map(({ name }) => name));
  const { kernels } = ctx.runtime.instances;
  const allocator = runtimeAllocator(ctx);
  return async (path) => {
    const writer = await JsonFileWriter.create(path, options);
    const { before, behind } = writer.around;
    const layout = jsonLayout(names, before, behind);
    return {
      append: async (rows) => {
        for await (const part of formatRows(kernels, allocator, rows, layout, ctx.signal)) await writer.append(part);
      },
      finish: () => writer.finish(),
      abort: () => writer.abort(),
    };
  };
}
