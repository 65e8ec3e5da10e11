/** A box of Unicode lines: names, types under them, numbers to the right, then the number of rows. */
import { isNumeric, parseColumnType } from "../column-type.ts";
import type { Output } from "../output.ts";
import { textOf } from "../text.ts";
import type { FormatOptions, ResultRows } from "./format.ts";
import { escapeControls, widthFunction } from "./width.ts";

/** Of more than `maxRows` rows, the first half and the last half are shown. */
export async function writeTable(
  { columns, rows }: ResultRows,
  output: Output,
  { maxRows }: FormatOptions,
): Promise<void> {
  const cut = rows.length > maxRows;
  const head = cut ? Math.ceil(maxRows / 2) : rows.length;
  const tail = cut ? maxRows - head : 0;
  const shown = [...rows.slice(0, head), ...rows.slice(rows.length - tail)];

  const types = columns.map((column) => parseColumnType(column.type));
  const printers = types.map(textOf);
  const names = columns.map((column) => escapeControls(column.name));
  const typeNames = columns.map((column) => column.type.toLowerCase());
  const cells = shown.map((row) => row.map((value, c) => escapeControls(printers[c]!(value))));
  const widthOf = await widthFunction([names, typeNames, ...cells].flat());
  const widths = columns.map((_, c) =>
    [names, typeNames, ...cells].reduce((widest, row) => Math.max(widest, widthOf(row[c]!)), 1),
  );

  const rule = (left: string, middle: string, right: string): string =>
    `${left}${widths.map((width) => "─".repeat(width + 2)).join(middle)}${right}\n`;
  const line = (texts: readonly string[], alignment: (c: number) => Alignment): string =>
    `│ ${texts.map((text, c) => pad(text, widths[c]! - widthOf(text), alignment(c))).join(" │ ")} │\n`;
  const center = (): Alignment => "center";
  const side = (c: number): Alignment => (isNumeric(types[c]!) ? "right" : "left");

  await output.write(rule("┌", "┬", "┐") + line(names, center) + line(typeNames, center) + rule("├", "┼", "┤"));
  for (const row of cells.slice(0, head)) await output.write(line(row, side));
  if (cut) await output.write(line(Array<string>(columns.length).fill("·"), center));
  for (const row of cells.slice(head)) await output.write(line(row, side));
  await output.write(rule("└", "┴", "┘"));
  await output.write(`${plural(rows.length)}${cut ? ` (${grouped(shown.length)} shown)` : ""}\n`);
}

type Alignment = "left" | "right" | "center";

function pad(text: string, space: number, alignment: Alignment): string {
  const before = { left: 0, right: space, center: space >> 1 }[alignment];
  return " ".repeat(before) + text + " ".repeat(space - before);
}

function plural(rows: number): string {
  return `${grouped(rows)} ${rows === 1 ? "row" : "rows"}`;
}

/** 1234567 as 1,234,567; `toLocaleString` would load its tables first. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
