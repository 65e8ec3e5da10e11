import { formatRows } from "../../exec/table/row-text.ts";
import { jsonEncoder, JsonFileWriter, type JsonWriteOptions } from "../../io/formats/json/json-writer.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import type { RunContext } from "../context.ts";
import { type OpenWriter, runtimeAllocator } from "./rows-writer.ts";

export function jsonWriter(ctx: RunContext, columns: QueryPlan["columns"], options: JsonWriteOptions): OpenWriter {
  const keys = uniqueNames(columns.map(({ name }) => name)).map((name) => JSON.stringify(name));
  const { kernels } = ctx.runtime.instances;
  const allocator = runtimeAllocator(ctx);
  return async (path) => {
    const writer = await JsonFileWriter.create(path, options);
    const { before, behind } = writer.around;
    const layout = {
      prefixes: keys.map((key, i) => `${i === 0 ? `${before}{` : ","}${key}:`),
      rowEnd: `}${behind}`,
      nullText: "null",
      syntax: { kind: "json" },
      render: jsonEncoder,
    } as const;
    return {
      append: async (rows) => {
        for await (const part of formatRows(kernels, allocator, rows, layout, ctx.signal)) await writer.append(part);
      },
      finish: () => writer.finish(),
      abort: () => writer.abort(),
    };
  };
}
