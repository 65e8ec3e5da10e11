/** JavaScript functions, aggregates, tables and maps give the same under every way of running. */
import { describe, expect, it } from "vitest";
import { connect, type ConnectOptions, type FunctionVector } from "../../../src/index.ts";

const CONFIGS: readonly NonNullable<ConnectOptions["config"]>[] = [
  {},
  { interpreter: true },
  { vectorSize: 2, checkedMemory: true },
  { schedulerSeed: 3 },
  { optimizer: false },
  { constantHash: true },
  { inlineRows: 0, morselRows: 10, chunkRows: 50, vectorSize: 7, checkedMemory: true },
];

/** Two queries that say the same. */
const PAIRS: readonly (readonly [javaScript: string, sql: string])[] = [
  [
    "SELECT f(i), here(i), u(s), later(s), v(i, s) FROM t WHERE f(i) % 2 = 0 ORDER BY i",
    "SELECT i + 1, i + 1, s || '!', s || '!', i || s FROM t WHERE (i + 1) % 2 = 0 ORDER BY i",
  ],
  [
    "SELECT k, js_sum(i), js_sum(DISTINCT i) FILTER (WHERE i > 9) FROM t GROUP BY k ORDER BY k",
    "SELECT k, sum(i)::BIGINT, sum(DISTINCT i) FILTER (WHERE i > 9)::BIGINT FROM t GROUP BY k ORDER BY k",
  ],
  [
    "SELECT k, s, js_sum(i) FROM t GROUP BY ALL ORDER BY ALL",
    "SELECT k, s, sum(i)::BIGINT FROM t GROUP BY ALL ORDER BY ALL",
  ],
  [
    "SELECT js_sum(i) OVER (PARTITION BY k ORDER BY i ROWS 3 PRECEDING) FROM t ORDER BY i",
    "SELECT (sum(i) OVER (PARTITION BY k ORDER BY i ROWS 3 PRECEDING))::BIGINT FROM t ORDER BY i",
  ],
  ["SELECT * FROM p ORDER BY i", "SELECT i, s FROM t ORDER BY i"],
  [
    "SELECT count(*), sum(length(u(p.s))) FROM p JOIN t ON f(p.i) = t.i + 1",
    "SELECT count(*), sum(length(s) + 1) FROM t",
  ],
  [
    "SELECT CASE WHEN k = 3 THEN u(s) ELSE s END FROM t ORDER BY i",
    "SELECT CASE WHEN k = 3 THEN s || '!' ELSE s END FROM t ORDER BY i",
  ],
];

describe.each(CONFIGS)("%j", (config) => {
  it("agrees with SQL", async () => {
    const db = await connect({ workers: 3, config });
    const rows = config.interpreter === true ? 200 : 1500;
    const q = (sql: string): Promise<unknown[][]> => db.sql(sql).collect({ rows: "array" });
    try {
      await db.execute(
        `CREATE TABLE t AS SELECT i::INTEGER AS i, (i % 7)::INTEGER AS k, CASE WHEN i % 5 > 0 THEN 'v' || i END AS s FROM range(${rows}) r(i)`,
      );
      let calls = 0;
      const here = (x: number): number => {
        calls++;
        return x + 1;
      };
      db.createFunction("f", { args: ["INTEGER"], returns: "INTEGER", fn: (x: number) => x + 1 });
      db.createFunction("here", { args: ["INTEGER"], returns: "INTEGER", fn: here });
      db.createFunction("u", { args: ["VARCHAR"], returns: "VARCHAR", fn: (x: string) => `${x}!` });
      db.createFunction("later", { args: ["VARCHAR"], returns: "VARCHAR", fn: async (x: string) => `${x}!` });
      db.createFunction("v", {
        args: ["INTEGER", "VARCHAR"],
        returns: "VARCHAR",
        vectorized: true,
        fn: (a: FunctionVector, b: FunctionVector) =>
          Array.from(a.values as Int32Array, (x, i) => `${x}${b.values[i] as string}`),
      });
      db.createAggregate("js_sum", {
        args: ["INTEGER"],
        returns: "BIGINT",
        init: () => ({ n: 0 }),
        step: (state, x: number) => {
          state.n += x;
        },
        merge: (a, b) => ({ n: a.n + b.n }),
        finish: ({ n }) => n,
      });
      await db.register("p", {
        schema: { i: "INTEGER", s: "VARCHAR" },
        *scan() {
          for (let i = 0; i < rows; i++) yield { i, s: i % 5 > 0 ? `v${i}` : null };
        },
      });
      for (const [javaScript, sql] of PAIRS) expect(await q(javaScript), javaScript).toEqual(await q(sql));
      expect(calls).toBeGreaterThan(0);
      const t = db.table<{ i: number; s: string | null }>("t");
      const twice = t.flatMap(
        ({ i, s }) =>
          i % 2 === 1
            ? [
                { i, s },
                { i: -i, s: null },
              ]
            : [],
        {
          schema: { i: "INTEGER", s: "VARCHAR" },
        },
      );
      expect(await twice.sort("i").collect({ rows: "array" })).toEqual(
        await q("SELECT i, s FROM t WHERE i % 2 = 1 UNION ALL SELECT -i, NULL FROM t WHERE i % 2 = 1 ORDER BY 1"),
      );
      const waiting = t.mapBatches(async (batch) => batch.rows().map(({ i }) => ({ i })), { schema: { i: "INTEGER" } });
      expect(await waiting.sort("i").collect({ rows: "array" })).toEqual(await q("SELECT i FROM t ORDER BY i"));
      await db.execute(
        "CREATE TABLE copy AS SELECT i, u(s) AS s FROM t; UPDATE copy SET s = u(s), i = f(i) WHERE f(i) > 10",
      );
      expect(await q("FROM copy ORDER BY i, s")).toEqual(
        await q(
          "SELECT CASE WHEN i + 1 > 10 THEN i + 1 ELSE i END AS i, CASE WHEN i + 1 > 10 THEN s || '!!' ELSE s || '!' END AS s FROM t ORDER BY i, s",
        ),
      );
    } finally {
      await db.close();
    }
  });
});
