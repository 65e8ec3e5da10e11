import { tableFromIPC, tableToIPC } from "apache-arrow";
import { beforeEach, describe, expect, it } from "vitest";
import { arrowBatches, arrowTable } from "../../../src/dataframe/results/arrow.ts";
import { uniqueNames } from "../../../src/dataframe/results/names.ts";
import { decodeObjects, decodeRows } from "../../../src/dataframe/results/rows.ts";
import { decodeText } from "../../../src/dataframe/results/text.ts";
import type { ValueOptions } from "../../../src/planner/types/js-values.ts";
import { SharedMemory } from "../../../src/exec/memory/shared-memory.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import type { Rep } from "../../../src/planner/ir/operand.ts";
import { bignumOf } from "../../../src/planner/types/bignum.ts";
import { packTimeTz } from "../../../src/planner/types/time-tz.ts";
import * as types from "../../../src/planner/types/types.ts";
import { makeRows, type TestColumn } from "../../support/result-rows.ts";

let memory: SharedMemory;
beforeEach(() => {
  memory = SharedMemory.create(2 ** 28);
});

function column(type: types.SqlType, values: readonly Datum[], rep?: Rep): Parameters<typeof decodeRows>[0] {
  const field: TestColumn = { name: "a", type, ...(rep === undefined ? {} : { rep }) };
  return makeRows(
    memory,
    [field],
    values.map((value) => [value]),
  );
}

type Case = [string, types.SqlType, Datum, unknown, string, ValueOptions?, Rep?];
const HUGE = 2n ** 127n - 1n;
const CASES: readonly Case[] = [
  ["boolean", types.BOOLEAN, true, true, "true"],
  ["tinyint", types.TINYINT, -5, -5, "-5"],
  ["uinteger", types.UINTEGER, 4_000_000_000, 4_000_000_000, "4000000000"],
  ["bigint", types.BIGINT, -(2n ** 63n), -(2n ** 63n), "-9223372036854775808"],
  ["bigint in 32 bits", types.BIGINT, -7n, -7n, "-7", {}, "i32"],
  ["bigint as number", types.BIGINT, -(2n ** 40n), -(2 ** 40), "-1099511627776", { bigint: "number" }],
  ["ubigint", types.UBIGINT, 2n ** 64n - 1n, 2n ** 64n - 1n, "18446744073709551615"],
  ["ubigint as number", types.UBIGINT, 2n ** 64n - 1n, 2 ** 64, "18446744073709551615", { bigint: "number" }],
  ["hugeint", types.HUGEINT, -HUGE, -HUGE, "-170141183460469231731687303715884105727"],
  ["hugeint in 64 bits", types.HUGEINT, -1n, -1n, "-1", {}, "i64"],
  ["real", types.REAL, Math.fround(0.1), Math.fround(0.1), "0.1"],
  ["double", types.DOUBLE, 1, 1, "1.0"],
  ["nan", types.DOUBLE, Number.NaN, Number.NaN, "nan"],
  ["decimal", types.decimal(15, 2), -5n, "-0.05", "-0.05"],
  ["decimal in 32 bits", types.decimal(15, 2), 12_345n, "123.45", "123.45", {}, "i32"],
  ["decimal beyond 2^53", types.decimal(18, 3), -(10n ** 18n - 1n), "-999999999999999.999", "-999999999999999.999"],
  [
    "wide decimal",
    types.decimal(38, 10),
    10n ** 37n,
    "1000000000000000000000000000.0000000000",
    "1000000000000000000000000000.0000000000",
  ],
  ["decimal without scale", types.decimal(5, 0), 42n, "42", "42"],
  ["decimal as number", types.decimal(15, 2), 110n, 1.1, "1.10", { decimal: "number" }],
  [
    "wide decimal as number",
    types.decimal(38, 2),
    10n ** 30n + 1n,
    1e28,
    "10000000000000000000000000000.01",
    { decimal: "number" },
  ],
  ["varchar", types.VARCHAR, "grün 🦆", "grün 🦆", "grün 🦆"],
  ["empty", types.VARCHAR, "", "", ""],
  ["blob", types.BLOB, Uint8Array.of(0, 255, 65), Uint8Array.of(0, 255, 65), "\\x00\\xFFA"],
  ["bignum", types.BIGNUM, bignumOf(-(10n ** 50n))!, -(10n ** 50n), `-1${"0".repeat(50)}`],
  ["bignum as number", types.BIGNUM, bignumOf(2n ** 100n)!, 2 ** 100, String(2n ** 100n), { bigint: "number" }],
  ["bit", types.BIT, "0101", "0101", "0101"],
  ["date", types.DATE, 10_000, new Date(10_000 * 86_400_000), "1997-05-19"],
  ["date as text", types.DATE, -1, "1969-12-31", "1969-12-31", { temporal: "string" }],
  ["time", types.TIME, 3_723_000_001n, "01:02:03.000001", "01:02:03.000001"],
  ["time ns", types.TIME_NS, 3_723_000_000_001n, "01:02:03.000000001", "01:02:03.000000001"],
  ["timetz", types.TIMETZ, packTimeTz({ micros: 1n, offset: -9000 }), "00:00:00.000001-02:30", "00:00:00.000001-02:30"],
  ["timestamp", types.TIMESTAMP, -1n, new Date(-1), "1969-12-31 23:59:59.999999"],
  [
    "timestamp ns",
    { kind: "Timestamp", unit: "ns" },
    1_500_000_000_123_456_789n,
    new Date(1_500_000_000_123),
    "2017-07-14 02:40:00.123456789",
  ],
  ["timestamp s", { kind: "Timestamp", unit: "s" }, 1n, new Date(1000), "1970-01-01 00:00:01"],
  [
    "timestamp as text",
    types.TIMESTAMP,
    1n,
    "1970-01-01 00:00:00.000001",
    "1970-01-01 00:00:00.000001",
    { temporal: "string" },
  ],
  ["timestamptz", types.TIMESTAMPTZ, 1000n, new Date(1), "1970-01-01 00:00:00.001+00"],
  [
    "interval",
    types.INTERVAL,
    { months: 14, days: -3, micros: -5n },
    { months: 14, days: -3, micros: -5n },
    "1 year 2 months -3 days -00:00:00.000005",
  ],
  ["uuid", types.UUID, 2n ** 127n + 1n, "80000000-0000-0000-0000-000000000001", "80000000-0000-0000-0000-000000000001"],
  ["enum", { kind: "Enum", values: ["x", "y"] }, 1, "y", "y"],
];

describe("values", () => {
  it.each<Case>([...CASES])("%s", async (_, type, datum, value, text, options, rep) => {
    const rows = column(type, [datum, null], rep);
    expect(await decodeRows(rows, options)).toEqual([[value], [null]]);
    expect(decodeText(rows)).toEqual([[text], [null]]);
  });

  it("that a Date cannot hold are errors", async () => {
    for (const rows of [
      column(types.DATE, [2 ** 31 - 1]),
      column(types.DATE, [200_000_000]),
      column(types.TIMESTAMP, [2n ** 63n - 1n]),
    ]) {
      await expect(decodeRows(rows)).rejects.toThrow(/out of the range of a JavaScript Date/);
      expect(await decodeRows(rows, { temporal: "string" })).toHaveLength(1);
    }
    expect(decodeText(column(types.DATE, [2 ** 31 - 1]))).toEqual([["infinity"]]);
  });

  it("of nested types are arrays, objects without a prototype, Maps", async () => {
    const point: types.SqlType = {
      kind: "Struct",
      fields: [
        { name: "x", type: types.BIGINT },
        { name: "d", type: types.listOf(types.DATE) },
      ],
    };
    const map: types.SqlType = { kind: "Map", key: types.VARCHAR, value: types.decimal(4, 1) };
    const row: types.SqlType = { kind: "Struct", fields: [{ name: "", type: types.INTEGER }] };
    const rows = makeRows(
      memory,
      [
        { name: "p", type: point },
        { name: "m", type: map },
        { name: "r", type: row },
      ],
      [
        [[7n, [0, null]], [["k", 15n]], [1]],
        [null, [], [null]],
      ],
    );
    const object = (fields: object): object => Object.setPrototypeOf({ ...fields }, null) as object;
    expect(await decodeRows(rows)).toEqual([
      [object({ x: 7n, d: [new Date(0), null] }), new Map([["k", "1.5"]]), [1]],
      [null, new Map(), [null]],
    ]);
    expect((await decodeRows(rows, { bigint: "number", decimal: "number", temporal: "string" }))[0]).toEqual([
      object({ x: 7, d: ["1970-01-01", null] }),
      new Map([["k", 1.5]]),
      [1],
    ]);
    expect(decodeText(rows)[0]).toEqual(["{'x': 7, 'd': [1970-01-01, NULL]}", "{k=1.5}", "(1,)"]);
  });

  it("of unions name the member", async () => {
    const type: types.SqlType = {
      kind: "Union",
      members: [
        { name: "n", type: types.BIGINT },
        { name: "d", type: types.DATE },
      ],
    };
    const rows = makeRows(memory, [{ name: "u", type }], [[[0, 7n, null]], [[1, null, 0]], [null], [[1, null, null]]]);
    expect(await decodeRows(rows, { temporal: "string" })).toEqual([
      [{ tag: "n", value: 7n }],
      [{ tag: "d", value: "1970-01-01" }],
      [null],
      [{ tag: "d", value: null }],
    ]);
    expect(decodeText(rows)).toEqual([["7"], ["1970-01-01"], [null], ["NULL"]]);
    const table = await arrowTable(rows);
    expect(String(table.schema.fields[0]?.type)).toBe("Union<Int64 | Date32<DAY>>");
    const copy = tableFromIPC(tableToIPC(table));
    expect(Array.from(copy.getChild("u") ?? [], String)).toEqual(["7", "0", "null", "null"]);
  });

  it("of nested types in Arrow", async () => {
    const list = types.listOf(types.VARCHAR);
    const rows = makeRows(
      memory,
      [
        { name: "l", type: list },
        { name: "f", type: { kind: "Array", element: types.DOUBLE, length: 2 } },
        { name: "m", type: { kind: "Map", key: types.VARCHAR, value: types.INTEGER } },
        { name: "b", type: types.listOf(types.BIT) },
        { name: "t", type: types.listOf(types.TIMETZ) },
      ],
      [
        [["a", null], [1, 2], [["k", 1]], ["01", null], [packTimeTz({ micros: 0n, offset: 3600 })]],
        [null, null, null, null, null],
        [[], [null, 3], [], [], []],
      ],
    );
    const table = await arrowTable(rows);
    expect(table.schema.fields.map(({ type }) => String(type))).toEqual([
      "List<Utf8>",
      "FixedSizeList[2]<Float64>",
      "Map<{key:Utf8, value:Int32}>",
      "List<Utf8>",
      "List<Utf8>",
    ]);
    const values = table.toArray().map((record) => JSON.parse(JSON.stringify(record)) as unknown);
    expect(values).toEqual([
      { l: ["a", null], f: [1, 2], m: { k: 1 }, b: ["01", null], t: ["00:00:00+01"] },
      { l: null, f: null, m: null, b: null, t: null },
      { l: [], f: [null, 3], m: {}, b: [], t: [] },
    ]);
  });
});

describe("rows", () => {
  it("are objects without a prototype, names made distinct", async () => {
    const columns: TestColumn[] = ["a", "b", "a", "__proto__"].map((name) => ({
      name,
      type: types.INTEGER,
      nullable: false,
    }));
    const rows = makeRows(memory, columns, [[1, 2, 3, 4]]);
    const [row] = await decodeObjects(rows);
    expect(Object.entries(row!)).toEqual([
      ["a", 1],
      ["b", 2],
      ["a_1", 3],
      ["__proto__", 4],
    ]);
    expect(Object.getPrototypeOf(row)).toBeNull();
  });

  it("come in the order of segments, strings from dictionaries", async () => {
    const dictionary = ["x", "", "zäh"];
    const values = Array.from({ length: 2500 }, (_, i) => [i, i % 4 === 3 ? null : dictionary[i % 3]!]);
    const rows = makeRows(
      memory,
      [
        { name: "i", type: types.INTEGER },
        { name: "s", type: types.VARCHAR, dictionary },
      ],
      values,
    );
    expect(rows.segments).toHaveLength(3);
    expect(await decodeRows(rows)).toEqual(values);
  });
});

it("names stay distinct from given ones", () => {
  expect(uniqueNames(["a", "a", "a_1", "a", "b"])).toEqual(["a", "a_2", "a_1", "a_3", "b"]);
});

describe("Arrow", () => {
  it("holds every type", async () => {
    const rows = makeRows(
      memory,
      CASES.map(([name, type]) => ({ name, type })),
      [CASES.map(([, , datum]) => datum), CASES.map(() => null)],
    );
    const table = await arrowTable(rows);
    expect(table.numRows).toBe(2);
    const value = (name: string): unknown => table.getChild(name)!.get(0);
    for (const name of table.schema.names) expect(table.getChild(String(name))!.get(1), String(name)).toBeNull();
    for (const name of [
      "boolean",
      "tinyint",
      "uinteger",
      "bigint",
      "ubigint",
      "real",
      "double",
      "nan",
      "varchar",
      "empty",
      "blob",
      "bit",
      "timetz",
      "enum",
    ]) {
      expect(value(name), name).toEqual(CASES.find(([n]) => n === name)![3]);
    }
    expect(new BigInt64Array((value("hugeint") as Uint8Array).slice().buffer)).toEqual(
      BigInt64Array.of(1n, -(2n ** 63n)),
    );
    expect(table.schema.fields[8]!.metadata.get("headrace:type")).toBe("HUGEINT");
    expect([...(value("wide decimal") as Uint32Array)]).toEqual([
      ...new Uint32Array(new BigUint64Array([(10n ** 37n) & (2n ** 64n - 1n), (10n ** 37n) >> 64n]).buffer),
    ]);
    expect(value("bignum")).toBe(`-1${"0".repeat(50)}`);
    expect(value("date")).toBe(10_000 * 86_400_000);
    expect(String(table.getChild("date")!.type)).toBe("Date32<DAY>");
    expect(String(table.getChild("time ns")!.type)).toBe("Time64<NANOSECOND>");
    expect(value("time ns")).toBe(3_723_000_000_001n);
    expect(String(table.getChild("timestamp")!.type)).toBe("Timestamp<MICROSECOND>");
    expect([...(table.getChild("interval")!.data[0]!.values as Int32Array)].slice(0, 4)).toEqual([14, -3, -5000, -1]);
    expect([...(value("uuid") as Uint8Array)]).toEqual([128, ...Array.from({ length: 14 }, () => 0), 1]);
  });

  it("comes in batches that own their memory", async () => {
    const values = Array.from({ length: 70_000 }, (_, i) => [i, i % 2 === 0 ? null : `s${i}`]);
    const rows = makeRows(
      memory,
      [
        { name: "i", type: types.INTEGER, nullable: false },
        { name: "s", type: types.VARCHAR },
      ],
      values,
    );
    const batches = [];
    for await (const batch of arrowBatches(rows)) batches.push(batch);
    expect(batches.map(({ numRows }) => numRows)).toEqual([65_536, 4464]);
    expect(batches[1]!.getChild("s")!.get(1)).toBe("s65537");
    expect(batches[0]!.getChild("s")!.data[0]!.values.buffer).toBeInstanceOf(ArrayBuffer);
    expect(batches[0]!.getChild("s")!.nullCount).toBe(32_768);
    const table = await arrowTable(rows);
    expect(table.getChild("i")!.get(69_999)).toBe(69_999);
    expect(tableFromIPC(tableToIPC(table)).getChild("s")!.get(69_999)).toBe("s69999");
  });

  it("of no rows still has a schema", async () => {
    const table = await arrowTable(makeRows(memory, [{ name: "a", type: types.VARCHAR }], []));
    expect([table.numRows, table.schema.names]).toEqual([0, ["a"]]);
  });
});
