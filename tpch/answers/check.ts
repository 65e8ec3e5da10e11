/** Compares results of the 22 queries with the reference answers, which exist for scale factors 0.01, 0.1 and 1. */
import { readFileSync } from "node:fs";
import { template } from "../queries/queries.ts";

export const ANSWER_SCALE_FACTORS: readonly number[] = [0.01, 0.1, 1];

/** Relative to the expected value. */
const DOUBLE_TOLERANCE = 1e-12;

/** NULL is null. */
type Row = readonly (string | null)[];

export type Answer = { readonly columns: readonly string[]; readonly rows: readonly Row[] };

/** A result as `collect({ rows: "array" })` gives it: BIGINT bigint, DECIMAL exact string, DATE Date; or all as text. */
export type Result = { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] };

/** The reference answer of a query with its default parameters. */
export function loadAnswer(query: number, scaleFactor: number): Answer {
  const url = new URL(`./sf${scaleFactor}/q${String(query).padStart(2, "0")}.csv`, import.meta.url);
  const [header, ...lines] = readFileSync(url, "utf8").replace(/\n$/, "").split("\n");
  const rows = lines.map((line) => line.split("|").map((field) => (field === '""' ? null : field)));
  return { columns: header!.split("|"), rows };
}

/**
 * What differs between a result and the reference answer, in one line, or undefined when they agree:
 *
 * - column names and the number of rows are equal;
 * - integers, decimals, dates and strings are equal as text, all digits of a decimal's scale included;
 * - doubles are within 1e-12 of the expected value, relatively;
 * - the columns of ORDER BY agree row by row; rows that tie on them may come in any order.
 */
export function checkAnswer(query: number, scaleFactor: number, result: Result): string | undefined {
  return compareResults(query, result, loadAnswer(query, scaleFactor));
}

/** As `checkAnswer`, against any expected result of the query: another engine's, say. */
export function compareResults(query: number, result: Result, expected: Result): string | undefined {
  const { columns } = expected;
  if (result.columns.join("|") !== columns.join("|")) {
    return `columns are ${result.columns.join("|")}, expected ${columns.join("|")}`;
  }
  if (result.rows.length !== expected.rows.length) {
    return `${result.rows.length} rows, expected ${expected.rows.length}`;
  }
  const { orderBy, doubles } = template(query);
  const keys = orderBy.map((name) => columns.indexOf(name));
  const isDouble = columns.map((name) => doubles.includes(name));
  const actualRows = result.rows.map((row) => row.map(textOf));
  const expectedRows = expected.rows.map((row) => row.map(textOf));

  for (let start = 0; start < expectedRows.length;) {
    const key = keyText(expectedRows[start]!, keys);
    let end = start + 1;
    while (end < expectedRows.length && keyText(expectedRows[end]!, keys) === key) end++;
    const mismatch = compareTies(actualRows.slice(start, end), expectedRows.slice(start, end), isDouble);
    if (mismatch !== undefined) return `${mismatch} (rows ${start + 1} to ${end})`;
    start = end;
  }
  return undefined;
}

/** Rows without order. Sorted by their exact columns, rows that belong together meet. */
function compareTies(
  actual: readonly Row[],
  expected: readonly Row[],
  isDouble: readonly boolean[],
): string | undefined {
  const exactColumns = [...isDouble.keys()].filter((column) => isDouble[column] !== true);
  const sorted = (rows: readonly Row[]): Row[] =>
    rows
      .map((row) => ({ row, key: keyText(row, exactColumns) }))
      .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(({ row }) => row);
  const right = sorted(expected);
  for (const [index, row] of sorted(actual).entries()) {
    const other = right[index]!;
    const same = row.every((value, column) => sameValue(value, other[column]!, isDouble[column] === true));
    if (!same) return `got ${row.join("|")}, expected ${other.join("|")}`;
  }
  return undefined;
}

function keyText(row: Row, columns: readonly number[]): string {
  return columns.map((column) => row[column]).join("|");
}

function sameValue(actual: string | null, expected: string | null, isDouble: boolean): boolean {
  if (!isDouble || actual === null || expected === null) return actual === expected;
  const value = Number(expected);
  return Math.abs(Number(actual) - value) <= DOUBLE_TOLERANCE * Math.abs(value);
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return String(value);
}
