/** Result values as sqllogictest writes them. */
import { createHash } from "node:crypto";
import { columnText } from "../../../src/cli/text.ts";
import type { TestResult } from "../session.ts";
import type { SortMode } from "./records.ts";

/** Every value as one line of text: NULL, (empty), line ends and NUL bytes escaped. */
export function textRows(result: TestResult): string[][] {
  const printers = (result.columns ?? []).map((column) => columnText(column.type));
  return (result.rows ?? []).map((row) => row.map((value, i) => oneLine(printers[i]!(value))));
}

function oneLine(text: string): string {
  if (text === "") return "(empty)";
  return text.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\0", "\\0");
}

/** The values in comparison order, as one flat list. */
export function sortedValues(rows: readonly (readonly string[])[], sort: SortMode): string[] {
  switch (sort) {
    case "nosort":
      return rows.flat();
    case "rowsort":
      return [...rows].sort(compareRows).flat();
    case "valuesort":
      return rows.flat().sort(compareText);
  }
}

export function compareRows(a: readonly string[], b: readonly string[]): number {
  for (const [i, value] of a.entries()) {
    const order = compareText(value, b[i] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/** Booleans may be written as words or as digits: they sort as the latter. */
function compareText(a: string, b: string): number {
  const [x, y] = [asDigit(a), asDigit(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function asDigit(value: string): string {
  return value === "true" ? "1" : value === "false" ? "0" : value;
}

/** MD5 over each value and a newline; booleans count as 1 and 0 there. */
export function hashOf(values: readonly string[], booleanColumn: (index: number) => boolean): string {
  const hash = createHash("md5");
  for (const [i, value] of values.entries()) {
    hash.update(`${booleanColumn(i) ? asDigit(value) : value}\n`);
  }
  return hash.digest("hex");
}
