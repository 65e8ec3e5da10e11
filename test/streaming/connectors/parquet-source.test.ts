import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, it } from "vitest";
import * as types from "../../../src/planner/types/types.ts";
import { openSource } from "../../../src/streaming/connectors/connectors.ts";
import type { Source } from "../../../src/streaming/connectors/source.ts";
import { Bench, type Columns } from "./support.ts";

let bench: Bench;
let folder: string;
beforeEach(() => {
  bench = new Bench();
  folder = mkdtempSync(join(tmpdir(), "headrace-connectors-"));
});
afterEach(() => {
  bench.expectEmpty();
  rmSync(folder, { recursive: true });
});

const COLUMNS: Columns = {
  n: types.BIGINT,
  name: types.VARCHAR,
  price: types.decimal(9, 2),
  l: types.listOf(types.BIGINT),
};

function open(
  path: string,
  options: Record<string, string | boolean> = {},
  columns = COLUMNS,
  read = columns,
): Promise<Source> {
  const all = { path: join(folder, path), format: "parquet", "scan.monitor-interval": "0", ...options };
  return openSource("filesystem", bench.table(columns, all, [], ["n"]), bench.context(read));
}

async function write(name: string, sql: string): Promise<void> {
  const duck = await (await DuckDBInstance.create(":memory:")).connect();
  await duck.run(`COPY (${sql}) TO '${join(folder, name)}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
}

const rows = (from: number, to: number): string =>
  `SELECT [i, NULL] AS l, i AS N, CASE WHEN i % 3 > 0 THEN 'name ' || i END AS name, 'x' AS other, (i / 100)::DECIMAL(9,2) AS price FROM range(${from}, ${to}) t(i)`;

it("row groups are read in order, files as they come", async () => {
  await write("a.parquet", rows(0, 5000));
  const source = await open(".");
  const first = await source.advance(new Map(), 1);
  expect([first.ended, [...first.finished]]).toEqual([false, []]);
  const [part] = [await bench.readEpoch(source, new Map(), first.to)];
  expect(part.length).toBe(2048);
  expect(part.slice(0, 2)).toEqual([
    ["0", null, "0.00", "[0, NULL]"],
    ["1", "name 1", "0.01", "[1, NULL]"],
  ]);
  const second = await source.advance(first.to, 1e6);
  expect([...second.finished]).toEqual([join(folder, "a.parquet")]);
  const rest = await bench.readEpoch(source, first.to, second.to);
  expect(rest.length).toBe(2952);
  expect(rest.every(([n], i) => n === String(2048 + i))).toBe(true);
  // Written bit by bit: it counts when it is whole.
  await write("b.tmp", rows(7, 8));
  const bytes = readFileSync(join(folder, "b.tmp"));
  writeFileSync(join(folder, "b.parquet"), bytes.subarray(0, bytes.length - 1));
  expect((await source.advance(second.to, 10)).to).toEqual(second.to);
  writeFileSync(join(folder, "b.parquet"), bytes);
  const third = await source.advance(second.to, 10);
  expect(await bench.readEpoch(source, second.to, third.to)).toEqual([["7", "name 7", "0.07", "[7, NULL]"]]);
  expect(await bench.readEpoch(await open("."), new Map(), first.to)).toEqual(part);
  const some = await open(".", {}, COLUMNS, { price: types.decimal(9, 2) });
  expect((await bench.readEpoch(some, new Map(), first.to))[1]).toEqual(["0.01"]);
});

it("bounded ones end, changed ones are refused", async () => {
  await write("a.parquet", rows(0, 3000));
  await write("b.parquet", rows(3000, 3001));
  const source = await open("*.parquet", { "scan.bounded": true });
  const [all, to] = await bench.drain(source, 2048);
  expect(all.length).toBe(3001);
  copyFileSync(join(folder, "b.parquet"), join(folder, "a.parquet"));
  await expect(bench.readEpoch(source, new Map(), to)).rejects.toMatchObject({ code: "io" });
  const other = await open("*.parquet");
  await expect(other.advance(to, 1)).rejects.toMatchObject({
    code: "io",
    message: `"${join(folder, "a.parquet")}" was changed after 2 of its row groups were read`,
  });
  await expect(bench.readEpoch(other, new Map(), to)).rejects.toMatchObject({ code: "io" });
  writeFileSync(join(folder, "a.parquet"), "PAR1");
  await expect((await open("a.parquet", { "scan.bounded": true })).advance(new Map(), 1)).rejects.toMatchObject({
    code: "format",
  });
});

it("integers may be narrower in the file; other types must be those of the table", async () => {
  await write(
    "a.parquet",
    "SELECT i::UTINYINT AS n, i::SMALLINT AS s FROM range(3) t(i) UNION ALL SELECT 255::UTINYINT, -7::SMALLINT",
  );
  const columns = { n: types.INTEGER, s: types.HUGEINT };
  expect((await bench.drain(await open("a.parquet", { "scan.bounded": true }, columns)))[0]).toEqual([
    ["0", "0"],
    ["1", "1"],
    ["2", "2"],
    ["255", "-7"],
  ]);
  const file = join(folder, "a.parquet");
  const advance = async (other: Columns): Promise<unknown> =>
    (await open("a.parquet", {}, other)).advance(new Map(), 1);
  await expect(advance({ n: types.TINYINT })).rejects.toThrow(
    `"${file}": the column "n" is UTINYINT, the table's is TINYINT`,
  );
  await expect(advance({ n: types.UTINYINT, x: types.DATE })).rejects.toThrow(`"${file}" has no column "x"`);
  await write("b.parquet", "SELECT NULL::BIGINT AS n");
  const source = await open("b.parquet", {}, { n: types.BIGINT });
  const { to } = await source.advance(new Map(), 1);
  await expect(bench.readEpoch(source, new Map(), to)).rejects.toThrow('the column "n" has no value in some row');
  await expect(open("a.parquet", { "parse-errors": "skip" })).rejects.toThrow("left out where the format is parquet");
});
