import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseExpression, parseStatements, parseType } from "../../../src/sql/parse.ts";
import { printSql } from "../../../src/sql/print/statements.ts";

const corpus = readFileSync(new URL("corpus.sql", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("-- "));

/** The tree without its spans. */
function shape(node: unknown): unknown {
  return JSON.parse(JSON.stringify(node, (key, value: unknown) => (key === "span" ? undefined : value)));
}

/** The spans that do not lie in a text of that length. */
function badSpans(node: unknown, length: number): unknown[] {
  if (typeof node !== "object" || node === null) return [];
  const inner = Object.values(node).flatMap((child) => badSpans(child, length));
  if (!("span" in node)) return inner;
  const { start, end } = node.span as { start: number; end: number };
  return start >= 0 && end >= start && end <= length ? inner : [node, ...inner];
}

describe("every construct", () => {
  test.each(corpus)("%s", (sql) => {
    const statements = parseStatements(sql);
    expect(statements).toHaveLength(1);
    expect(badSpans(statements, sql.length)).toEqual([]);
    const printed = printSql(statements[0]!);
    expect(shape(parseStatements(printed)), printed).toEqual(shape(statements));
    expect(printSql(parseStatements(printed)[0]!)).toBe(printed);
  });

  test("as one script, with the text of each by its span", () => {
    const script = corpus.map((line) => line.replace(/ --.*$/, "")).join(";\n");
    const cut = parseStatements(script).map(({ span }) => script.slice(span.start, span.end));
    expect(cut).toHaveLength(corpus.length);
    expect(cut[1]).toMatch(/^SELECT 'it''s'.*NULL$/);
  });
});

test("empty statements are left out", () => {
  expect(parseStatements(" ;; -- nothing\n;")).toEqual([]);
  expect(parseStatements("SELECT 1;; SELECT 2;")).toHaveLength(2);
});

test("? counts from 1 in each statement", () => {
  const indexes = JSON.stringify(parseStatements("SELECT ?, ?; SELECT ?")).match(/"index":\d/g);
  expect(indexes).toEqual(['"index":1', '"index":2', '"index":1']);
});

test("expressions and types alone", () => {
  expect(printSql(parseExpression("a+b*c"))).toBe("a + b * c");
  expect(printSql(parseExpression("(a+b)*c"))).toBe("(a + b) * c");
  expect(printSql(parseType("decimal(15,2)[]"))).toBe("decimal(15, 2)[]");
  expect(() => parseExpression("a b")).toThrow('unexpected "b"');
  expect(() => parseType("int int")).toThrow('unexpected "int"');
});

describe("precedence", () => {
  test.each([
    ["a OR b AND c", "Logical"],
    ["a = b IS NULL", "IsNull"],
    ["NOT a = b", "Unary"],
    ["a + b < c", "Binary"],
    ["-a::INT", "Unary"],
    ["a || b LIKE c", "Like"],
    ["a = b COLLATE c", "Binary"],
    ["a -> 'b' = c", "Binary"],
  ])("%s is a %s", (sql, kind) => {
    expect(parseExpression(sql).kind).toBe(kind);
  });

  test("minus binds tighter than power, as in PostgreSQL", () => {
    expect(parseExpression("-2 ** 2")).toMatchObject({ kind: "Binary", operator: "**", left: { kind: "Unary" } });
  });

  test("chains of AND are flat, others lean left", () => {
    expect(parseExpression("a AND b AND c")).toMatchObject({ operands: [{}, {}, {}] });
    expect(parseExpression("a - b - c")).toMatchObject({ left: { operator: "-" }, right: { kind: "ColumnRef" } });
  });
});
