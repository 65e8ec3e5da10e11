import { describe, expect, test } from "vitest";
import { bindExpression, evaluateAll, run } from "./evaluate.ts";

const same = async (sql: string): Promise<string> => {
  const all = await evaluateAll(sql);
  expect(new Set(all).size, `${sql}: ${all.join(", ")}`).toBe(1);
  return all[0] as string;
};

describe("three-valued logic", () => {
  const truth: readonly (readonly [sql: string, result: string])[] = [
    ["TRUE AND NULL", "NULL"],
    ["FALSE AND NULL", "false"],
    ["NULL AND FALSE", "false"],
    ["NULL::BOOLEAN AND NULL", "NULL"],
    ["TRUE OR NULL", "true"],
    ["NULL OR TRUE", "true"],
    ["FALSE OR NULL", "NULL"],
    ["NOT NULL::BOOLEAN", "NULL"],
    ["NULL::INTEGER IS NULL", "true"],
    ["1 IN (2, NULL)", "NULL"],
    ["1 IN (1, NULL)", "true"],
    ["1 NOT IN (2, NULL)", "NULL"],
    ["NULL IN (1, 2)", "NULL"],
    ["CASE WHEN NULL THEN 1 ELSE 2 END", "2"],
    ["CASE WHEN FALSE THEN 1 END", "NULL"],
    ["COALESCE(NULL, NULL, 3)", "3"],
    ["NULLIF(1, 1)", "NULL"],
    ["(1 = 1 AND 'abc' LIKE '%b%') OR NULL", "true"],
    ["(2 = 1 AND 'abc' LIKE '%b%') OR 'x' LIKE 'y'", "false"],
  ];
  test.each(truth)("%s", async (sql, result) => expect(await same(sql)).toBe(result));
});

describe("what is not needed is not evaluated", () => {
  const lazy: readonly (readonly [sql: string, result: string])[] = [
    ["FALSE AND 9223372036854775807 + 1 > 0", "false"],
    ["TRUE OR 9223372036854775807 + 1 > 0", "true"],
    ["CASE WHEN TRUE THEN 1::BIGINT ELSE 9223372036854775807 + 1 END", "1"],
    ["COALESCE(1::BIGINT, 9223372036854775807 + 1)", "1"],
    ["CASE 'a' WHEN 'a' THEN 1 WHEN 'b' THEN 'x'::INTEGER END", "1"],
    ["'x'::VARCHAR IN ('x') OR 'y'::INTEGER = 1", "true"],
  ];
  test.each(lazy)("%s", async (sql, result) => {
    expect(await same(sql)).toBe(result);
  });

  test("but what is needed fails", async () => {
    await expect(evaluateAll("TRUE AND 9223372036854775807 + 1 > 0")).rejects.toMatchObject({ code: "overflow" });
  });

  test("NULL arguments keep a function from failing", async () => {
    expect(await same("NULL::BIGINT + 9223372036854775807")).toBe("NULL");
    expect(await same("sqrt(NULL)")).toBe("NULL");
  });
});

test("an error has the span of its call", async () => {
  const sql = "1 + (9223372036854775807 + 1)";
  await expect(evaluateAll(sql)).rejects.toMatchObject({
    span: { start: "SELECT 1 + (".length, end: "SELECT 1 + (9223372036854775807 + 1".length },
  });
});

describe("IN lists of every kind", () => {
  const numbers = Array.from({ length: 40 }, (_, i) => i * 1000);
  const words = Array.from({ length: 40 }, (_, i) => `word${i}${"x".repeat(i)}`);
  const quoted = words.map((w) => `'${w}'`).join(", ");
  test.each([
    [`7000 IN (${numbers.join(", ")})`, "true"],
    [`7001 IN (${numbers.join(", ")})`, "false"],
    [`7000::HUGEINT IN (${numbers.join(", ")})`, "true"],
    [`7001::HUGEINT * 1000000000000000 IN (${numbers.join(", ")})`, "false"],
    [`5 IN (1, 3, 5, 7, 63)`, "true"],
    [`64 IN (1, 3, 5, 7, 63)`, "false"],
    [`-1 IN (1, 3, 5, 7, 63)`, "false"],
    [`'${words[17]}' IN (${quoted})`, "true"],
    [`'word' IN (${quoted})`, "false"],
    [`'${words[39]}x' IN (${quoted})`, "false"],
    [`7e3 IN (${numbers.map((n) => `${n}e0`).join(", ")})`, "true"],
    [`-0.0::DOUBLE IN (${numbers.map((n) => `${n}e0`).join(", ")})`, "true"],
    [`7.5e3 IN (${numbers.map((n) => `${n}e0`).join(", ")})`, "false"],
    [`'nan'::DOUBLE IN ('nan'::DOUBLE, ${numbers.map((n) => `${n}e0`).join(", ")})`, "true"],
    [`DATE '1994-01-01' IN (DATE '1994-01-01', DATE '1995-01-01')`, "true"],
    [`'nan'::DOUBLE IN (1.0, 'nan'::DOUBLE)`, "true"],
  ])("%s", async (sql, result) => expect(await same(sql)).toBe(result));
});

test("a chain of ten thousand operators", async () => {
  const expr = bindExpression(Array.from({ length: 10_000 }, () => "1").join(" + "));
  expect(await run(expr, "interpreter")).toBe(10_000);
  expect(await run(expr, "wasm")).toBe(10_000);
});

test("an IN list of a hundred thousand values", async () => {
  const list = Array.from({ length: 100_000 }, (_, i) => i * 7).join(", ");
  expect(await same(`699993 IN (${list})`)).toBe("true");
});
