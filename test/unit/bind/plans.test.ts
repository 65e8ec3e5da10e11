import { expect, test } from "vitest";
import { DATE, INTEGER, VARCHAR } from "../../../src/planner/types/types.ts";
import { bindQuerySql } from "./bind-sql.ts";
import { planText } from "./plan-text.ts";

/** The plan's text, without the indentation of the template. */
function expectPlan(sql: string, expected: string): void {
  const lines = expected.split("\n").filter((line) => line.trim() !== "");
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  expect(planText(bindQuerySql(sql).plan)).toBe(lines.map((line) => line.slice(indent)).join("\n"));
}

test("a column comes before an alias in WHERE and in ORDER BY expressions, after it as an ORDER BY name", () => {
  expectPlan(
    "SELECT -i AS i FROM t WHERE i > 0 ORDER BY i",
    `
    Sort i
      Project -i AS i
        Filter i > 0
          Scan t
    `,
  );
  expectPlan(
    "SELECT -i AS i FROM t ORDER BY i + 0",
    `
    Project i
      Sort (i + 0)
        Project -i AS i, i + 0 AS (i + 0)
          Scan t
    `,
  );
});

test("HAVING prefers an alias to a column that is not grouped", () => {
  expectPlan(
    "SELECT sum(i) AS i FROM t HAVING i > 0",
    `
    Project sum(i) AS i
      Filter sum(i) > 0
        Aggregate by [] of [sum(i)]
          Scan t
    `,
  );
});

test("equal aggregates share a column; parts equal to a key read the key", () => {
  expectPlan(
    "SELECT (i + 1) * 2, sum(d42) FROM t GROUP BY i + 1 HAVING sum(d42) > 1 ORDER BY sum(d42) + 1",
    `
    Project ((i + 1) * 2), sum(d42)
      Sort (sum(d42) + 1)
        Project (i + 1) * 2 AS ((i + 1) * 2), sum(d42), sum(d42) + 1 AS (sum(d42) + 1)
          Filter sum(d42) > 1.00
            Aggregate by [i + 1 AS (i + 1)] of [sum(d42)]
              Scan t
    `,
  );
});

test("sorting by a column that is not put out", () => {
  expectPlan(
    "SELECT i FROM t ORDER BY d42 DESC NULLS FIRST, 1 LIMIT 5 OFFSET 2",
    `
    Project i
      Limit 5 offset 2
        Sort d42 DESC NULLS FIRST, i
          Project i, d42
            Scan t
    `,
  );
});

test("USING in a full join merges by COALESCE", () => {
  expectPlan(
    "SELECT i FROM t FULL JOIN u USING (i)",
    `
    Project i
      Project i, s, d42, i, k, CASE WHEN i IS NOT NULL THEN i ELSE i END AS i
        Join full i = i
          Scan t
          Scan u
    `,
  );
});

test("a subquery in FROM that reads tables to its left makes a dependent join", () => {
  expectPlan(
    "SELECT k FROM t, (SELECT k FROM u WHERE u.i = t.i) x",
    `
    Project k
      DependentJoin inner
        Scan t
        Project k
          Filter i = i
            Scan u
    `,
  );
  expectPlan(
    "SELECT k FROM t, types JOIN LATERAL (SELECT k FROM u WHERE u.i = t.i) x ON true",
    `
    Project k
      DependentJoin inner
        Scan t
        Join inner
          Scan types
          Project k
            Filter i = i
              Scan u
    `,
  );
});

test("correlation over two levels is listed at both", () => {
  expectPlan(
    "SELECT i FROM t WHERE i > ALL (SELECT i FROM u WHERE EXISTS (SELECT 1 FROM t AS t2 WHERE t2.i = t.i AND t2.s = u.k))",
    `
    Project i
      Filter i > ALL (<Project> outer i)
        subquery
          Project i
            Filter EXISTS (<Project> outer i, k)
              subquery
                Project 1
                  Filter i = i AND s = k
                    Scan t2
              Scan u
        Scan t
    `,
  );
});

test("NOT IN is <> ALL; the subquery's column is converted where it has to be", () => {
  expectPlan(
    "SELECT i FROM t WHERE i NOT IN (SELECT bi FROM types) AND d42 IN (SELECT i FROM u)",
    `
    Project i
      Filter i::BIGINT <> ALL (<Project>) AND d42::DECIMAL(12,2) = ANY (<Project>)
        subquery
          Project bi
            Scan types
        subquery
          Project i::DECIMAL(12,2) AS i
            Project i
              Scan u
        Scan t
    `,
  );
});

test("a common table that is read once is bound in place, one that is read twice is shared", () => {
  expectPlan(
    "WITH c AS (SELECT i FROM t), d AS (SELECT i FROM c) SELECT d.i FROM d JOIN d AS e ON d.i = e.i",
    `
    With d
      Project i
        Project i
          Scan t
      Project i
        Join inner i = i
          CteScan d
          CteScan d
    `,
  );
});

test("chains of UNION become one node", () => {
  expectPlan(
    "SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 3 EXCEPT SELECT 4",
    `
    except [a]
      union all [a]
        Project 1 AS a
          Values ()
        Project 2
          Values ()
        Project 3
          Values ()
      Project 4
        Values ()
    `,
  );
});

test("literals take the other side's type", () => {
  expectPlan(
    "SELECT i FROM types WHERE dt < '1994-01-01' AND d42 = 5 AND ti IN (1, 2) AND ti < 1000 AND f > 1 AND dt BETWEEN '1994-01-01' AND '1995-01-01'",
    `
    Project i
      Filter dt < DATE '1994-01-01' AND d42::DECIMAL(12,2) = 5.00 AND ti IN (1, 2) AND ti::INTEGER < 1000 AND f > 1.0 AND dt >= DATE '1994-01-01' AND dt <= DATE '1995-01-01'
        Scan types
    `,
  );
});

test("IN with a value that is no constant is a disjunction", () => {
  expectPlan(
    "SELECT t.i FROM t, u WHERE s IN ('a', k) AND t.i NOT IN (1, NULL)",
    `
    Project i
      Filter (s = 'a' OR s = k) AND NOT i IN (1, NULL)
        Join inner
          Scan t
          Scan u
    `,
  );
});

test("parameters have the types of their values; text takes the other side's", () => {
  const sql = "SELECT i FROM types WHERE i = ? AND dt < $2";
  const { plan } = bindQuerySql(sql, [{ type: INTEGER }, { type: VARCHAR }]);
  expect(planText(plan)).toContain("Filter i = $1 AND dt < $2::DATE");
  const named = bindQuerySql(
    "SELECT dt FROM types WHERE dt = $day LIMIT $n",
    new Map([
      ["day", { type: DATE }],
      ["n", { type: INTEGER, value: 3 }],
    ]),
  );
  expect(planText(named.plan)).toContain("Filter dt = $1");
  expect(named.plan).toMatchObject({ kind: "Limit", limit: 3 });
});

test("views are bound from their text", () => {
  expectPlan(
    "SELECT c FROM over_view",
    `
    Project c
      Project a + 1 AS c
        Project i, s
          Scan t
    `,
  );
});

test("what cannot be NULL is proved", () => {
  const nullable = (sql: string): readonly boolean[] => bindQuerySql(sql).columns.map((column) => column.nullable);
  expect(nullable("SELECT o_orderkey, o_custkey + 1, o_orderkey / 2, count(*) FROM orders GROUP BY ALL")).toEqual([
    false,
    false,
    true,
    false,
  ]);
  expect(nullable("SELECT count(*), sum(o_custkey) FROM orders")).toEqual([false, true]);
  expect(
    nullable("SELECT sum(o_custkey), min(o_custkey) FILTER (WHERE o_custkey > 1) FROM orders GROUP BY o_orderkey"),
  ).toEqual([false, true]);
  expect(nullable("SELECT o_orderkey, c_custkey FROM orders LEFT JOIN customer ON o_custkey = c_custkey")).toEqual([
    false,
    true,
  ]);
  expect(nullable("SELECT o_orderkey, c_custkey FROM orders RIGHT JOIN customer ON o_custkey = c_custkey")).toEqual([
    true,
    false,
  ]);
  expect(nullable("SELECT o_orderkey FROM orders UNION SELECT i FROM t")).toEqual([true]);
  expect(nullable("SELECT o_orderkey FROM orders INTERSECT SELECT i FROM t")).toEqual([false]);
  expect(nullable("SELECT coalesce(i, 1), i IS NULL, i IN (1, 2), EXISTS (SELECT 1), 'x' FROM t")).toEqual([
    true,
    false,
    true,
    false,
    false,
  ]);
});
