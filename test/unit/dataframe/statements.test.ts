import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect, HeadraceError, type Session } from "../../../src/index.ts";

let db: Session;

beforeEach(async () => {
  db = await connect({ workers: 2, memoryLimit: "512MB" });
});

afterEach(() => db.close());

const rows = (sql: string): Promise<unknown[][]> => db.sql(sql).collect({ rows: "array" });

async function errorOf(sql: string, parameters?: readonly unknown[]): Promise<HeadraceError> {
  const error = await db.execute(sql, parameters).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof HeadraceError) return error;
  throw new Error(`no error from ${sql}`);
}

describe("statements that run side by side", () => {
  it("lose nothing", async () => {
    await db.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, n INTEGER); INSERT INTO t VALUES (-1, 0)");
    const inserts = Array.from({ length: 20 }, (_, i) =>
      db.execute(`INSERT INTO t SELECT range + ${i * 1000}, 0 FROM range(1000)`),
    );
    const updates = Array.from({ length: 20 }, () => db.execute("UPDATE t SET n = n + 1 WHERE i = -1"));
    await Promise.all([...inserts, ...updates]);
    expect(await rows("SELECT count(*), count(DISTINCT i), max(n) FROM t")).toEqual([[20_001n, 20_001n, 20]]);
  });

  it("read what was there before or after a write, never half of it", async () => {
    await db.execute("CREATE TABLE t AS SELECT range AS i, 0 AS n FROM range(200000)");
    const writing = db.execute("UPDATE t SET n = 1; DELETE FROM t WHERE i % 2 = 0");
    const seen = new Set<string>();
    const state = { done: false };
    void writing.finally(() => (state.done = true));
    while (!state.done) seen.add((await rows("SELECT count(*), min(n), max(n) FROM t")).join());
    await writing;
    for (const found of seen) expect(["200000,0,0", "200000,1,1", "100000,1,1"]).toContain(found);
    expect(await rows("SELECT count(*), min(n), max(n) FROM t")).toEqual([[100_000n, 1, 1]]);
  });

  it("let the event loop turn while a table is made", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await db.execute("CREATE TABLE t AS SELECT range AS i, 'string ' || range AS s FROM range(1000000)");
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

describe("a statement that fails", () => {
  it("leaves nothing, whenever it fails", async () => {
    await db.execute("CREATE TABLE t (i BIGINT CHECK (i < 900000))");
    expect((await errorOf("INSERT INTO t SELECT * FROM range(1000000)")).code).toBe("constraint");
    expect(
      (
        await errorOf(
          "CREATE TABLE u AS SELECT (CASE WHEN range = 999999 THEN 'x' ELSE '1' END)::INT FROM range(1000000)",
        )
      ).code,
    ).toBe("type");
    expect(await rows("SELECT count(*) FROM t")).toEqual([[0n]]);
    expect(db.tables().map(({ name }) => name)).toEqual(["t"]);
  });

  it("can be cancelled", async () => {
    const controller = new AbortController();
    const running = db.execute("CREATE TABLE t AS SELECT a.range AS i FROM range(30000) a, range(30000)", [], {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 20);
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
    expect(db.tables()).toEqual([]);
  });

  it("says what, where and what may help", async () => {
    await db.execute(
      "CREATE TABLE things (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL); INSERT INTO things VALUES (1, 'x')",
    );
    const at = (error: HeadraceError): string => (error.sql ?? "").slice(error.span?.start, error.span?.end);
    const duplicate = await errorOf("INSERT INTO things VALUES (1, 'y')");
    expect(duplicate).toMatchObject({
      code: "constraint",
      message: "PRIMARY KEY constraint failed: things has the key (id: 1) twice",
    });
    expect(at(duplicate)).toBe("things");
    const missing = await errorOf("UPDATE things SET nam = 'y'");
    expect(missing).toMatchObject({ code: "bind", hint: 'did you mean "name"?' });
    expect(at(missing)).toBe("nam");
    expect(await errorOf("DELETE FROM thing")).toMatchObject({ code: "bind", hint: 'did you mean "things"?' });
    expect(await errorOf("INSERT INTO things VALUES (2, NULL)")).toMatchObject({
      code: "constraint",
      message: "NOT NULL constraint failed: things.name",
    });
    expect(await errorOf("SET thread = 3")).toMatchObject({ code: "bind", hint: 'did you mean "threads"?' });
    expect(await errorOf("COPY things TO 'things.orc' (FORMAT orc)")).toMatchObject({
      code: "unsupported",
      message: "COPY of ORC files is not supported yet",
    });
    expect(await errorOf("CREATE TABLE x (a INTEGER REFERENCES things (id))")).toMatchObject({
      code: "unsupported",
      message: "REFERENCES is not supported yet",
    });
  });
});

describe("values and results", () => {
  it("takes parameters everywhere", async () => {
    await db.execute("CREATE TABLE t (i BIGINT, s VARCHAR)");
    expect(await db.execute("INSERT INTO t VALUES (?, ?), ($1 + 1, 'fixed')", [1, "x"])).toEqual([
      { kind: "ok", rowCount: 2 },
    ]);
    expect(await db.execute("UPDATE t SET s = ? WHERE i = ?", ["new", 1])).toEqual([{ kind: "ok", rowCount: 1 }]);
    const [returned] = await db.execute("DELETE FROM t WHERE i = ? RETURNING s, i", [1]);
    expect(returned).toMatchObject({ kind: "rows", rows: [["new", 1n]], columns: [{ name: "s" }, { name: "i" }] });
    await db.execute("PREPARE p AS SELECT $name || s FROM t");
    const [executed] = await db.execute("EXECUTE p(name := 'so ')");
    expect(executed).toMatchObject({ rows: [["so fixed"]] });
  });

  it("takes objects as structs and maps as maps, also in queries inside other ones", async () => {
    const values = [{ a: 1, b: ["x", null] }, new Map([["k", 1.5]]), { months: 1, days: 2, micros: 3 }, []];
    const frame = db.sql("SELECT ? AS s, ? AS m, ? AS i, ? AS e", values);
    const row = {
      s: { a: 1n, b: ["x", null] },
      m: new Map([["k", 1.5]]),
      i: { months: 1, days: 2, micros: 3n },
      e: [],
    };
    expect(await frame.collect()).toEqual([row]);
    expect(await frame.first()).toEqual(row);
  });

  it("refuses more values than parameters", async () => {
    await expect(db.sql("SELECT ?", [1, 2]).collect()).rejects.toThrow("2 values are given for 1 parameter");
    await expect(db.sql("SELECT ?", [new URL("http://localhost")]).collect()).rejects.toThrow(
      "parameter $1 is a URL, which is no SQL value",
    );
  });

  it("keeps sessions apart", async () => {
    await using other = await connect({ workers: 1 });
    await db.execute("CREATE TABLE t AS SELECT 1 AS a; SET threads = 1; BEGIN");
    expect(other.tables()).toEqual([]);
    await other.execute("CREATE TABLE t AS SELECT 2 AS a");
    await db.execute("ROLLBACK");
    expect(await rows("SELECT a FROM t")).toEqual([[1]]);
  });
});

it("memory of old versions is used again", async () => {
  await db.execute("CREATE TABLE t AS SELECT range AS i, 'string ' || range AS s FROM range(100000)");
  for (let i = 0; i < 60; i++) {
    await db.execute(
      `UPDATE t SET s = s || '.' WHERE i % 60 = ${i}; INSERT INTO t SELECT i, s FROM t WHERE i = ${i}; DELETE FROM t WHERE i = ${i}`,
    );
    await db.execute("BEGIN; DELETE FROM t; CREATE TABLE u AS SELECT 1; ROLLBACK");
    await db.execute("CREATE OR REPLACE TABLE copy AS FROM t; ALTER TABLE copy ADD COLUMN x INTEGER");
  }
  expect(await rows("SELECT count(*), min(length(s) - length(i::VARCHAR)) FROM t")).toEqual([[99_940n, 8n]]);
});
