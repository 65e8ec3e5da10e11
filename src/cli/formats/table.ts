/** A box of Unicode lines: names, types under them, numbers to the right, then the number of rows. */
import { isNumeric, parseColumnType } from "../column-type.ts";
import type { Output } from "../output.ts";
import { textOf } from "../text.ts";
import type { FormatOptions, ResultRows } from "./format.ts";
import { fitColumns, shorten } from "./fit.ts";
import { escapeControls, widthFunction } from "./width.ts";

/** Of more than `maxRows` rows the first half and the last half are shown, of too many columns likewise. */
export async function writeTable(
  { columns, rows }: ResultRows,
  output: Output,
  { maxRows, maxWidth }: FormatOptions,
): Promise<void> {
  if (columns.length === 2 && columns[0]?.name === "explain_key" && columns[1]?.name === "explain_value") {
    return writePlans(rows, output);
  }
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
  const natural = columns.map((_, c) =>
    [names, typeNames, ...cells].reduce((widest, row) => Math.max(widest, widthOf(row[c]!)), 1),
  );
  const fit = fitColumns(
    natural,
    types.map((type) => !isNumeric(type)),
    maxWidth,
  );
  const gap = fit.gapAfter;
  const withGap = <T>(values: readonly T[], atGap: T): T[] =>
    gap === undefined ? [...values] : [...values.slice(0, gap), atGap, ...values.slice(gap)];

  const rule = (left: string, middle: string, right: string): string => {
    const lines = withGap(fit.widths, 1).map((width) => "─".repeat(width + 2));
    return `${left}${lines.join(middle)}${right}\n`;
  };
  const line = (texts: readonly string[], alignment: (c: number) => Alignment): string => {
    const padded = fit.columns.map((c, i) => {
      const text = shorten(texts[c]!, fit.widths[i]!, widthOf);
      return pad(text, fit.widths[i]! - widthOf(text), alignment(c));
    });
    return `│ ${withGap(padded, "…").join(" │ ")} │\n`;
  };
  const center = (): Alignment => "center";
  const side = (c: number): Alignment => (isNumeric(types[c]!) ? "right" : "left");

  await output.write(rule("┌", "┬", "┐") + line(names, center) + line(typeNames, center) + rule("├", "┼", "┤"));
  for (const row of cells.slice(0, head)) await output.write(line(row, side));
  if (cut) await output.write(line(Array<string>(columns.length).fill("·"), center));
  for (const row of cells.slice(head)) await output.write(line(row, side));
  await output.write(rule("└", "┴", "┘"));
  const counts = [counted(rows.length, "row", shown.length)];
  if (gap !== undefined) counts.push(counted(columns.length, "column", fit.columns.length));
  await output.write(`${counts.join(", ")}\n`);
}

type Alignment = "left" | "right" | "center";

function pad(text: string, space: number, alignment: Alignment): string {
  const before = { left: 0, right: space, center: space >> 1 }[alignment];
  return " ".repeat(before) + text + " ".repeat(space - before);
}

function counted(total: number, unit: string, shown: number): string {
  return `${grouped(total)} ${unit}${total === 1 ? "" : "s"}${shown < total ? ` (${grouped(shown)} shown)` : ""}`;
}

/** 1234567 as 1,234,567; `toLocaleString` would load its tables first. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** What EXPLAIN gives: trees of many lines, which no box could hold. */
async function writePlans(rows: ResultRows["rows"], output: Output): Promise<void> {
  for (const [stage, plan] of rows) {
    if (rows.length > 1) await output.write(`-- ${String(stage)}\n`);
    await output.write(`${String(plan)}\n`);
  }
}
