/** What becomes of queries, of their memory and of the threads when something goes wrong. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Worker } from "node:worker_threads";
import { HeadraceError } from "../../../src/error.ts";
import { connect, type Session } from "../../../src/index.ts";
import type { Runtime } from "../../../src/exec/schedule/runtime.ts";

/** 10^9 pairs, none of which holds: takes seconds. */
const LONG = "SELECT count(*) FROM a x JOIN a y ON x.i * y.i = 1000003";
const SHORT = "SELECT count(*), sum(k) FROM (SELECT a.i % 100 AS k FROM a JOIN b ON a.i = b.i)";

let session: Session;
let used: number;

/** The insides that these tests look at and break. */
function insides(): { runtime: Runtime; threads: (Worker | undefined)[] } {
  const { runtime } = session as unknown as { runtime: Runtime };
  const { workers } = runtime.pool as unknown as { workers: (Worker | undefined)[] };
  return { runtime, threads: workers };
}

const usedBytes = (): number => insides().runtime.shared.usedBytes;
const collect = (sql: string, signal?: AbortSignal): Promise<unknown[][]> =>
  session.sql(sql).collect({ rows: "array", signal });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const errorOf = (query: Promise<unknown>): Promise<HeadraceError> =>
  query.then(
    () => expect.fail("the query ended well"),
    (error: unknown) => error as HeadraceError,
  );

beforeEach(async () => {
  session = await connect({ workers: 2, config: { inlineRows: 0, morselRows: 500, chunkRows: 1000 } });
  await session.execute(
    "CREATE TABLE a AS SELECT i FROM range(32000) r (i); CREATE TABLE b AS SELECT i FROM range(1000) r (i)",
  );
  used = usedBytes();
});
afterEach(() => session.close());

async function expectHealthy(): Promise<void> {
  expect(await collect(SHORT)).toEqual([[1000n, 49500n]]);
  expect(usedBytes()).toBe(used);
}

describe("a thread that dies", () => {
  it("fails its query, and another takes its place", async () => {
    const query = errorOf(collect(LONG));
    await sleep(300);
    await insides().threads[1]?.terminate();
    const error = await query;
    expect(error).toBeInstanceOf(HeadraceError);
    expect(error.code).toBe("internal");
    expect(error.message).toMatch(/^a worker thread died/);
    expect(usedBytes()).toBe(used);
    await expectHealthy();
    expect(insides().threads.filter(Boolean)).toHaveLength(2);
  });

  it("fails every query that it had a part in", async () => {
    const queries = [errorOf(collect(LONG)), errorOf(collect(LONG))];
    await sleep(300);
    await insides().threads[0]?.terminate();
    for (const error of await Promise.all(queries)) expect(error.message).toMatch(/^a worker thread died/);
    await expectHealthy();
  });

  it("is not missed when it was idle", async () => {
    await expectHealthy();
    for (const thread of insides().threads) await thread?.terminate();
    await expectHealthy();
  });
});

describe("cancelling", () => {
  it("stops a long join soon and gives its memory back", async () => {
    const controller = new AbortController();
    const query = errorOf(collect(LONG, controller.signal));
    await sleep(300);
    const start = performance.now();
    controller.abort();
    expect((await query).code).toBe("cancelled");
    // 50 ms on a machine with nothing else to do; where it takes this long, the join would have taken a minute.
    expect(performance.now() - start).toBeLessThan(5000);
    expect(usedBytes()).toBe(used);
    await expectHealthy();
  });

  it("before the start runs nothing", async () => {
    expect((await errorOf(collect(LONG, AbortSignal.abort()))).code).toBe("cancelled");
    expect(usedBytes()).toBe(used);
  });

  it("leaves other queries alone", async () => {
    const controller = new AbortController();
    const [cancelled, other] = [errorOf(collect(LONG, controller.signal)), collect(SHORT)];
    await sleep(100);
    controller.abort();
    expect((await cancelled).code).toBe("cancelled");
    expect(await other).toEqual([[1000n, 49500n]]);
    expect(usedBytes()).toBe(used);
  });

  it("also happens when the session is closed", async () => {
    const query = errorOf(collect(LONG));
    await sleep(300);
    await session.close();
    expect((await query).message).toBe("the session was closed");
  });
});

describe("an error in a worker", () => {
  it.each([
    ["overflow", "SELECT sum(i) FROM a WHERE CAST(9223372036854775800 + i AS BIGINT) > 0"],
    ["overflow", "SELECT a.i FROM a JOIN b ON a.i = b.i AND CAST(2147483000 AS INTEGER) + CAST(a.i AS INTEGER) > 5"],
    ["type", "SELECT (SELECT x.i FROM a x WHERE x.i % 10 = b.i) FROM b"],
  ])("(%s) leaves nothing allocated", async (code, sql) => {
    const error = await errorOf(collect(sql));
    expect([error.code, usedBytes()]).toEqual([code, used]);
    await expectHealthy();
  });

  it("in an INSERT leaves the table as it was", async () => {
    await errorOf(session.execute("INSERT INTO b SELECT CAST(9223372036854775800 + i AS BIGINT) FROM a"));
    await expectHealthy();
  });
});

describe("memory", () => {
  it("is as before after 200 queries, many at a time", async () => {
    const queries = [
      SHORT,
      "SELECT i % 10, count(*), min(i || 'x') FROM a GROUP BY 1 ORDER BY 1",
      "SELECT i FROM a ORDER BY i DESC LIMIT 5",
      "SELECT DISTINCT upper('abc ' || (i % 7)) FROM a",
      "SELECT count(*) FROM a WHERE i NOT IN (SELECT i FROM b)",
    ];
    const expected = await Promise.all(queries.map((sql) => collect(sql)));
    for (let round = 0; round < 8; round++) {
      const results = await Promise.all(Array.from({ length: 25 }, (_, i) => collect(queries[i % queries.length]!)));
      for (const [i, rows] of results.entries()) expect(sorted(rows)).toEqual(sorted(expected[i % queries.length]!));
    }
    expect(usedBytes()).toBe(used);
  });

  it("is short: the query says so, and leaves nothing", async () => {
    const small = await connect({ workers: 2, memoryLimit: "32MB", config: { inlineRows: 0 } });
    try {
      const { shared } = (small as unknown as { runtime: Runtime }).runtime;
      const error = await errorOf(small.sql("SELECT i, 'text ' || i FROM range(3000000) r (i) ORDER BY 2").collect());
      expect([error.code, shared.usedBytes]).toEqual(["out_of_memory", 0]);
      expect(await small.sql("SELECT sum(i) AS s FROM range(1000) r (i)").collect()).toEqual([{ s: 499500n }]);
    } finally {
      await small.close();
    }
  });

  it("comes back from batches whose reader stopped early", async () => {
    for await (const batch of session.sql("SELECT i, 'text ' || i FROM a").batches()) {
      expect(batch.numRows).toBeGreaterThan(0);
      break;
    }
    expect(usedBytes()).toBe(used);
    await expectHealthy();
  });

  it("of dropped tables is free once nobody reads them", async () => {
    const query = collect("SELECT count(*) FROM a x JOIN a y ON x.i = y.i");
    await session.execute("DROP TABLE a");
    expect(await query).toEqual([[32000n]]);
    await session.execute("DROP TABLE b");
    expect(usedBytes()).toBe(0);
  });
});

function sorted(rows: unknown[][]): string[] {
  return rows.map((row) => row.map(String).join("|")).toSorted();
}
