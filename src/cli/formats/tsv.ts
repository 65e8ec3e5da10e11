/** Tab-separated with a header, escaped as PostgreSQL's COPY text format: `\t`, `\n`, `\r`, `\\`, and `\N` for NULL. */
import type { Output } from "../output.ts";
import { columnText } from "../text.ts";
import type { ResultRows } from "./format.ts";

export async function writeTsv({ columns, rows }: ResultRows, output: Output): Promise<void> {
  const printers = columns.map((column) => columnText(column.type));
  await output.write(`${columns.map((column) => field(column.name)).join("\t")}\n`);
  for (const row of rows) {
    const line = row.map((value, i) => (value === null ? "\\N" : field(printers[i]!(value)))).join("\t");
    await output.write(`${line}\n`);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

function field(text: string): string {
  return text.replace(/[\t\n\r\\]/g, (c) => ESCAPES[c]!);
}
