/** JavaScript functions of single rows and of vectors. */
import { TimestampSecond, Utf8, type Vector, vectorFromArray } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type FunctionVector, type HeadraceError, type Session } from "../../../src/index.ts";

let db: Session;
const one = async (sql: string): Promise<unknown> => (await db.sql(`SELECT ${sql} AS v`).first())?.["v"];
const rows = (sql: string, signal?: AbortSignal): Promise<unknown[][]> =>
  db.sql(sql).collect({ rows: "array", signal });
const errorOf = (query: Promise<unknown>): Promise<HeadraceError> =>
  query.then(
    () => expect.fail("the query ended well"),
    (error: unknown) => error as HeadraceError,
  );

beforeAll(async () => {
  db = await connect({ workers: 2, config: { chunkRows: 1000 } });
  await db.execute(
    "CREATE TABLE t AS SELECT i::INTEGER AS i, CASE WHEN i % 7 = 0 THEN NULL ELSE i::DOUBLE END AS x, 'n' || (i % 3) AS s FROM range(5000) r(i)",
  );
});

afterAll(() => db.close());

describe("a function of rows", () => {
  it("takes and gives values of every type", async () => {
    const values: readonly (readonly [type: string, literal: string, expected: unknown])[] = [
      ["TINYINT", "-5", -5],
      ["INTEGER", "7", 7],
      ["UINTEGER", "4000000000", 4_000_000_000],
      ["BIGINT", "9007199254740993", 9007199254740993n],
      ["UBIGINT", "18446744073709551615", 18446744073709551615n],
      ["HUGEINT", "-170141183460469231731687303715884105727", -170141183460469231731687303715884105727n],
      ["REAL", "1.5", 1.5],
      ["DOUBLE", "0.1", 0.1],
      ["BOOLEAN", "true", true],
      ["VARCHAR", "'zürich'", "zürich"],
      ["BLOB", "'ab'", Uint8Array.of(97, 98)],
      ["DATE", "'2024-02-29'", new Date("2024-02-29")],
      ["TIMESTAMP", "'2024-02-29 12:30:00.123'", new Date("2024-02-29T12:30:00.123Z")],
      ["TIMESTAMPTZ", "'2024-02-29 12:30:00+00'", new Date("2024-02-29T12:30:00Z")],
      ["TIME", "'12:30:00'", "12:30:00"],
      ["DECIMAL(10,2)", "12.30", "12.30"],
      ["DECIMAL(38,4)", "-12345678901234567890.5", "-12345678901234567890.5000"],
      ["UUID", "'00000000-0000-0000-0000-0000000000ff'", "00000000-0000-0000-0000-0000000000ff"],
      ["TIME_NS", "'12:30:00.000000001'", "12:30:00.000000001"],
      ["TIMETZ", "'12:30:00+02'", "12:30:00+02"],
      ["BIT", "'10110'", "10110"],
      ["BIGNUM", "'-1" + "0".repeat(50) + "'", -(10n ** 50n)],
      ["ENUM('a', 'b')", "'b'", "b"],
      ["INTERVAL", "'1 month 2 days'", { months: 1, days: 2, micros: 0n }],
      ["JSON", `'{"a": 1}'`, '{"a": 1}'],
      ["INTEGER[]", "[1, NULL, 3]", [1, null, 3]],
      ["STRUCT(a INTEGER, b VARCHAR)", "{'a': 1, 'b': 'x'}", { a: 1, b: "x" }],
      ["MAP(VARCHAR, INTEGER)", "MAP {'k': 1}", new Map([["k", 1]])],
      [
        "UNION(n INTEGER, d DATE[])",
        "union_value(d := [DATE '1970-01-02'])",
        { tag: "d", value: [new Date(86_400_000)] },
      ],
    ];
    for (const [type, literal, expected] of values) {
      db.createFunction("same", { args: [type], returns: type, fn: (value: unknown) => value });
      expect(await one(`same(CAST(${literal} AS ${type}))`), type).toEqual(expected);
      expect(await one(`same(NULL)`), type).toBeNull();
    }
  });

  it("is not called for NULL unless it wants to be", async () => {
    db.createFunction("plus", { args: ["DOUBLE", "INTEGER"], returns: "DOUBLE", fn: (x: number, i: number) => x + i });
    db.createFunction("or0", {
      args: ["DOUBLE"],
      returns: "DOUBLE",
      callOnNull: true,
      fn: (x: number | null) => x ?? 0,
    });
    expect(await rows("SELECT count(plus(x, i)), sum(plus(x, i)), count(or0(x)), sum(or0(x)) FROM t")).toEqual(
      await rows("SELECT count(x + i), sum(x + i), count(*), sum(coalesce(x, 0)) FROM t"),
    );
  });

  it("runs wherever an expression may stand", async () => {
    db.createFunction("half", { args: ["INTEGER"], returns: "INTEGER", fn: (i: number) => Math.trunc(i / 2) });
    expect(
      await rows(
        "SELECT half(i) AS h, count(*) FROM t WHERE half(i) < 3 GROUP BY half(i) HAVING half(count(*)::INTEGER) = 1 ORDER BY half(h)",
      ),
    ).toEqual([
      [0, 2n],
      [1, 2n],
      [2, 2n],
    ]);
    expect(await one("list_transform([2, 4], x -> half(x))")).toEqual([1, 2]);
    expect(
      await rows("SELECT count(*) FROM t a LEFT JOIN t b ON half(a.i) = b.i AND half(a.i + b.i) > 1000000"),
    ).toEqual([[5000n]]);
    expect(await rows("VALUES (half(9)), (3)")).toEqual([[4], [3]]);
    expect(await rows("SELECT half(i), sum(half(i)) OVER (ORDER BY i) FROM t WHERE i < 4 ORDER BY i")).toEqual([
      [0, 0n],
      [0, 0n],
      [1, 1n],
      [1, 2n],
    ]);
    expect(
      await rows(
        "WITH RECURSIVE r(n) AS (SELECT 100 UNION ALL SELECT half(n) FROM r WHERE n > 10) SELECT list(n) FROM r",
      ),
    ).toEqual([[[100, 50, 25, 12, 6]]]);
  });

  it("is called once for equal calls, and only where a condition lets it", async () => {
    let calls = 0;
    const count = (i: number): number => {
      calls++;
      return i;
    };
    db.createFunction("counted", { args: ["INTEGER"], returns: "INTEGER", fn: count });
    await rows("SELECT counted(i), counted(i) + 1 FROM t WHERE counted(i) >= 4990 AND i > 4980");
    expect(calls).toBe(19);
    calls = 0;
    await rows("SELECT CASE WHEN i < 10 THEN counted(i) END FROM t");
    expect(calls).toBe(10);
    calls = 0;
    await rows("SELECT counted(i) FROM t ORDER BY s, i LIMIT 5");
    expect(calls).toBe(5);
  });

  it("is called every time when it is volatile", async () => {
    let calls = 0;
    const next = { args: [], returns: "INTEGER", volatile: true, fn: () => ++calls } as const;
    db.createFunction("next_one", next);
    const [row] = await rows("SELECT next_one() = next_one() FROM t LIMIT 1");
    expect(row).toEqual([false]);
  });

  it("comes from a module that every worker loads", async () => {
    const module = new URL("text-module.mjs", import.meta.url);
    db.createFunction("shout", { args: ["VARCHAR"], returns: "VARCHAR", module, export: "shout" });
    db.createFunction("later", { args: ["VARCHAR"], returns: "VARCHAR", module, export: "later", async: true });
    db.createFunction("missing", { args: ["VARCHAR"], returns: "VARCHAR", module, export: "nothing" });
    expect(await rows("SELECT DISTINCT shout(s), later(shout(s)) FROM t ORDER BY 1")).toEqual(
      ["N0!", "N1!", "N2!"].map((text) => [text, `later ${text}`]),
    );
    expect((await errorOf(rows("SELECT missing(s) FROM t"))).message).toContain('has no function "nothing"');
  });
});

describe("a vectorized function", () => {
  it("sees typed arrays without the rows that have a NULL", async () => {
    const fn = (x: FunctionVector, i: FunctionVector): Float64Array => {
      if (!(x.values instanceof Float64Array) || !(i.values instanceof Int32Array)) throw new Error("wrong arrays");
      if (x.valid !== undefined || x.length !== i.values.length) throw new Error("wrong vectors");
      return x.values.map((value, k) => value + Number(i.values[k]));
    };
    db.createFunction("vplus", { args: ["DOUBLE", "INTEGER"], returns: "DOUBLE", vectorized: true, fn });
    expect(await rows("SELECT i, vplus(x, i) FROM t ORDER BY i")).toEqual(
      await rows("SELECT i, x + i FROM t ORDER BY i"),
    );
  });

  it("sees validity, and gives it, when it wants NULLs", async () => {
    const fn = ({ values, valid, length }: FunctionVector): unknown => ({
      values: Array.from({ length }, (_, k) => (valid?.[k] === 0 ? "none" : String(values[k]))),
      valid: Uint8Array.from({ length }, (_, k) => (values[k] === 5 ? 0 : 1)),
    });
    db.createFunction("shown", { args: ["DOUBLE"], returns: "VARCHAR", vectorized: true, callOnNull: true, fn });
    expect(await rows("SELECT shown(x) FROM t WHERE i BETWEEN 4 AND 7 ORDER BY i")).toEqual([
      ["4"],
      [null],
      ["6"],
      ["none"],
    ]);
  });

  it("must return as many values as it got, of its type", async () => {
    db.createFunction("short", { args: ["INTEGER"], returns: "INTEGER", vectorized: true, fn: () => [1] });
    expect((await errorOf(rows("SELECT short(i) FROM t WHERE i < 3"))).message).toBe(
      "the function short failed for a batch of 3 rows: it returned 1 values",
    );
    const wrong = (i: FunctionVector): unknown => Array.from(i.values as Int32Array, (v) => (v === 1 ? "x" : v));
    db.createFunction("vwrong", { args: ["INTEGER"], returns: "INTEGER", vectorized: true, fn: wrong });
    expect((await errorOf(rows("SELECT vwrong(i) FROM t WHERE i < 3"))).message).toBe(
      'the function vwrong failed for a batch of 3 rows: in row 1 of the batch it returned "x", which is no INTEGER',
    );
  });

  it("takes and gives Arrow vectors where it wants them", async () => {
    const types = [
      "BOOLEAN",
      "TINYINT",
      "SMALLINT",
      "INTEGER",
      "BIGINT",
      "UTINYINT",
      "USMALLINT",
      "UINTEGER",
      "UBIGINT",
    ];
    for (const type of [
      ...types,
      "REAL",
      "DOUBLE",
      "VARCHAR",
      "DATE",
      "TIME",
      "TIMESTAMP",
      "TIMESTAMP_S",
      "TIMESTAMPTZ",
    ]) {
      const options = { args: [type], returns: type, vectorized: "arrow" } as const;
      db.createFunction("same", { ...options, callOnNull: true, fn: (x: Vector) => x.slice(0) });
      db.createFunction("same_here", { ...options, fn: (x: Vector) => (rows.length >= 0 ? x : x) });
      const value = /^(TIME|DATE)/.test(type) ? "TIMESTAMP '2020-02-29 01:02:03'" : "i % 2";
      const given = `CASE WHEN i % 7 <> 0 THEN (${value})::${type} END`;
      const [row] = await rows(
        `SELECT count(*) FILTER (same(${given}) IS DISTINCT FROM ${given} OR same_here(${given}) IS DISTINCT FROM ${given}) FROM t`,
      );
      expect(row, type).toEqual([0n]);
    }
    const made = ({ length }: Vector): Vector =>
      vectorFromArray(
        Array.from({ length }, (_, i) => (i === 1 ? null : `v${i}`)),
        new Utf8(),
      );
    db.createFunction("made", { args: ["INTEGER"], returns: "VARCHAR", vectorized: "arrow", fn: made });
    expect(await rows("SELECT made(i) FROM t WHERE i < 3")).toEqual([["v0"], [null], ["v2"]]);
    db.createFunction("scaled", {
      args: ["DOUBLE"],
      returns: "DOUBLE",
      vectorized: "arrow",
      fn: async (x: Vector) => (x.toArray() as Float64Array).map((value) => value * 2),
    });
    expect(await rows("SELECT sum(scaled(x)) = sum(x * 2), count(scaled(x)) = count(x) FROM t")).toEqual([
      [true, true],
    ]);
  });

  it("over Arrow vectors must give those of its type", async () => {
    const fn = ({ length }: Vector): Vector =>
      vectorFromArray(
        Array.from({ length }, () => new Date(0)),
        new TimestampSecond(),
      );
    db.createFunction("seconds", { args: ["INTEGER"], returns: "TIMESTAMP", vectorized: "arrow", fn });
    expect((await errorOf(rows("SELECT seconds(i) FROM t WHERE i < 3"))).message).toBe(
      "the function seconds failed for a batch of 3 rows: it returned a vector of Timestamp<SECOND>, for TIMESTAMP it is Timestamp<MICROSECOND>",
    );
    const shorter = (x: Vector): Vector => x.slice(1);
    db.createFunction("shorter", { args: ["INTEGER"], returns: "INTEGER", vectorized: "arrow", fn: shorter });
    expect((await errorOf(rows("SELECT shorter(i) FROM t WHERE i < 3"))).message).toContain("it returned 2 values");
    expect(() =>
      db.createFunction("lists", { args: ["INTEGER[]"], returns: "INTEGER", vectorized: "arrow", fn: shorter }),
    ).toThrow("the function lists over Arrow vectors of INTEGER[] is not supported");
  });

  it("is refused by name where there are no batches", async () => {
    const error = await errorOf(one("list_transform([1.5], v -> vplus(v, 1))"));
    expect(error.code).toBe("unsupported");
    expect(error.message).toContain("vplus");
  });
});

describe("an async function", () => {
  it("has at most as many promises pending as it allows", async () => {
    let pending = 0;
    let most = 0;
    const fn = async (i: number): Promise<number> => {
      most = Math.max(most, ++pending);
      await new Promise((resolve) => setTimeout(resolve, 1));
      pending--;
      return i * 2;
    };
    db.createFunction("slow", { args: ["INTEGER"], returns: "INTEGER", concurrency: 5, fn });
    expect(await rows("SELECT sum(slow(i)), count(*) FROM t WHERE i < 100")).toEqual([[9900n, 100n]]);
    expect(most).toBe(5);
  });

  it("runs in the workers when it refers to nothing outside", async () => {
    const fn = async (i: number): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return `v${i}`;
    };
    db.createFunction("fetched", { args: ["INTEGER"], returns: "VARCHAR", concurrency: 200, fn });
    expect(await rows("SELECT count(DISTINCT fetched(i)), max(fetched(i)) FROM t")).toEqual([[5000n, "v999"]]);
    expect(await db.sql("SELECT fetched(i) FROM t").explain()).toContain(
      "fetched(i) in the workers, as it refers to nothing outside",
    );
  });

  it("fails with what it rejects with", async () => {
    const fn = async (i: number): Promise<number> => {
      if (i === 3) throw new RangeError("not three");
      return i;
    };
    db.createFunction("rejects", { args: ["INTEGER"], returns: "INTEGER", fn });
    const error = await errorOf(rows("SELECT rejects(i) FROM t"));
    expect(error).toMatchObject({
      code: "function",
      message: "the function rejects(3) failed: RangeError: not three",
      span: { start: 7, end: 17 },
    });
  });
});

describe("a function that fails", () => {
  it("tells its name, the row's values and its own stack", async () => {
    const fn = function picky(i: number, s: string): number {
      if (i === 77) throw new RangeError(`no ${s}`);
      return i;
    };
    db.createFunction("picky", { args: ["INTEGER", "VARCHAR"], returns: "INTEGER", fn });
    const error = await errorOf(rows("SELECT picky(i, s) FROM t"));
    expect(error.message).toBe('the function picky(77, "n2") failed: RangeError: no n2');
    expect((error.cause as Error).stack).toContain("picky");
  });

  it("is told what is wrong with its result", async () => {
    const results: readonly (readonly [type: string, result: unknown, message: string])[] = [
      ["INTEGER", "text", 'it returned "text", which is no INTEGER'],
      ["INTEGER", 1.5, "it returned 1.5, which is no INTEGER"],
      ["TINYINT", 128, "it returned 128, which is no TINYINT"],
      ["INTEGER", undefined, "it returned undefined; return null for NULL"],
      ["DOUBLE", 1n, "it returned 1n, which is no DOUBLE"],
      ["DECIMAL(4,1)", "1.25", 'it returned "1.25", which is no DECIMAL(4,1)'],
      ["DATE", new Date(Number.NaN), "it returned an invalid Date, which is no DATE"],
      ["INTEGER[]", [1, "x"], 'it returned [1,"x"], which is no INTEGER[]'],
      ["JSON", "{", 'it returned "{", which is no JSON'],
    ];
    for (const [type, result, message] of results) {
      db.createFunction("given", { args: ["INTEGER"], returns: type, fn: () => result });
      expect((await errorOf(rows("SELECT given(i) FROM t"))).message).toBe(`the function given(0) failed: ${message}`);
    }
  });

  it("may never return: the worker is ended and another takes its place", async () => {
    const fn = (i: number): number => {
      let turns = i;
      while (turns > 10) turns = i;
      return turns;
    };
    db.createFunction("spin", { args: ["INTEGER"], returns: "INTEGER", fn });
    const error = await errorOf(rows("SELECT spin(i) FROM t", AbortSignal.timeout(300)));
    expect(error.code).toBe("cancelled");
    expect(await one("1 + 1")).toBe(2);
    expect(await rows("SELECT max(spin(i)) FROM t WHERE i < 10")).toEqual([[9]]);
  });

  it("may never settle: the query is cancelled", async () => {
    db.createFunction("never", { args: ["INTEGER"], returns: "INTEGER", fn: async () => new Promise(() => {}) });
    expect((await errorOf(rows("SELECT never(i) FROM t", AbortSignal.timeout(100)))).code).toBe("cancelled");
    const kept: unknown[] = [];
    const local = async (): Promise<number> => new Promise((resolve) => kept.push(resolve));
    db.createFunction("never_here", { args: ["INTEGER"], returns: "INTEGER", fn: local });
    expect((await errorOf(rows("SELECT never_here(i) FROM t", AbortSignal.timeout(100)))).code).toBe("cancelled");
    expect(kept.length).toBeGreaterThan(0);
  });

  it("may not end its thread", async () => {
    db.createFunction("leave", { args: ["INTEGER"], returns: "INTEGER", fn: () => process.exit(3) });
    const error = await errorOf(rows("SELECT leave(i) FROM t"));
    expect(error).toMatchObject({
      code: "function",
      message: expect.stringMatching(
        /^the function leave\(\d+\) failed: process\.exit\(3\) was called in a worker thread$/,
      ) as string,
      span: { start: 7, end: 15 },
    });
    expect(await rows("SELECT sum(i) FROM t")).toEqual([[12_497_500n]]);
  });
});

it("EXPLAIN says where a function runs, and why", async () => {
  const limit = 3;
  db.createFunction("here", { args: ["INTEGER"], returns: "BOOLEAN", fn: (i: number) => i < limit });
  db.createFunction("bound", { args: ["DOUBLE"], returns: "DOUBLE", fn: Math.sqrt });
  const plan = await db.sql("SELECT bound(i) FROM t WHERE here(i)").explain();
  expect(plan).toContain("here(i) on the main thread, as it refers to limit");
  expect(plan).toContain("on the main thread, as its text cannot be had: it is native or bound");
});
