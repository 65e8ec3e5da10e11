/** RFC 4180 with a header and `\n` line ends. NULL is an empty field, the empty string is `""`. */
import type { Output } from "../output.ts";
import { columnText } from "../text.ts";
import type { ResultRows } from "./format.ts";

export async function writeCsv({ columns, rows }: ResultRows, output: Output): Promise<void> {
  const printers = columns.map((column) => columnText(column.type));
  await output.write(`${columns.map((column) => field(column.name)).join(",")}\n`);
  for (const row of rows) {
    const line = row.map((value, i) => (value === null ? "" : field(printers[i]!(value)))).join(",");
    await output.write(`${line}\n`);
  }
}

function field(text: string): string {
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
