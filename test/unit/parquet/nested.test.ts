/** LIST, STRUCT and MAP columns that DuckDB wrote. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, fileBench } from "../../support/files.ts";

let bench: FileBench;
beforeAll(async () => {
  bench = await fileBench();
});
afterAll(() => bench.close());

/** Rows with every way of nesting, NULLs and emptiness at every level. */
const NESTED = (rows: number): string => `
  SELECT i, CASE WHEN i % 11 = 0 THEN NULL WHEN i % 7 = 0 THEN [] ELSE list_transform(range(i % 5), lambda x: CASE WHEN x % 3 = 2 THEN NULL ELSE x * i END) END AS l,
    CASE WHEN i % 5 = 0 THEN NULL ELSE {'a': i, 'b': CASE WHEN i % 3 = 0 THEN NULL ELSE 'text ' || (i % 10) END, 'c': {'d': [i % 2 = 0, NULL], 'e': DATE '2024-01-01' + (i % 300)::INT}} END AS s,
    CASE WHEN i % 6 = 0 THEN NULL WHEN i % 4 = 0 THEN MAP {} ELSE MAP {'k' || i: i / 4, 'z': NULL} END AS m,
    CASE WHEN i % 9 = 0 THEN NULL ELSE [[i], [], NULL, [i, NULL]] END AS ll,
    [{'x': i, 'y': ['a', NULL]}, NULL, {'x': NULL, 'y': []}] AS ls,
    MAP {i: {'u': [(i * 1.25)::DECIMAL(9,2)]}} AS ms
  FROM range(${rows}) t(i)`;

describe("nested columns", () => {
  it.each([
    ["uncompressed", "V1"],
    ["snappy", "V2"],
    ["zstd", "V1"],
    ["gzip", "V2"],
  ])("of %s files, pages %s", async (codec, version) => {
    const path = bench.path(`nested-${codec}.parquet`);
    await bench.duck(
      `COPY (${NESTED(9000)}) TO '${path}' (FORMAT parquet, CODEC '${codec}', PARQUET_VERSION '${version}', ROW_GROUP_SIZE 4096)`,
    );
    expect(await bench.types(`FROM '${path}'`)).toEqual([
      "i BIGINT",
      "l BIGINT[]",
      "s STRUCT(a BIGINT, b VARCHAR, c STRUCT(d BOOLEAN[], e DATE))",
      "m MAP(VARCHAR, DOUBLE)",
      "ll BIGINT[][]",
      "ls STRUCT(x BIGINT, y VARCHAR[])[]",
      "ms MAP(BIGINT, STRUCT(u DECIMAL(9,2)[]))",
    ]);
    const sample = `FROM '${path}' WHERE i < 200 OR i BETWEEN 4000 AND 4200 ORDER BY i`;
    expect(await bench.rows(sample)).toEqual(await bench.duck(sample));
    const sums = `SELECT count(*), count(l), count(s), count(m), sum(len(l)), sum(s.a), sum(len(ll)), count(s.b), max(s.c.e) FROM '${path}'`;
    const texts = `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${sums})`;
    expect(await bench.rows(texts)).toEqual(await bench.duck(texts));
  });

  it.each(["none", "snappy", "gzip"])("written as %s are read by DuckDB and by us", async (codec) => {
    const source = bench.path("source.parquet");
    await bench.duck(`COPY (${NESTED(5000)}) TO '${source}' (FORMAT parquet)`);
    const path = bench.path(`written-${codec}.parquet`);
    await bench.db.execute(
      `COPY (FROM '${source}') TO '${path}' (FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE 2000)`,
    );
    expect(await bench.types(`FROM '${path}'`)).toEqual(await bench.types(`FROM '${source}'`));
    for (const rows of ["i < 150", "i BETWEEN 1900 AND 2100", "i > 4900"]) {
      const expected = await bench.duck(`FROM '${source}' WHERE ${rows} ORDER BY i`);
      expect(await bench.duck(`FROM '${path}' WHERE ${rows} ORDER BY i`)).toEqual(expected);
      expect(await bench.rows(`FROM '${path}' WHERE ${rows} ORDER BY i`)).toEqual(expected);
    }
    const differ = `SELECT count(*) FROM (FROM '${source}' EXCEPT ALL FROM '${path}')`;
    expect(await bench.duck(differ)).toEqual([["0"]]);
  });

  it("of all types, empty and of NULLs only, are written", async () => {
    const path = bench.path("types.parquet");
    const sql = `SELECT {'a': 1::TINYINT, 'b': 2::USMALLINT, 'c': 1.5::REAL, 'd': 12345678901234567890.12::DECIMAL(38,2), 'e': TIME '01:02:03',
        'f': '2024-01-01 00:00:00.123456789'::TIMESTAMP_NS, 'g': '6f3b0f3e-8e5e-4d7a-9c1b-2f1d3e4c5b6a'::UUID, 'h': '\\x00a'::BLOB, 'i': true} AS s,
        NULL::INT[] AS n, []::VARCHAR[] AS e, [1, 2]::INT[2] AS a, {'only': NULL::DATE} AS o`;
    await bench.db.execute(`COPY (${sql}) TO '${path}'`);
    const read = `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM '${path}'`;
    expect(await bench.duck(read)).toEqual(await bench.rows(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${sql})`));
    expect(await bench.rows(read)).toEqual(await bench.duck(read));
    const none = bench.path("none.parquet");
    await bench.db.execute(`COPY (SELECT * FROM (${sql}) WHERE false) TO '${none}'`);
    expect(await bench.duck(`SELECT count(*)::INT FROM '${none}'`)).toEqual([[0]]);
  });

  it("damaged end in errors of ours", async () => {
    const good = bench.path("small.parquet");
    await bench.duck(`COPY (${NESTED(300)}) TO '${good}' (FORMAT parquet, CODEC 'uncompressed')`);
    const bytes = readFileSync(good);
    let seed = 11;
    const next = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    const codes = new Set<string>();
    for (let i = 0; i < 400; i++) {
      const copy = Buffer.from(bytes);
      for (let n = 1 + next(3); n > 0; n--) copy[next(copy.length)] = next(256);
      const path = bench.file("damaged.parquet", copy);
      await bench.db
        .sql(`SELECT * FROM '${path}'`)
        .collect()
        .then(
          () => codes.add("rows"),
          (error: { code?: string; message: string }) =>
            codes.add(error.code === "internal" ? error.message : String(error.code)),
        );
    }
    const expected = ["rows", "format", "unsupported", "bind", "overflow", "type", "io", "out_of_memory"];
    expect([...codes].filter((code) => !expected.includes(code))).toEqual([]);
  });
});
