/** A GitHub-flavoured table; numbers are aligned to the right. */
import { isNumeric, parseColumnType } from "../column-type.ts";
import type { Output } from "../output.ts";
import { textOf } from "../text.ts";
import type { ResultRows } from "./format.ts";

export async function writeMarkdown({ columns, rows }: ResultRows, output: Output): Promise<void> {
  const types = columns.map((column) => parseColumnType(column.type));
  const printers = types.map(textOf);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  await output.write(line(columns.map((column) => cell(column.name))));
  await output.write(line(types.map((type) => (isNumeric(type) ? "--:" : "---"))));
  for (const row of rows) await output.write(line(row.map((value, i) => cell(printers[i]!(value)))));
}

function cell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replace(/\r?\n/g, "<br>");
}
