/** One JSON object a line. */
import type { Output } from "../output.ts";
import type { ResultRows } from "./format.ts";
import { rowToJson } from "./json-value.ts";

export async function writeNdjson({ columns, rows }: ResultRows, output: Output): Promise<void> {
  const toJson = rowToJson(columns);
  for (const row of rows) await output.write(`${toJson(row)}\n`);
}
