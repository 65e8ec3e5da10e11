/** Every method of a DataFrame against the SQL that says the same: equal plans where both can say it, equal rows everywhere. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  avg,
  coalesce,
  col,
  connect,
  count,
  type DataFrame,
  date,
  decimal,
  exists,
  first,
  fn,
  functions,
  interval,
  lag,
  list,
  lit,
  max,
  preceding,
  rowNumber,
  scalar,
  type Session,
  sum,
  timestamp,
  when,
} from "../../../src/index.ts";

let db: Session;
const t = (): DataFrame => db.table("t");

beforeAll(async () => {
  db = await connect({ workers: 2 });
  await db.execute(`
    CREATE TABLE t AS SELECT i % 5 AS k, i AS v, CASE WHEN i % 10 = 0 THEN NULL ELSE 'n' || (i % 3) END AS s, DATE '2020-01-01' + i::INTEGER AS d FROM range(50) r(i);
    CREATE TABLE u AS SELECT i AS k, 'name ' || i AS name, i * 10 AS v FROM range(3, 8) r(i);
    CREATE TABLE nested AS SELECT * FROM (VALUES (1, ['a', 'b'], {'x': 1, 'y': 'p'}), (2, [], {'x': 2, 'y': 'q'}), (3, NULL, NULL)) n(id, tags, s);
    CREATE TABLE trades AS SELECT * FROM (VALUES ('a', 5, 100), ('a', 9, 200), ('b', 1, 50)) x(sym, ts, qty);
    CREATE TABLE quotes AS SELECT * FROM (VALUES ('a', 4, 1.5), ('a', 8, 2.5), ('b', 2, 3.5)) x(sym, ts, price);
  `);
});
afterAll(() => db.close());

type Case = readonly [
  name: string,
  frame: () => { collect: DataFrame["collect"]; explain: DataFrame["explain"] },
  sql: string,
];

const CASES: readonly Case[] = [
  [
    "select with expressions",
    () => t().select("k", col("v").mul(2).as("w")).sort("w"),
    "SELECT k, v * 2 AS w FROM t ORDER BY w",
  ],
  ["select *", () => t().select("*", lit(1).as("one")).sort("v"), "SELECT *, 1 AS one FROM t ORDER BY v"],
  [
    "filters that follow each other",
    () => t().filter(col("v").gt(3)).where(col("k").eq(1)).sort("v"),
    "SELECT * FROM t WHERE v > 3 AND k = 1 ORDER BY v",
  ],
  ["withColumn", () => t().withColumn("w", col("v").add(1)).sort("v"), "SELECT *, v + 1 AS w FROM t ORDER BY v"],
  [
    "withColumns, which see the columns as they were",
    () =>
      t()
        .withColumns({ v: col("v").add(1), w: col("v") })
        .sort("w"),
    "SELECT * FROM (SELECT k, v + 1 AS v, s, d, v AS w FROM t) ORDER BY w",
  ],
  ["drop and rename", () => t().drop("s", "D").rename({ K: "key" }).sort("v"), "SELECT k AS key, v FROM t ORDER BY v"],
  ["distinct", () => t().select("k").distinct().sort("k"), "SELECT DISTINCT k FROM t ORDER BY k"],
  [
    "distinctOn after sort",
    () => t().sort("k", col("v").desc()).distinctOn("k"),
    "SELECT DISTINCT ON (k) * FROM t ORDER BY k, v DESC",
  ],
  [
    "sort with directions and NULLs",
    () => t().sort(col("s").desc("first"), col("v").desc()),
    "SELECT * FROM t ORDER BY s DESC NULLS FIRST, v DESC",
  ],
  ["nullsFirst", () => t().orderBy(col("s").nullsFirst(), "v"), "SELECT * FROM t ORDER BY s NULLS FIRST, v"],
  ["limit", () => t().sort("v").limit(3, 2), "SELECT * FROM t ORDER BY v LIMIT 3 OFFSET 2"],
  [
    "limit of limit",
    () => t().sort("v").limit(10).limit(2),
    "SELECT * FROM (SELECT * FROM t ORDER BY v LIMIT 10) LIMIT 2",
  ],
  ["offset", () => t().sort("v").offset(48), "SELECT * FROM t ORDER BY v OFFSET 48"],
  ["sample", () => t().sample({ rows: 7 }, 42), "SELECT * FROM t USING SAMPLE reservoir(7 ROWS) REPEATABLE (42)"],
  [
    "groupBy",
    () =>
      t()
        .groupBy("k")
        .agg({ n: count(), m: max("v") })
        .sort("k"),
    "SELECT k, count(*) AS n, max(v) AS m FROM t GROUP BY k ORDER BY k",
  ],
  [
    "groupBy an expression",
    () => t().groupBy(col("v").mod(3).as("r")).agg({ n: count() }).sort("r"),
    "SELECT v % 3 AS r, count(*) AS n FROM t GROUP BY v % 3 ORDER BY r",
  ],
  ["agg", () => t().agg({ total: sum("v"), mean: avg("v") }), "SELECT sum(v) AS total, avg(v) AS mean FROM t"],
  [
    "rollup",
    () => t().rollup("k", "s").agg({ n: count() }).sort("k", "s", "n"),
    "SELECT k, s, count(*) AS n FROM t GROUP BY ROLLUP (k, s) ORDER BY k, s, n",
  ],
  [
    "cube",
    () => t().cube("k", "s").agg({ n: count() }).sort("k", "s", "n"),
    "SELECT k, s, count(*) AS n FROM t GROUP BY CUBE (k, s) ORDER BY k, s, n",
  ],
  [
    "groupingSets",
    () => t().groupingSets(["k", "s"], ["s"], []).agg({ n: count() }).sort("k", "s", "n"),
    "SELECT k, s, count(*) AS n FROM t GROUP BY GROUPING SETS ((k, s), (s), ()) ORDER BY k, s, n",
  ],
  ["groupBy().sum()", () => t().groupBy("k").sum("v").sort("k"), "SELECT k, sum(v) AS v FROM t GROUP BY k ORDER BY k"],
  [
    "aggregates with FILTER, DISTINCT, ORDER BY",
    () =>
      t().agg({
        a: count("s").distinct(),
        b: sum("v").filter(col("k").eq(1)),
        c: list("v").orderBy(col("v").desc()),
        d: first("v").orderBy("v"),
      }),
    "SELECT count(DISTINCT s) AS a, sum(v) FILTER (WHERE k = 1) AS b, list(v ORDER BY v DESC) AS c, first(v ORDER BY v) AS d FROM t",
  ],
  [
    "join USING",
    () => t().join(db.table("u").select("k", "name"), "k").sort("v"),
    "SELECT * FROM t JOIN (SELECT k, name FROM u) u USING (k) ORDER BY v",
  ],
  [
    "left join",
    () => t().join(db.table("u").select("k", "name"), "k", "left").sort("v"),
    "SELECT * FROM t LEFT JOIN (SELECT k, name FROM u) u USING (k) ORDER BY v",
  ],
  [
    "right join",
    () => t().join(db.table("u").select("k", "name"), "k", "right").sort("k", "v"),
    "SELECT * FROM t RIGHT JOIN (SELECT k, name FROM u) u USING (k) ORDER BY k, v",
  ],
  [
    "full join",
    () => t().join(db.table("u").select("k", "name"), ["k"], "full").sort("k", "v"),
    "SELECT * FROM t FULL JOIN (SELECT k, name FROM u) u USING (k) ORDER BY k, v",
  ],
  [
    "semi join",
    () => t().join(db.table("u"), "k", "semi").sort("v"),
    "SELECT * FROM t SEMI JOIN u USING (k) ORDER BY v",
  ],
  [
    "anti join",
    () => t().join(db.table("u"), "k", "anti").sort("v"),
    "SELECT * FROM t ANTI JOIN u USING (k) ORDER BY v",
  ],
  [
    "cross join",
    () => t().select("k").distinct().crossJoin(db.table("u").select("name")).sort("k", "name"),
    "SELECT * FROM (SELECT DISTINCT k FROM t) CROSS JOIN (SELECT name FROM u) ORDER BY k, name",
  ],
  [
    "positional join",
    () => t().sort("v").positionalJoin(db.table("u").sort("k").select("name")).limit(7),
    "SELECT * FROM (SELECT * FROM t ORDER BY v) POSITIONAL JOIN (SELECT name FROM u ORDER BY k) LIMIT 7",
  ],
  [
    "asof join",
    () => {
      const [trades, quotes] = [db.table("trades"), db.table("quotes")];
      const near = trades
        .col("sym")
        .eq(quotes.col("sym"))
        .and(trades.col("ts").ge(quotes.col("ts")));
      return trades
        .asofJoin(quotes, near, "left")
        .select(trades.col("sym"), trades.col("qty"), quotes.col("price"))
        .sort("sym", "qty");
    },
    "SELECT trades.sym, qty, price FROM trades ASOF LEFT JOIN quotes ON trades.sym = quotes.sym AND trades.ts >= quotes.ts ORDER BY 1, 2",
  ],
  [
    "lateral join",
    () => {
      const [left, right] = [db.table("u"), t()];
      const latest = right
        .filter(right.col("k").eq(left.col("k")))
        .sort(col("v").desc())
        .limit(2)
        .select(col("v").as("w"));
      return left.lateralJoin(latest, "left").select("k", "w").sort("k", "w");
    },
    "SELECT u.k, w FROM u LEFT JOIN LATERAL (SELECT v AS w FROM (SELECT * FROM t WHERE t.k = u.k ORDER BY v DESC LIMIT 2)) ON true ORDER BY 1, 2",
  ],
  [
    "columns of a join by their table, also behind a filter",
    () => {
      const [a, b] = [t(), db.table("u")];
      return a
        .join(b, a.col("k").eq(b.col("k")))
        .filter(b.col("v").gt(30))
        .select(a.col("v"), b.col("v").as("w"))
        .sort("v");
    },
    "SELECT * FROM (SELECT t.v, u.v AS w FROM t JOIN u ON t.k = u.k WHERE u.v > 30) ORDER BY v",
  ],
  [
    "three tables",
    () => {
      const [a, b, c] = [t().alias("t"), db.table("u"), t()];
      return a
        .join(b, a.col("k").eq(b.col("k")))
        .join(c, b.col("k").eq(c.col("v")))
        .groupBy(c.col("s"))
        .agg({ n: count(), total: sum(a.col("v")) })
        .sort("n", "s");
    },
    "SELECT c.s, count(*) AS n, sum(t.v) AS total FROM t JOIN u ON t.k = u.k JOIN (SELECT * FROM t) c ON u.k = c.v GROUP BY c.s ORDER BY n, s",
  ],
  [
    "union",
    () => t().select("k").union(db.table("u").select("k")).sort("k"),
    "SELECT k FROM t UNION ALL SELECT k FROM u ORDER BY k",
  ],
  [
    "union of distinct rows",
    () => t().select("k").union(db.table("u").select("k"), { all: false }).sort("k"),
    "SELECT k FROM t UNION SELECT k FROM u ORDER BY k",
  ],
  [
    "unionByName",
    () => t().select("k", "v").unionByName(db.table("u").select("name", "k")).sort("k", "v", "name"),
    "SELECT k, v FROM t UNION ALL BY NAME SELECT name, k FROM u ORDER BY k, v, name",
  ],
  [
    "intersect",
    () => t().select("k").intersect(db.table("u").select("k")).sort("k"),
    "SELECT k FROM t INTERSECT SELECT k FROM u ORDER BY k",
  ],
  [
    "intersect all",
    () => t().select("k").intersect(db.table("t").select("k"), { all: true }).sort("k"),
    "SELECT k FROM t INTERSECT ALL SELECT k FROM t ORDER BY k",
  ],
  [
    "except all",
    () => t().select("k").except(db.table("u").select("k"), { all: true }).sort("k"),
    "SELECT k FROM t EXCEPT ALL SELECT k FROM u ORDER BY k",
  ],
  [
    "fillNull by column",
    () => t().fillNull({ s: "none", k: 0 }).sort("v"),
    "SELECT CASE WHEN k IS NULL THEN 0 ELSE k END AS k, v, CASE WHEN s IS NULL THEN 'none' ELSE s END AS s, d FROM t ORDER BY v",
  ],
  ["dropNulls", () => t().dropNulls(["s"]).sort("v"), "SELECT * FROM t WHERE s IS NOT NULL ORDER BY v"],
  [
    "dropNulls, all",
    () => t().dropNulls(["s", "k"], { how: "all" }).sort("v"),
    "SELECT * FROM t WHERE s IS NOT NULL OR k IS NOT NULL ORDER BY v",
  ],
  [
    "pivot",
    () => t().groupBy("s").pivot("k", [0, 1]).agg({ n: count() }).sort("s"),
    "SELECT * FROM t PIVOT (count(*) FOR k IN (0, 1) GROUP BY s) ORDER BY s",
  ],
  [
    "pivot by the values in the data",
    () =>
      t()
        .groupBy("s")
        .pivot("k")
        .agg({ n: count(), m: max("v") })
        .sort("s"),
    "SELECT * FROM (PIVOT t ON k USING count(*) AS n, max(v) AS m GROUP BY s) ORDER BY s",
  ],
  [
    "unpivot",
    () =>
      t()
        .select("v", "k", col("v").add(1).as("w"))
        .unpivot(["k", "w"], { name: "what", value: "much" })
        .sort("v", "what"),
    "SELECT * FROM (SELECT v, k, v + 1 AS w FROM t) UNPIVOT (much FOR what IN (k, w)) ORDER BY v, what",
  ],
  [
    "explode",
    () => db.table("nested").explode("tags").sort("id", "tags").select("id", "tags"),
    "SELECT id, unnest(tags) AS tags FROM nested ORDER BY id, tags",
  ],
  [
    "explode, empty lists too",
    () => db.table("nested").explode("tags", { keepEmpty: true }).select("id", "tags").sort("id", "tags"),
    "SELECT id, unnest(CASE WHEN len(tags) > 0 THEN tags ELSE [NULL] END) AS tags FROM nested ORDER BY id, tags",
  ],
  [
    "unnest of a struct",
    () => db.table("nested").drop("tags").unnest("s").sort("id"),
    "SELECT id, unnest(s) FROM nested ORDER BY id",
  ],
  [
    "windows",
    () =>
      t()
        .select(
          "v",
          sum("v")
            .over({ partitionBy: "k", orderBy: "v", rows: [-1, 0] })
            .as("a"),
          rowNumber()
            .over({ partitionBy: ["k", "s"], orderBy: col("v").desc() })
            .as("b"),
          lag("v", 2, -1).over({ orderBy: "v" }).as("c"),
          sum("v")
            .over({ orderBy: "v", groups: [null, 1], exclude: "current row" })
            .as("d"),
          count()
            .over({ orderBy: "d", range: [preceding(interval("3 days")), 0] })
            .as("e"),
        )
        .sort("v"),
    `SELECT v, sum(v) OVER (PARTITION BY k ORDER BY v ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS a,
      row_number() OVER (PARTITION BY k, s ORDER BY v DESC) AS b, lag(v, 2, -1) OVER (ORDER BY v) AS c,
      sum(v) OVER (ORDER BY v GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) AS d,
      count(*) OVER (ORDER BY d RANGE BETWEEN INTERVAL '3 days' PRECEDING AND CURRENT ROW) AS e FROM t ORDER BY v`,
  ],
  [
    "IN a DataFrame",
    () =>
      t()
        .filter(col("k").isIn(db.table("u").select("k")))
        .sort("v"),
    "SELECT * FROM t WHERE k IN (SELECT k FROM u) ORDER BY v",
  ],
  [
    "NOT IN a DataFrame",
    () =>
      t()
        .filter(col("k").isIn(db.table("u").select("k")).not())
        .sort("v"),
    "SELECT * FROM t WHERE k NOT IN (SELECT k FROM u) ORDER BY v",
  ],
  [
    "EXISTS, correlated",
    () => {
      const [a, b] = [t(), db.table("u")];
      return a.filter(exists(b.filter(b.col("k").eq(a.col("k")))).not()).sort("v");
    },
    "SELECT * FROM t WHERE NOT EXISTS (SELECT * FROM u WHERE u.k = t.k) ORDER BY v",
  ],
  [
    "scalar subquery, correlated",
    () => {
      const [a, b] = [t(), db.table("u")];
      const total = b.filter(b.col("k").le(a.col("k"))).agg({ total: sum("v") });
      return a.select("v", scalar(total).as("x")).sort("v");
    },
    "SELECT v, (SELECT sum(v) AS total FROM u WHERE u.k <= t.k) AS x FROM t ORDER BY v",
  ],
  [
    "expressions",
    () =>
      db
        .table("nested")
        .select(
          col("id").between(1, 2).as("a"),
          col("id").isIn([1, 3]).not().as("b"),
          when(col("id").eq(1)).then("one").when(col("id").eq(2), "two").otherwise(null).as("c"),
          coalesce(col("tags").getItem(1), "none").as("d"),
          col("s").getField("y").as("e"),
          col("id").cast("DECIMAL(5,2)").as("f"),
          lit("x").tryCast("INTEGER").as("g"),
          col("id").neg().add(decimal("0.5")).as("h"),
          col("id").eqNullSafe(null).as("i"),
          col("id").pow(2).as("j"),
          col("id").bitAnd(1).bitOr(4).shiftLeft(1).as("k"),
          functions.strftime(date("2020-02-03"), "%Y").as("l"),
          timestamp("2020-01-01 10:00:00").sub(interval(1, "hour")).as("m"),
          col("id").intDiv(2).as("n"),
          fn("len", col("tags")).as("o"),
        )
        .sort("f"),
    `SELECT id BETWEEN 1 AND 2 AS a, id NOT IN (1, 3) AS b, CASE WHEN id = 1 THEN 'one' WHEN id = 2 THEN 'two' ELSE NULL END AS c,
      coalesce(tags[1], 'none') AS d, (s).y AS e, CAST(id AS DECIMAL(5,2)) AS f, TRY_CAST('x' AS INTEGER) AS g, -id + 0.5 AS h,
      id IS NOT DISTINCT FROM NULL AS i, id ** 2 AS j, ((id & 1) | 4) << 1 AS k, strftime(DATE '2020-02-03', '%Y') AS l,
      TIMESTAMP '2020-01-01 10:00:00' - INTERVAL 1 HOUR AS m, id // 2 AS n, len(tags) AS o FROM nested ORDER BY f`,
  ],
  [
    "text",
    () =>
      t()
        .filter(
          col("s")
            .like("n%")
            .and(col("s").ilike("N_"))
            .and(col("s").matches(/^N[12]$/i))
            .and(col("s").startsWith("n"))
            .and(col("s").contains("1")),
        )
        .sort("v"),
    "SELECT * FROM t WHERE s LIKE 'n%' AND s ILIKE 'N_' AND regexp_matches(s, '^N[12]$', 'i') AND starts_with(s, 'n') AND contains(s, '1') ORDER BY v",
  ],
];

describe("a method", () => {
  it.each(CASES)("%s", async (_, frame, sql) => {
    const same = db.sql(sql);
    expect(await frame().collect()).toEqual(await same.collect());
    expect(await frame().explain()).toBe(await same.explain());
  });
});

describe("a DataFrame", () => {
  it("that is a view, or a text, is the same query", async () => {
    const frame = t()
      .filter(col("k").isIn(db.table("u").select("k")))
      .groupBy("k")
      .agg({ n: count() });
    const rows = await frame.sort("k").collect();
    await frame.createView("v1");
    expect(await db.sql("SELECT * FROM v1 ORDER BY k").collect()).toEqual(rows);
    expect(
      await db
        .sql(await frame.toSql())
        .sort("k")
        .collect(),
    ).toEqual(rows);
  });

  it("joins with itself by name; a condition needs an alias", async () => {
    const frame = t();
    expect(await frame.join(frame.select("v"), "v").count()).toBe(50);
    expect(() => frame.join(frame.filter(col("k").eq(1)), frame.col("k").eq(1))).toThrow("one DataFrame");
    const other = frame.alias("other");
    expect(await frame.join(other, frame.col("v").eq(other.col("v").add(1))).count()).toBe(49);
  });

  it("names the columns that both sides have", async () => {
    const [a, b] = [t(), db.table("u")];
    const both = a.join(b, a.col("k").eq(b.col("k")));
    expect((await both.schema()).map(({ name }) => name)).toEqual(["k", "v", "s", "d", "k_1", "name", "v_1"]);
    expect(await both.filter(col("v_1").eq(30)).count()).toBe(10);
  });

  it("is filled by a value in the columns of its kind", async () => {
    const frame = db.sql(
      "SELECT * FROM (VALUES (1, 'a', DATE '2020-01-01', true), (NULL, NULL, NULL, NULL)) x(n, s, d, b)",
    );
    expect(await frame.fillNull(0).sort("n").limit(1).collect()).toEqual([{ n: 0, s: null, d: null, b: null }]);
    expect(await frame.fillNull("none").filter(col("s").eq("none")).count()).toBe(1);
    expect(await frame.fillNull(false).filter(col("b")).count()).toBe(1);
    expect(
      await frame
        .fillNull(new Date(0))
        .filter(col("d").lt(date("1970-01-02")))
        .count(),
    ).toBe(1);
  });

  it("that doubles again and again is planned in time", async () => {
    let frame = db.table("u").select("k").limit(2);
    for (let i = 0; i < 18; i++) frame = frame.union(frame).distinct();
    expect(await frame.count()).toBe(2);
  });

  it("of a table in a schema", async () => {
    await db.execute("CREATE SCHEMA other; CREATE TABLE other.t AS SELECT 1 AS one");
    expect(await db.table("other.t").collect()).toEqual([{ one: 1 }]);
  });

  it("describes its columns", async () => {
    const summary = await t().select("v", "s").describe().collect();
    expect(summary.map(({ column, type, count: n, nulls }) => ({ column, type, n, nulls }))).toEqual([
      { column: "v", type: "BIGINT", n: 50n, nulls: 0n },
      { column: "s", type: "VARCHAR", n: 45n, nulls: 5n },
    ]);
    expect(summary[0]).toMatchObject({ min: "0", max: "49", mean: 24.5, q25: 12.25, median: 24.5, q75: 36.75 });
    expect(summary[1]).toMatchObject({ min: "n0", max: "n2", unique: 3n, mean: null, median: null });
  });

  it("of another session is refused", async () => {
    const other = await connect({ workers: 1 });
    try {
      await other.execute("CREATE TABLE t AS SELECT 1 AS k");
      const frame = t().join(other.table("t"), "k");
      await expect(frame.collect()).rejects.toThrow("another session");
      await expect(
        t()
          .filter(col("k").isIn(other.table("t")))
          .collect(),
      ).rejects.toThrow("another session");
      await expect(db.sql`SELECT * FROM ${other.table("t")}`.collect()).rejects.toThrow("another session");
    } finally {
      await other.close();
    }
  });

  it("with two pivots and names in between gets each its own values", async () => {
    const one = t().groupBy("s").pivot("k").agg({ n: count() });
    const two = db.table("u").groupBy("k").pivot("name").agg({ n: count() }).drop("k");
    const frame = one.crossJoin(two);
    expect((await frame.schema()).map(({ name }) => name)).toEqual([
      ...["s", "0", "1", "2", "3", "4"],
      ...["name 3", "name 4", "name 5", "name 6", "name 7"],
    ]);
  });

  it("of a thousand steps is one query, or an error", async () => {
    let frame: DataFrame = t();
    for (let i = 0; i < 60; i++) frame = frame.withColumn(`c${i}`, col("v").add(i)).filter(col("v").ge(0));
    expect(Object.keys((await frame.first())!)).toHaveLength(64);
    for (let i = 0; i < 20_000; i++) frame = frame.filter(col("v").ge(0));
    await expect(frame.count()).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("an error", () => {
  const failure = async (frame: DataFrame<object>): Promise<Error> =>
    frame.collect().then(
      () => expect.fail("it ran"),
      (error: unknown) => error as Error,
    );

  it("names the method that is to blame and where it was called", async () => {
    const error = await failure(wrongFilter(t()).select("k").sort("k"));
    expect(error).toMatchObject({ code: "bind" });
    expect(error.message).toMatch(/^filter\(\): .*"vv"/);
    expect(error.stack).toMatch(/at wrongFilter .*methods\.test\.ts/);
    expect(error.stack).toContain("failure");
  });

  it("in a joined DataFrame is that one's", async () => {
    const error = await failure(t().join(db.table("u").drop("nope"), "k"));
    expect(error.message).toBe('drop(): there is no column "nope"');
  });

  it("while running keeps the place of the action", async () => {
    const error = await failure(t().select(fn("error", "stop").as("e")));
    expect(error.stack).toMatch(/at .*failure .*methods\.test\.ts/);
  });
});

function wrongFilter(frame: DataFrame): DataFrame {
  return frame.filter(col("vv").gt(1));
}

describe("a DataFrame that is read several times", () => {
  it("is computed once", async () => {
    const groups = t()
      .groupBy("k")
      .agg({ total: sum("v") });
    const best = groups.filter(col("total").eq(scalar(groups.agg({ greatest: max("total") }))));
    const plan = await best.explain();
    expect(plan.match(/TableScan t/g)).toHaveLength(1);
    expect(await best.collect()).toEqual([{ k: 4, total: 265n }].map((row) => ({ ...row, k: 4n })));
    await best.createView("best");
    expect(await db.sql("SELECT k FROM best").collect()).toEqual([{ k: 4n }]);
  });

  it("and reads columns of the rows around it is computed for each of them", async () => {
    const [a, b] = [t(), db.table("u")];
    const below = b.filter(b.col("k").lt(a.col("v"))).agg({ n: count() });
    const frame = a
      .filter(scalar(below).gt(1).and(scalar(below).lt(4)))
      .select("v")
      .sort("v");
    expect(await frame.collect({ rows: "array" })).toEqual([[5n], [6n]]);
  });
});
