/** Values on their way from rows and Arrow vectors into columns: the quick ways agree with looking at each value. */
import * as arrow from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type HeadraceError, type Session } from "../../../src/index.ts";

let db: Session;
const rowsOf = (sql: string): Promise<unknown[][]> => db.sql(sql).collect({ rows: "array" });

beforeAll(async () => {
  db = await connect({ workers: 2, temporal: "string" });
});
afterAll(() => db.close());

/** Types, values that each takes, and values that it refuses. */
const TYPES: readonly (readonly [type: string, taken: readonly unknown[], refused: readonly unknown[]])[] = [
  ["TINYINT", [-128, 127, -0, 5n], [128, -129, 1.5, "1", Number.NaN, 200n]],
  ["SMALLINT", [-32_768, 32_767], [32_768, -32_769, true]],
  ["INTEGER", [-(2 ** 31), 2 ** 31 - 1, 7n], [2 ** 31, 0.5, Number.POSITIVE_INFINITY, {}]],
  ["UTINYINT", [0, 255, -0], [256, -1]],
  ["USMALLINT", [0, 65_535], [65_536, -1]],
  ["UINTEGER", [0, 2 ** 32 - 1], [2 ** 32, -1]],
  ["BIGINT", [-(2n ** 63n), 2n ** 63n - 1n, 2 ** 53, -(2 ** 53) + 1, -1, 2 ** 40, 0, 2 ** 60], [2n ** 63n, 0.5, "1"]],
  ["UBIGINT", [0, 2n ** 64n - 1n, 2 ** 53], [2n ** 64n, -1]],
  ["HUGEINT", [-(2n ** 127n), 2n ** 127n - 1n, 1], [2n ** 127n]],
  ["REAL", [1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 0.1], [1e300, 1n]],
  ["DOUBLE", [1.5, -0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324], [1n, "1"]],
  ["BOOLEAN", [true, false], [1, "true"]],
  ["DECIMAL(9,2)", ["1.50", "-0.01", 12, 12.25, 3n, "9999999.99", "1.500000"], ["10000000", "1.005", "x", Number.NaN]],
  ["DECIMAL(38,10)", ["-1234567890123456789012345678.0123456789", "0.1"], [`1${"0".repeat(28)}`]],
  ["VARCHAR", ["", "a", "ä", "日本語".repeat(20), "x".repeat(100), "a\u0000b", "😀", "ab\u{1F600}c"], [1, true, {}]],
  ["BLOB", [new Uint8Array([0, 255]), new Uint8Array(0)], ["a"]],
  ["DATE", [new Date(-1), new Date(0), "2024-02-29", new Date(86_399_999)], [new Date(Number.NaN), "x", 5]],
  [
    "TIMESTAMP",
    [new Date(-1), new Date(8.64e15), new Date(-8.64e15), "2024-01-01 00:00:00.000001"],
    [new Date(Number.NaN), 5],
  ],
  ["TIMESTAMP_S", [new Date(-1)], [5]],
  ["TIMESTAMP_NS", [new Date(1)], [new Date(8.64e15)]],
  ["TIMESTAMPTZ", [new Date(-1), new Date(8.64e15)], [5]],
  ["INTEGER[]", [[1, null], [], new Int32Array([1, 2])], [["x"], 1]],
  ["STRUCT(a INTEGER, b VARCHAR)", [{ a: 1, b: "x" }, { a: 1 }], [1]],
];

describe("a value of a row", () => {
  it.each(TYPES)("of %s", async (type, taken, refused) => {
    const values = [...taken, null, undefined];
    const objects = values.map((v) => ({ v }));
    const ways: Readonly<Record<string, () => unknown>> = {
      array: () => objects,
      one: function* () {
        yield* objects;
      },
      lists: function* () {
        yield values.map((v) => [v]);
      },
      async: async function* () {
        for (const row of objects) yield row;
      },
    };
    const name = type.replaceAll(/\W/g, "_");
    // The same by way of a function, which looks at each value.
    db.createFunction(`as_${name}`, { args: ["INTEGER"], returns: type, fn: (i) => values[i as number] ?? null });
    const expected = await rowsOf(`SELECT as_${name}(i::INTEGER) FROM range(${values.length}) r(i)`);
    for (const [way, make] of Object.entries(ways)) {
      await db.register(`${name}_${way}`, make() as never, { schema: { v: type } });
      expect(await rowsOf(`FROM ${name}_${way}`), way).toEqual(expected);
    }
    for (const v of refused) {
      await db.register(`${name}_wrong`, [...objects, { v }], { schema: { v: type } });
      const error: HeadraceError = await rowsOf(`FROM ${name}_wrong`).then(
        () => expect.fail(`it takes ${String(v)}`),
        (thrown: unknown) => thrown as HeadraceError,
      );
      expect(error.code).toBe("type");
      expect(error.message).toContain(`in column "v" of row ${values.length + 1}, which is no `);
    }
  });
});

describe("rows of an array", () => {
  it("may be of several kinds", async () => {
    const batch = new arrow.Table({ a: arrow.vectorFromArray([7, 8], new arrow.Int32()) }).batches[0];
    const one = Object.assign(Object.create({ inherited: 1 }) as object, { a: 6 });
    const items = [{ a: 1 }, [2], [{ a: 3 }, [4]], { a: 5 }, one, batch, { a: 9 }, [10], [{ a: 11 }]];
    await db.register("mixed", items as never, { schema: { a: "INTEGER" } });
    expect((await rowsOf("SELECT a FROM mixed")).flat()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("that are not rows are named", async () => {
    for (const item of [null, 5, "x", undefined]) {
      await db.register("no_rows", [{ a: 1 }, item] as never, { schema: { a: "INTEGER" } });
      await expect(rowsOf("FROM no_rows")).rejects.toMatchObject({ code: "type" });
    }
  });

  it("may be one object that changes", async () => {
    await db.register("reused", function* () {
      const row = { a: 0 };
      for (let i = 0; i < 3000; i++) {
        row.a = i;
        yield row;
      }
    });
    expect(await rowsOf("SELECT sum(a), count(DISTINCT a) FROM reused")).toEqual([[4_498_500n, 3000n]]);
  });

  it("with much text come in several batches", async () => {
    const texts = Array.from({ length: 300 }, (_, i) => ({ s: "ä".repeat(100_000 + i) }));
    await db.register("long", texts);
    const bytes = texts.reduce((sum, { s }) => sum + BigInt(s.length), 0n);
    expect(await rowsOf("SELECT sum(length(s)), min(s) = repeat('ä', 100000) FROM long")).toEqual([[bytes, true]]);
  });

  it("where every eighth batch has NULLs", async () => {
    const rows = Array.from({ length: 40_003 }, (_, i) => ({ i, s: i < 300 || i % 11 === 0 ? null : `s${i % 7}` }));
    await db.register("with_nulls", rows);
    const expected = rows.filter(({ s }) => s !== null).length;
    expect(await rowsOf("SELECT count(s), count(*), sum(i) FROM with_nulls")).toEqual([
      [BigInt(expected), 40_003n, (40_003n * 40_002n) / 2n],
    ]);
    expect(await rowsOf("SELECT count(*) FROM with_nulls WHERE (s IS NULL) <> (i < 300 OR i % 11 = 0)")).toEqual([
      [0n],
    ]);
  });
});

/** Vectors by Arrow type, with the type that they have here and the text of each value. */
const VECTORS: readonly (readonly [name: string, vector: arrow.Vector, texts: readonly (string | null)[]])[] = [
  ["int8", arrow.vectorFromArray([1, null, -3], new arrow.Int8()), ["1", null, "-3"]],
  ["uint16", arrow.vectorFromArray([1, null, 65_535], new arrow.Uint16()), ["1", null, "65535"]],
  ["int64", arrow.vectorFromArray([1n, null, -(2n ** 63n)], new arrow.Int64()), ["1", null, `${-(2n ** 63n)}`]],
  ["uint64", arrow.vectorFromArray([2n ** 64n - 1n, null], new arrow.Uint64()), [`${2n ** 64n - 1n}`, null]],
  ["float32", arrow.vectorFromArray([1.5, null], new arrow.Float32()), ["1.5", null]],
  ["float64", arrow.vectorFromArray([0.1, null, -2], new arrow.Float64()), ["0.1", null, "-2.0"]],
  [
    "bool",
    arrow.vectorFromArray([true, null, false, true, true], new arrow.Bool()),
    ["true", null, "false", "true", "true"],
  ],
  ["utf8", arrow.vectorFromArray(["a", null, "", "日本", "b"], new arrow.Utf8()), ["a", null, "", "日本", "b"]],
  ["largeUtf8", arrow.vectorFromArray(["a", null, "ä"], new arrow.LargeUtf8()), ["a", null, "ä"]],
  [
    "dictionary",
    arrow.vectorFromArray(["x", null, "ä", "x", ""], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
    ["x", null, "ä", "x", ""],
  ],
  ["date32", arrow.vectorFromArray([new Date("1969-12-31"), null], new arrow.DateDay()), ["1969-12-31", null]],
  ["date64", arrow.vectorFromArray([new Date("2024-02-29"), null], new arrow.DateMillisecond()), ["2024-02-29", null]],
  ["ms", arrow.vectorFromArray([1, null], new arrow.TimestampMillisecond()), ["1970-01-01 00:00:00.001", null]],
  ["us", arrow.vectorFromArray([1, null], new arrow.TimestampMicrosecond()), ["1970-01-01 00:00:00.001", null]],
  ["tz", arrow.vectorFromArray([1, null], new arrow.TimestampMillisecond("UTC")), ["1970-01-01 00:00:00.001+00", null]],
  ["time", arrow.vectorFromArray([1_000_001n, null], new arrow.TimeMicrosecond()), ["00:00:01.000001", null]],
  ["time32", arrow.vectorFromArray([1, null], new arrow.TimeSecond()), ["00:00:01", null]],
];

describe("an Arrow vector", () => {
  it.each(VECTORS)("of %s, whole and in part", async (name, vector, texts) => {
    // So many that parts begin within a byte of the bitmap, and behind one.
    const copies = Array.from({ length: 9 }, () => [...vector]).flat();
    const many = arrow.vectorFromArray(copies, vector.type as arrow.DataType);
    const expected = Array.from({ length: 9 }, () => texts).flat();
    const whole = new arrow.Table({ v: many });
    for (const [from, to] of [
      [0, expected.length],
      [1, expected.length],
      [3, expected.length - 2],
      [9, 11],
      [8, expected.length],
    ] as const) {
      await db.register(`v_${name}`, whole.slice(from, to));
      expect((await rowsOf(`SELECT v::VARCHAR FROM v_${name}`)).flat(), `${from} to ${to}`).toEqual(
        expected.slice(from, to),
      );
    }
    // Without NULLs.
    await db.register(`w_${name}`, new arrow.Table({ v: vector }).slice(0, 1));
    expect((await rowsOf(`SELECT v::VARCHAR FROM w_${name}`)).flat()).toEqual(texts.slice(0, 1));
  });

  it.each([
    [9, "-1234567.89"],
    [18, "-1.00"],
    [38, "-12345678901234567890123456789012345.67"],
  ] as const)("of decimals of %i digits", async (precision, text) => {
    const unscaled = BigInt(text.replace(".", ""));
    const words = Uint32Array.from({ length: 8 }, (_, i) =>
      Number(BigInt.asUintN(32, (i < 4 ? unscaled : 5n) >> BigInt(32 * (i % 4)))),
    );
    const data = arrow.makeData({
      type: new arrow.Decimal(2, precision),
      data: words,
      nullBitmap: new Uint8Array([3]),
      nullCount: 0,
      length: 2,
    });
    await db.register("decimals", new arrow.Table({ v: new arrow.Vector([data]) }));
    expect((await rowsOf("SELECT v::VARCHAR FROM decimals")).flat()).toEqual([text, "0.05"]);
  });

  it("of decimals with more digits than their type is refused", async () => {
    const data = arrow.makeData({
      type: new arrow.Decimal(0, 2),
      data: new Uint32Array([100, 0, 0, 0]),
      nullCount: 0,
      length: 1,
    });
    await db.register("wide", new arrow.Table({ v: new arrow.Vector([data]) }));
    await expect(rowsOf("FROM wide")).rejects.toMatchObject({ code: "type" });
  });

  it("of bytes that are no UTF-8, or cut within a letter, becomes text", async () => {
    const make = (bytes: readonly number[], offsets: readonly number[]): arrow.Table => {
      const data = arrow.makeData({
        type: new arrow.Utf8(),
        data: new Uint8Array(bytes),
        valueOffsets: new Int32Array(offsets),
        nullCount: 0,
        length: offsets.length - 1,
      });
      return new arrow.Table({ v: new arrow.Vector([data]) });
    };
    await db.register("damaged", make([97, 255, 98], [0, 2, 3]));
    expect((await rowsOf("SELECT v FROM damaged")).flat()).toEqual(["a\uFFFD", "b"]);
    await db.register("cut", make([...Buffer.from("aä")], [0, 2, 3]));
    expect((await rowsOf("SELECT v FROM cut")).flat()).toEqual(["a\uFFFD", "\uFFFD"]);
  });

  it("takes another type that its schema gives it", async () => {
    const table = new arrow.Table({ v: arrow.vectorFromArray([1, 2, null], new arrow.Int32()) });
    await db.register("widened", table, { schema: { v: "BIGINT" } });
    expect(await rowsOf("SELECT v, typeof(v) FROM widened")).toEqual([
      [1n, "BIGINT"],
      [2n, "BIGINT"],
      [null, "BIGINT"],
    ]);
    await db.register("narrowed", table, { schema: { v: "VARCHAR" } });
    await expect(rowsOf("FROM narrowed")).rejects.toMatchObject({ code: "type" });
  });

  it("of more rows than a chunk has", async () => {
    const count = 200_001;
    const table = await db
      .sql(`SELECT i::INTEGER AS i, CASE WHEN i % 3 = 0 THEN NULL ELSE 'text ' || i END AS s FROM range(${count}) r(i)`)
      .toArrow();
    const one = new arrow.Table({
      i: arrow.vectorFromArray([...(table.getChild("i") ?? [])] as number[], new arrow.Int32()),
      s: arrow.vectorFromArray([...(table.getChild("s") ?? [])] as (string | null)[], new arrow.Utf8()),
    });
    await db.register("large", one);
    expect(await rowsOf("SELECT count(*), count(s), sum(i), count(*) FILTER (s = 'text ' || i) FROM large")).toEqual([
      [BigInt(count), 133_334n, (BigInt(count) * BigInt(count - 1)) / 2n, 133_334n],
    ]);
  });
});
