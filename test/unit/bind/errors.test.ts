import { expect, test } from "vitest";
import { bindErrorOf } from "./bind-sql.ts";

/** SQL; the text that the error points to; the message; the hint. */
const ERRORS: readonly (readonly [sql: string, at: string, message: RegExp, hint?: RegExp])[] = [
  ["SELECT nosuch FROM t", "nosuch", /no column "nosuch"/],
  ["SELECT l_extendedprce FROM lineitem", "l_extendedprce", /no column/, /"l_extendedprice"/],
  ["SELECT t2.i FROM t", "t2", /no table "t2" in this query/, /"t"/],
  ["SELECT t.stuff FROM t", "stuff", /table "t" has no column "stuff"/],
  ["SELECT * FROM lineitm", "lineitm", /no table "lineitm"/, /"lineitem"/],
  ["WITH totals AS (SELECT 1) SELECT * FROM total", "total", /no table/, /"totals"/],
  ["SELECT i FROM t, u", "i", /"i" is ambiguous/, /"t.i" or "u.i"/],
  ["SELECT t.i FROM t JOIN u ON i = u.i", "i", /ambiguous/],
  ["SELECT 1 FROM t, u AS T", "u AS T", /"T" names two tables/, /alias/],
  ["SELECT 1 FROM t JOIN t ON true", "t", /"t" names two tables/],
  ["SELECT * FROM t JOIN u USING (nosuch)", "nosuch", /left side of the join/],
  ["SELECT * FROM t JOIN t AS x USING (k)", "k", /no column "k" on the left side/],
  [
    "SELECT * FROM t RIGHT JOIN LATERAL (SELECT t.i) x ON true",
    "t RIGHT JOIN LATERAL (SELECT t.i) x ON true",
    /right join cannot refer/,
  ],
  ["SELECT * FROM t JOIN u ON sum(t.i) = 1", "sum(t.i)", /not allowed in a join condition/],
  ["SELECT sum(s) FROM t", "sum(s)", /sum does not take \(VARCHAR\)/],
  ["SELECT s + 1 FROM t", "s + 1", /operator \+ does not take \(VARCHAR, INTEGER\)/],
  ["SELECT upperr(s) FROM t", "upperr", /no function "upperr"/, /"upper"/],
  ["SELECT coumt(*) FROM t", "coumt", /no function "coumt"/, /"count"/],
  ["SELECT coalesc(i) FROM t", "coalesc", /no function/, /"coalesce"/],
  ["SELECT nullif(i) FROM t", "nullif(i)", /nullif does not take 1 argument$/],
  ["SELECT i FROM t WHERE sum(i) > 1", "sum(i)", /WHERE cannot contain aggregates/],
  ["SELECT i FROM t GROUP BY sum(i)", "sum(i)", /GROUP BY cannot contain aggregates/],
  ["SELECT sum(sum(i)) FROM t", "sum(i)", /cannot be nested/],
  ["SELECT sum(i), s FROM t", "s", /"s" must appear in the GROUP BY clause/],
  ["SELECT s FROM t GROUP BY i", "s", /must appear in the GROUP BY clause/],
  ["SELECT i FROM t GROUP BY i HAVING s > 'a'", "s", /must appear in the GROUP BY clause/],
  ["SELECT i FROM t GROUP BY i ORDER BY s", "s", /must appear in the GROUP BY clause/],
  [
    "SELECT (SELECT max(u.i) FROM u WHERE u.k = t.s) FROM t GROUP BY i",
    "(SELECT max(u.i) FROM u WHERE u.k = t.s)",
    /"s" must appear/,
  ],
  ["SELECT i FROM t ORDER BY 2", "2", /not between 1 and 1/],
  ["SELECT i FROM t GROUP BY 2", "2", /not between 1 and 1/],
  ["SELECT i FROM t ORDER BY 'i'", "'i'", /no effect/, /double quotes/],
  ["SELECT DISTINCT i FROM t ORDER BY s", "s", /with DISTINCT/],
  ["SELECT *", "*", /needs a FROM/],
  ["SELECT x.* FROM t", "x.*", /no table "x"/],
  ["SELECT * EXCLUDE (nosuch) FROM t", "nosuch", /EXCLUDE/],
  ["SELECT i + * FROM t", "*", /./],
  ["SELECT dt FROM types WHERE dt < '1994-13-01'", "'1994-13-01'", /'1994-13-01' is not a valid DATE/],
  ["SELECT i FROM t WHERE i IN (1, 'abc')", "'abc'", /not a valid INTEGER/],
  ["SELECT DATE '1994-02-30'", "DATE '1994-02-30'", /not a valid DATE/],
  ["SELECT INTERVAL 'x' DAY", "'x'", /not a valid INTERVAL/],
  ["SELECT dt FROM types WHERE dt < s", "dt < s", /cannot compare DATE and VARCHAR/],
  [
    "SELECT i FROM types WHERE i IN (SELECT dt FROM types)",
    "i IN (SELECT dt FROM types)",
    /cannot compare INTEGER and DATE/,
  ],
  ["SELECT CASE WHEN b THEN dt ELSE i END FROM types", "i", /CASE mixes/],
  ["SELECT coalesce(tm, dt) FROM types", "dt", /COALESCE mixes TIME and DATE/],
  ["SELECT i FROM t WHERE dt", "dt", /no column/],
  ["SELECT i FROM types WHERE dt", "dt", /must be BOOLEAN, not DATE/],
  ["SELECT CAST(i AS DATE) FROM t", "CAST(i AS DATE)", /cannot cast INTEGER to DATE/],
  ["SELECT CAST(i AS foo) FROM t", "foo", /no type "foo"/],
  ["SELECT CAST(i AS DECIMAL(39, 2)) FROM t", "DECIMAL(39, 2)", /between 1 and 38/],
  ["SELECT (SELECT i, k FROM u)", "(SELECT i, k FROM u)", /returns 2 columns, expected 1/],
  ["SELECT i FROM t WHERE i IN (SELECT i, k FROM u)", "i IN (SELECT i, k FROM u)", /expected 1/],
  ["SELECT i FROM t UNION SELECT i, k FROM u", "SELECT i FROM t UNION SELECT i, k FROM u", /UNION of 1 and 2 columns/],
  [
    "SELECT dt FROM types UNION SELECT i FROM t",
    "SELECT dt FROM types UNION SELECT i FROM t",
    /mixes DATE and INTEGER in column 1/,
  ],
  ["VALUES (1), (1, 2)", "2", /differ in length/],
  ["WITH c AS (SELECT 1), c AS (SELECT 2) SELECT * FROM c", "c", /twice/],
  ["WITH c(a, b) AS (SELECT 1) SELECT * FROM c", "b", /2 column names for 1 columns/],
  ["SELECT i FROM t LIMIT -1", "-1", /cannot be negative/],
  ["SELECT i FROM t LIMIT 'x'", "'x'", /number of rows/],
  ["SELECT * FROM endless", "endless", /nest more than 100 deep/],
  ["SELECT * FROM broken", "broken", /in view "broken": there is no column "nothing"/],
  ["SELECT * FROM nosuchfn(10)", "nosuchfn", /no table function/],
  ["SELECT * FROM 'missing.parquet'", "'missing.parquet'", /no file 'missing.parquet'/],
  ["SELECT ?", "?", /no value for parameter \$1/],
  ["SELECT $name", "$name", /no value for parameter \$name/],
  ["INSERT INTO t VALUES (1)", "VALUES (1)", /gives 1 values for 3 columns/],
  ["INSERT INTO t(i, nosuch) VALUES (1, 2)", "nosuch", /no column "nosuch"/],
  ["INSERT INTO t(i, i) VALUES (1, 2)", "i", /given twice/],
  ["INSERT INTO t(i) VALUES ('abc')", "'abc'", /not a valid INTEGER/],
  ["INSERT INTO renamed VALUES (1, 'a')", "renamed", /not a table/],
  ["INSERT INTO tt VALUES (1)", "tt", /no table "tt"/],
  ["CREATE TABLE x (a INTEGER, A VARCHAR)", "A", /defined twice/],
  ["CREATE VIEW v AS SELECT nosuch FROM t", "nosuch", /no column/],
  ["SELECT abs(1, 2)", "abs(1, 2)", /abs does not take \(INTEGER, INTEGER\)/, /^it takes 1 argument$/],
  ["SELECT substring(s) FROM t", "substring(s)", /does not take/, /^it takes 2 or 3 arguments$/],
  ["SELECT concat_ws()", "concat_ws()", /does not take/, /^it takes 2 or more arguments$/],
  ["SELECT upper(dt, dt) FROM types", "upper(dt, dt)", /does not take/, /^it takes 1 argument$/],
  ["SELECT abs(dt) FROM types", "abs(dt)", /does not take \(DATE\)/, /explicit casts/],
  ["SELECT extract(yer FROM dt) FROM types", "extract(yer FROM dt)", /no part "yer"/, /year, month/],
];

const ANY = /^/;

for (const [sql, at, message, hint] of ERRORS) {
  test(`error of ${sql}`, () => {
    const error = bindErrorOf(sql);
    expect(error.message).toMatch(message);
    expect(error.at).toBe(at);
    expect(error.hint ?? "").toMatch(hint ?? ANY);
  });
}

const LATER: readonly (readonly [sql: string, feature: string])[] = [
  ["SELECT s COLLATE de FROM t", "the collation de"],
  ["CREATE TABLE x (a INTEGER REFERENCES t (i))", "REFERENCES"],
  ["CREATE RECURSIVE VIEW v AS SELECT 1", "CREATE RECURSIVE VIEW"],
];

for (const [sql, feature] of LATER) {
  test(`${sql} is unsupported by name`, () => {
    expect(bindErrorOf(sql)).toMatchObject({ code: "unsupported", message: `${feature} is not supported yet` });
  });
}
