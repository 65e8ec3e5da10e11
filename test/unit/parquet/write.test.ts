import { existsSync, readdirSync } from "node:fs";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runAtOnce } from "../../../src/exec/table/slices.ts";
import type { WriteCodec } from "../../../src/io/codecs/compress.ts";
import { openParquet } from "../../../src/io/formats/parquet/parquet-file.ts";
import { ParquetFileWriter } from "../../../src/io/formats/parquet/parquet-writer.ts";
import {
  type ColumnInput,
  encodeRowGroup,
  type FixedValues,
  type StringValues,
  type WriteOptions,
} from "../../../src/io/formats/parquet/write-row-group.ts";
import type { WriteField } from "../../../src/io/formats/parquet/write-schema.ts";
import { LocalFile } from "../../../src/io/stores/file.ts";
import type { SqlType } from "../../../src/planner/types/types.ts";
import { type Value } from "../../support/column-values.ts";
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

/** A column to write, and its values as `columnValues` shows them. */
type Sample = { readonly field: WriteField; readonly input: ColumnInput; readonly expected: Value[] };

function strings(values: readonly string[]): StringValues {
  const parts = values.map((value) => Buffer.from(value, "utf8"));
  const offsets = new Int32Array(values.length + 1);
  parts.forEach((part, i) => (offsets[i + 1] = (offsets[i] ?? 0) + part.length));
  return { bytes: Buffer.concat(parts), offsets };
}

function sample(name: string, type: SqlType, values: FixedValues | StringValues, expected: readonly Value[]): Sample[] {
  const isNull = (i: number): boolean => i % 3 === 1 || (i >= 40 && i < 80);
  const validity = new Uint8Array(Math.ceil(expected.length / 8));
  expected.forEach((_, i) => {
    if (!isNull(i)) validity[i >> 3] = (validity[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return [
    { field: { name, type, nullable: false }, input: { values }, expected: [...expected] },
    {
      field: { name: `${name}_null`, type, nullable: true },
      input: { values, validity },
      expected: expected.map((value, i) => (isNull(i) ? null : value)),
    },
    { field: { name: `${name}_full`, type, nullable: true }, input: { values }, expected: [...expected] },
  ];
}

function samples(rows: number): Sample[] {
  const index = Array.from({ length: rows }, (_, i) => i);
  const mix = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >> 3;
  const big = (i: number): bigint => BigInt.asIntN(64, BigInt(i + 1) * 0x9e3779b97f4a7c15n);
  const wide = (i: number): bigint => big(i) * 10_000_000_000n;
  const words = (values: bigint[]): BigInt64Array =>
    BigInt64Array.from(values.flatMap((value) => [BigInt.asIntN(64, value), value >> 64n]));
  const text = (values: string[]): Value[] => values.map((value) => Buffer.from(value).toString("latin1"));
  const ints = index.map(mix);
  const few = index.map((i) => i % 11);
  const bigs = index.map(big);
  const wides = index.map(wide);
  const many = index.map((i) => `número ${mix(i)} ${"x".repeat(i % 30)}`);
  const some = index.map((i) => (i % 5 === 0 ? "" : `word ${i % 17}`));
  const doubles = index.map((i) => mix(i) / 7);
  const bools = index.map((i) => mix(i) % 3 === 0);
  const decimal = (precision: number, scale: number): SqlType => ({ kind: "Decimal", precision, scale });
  const micros: SqlType = { kind: "Timestamp", unit: "us" };
  return [
    sample("int", { kind: "Integer" }, Int32Array.from(ints), ints),
    sample("few", { kind: "Integer" }, Int32Array.from(few), few),
    sample(
      "tiny",
      { kind: "TinyInt" },
      Int8Array.from(few, (v) => v - 5),
      few.map((v) => v - 5),
    ),
    sample(
      "utiny",
      { kind: "UTinyInt" },
      Uint8Array.from(few, (v) => v * 23),
      few.map((v) => v * 23),
    ),
    sample(
      "small",
      { kind: "SmallInt" },
      Int16Array.from(few, (v) => v * 999 - 5000),
      few.map((v) => v * 999 - 5000),
    ),
    sample(
      "usmall",
      { kind: "USmallInt" },
      Uint16Array.from(few, (v) => v * 5957),
      few.map((v) => v * 5957),
    ),
    sample(
      "uint",
      { kind: "UInteger" },
      Uint32Array.from(ints),
      ints.map((v) => v >>> 0),
    ),
    sample("big", { kind: "BigInt" }, BigInt64Array.from(bigs), bigs),
    sample(
      "ubig",
      { kind: "UBigInt" },
      BigUint64Array.from(bigs),
      bigs.map((v) => BigInt.asUintN(64, v)),
    ),
    sample("dec7", decimal(7, 2), Int32Array.from(few), few),
    sample("dec9", decimal(9, 2), BigInt64Array.from(few, BigInt), few),
    sample("dec15", decimal(15, 2), BigInt64Array.from(ints, BigInt), ints.map(BigInt)),
    sample("dec15n", decimal(15, 2), Int32Array.from(ints), ints.map(BigInt)),
    sample("dec38", decimal(38, 5), words(wides), wides),
    sample("uuid", { kind: "Uuid" }, words(wides), wides),
    sample("real", { kind: "Real" }, Float32Array.from(doubles), doubles.map(Math.fround)),
    sample("double", { kind: "Double" }, Float64Array.from(doubles), doubles),
    sample("bool", { kind: "Boolean" }, Uint8Array.from(bools, Number), bools),
    sample(
      "date",
      { kind: "Date" },
      Int32Array.from(few, (v) => v * 1000 - 3000),
      few.map((v) => v * 1000 - 3000),
    ),
    sample(
      "time",
      { kind: "Time" },
      BigInt64Array.from(few, (v) => BigInt(v) * 7_000_000_001n),
      few.map((v) => BigInt(v) * 7_000_000_001n),
    ),
    sample(
      "ts",
      micros,
      BigInt64Array.from(ints, (v) => BigInt(v) * 1_000_003n),
      ints.map((v) => BigInt(v) * 1_000_003n),
    ),
    sample("tz", { kind: "TimestampTz" }, BigInt64Array.from(ints, BigInt), ints.map(BigInt)),
    sample("many", { kind: "Varchar" }, strings(many), text(many)),
    sample("some", { kind: "Varchar" }, strings(some), text(some)),
    sample("blob", { kind: "Blob" }, strings(many), text(many)),
  ].flat();
}

async function write(name: string, columns: readonly Sample[], groups: number, options: WriteOptions): Promise<string> {
  const fields = columns.map(({ field }) => field);
  const rows = columns[0]?.expected.length ?? 0;
  const writer = await ParquetFileWriter.create(db.path(name), fields);
  for (let i = 0; i < groups; i++) {
    await writer.append(
      runAtOnce(
        encodeRowGroup(
          fields,
          columns.map(({ input }) => input),
          rows,
          context,
          options,
        ),
      ),
    );
  }
  expect(context.allocator.live.size).toBe(0);
  await writer.finish(new Map([["key", "value"]]));
  return writer.path;
}

/** Columns of `values` that are not what was written. */
function differences(columns: readonly Sample[], values: readonly (readonly Value[])[], groups: number): string[] {
  return columns.flatMap(({ field, expected }, i) => {
    const all = Array.from({ length: groups }, () => expected).flat();
    const got = values[i] ?? [];
    const row = all.findIndex((value, at) => !Object.is(value, got[at]));
    if (row < 0 && got.length === all.length) return [];
    return [`${field.name} row ${row} of ${got.length}: ${String(got[row])}, expected ${String(all[row])}`];
  });
}

describe("written files", () => {
  const codecs: WriteCodec[] = ["none", "snappy", "gzip", "brotli", "lz4_raw"];
  it.each(codecs)("codec %s: the same values in DuckDB and here", async (codec) => {
    const columns = samples(5003);
    const path = await write(`w-${codec}.parquet`, columns, 2, { codec, pageBytes: 5000 });
    const { file, columns: ours } = readColumns(new LocalFile(path), context);
    expect(differences(columns, ours, 2)).toEqual([]);
    expect(differences(columns, await duckdbColumns(db, path, file.schema), 2)).toEqual([]);
    expect(file.keyValueMetadata.get("key")).toBe("value");
    expect(file.schema.map(({ name, type, nullable }) => ({ name, type, nullable }))).toEqual(
      columns.map(({ field }) => field),
    );
  });

  it.each([1, 7, 8, 9, 64, 1000])("%d rows, without dictionaries, deltas where even", async (rows) => {
    const columns = samples(rows);
    const path = await write(`rows-${rows}.parquet`, columns, 1, { dictionary: false, delta: rows % 2 === 0 });
    const { file, columns: ours } = readColumns(new LocalFile(path), context);
    expect(differences(columns, ours, 1)).toEqual([]);
    expect(differences(columns, await duckdbColumns(db, path, file.schema), 1)).toEqual([]);
  });

  it("no rows at all", async () => {
    const columns = samples(0);
    const path = await write("no-rows.parquet", columns, 1, {});
    expect(readColumns(new LocalFile(path), context).file.rows).toBe(0);
    expect(await db.columns(`SELECT count(*)::INTEGER FROM '${path}'`)).toEqual([[0]]);
  });

  it("the same strings and integers in hyparquet", async () => {
    const columns = samples(500).filter(({ field }) =>
      /^(int|few|big|many|some|bool|double)(_null)?$/.test(field.name),
    );
    const path = await write("hyparquet.parquet", columns, 2, { pageBytes: 700 });
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(path), rowFormat: "object" });
    const values = columns.map(({ field }) =>
      rows.map((row): Value => {
        const value = row[field.name] as Value;
        return typeof value === "string" ? Buffer.from(value).toString("latin1") : value;
      }),
    );
    expect(differences(columns, values, 2)).toEqual([]);
  });

  it("statistics are bounds that DuckDB understands", async () => {
    const columns = samples(3000);
    const path = await write("statistics.parquet", columns, 1, {});
    const group = runAtOnce(openParquet(new LocalFile(path))).rowGroups[0];
    const wrong = columns.flatMap(({ field, expected }, i) => {
      const { min, max, nullCount } = group?.columns[i]?.statistics ?? {};
      const present = expected.filter((value) => value !== null);
      if (nullCount !== expected.length - present.length) return [`${field.name}: ${nullCount} NULLs`];
      const text = (value: unknown): unknown =>
        value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
      const least = present.reduce((a, b) => (b < a ? b : a));
      const most = present.reduce((a, b) => (b > a ? b : a));
      if (field.type.kind === "Uuid") return [];
      // DECIMAL bounds are bigint in every lane.
      const decimal = field.type.kind === "Decimal";
      const shown = (value: Value): unknown => (decimal && typeof value === "number" ? BigInt(value) : value);
      return text(min) === shown(least) && text(max) === shown(most)
        ? []
        : [`${field.name}: ${String(text(min))} ${String(text(max))}, not ${String(least)} ${String(most)}`];
    });
    expect(wrong).toEqual([]);
    const stored = "SELECT count(*)::INTEGER FROM parquet_metadata('" + path + "') WHERE stats_min_value IS NULL";
    expect(await db.columns(stored)).toEqual([[0]]);
    const pruned = await db.columns(`SELECT count(*)::INTEGER FROM '${path}' WHERE "some" = 'word 3' AND few < 4`);
    const some = columns.find(({ field }) => field.name === "some")?.expected ?? [];
    expect(pruned).toEqual([[some.filter((value, i) => value === "word 3" && i % 11 < 4).length]]);
  });

  it("NaN leaves no bounds, zeros have both signs", async () => {
    const column = (values: number[]): Sample => {
      const input = { values: Float64Array.from(values) };
      return { field: { name: "x", type: { kind: "Double" }, nullable: false }, input, expected: values };
    };
    const statistics = async (name: string, values: number[]): Promise<unknown[]> => {
      const path = await write(name, [column(values)], 1, {});
      const found = runAtOnce(openParquet(new LocalFile(path))).rowGroups[0]?.columns[0]?.statistics;
      return [found?.min, found?.max];
    };
    expect(await statistics("nan.parquet", [1, Number.NaN, 3])).toEqual([undefined, undefined]);
    expect(await statistics("zero.parquet", [0, 0, -0])).toEqual([-0, 0]);
  });

  it("appears under its name only when finished", async () => {
    const field: WriteField = { name: "a", type: { kind: "Integer" }, nullable: false };
    const path = db.path("atomic.parquet");
    const writer = await ParquetFileWriter.create(path, [field]);
    expect(existsSync(path)).toBe(false);
    await writer.abort();
    expect(readdirSync(db.directory).filter((name) => name.startsWith("atomic"))).toEqual([]);
  });
});

describe("refused input", () => {
  const field: WriteField = { name: "a", type: { kind: "Integer" }, nullable: false };
  const encode = (input: ColumnInput, rows: number, as: WriteField = field): unknown =>
    runAtOnce(encodeRowGroup([as], [input], rows, context));

  it("NULLs in a NOT NULL column", () => {
    expect(() => encode({ values: Int32Array.of(1, 2), validity: Uint8Array.of(1) }, 2)).toThrow("NOT NULL");
  });
  it("too few values, or of another width", () => {
    expect(() => encode({ values: Int32Array.of(1) }, 2)).toThrow("cannot be written");
    expect(() => encode({ values: Float64Array.of(1, 2) }, 2)).toThrow("cannot be written");
  });
  it("a decimal that does not fit its type", () => {
    const decimal: WriteField = { name: "d", type: { kind: "Decimal", precision: 9, scale: 0 }, nullable: false };
    expect(() => encode({ values: BigInt64Array.of(1n << 40n) }, 1, decimal)).toThrow("out of the range");
  });
  it("types that cannot be written", () => {
    expect(() => encode({ values: new BigInt64Array(2) }, 1, { ...field, type: { kind: "Interval" } })).toThrow(
      "not supported yet",
    );
  });
  it("leaves nothing allocated", () => {
    expect(context.allocator.live.size).toBe(0);
  });
});
