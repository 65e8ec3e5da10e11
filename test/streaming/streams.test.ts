/** Streams, subscriptions and materialized views, as programs use them. */
import { type Change, col, connect, count, type HeadraceError, type Session, sum } from "headrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let db: Session;
beforeEach(async () => {
  db = await connect({ workers: 2 });
});
afterEach(() => db.close());

const rows = (sql: string): Promise<unknown[][]> => db.sql(sql).collect({ rows: "array" });

describe("streams", () => {
  it("feed a view that queries read as of the last epoch", async () => {
    const orders = db.stream("orders", { customer: "VARCHAR", total: "DECIMAL(10,2)" });
    const totals = db
      .table("orders")
      .groupBy("customer")
      .agg({ n: count(), total: sum("total") });
    const view = await totals.materialize("totals");
    expect(await rows("FROM totals")).toEqual([]);
    await orders.push([
      { customer: "ann", total: "10.50" },
      { customer: "bob", total: 3 },
    ]);
    await orders.push({ customer: "ann", total: 0.25 });
    await view.flush();
    expect(await rows("FROM totals ORDER BY customer")).toEqual([
      ["ann", 2n, "10.75"],
      ["bob", 1n, "3.00"],
    ]);
    const joined = "SELECT city, total FROM totals JOIN (VALUES ('ann', 'Berlin')) v(name, city) ON name = customer";
    expect(await rows(joined)).toEqual([["Berlin", "10.75"]]);
    await view.stop();
    await expect(rows("FROM totals")).rejects.toThrow('there is no table "totals"');
  });

  it("make queries continuous that read them", async () => {
    await db.execute("CREATE TABLE t AS SELECT 1 AS a");
    db.stream("clicks", { page: "VARCHAR" });
    const isContinuous = (sql: string): Promise<boolean> => db.sql(sql).isContinuous();
    expect(await isContinuous("SELECT a FROM t")).toBe(false);
    expect(await isContinuous("SELECT count(*) FROM clicks")).toBe(true);
    expect(await isContinuous("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM clicks)")).toBe(true);
    await expect(isContinuous("SELECT nope FROM clicks")).rejects.toThrow('there is no column "nope"');
  });

  it("are shown beside tables and views", async () => {
    db.stream("clicks", { page: "VARCHAR" });
    await db.execute(`
      CREATE TABLE made (id BIGINT, double AS id * 2) WITH ('connector' = 'datagen', 'number-of-rows' = '10');
      CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM clicks`);
    expect(await rows("SELECT name FROM (SHOW TABLES)")).toEqual([["clicks"], ["counted"], ["made"]]);
    expect(await rows("SELECT column_name FROM (DESCRIBE made)")).toEqual([["id"], ["double"]]);
  });

  it("change a join of joins by what is left of each", async () => {
    const t = db.stream("t", { a: "INTEGER" }, { changes: true });
    const sums = Array.from({ length: 9 }, (_, i) => `(SELECT sum(a * ${i}) FROM t)`);
    const view = await db.sql(`SELECT ${sums.join(" + ")} AS s`).materialize("v");
    for (const a of [1, 2, 3]) {
      await t.push({ a });
      await view.flush();
    }
    expect(await rows("FROM v")).toEqual([[216n]]);
    // Not the 3 ** 9 products of old and new values.
    expect(view.stats().stateRows).toBeLessThan(500);
  });

  it("take rows back where they may", async () => {
    const t = db.stream("t", { a: "INTEGER" }, { changes: true });
    const view = await db.sql("SELECT max(a) AS m, count(*) AS n FROM t").materialize("v");
    await t.push([{ a: 1 }, { a: 5 }, { a: 5 }, { a: null }]);
    await t.remove([{ a: 5 }]);
    await view.flush();
    expect(await rows("FROM v")).toEqual([[5, 3n]]);
    await t.remove([{ a: 5 }]);
    await view.flush();
    expect(await rows("FROM v")).toEqual([[1, 2n]]);
    const grows = db.stream("grows", { a: "INTEGER" });
    expect(() => grows.remove({ a: 1 })).toThrow('the stream "grows" only grows');
  });

  it("hold values of every type", async () => {
    const types = {
      b: "BOOLEAN",
      i: "TINYINT",
      u: "UBIGINT",
      h: "HUGEINT",
      f: "REAL",
      d: "DECIMAL(30,4)",
      s: "VARCHAR",
      x: "BLOB",
      day: "DATE",
      t: "TIMESTAMP",
      z: "TIMESTAMPTZ",
      v: "INTERVAL",
      id: "UUID",
      l: "INTEGER[]",
      o: "STRUCT(a INTEGER, b VARCHAR)",
      m: "MAP(VARCHAR, INTEGER)",
    };
    const stream = db.stream("everything", types);
    const view = await db.sql("FROM everything").materialize("v");
    const row = {
      b: true,
      i: -128,
      u: 2n ** 64n - 1n,
      h: -(2n ** 127n),
      f: 1.5,
      d: "12345678901234567890.1234",
      s: "é日",
      x: new Uint8Array([0, 255]),
      day: new Date(Date.UTC(1969, 11, 31)),
      t: new Date(Date.UTC(2024, 1, 29, 12)),
      z: new Date(Date.UTC(2024, 1, 29, 12)),
      v: { months: 1, days: 2, micros: 3n },
      id: "00000000-0000-0000-0000-0000000000ff",
      l: [1, null, 3],
      o: { a: 1, b: "x" },
      m: new Map([["k", 1]]),
    };
    await stream.push([row, {}]);
    await view.flush();
    const nulls = Object.fromEntries(Object.keys(types).map((name) => [name, null]));
    expect(await db.table("v").collect()).toEqual([row, nulls]);
  });

  it("refuse rows that do not fit, all or none", async () => {
    const t = db.stream("t", { a: "INTEGER", b: "DATE" });
    const view = await db.sql("FROM t").materialize("v");
    await expect(t.push([{ a: 1 }, { a: "x" }])).rejects.toMatchObject({
      code: "type",
      message: `row 1 of "t": 'x' in column "a" is no INTEGER`,
    });
    await expect(t.push([{ a: 2 ** 31 }])).rejects.toThrow('2147483648 in column "a" is no INTEGER');
    await expect(t.push([{ a: 1.5 }])).rejects.toThrow("is no INTEGER");
    await expect(t.push([{ c: 1 }])).rejects.toThrow('row 0 of "t" has a field "c", which is no column');
    await view.flush();
    expect(await rows("FROM v")).toEqual([]);
  });

  it("have no end, so that other queries refuse them", async () => {
    db.stream("t", { a: "INTEGER" });
    await expect(rows("SELECT count(*) FROM t")).rejects.toMatchObject({
      code: "unsupported",
      message: '"t" is a stream: its rows come as time goes by',
    });
    await expect(db.execute("SELECT 1 AS a EMIT FINAL")).rejects.toThrow("EMIT on a query that is not kept");
    await expect(db.sql("SELECT count(*) AS n FROM t EMIT FINAL").materialize("v")).rejects.toMatchObject({
      code: "unsupported",
      message: "no time tells when the rows of this query are final",
    });
    expect(() => db.stream("T", { a: "INTEGER" })).toThrow('there is a table, view or stream "T" already');
    await expect(db.execute("CREATE MATERIALIZED VIEW v AS SELECT random() FROM t")).rejects.toMatchObject({
      code: "unsupported",
      message: "random() cannot be kept up to date by a continuous query",
    });
  });
});

describe("subscriptions", () => {
  it("tell what changed, epoch by epoch", async () => {
    const t = db.stream<{ k: string; v: number }>("t", { k: "VARCHAR", v: "INTEGER" });
    const seen: Change[] = [];
    const changes = db.sql("SELECT k, max(v) AS m FROM t GROUP BY k").subscribe();
    await t.push([
      { k: "a", v: 1 },
      { k: "a", v: 2 },
    ]);
    for await (const change of changes) {
      seen.push(change);
      if (seen.length === 3) break;
      void t.push(seen.length === 1 ? { k: "b", v: 7 } : { k: "a", v: 9 });
    }
    expect(seen.map(({ added, removed }) => ({ added, removed }))).toEqual([
      { added: [{ k: "a", m: 2 }], removed: [] },
      { added: [{ k: "b", m: 7 }], removed: [] },
      { added: [{ k: "a", m: 9 }], removed: [{ k: "a", m: 2 }] },
    ]);
    expect(seen[0]!.epoch).toBeLessThan(seen[1]!.epoch);
  });

  it("follow tables, and end with the session, a signal or an error", async () => {
    await db.execute("CREATE TABLE t AS SELECT '1' AS a");
    const query = db.sql("SELECT a::INTEGER + 1 AS b FROM t");
    const leaving = new AbortController();
    const [first, second] = [query.subscribe(), query.subscribe({ signal: leaving.signal })];
    expect((await first.next()).value).toMatchObject({ added: [{ b: 2 }], removed: [] });
    expect((await second.next()).value).toMatchObject({ added: [{ b: 2 }], removed: [] });
    const next = second.next();
    leaving.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
    await db.execute("UPDATE t SET a = '5'");
    expect((await first.next()).value).toMatchObject({ added: [{ b: 6 }], removed: [{ b: 2 }] });
    const third = query.subscribe();
    await db.execute("INSERT INTO t VALUES ('x')");
    await expect(first.next()).rejects.toThrow("could not convert string 'x' to INTEGER");
    await expect(third.next().then(() => third.next())).rejects.toThrow("could not convert string 'x' to INTEGER");
    const last = db.sql("SELECT count(*) AS n FROM t").subscribe();
    expect((await last.next()).value).toMatchObject({ added: [{ n: 2n }] });
    await db.close();
    expect(await last.next()).toEqual({ done: true, value: undefined });
  });

  it("hold up who pushes while the consumer is slow", async () => {
    const t = db.stream<{ a: number }>("t", { a: "INTEGER" });
    const changes = db.sql("SELECT a FROM t").subscribe();
    const many = Array.from({ length: 100_000 }, (_, a) => ({ a }));
    let pushed = 0;
    const pushing = (async () => {
      for (; pushed < 30; pushed++) await t.push(many);
    })();
    const first = await changes.next();
    expect(first.value.added.length).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pushed).toBeLessThan(30);
    let rest = 0;
    for await (const { added } of changes) {
      rest += added.length;
      if (first.value.added.length + rest === 3_000_000) break;
    }
    await pushing;
  });
});

describe("materialized views over tables", () => {
  it("follow every statement", async () => {
    await db.execute("CREATE TABLE t AS SELECT * FROM (VALUES (1, 'x'), (2, 'y'), (3, 'x')) v(a, b)");
    await db.execute("CREATE MATERIALIZED VIEW v AS SELECT b, count(*) AS n, max(a) AS m FROM t GROUP BY b");
    await db.execute("CREATE MATERIALIZED VIEW w AS SELECT sum(n) AS s FROM v");
    const state = async (): Promise<unknown> => [await rows("FROM v ORDER BY b"), await rows("FROM w")];
    const both = [
      ["x", 2n, 3],
      ["y", 1n, 2],
    ];
    expect(await state()).toEqual([both, [[3n]]]);
    await db.execute("INSERT INTO t VALUES (10, 'y'), (NULL, 'z')");
    expect(await state()).toEqual([
      [
        ["x", 2n, 3],
        ["y", 2n, 10],
        ["z", 1n, null],
      ],
      [[5n]],
    ]);
    await db.execute("DELETE FROM t WHERE a = 10; UPDATE t SET b = 'y' WHERE a = 3");
    expect(await rows("FROM v ORDER BY b")).toEqual([
      ["x", 1n, 1],
      ["y", 2n, 3],
      ["z", 1n, null],
    ]);
    await db.execute("TRUNCATE t");
    expect(await state()).toEqual([[], [[null]]]);
  });

  it("see transactions when they are committed", async () => {
    await db.execute("CREATE TABLE t (a INTEGER); CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM t");
    await db.execute("BEGIN; INSERT INTO t VALUES (1)");
    expect(await rows("FROM v")).toEqual([[0n]]);
    await db.execute("ROLLBACK");
    expect(await rows("FROM v")).toEqual([[0n]]);
    await db.execute("BEGIN; INSERT INTO t VALUES (1); COMMIT");
    expect(await rows("FROM v")).toEqual([[1n]]);
  });

  it("keep their tables from being dropped or changed", async () => {
    await db.execute("CREATE TABLE t AS SELECT 1 AS a; CREATE MATERIALIZED VIEW v(x) AS SELECT a FROM t");
    expect(await db.table("v").filter(col("x").gt(0)).collect()).toEqual([{ x: 1 }]);
    const reads = 'the materialized view "v" reads the table "t"';
    for (const sql of ["DROP TABLE t", "ALTER TABLE t ADD COLUMN b INTEGER", "CREATE OR REPLACE TABLE t (b DATE)"])
      await expect(db.execute(sql)).rejects.toThrow(reads);
    await expect(db.execute("CREATE MATERIALIZED VIEW v AS SELECT 1")).rejects.toThrow('stream "v" already');
    await db.execute("CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT 1");
    await db.execute("CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT a + 1 AS a FROM t");
    expect(await rows("FROM v")).toEqual([[2]]);
    await db.execute("DROP MATERIALIZED VIEW v; DROP MATERIALIZED VIEW IF EXISTS v; DROP TABLE t");
    await expect(db.execute("DROP MATERIALIZED VIEW v")).rejects.toThrow('there is no materialized view "v"');
  });

  it("refuse what depends on the moment, and show where", async () => {
    const sql = "CREATE MATERIALIZED VIEW v AS SELECT i, now() AS t FROM range(3) r(i)";
    const error = await db.execute(sql).then(
      () => undefined,
      (thrown: unknown) => thrown as HeadraceError,
    );
    expect(error).toMatchObject({ code: "unsupported" });
    expect(error!.message).toBe("now() cannot be kept up to date by a continuous query");
    expect(error!.sql!.slice(error!.span!.start, error!.span!.end)).toBe("now()");
    expect(error!.hint).toContain("conditions of WHERE may ask for the moment");
    await db.execute("CREATE TABLE t AS SELECT 'x' AS a");
    await expect(db.execute("CREATE MATERIALIZED VIEW v AS SELECT a::INTEGER FROM t")).rejects.toMatchObject({
      sql: "SELECT a::INTEGER FROM t",
      span: { start: 7, end: 17 },
    });
    await db.execute("CREATE MATERIALIZED VIEW w AS FROM t");
    await expect(db.execute("SELECT 1; DROP TABLE t")).rejects.toMatchObject({ span: { start: 10, end: 22 } });
    await expect(db.execute("CREATE TABLE t (a DATE)")).rejects.toMatchObject({ span: { start: 13, end: 14 } });
  });

  it("that fail say so when they are read", async () => {
    await db.execute("CREATE TABLE t AS SELECT '1' AS a; CREATE MATERIALIZED VIEW v AS SELECT a::INTEGER AS a FROM t");
    await db.execute("INSERT INTO t VALUES ('x')");
    await expect(rows("FROM v")).rejects.toThrow("could not convert string 'x' to INTEGER");
    expect(await rows("SELECT count(*) FROM t")).toEqual([[2n]]);
  });
});

it("nothing is left when rows have gone", async () => {
  const t = db.stream("t", { k: "INTEGER", s: "VARCHAR" }, { changes: true });
  const u = db.stream("u", { k: "INTEGER" }, { changes: true });
  const view = await db
    .sql("SELECT t.k, count(*) AS n, string_agg(s, ',' ORDER BY s) AS l FROM t LEFT JOIN u USING (k) GROUP BY t.k")
    .materialize("v");
  const [left, right] = [0, 1].map(() => Array.from({ length: 300 }, (_, i) => ({ k: i % 7, s: `row ${i}` })));
  await t.push(left!);
  await u.push(right!.map(({ k }) => ({ k })));
  await view.flush();
  expect((await rows("FROM v")).length).toBe(7);
  await t.remove(left!);
  await u.remove(right!.map(({ k }) => ({ k })));
  await view.compact();
  expect(await rows("FROM v")).toEqual([]);
  expect(view.stats().stateRows).toBe(0);
});

it("a query that has failed is stopped and leaves the others alone", async () => {
  const t = db.stream("t", { k: "INTEGER", s: "VARCHAR" }, { changes: true });
  const bad = await db.sql("SELECT s::INTEGER AS i FROM t").materialize("bad");
  const good = await db.sql("SELECT k, s FROM t").materialize("good");
  const some = [
    { k: 1, s: "1" },
    { k: 2, s: "x" },
  ];
  await t.push(some);
  await expect(bad.flush()).rejects.toThrow("could not convert string 'x' to INTEGER");
  await bad.stop();
  // What takes the place of memory that was given back.
  await db.execute("CREATE TABLE others AS SELECT i, i * 7 AS j FROM range(200000) r(i)");
  await t.push({ k: 3, s: "3" });
  await good.flush();
  expect(await rows("FROM good ORDER BY k")).toEqual([
    [1, "1"],
    [2, "x"],
    [3, "3"],
  ]);
  await t.remove([...some, { k: 3, s: "3" }]);
  await good.compact();
  expect(good.stats().stateRows).toBe(0);
});

it("columns and limits that depend on rows are refused", async () => {
  db.stream("t", { k: "INTEGER", s: "VARCHAR" });
  for (const sql of ["FROM (PIVOT t ON k)", "FROM t LIMIT (SELECT 2)"])
    await expect(db.sql(sql).materialize("v")).rejects.toMatchObject({ code: "unsupported" });
  await db.execute("CREATE TABLE u AS SELECT range AS i FROM range(4)");
  for (const sql of ["SELECT i FROM u LIMIT (SELECT count(*) // 2 FROM u)", "FROM (PIVOT u ON i)"])
    await expect(db.execute(`CREATE MATERIALIZED VIEW w AS ${sql}`)).rejects.toMatchObject({ code: "unsupported" });
});

it("functions with lambdas are followed", async () => {
  const t = db.stream("t", { l: "INTEGER[]" });
  const view = await db.sql("SELECT list_transform(l, x -> x * 2) AS d FROM t").materialize("v");
  await t.push({ l: [1, 2] });
  await view.flush();
  expect(await rows("FROM v")).toEqual([[[2, 4]]]);
  const varying = db.sql("SELECT list_transform(l, x -> x + random()) AS d FROM t");
  await expect(varying.materialize("w")).rejects.toThrow("random() cannot be kept up to date");
});

it("watermarks of instants say nothing of times in the session's zone", async () => {
  const west = await connect({ workers: 1, config: { compactedRows: 1 } });
  try {
    await west.execute("SET TimeZone = 'America/New_York'");
    const schema = { id: "INTEGER", ts: "TIMESTAMPTZ" };
    const watermark = { column: "ts", delay: "1 second" };
    const [a, b] = [west.stream("a", schema, { watermark }), west.stream("b", schema, { watermark })];
    const local = (name: string): string => `(SELECT id, ts::TIMESTAMP AS l FROM ${name})`;
    const sql = `SELECT x.id AS i, y.id AS j FROM ${local("a")} x JOIN ${local("b")} y ON x.l = y.l`;
    const view = await west.sql(sql).materialize("v");
    const at = (time: string): Date => new Date(`2024-05-01T${time}Z`);
    await b.push({ id: 1, ts: at("10:00:00") });
    await a.push({ id: 1, ts: at("10:00:00.5") });
    await view.flush();
    await b.push({ id: 2, ts: at("10:00:00.5") });
    await view.flush();
    expect(await west.sql("FROM v").collect()).toEqual([{ i: 1, j: 2 }]);
  } finally {
    await west.close();
  }
});
