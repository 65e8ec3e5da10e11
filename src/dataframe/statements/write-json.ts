import type { ResultRows } from "../../exec/table/result-rows.ts";
import { jsonEncoder, JsonFileWriter, type JsonWriteOptions } from "../../io/formats/json/json-writer.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import { decodeParts } from "../../exec/table/each-row.ts";
import type { OpenWriter } from "./rows-writer.ts";

export function jsonWriter(
  columns: QueryPlan["columns"],
  options: JsonWriteOptions,
  signal: AbortSignal | undefined,
): OpenWriter {
  const keys = uniqueNames(columns.map(({ name }) => name)).map((name) => JSON.stringify(name));
  return async (path) => {
    const writer = await JsonFileWriter.create(path, options);
    return {
      append: async (rows) => {
        for await (const part of decodeParts(rows, objectText(rows, keys), signal)) await writer.append(part);
      },
      finish: () => writer.finish(),
      abort: () => writer.abort(),
    };
  };
}

/** The text of the object that a row becomes. */
function objectText(rows: ResultRows, keys: readonly string[]): (row: number) => string {
  const members = rows.columns.map((column, i) => {
    const [read, encode, key] = [datumReader(rows, column), jsonEncoder(column.type), keys[i] as string];
    return (row: number): string => `${key}:${encode(read(row))}`;
  });
  return (row) => `{${members.map((member) => member(row)).join(",")}}`;
}
