import { countRows } from "../../exec/table/result-rows.ts";
import { CsvFileWriter, type CsvWriteOptions } from "../../io/formats/csv/csv-writer.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import type { RunContext } from "../context.ts";
import { rowsToStore } from "../engine.ts";
import { decodeText } from "../results/text.ts";

/** Writes the rows of a query to a file, which appears when it is whole. Returns the number of rows. */
export async function writeCsv(
  ctx: RunContext,
  rows: QueryPlan,
  path: string,
  options: CsvWriteOptions,
): Promise<number> {
  const writer = await CsvFileWriter.create(path, uniqueNames(rows.columns.map(({ name }) => name)), options);
  let rowCount = 0;
  try {
    for await (const piece of rowsToStore(ctx.runtime, ctx.options, rows, ctx.parameters, ctx.signal)) {
      await writer.append(decodeText(piece));
      rowCount += countRows(piece);
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return rowCount;
}
