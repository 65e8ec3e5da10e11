/** Does a result meet its expectation? */
import { isNumeric, parseColumnType } from "../../../src/cli/column-type.ts";
import type { TestResult } from "../session.ts";
import type { QueryRecord } from "./records.ts";
import { hashOf, sortedValues, textRows } from "./values.ts";

/** A query's values in comparison order, as the script would hold them. */
export type QueryValues = {
  readonly rows: string[][];
  readonly values: string[];
  readonly hash: string;
};

export function queryValues(record: QueryRecord, result: TestResult): QueryValues {
  const rows = textRows(result);
  const values = sortedValues(rows, record.sort);
  const types = (result.columns ?? []).map((column) => column.type.toUpperCase());
  const isBoolean = (i: number): boolean => record.sort !== "valuesort" && types[i % types.length] === "BOOLEAN";
  return { rows, values, hash: hashOf(values, isBoolean) };
}

/** undefined when the result is as expected, else what differs, in one or two lines. */
export function queryDifference(
  record: QueryRecord,
  result: TestResult,
  actual: QueryValues,
  tolerance: number,
): string | undefined {
  const columns = result.columns ?? [];
  const { expected } = record;
  // A labelled query without values is there to be compared with another of its label.
  if (expected === undefined || (expected.length === 0 && record.label !== undefined)) return undefined;
  if (record.types.length !== columns.length) {
    return `expected ${record.types.length} columns, got ${columns.length}`;
  }
  const hashed = /^(\d+) values hashing to ([0-9a-f]{32})$/.exec(expected.length === 1 ? expected[0]! : "");
  if (hashed !== null) {
    if (Number(hashed[1]) !== actual.values.length) return `expected ${hashed[1]} values, got ${actual.values.length}`;
    return hashed[2] === actual.hash ? undefined : `expected hash ${hashed[2]}, got ${actual.hash}`;
  }
  const whole =
    expected.length === 1 ? regexVerdict(expected[0]!, actual.rows.map((row) => row.join("\t")).join("\n")) : undefined;
  if (whole === true) return undefined;

  const wanted = sortedValues(expectedRows(expected, columns.length), record.sort);
  if (wanted.length !== actual.values.length) {
    return `expected ${wanted.length} values, got ${actual.values.length}: ${shorten(actual.values.join(" | "))}`;
  }
  const numeric = columns.map((column) => isNumeric(parseColumnType(column.type)));
  for (const [i, value] of actual.values.entries()) {
    const isNumber = record.sort === "valuesort" || numeric[i % columns.length] === true;
    if (!sameValue(wanted[i]!, value, isNumber, tolerance)) {
      const where =
        record.sort === "valuesort"
          ? `value ${i + 1}`
          : `row ${Math.floor(i / columns.length) + 1}, column ${(i % columns.length) + 1}`;
      return `${where}: expected ${shorten(wanted[i]!)}, got ${shorten(value)}`;
    }
  }
  return undefined;
}

/** One row a line, its values between tabs (one at the line's end separates nothing), or one value a line. */
function expectedRows(lines: readonly string[], width: number): string[][] {
  if (width <= 1) return lines.map((line) => [line]);
  const split = lines.map((line) => {
    const values = line.split("\t");
    return values.length === width + 1 && values.at(-1) === "" ? values.slice(0, -1) : values;
  });
  if (split.every((row) => row.length === width)) return split;
  const rows: string[][] = [];
  for (let i = 0; i < lines.length; i += width) rows.push(lines.slice(i, i + width));
  return rows;
}

/** Equal as text, as booleans, or as numbers: exactly for integers and decimals, within `tolerance` for floats. */
function sameValue(expected: string, actual: string, numeric: boolean, tolerance: number): boolean {
  if (expected === actual) return true;
  const pattern = regexVerdict(expected, actual);
  if (pattern !== undefined) return pattern;
  if (BOOLEANS.get(expected.toLowerCase()) === actual) return true;
  return numeric && sameNumber(expected, actual, tolerance);
}

const BOOLEANS: ReadonlyMap<string, string> = new Map([
  ["1", "true"],
  ["0", "false"],
  ["true", "true"],
  ["false", "false"],
]);

export function sameNumber(expected: string, actual: string, tolerance: number): boolean {
  if (NOT_FINITE.test(expected)) return expected.toLowerCase().replace("infinity", "inf") === actual;
  const a = Number(expected);
  const b = Number(actual);
  if (Number.isNaN(a) || Number.isNaN(b) || expected.trim() === "") return false;
  const exact = [expected, actual].map((text) => /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text));
  if (exact[0] && exact[1] && !(actual.includes(".") && tolerance > 0)) {
    const [x, y] = exact.map((match) => `${match![1] === "-" ? "-" : ""}${match![2] || "0"}.${match![3] ?? ""}`);
    return x === y;
  }
  return a === b || Math.abs(a - b) <= tolerance * Math.abs(a) + Number.EPSILON * tolerance;
}

const NOT_FINITE = /^(nan|-?inf(inity)?)$/i;

/** `<REGEX>:pattern` matches the whole text, `<!REGEX>:pattern` must not; undefined for other expectations. */
export function regexVerdict(expected: string, actual: string): boolean | undefined {
  const match = /^<(!?)REGEX>:(.*)$/s.exec(expected);
  if (match === null) return undefined;
  const matches = new RegExp(`^(?:${match[2]})$`, "s").test(actual);
  return match[1] === "!" ? !matches : matches;
}

const SHOWN = 200;

function shorten(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
