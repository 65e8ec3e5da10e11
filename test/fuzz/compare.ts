/** Are two results the same? Rows as bags or in order, floats within a tolerance. */
import type { TestColumn, TestResult } from "../support/session.ts";

const RELATIVE = 1e-9;
const ABSOLUTE = 1e-11;

/** What differs, in a few words; undefined when nothing does. */
export function difference(left: TestResult, right: TestResult, ordered: boolean, types: boolean): string | undefined {
  if (types) {
    // DuckDB folds operations on NULL constants to an untyped NULL, which becomes INTEGER or the first type that a function takes.
    const isNull = (result: TestResult, i: number): boolean => (result.rows ?? []).every((row) => row[i] === null);
    const others = (left.columns ?? []).filter(
      (column, i) =>
        typeOf(column) !== typeOf(right.columns?.[i]) &&
        !/[[(]/.test(column.type.replace(/^DECIMAL.*/, "")) &&
        !(UNTYPED.has(typeOf(right.columns?.[i])) && isNull(right, i)),
    );
    const names = (result: TestResult): string => (result.columns ?? []).map(typeOf).join(", ");
    if (others.length > 0) return `types: ${names(left)} <> ${names(right)}`;
  }
  const [a, b] = [cellsOf(left), cellsOf(right)];
  if (a.length !== b.length) return `rows: ${a.length} <> ${b.length}\n${both(a, b)}`;
  if (!ordered) for (const rows of [a, b]) rows.sort(compareRows);
  if (a.every((row, i) => sameRow(row, b[i]!))) return undefined;
  if (!ordered && matchAny(a, b)) return undefined;
  return `values:\n${both(a, b)}`;
}

const UNTYPED: ReadonlySet<string> = new Set(["INTEGER", "BIGINT", "DOUBLE", "TINYINT", "VARCHAR", "BLOB"]);

/** Without the quotes that DuckDB puts around names of fields. */
const typeOf = (column: TestColumn | undefined): string => column?.type.replaceAll('"', "") ?? "";

type Cell = number | string | null;

/** Floats as numbers, all else as exact text. */
function cellsOf({ columns = [], rows = [] }: TestResult): Cell[][] {
  const isFloat = columns.map(({ type }) => type === "DOUBLE" || type === "FLOAT");
  return rows.map((row) =>
    row.map((cell, i) => {
      if (cell === null || cell === undefined) return null;
      return isFloat[i] === true ? (cell as number) : text(cell);
    }),
  );
}

function text(cell: unknown): string {
  if (typeof cell === "string") return cell;
  if (cell === null || cell === undefined) return "NULL";
  if (cell instanceof Uint8Array) return `x'${Buffer.from(cell).toString("hex")}'`;
  if (Array.isArray(cell)) return `[${cell.map(text).join(", ")}]`;
  if (cell instanceof Map) return `{${[...cell].map(([key, item]) => `${text(key)}=${text(item)}`).join(", ")}}`;
  if (typeof cell === "number")
    return Object.is(cell, -0) ? "0" : String(Math.fround(cell) === cell ? cell : Number(cell.toPrecision(12)));
  if (typeof cell === "object") {
    return `{${Object.entries(cell)
      .map(([key, item]) => `${key}: ${text(item)}`)
      .join(", ")}}`;
  }
  return String(cell);
}

function sameCell(a: Cell, b: Cell): boolean {
  if (typeof a !== "number" || typeof b !== "number") return a === b;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Object.is(a, b);
  return a === b || Math.abs(a - b) <= RELATIVE * Math.max(Math.abs(a), Math.abs(b)) + ABSOLUTE;
}

function sameRow(a: readonly Cell[], b: readonly Cell[]): boolean {
  return a.length === b.length && a.every((cell, i) => sameCell(cell, b[i]!));
}

/** Exact cells first: those that may differ a little decide only between rows that are otherwise equal. */
function compareRows(a: readonly Cell[], b: readonly Cell[]): number {
  for (const numbers of [false, true]) {
    for (const [i, x] of a.entries()) {
      const y = b[i]!;
      if ((typeof x === "number" && typeof y === "number") !== numbers) continue;
      const order = compareCells(x, y);
      if (order !== 0) return order;
    }
  }
  return 0;
}

function compareCells(a: Cell, b: Cell): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") {
    if (sameCell(a, b)) return 0;
    return Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b;
  }
  const [x, y] = [String(a), String(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Quadratic: finds a partner for every row where sorting near-equal floats misled. */
function matchAny(a: readonly Cell[][], b: readonly Cell[][]): boolean {
  if (a.length > 2000) return false;
  const left = [...b];
  for (const row of a) {
    const at = left.findIndex((other) => sameRow(row, other));
    if (at < 0) return false;
    left.splice(at, 1);
  }
  return true;
}

const SHOWN = 6;

/** The first rows that only one side has. */
function both(a: readonly Cell[][], b: readonly Cell[][]): string {
  const onlyIn = (rows: readonly Cell[][], others: readonly Cell[][]): string[] => {
    const left = [...others];
    return rows
      .filter((row) => {
        const at = left.findIndex((other) => sameRow(row, other));
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      })
      .slice(0, SHOWN)
      .map((row) => row.map((cell) => (cell === null ? "NULL" : String(cell))).join(" | "));
  };
  if (a.length > 3000 || b.length > 3000) return "";
  const lines = (sign: string, rows: readonly string[]): string[] => rows.map((row) => `  ${sign} ${row}`);
  return [...lines("-", onlyIn(b, a)), ...lines("+", onlyIn(a, b))].join("\n");
}
