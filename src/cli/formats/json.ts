/** One array of row objects, one row a line. */
import type { Output } from "../output.ts";
import type { ResultRows } from "./format.ts";
import { rowToJson } from "./json-value.ts";

export async function writeJson({ columns, rows }: ResultRows, output: Output): Promise<void> {
  const toJson = rowToJson(columns);
  await output.write("[");
  for (const [i, row] of rows.entries()) await output.write((i === 0 ? "" : ",\n ") + toJson(row));
  await output.write("]\n");
}
