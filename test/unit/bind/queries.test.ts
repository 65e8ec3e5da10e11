import { afterAll, beforeAll, expect, test } from "vitest";
import { typeName } from "../../../src/planner/types/types.ts";
import { bindQuerySql } from "./bind-sql.ts";
import { type Describer, openDescriber } from "./duckdb.ts";

let duckdb: Describer;
beforeAll(async () => {
  duckdb = await openDescriber();
});
afterAll(() => duckdb.close());

const QUERIES = `
SELECT * FROM t
FROM t
FROM t SELECT i
SELECT t.* FROM t, u
SELECT * FROM t, u
SELECT * FROM t JOIN u USING (i)
SELECT * FROM t LEFT JOIN u USING (i)
SELECT * FROM t RIGHT JOIN u USING (i)
SELECT * FROM t FULL JOIN u USING (i)
SELECT i FROM t FULL JOIN u USING (i)
SELECT t.i, u.i, i FROM t FULL JOIN u USING (i)
SELECT * FROM u NATURAL JOIN t
SELECT * FROM t JOIN u USING (i) JOIN t AS t2 USING (i, s)
SELECT * FROM t SEMI JOIN u USING (i)
SELECT * FROM t ANTI JOIN u ON t.i = u.i
SELECT * EXCLUDE (i) FROM t
SELECT t.* EXCLUDE (i), u.* FROM t, u
SELECT * REPLACE (i + 1.5 AS i) FROM t
SELECT * RENAME (i AS j) FROM t
SELECT I, S FROM t
SELECT t.i, i FROM t
SELECT x.a, b, d42 FROM t AS x(a, b)
SELECT * FROM (SELECT i, i FROM t)
SELECT i_1 FROM (SELECT i, i FROM t)
SELECT * FROM (SELECT 1)
SELECT * FROM (VALUES (1, 2), (3, 4)) v(a, b)
SELECT * FROM (VALUES (1, 2.5), (NULL, 4)) v
VALUES (1), (2.5), (NULL)
SELECT NULL
SELECT a FROM (SELECT NULL AS a)
SELECT 1 UNION ALL SELECT 'a'
SELECT 1 UNION ALL SELECT s FROM t
SELECT DATE '1994-01-01' AS d UNION ALL SELECT 'a'
SELECT NULL AS n UNION ALL SELECT NULL
SELECT NULL AS n UNION ALL SELECT i FROM t
SELECT 1::TINYINT AS x UNION ALL SELECT 1
SELECT i FROM t UNION SELECT bi FROM types
SELECT i AS a FROM t UNION SELECT i AS b FROM u ORDER BY b
SELECT i FROM t UNION ALL SELECT 1.5 UNION ALL SELECT 2 EXCEPT SELECT i FROM u
SELECT i FROM t INTERSECT SELECT bi FROM types ORDER BY 1
SELECT i a, s b FROM t UNION ALL BY NAME SELECT k b, 1 c FROM u
(SELECT i FROM t ORDER BY i LIMIT 2) UNION ALL SELECT i FROM u
WITH c AS (SELECT 1 AS a), d AS (SELECT a + 1 AS b FROM c) SELECT * FROM c, d
WITH c(x, y) AS (SELECT 1 AS a, 2 AS b) SELECT * FROM c
WITH c(x) AS (SELECT 1 AS a, 2 AS b) SELECT * FROM c
WITH t AS (SELECT i + 10 AS i FROM t) SELECT * FROM t
WITH c AS MATERIALIZED (SELECT i FROM t) SELECT c.i, d.i FROM c, c AS d
WITH a AS (WITH b AS (SELECT 1 AS x) SELECT x + 1 AS y FROM b) SELECT y FROM a
SELECT i AS x, x + 1 AS y FROM t WHERE y > 2
SELECT i + 1 AS j FROM t GROUP BY j
SELECT i + 1 AS i, count(*) FROM t GROUP BY i
SELECT i + 1 AS j, count(*) AS c FROM t GROUP BY ALL HAVING c > 0 AND j > 1
SELECT sum(i) AS i FROM t HAVING i > 0
SELECT i FROM t GROUP BY i HAVING sum(i) > 1 ORDER BY sum(i)
SELECT t.i FROM t GROUP BY i
SELECT i FROM t GROUP BY t.i
SELECT i + 1 + 1 FROM t GROUP BY i + 1
SELECT count(*) FROM t GROUP BY ()
SELECT s, sum(i) FROM t GROUP BY 1 ORDER BY 2 DESC, s
SELECT i FROM t GROUP BY ALL
SELECT i, count(*) FROM t GROUP BY * ORDER BY *
SELECT EXISTS (SELECT i FROM u WHERE u.i = t.i) AS g, count(*) FROM t GROUP BY g ORDER BY g
SELECT (SELECT max(u.i) FROM u WHERE u.i = t.i) AS g, count(*) FROM t GROUP BY 1
SELECT (SELECT count(*) FROM u WHERE u.i > t.i GROUP BY t.i) AS a FROM t
SELECT s, (SELECT sum(t.i)) AS a FROM t GROUP BY ALL
SELECT i + 1 AS x, alias.x + 2 AS y FROM t
SELECT (SELECT sum(t.i)) AS a FROM t
SELECT min(i) > ANY (SELECT i FROM u WHERE i > max(t.i)) AS a FROM t
SELECT i FROM t GROUP BY i HAVING EXISTS (SELECT 1 FROM u WHERE u.i > sum(t.d42))
SELECT * FROM range(10)
SELECT i FROM range(5, 10) r(i)
SELECT * FROM generate_series(10, 1, -3) AS g
SELECT DISTINCT i, s FROM t ORDER BY s
SELECT -i AS i FROM t ORDER BY i + 0
SELECT i AS x FROM t ORDER BY x + 1
SELECT i FROM t ORDER BY ALL
SELECT count(*) FROM t LIMIT 1
SELECT i FROM t LIMIT NULL
SELECT i FROM t LIMIT '1' OFFSET 1
SELECT i FROM t WHERE EXISTS (SELECT * FROM u WHERE u.i = t.i)
SELECT * FROM t WHERE (i, s) IN (SELECT i, k FROM u)
SELECT * FROM t, LATERAL (SELECT k FROM u WHERE u.i = t.i) x
SELECT * FROM t, (SELECT k, t.i + 1 AS z FROM u WHERE u.i = t.i) x
SELECT * FROM t LEFT JOIN LATERAL (SELECT k, t.i AS ti FROM u LIMIT 1) x ON true
SELECT main.t.i FROM t
SELECT t.i FROM main.t
SELECT (SELECT max(i) FROM u) AS m, s FROM t
SELECT max(i) FILTER (WHERE i < 3) AS m FROM t
SELECT x.i FROM (t JOIN u ON t.i = u.i) AS x
SELECT sum(x) AS s FROM (SELECT i AS x FROM t UNION ALL SELECT i FROM u) GROUP BY x % 2
DESCRIBE SELECT i FROM t
`
  .trim()
  .split("\n");

for (const sql of QUERIES) {
  test(`columns of ${sql}`, async () => {
    const ours = bindQuerySql(sql).columns.map((column) => ({ name: column.name, type: typeName(column.type) }));
    const theirs = await duckdb.describe(sql.startsWith("DESCRIBE") ? `SELECT * FROM (${sql})` : sql);
    expect(ours).toEqual(theirs);
  });
}
