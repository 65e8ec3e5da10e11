/** A box of Unicode lines: names, types under them, numbers to the right, then the number of rows. */
import { isNumeric, parseColumnType } from "../column-type.ts";
import type { Output } from "../output.ts";
import { textOf } from "../text.ts";
import type { FormatOptions, ResultRows } from "./format.ts";
import { escapeControls, widthOf } from "./width.ts";

export async function writeTable(result: ResultRows, output: Output, { maxRows }: FormatOptions): Promise<void> {
  const total = result.rows.length;
  const head = total > maxRows ? Math.ceil(maxRows / 2) : total;
  const tail = total > maxRows ? maxRows - head : 0;
  const shown = [...result.rows.slice(0, head), ...result.rows.slice(total - tail)];

  const types = result.columns.map((column) => parseColumnType(column.type));
  const printers = types.map(textOf);
  const cells = shown.map((row) => row.map((value, i) => escapeControls(printers[i]!(value))));
  const cellWidths = await Promise.all(cells.map((row) => Promise.all(row.map(widthOf))));
  const headings = [result.columns.map((c) => escapeControls(c.name)), result.columns.map((c) => c.type.toLowerCase())];
  const headingWidths = await Promise.all(headings.map((row) => Promise.all(row.map(widthOf))));
  const widths = result.columns.map((_, i) =>
    [...headingWidths, ...cellWidths].reduce((widest, row) => Math.max(widest, row[i]!), 1),
  );

  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => "─".repeat(width + 2)).join(middle)}${right}\n`;
  const line = (parts: readonly string[]): string => `│ ${parts.join(" │ ")} │\n`;
  const cell = (text: string, used: number, i: number): string => {
    const space = " ".repeat(widths[i]! - used);
    return isNumeric(types[i]!) ? space + text : text + space;
  };

  await output.write(rule("┌", "┬", "┐"));
  for (const [h, heading] of headings.entries()) {
    await output.write(line(heading.map((text, i) => centred(text, headingWidths[h]![i]!, widths[i]!))));
  }
  await output.write(rule("├", "┼", "┤"));
  for (const [r, row] of cells.entries()) {
    if (r === head && total > maxRows) await output.write(line(widths.map((width) => centred("·", 1, width))));
    await output.write(line(row.map((text, i) => cell(text, cellWidths[r]![i]!, i))));
  }
  if (total > maxRows && tail === 0) await output.write(line(widths.map((width) => centred("·", 1, width))));
  await output.write(rule("└", "┴", "┘"));
  await output.write(footer(total, shown.length));
}

function footer(total: number, shown: number): string {
  const count = `${total.toLocaleString("en-US")} ${total === 1 ? "row" : "rows"}`;
  return shown < total ? `${count} (${shown.toLocaleString("en-US")} shown)\n` : `${count}\n`;
}

function centred(text: string, used: number, width: number): string {
  const left = Math.floor((width - used) / 2);
  return " ".repeat(left) + text + " ".repeat(width - used - left);
}
