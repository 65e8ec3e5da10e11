import { expect, test } from "vitest";
import { tableNamesOf } from "../../../src/planner/bind/table-names.ts";
import { decimal, INTEGER, VARCHAR } from "../../../src/planner/types/types.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { bindQuerySql, bindSql } from "./bind-sql.ts";
import { checkPlan, planText } from "./plan-text.ts";

test("CREATE TABLE", () => {
  const sql =
    "CREATE TABLE IF NOT EXISTS s.x (a INT PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x', c DECIMAL(10, 2), CHECK (a > 0))";
  expect(bindSql(sql)).toMatchObject({
    kind: "CreateTable",
    name: { schema: "s", name: "x" },
    onExisting: "skip",
    definition: {
      columns: [
        { name: "a", type: INTEGER, notNull: true, defaultValue: undefined },
        { name: "b", type: VARCHAR, notNull: true, defaultValue: { kind: "StringLiteral", value: "x" } },
        { name: "c", type: decimal(10, 2), notNull: false },
      ],
      unique: [{ primary: true, columns: [0] }],
      checks: [{ text: "a > 0" }],
    },
    source: undefined,
  });
});

test("CREATE TABLE AS: names are unique, NULL is INTEGER", () => {
  const bound = bindSql("CREATE OR REPLACE TABLE x AS SELECT i, i, NULL AS n FROM t");
  expect(bound).toMatchObject({ kind: "CreateTable", onExisting: "replace" });
  if (bound.kind !== "CreateTable" || bound.source === undefined) throw new Error("no source");
  expect(bound.definition.columns).toMatchObject(
    ["i", "i_1", "n"].map((name) => ({ name, type: INTEGER, notNull: false })),
  );
  expect(bound.source.columns.map((column) => column.name)).toEqual(["i", "i_1", "n"]);
  checkPlan(bound.source.plan);
});

test("CREATE VIEW keeps the query's text", () => {
  expect(bindSql("CREATE OR REPLACE VIEW v(a) AS SELECT i FROM t WHERE i > 0 ;")).toEqual({
    kind: "CreateView",
    materialized: false,
    name: { schema: "main", name: "v" },
    onExisting: "replace",
    sql: "SELECT i FROM t WHERE i > 0",
    columnNames: ["a"],
  });
});

test("INSERT puts out the table's columns", () => {
  const insert = (sql: string): string => {
    const bound = bindSql(sql);
    if (bound.kind !== "Insert") throw new Error("no insert");
    checkPlan(bound.plan);
    expect(bound.columns.map((column) => column.type)).toEqual([INTEGER, VARCHAR, decimal(4, 2)]);
    return planText(bound.plan);
  };
  expect(insert("INSERT INTO t VALUES (1, 'a', 2.5), ('2', NULL, DEFAULT)")).toBe(
    "Project i, s, d42\n  Values (1, 'a', 2.50), (2, NULL, NULL)",
  );
  expect(insert("INSERT INTO t(d42, s) SELECT i, k FROM u")).toBe(
    "Project NULL AS i, k, i::DECIMAL(4,2) AS d42\n  Project i, k\n    Scan u",
  );
  expect(insert("INSERT INTO t DEFAULT VALUES")).toContain("Project NULL AS i, NULL AS s, NULL AS d42");
  expect(insert("WITH c AS (SELECT 1 AS a) INSERT INTO t SELECT a, a, a FROM c")).toContain(
    "Project a, a::VARCHAR AS s, a::DECIMAL(4,2) AS d42",
  );
});

test("EXPLAIN, DESCRIBE, SHOW", () => {
  expect(bindSql("EXPLAIN SELECT 1")).toMatchObject({
    kind: "Explain",
    stages: ["physical"],
    analyze: false,
    format: "text",
  });
  expect(bindSql("EXPLAIN (LOGICAL, FORMAT JSON) SELECT 1")).toMatchObject({ stages: ["logical"], format: "json" });
  expect(planText(bindQuerySql("DESCRIBE t").plan)).toContain("('d42', 'DECIMAL(4,2)', 'YES', NULL, NULL, NULL)");
  expect(planText(bindQuerySql("SHOW TABLES").plan)).toContain("('lineitem')");
});

test("the names that a statement needs", () => {
  const [statement] = parseStatements(
    "WITH c AS (SELECT * FROM Orders) SELECT * FROM c, 'a/*.parquet', read_parquet('b.parquet') WHERE EXISTS (SELECT 1 FROM s.T)",
  );
  if (statement === undefined) throw new Error("no statement");
  const names = tableNamesOf(statement).map((reference) =>
    reference.kind === "table" ? reference.name.join(".") : reference.paths.join(),
  );
  expect([...names].sort()).toEqual(["a/*.parquet", "b.parquet", "c", "orders", "s.t"]);
});

test("long chains and many names in bounded time", () => {
  const repeat = (count: number, text: (i: number) => string, separator: string): string =>
    Array.from({ length: count }, (_, i) => text(i)).join(separator);
  bindSql(`SELECT i + ${repeat(20_000, String, " + ")} FROM t`);
  bindSql(`SELECT sum(i) + ${repeat(20_000, String, " + ")} FROM t GROUP BY i + 1`);
  bindSql(`SELECT * FROM t WHERE ${repeat(20_000, (i) => `i <> ${i} AND s <> '${i}'`, " OR ")}`);
  bindSql(`SELECT * FROM t WHERE i IN (${repeat(100_000, String, ", ")})`);
  bindSql(repeat(3000, (i) => `SELECT ${i}`, " UNION ALL "));
  bindSql(`SELECT 1 FROM t ${repeat(500, (i) => `JOIN u AS u${i} ON t.i = u${i}.i`, " ")}`);
  expect(() => bindSql(`SELECT 1 AS a0, ${repeat(60, (i) => `a${i} + a${i} AS a${i + 1}`, ", ")}`)).toThrow(
    "aliases are used too often",
  );
});
