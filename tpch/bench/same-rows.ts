/** Do two engines agree on a result? */
import type { Row } from "./engines/engine.ts";

/** Relative difference that DOUBLE values may have: engines add in different orders. */
const TOLERANCE = 1e-9;

/** undefined when both hold the same rows in any order (ties have none), else the first difference. */
export function rowDifference(expected: readonly Row[], actual: readonly Row[]): string | undefined {
  if (expected.length !== actual.length) return `${expected.length} rows against ${actual.length}`;
  const [a, b] = [sortRows(expected), sortRows(actual)];
  for (const [r, row] of a.entries()) {
    const other = b[r]!;
    if (row.length !== other.length) return `${row.length} columns against ${other.length}`;
    const column = row.findIndex((value, c) => !sameValue(value, other[c]));
    if (column >= 0)
      return `row ${r + 1}, column ${column + 1}: ${String(row[column])} against ${String(other[column])}`;
  }
  return undefined;
}

/** By the exact values first: a float that differs in its last digits must not change the order. */
function sortRows(rows: readonly Row[]): readonly Row[] {
  const width = rows[0]?.length ?? 0;
  const isFloat = (c: number): boolean => rows.some((row) => typeof row[c] === "number" && !Number.isInteger(row[c]));
  const indices = Array.from({ length: width }, (_, c) => c);
  const order = [...indices.filter((c) => !isFloat(c)), ...indices.filter(isFloat)];
  return [...rows].sort((x, y) => {
    for (const c of order) {
      const step = compareValues(x[c], y[c]);
      if (step !== 0) return step;
    }
    return 0;
  });
}

function compareValues(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [x, y] = [canonical(a), canonical(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Exact numbers without sign of zero, leading zeros and trailing fraction zeros; other values as text. */
function canonical(value: unknown): string {
  const text = String(value);
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  const plain = text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
  return plain === "-0" ? "0" : plain;
}

/** Exact where both sides are exact; within the tolerance where one is a float. */
function sameValue(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return a === b;
  if (canonical(a) === canonical(b)) return true;
  if (typeof a !== "number" && typeof b !== "number") return false;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}
