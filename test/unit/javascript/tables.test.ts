/** Tables that a program provides: providers, arrays, Arrow tables, streams, generators, table functions. */
import { Readable } from "node:stream";
import { Decimal, Table, tableFromArrays, vectorFromArray } from "apache-arrow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  connect,
  type HeadraceError,
  type ScanRequest,
  type Session,
  type SourceFilter,
  sum,
  type TableProvider,
} from "../../../src/index.ts";

let db: Session;
const rows = (sql: string, signal?: AbortSignal): Promise<unknown[][]> =>
  db.sql(sql).collect({ rows: "array", signal });
const errorOf = (query: Promise<unknown>): Promise<HeadraceError> =>
  query.then(
    () => expect.fail("it ended well"),
    (error: unknown) => error as HeadraceError,
  );

beforeEach(async () => {
  db = await connect({ workers: 2, config: { inlineRows: 100 } });
});
afterEach(() => db.close());

/** Numbers from 0 on, and what happened to them. */
function numbers(count: number, options: Partial<TableProvider> = {}) {
  const seen = { pulled: 0, ended: 0, requests: [] as ScanRequest[] };
  const provider: TableProvider = {
    schema: { i: "INTEGER NOT NULL", s: "VARCHAR" },
    async *scan(request) {
      seen.requests.push(request);
      try {
        for (let i = 0; i < count; i++) {
          seen.pulled++;
          yield { i, s: i % 10 === 0 ? null : `v${i}` };
        }
      } finally {
        seen.ended++;
      }
    },
    ...options,
  };
  return { provider, seen };
}

describe("a provider", () => {
  it("is a table for SQL and DataFrames", async () => {
    const { provider } = numbers(50_000);
    await db.register("numbers", provider);
    expect(await rows("SELECT count(*), sum(i), count(s), max(s) FROM numbers")).toEqual([
      [50_000n, 1_249_975_000n, 45_000n, "v9999"],
    ]);
    expect(await rows("SELECT i, s FROM numbers WHERE i BETWEEN 9 AND 11")).toEqual([
      [9, "v9"],
      [10, null],
      [11, "v11"],
    ]);
    expect(
      await db
        .table("numbers")
        .groupBy()
        .agg({ total: sum("i") })
        .collect(),
    ).toEqual([{ total: 1_249_975_000n }]);
    expect(await rows("SELECT count(*) FROM numbers a JOIN numbers b ON a.i = b.i + 1")).toEqual([[49_999n]]);
    expect(await rows("SELECT first(i), last(i) FROM numbers")).toEqual([[0, 49_999]]);
  });

  it("is asked for the columns that are read, and for no more rows than are looked at", async () => {
    const { provider, seen } = numbers(1_000_000);
    await db.register("numbers", provider);
    await rows("SELECT i FROM numbers LIMIT 3");
    expect(seen.requests[0]).toMatchObject({ columns: ["i"], limit: 3, filters: [] });
    expect(seen).toMatchObject({ pulled: 3, ended: 1 });
    await rows("SELECT s FROM numbers WHERE i > 10 LIMIT 3");
    expect(seen.requests[1]).toMatchObject({ columns: ["i", "s"], limit: undefined });
    expect(seen.requests[1]?.signal.aborted).toBe(true);
    expect(seen.pulled).toBeLessThan(200_000);
    expect(seen.ended).toBe(2);
  });

  it("applies the conditions that it has taken, and the query the others", async () => {
    const pushdown = ({ column, op }: SourceFilter): "exact" | "inexact" | "none" =>
      column !== "i" ? "none" : op === ">" ? "exact" : op === "<" ? "inexact" : "none";
    let asked: readonly SourceFilter[] = [];
    const { provider } = numbers(0, {
      pushdown,
      *scan({ filters }) {
        asked = filters;
        // Not what the conditions say: what is exact is believed, what is inexact is checked.
        yield [
          { i: 1, s: "a" },
          { i: 7, s: "b" },
          { i: 900, s: "c" },
          { i: 8, s: "x" },
        ];
      },
    });
    await db.register("numbers", provider);
    const query = "SELECT i FROM numbers WHERE i > 5 AND i < 100 AND s <> 'x'";
    expect(await rows(query)).toEqual([[1], [7]]);
    expect(asked).toEqual([
      { column: "i", op: ">", value: 5 },
      { column: "i", op: "<", value: 100 },
    ]);
    const plan = await db.sql(query).explain();
    expect(plan).toContain("WHERE i < 100 AND s <> 'x' PUSHED i > 5 exactly, i < 100 inexactly");
  });

  it("waits while the consumer is slow, and is stopped with it", async () => {
    const { provider, seen } = numbers(1_000_000);
    await db.register("numbers", provider);
    let got = 0;
    for await (const batch of db.sql("SELECT i FROM numbers").batches()) {
      got += batch.numRows;
      const before = seen.pulled;
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(seen.pulled - before).toBeLessThan(200_000);
      if (got > 50_000) break;
    }
    expect(seen.pulled).toBeLessThan(500_000);
    expect(seen.ended).toBe(1);
  });

  it("leaves no memory behind, however many rows pass", async () => {
    const { provider } = numbers(400_000);
    await db.register("numbers", provider);
    const { shared } = (db as unknown as { runtime: { shared: { usedBytes: number; peakBytes: number } } }).runtime;
    const before = shared.usedBytes;
    await rows("SELECT count(s) FROM numbers");
    expect(shared.usedBytes).toBe(before);
    expect(shared.peakBytes).toBeLessThan(before + 16 * 2 ** 20);
  });

  it("fails under its name", async () => {
    const failing: TableProvider = {
      schema: { a: "INTEGER" },
      async *scan() {
        yield { a: 1 };
        throw new RangeError("no more");
      },
    };
    await db.register("broken", failing);
    const error = await errorOf(rows("SELECT * FROM broken"));
    expect(error).toMatchObject({ code: "function", message: "the table broken failed: RangeError: no more" });
    expect(error.cause).toBeInstanceOf(RangeError);
    await db.register("wrong", { ...failing, scan: () => [{ a: 1 }, { a: "two" }] });
    expect((await errorOf(rows("FROM wrong"))).message).toBe(
      'the table wrong provides "two" in column "a" of row 2, which is no INTEGER',
    );
    await db.register("empty", { schema: { a: "INTEGER NOT NULL" }, scan: () => [{ a: null }] });
    expect((await errorOf(rows("FROM empty"))).code).toBe("constraint");
    expect(await rows("SELECT 1")).toEqual([[1]]);
  });

  it("that never answers is given up when the query is cancelled", async () => {
    let aborted = false;
    await db.register("stuck", {
      schema: { a: "INTEGER" },
      scan: async function* ({ signal }) {
        yield { a: 1 };
        await new Promise(() => {
          signal.addEventListener("abort", () => (aborted = true));
        });
      },
    });
    expect((await errorOf(rows("FROM stuck", AbortSignal.timeout(100)))).code).toBe("cancelled");
    expect(aborted).toBe(true);
  });

  it("shares the names of tables", async () => {
    await db.execute("CREATE TABLE t AS SELECT 1 AS a");
    await db.register("p", [{ a: 1 }]);
    expect((await errorOf(db.register("t", [{ a: 1 }]))).message).toBe('there is a table "t" already');
    expect((await errorOf(db.execute("CREATE TABLE p (a INTEGER)"))).message).toContain('"p"');
    expect((await errorOf(db.execute("INSERT INTO p VALUES (1)"))).code).toBe("bind");
    expect(db.unregister("P")).toBe(true);
    expect((await errorOf(rows("FROM p"))).message).toContain("p");
  });
});

describe("an array of rows", () => {
  it("has the columns that its values show", async () => {
    const input = [
      { id: 1, big: 2 ** 40, share: 0.5, name: "Ann", at: new Date(5), flag: true, tags: ["a"], place: { x: 1 } },
      { id: 2, big: 7n, share: 1, tags: [], place: { x: 2, y: "b" }, none: null },
    ];
    await db.register("people", input);
    expect((await db.table("people").schema()).map(({ name, type }) => `${name} ${type}`)).toEqual([
      "id INTEGER",
      "big BIGINT",
      "share DOUBLE",
      "name VARCHAR",
      "at TIMESTAMP",
      "flag BOOLEAN",
      "tags VARCHAR[]",
      "place STRUCT(x INTEGER, y VARCHAR)",
      "none VARCHAR",
    ]);
    expect(await rows("SELECT id, big, tags, place, at FROM people ORDER BY id")).toEqual([
      [1, 2n ** 40n, ["a"], { x: 1, y: null }, new Date(5)],
      [2, 7n, [], { x: 2, y: "b" }, null],
    ]);
    input.push({ id: 3, big: 0n, share: 0, tags: [], place: { x: 3, y: "c" }, none: null });
    expect(await rows("SELECT count(*) FROM people")).toEqual([[3n]]);
    const mixed = await errorOf(db.register("mixed", [{ a: 1 }, { a: "x" }]));
    expect(mixed.message).toBe('column "a" of the table mixed has values of INTEGER and of VARCHAR');
    await db.register("mixed", [{ a: 1 }, { a: 2 }], { schema: { a: "VARCHAR" } });
    expect((await errorOf(rows("FROM mixed"))).message).toContain("which is no VARCHAR");
    await db.register(
      "arrays",
      [
        [1, "x"],
        [2, null],
      ],
      { schema: { a: "INTEGER", b: "VARCHAR" } },
    );
    expect(await rows("FROM arrays")).toEqual([
      [1, "x"],
      [2, null],
    ]);
  });
});

describe("an Arrow table", () => {
  it("keeps its types and values", async () => {
    const table = new Table({
      a: vectorFromArray([1, null, 3]),
      s: vectorFromArray(["x", null, "z"]),
      d: vectorFromArray(
        [12345n, -1n, 0n].map((value) =>
          Uint32Array.of(
            Number(BigInt.asUintN(32, value)),
            ...(value < 0n ? [0xffffffff, 0xffffffff, 0xffffffff] : [0, 0, 0]),
          ),
        ),
        new Decimal(2, 10),
      ),
    });
    await db.register("arrow", table);
    expect(await rows("SELECT a, s, d FROM arrow")).toEqual([
      [1, "x", "123.45"],
      [null, null, "-0.01"],
      [3, "z", "0.00"],
    ]);
    await db.register("typed", tableFromArrays({ i: Int32Array.of(1, 2), l: BigInt64Array.of(5n, 6n) }));
    expect((await db.table("typed").schema()).map(({ type }) => type)).toEqual(["INTEGER", "BIGINT"]);
    expect(await rows("SELECT sum(i), sum(l) FROM typed")).toEqual([[3n, 11n]]);
  });

  it("comes back as it went out", async () => {
    const sql =
      "SELECT i::INTEGER AS i, i * 1.5 AS d, 'v' || i AS s, DATE '2024-01-01' + i::INTEGER AS day, TIMESTAMP '2024-01-01 00:00:00.000001' AS at FROM range(3) r(i)";
    await db.register("back", await db.sql(sql).toArrow());
    expect(await rows("FROM back")).toEqual(await rows(sql));
  });
});

describe("a stream", () => {
  it("is read once, with the rows that its columns were inferred from", async () => {
    await db.register("stream", Readable.from(Array.from({ length: 500 }, (_, i) => ({ i }))));
    expect(await rows("SELECT count(*), sum(i) FROM stream")).toEqual([[500n, 124_750n]]);
    expect((await errorOf(rows("FROM stream"))).message).toBe("the stream stream has been read already");
  });

  it("made by a function is read as often as asked for", async () => {
    async function* make(): AsyncGenerator<{ i: number }> {
      for (let i = 0; i < 300; i++) yield { i };
    }
    await db.register("made", make);
    for (let k = 0; k < 2; k++) expect(await rows("SELECT sum(i) FROM made")).toEqual([[44_850n]]);
    await db.register("once", make(), { schema: { i: "BIGINT" } });
    expect(await rows("SELECT max(i) FROM once")).toEqual([[299n]]);
  });
});

describe("a table function", () => {
  it("makes rows of constants", async () => {
    db.createTableFunction("repeated", {
      args: ["INTEGER", "VARCHAR"],
      columns: { i: "INTEGER", s: "VARCHAR" },
      rows: function* (count: number, text: string | null) {
        for (let i = 0; i < count; i++) yield [i, text === null ? null : `${text}${i}`];
      },
    });
    expect(await rows("FROM repeated(2, 'x')")).toEqual([
      [0, "x0"],
      [1, "x1"],
    ]);
    expect(
      await rows("SELECT a.s, b.s FROM repeated(2, 'x') a JOIN repeated(1 + 1, NULL) b USING (i) WHERE i = 1"),
    ).toEqual([["x1", null]]);
    expect(await db.sql("SELECT count(*) FROM repeated(?, 'x')", [5]).collect({ rows: "array" })).toEqual([[5n]]);
    expect((await errorOf(rows("FROM repeated(1)"))).message).toBe("repeated takes 2 arguments, not 1");
    expect((await errorOf(rows("FROM repeated(DATE '2024-01-01', 'x')"))).code).toMatch(/bind|type/);
    expect((await errorOf(rows("SELECT * FROM range(3) r(i), repeated(i, 'x')"))).code).toMatch(/unsupported|bind/);
    expect((await errorOf(rows("FROM repeatet(1, 'x')"))).hint).toContain("repeated");
  });
});
