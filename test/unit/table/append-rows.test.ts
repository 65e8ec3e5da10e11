import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instantiateKernels, type Kernels, loadKernels } from "../../../src/exec/kernels/kernels.ts";
import { FIRST_QUERY_OWNER, OWNER_TABLES, SharedMemory } from "../../../src/exec/memory/shared-memory.ts";
import { appendRows } from "../../../src/exec/table/append-rows.ts";
import { createTable, releaseVersion, type TableVersion } from "../../../src/exec/table/table-version.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import type { Lane } from "../../../src/planner/types/lane.ts";
import * as types from "../../../src/planner/types/types.ts";
import { makeRows, type TestColumn } from "../../support/result-rows.ts";
import { tableColumn } from "../../support/table-values.ts";

const module = loadKernels();
let memory: SharedMemory;
let kernels: Kernels;

beforeEach(() => {
  memory = SharedMemory.create(2 ** 30);
  kernels = instantiateKernels(module, memory.memory);
});

afterEach(() => {
  memory.releaseOwner(FIRST_QUERY_OWNER);
});

/** A table of one column after appending each batch, all versions, then released. */
function withColumn(
  column: Omit<TestColumn, "name">,
  batches: readonly (readonly Datum[])[],
  check: (versions: TableVersion[]) => void,
): void {
  const versions = [createTable([{ name: "a", type: column.type, nullable: true }])];
  for (const batch of batches) {
    const rows = makeRows(
      memory,
      [{ name: "a", ...column }],
      batch.map((value) => [value]),
    );
    versions.push(appendRows(memory, kernels, versions.at(-1)!, rows));
  }
  check(versions);
  for (const version of versions) releaseVersion(memory, version);
  expect(memory.pagesOf(OWNER_TABLES)).toBe(0);
}

const repeat = (count: number, value: (i: number) => Datum): Datum[] =>
  Array.from({ length: count }, (_, i) => value(i));

describe("integers are kept in the narrowest lane", () => {
  it.each<[string, types.SqlType, Datum[], Lane]>([
    ["small", types.BIGINT, [-128n, 127n], "i8"],
    ["unsigned bytes", types.INTEGER, [0, 200], "u8"],
    ["u16", types.INTEGER, [0, 60_000], "u16"],
    ["i32", types.BIGINT, [-60_000n, 0n], "i32"],
    ["u32", types.BIGINT, [0n, 2n ** 32n - 1n], "u32"],
    ["i64", types.BIGINT, [-1n, 2n ** 32n - 1n], "i64"],
    ["u64", types.UBIGINT, [0n, 2n ** 64n - 1n], "u64"],
    ["hugeint", types.HUGEINT, [-(2n ** 127n), 2n ** 127n - 1n], "i128"],
    ["narrow hugeint", types.HUGEINT, [-5n, 5n], "i8"],
    ["decimal", types.decimal(38, 2), [-123_45n, 99_999n], "i32"],
    ["date", types.DATE, [8035, 10_591], "i16"],
    ["timestamp", types.TIMESTAMP, [1n, 2n], "i64"],
    ["boolean", types.BOOLEAN, [true, false], "bool"],
    ["uuid", types.UUID, [1n, 2n], "i128"],
  ])("%s", (_, type, values, lane) => {
    withColumn({ type }, [[null, ...values]], ([, version]) => {
      expect(version!.schema).toEqual([{ name: "a", type, nullable: true, lane, dictionary: false }]);
      const signed = type.kind === "Uuid";
      expect(
        tableColumn(memory, version!, 0).map((value) =>
          value === null || typeof value === "boolean" ? value : BigInt(value as number),
        ),
      ).toEqual(
        [null, ...values].map((value) =>
          value === null || typeof value === "boolean" ? value : BigInt(value as number),
        ),
      );
      const statistics = version!.statistics.columns[0]!;
      expect(statistics.nullCount).toBe(1);
      expect(statistics.distinct).toBe(2);
      const sorted = [...values].sort((a, b) => (a! < b! ? -1 : 1));
      expect([statistics.min, statistics.max]).toEqual(signed ? [undefined, undefined] : sorted);
    });
  });

  it("widens old chunks when new values ask for it, old versions stay", () => {
    const first = repeat(70_000, (i) => (i % 3 === 0 ? null : i % 100));
    const second = repeat(70_000, (i) => i * 1000);
    withColumn({ type: types.INTEGER }, [first, second, [-1]], ([empty, one, two, three]) => {
      expect([empty, one, two, three].map((version) => version!.schema[0]!.lane)).toEqual(["i32", "i8", "i32", "i32"]);
      expect(two!.chunks.map(({ rows }) => rows)).toEqual([65_536, 65_536, 8928]);
      expect(tableColumn(memory, one!, 0)).toEqual(first);
      expect(tableColumn(memory, two!, 0)).toEqual([...first, ...second]);
      expect(tableColumn(memory, three!, 0)).toEqual([...first, ...second, -1]);
      expect(three!.chunks[0]).toBe(two!.chunks[0]);
      expect(three!.statistics.columns[0]).toMatchObject({ min: -1, max: 69_999_000 });
      expect(two!.chunks.map(({ columns }) => columns[0]!.zone)).toMatchObject([
        { min: 0n, max: 99n },
        { min: 0n, max: 61_071_000n },
        { min: 61_072_000n },
      ]);
      expect(two!.chunks[2]!.columns[0]!.validity).toBe(0);
    });
  });
});

describe("strings", () => {
  it("become codes where they repeat", () => {
    const values = repeat(20_000, (i) => (i % 7 === 0 ? null : `value ${i % 300}`));
    withColumn({ type: types.VARCHAR }, [values, repeat(100, (i) => `new ${i}`)], ([, one, two]) => {
      expect(one!.schema[0]).toMatchObject({ lane: "u16", dictionary: true, nullable: true });
      expect(one!.dictionarySize(0)).toBe(300);
      expect(tableColumn(memory, one!, 0)).toEqual(values);
      expect(one!.statistics.columns[0]).toMatchObject({ min: "value 0", max: "value 99", distinct: 300 });
      expect(two!.dictionarySize(0)).toBe(400);
      expect(two!.statistics.columns[0]).toMatchObject({ min: "new 0", max: "value 99", distinct: 400 });
      expect(tableColumn(memory, two!, 0)).toEqual([...values, ...repeat(100, (i) => `new ${i}`)]);
    });
  });

  it("widens codes", () => {
    const first = repeat(2000, (i) => `${i % 200}`);
    const second = repeat(4000, (i) => `${i % 300}`);
    withColumn({ type: types.VARCHAR }, [first, second], ([, one, two]) => {
      expect(one!.schema[0]!.lane).toBe("u8");
      expect(two!.schema[0]!.lane).toBe("u16");
      expect(tableColumn(memory, two!, 0)).toEqual([...first, ...second]);
    });
  });

  it("leave the dictionary when there are too many", () => {
    const first = repeat(70_000, (i) => (i % 2 === 0 ? `${i % 200}` : null));
    const second = repeat(70_000, (i) => `unique ${i}`);
    withColumn({ type: types.VARCHAR }, [first, second], ([, one, two]) => {
      expect(one!.schema[0]).toMatchObject({ lane: "u8", dictionary: true });
      expect(two!.schema[0]).toMatchObject({ lane: "str", dictionary: false });
      expect(tableColumn(memory, two!, 0)).toEqual([...first, ...second]);
      const { min, max, distinct, averageBytes } = two!.statistics.columns[0]!;
      expect([min, max]).toEqual(["0", "unique 9999"]);
      expect(Math.abs(distinct! / 70_100 - 1)).toBeLessThan(0.08);
      expect(averageBytes).toBeGreaterThan(5);
    });
  });

  it("get a dictionary once the table has grown", () => {
    const few = ["a", "b", null, ""];
    const many = repeat(200, (i) => ["a", "b", ""][i % 3]!);
    withColumn({ type: types.VARCHAR }, [few, many], ([, one, two]) => {
      expect(one!.schema[0]!.dictionary).toBe(false);
      expect(two!.schema[0]!.dictionary).toBe(true);
      expect(two!.dictionarySize(0)).toBe(3);
      expect(tableColumn(memory, two!, 0)).toEqual([...few, ...many]);
    });
  });

  it("come from codes of the result", () => {
    const dictionary = ["unused", "x", "yy", "zzz"];
    const values = repeat(5000, (i) => (i % 5 === 0 ? null : dictionary[1 + (i % 3)]!));
    withColumn({ type: types.VARCHAR, dictionary }, [values, values.slice(0, 3)], ([, one, two]) => {
      expect(one!.dictionarySize(0)).toBe(3);
      expect(tableColumn(memory, two!, 0)).toEqual([...values, ...values.slice(0, 3)]);
    });
    withColumn({ type: types.VARCHAR, dictionary }, [values.slice(0, 6)], ([, one]) => {
      expect(one!.schema[0]!.lane).toBe("str");
      expect(tableColumn(memory, one!, 0)).toEqual(values.slice(0, 6));
    });
  });

  it("of any length, ordered by bytes", () => {
    const values = ["", "b".repeat(70), "b".repeat(100_000), "é", "bbbbbbbb", "a\0", "a"];
    withColumn({ type: types.VARCHAR }, [values], ([, version]) => {
      expect(tableColumn(memory, version!, 0)).toEqual(values.map((text) => Buffer.from(text).toString("latin1")));
      expect(version!.statistics.columns[0]).toMatchObject({ min: "", max: "é", distinct: 7 });
    });
  });
});

it("keeps floats and intervals; NaN has no bounds", () => {
  withColumn({ type: types.DOUBLE }, [[1.5, null, -2], [Number.NaN]], ([, one, two]) => {
    expect(one!.statistics.columns[0]).toMatchObject({ min: -2, max: 1.5, distinct: 2 });
    expect(two!.statistics.columns[0]).toMatchObject({ min: undefined, max: undefined });
    expect(tableColumn(memory, two!, 0)).toEqual([1.5, null, -2, Number.NaN]);
  });
  withColumn({ type: types.REAL }, [[0.5, null]], ([, one]) =>
    expect(tableColumn(memory, one!, 0)).toEqual([0.5, null]),
  );
  withColumn({ type: types.INTERVAL }, [[{ months: -1, days: 2, micros: -3n }, null]], ([, one]) => {
    expect(tableColumn(memory, one!, 0)).toEqual(["-1m2d-3us", null]);
  });
});

it("refuses NULL where a column is NOT NULL, leaving nothing behind", () => {
  const table = createTable([{ name: "a", type: types.INTEGER, nullable: false }]);
  const rows = makeRows(memory, [{ name: "a", type: types.INTEGER }], [[1], [null]]);
  expect(() => appendRows(memory, kernels, table, rows, { name: "t" })).toThrow("NOT NULL constraint failed: t.a");
  expect(memory.pagesOf(OWNER_TABLES)).toBe(0);
});

it("proves the absence of NULLs", () => {
  withColumn({ type: types.INTEGER, nullable: false }, [[1, 2]], ([, one]) =>
    expect(one!.schema[0]!.nullable).toBe(false),
  );
});

it("grows row by row", () => {
  const values = repeat(300, (i) => (i % 10 === 9 ? null : `${i % 4}`));
  withColumn(
    { type: types.VARCHAR },
    values.map((value) => [value]),
    (versions) => {
      expect(tableColumn(memory, versions.at(-1)!, 0)).toEqual(values);
      expect(versions.at(-1)!.chunks).toHaveLength(1);
      expect(tableColumn(memory, versions[150]!, 0)).toEqual(values.slice(0, 150));
    },
  );
});

it("keeps small columns together, large ones apart", () => {
  const columns = repeat(60, (i) => i).map((i): TestColumn => ({
    name: `c${String(i)}`,
    type: Number(i) % 3 === 0 ? types.VARCHAR : types.BIGINT,
  }));
  const valueOf = (row: number, column: number): Datum => {
    if ((row + column) % 7 === 0) return null;
    return column % 3 === 0 ? "x".repeat((row * column) % 40) : BigInt(row * column);
  };
  for (const [count, most] of [
    [3, 1],
    [300, 9],
    [9_000, 160],
  ] as const) {
    const rows = makeRows(
      memory,
      columns,
      Array.from({ length: count }, (_, row) => columns.map((_column, column) => valueOf(row, column))),
    );
    const empty = createTable(
      columns.map((column) => ({ ...column, nullable: true })),
      { fixed: true },
    );
    const version = appendRows(memory, kernels, empty, rows);
    expect(memory.pagesOf(OWNER_TABLES)).toBeLessThanOrEqual(most);
    for (const column of [0, 1, 41, 42, 59])
      expect(tableColumn(memory, version, column)).toEqual(repeat(count, (row) => valueOf(row, column)));
    releaseVersion(memory, version);
    expect(memory.pagesOf(OWNER_TABLES)).toBe(0);
  }
});
