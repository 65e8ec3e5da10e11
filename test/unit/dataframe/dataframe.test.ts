import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { avg, col, connect, count, expr, fn, HeadraceError, lit, type Session, sum, when } from "../../../src/index.ts";

let db: Session;

beforeAll(async () => {
  db = await connect({ workers: 2 });
  await db.execute(
    "CREATE TABLE t AS SELECT i % 5 AS k, i AS v, CASE WHEN i % 10 = 0 THEN NULL ELSE 'n' || (i % 3) END AS s FROM range(100) r(i)",
  );
});

afterAll(() => db.close());

describe("a DataFrame", () => {
  it("plans what the same SQL plans", async () => {
    const frame = db
      .table("t")
      .filter(col("v").gt(10))
      .groupBy("k")
      .agg({ total: sum("v") })
      .sort("total");
    const same = db.sql("SELECT k, sum(v) AS total FROM t WHERE v > 10 GROUP BY k ORDER BY total");
    expect(await frame.explain()).toBe(await same.explain());
    expect(await frame.collect()).toEqual(await same.collect());
  });

  it("is lazy and sees the data of the moment of its action", async () => {
    await db.execute("CREATE TABLE growing AS SELECT 1 AS a");
    const frame = db.table("growing").select("a");
    expect(await frame.count()).toBe(1);
    await db.execute("INSERT INTO growing VALUES (2)");
    expect(await frame.count()).toBe(2);
  });

  it("adds, replaces, drops and renames columns", async () => {
    const frame = db
      .table("t")
      .withColumn("w", col("v").mul(2))
      .withColumn("V", col("v").add(1))
      .drop("s")
      .rename({ k: "key" });
    expect((await frame.schema()).map(({ name }) => name)).toEqual(["key", "V", "w"]);
    expect(await frame.sort("V").limit(2).collect({ rows: "array" })).toEqual([
      [0n, 1n, 0n],
      [1n, 2n, 2n],
    ]);
    await expect(frame.drop("nothing").collect()).rejects.toThrow('there is no column "nothing"');
  });

  it("joins by name and by condition", async () => {
    const names = db.sql("SELECT * FROM (VALUES (1, 'one'), (3, 'three')) n(k, name)");
    expect(await db.table("t").join(names, "k").count()).toBe(40);
    expect(await db.table("t").join(names, "k", "anti").count()).toBe(60);
    const [a, b] = [db.table("t"), db.table("t")];
    expect(await a.join(b, a.col("k").eq(b.col("v")), "left").count()).toBe(100);
  });

  it("combines, deduplicates, fills and drops NULLs", async () => {
    const frame = db.table("t");
    expect(await frame.union(frame).count()).toBe(200);
    expect(await frame.select("k").distinct().count()).toBe(5);
    expect(await frame.select("k").except(db.sql("SELECT 1 AS k")).count()).toBe(4);
    expect(await frame.dropNulls().count()).toBe(90);
    expect(await frame.fillNull("none", ["s"]).filter(col("s").eq("none")).count()).toBe(10);
  });

  it("evaluates expressions", async () => {
    const row = await db
      .table("t")
      .filter(col("v").eq(7))
      .select(
        when(col("v").lt(3), "small").when(col("v").lt(10), "middle").otherwise("large").as("size"),
        col("v")
          .between(5, 8)
          .and(col("k").isIn([2, 3]))
          .as("both"),
        expr("v // 2").as("half"),
        fn("upper", col("s")).as("upper"),
        lit(1.5).as("l"),
        col("v").cast("VARCHAR").concat("!").as("text"),
      )
      .first();
    expect(row).toEqual({ size: "middle", both: true, half: 3n, upper: "N1", l: 1.5, text: "7!" });
  });

  it("goes into SQL by template and as a view", async () => {
    const frame = db.table("t").filter(col("k").eq(1));
    expect(await db.sql`SELECT count(*) AS c FROM ${frame} WHERE v < ${50}`.collect()).toEqual([{ c: 10n }]);
    await frame.agg({ mean: avg("v"), n: count() }).createView("summary");
    expect(await db.sql("SELECT * FROM summary").collect()).toEqual([{ mean: 48.5, n: 20n }]);
  });

  it("is what it is in a template, not what the template's text had before", async () => {
    const one = (value: number): Promise<unknown> => {
      return db.sql`SELECT count(*) AS c FROM ${db.table("t").filter(col("v").lt(value))}`.first();
    };
    expect([await one(3), await one(5)]).toEqual([{ c: 3n }, { c: 5n }]);
  });

  it("refuses what is no column where one is needed", () => {
    const t = db.table("t") as unknown as Record<string, (...args: unknown[]) => unknown>;
    expect(() => t["filter"]!("v > 5")).toThrow(
      'filter() takes a Column, not "v > 5"; expr("v > 5") makes one of SQL text',
    );
    expect(() => t["withColumn"]!("x", 5)).toThrow('column "x" takes a Column, not number');
    expect(() => t["agg"]!({ n: "count" })).toThrow('aggregate "n" takes a Column, not "count"');
    expect(() => t["select"]!(undefined)).toThrow("takes a Column, not undefined");
    expect(() =>
      col("v")
        .gt(1)
        .and("x" as never),
    ).toThrow('AND takes a Column, not "x"');
  });

  it("tells numbers apart that are the same in JSON", async () => {
    const one = (value: number): Promise<unknown> => db.sql`SELECT isnan(${value}::DOUBLE) AS b`.first();
    expect([await one(NaN), await one(Infinity), await one(-Infinity)]).toEqual([
      { b: true },
      { b: false },
      { b: false },
    ]);
    const nested = (value: number): Promise<unknown> =>
      db.sql`SELECT ${value}::DOUBLE AS x FROM ${db.sql`SELECT ${value} AS y`} WHERE y = ${value}`.first();
    expect([await nested(NaN), await nested(Infinity)]).toEqual([{ x: NaN }, { x: Infinity }]);
  });

  it("comes as an Arrow table", async () => {
    const table = await db.table("t").filter(col("v").lt(3)).select("v", "s").sort("v").toArrow();
    expect(table.schema.fields.map(({ name }) => name)).toEqual(["v", "s"]);
    expect(table.toArray().map((row) => [row.v, row.s])).toEqual([
      [0n, null],
      [1n, "n1"],
      [2n, "n2"],
    ]);
  });

  it("streams batches and stops early", async () => {
    let rows = 0;
    for await (const batch of db.sql("SELECT i, i::VARCHAR AS s FROM range(300000) r(i)").batches())
      rows += batch.numRows;
    expect(rows).toBe(300_000);
    for await (const batch of db.sql("SELECT i FROM range(10000000) r(i)").batches()) {
      expect(batch.numRows).toBeGreaterThan(0);
      break;
    }
    expect(await db.sql("SELECT 1 AS one").collect()).toEqual([{ one: 1 }]);
  });

  it("tells what is wrong", async () => {
    const error = await db
      .table("t")
      .filter(col("vv").gt(1))
      .collect()
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(HeadraceError);
    expect((error as HeadraceError).code).toBe("bind");
    await expect(db.sql("SELECT 1; SELECT 2").collect()).rejects.toThrow("one statement");
    await expect(db.sql("CREATE TABLE x (a INT)").collect()).rejects.toThrow("returns rows");
  });
});

describe("a JavaScript function", () => {
  it("runs in the workers when it stands alone", async () => {
    db.createFunction("twice_plus", { args: ["DOUBLE"], returns: "DOUBLE", fn: (x: number) => x * 2 + 1 });
    db.createFunction("slug", {
      args: ["VARCHAR"],
      returns: "VARCHAR",
      fn: (s: string) => s.toLowerCase().replace(/\W+/g, "-"),
    });
    expect(
      await db.sql("SELECT twice_plus(2.5) AS a, slug('Hello, World') AS b, twice_plus(NULL) AS c").collect(),
    ).toEqual([{ a: 6, b: "hello-world", c: null }]);
    expect(await db.sql("SELECT sum(twice_plus(i)) AS s FROM range(100000) r(i)").collect()).toEqual([
      { s: 10_000_000_000 },
    ]);
  });

  it("may close over state, and give NULL", async () => {
    let calls = 0;
    const small = (x: number | null): number | null => {
      calls++;
      return x === null ? -1 : x > 2 ? null : x;
    };
    db.createFunction("small", { args: ["INTEGER"], returns: "INTEGER", callOnNull: true, fn: small });
    expect(await db.sql("SELECT small(1) AS a, small(5) AS b, small(NULL) AS c").collect()).toEqual([
      { a: 1, b: null, c: -1 },
    ]);
    expect(calls).toBe(3);
  });

  it("fails with its name and the row's values", async () => {
    db.createFunction("picky", {
      args: ["INTEGER", "VARCHAR"],
      returns: "INTEGER",
      fn: (x: number, s: string) => {
        if (x === 7) throw new RangeError(`no ${s}`);
        return x;
      },
    });
    await expect(db.sql("SELECT picky(i::INTEGER, 'sevens') FROM range(10) r(i)").collect()).rejects.toMatchObject({
      code: "function",
      message: 'the function picky(7, "sevens") failed: RangeError: no sevens',
    });
    db.createFunction("wrong", { args: ["INTEGER"], returns: "INTEGER", fn: () => "text" });
    await expect(db.sql("SELECT wrong(1)").collect()).rejects.toThrow('it returned "text", which is no INTEGER');
    expect(() => db.createFunction("sum", { args: [], returns: "INTEGER", fn: () => 1 })).toThrow("already");
  });
});
