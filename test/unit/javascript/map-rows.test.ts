/** DataFrames through JavaScript functions: batches, rows, map and reduce. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { col, connect, type DataFrame, type HeadraceError, type Session, sum } from "../../../src/index.ts";

type T = { readonly i: number; readonly k: number; readonly s: string | null };

let db: Session;
let t: DataFrame<T>;
const errorOf = (query: Promise<unknown>): Promise<HeadraceError> =>
  query.then(
    () => expect.fail("the query ended well"),
    (error: unknown) => error as HeadraceError,
  );

beforeAll(async () => {
  db = await connect({ workers: 2, config: { inlineRows: 0, chunkRows: 700, morselRows: 300 } });
  await db.execute(
    "CREATE TABLE t AS SELECT i::INTEGER AS i, (i % 7)::INTEGER AS k, CASE WHEN i % 5 > 0 THEN 'word' || (i % 3) || ' end' END AS s FROM range(5000) r(i)",
  );
  t = db.table<T>("t");
});

afterAll(() => db.close());

describe("mapBatches", () => {
  it("makes rows of rows, in order", async () => {
    const doubled = t.mapBatches<{ j: number }>(
      (batch) =>
        batch
          .rows()
          .filter(({ k }) => k !== 3)
          .map(({ i }) => ({ j: i * 2 })),
      { schema: { j: "INTEGER" } },
    );
    expect(await doubled.collect()).toEqual(
      await db.sql("SELECT (i * 2)::INTEGER AS j FROM t WHERE k <> 3 ORDER BY i").collect(),
    );
    expect(await doubled.filter(col("j").gt(9000)).count()).toBe(428);
    expect(await doubled.explain()).toContain(
      "mapBatches [i, k, s] AS [j] in the workers, as it refers to nothing outside",
    );
  });

  it("makes columns of columns, with validity", async () => {
    const made = t.mapBatches<{ i: number; n: number | null }>(
      ({ columns, length }) => ({
        i: columns["i"]?.values,
        n: {
          values: Array.from({ length }, (_, row) => (columns["s"]?.values[row] as string | null)?.length ?? 0),
          valid: columns["s"]?.valid ?? new Uint8Array(length).fill(1),
        },
      }),
      { schema: { i: "INTEGER", n: "INTEGER" } },
    );
    expect(await made.collect()).toEqual(await db.sql("SELECT i, length(s)::INTEGER AS n FROM t ORDER BY i").collect());
  });

  it("may close over state, or wait", async () => {
    const seen: number[] = [];
    const sizes = t.mapBatches<{ rows: number }>(
      ({ length }) => {
        seen.push(length);
        return [{ rows: length }];
      },
      { schema: { rows: "INTEGER" } },
    );
    expect((await sizes.agg({ rows: sum("rows") }).collect())[0]).toEqual({ rows: 5000n });
    expect(seen.reduce((all, length) => all + length, 0)).toBe(5000);
    expect(await sizes.explain()).toContain("on the main thread, as it refers to seen");
    const waiting = t.mapBatches<{ total: number }>(
      async (batch) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return [{ total: batch.rows().reduce((all, { i }) => all + i, 0) }];
      },
      { schema: { total: "BIGINT" } },
    );
    expect((await waiting.agg({ total: sum("total") }).collect())[0]).toEqual({ total: 12_497_500n });
  });

  it("may be read by a view, kept and written like any query", async () => {
    const doubled = t.limit(3).mapBatches((batch) => batch.rows().map(({ i }) => ({ j: i * 2 })), {
      schema: { j: "INTEGER" },
    });
    await doubled.createView("doubled");
    expect(await db.sql("SELECT sum(j) FROM doubled").collect({ rows: "array" })).toEqual([[6n]]);
    expect(await doubled.cache().union(doubled).count()).toBe(6);
    expect(await db.sql`SELECT count(*) FROM ${doubled} WHERE j > 1`.collect({ rows: "array" })).toEqual([[2n]]);
  });

  it("is told what is wrong with its rows", async () => {
    const bad = (rows: unknown): DataFrame =>
      t.limit(3).mapBatches(() => rows as never, { schema: { j: "INTEGER", s: "VARCHAR" } });
    expect((await errorOf(bad([{ j: "x" }]).collect())).message).toBe(
      'the function mapBatches failed for a batch of 3 rows: it gave "x" in column "j", which is no INTEGER',
    );
    expect((await errorOf(bad({ j: [1] }).collect())).message).toContain('columns without "s"');
    expect((await errorOf(bad({ j: [1], s: [] }).collect())).message).toContain("columns of different lengths");
    expect((await errorOf(bad(7).collect())).message).toContain("it returned 7, which is no array or iterable of rows");
  });
});

describe("flatMap", () => {
  it("makes any number of rows of each row", async () => {
    const words = t.flatMap<{ i: number; word: string }>(
      function* ({ i, s }) {
        for (const word of (s ?? "").split(" ")) if (word !== "") yield { i, word };
      },
      { schema: { i: "INTEGER", word: "VARCHAR" } },
    );
    const sql = "SELECT i, unnest(string_split(s, ' ')) AS word FROM t WHERE s IS NOT NULL";
    expect(await words.collect()).toEqual(await db.sql(sql).collect());
    expect(await words.groupBy("word").count().sort("word").collect()).toEqual(
      await db.sql(`SELECT word, count(*) AS count FROM (${sql}) GROUP BY word ORDER BY word`).collect(),
    );
    expect(await words.join(t, "i").count()).toBe(8000);
  });

  it("may be an async generator; failures tell the row", async () => {
    const later = t.filter(col("i").lt(50)).flatMap<{ j: number }>(
      async function* ({ i }) {
        await Promise.resolve();
        for (let k = 0; k < i % 3; k++) yield { j: i };
      },
      { schema: { j: "INTEGER" } },
    );
    expect(await later.collect()).toEqual(
      await db.sql("SELECT i AS j FROM t, range(i % 3) WHERE i < 50 ORDER BY i").collect(),
    );
    const failing = t.flatMap(
      ({ i }) => {
        if (i === 42) throw new RangeError("not 42");
        return [];
      },
      { schema: { j: "INTEGER" } },
    );
    const error = await errorOf(failing.collect());
    expect(error.code).toBe("function");
    expect(error.message).toBe('the function flatMap({"i":42,"k":0,"s":"word0 end"}) failed: RangeError: not 42');
  });
});

describe("mapReduce", () => {
  const counts =
    "SELECT word, count(*) AS n FROM (SELECT unnest(string_split(s, ' ')) AS word FROM t) GROUP BY word ORDER BY word";

  it("counts words", async () => {
    const result = t.mapReduce<{ word: string; n: bigint }, string, bigint>({
      map: ({ s }) => (s ?? "").split(" ").flatMap((word) => (word === "" ? [] : [[word, 1n] as const])),
      combine: (_word, values) => values.reduce((all, value) => all + value, 0n),
      reduce: (word, values) => ({ word, n: values.reduce((all, value) => all + value, 0n) }),
      key: "VARCHAR",
      value: "BIGINT",
      schema: { word: "VARCHAR", n: "BIGINT" },
    });
    expect(await result.sort("word").collect()).toEqual(await db.sql(counts).collect());
    expect(await result.explain()).toContain("HashAggregate");
  });

  it("works without combine, with closures, and makes several rows of a key", async () => {
    const wanted = 3;
    const result = t.mapReduce<{ k: number; i: number }, number, number>({
      map: ({ k, i }) => (i < 30 ? [[k, i]] : []),
      reduce: (k, values) =>
        [...values]
          .sort((a, b) => b - a)
          .slice(0, wanted)
          .map((i) => ({ k, i })),
      key: "INTEGER",
      value: "INTEGER",
      schema: { k: "INTEGER", i: "INTEGER" },
    });
    expect(await result.sort("k", col("i").desc()).collect()).toEqual(
      await db
        .sql(
          "SELECT k, i FROM t WHERE i < 30 QUALIFY row_number() OVER (PARTITION BY k ORDER BY i DESC) <= 3 ORDER BY k, i DESC",
        )
        .collect(),
    );
  });
});
