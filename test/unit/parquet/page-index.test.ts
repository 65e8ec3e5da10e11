/** Page indexes and Bloom filters: others find in our files what we wrote, and we find it in theirs. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { asyncBufferFromFile, parquetMetadata, parquetReadObjects, readColumnIndex, readOffsetIndex } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Session } from "../../../src/index.ts";
import { connectEngine, readConfig } from "../../support/engine.ts";
import { type TestDatabase, testDatabase } from "../../support/parquet.ts";
import type { TestSession } from "../../support/session.ts";

let duckdb: TestDatabase;
let db: TestSession;
beforeAll(async () => {
  duckdb = await testDatabase();
  db = await connectEngine(await readConfig());
});
afterAll(async () => {
  await db.close();
  duckdb.close();
});

const rows = async (sql: string): Promise<readonly (readonly unknown[])[]> => (await db.execute(sql))[0]?.rows ?? [];

/** `read of all` row groups and pages of the one scan of a query; undefined where all of it was read. */
async function scanned(sql: string): Promise<{ groups: string | undefined; pages: string | undefined }> {
  const plan = String((await rows(`EXPLAIN ANALYZE ${sql}`))[0]?.[1]);
  return { groups: /row groups: (\d+ of \d+)/.exec(plan)?.[1], pages: /pages: (\d+ of \d+)/.exec(plan)?.[1] };
}

/** Columns of every kind of bound; in the order of `id`, and `s`, `u` and `f` without any. */
const TABLE = `SELECT i AS id, (i * 7919 % 100003)::INTEGER AS u, 'value ' || (i * 31 % 100003) AS s, -(i::DOUBLE) / 4 AS f,
  CASE WHEN i BETWEEN 30000 AND 69999 THEN NULL ELSE i // 100 END AS hole, (i / 8)::DECIMAL(25, 3) AS wide,
  DATE '2000-01-01' + (i // 50)::INTEGER AS d, md5((i // 2)::VARCHAR)::UUID AS key, i % 2 = 0 AS b, (i % 200)::UTINYINT AS small,
  repeat('x', (i // 40000)::INTEGER * 70) || i AS long FROM range(100000) t(i)`;

const COLUMNS = ["id", "u", "s", "f", "hole", "wide", "d", "key", "b", "small", "long"];

const FILTERS = [
  "id = 54321",
  "id IN (1, 20479, 20480, 99999, 123456789)",
  "id BETWEEN 40000 AND 40010 AND u > 50000",
  "f <= -24990",
  "hole IS NULL AND id % 10000 = 5",
  "hole = 250",
  "hole IS NOT NULL AND id > 65000 AND id < 70100",
  "wide = 10000.125",
  "d = DATE '2003-01-01'",
  "u = 4242",
  "s = 'value 77777'",
  "s IN ('value 5', 'value 100002', 'nothing')",
  "key = md5('100')::UUID",
  "small = 250",
  "long = repeat('x', 70) || 41234",
  "long > repeat('x', 139)",
  "u = 100002 OR id < 3",
  "id < 0",
];

describe("files of ours", () => {
  let path: string;
  beforeAll(async () => {
    path = duckdb.path("indexed.parquet");
    const options = "ROW_GROUP_SIZE 50000, WRITE_BLOOM_FILTER true, BLOOM_FILTER_FALSE_POSITIVE_RATIO 0.001";
    await db.execute(`CREATE TABLE whole AS ${TABLE}; COPY whole TO '${path}' (${options})`);
  });

  test.each(FILTERS)("%s: the same rows as without a file, and in DuckDB", async (filter) => {
    const list = COLUMNS.map((name) => `${name}::VARCHAR`).join(", ");
    const found = await rows(`SELECT ${list} FROM '${path}' WHERE ${filter} ORDER BY id`);
    expect(found).toEqual(await rows(`SELECT ${list} FROM whole WHERE ${filter} ORDER BY id`));
    const [expected] = await duckdb.columns(`SELECT count(*) FROM '${path}' WHERE ${filter}`);
    expect(BigInt(found.length)).toBe(expected?.[0]);
    // Columns that the filter does not need are read in the same ranges of rows.
    const only = await rows(`SELECT sum(u), count(*), min(s) FROM '${path}' WHERE ${filter}`);
    expect(only).toEqual(await rows(`SELECT sum(u), count(*), min(s) FROM whole WHERE ${filter}`));
  });

  test("only what may match is decoded", async () => {
    expect(await scanned(`SELECT id, s FROM '${path}' WHERE id = 54321`)).toEqual({
      groups: "1 of 2",
      pages: "2 of 6",
    });
    expect(await scanned(`SELECT id FROM '${path}' WHERE id IN (1, 49999)`)).toEqual({
      groups: "1 of 2",
      pages: "2 of 3",
    });
    expect(await scanned(`SELECT count(*) FROM '${path}' WHERE hole IS NOT NULL`)).toMatchObject({ pages: "2 of 3" });
    expect(await scanned(`SELECT count(*) FROM '${path}' WHERE hole IS NULL`)).toMatchObject({ pages: "3 of 6" });
    expect(await scanned(`SELECT count(*) FROM '${path}' WHERE u = 100002`)).toMatchObject({ groups: "1 of 2" });
    expect(await scanned(`SELECT count(*) FROM '${path}' WHERE s = 'nothing'`)).toMatchObject({ groups: "0 of 2" });
    expect(await scanned(`SELECT count(*) FROM '${path}' WHERE key = md5('1')::UUID`)).toMatchObject({
      groups: "1 of 2",
    });
    expect(await scanned(`SELECT * FROM '${path}' WHERE id >= 0`)).toEqual({ groups: "2 of 2", pages: undefined });
  });

  test("the bounds of join keys skip pages, too", async () => {
    const join = `SELECT count(*) FROM '${path}' f JOIN (VALUES (70000), (70005)) v(id) ON f.id = v.id`;
    expect(await rows(join)).toEqual([[2n]]);
  });

  test("DuckDB probes the filters", async () => {
    const metadata = `SELECT path_in_schema FROM parquet_metadata('${path}') WHERE bloom_filter_length > 0 AND row_group_id = 0`;
    expect((await duckdb.columns(metadata))[0]?.toSorted()).toEqual(COLUMNS.filter((name) => name !== "b").toSorted());
    const probe = (column: string, value: string): Promise<unknown> =>
      duckdb
        .columns(
          `SELECT bloom_filter_excludes FROM parquet_bloom_probe('${path}', '${column}', ${value}) ORDER BY row_group_id`,
        )
        .then(([excludes]) => excludes);
    expect(await probe("s", "'value 31'")).toEqual([false, true]);
    expect(await probe("s", "'value 100004'")).toEqual([true, true]);
    expect(await probe("id", "54321::BIGINT")).toEqual([true, false]);
    expect(await probe("f", "-24990::DOUBLE")).toEqual([true, false]);
    expect(await probe("small", "199::UTINYINT")).toEqual([false, false]);
    expect(await probe("d", "DATE '2000-01-02'")).toEqual([false, true]);
  });

  test("hyparquet reads the index, and by it", async () => {
    const bytes = readFileSync(path);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const { schema, row_groups: groups } = parquetMetadata(buffer);
    const chunk = groups[1]!.columns[0]!;
    const view = (offset: bigint | undefined, length: number | undefined) => ({
      view: new DataView(buffer, Number(offset), length),
      offset: 0,
    });
    const index = readColumnIndex(view(chunk.column_index_offset, chunk.column_index_length), schema[1]!);
    expect(index).toMatchObject({
      null_pages: [false, false, false],
      min_values: [50000n, 70480n, 90960n],
      max_values: [70479n, 90959n, 99999n],
      boundary_order: "ASCENDING",
      null_counts: [0n, 0n, 0n],
    });
    const { page_locations: pages } = readOffsetIndex(view(chunk.offset_index_offset, chunk.offset_index_length));
    expect(pages.map(({ first_row_index: first }) => Number(first))).toEqual([0, 20480, 40960]);
    const hole = groups[0]!.columns[4]!;
    const holes = readColumnIndex(view(hole.column_index_offset, hole.column_index_length), schema[5]!);
    expect(holes).toMatchObject({ null_pages: [false, false, true], boundary_order: "ASCENDING" });
    const file = await asyncBufferFromFile(path);
    const options = { file, useOffsetIndex: true, useBloomFilters: true, columns: ["id", "s"] };
    for (const filter of [{ id: { $eq: 54321n } }, { s: { $eq: "value 31" } }, { s: { $in: ["none", "value 62"] } }]) {
      expect(await parquetReadObjects({ ...options, filter })).toHaveLength(1);
    }
  });

  test("parquet-wasm reads the rows", async () => {
    const wasm = createRequire(import.meta.url)("parquet-wasm") as typeof import("parquet-wasm");
    const copy = duckdb.path("through-wasm.parquet");
    writeFileSync(copy, wasm.writeParquet(wasm.readParquet(readFileSync(path))));
    const [same] = await duckdb.columns(
      `SELECT count(*) FROM (SELECT * EXCLUDE (key) FROM '${path}' EXCEPT SELECT * EXCLUDE (key) FROM '${copy}')`,
    );
    expect(same?.[0]).toBe(0n);
  });

  test("damaged indexes and filters are found and not used", async () => {
    const original = readFileSync(path);
    const damaged = duckdb.path("damaged-index.parquet");
    const copy = Buffer.from(original);
    const [places] = await duckdb.columns(`SELECT bloom_filter_offset FROM parquet_metadata('${path}')`);
    const filters = (places ?? []).filter((place) => place !== null).map(Number);
    // All bits of the filters 0: they would exclude everything. And everything between them and the footer changed.
    const footer = original.length - 8 - original.readUInt32LE(original.length - 8);
    for (const place of filters) copy.fill(0, place + 20, place + 1000);
    for (let at = footer - 3000; at < footer; at += 7) copy[at] = (copy[at] ?? 0) ^ 4;
    writeFileSync(damaged, copy);
    for (const filter of FILTERS) {
      const query = (file: string): string => `SELECT count(*), sum(id) FROM '${file}' WHERE ${filter}`;
      expect(await rows(query(damaged))).toEqual(await rows(query(path)));
    }
  });

  test("options", async () => {
    const file = duckdb.path("options.parquet");
    await expect(db.execute(`COPY whole TO '${file}' (BLOOM_FILTER (nothing))`)).rejects.toMatchObject({
      code: "bind",
    });
    await expect(db.execute(`COPY whole TO '${file}' (BLOOM_FILTER (b))`)).rejects.toMatchObject({
      code: "unsupported",
    });
    await expect(
      db.execute(`COPY whole TO '${file}' (WRITE_BLOOM_FILTER, BLOOM_FILTER_FALSE_POSITIVE_RATIO 1)`),
    ).rejects.toMatchObject({ code: "bind" });
    await db.execute(`COPY whole TO '${file}' (BLOOM_FILTER (S, u))`);
    const metadata = `SELECT DISTINCT path_in_schema FROM parquet_metadata('${file}') WHERE bloom_filter_length > 0`;
    expect((await duckdb.columns(metadata))[0]?.toSorted()).toEqual(["s", "u"]);
    await db.execute(`COPY whole TO '${file}'`);
    expect((await duckdb.columns(metadata))[0] ?? []).toEqual([]);
    const frames = db as unknown as Session;
    await frames.sql("FROM whole").write.parquet(file, { bloomFilter: ["id"], bloomFilterFalsePositiveRatio: 0.05 });
    expect((await duckdb.columns(metadata))[0]).toEqual(["id"]);
    await frames.sql("FROM whole").write.parquet(file, { bloomFilter: true, compression: "lz4" });
    expect((await duckdb.columns(metadata))[0]).toHaveLength(COLUMNS.length - 1);
  });
});

describe("files of others", () => {
  test("Bloom filters of DuckDB", async () => {
    const path = duckdb.path("duckdb-bloom.parquet");
    // DuckDB makes filters of columns with dictionaries.
    const table = `SELECT (i // 6144 * 1000 + i % 500 * 2)::BIGINT AS k, 'key ' || (i // 6144 * 1000 + i % 500 * 2) AS s,
      ((i // 6144 * 1000 + i % 500 * 2) / 4)::DOUBLE AS f, (i // 6144 * 1000 + i % 500 * 2)::DECIMAL(9, 2) AS dec,
      DATE '2000-01-01' + (i // 6144 * 1000 + i % 500 * 2)::INTEGER AS d, (i // 6144 * 10 + i % 5 * 2)::UTINYINT AS small
      FROM range(18432) t(i)`;
    await duckdb.run(`COPY (${table}) TO '${path}' (ROW_GROUP_SIZE 6144)`);
    const filters = `SELECT path_in_schema FROM parquet_metadata('${path}') GROUP BY ALL HAVING count(bloom_filter_offset) < 3`;
    expect((await duckdb.columns(filters))[0] ?? []).toEqual([]);
    const cases = [
      ["k = 1100", 1],
      ["k = 1101", 0],
      ["k IN (1101, 2100)", 1],
      ["s = 'key 2100'", 1],
      ["s = 'key 2101'", 0],
      ["f = 275.0", 1],
      ["f = 275.25", 0],
      ["dec = 1100.00", 1],
      ["dec = 1101.00", 0],
      ["d = DATE '2000-01-01' + 1100", 1],
      ["d = DATE '2000-01-01' + 1101", 0],
      ["small = 12", 1],
      ["small = 13", 0],
    ] as const;
    for (const [filter, groups] of cases) {
      const expected = await duckdb.columns(`SELECT count(*) FROM '${path}' WHERE ${filter}`);
      expect(await rows(`SELECT count(*) FROM '${path}' WHERE ${filter}`)).toEqual([[expected[0]?.[0]]]);
      expect([filter, await scanned(`SELECT * FROM '${path}' WHERE ${filter}`)]).toMatchObject([
        filter,
        { groups: `${groups} of 3` },
      ]);
    }
  });

  test("page indexes of parquet-wasm, whose pages differ from column to column", async () => {
    const wasm = createRequire(import.meta.url)("parquet-wasm") as typeof import("parquet-wasm");
    const [plain, path] = [duckdb.path("plain.parquet"), duckdb.path("wasm-index.parquet")];
    await duckdb.run(`COPY (SELECT * EXCLUDE (key, b) FROM (${TABLE})) TO '${plain}'`);
    const properties = new wasm.WriterPropertiesBuilder()
      .setDataPageSizeLimit(10_000)
      .setWriteBatchSize(500)
      .setStatisticsEnabled(wasm.EnabledStatistics.Page)
      .setMaxRowGroupSize(60_000);
    writeFileSync(path, wasm.writeParquet(wasm.readParquet(readFileSync(plain)), properties.build()));
    for (const filter of FILTERS.filter((text) => !text.includes("key"))) {
      const query = (file: string): string =>
        `SELECT count(*), sum(u), min(s), sum(f), sum(hole), max(long), sum(id) FROM '${file}' WHERE ${filter}`;
      expect([filter, await rows(query(path))]).toEqual([filter, await rows(query(plain))]);
    }
    const { groups, pages } = await scanned(`SELECT * FROM '${path}' WHERE id = 54321`);
    expect(groups).toBe("1 of 2");
    const [read, all] = (pages ?? "").split(" of ").map(Number);
    expect(all).toBeGreaterThan(100);
    expect(read! * 3).toBeLessThan(all!);
  });

  test("indexes and filters of hyparquet-writer", async () => {
    const path = duckdb.path("hyparquet.parquet");
    const data = Array.from({ length: 5000 }, (_, i) => i);
    const column = { columnIndex: true, offsetIndex: true, bloomFilter: true };
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "a", data: data.map((i) => i * 2), type: "INT32", ...column },
        { name: "s", data: data.map((i) => `s${(i * 7919) % 10007}`), type: "STRING", ...column },
      ],
      pageSize: 4096,
      rowGroupSize: 2500,
    });
    writeFileSync(path, Buffer.from(bytes));
    expect(await rows(`SELECT s FROM '${path}' WHERE a = 4998`)).toEqual([[`s${(2499 * 7919) % 10007}`]]);
    expect(await rows(`SELECT a FROM '${path}' WHERE s = 's${(4321 * 7919) % 10007}'`)).toEqual([[8642]]);
    expect(await scanned(`SELECT a FROM '${path}' WHERE a = 4999`)).toMatchObject({ groups: "0 of 2" });
    expect(await scanned(`SELECT a FROM '${path}' WHERE s = 'none'`)).toMatchObject({ groups: "0 of 2" });
    const { pages } = await scanned(`SELECT s FROM '${path}' WHERE a BETWEEN 100 AND 120`);
    expect(pages).toBe("3 of 6");
  });
});
