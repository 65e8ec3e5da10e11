/** Statements of absurd size or depth, through the whole engine: rows or an error of ours in bounded time, never a stack overflow. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectEngine, readConfig } from "../support/engine.ts";
import type { TestSession } from "../support/session.ts";

let db: TestSession;
beforeAll(async () => {
  db = await connectEngine(await readConfig());
  await db.execute("CREATE TABLE t AS SELECT i AS a, i % 7 AS b, 's' || i AS s FROM range(1000) r(i)");
  await db.execute("CREATE TABLE large AS SELECT i AS a, 's' || i AS s FROM range(100000) r(i)");
});
afterAll(() => db.close());

const times = (text: string, count: number): string => text.repeat(count);
const list = (count: number, item: (i: number) => string, separator = ", "): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(separator);

/** Rows as text. */
async function rows(sql: string): Promise<readonly string[]> {
  const { rows: values = [] } = (await db.execute(sql)).at(-1)!;
  return values.map((row) => row.slice(0, 3).join(","));
}

describe("long statements are answered", () => {
  test.each<[name: string, sql: string, expected: readonly string[]]>([
    ["a string of 5 MB", `SELECT length('${times("x", 5_000_000)}')`, ["5000000"]],
    ["a comment of 5 MB", `SELECT 1 /* ${times("x", 5_000_000)} */`, ["1"]],
    ["a name of 1 MB", `SELECT 1 AS ${times("x", 1_000_000)}`, ["1"]],
    ["integers in a list", `SELECT count(*) FROM large WHERE a IN (${list(100_000, (i) => `${i * 2}`)})`, ["50000"]],
    ["integers not in a list", `SELECT count(*) FROM t WHERE a NOT IN (${list(100_000, (i) => `${i * 2}`)})`, ["500"]],
    ["strings in a list", `SELECT count(*) FROM large WHERE s IN (${list(100_000, (i) => `'s${i * 3}'`)})`, ["33334"]],
    ["expressions in a list", `SELECT count(*) FROM t WHERE a IN (${list(10_000, (i) => `b + ${i}`)})`, ["1000"]],
    ["AND", `SELECT count(*) FROM t WHERE ${list(10_000, (i) => `a <> ${i * 2}`, " AND ")}`, ["500"]],
    ["OR", `SELECT count(*) FROM t WHERE ${list(10_000, (i) => `a = ${i * 2}`, " OR ")}`, ["500"]],
    ["OR of ANDs", `SELECT count(*) FROM t WHERE ${list(10_000, (i) => `(a = ${i} AND b = 3)`, " OR ")}`, ["143"]],
    ["AND that can fail", `SELECT count(*) FROM t WHERE ${list(3_000, (i) => `a + ${i} >= 0`, " AND ")}`, ["1000"]],
    [
      "a selected condition",
      `SELECT sum(CASE WHEN ${list(3_000, (i) => `a <> ${i * 3}`, " AND ")} THEN 1 END) FROM t`,
      ["666"],
    ],
    ["sums", `SELECT ${list(10_000, () => "a", " + ")} FROM t WHERE a = 2`, ["20000"]],
    ["concatenation", `SELECT length(${list(10_000, () => "s", " || ")}) FROM t WHERE a = 2`, ["20000"]],
    ["CASE", `SELECT sum(CASE ${list(10_000, (i) => `WHEN a = ${i} THEN ${i + 1}`, " ")} END) FROM t`, ["500500"]],
    [
      "CASE of strings",
      `SELECT CASE a ${list(5_000, (i) => `WHEN ${i} THEN 'x${i}'`, " ")} ELSE s END FROM t WHERE a = 77`,
      ["x77"],
    ],
    ["columns", `SELECT ${list(1_000, (i) => `a + ${i} AS c${i}`)} FROM t WHERE a = 5`, ["5,6,7"]],
    [
      "sorted columns",
      `SELECT ${list(1_000, (i) => `a + ${i} AS c${i}`)} FROM t ORDER BY ${list(1_000, (i) => `c${i}`)} LIMIT 1`,
      ["0,1,2"],
    ],
    ["aggregates", `SELECT ${list(1_000, (i) => `sum(a + ${i})`)} FROM t`, ["499500,500500,501500"]],
    ["group keys", `SELECT count(*) FROM (SELECT 1 FROM t GROUP BY ${list(200, (i) => `a + ${i}`)}) u`, ["1000"]],
    [
      "UNION ALL",
      `SELECT count(*), sum(a) FROM (${list(500, (i) => `SELECT ${i} AS a`, " UNION ALL ")}) u`,
      ["500,124750"],
    ],
    [
      "UNION ALL of tables",
      `SELECT count(*) FROM (${list(500, () => "SELECT a FROM t", " UNION ALL ")}) u`,
      ["500000"],
    ],
    ["UNION", `SELECT count(*) FROM (${list(500, (i) => `SELECT ${i % 10} AS a`, " UNION ")}) u`, ["10"]],
    [
      "rows of constants",
      `SELECT count(*), sum(a) FROM (VALUES ${list(20_000, (i) => `(${i}, 'x${i}')`)}) v(a, b)`,
      ["20000,199990000"],
    ],
    [
      "joins",
      `SELECT count(*) FROM t t0 ${list(60, (i) => `JOIN t t${i + 1} ON t${i}.a = t${i + 1}.a`, " ")}`,
      ["1000"],
    ],
    [
      "EXISTS",
      `SELECT count(*) FROM t WHERE ${list(50, (i) => `EXISTS (SELECT 1 FROM t x WHERE x.a = t.a + ${i})`, " AND ")}`,
      ["951"],
    ],
    [
      "common tables",
      `WITH c0 AS (SELECT 1 AS a), ${list(200, (i) => `c${i + 1} AS (SELECT a + 1 AS a FROM c${i})`)} SELECT * FROM c200`,
      ["201"],
    ],
    ["statements", times("SELECT 1; ", 1_000), ["1"]],
  ])("%s", async (_, sql, expected) => {
    expect(await rows(sql)).toEqual(expected);
  });
});

test("macros that double are refused", async () => {
  const body = (i: number): string => (i === 0 ? "x + x" : `double${i - 1}(x) + double${i - 1}(x)`);
  await db.execute(list(30, (i) => `CREATE MACRO double${i}(x) AS ${body(i)}`, "; "));
  expect(await rows("SELECT double5(a) FROM t WHERE a = 2")).toEqual(["128"]);
  await expect(rows("SELECT double29(a) FROM t")).rejects.toMatchObject({ name: "HeadraceError", code: "bind" });
});

describe("depth is refused by name or answered", () => {
  const nested: Readonly<Record<string, (n: number) => string>> = {
    parentheses: (n) => `SELECT ${times("(", n)}1${times(")", n)}`,
    calls: (n) => `SELECT ${times("abs(", n)}a${times(")", n)} FROM t LIMIT 1`,
    "right operands": (n) => `SELECT ${times("1 + (", n)}a${times(")", n)} FROM t LIMIT 1`,
    cases: (n) => `SELECT ${times("CASE WHEN a = 1 THEN 1 ELSE ", n)}2${times(" END", n)} FROM t LIMIT 1`,
    negations: (n) => `SELECT ${times("NOT ", n)}(a = 1) FROM t LIMIT 1`,
    "table subqueries": (n) => `SELECT count(*) FROM ${times("(SELECT * FROM ", n)}t${times(" u)", n)} v`,
    "scalar subqueries": (n) => `SELECT ${times("(SELECT ", n)}1${times(")", n)}`,
    "correlated subqueries": (n) => `SELECT ${times("(SELECT t.a + ", n)}1${times(")", n)} FROM t LIMIT 1`,
    "set operations": (n) => `SELECT 1 ${times("UNION ALL (SELECT 1 ", n)}${times(")", n)}`,
  };
  test.each(Object.entries(nested))("%s", async (_, sql) => {
    await expect(rows(sql(10_000))).rejects.toMatchObject({ name: "HeadraceError", code: "syntax" });
    for (const depth of [20, 60, 160, 240, 480]) {
      const outcome = await rows(sql(depth)).then(
        () => "rows",
        (error: { name: string; code: string; message: string }) => `${error.name} ${error.code}: ${error.message}`,
      );
      expect(outcome).toMatch(/^(rows|HeadraceError (syntax|unsupported): .*nested too deeply)/);
    }
  });
});
