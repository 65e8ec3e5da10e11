import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leavesOf } from "../../../src/io/formats/parquet/schema.ts";
import { LocalFile } from "../../../src/io/stores/file.ts";
import { typeName } from "../../../src/planner/types/types.ts";
import { everyType } from "../../support/parquet-samples.ts";
import {
  type CheckedContext,
  checkedContext,
  duckdbColumns,
  readColumns,
  type TestDatabase,
  testDatabase,
} from "../../support/parquet.ts";

let db: TestDatabase;
let context: CheckedContext;

beforeAll(async () => {
  db = await testDatabase();
  context = checkedContext();
});
afterAll(() => db.close());

/** The first difference per column to what DuckDB reads from the file, or from `same`, which has the same rows. */
async function differences(path: string, same: string = path): Promise<string[]> {
  const { file, columns } = readColumns(new LocalFile(path), context);
  const expected = await duckdbColumns(db, same, file.schema);
  return file.schema.flatMap(({ name, type }, i) => {
    const [ours = [], theirs = []] = [columns[i], expected[i]];
    const row = ours.findIndex((value, at) => !Object.is(value, theirs[at]));
    if (row < 0 && ours.length === theirs.length) return [];
    return [
      `${name} ${type.kind} row ${row} of ${theirs.length}: ${String(ours[row])}, expected ${String(theirs[row])}`,
    ];
  });
}

describe("files written by DuckDB", () => {
  const codecs = ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw", "lz4"];
  for (const version of ["v1", "v2"]) {
    it.each(codecs)(`codec %s, version ${version}`, async (codec) => {
      const path = db.path(`${codec}-${version}.parquet`);
      const options = `FORMAT parquet, CODEC '${codec}', PARQUET_VERSION '${version}', ROW_GROUP_SIZE 2048`;
      await db.run(`COPY (${everyType(2500)}) TO '${path}' (${options})`);
      expect(await differences(path)).toEqual([]);
    });

    it(`without dictionaries, version ${version}`, async () => {
      const path = db.path(`plain-${version}.parquet`);
      const options = `FORMAT parquet, PARQUET_VERSION '${version}', DICTIONARY_SIZE_LIMIT 1`;
      await db.run(`COPY (${everyType(3000)}) TO '${path}' (${options})`);
      expect(await differences(path)).toEqual([]);
    });
  }

  it.each([0, 1, 7, 8, 9, 63, 64, 65, 1000])("%d rows", async (rows) => {
    const path = db.path(`rows-${rows}.parquet`);
    await db.run(`COPY (${everyType(rows)}) TO '${path}' (FORMAT parquet)`);
    expect(await differences(path)).toEqual([]);
  });

  it("dictionary codes, where a column has them", async () => {
    const path = db.path("codes.parquet");
    await db.run(`COPY (${everyType(3000)}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
    const plain = readColumns(new LocalFile(path), context);
    const coded = readColumns(new LocalFile(path), context, { codes: true });
    expect(coded.columns).toEqual(plain.columns);
    expect(coded.encoded).toEqual(expect.arrayContaining(["few", "few_null", "tiny", "constant", "runs"]));
    expect(plain.encoded).toEqual([]);
  });

  it("intervals", async () => {
    const path = db.path("interval.parquet");
    const value = "to_months((i * 7)::INTEGER) + to_days(i::INTEGER) + to_milliseconds(i * 1001)";
    await db.run(
      `COPY (SELECT ${value} AS i, CASE WHEN i % 3 = 0 THEN NULL ELSE ${value} END AS n FROM range(100) t(i)) TO '${path}' (FORMAT parquet)`,
    );
    expect(await differences(path)).toEqual([]);
  });
});

it("nested columns are listed with their types", async () => {
  const path = db.path("nested.parquet");
  const select =
    "SELECT 1 AS a, [1, 2] AS l, {'x': 1, 'y': 'z'} AS s, MAP {'k': 1.5} AS m, [[DATE '2020-01-01']] AS ll, 'b' AS b";
  await db.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  const { file, columns } = readColumns(new LocalFile(path), context);
  expect(file.schema.map(({ type }) => typeName(type))).toEqual([
    "INTEGER",
    "INTEGER[]",
    "STRUCT(x INTEGER, y VARCHAR)",
    "MAP(VARCHAR, DECIMAL(2,1))",
    "DATE[][]",
    "VARCHAR",
  ]);
  expect([columns[0], columns[5]]).toEqual([[1], ["b"]]);
  expect(
    file.schema.map(({ leaf, nested }) => leaf?.index ?? (nested && leavesOf(nested).map((node) => node.leaf.index))),
  ).toEqual([0, [1], [2, 3], [4, 5], [6], 7]);
});

it("files written by hyparquet-writer", async () => {
  const rows = 1000;
  const index = Array.from({ length: rows }, (_, i) => i);
  const strings = index.map((i) => (i % 5 === 0 ? null : `string ${i % 50}`));
  const integers = index.map((i) => (i * 2654435761) % 1000);
  for (const codec of ["UNCOMPRESSED", "SNAPPY"] as const) {
    const buffer = parquetWriteBuffer({
      codec,
      rowGroupSize: 300,
      pageSize: 500,
      columnData: [
        { name: "i", type: "INT32", data: integers },
        { name: "delta", type: "INT32", data: integers, encoding: "DELTA_BINARY_PACKED" },
        { name: "split", type: "DOUBLE", data: integers.map((v) => v / 3), encoding: "BYTE_STREAM_SPLIT" },
        { name: "s", type: "STRING", data: strings },
        { name: "prefixes", type: "STRING", data: strings, encoding: "DELTA_BYTE_ARRAY" },
        { name: "lengths", type: "STRING", data: strings, encoding: "DELTA_LENGTH_BYTE_ARRAY" },
        { name: "b", type: "BOOLEAN", data: index.map((i) => i % 3 === 0) },
        { name: "t", type: "TIMESTAMP", data: index.map((i) => new Date(i * 1e9)) },
      ],
    });
    const path = db.path(`hyparquet-${codec}.parquet`);
    writeFileSync(path, Buffer.from(buffer));
    expect(await differences(path)).toEqual([]);
  }
});

describe("files written by arrow-rs (parquet-wasm)", () => {
  const wasm = createRequire(import.meta.url)("parquet-wasm") as typeof import("parquet-wasm");
  const { Compression, Encoding, WriterPropertiesBuilder, WriterVersion } = wasm;

  function rewrite(
    source: string,
    target: string,
    configure: (builder: InstanceType<typeof WriterPropertiesBuilder>) => InstanceType<typeof WriterPropertiesBuilder>,
  ): void {
    const table = wasm.readParquet(readFileSync(source));
    writeFileSync(target, wasm.writeParquet(table, configure(new WriterPropertiesBuilder()).build()));
  }

  async function sample(name: string, rows: number): Promise<string> {
    const path = db.path(name);
    // Arrow has no UUID, so that annotation gets lost.
    const select = `SELECT * EXCLUDE (uuid, uuid_null) FROM (${everyType(rows)})`;
    await db.run(`COPY (${select}) TO '${path}' (FORMAT parquet, CODEC 'uncompressed')`);
    return path;
  }

  const codecs = [
    ["UNCOMPRESSED", Compression.UNCOMPRESSED],
    ["SNAPPY", Compression.SNAPPY],
    ["GZIP", Compression.GZIP],
    ["BROTLI", Compression.BROTLI],
    ["ZSTD", Compression.ZSTD],
    ["LZ4_RAW", Compression.LZ4_RAW],
    ["LZ4", Compression.LZ4],
  ] as const;
  it.each(codecs)("codec %s, both page versions, many pages", async (name, codec) => {
    const source = await sample("arrow-source.parquet", 3000);
    for (const version of [WriterVersion.V1, WriterVersion.V2]) {
      const path = db.path(`arrow-${name}-${version}.parquet`);
      rewrite(source, path, (builder) =>
        builder
          .setCompression(codec)
          .setWriterVersion(version)
          .setDataPageSizeLimit(2000)
          .setWriteBatchSize(64)
          .setMaxRowGroupSize(1024),
      );
      expect(await differences(path, source)).toEqual([]);
    }
  });

  const byKind = {
    strings: ["few", "many", "unicode", "empty", "long", "blob"],
    integers: [
      "small",
      "int",
      "big",
      "uint",
      "serial",
      "descending",
      "constant",
      "runs",
      "ts",
      "date",
      "dec9",
      "dec18",
    ],
    floats: ["real", "double", "int", "big", "dec38"],
    bools: ["bool"],
  };
  const encodings = [
    ["DELTA_BINARY_PACKED", byKind.integers, Encoding.DELTA_BINARY_PACKED],
    ["DELTA_LENGTH_BYTE_ARRAY", byKind.strings, Encoding.DELTA_LENGTH_BYTE_ARRAY],
    ["DELTA_BYTE_ARRAY", [...byKind.strings, "dec38", "dec25"], Encoding.DELTA_BYTE_ARRAY],
    ["BYTE_STREAM_SPLIT", byKind.floats, Encoding.BYTE_STREAM_SPLIT],
    ["RLE", byKind.bools, Encoding.RLE],
  ] as const;
  it.each(encodings)("encoding %s", async (name, columns, encoding) => {
    const source = await sample("encoding-source.parquet", 2500);
    for (const version of [WriterVersion.V1, WriterVersion.V2]) {
      const path = db.path(`encoding-${name}-${version}.parquet`);
      rewrite(source, path, (builder) => {
        let result = builder.setDictionaryEnabled(false).setWriterVersion(version).setCompression(Compression.SNAPPY);
        for (const column of columns) {
          result = result.setColumnEncoding(column, encoding).setColumnEncoding(`${column}_null`, encoding);
        }
        return result.setDataPageSizeLimit(4000).setWriteBatchSize(100);
      });
      expect(await differences(path, source)).toEqual([]);
    }
  });
});
