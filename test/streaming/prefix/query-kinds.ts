/** Queries of every kind over two small tables with NULLs, duplicates and skew. */
import { createRandom, type Tables } from "./oracle.ts";

const random = createRandom(7);
const or = <T>(value: T): T | null => (random(8) === 0 ? null : value);
const words = ["ash", "birch", "cedar", "", "éclair", "fir"];

export const TABLES: Tables = {
  t: {
    schema: { id: "INTEGER", k: "INTEGER", s: "VARCHAR", x: "BIGINT", d: "DECIMAL(10,2)", f: "DOUBLE", day: "DATE" },
    rows: Array.from({ length: 60 }, (_, i) => ({
      id: i % 55,
      k: or(Math.min(random(12), random(12))),
      s: or(words[random(words.length)]!),
      x: or(BigInt(random(1000) - 500)),
      d: or(`${random(100)}.${10 + random(90)}`),
      f: or(random(100) / 8),
      day: or(new Date(Date.UTC(2024, random(12), 1 + random(28)))),
    })),
  },
  u: {
    schema: { k: "INTEGER", name: "VARCHAR", weight: "INTEGER", tags: "VARCHAR[]" },
    rows: Array.from({ length: 30 }, () => ({
      k: or(random(14)),
      name: or(words[random(words.length)]!),
      weight: random(20),
      tags: or(words.slice(random(3), 3 + random(3))),
    })),
  },
};

/** The rows of `t` that have a day, with it as a time. */
const TIMED = "(SELECT *, day::TIMESTAMP AS ts FROM t WHERE day IS NOT NULL)";

export const QUERIES: readonly string[] = [
  "SELECT id, x * 2 AS y, upper(s) AS s FROM t WHERE k > 3 OR s IS NULL",
  "SELECT s, count(*) AS n, count(x) AS c, sum(x) AS sx, sum(d) AS sd, avg(x) AS ax, avg(d) AS ad FROM t GROUP BY s",
  "SELECT count(*) AS n, sum(x) AS s, avg(x) AS a, min(x) AS lo, max(s) AS hi FROM t",
  "SELECT count(*) FILTER (WHERE k > 5) AS n, sum(x) FILTER (WHERE s = 'ash') AS s FROM t",
  "SELECT k % 3 AS m, sum(x) AS s FROM t GROUP BY m HAVING count(*) > 2",
  "SELECT k, min(x) AS lo, max(day) AS hi, median(x) AS med, stddev(f) AS sd, sum(f) AS sf FROM t GROUP BY k",
  "SELECT k, count(DISTINCT s) AS n, sum(DISTINCT x % 10) AS s, list(DISTINCT s ORDER BY s) AS l FROM t GROUP BY k",
  "SELECT k, string_agg(s, ',' ORDER BY s, id) AS names, arg_max(id, x) AS best FROM t WHERE x IS NOT NULL GROUP BY k",
  "SELECT DISTINCT k, s FROM t",
  "SELECT s, k, count(*) AS n, grouping(s, k) AS g FROM t GROUP BY ROLLUP (s, k)",
  "SELECT s, k, sum(x) AS sx FROM t GROUP BY GROUPING SETS ((s), (k), ())",
  "SELECT t.id, u.name FROM t JOIN u ON t.k = u.k",
  "SELECT t.id, u.name FROM t JOIN u USING (k) WHERE u.weight > t.k",
  "SELECT t.id, u.name, u.weight FROM t LEFT JOIN u ON t.k = u.k AND u.weight > 5",
  "SELECT t.id, u.name FROM t RIGHT JOIN u ON t.k = u.k",
  "SELECT t.id, t.s, u.name FROM t FULL JOIN u ON t.k = u.k AND t.s = u.name",
  "SELECT t.id, u.weight FROM t JOIN u ON t.k < u.k AND t.x > u.weight * 20",
  "SELECT t.id, u.weight FROM t LEFT JOIN u ON t.k < u.weight AND t.x > 300",
  "SELECT id FROM t SEMI JOIN u ON t.k = u.k",
  "SELECT id FROM t ANTI JOIN u ON t.k = u.k",
  "SELECT a.id AS i, b.id AS j FROM t a JOIN t b ON a.k = b.k AND a.id < b.id",
  "SELECT count(*) AS n FROM t CROSS JOIN u",
  "SELECT id FROM t WHERE k IN (SELECT k FROM u)",
  "SELECT id FROM t WHERE k NOT IN (SELECT k FROM u)",
  "SELECT id, k IN (SELECT k FROM u WHERE weight > 10) AS found FROM t",
  "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND u.weight > 10)",
  "SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k)",
  "SELECT id, (SELECT max(weight) FROM u WHERE u.k = t.k) AS w FROM t",
  "SELECT id FROM t WHERE x > (SELECT avg(x) FROM t)",
  "SELECT id, (SELECT count(*) FROM u WHERE u.weight < t.k) AS n FROM t",
  "SELECT k FROM t UNION SELECT k FROM u",
  "SELECT k FROM t UNION ALL SELECT weight FROM u",
  "SELECT k FROM t INTERSECT SELECT k FROM u",
  "SELECT k FROM t EXCEPT SELECT k FROM u",
  "SELECT k FROM t EXCEPT ALL SELECT k FROM u",
  "SELECT id, k, x FROM t ORDER BY x DESC, id LIMIT 5",
  "SELECT k, n FROM (SELECT k, count(*) AS n FROM t GROUP BY k) ORDER BY n DESC, k LIMIT 3 OFFSET 1",
  "SELECT id FROM (SELECT id, k + 1 AS l FROM t ORDER BY x DESC, id, k, s, d, f, day) WHERE l > 2 LIMIT 4",
  "SELECT list(id), first(s), string_agg(s, ',') FROM (SELECT id, s FROM t ORDER BY x DESC, id, k, s, d, f, day)",
  "SELECT m, list(id) AS ids FROM (SELECT id, k % 3 AS m FROM t ORDER BY x, id, k, s, d, f, day) GROUP BY m",
  "SELECT id, row_number() OVER () AS r FROM (SELECT id FROM t ORDER BY x, id, k, s, d, f, day)",
  "SELECT id, row_number() OVER (PARTITION BY m) AS r FROM (SELECT id, k % 3 AS m FROM t ORDER BY x, id, k, s, d, f, day)",
  "SELECT id, x, sum(x) OVER (PARTITION BY k ORDER BY x, id) AS run, lag(x) OVER (PARTITION BY k ORDER BY x, id) AS before FROM t",
  "SELECT id, rank() OVER (PARTITION BY s ORDER BY x) AS r, ntile(3) OVER (ORDER BY x, id, k, s, d, f, day) AS n FROM t",
  "SELECT id, count(*) OVER (PARTITION BY k) AS n FROM t QUALIFY n > 3",
  "SELECT * FROM (SELECT k, x, row_number() OVER (PARTITION BY k ORDER BY x DESC, id) AS r FROM t) WHERE r <= 2",
  "SELECT k, unnest(tags) AS tag FROM u",
  "SELECT tag, count(*) AS n FROM (SELECT unnest(tags) AS tag FROM u) GROUP BY tag",
  "WITH big AS (SELECT k, sum(x) AS s FROM t GROUP BY k) SELECT a.k, b.s FROM big a JOIN big b ON a.k = b.k + 1",
  "WITH RECURSIVE r AS (SELECT k, 0 AS depth FROM u WHERE weight > 15 UNION SELECT r.k + 1, depth + 1 FROM r JOIN t ON t.k = r.k WHERE depth < 4) SELECT * FROM r",
  "SELECT s, list(x ORDER BY x) AS xs FROM t WHERE day >= DATE '2024-03-01' GROUP BY s",
  "SELECT t.id, w.name FROM t ASOF JOIN (SELECT k, name, weight FROM u WHERE weight % 2 = 0) w ON t.s = w.name AND t.k >= w.weight",
  "SELECT 1 AS one",
  "SELECT v.a, count(t.id) AS n FROM (VALUES (1), (2), (3)) v(a) LEFT JOIN t ON t.k = v.a GROUP BY v.a",
  "SELECT date_trunc('month', day) AS m, count(*) AS n FROM t GROUP BY m",
  `SELECT k, window_start, window_end, count(*) AS n, sum(x) AS s FROM TUMBLE(TABLE ${TIMED}, DESCRIPTOR(ts), INTERVAL '30' DAY) GROUP BY k, window_start, window_end`,
  `SELECT window_start, max(x) AS hi FROM HOP(TABLE ${TIMED}, DESCRIPTOR(ts), INTERVAL '20' DAY, INTERVAL '50' DAY) GROUP BY window_start, window_end`,
  `SELECT id, window_end FROM CUMULATE(TABLE ${TIMED}, DESCRIPTOR(ts), INTERVAL '30' DAY, INTERVAL '90' DAY)`,
  `SELECT k, window_start, window_end, count(*) AS n FROM SESSION(TABLE ${TIMED} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '20' DAY) GROUP BY k, window_start, window_end`,
  `SELECT k, SESSION_END(ts, INTERVAL '20' DAY) AS e, min(x) AS lo FROM ${TIMED} GROUP BY k, SESSION(ts, INTERVAL '20' DAY)`,
  `SELECT HOP_START(ts, INTERVAL '30' DAY, INTERVAL '60' DAY) AS w, s, count(*) AS n FROM ${TIMED} GROUP BY s, HOP(ts, INTERVAL '30' DAY, INTERVAL '60' DAY)`,
];
