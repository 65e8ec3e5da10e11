import { describe, expect, test } from "vitest";
import { parseStatements } from "../../../src/sql/parse.ts";
import { printSql } from "../../../src/sql/print/statements.ts";

const times = (text: string, count: number): string => text.repeat(count);

/** Every way to nest, by the depth. */
const nestings: Readonly<Record<string, (depth: number) => string>> = {
  parentheses: (n) => `SELECT ${times("(", n)}1${times(")", n)}`,
  "right operands": (n) => `SELECT ${times("1 + (", n)}1${times(")", n)}`,
  calls: (n) => `SELECT ${times("f(", n)}1${times(")", n)}`,
  lists: (n) => `SELECT ${times("[", n)}1${times("]", n)}`,
  structs: (n) => `SELECT ${times("{'a': ", n)}1${times("}", n)}`,
  "prefix operators": (n) => `SELECT ${times("NOT ", n)}TRUE`,
  signs: (n) => `SELECT ${times("- ", n)}1`,
  casts: (n) => `SELECT 1${times("::INT", n)}`,
  "null tests": (n) => `SELECT a${times(" IS NULL", n)}`,
  subscripts: (n) => `SELECT a${times("[1]", n)}`,
  cases: (n) => `SELECT ${times("CASE WHEN ", n)}a${times(" THEN 1 END", n)}`,
  "IN lists": (n) => `SELECT ${times("a IN (", n)}1${times(")", n)}`,
  lambdas: (n) => `SELECT f(${times("x -> ", n)}1)`,
  "scalar subqueries": (n) => `SELECT ${times("(SELECT ", n)}1${times(")", n)}`,
  "table subqueries": (n) => `SELECT * FROM ${times("(SELECT * FROM ", n)}t${times(")", n)}`,
  "joined tables": (n) => `SELECT * FROM ${times("(a JOIN ", n)}b${times(" ON TRUE)", n)}`,
  "late conditions": (n) => `SELECT * FROM a ${times("JOIN b ", n)}${times("ON TRUE ", n)}`,
  "common tables": (n) => `${times("WITH a AS (", n)}SELECT 1${times(") SELECT 1", n)}`,
  types: (n) => `SELECT NULL::${times("STRUCT(a ", n)}INT${times(")", n)}`,
  "set operations in parentheses": (n) => `SELECT 1 ${times("UNION (SELECT 1 ", n)}${times(")", n)}`,
  "grouping sets": (n) => `SELECT 1 GROUP BY ${times("GROUPING SETS (", n)}a${times(")", n)}`,
  explanations: (n) => `${times("EXPLAIN ", n)}SELECT 1`,
};

function outcome(sql: string): string {
  try {
    printSql(parseStatements(sql)[0]!);
    return "parsed";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("nesting is limited, never a stack overflow", () => {
  test.each(Object.entries(nestings))("%s", (_name, sql) => {
    const shallow = sql(100);
    expect(parseStatements(printSql(parseStatements(shallow)[0]!))).toHaveLength(1);
    expect(() => parseStatements(sql(10_000))).toThrow("nested too deeply: more than 500 levels");
    // Whatever the depth in between: a tree, or that error.
    const outcomes = [200, 240, 249, 250, 300, 490, 499, 500].map((depth) => outcome(sql(depth)));
    expect(
      outcomes.filter((message) => message !== "parsed" && !message.startsWith("nested too deeply: more than")),
    ).toEqual([]);
  });
});

describe("long chains are no nesting", () => {
  const operands = Array.from({ length: 100_000 }, (_, index) => `a${index}`);
  test.each(["AND", "OR", "+", "||", "->", "UNION ALL SELECT", ", "])("%s", (operator) => {
    const sql = `SELECT ${operands.join(` ${operator} `)}`;
    const printed = printSql(parseStatements(sql)[0]!);
    expect(printed.length).toBeGreaterThan(sql.length - 200_001);
  });

  test("an IN list, joins, rows, WHEN branches, statements", () => {
    expect(parseStatements(`SELECT a IN (${operands.join(", ")})`)).toHaveLength(1);
    expect(printSql(parseStatements(`SELECT * FROM a ${times("JOIN b ON TRUE ", 20_000)}`)[0]!)).toContain("JOIN");
    expect(parseStatements(`VALUES ${times("(1, 'x'), ", 100_000)}(1, 'x')`)).toHaveLength(1);
    expect(parseStatements(`SELECT CASE ${times("WHEN a THEN 1 ", 50_000)} END`)).toHaveLength(1);
    expect(parseStatements(times("SELECT 1;", 20_000))).toHaveLength(20_000);
  });
});

test("a text of 5 MB", () => {
  expect(parseStatements(`SELECT '${times("x", 5_000_000)}' /* ${times("/* */", 1000)} */`)).toHaveLength(1);
  expect(() => parseStatements(`SELECT '${times("x", 5_000_000)}`)).toThrow("unterminated string");
});
