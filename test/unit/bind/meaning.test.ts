import { afterAll, beforeAll, expect, test } from "vitest";
import { bindQuerySql } from "./bind-sql.ts";
import { boundSql } from "./bound-sql.ts";
import { type Describer, openDescriber } from "./duckdb.ts";
import { EXPRESSIONS } from "./expressions.ts";
import { QUERIES } from "./queries.ts";

let duckdb: Describer;
beforeAll(async () => {
  duckdb = await openDescriber();
});
afterAll(() => duckdb.close());

/** Further ones, where the meaning is the point. */
const MORE = `
SELECT i, (SELECT count(*) FROM u WHERE u.i = t.i) FROM t
SELECT i FROM t WHERE i NOT IN (SELECT i FROM u)
SELECT i FROM t WHERE i NOT IN (SELECT i FROM u WHERE i IS NOT NULL)
SELECT i FROM t WHERE i > ALL (SELECT i FROM u WHERE u.k = t.s)
SELECT i FROM t WHERE i <= ANY (SELECT i FROM u WHERE u.k <> t.s)
SELECT i IN (SELECT i FROM u), i NOT IN (1, NULL), i BETWEEN 1 AND NULL FROM t
SELECT i NOT BETWEEN 2 AND 5 FROM t
SELECT t.i, x.k FROM t LEFT JOIN LATERAL (SELECT k FROM u WHERE u.i = t.i ORDER BY k LIMIT 1) x ON true
SELECT t.i, u.k, y.z FROM t JOIN u ON t.i = u.i, LATERAL (SELECT t.i + u.i AS z WHERE u.k > t.s) y
SELECT * FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.i = t.i AND NOT EXISTS (SELECT 1 FROM t t2 WHERE t2.i = t.i AND t2.s = u.k))
SELECT i, s FROM t UNION SELECT i, k FROM u EXCEPT SELECT i, s FROM t WHERE i = 1
SELECT i FROM t INTERSECT ALL SELECT i FROM u
SELECT i FROM t EXCEPT ALL SELECT i FROM u
SELECT i, count(*), sum(d42), min(s) FROM t GROUP BY i HAVING count(*) > 1 OR i IS NULL ORDER BY 2 DESC, 1
SELECT CASE s WHEN 'a' THEN 1 WHEN NULL THEN 2 ELSE 3 END, CASE WHEN i > 1 THEN 'x' END FROM t
SELECT coalesce(i, d42, 0), nullif(i, 2), if(i = 2, 'y', 'n'), ifnull(s, '-') FROM t
SELECT b IS TRUE, b IS NOT TRUE, b IS FALSE, b IS UNKNOWN, i IS DISTINCT FROM bi, i IS NOT DISTINCT FROM bi FROM types
SELECT s LIKE 'a%', s NOT LIKE 'a%', s ILIKE 'A' FROM t
SELECT (i, s) = (2, 'x'), (i, s) <> (2, 'x'), (i, s) < (2, 'x'), (i, s) >= (2, 'b') FROM t WHERE i IS NOT NULL AND s IS NOT NULL
SELECT i FROM t WHERE (i, s) IN ((1, 'a'), (2, 'x'))
SELECT i FROM t WHERE (i, s) NOT IN (SELECT i, k FROM u)
SELECT dt - INTERVAL '90' DAY, dt + INTERVAL '1' MONTH, dt - DATE '1993-01-01', extract(year FROM dt) FROM types
SELECT -i, +i, - -i, i % 2, i // 2, i / 2, d42 * 2 FROM t
SELECT count(DISTINCT i), count(i), count(*), sum(i) FILTER (WHERE s <> 'a'), avg(d42) FROM t
SELECT * FROM t NATURAL FULL JOIN (SELECT i, k AS s FROM u) v
SELECT * FROM t FULL JOIN u USING (i) FULL JOIN types USING (i) ORDER BY i
SELECT i FROM t JOIN u USING (i) WHERE i > 1 GROUP BY i
WITH c AS (SELECT i, count(*) AS n FROM t GROUP BY i) SELECT a.i, b.n FROM c a JOIN c b ON a.i = b.i WHERE a.n >= (SELECT max(n) FROM c)
SELECT i, (WITH c AS (SELECT k FROM u WHERE u.i = t.i) SELECT max(k) FROM c) FROM t
SELECT i, (WITH c AS (SELECT k FROM u WHERE u.i = t.i) SELECT count(*) FROM c x, c y) FROM t
SELECT (SELECT (SELECT t.i + u.i) FROM u WHERE u.k = 'a') FROM t
SELECT sum(i) + 1 AS a, sum(i) * 2 AS b FROM t ORDER BY a
SELECT s, sum(i) AS n FROM t GROUP BY s ORDER BY n DESC NULLS FIRST, s LIMIT 3
SELECT i AS a, a + 1 AS b, a + b AS c FROM t WHERE c > 3 ORDER BY c DESC, a
`
  .trim()
  .split("\n");

/** The rows in order where there is one. With LIMIT and no order any choice is right: their number counts. */
function comparable(sql: string, rows: readonly string[]): readonly unknown[] {
  if (/LIMIT/.test(sql) && !/ORDER BY/.test(sql)) return [rows.length];
  return /ORDER BY (?:(?!\)).)*$/.test(sql) ? rows : rows.toSorted();
}

for (const sql of [...QUERIES, ...MORE]) {
  if (sql.startsWith("DESCRIBE")) continue;
  test(`meaning of ${sql}`, async () => {
    const { plan, columns } = bindQuerySql(sql);
    const again = `SELECT ${columns.map((column) => `c${column.id}`).join(", ")} FROM (${boundSql(plan)})`;
    const [ours, theirs] = [await duckdb.rows(again), await duckdb.rows(sql)];
    expect(comparable(sql, ours)).toEqual(comparable(sql, theirs));
  });
}

/** A DOUBLE's literal comes back to DuckDB as a DECIMAL, with a point. */
const values = (rows: readonly string[]): string =>
  rows
    .map((row) => row.replace(/\.0$/, ""))
    .toSorted()
    .join();

test("meaning of single expressions", async () => {
  const differences: string[] = [];
  for (const text of EXPRESSIONS) {
    const sql = `SELECT ${text} FROM types`;
    let again = "";
    try {
      const { plan, columns } = bindQuerySql(sql);
      again = `SELECT c${columns[0]?.id} FROM (${boundSql(plan)})`;
    } catch {
      continue;
    }
    const failed = (error: unknown): readonly string[] => [
      error instanceof Error ? `error ${error.message.split("\n")[0]}` : "",
    ];
    const [ours, theirs] = [await duckdb.rows(again).catch(failed), await duckdb.rows(sql).catch(failed)];
    if (theirs[0]?.startsWith("error") === true) continue;
    if (values(ours) !== values(theirs)) differences.push(`${text}: ${ours.join()} | ${theirs.join()} | ${again}`);
  }
  expect(differences).toEqual([]);
});
