import { afterEach, beforeEach, expect, it } from "vitest";
import { OWNER_TABLES, SharedMemory } from "../../../src/exec/memory/shared-memory.ts";
import { type ColumnValues, encodeColumns } from "../../../src/exec/table/encode-columns.ts";
import { createTable, releaseVersion, type TableVersion } from "../../../src/exec/table/table-version.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import * as types from "../../../src/planner/types/types.ts";
import { tableColumn } from "../../support/table-values.ts";

let memory: SharedMemory;
beforeEach(() => {
  memory = SharedMemory.create(2 ** 30);
  memory.startPoisoning();
});
afterEach(expectNothingHeld);

function expectNothingHeld(): void {
  expect(memory.pagesOf(OWNER_TABLES)).toBe(0);
}

function encode(
  columns: readonly (readonly [type: types.SqlType, values: ColumnValues])[],
  rows: number,
  check: (version: TableVersion) => void,
): void {
  const definitions = columns.map(([type], i) => ({ name: `c${i}`, type, nullable: true }));
  const empty = createTable(definitions, { fixed: true });
  const version = encodeColumns(
    memory,
    empty,
    rows,
    columns.map(([, values]) => values),
  );
  expect(version.rows).toBe(rows);
  check(version);
  releaseVersion(memory, version);
}

const column = (version: TableVersion, i: number): unknown[] => tableColumn(memory, version, i);

it("keeps values of every lane, and NULLs as zeros", () => {
  const cases: (readonly [types.SqlType, readonly Datum[], (readonly unknown[])?])[] = [
    [types.BOOLEAN, [true, null, false]],
    [types.TINYINT, [-128, null, 127]],
    [types.UBIGINT, [2n ** 64n - 1n, null, 0n]],
    [types.BIGINT, [-(2n ** 63n), null, 2n ** 63n - 1n]],
    [types.HUGEINT, [-(2n ** 127n), null, 2n ** 127n - 1n]],
    [types.DOUBLE, [-0.5, null, Infinity]],
    [types.REAL, [0.5, null, -1]],
    [types.decimal(5, 2), [-12345n, null, 1n]],
    [types.VARCHAR, ["plain", null, ""]],
    [types.BLOB, [Uint8Array.of(65, 255), null, Uint8Array.of()], ["A\u00ff", null, ""]],
    [types.INTERVAL, [{ months: 1, days: -2, micros: 3n }, null, { months: 0, days: 0, micros: 0n }]],
  ];
  const columns = cases.map(([type, values]) => [type, values] as const);
  encode(columns, 3, (version) => {
    for (const [i, [type, values, expected]] of cases.entries()) {
      const wanted = type.kind === "Interval" ? ["1m-2d3us", null, "0m0d0us"] : (expected ?? values);
      expect(column(version, i)).toEqual(wanted);
    }
  });
});

it("does not join halves of characters of two strings", () => {
  const strings = ["zw\u00f6lf", null, "\ud83d", "\ude00", "\ud83d\ude00"];
  encode([[types.VARCHAR, strings]], 5, (version) => {
    const read = column(version, 0).map((text) =>
      text === null ? null : Buffer.from(text as string, "latin1").toString(),
    );
    expect(read).toEqual(["zw\u00f6lf", null, "\ufffd", "\ufffd", "\ud83d\ude00"]);
  });
});

it("cuts typed arrays and texts into chunks", () => {
  const rows = 150_000;
  const numbers = BigInt64Array.from({ length: rows }, (_, i) => BigInt(i));
  const strings = Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? "" : `#${i}`));
  const ends = new Uint32Array(rows);
  let end = 0;
  strings.forEach((text, i) => (ends[i] = end += text.length));
  const texts = { bytes: Buffer.from(strings.join("")), ends };
  const nulls = strings.map((text, i) => (i === 149_999 ? null : text));
  encode(
    [
      [types.TIMESTAMP, numbers],
      [types.VARCHAR, texts],
      [types.VARCHAR, nulls],
    ],
    rows,
    (version) => {
      expect(version.chunks.map((chunk) => chunk.rows)).toEqual([65_536, 65_536, 18_928]);
      expect(column(version, 0)).toEqual([...numbers]);
      expect(column(version, 1)).toEqual(strings);
      expect(column(version, 2)).toEqual(nulls);
      expect(version.chunks.map(({ columns }) => columns[2]!.values)).toEqual([65_536, 65_536, 18_927]);
    },
  );
});

it("gives memory back where values do not fit", () => {
  const table = createTable([{ name: "a", type: types.BIGINT, nullable: true }], { fixed: true });
  expect(() => encodeColumns(memory, table, 1, [new Float64Array(1)])).toThrow("lane i64 got a Float64Array");
  expect(() =>
    encodeColumns(memory, table, 70_000, [Array.from({ length: 70_000 }, (_, i) => (i < 69_000 ? 1n : 0.5))]),
  ).toThrow(RangeError);
});
