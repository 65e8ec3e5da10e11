/** How actions end: cancelled, out of time, in pieces, told about; and rows that are kept. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  col,
  connect,
  count,
  type DataFrame,
  type HeadraceError,
  type Progress,
  type Session,
  sum,
} from "../../../src/index.ts";
import type { Runtime } from "../../../src/exec/schedule/runtime.ts";

/** 10^9 pairs, none of which holds. */
const LONG = "SELECT count(*) AS n FROM a x JOIN a y ON x.i * y.i = 1000003";

let db: Session;
let used: number;
let directory: string;
const usedBytes = (): number => (db as unknown as { runtime: Runtime }).runtime.shared.usedBytes;
const errorOf = (work: Promise<unknown>): Promise<HeadraceError> =>
  work.then(
    () => expect.fail("it ended well"),
    (error: unknown) => error as HeadraceError,
  );

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "headrace-test-"));
  const config = { inlineRows: 0, morselRows: 500, chunkRows: 1000 };
  db = await connect({ workers: 2, tempDirectory: directory, config });
  await db.execute("CREATE TABLE a AS SELECT i, i % 10 AS k FROM range(32000) r(i)");
});
beforeEach(() => {
  used = usedBytes();
});
afterAll(async () => {
  await db.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Files in the session's temporary folders. */
function files(): readonly string[] {
  return readdirSync(directory).flatMap((folder) => readdirSync(join(directory, folder)));
}

describe("an action", () => {
  const actions: readonly (readonly [string, (frame: DataFrame, options: object) => Promise<unknown>])[] = [
    ["collect", (frame, options) => frame.collect(options)],
    ["first", (frame, options) => frame.first(options)],
    ["count", (_, options) => db.sql(LONG.replace("count(*) AS n", "x.i")).count(options)],
    ["toArrow", (frame, options) => frame.toArrow(options)],
    ["batches", (frame, options) => frame.batches(options).next()],
    ["stream", (frame, options) => frame.stream(options).getReader().read()],
    ["show", (frame, options) => frame.show(5, options)],
    ["explain", (frame, options) => frame.explain({ analyze: true, ...options })],
    ["write.parquet", (frame, options) => frame.write.parquet(join(directory, "out.parquet"), options)],
    ["write.csv", (frame, options) => frame.write.csv(join(directory, "out.csv"), options)],
    ["execute", (_, options) => db.execute(LONG, [], options)],
  ];

  it.each(actions)("%s ends when its signal is raised", async (_, act) => {
    const controller = new AbortController();
    const work = errorOf(act(db.sql(LONG), { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("enough")), 200);
    const error = await work;
    expect([error.code, usedBytes()]).toEqual(["cancelled", used]);
    expect(error.cause).toMatchObject({ message: "enough" });
    expect(files()).toEqual([]);
  });

  it.each(actions)("%s ends when its time is over", async (_, act) => {
    const error = await errorOf(act(db.sql(LONG), { timeout: 100 }));
    expect(error).toMatchObject({ code: "cancelled", message: "the time limit of 100 ms has passed" });
    expect(usedBytes()).toBe(used);
  });

  it("is refused after `await using` has closed the session", async () => {
    let closed: Session;
    {
      await using own = await connect({ workers: 1 });
      closed = own;
      expect(await own.sql("SELECT 1 AS one").collect()).toEqual([{ one: 1 }]);
    }
    await expect(closed.sql("SELECT 1").collect()).rejects.toThrow("the session is closed");
  });

  it("that ends in time leaves no timer behind", async () => {
    expect(await db.sql("SELECT 1 AS one").collect({ timeout: 2 ** 31 - 1 })).toEqual([{ one: 1 }]);
    await expect(db.sql("SELECT 1").collect({ timeout: -1 })).rejects.toMatchObject({ code: "bind" });
    await expect(db.sql("SELECT 1").collect({ timeout: Number.NaN })).rejects.toMatchObject({ code: "bind" });
  });

  it("runs beside others of the session", async () => {
    const sums = await Promise.all(
      Array.from({ length: 20 }, (_, i) => db.sql("SELECT sum(i) AS s FROM a WHERE k = ?", [i % 10]).collect()),
    );
    expect(sums).toEqual(Array.from({ length: 20 }, (_, i) => [{ s: BigInt(51_184_000 + 3200 * (i % 10)) }]));
    expect(usedBytes()).toBe(used);
  });

  it("runs again on what is there then", async () => {
    await db.execute("CREATE TABLE changing AS SELECT 1 AS a");
    const frame = db.table("changing").filter(col("a").gt(0));
    expect(await frame.collect()).toEqual([{ a: 1 }]);
    expect(await frame.collect()).toEqual([{ a: 1 }]);
    await db.execute("INSERT INTO changing VALUES (2)");
    expect(await frame.collect()).toEqual([{ a: 1 }, { a: 2 }]);
    await db.execute("CREATE OR REPLACE TABLE changing AS SELECT 'b' AS b, 3 AS a");
    expect(await frame.collect()).toEqual([{ b: "b", a: 3 }]);
    await db.execute("DROP TABLE changing");
    await expect(frame.collect()).rejects.toMatchObject({ code: "bind" });
    const file = join(directory, "changing.csv");
    await db.sql("SELECT 1 AS a").write.csv(file);
    const rows = db.table(file).select("a");
    expect(await rows.collect()).toEqual([{ a: 1n }]);
    await db.sql("SELECT 22 AS a").write.csv(file);
    expect(await rows.collect()).toEqual([{ a: 22n }]);
    rmSync(file);
    const pivot = db.sql("SELECT a % ? AS k FROM range(4) r(a)", [2]).groupBy().pivot("k").agg({ n: count() });
    expect(await pivot.collect()).toEqual([{ 0: 2n, 1: 2n }]);
    expect(await pivot.collect()).toEqual([{ 0: 2n, 1: 2n }]);
  });
});

describe("progress", () => {
  it("grows up to the end", async () => {
    const seen: Progress[] = [];
    const frame = db.sql("SELECT count(*) AS n FROM a x JOIN a y ON x.i * y.i = 1000003 AND x.i < 8000");
    await frame.collect({ onProgress: (progress) => seen.push(progress) });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.at(-1)).toMatchObject({ fraction: 1 });
    for (const { fraction, stepsDone, steps, morselsDone, morsels } of seen) {
      expect(fraction).toBeGreaterThanOrEqual(0);
      expect(fraction).toBeLessThanOrEqual(1);
      expect(stepsDone).toBeLessThanOrEqual(steps);
      expect(morselsDone).toBeLessThanOrEqual(morsels);
    }
    const fractions = seen.map(({ fraction }) => fraction);
    expect(fractions).toEqual(fractions.toSorted((x, y) => x - y));
  });

  it("is told of writes, too", async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress): void => void seen.push(progress);
    await db.execute("CREATE TABLE copy AS SELECT * FROM a", [], { onProgress });
    const writes = seen.length;
    await db.table("a").write.parquet(join(directory, "a.parquet"), { onProgress });
    rmSync(join(directory, "a.parquet"));
    await db.execute("DROP TABLE copy");
    expect(seen.at(writes - 1)).toMatchObject({ fraction: 1 });
    expect(seen.length).toBeGreaterThan(writes);
  });

  it("whose listener throws ends the query with that error", async () => {
    const error = await errorOf(
      db.sql(LONG).collect({
        onProgress: () => {
          throw new RangeError("too slow");
        },
      }),
    );
    expect(error).toMatchObject({ code: "function", message: "the listener of progress failed: too slow" });
    expect(usedBytes()).toBe(used);
  });
});

describe("a stream", () => {
  it("gives all rows, when they are asked for", async () => {
    const stream = db.table("a").stream();
    let rows = 0;
    for await (const batch of stream as unknown as AsyncIterable<{ numRows: number }>) rows += batch.numRows;
    expect(rows).toBe(32_000);
    expect(usedBytes()).toBe(used);
  });

  it("computes little ahead, and nothing once it is cancelled", async () => {
    const reader = db.sql("SELECT i, 'text ' || i AS s FROM range(20000000) r(i)").stream().getReader();
    await reader.read();
    const held = usedBytes();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(usedBytes()).toBeLessThanOrEqual(held + 64 * 2 ** 20);
    await reader.cancel();
    expect(usedBytes()).toBe(used);
  });

  it("that fails tells its reader", async () => {
    const reader = db.sql("SELECT CAST('x' || i AS INTEGER) AS n FROM a").stream().getReader();
    await expect(reader.read()).rejects.toMatchObject({ code: "type" });
    expect(usedBytes()).toBe(used);
  });
});

describe("kept rows", () => {
  const groups = (): DataFrame<{ k: unknown; total: unknown }> =>
    db
      .table("a")
      .groupBy("k")
      .agg({ total: sum("i") })
      .sort("k");

  it.each(["memory", "disk", "memory_and_disk"] as const)(
    "in %s stay as they are until they are let go",
    async (level) => {
      const frame = groups().persist(level);
      const rows = await groups().collect();
      expect(await frame.collect()).toEqual(rows);
      await db.execute("INSERT INTO a VALUES (1, 0)");
      expect(await frame.collect()).toEqual(rows);
      expect(await frame.filter(col("k").eq(0)).select("total").collect()).toEqual([{ total: 51_184_000n }]);
      expect(await frame.explain()).toContain("kept rows");
      expect(files()).toHaveLength(level === "disk" ? 1 : 0);
      await frame.unpersist();
      expect(await frame.first()).toEqual({ k: 0n, total: 51_184_001n });
      expect(files()).toEqual([]);
      await db.execute("DELETE FROM a WHERE i = 1 AND k = 0");
    },
  );

  it("are computed once, whoever asks", async () => {
    let calls = 0;
    db.createFunction("counted", {
      args: ["BIGINT"],
      returns: "BIGINT",
      fn: (i: bigint) => {
        calls++;
        return i;
      },
    });
    const frame = db.sql("SELECT counted(i) AS i FROM a WHERE i < 100").cache();
    expect(await frame.explain()).not.toContain("kept rows");
    expect(calls).toBe(0);
    await Promise.all([frame.count(), frame.collect(), frame.union(frame).count(), frame.toArrow()]);
    expect(calls).toBe(100);
    await frame.unpersist();
    await frame.count();
    await frame.collect();
    expect(calls).toBeGreaterThan(100);
  });

  it("go on after one of those who wait is cancelled", async () => {
    const frame = db.sql(`SELECT i FROM a WHERE i < (${LONG.replace("1000003", "103 AND x.i < 2000")}) + 50`).cache();
    const first = errorOf(frame.count({ timeout: 20 }));
    const second = frame.count();
    expect((await first).code).toBe("cancelled");
    expect(await second).toBeGreaterThan(0);
  });

  it("give their memory back", async () => {
    const frame = db.table("a").cache();
    await frame.count();
    expect(usedBytes()).toBeGreaterThan(used);
    await frame.unpersist();
    expect(usedBytes()).toBe(used);
  });

  it("go to disk when they do not fit into memory", async () => {
    const small = await connect({ workers: 1, memoryLimit: "32MB", tempDirectory: directory });
    try {
      const big = small.sql("SELECT i, 'some longer text ' || i AS s FROM range(900000) r(i)");
      expect((await errorOf(big.persist("memory").count())).code).toBe("out_of_memory");
      const frame = big.cache();
      expect(await frame.count()).toBe(900_000);
      expect(files()).toHaveLength(1);
    } finally {
      await small.close();
    }
    expect(files()).toEqual([]);
  });

  it("keep their types on disk", async () => {
    const types =
      "SELECT 1::HUGEINT AS h, 'b'::ENUM ('a', 'b') AS e, 2::UHUGEINT AS u, 1.5::DECIMAL(5,2) AS d, TIMESTAMP_S '2020-01-01 00:00:00' AS t, NULL::INTEGER AS n, 1 AS n";
    const frame = db.sql(types).persist("disk");
    const rows = await db.sql(types).collect();
    expect(await frame.collect()).toEqual(rows);
    expect((await frame.schema()).map(({ type }) => type)).toEqual(
      (await db.sql(types).schema()).map(({ type }) => type),
    );
    await frame.unpersist();
  });
});

describe("show", () => {
  it("prints a table", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    let text: string;
    try {
      await db
        .sql("SELECT * FROM (VALUES (1, 'a'), (20, NULL), (300, 'line\nbreak and more')) t(n, s)")
        .show(2, { truncate: 8 });
      await db.sql("SELECT 'line\nbreak and more' AS s").show(2, { truncate: 8 });
      text = write.mock.calls.map(([chunk]) => String(chunk)).join("");
    } finally {
      write.mockRestore();
    }
    expect(text).toBe(
      [
        "┌─────────┬─────────┐",
        "│ n       │ s       │",
        "│ integer │ varchar │",
        "├─────────┼─────────┤",
        "│       1 │ a       │",
        "│      20 │ NULL    │",
        "└─────────┴─────────┘",
        "the first 2 rows",
        "┌──────────┐",
        "│ s        │",
        "│ varchar  │",
        "├──────────┤",
        "│ line\\nb… │",
        "└──────────┘",
        "1 row",
        "",
      ].join("\n"),
    );
  });
});
