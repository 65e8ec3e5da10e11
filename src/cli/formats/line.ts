/** One `name = value` a line, an empty line between rows. */
import type { Output } from "../output.ts";
import { columnText } from "../text.ts";
import type { ResultRows } from "./format.ts";

export async function writeLine({ columns, rows }: ResultRows, output: Output): Promise<void> {
  const printers = columns.map((column) => columnText(column.type));
  const width = columns.reduce((widest, column) => Math.max(widest, column.name.length), 0);
  for (const [r, row] of rows.entries()) {
    const lines = row.map((value, i) => `${columns[i]!.name.padStart(width)} = ${printers[i]!(value)}\n`);
    await output.write((r === 0 ? "" : "\n") + lines.join(""));
  }
}
