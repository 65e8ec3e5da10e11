/** Aggregates made of JavaScript functions, against what SQL gives for the same. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type HeadraceError, type Session } from "../../../src/index.ts";

let db: Session;
const rows = (sql: string): Promise<unknown[][]> => db.sql(sql).collect({ rows: "array" });
const errorOf = (query: Promise<unknown>): Promise<HeadraceError> =>
  query.then(
    () => expect.fail("the query ended well"),
    (error: unknown) => error as HeadraceError,
  );

beforeAll(async () => {
  db = await connect({ workers: 3, config: { inlineRows: 0, chunkRows: 500, morselRows: 300 } });
  await db.execute(
    `CREATE TABLE t AS SELECT i::INTEGER AS i, (i % 7)::INTEGER AS k, (i % 1000)::INTEGER AS m,
       CASE WHEN i % 11 = 0 THEN NULL ELSE (i * 37 % 101)::INTEGER END AS x, 's' || (i % 5) AS s FROM range(6000) r(i)`,
  );
  db.createAggregate("js_sum", {
    args: ["INTEGER"],
    returns: "BIGINT",
    init: () => ({ total: 0, rows: 0 }),
    step: (state, x: number) => {
      state.total += x;
      state.rows++;
    },
    merge: (a, b) => ({ total: a.total + b.total, rows: a.rows + b.rows }),
    finish: ({ total, rows: count }) => (count === 0 ? null : total),
  });
  db.createAggregate("js_letters", {
    args: ["VARCHAR"],
    returns: "VARCHAR[]",
    init: () => new Set<string>(),
    step: (state, s: string) => state.add(s),
    merge: (a, b) => new Set([...a, ...b]),
    finish: (state) => [...state].sort(),
  });
  db.createAggregate("js_concat", {
    args: ["INTEGER"],
    returns: "VARCHAR",
    callOnNull: true,
    init: () => "",
    step: (state, x: number | null) => `${state}${state === "" ? "" : ","}${x ?? "-"}`,
  });
});

afterAll(() => db.close());

describe("a JavaScript aggregate", () => {
  it.each([
    "SELECT $(x) FROM t",
    "SELECT $(x) FROM t WHERE i < 0",
    "SELECT k, $(x) FROM t GROUP BY k ORDER BY k",
    "SELECT m, k, $(x), count(*) FROM t GROUP BY m, k ORDER BY m, k",
    "SELECT i, $(x) FROM t GROUP BY i ORDER BY i",
    "SELECT s, $(x + 1) FILTER (WHERE i % 2 = 0), $(DISTINCT x) FROM t GROUP BY s ORDER BY s",
    "SELECT k, $(x ORDER BY i DESC) FROM t GROUP BY k ORDER BY k",
    "SELECT k, s, $(x) FROM t GROUP BY ROLLUP (k, s) ORDER BY k, s",
    "SELECT k FROM t GROUP BY k HAVING $(x) > 40000 ORDER BY $(x)",
    "SELECT * FROM (PIVOT (SELECT k, s, x FROM t) ON s USING $(x) GROUP BY k) ORDER BY k",
    "SELECT * FROM (PIVOT (SELECT k, s, x FROM t) ON s USING $(x) AS a, $(x + 1) FILTER (x > 50) AS b GROUP BY k) ORDER BY k",
    "SELECT i, $(x) OVER (PARTITION BY k ORDER BY i) FROM t WHERE i < 300 ORDER BY i",
    "SELECT i, $(x) OVER (PARTITION BY k) FROM t WHERE i < 300 ORDER BY i",
    "SELECT i, $(x) OVER (ORDER BY i ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING) FROM t WHERE i < 300 ORDER BY i",
    "SELECT i, $(x) OVER (ORDER BY i ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) FROM t WHERE i < 300 ORDER BY i",
    "SELECT i, $(DISTINCT x) OVER (PARTITION BY k ORDER BY i) FROM t WHERE i < 300 ORDER BY i",
    "SELECT i, (SELECT $(u.x) FROM t u WHERE u.i < t.i) FROM t WHERE i BETWEEN 1 AND 20 ORDER BY i",
  ])("%s", async (sql) => {
    expect(await rows(sql.replaceAll("$", "js_sum"))).toEqual(
      await rows(
        sql.replaceAll(
          /\$(\((?:[^()]|\([^)]*\))*\)(?: FILTER \([^)]*\))?(?: OVER \([^)]*\))?)/g,
          "CAST(sum$1 AS BIGINT)",
        ),
      ),
    );
  });

  it("has states that are any values, brought together from all workers", async () => {
    expect(await rows("SELECT k, js_letters(s) FROM t GROUP BY k ORDER BY k LIMIT 2")).toEqual([
      [0, ["s0", "s1", "s2", "s3", "s4"]],
      [1, ["s0", "s1", "s2", "s3", "s4"]],
    ]);
    expect(await rows("SELECT js_letters(s), js_sum(x) FROM t WHERE i < 3")).toEqual(
      await rows("SELECT ['s0', 's1', 's2'], sum(x)::BIGINT FROM t WHERE i < 3"),
    );
  });

  it("without merge sees its rows in order, NULLs if it asks for them", async () => {
    expect(await rows("SELECT js_concat(x) FROM t WHERE i BETWEEN 9 AND 12")).toEqual([["30,67,-,40"]]);
    expect(await rows("SELECT js_concat(x ORDER BY i DESC) FROM t WHERE i BETWEEN 9 AND 12")).toEqual([["40,-,67,30"]]);
    expect(await rows("SELECT k, js_concat(i) FROM t WHERE i < 14 GROUP BY k ORDER BY k LIMIT 2")).toEqual([
      [0, "0,7"],
      [1, "1,8"],
    ]);
    expect(await rows("SELECT js_concat(i) OVER (ORDER BY i) FROM t WHERE i < 3")).toEqual([["0"], ["0,1"], ["0,1,2"]]);
    const error = await errorOf(rows("SELECT js_concat(i) OVER (ORDER BY i ROWS 1 PRECEDING) FROM t WHERE i < 3"));
    expect(error).toMatchObject({ code: "unsupported", hint: "give it a `merge` function" });
    expect(error.message).toContain("js_concat");
  });

  it("may close over state", async () => {
    let steps = 0;
    db.createAggregate("counted", {
      args: ["INTEGER"],
      returns: "INTEGER",
      init: () => 0,
      step: (state, _x: number) => {
        steps++;
        return state + 1;
      },
      merge: (a, b) => a + b,
    });
    expect(await rows("SELECT sum(c) FROM (SELECT k, counted(i) AS c FROM t GROUP BY k)")).toEqual([[6000n]]);
    expect(steps).toBe(6000);
  });

  it("aggregates the rows of a key in a recursion", async () => {
    const sql = (name: string): string =>
      `WITH RECURSIVE r(n, s) USING KEY (n, ${name}(s)) AS (SELECT 1, 1 UNION ALL SELECT n, s::INTEGER + 1 FROM r WHERE s < 20) FROM r`;
    expect(await rows(sql("js_sum"))).toEqual(await rows(sql("sum")));
  });

  it("does not aggregate lists", async () => {
    const error = await errorOf(rows("SELECT list_aggregate([1, 2], 'js_sum')"));
    expect([error.code, error.message]).toEqual(["unsupported", 'the aggregate "js_sum" over lists is not supported']);
  });

  it("fails with its name and the row's values", async () => {
    db.createAggregate("picky", {
      args: ["INTEGER"],
      returns: "INTEGER",
      init: () => 0,
      step: (state: number, x: number) => {
        if (x === 77) throw new RangeError("no 77");
        return state + 1;
      },
      merge: (a, b) => a + b,
    });
    expect(await errorOf(rows("SELECT picky(i) FROM t"))).toMatchObject({
      code: "function",
      message: "the aggregate picky(77) failed: RangeError: no 77",
      span: { start: 7, end: 15 },
    });
    db.createAggregate("wrong", { args: ["INTEGER"], returns: "INTEGER", init: () => "text", step: () => undefined });
    expect((await errorOf(rows("SELECT wrong(i) FROM t"))).message).toBe(
      'the aggregate wrong failed: it returned "text", which is no INTEGER',
    );
    expect(await rows("SELECT js_sum(i) FROM t")).toEqual(await rows("SELECT sum(i)::BIGINT FROM t"));
    expect(() => db.createAggregate("sum", { args: [], returns: "INTEGER", init: () => 0, step: () => 0 })).toThrow(
      "already",
    );
    expect(() =>
      db.createAggregate("later", {
        args: [],
        returns: "INTEGER",
        init: () => 0,
        step: (async () => undefined) as never,
      }),
    ).toThrow("async");
  });
});
