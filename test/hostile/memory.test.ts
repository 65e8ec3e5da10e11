/** Statements that want more memory or time than there is: an error that says so, or nothing once they are cancelled. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectEngine, readConfig } from "../support/engine.ts";
import type { TestSession } from "../support/session.ts";

type Session = TestSession & {
  execute(
    sql: string,
    parameters?: readonly unknown[],
    options?: { readonly signal: AbortSignal },
  ): ReturnType<TestSession["execute"]>;
};

describe.each([1, 2])("with %d workers and 64 MB", (workers) => {
  let db: Session;
  beforeAll(async () => {
    db = await connectEngine({ ...(await readConfig()), workers, memoryLimit: "64MB" });
  });
  afterAll(() => db.close());

  test.each<[name: string, sql: string]>([
    [
      "recursion that doubles",
      "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r, range(2)) SELECT count(*) FROM r",
    ],
    [
      "recursion of strings",
      "WITH RECURSIVE r AS (SELECT 'x' AS s UNION ALL SELECT s || s FROM r) SELECT count(*) FROM r",
    ],
    ["all pairs in order", "SELECT * FROM range(20000) a(x), range(20000) b(y) ORDER BY x + y"],
    ["distinct pairs", "SELECT count(*) FROM (SELECT DISTINCT x, y FROM range(20000) a(x), range(20000) b(y))"],
    [
      "windows over pairs",
      "SELECT count(r) FROM (SELECT rank() OVER (ORDER BY x + y) r FROM range(20000) a(x), range(20000) b(y)) t",
    ],
    ["a table of pairs", "CREATE TABLE pairs AS SELECT * FROM range(20000) a(x), range(20000) b(y)"],
    ["a list of all", "SELECT len(list(i)) FROM range(50000000) r(i)"],
    ["a text of all", "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(200)"],
    ["long texts in order", "SELECT s FROM (SELECT repeat('x', 10000) || i AS s FROM range(100000) r(i)) t ORDER BY s"],
    ["a text of 1 GB", "SELECT length(repeat('x', 1000000000))"],
    ["a text of 10^18", "SELECT length(repeat('x', 1000000000000000000))"],
    ["texts that grow", "SELECT length(replace(repeat('x', 100000), 'x', repeat('y', 100000)))"],
    ["lists of lists", "SELECT list_transform(range(10000), x -> range(10000))"],
    ["a series", "SELECT range(1000000000)"],
  ])("%s", async (_, sql) => {
    await expect(db.execute(sql)).rejects.toMatchObject({ name: "HeadraceError", code: "out_of_memory" });
    expect((await db.execute("SELECT 42")).at(-1)?.rows).toEqual([[42]]);
  });

  test.each<[name: string, sql: string]>([
    [
      "recursion without end",
      "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT (n + 1) % 7 FROM r) SELECT max(n) FROM r",
    ],
    ["pairs", "SELECT sum(x * y % 7) FROM range(1000000) a(x), range(1000000) b(y)"],
    [
      "pairs in a condition",
      "SELECT count(*) FROM range(1000000) a(x), range(1000000) b(y) WHERE (x + y) % 1000003 = 5",
    ],
  ])("%s, cancelled", async (_, sql) => {
    const signal = AbortSignal.timeout(300);
    await expect(db.execute(sql, [], { signal })).rejects.toMatchObject({
      name: "HeadraceError",
      code: expect.stringMatching(/cancelled|out_of_memory/),
    });
    expect((await db.execute("SELECT 42")).at(-1)?.rows).toEqual([[42]]);
  });
});
