import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HeadraceError } from "../../../src/error.ts";
import { runAtOnce } from "../../../src/exec/table/slices.ts";
import { openParquet } from "../../../src/io/formats/parquet/parquet-file.ts";
import { encodeRowGroup } from "../../../src/io/formats/parquet/write-row-group.ts";
import { ParquetFileWriter } from "../../../src/io/formats/parquet/parquet-writer.ts";
import type { WriteField } from "../../../src/io/formats/parquet/write-schema.ts";
import { LocalFile } from "../../../src/io/stores/file.ts";
import { everyType } from "../../support/parquet-samples.ts";
import {
  type CheckedContext,
  checkedContext,
  fileOf,
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

/** Reads everything; "read" or the code of a HeadraceError. Anything else, such as a trap, is thrown on. */
function outcome(bytes: Uint8Array): string {
  try {
    readColumns(fileOf(bytes), context);
    return "read";
  } catch (error) {
    if (error instanceof HeadraceError) return error.code;
    throw error;
  }
}

const ALLOWED = ["read", "format", "io", "unsupported"];

/** Park-Miller: the same mutations at every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

const CODECS = ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"];

async function small(codec: string, version: string, columns: string): Promise<Uint8Array> {
  const path = db.path(`${codec}-${version}.parquet`);
  const options = `FORMAT parquet, CODEC '${codec}', PARQUET_VERSION '${version}'`;
  await db.run(`COPY (SELECT ${columns} FROM (${everyType(120)})) TO '${path}' (${options})`);
  return readFileSync(path);
}

describe("damaged files", () => {
  const columns = "big, int_null, few_null, many, unicode, dec38, bool_null, real, serial, tiny, descending";

  it.each(CODECS)("400 copies with random bytes changed, codec %s", async (codec) => {
    const next = random(codec.length * 7919);
    for (const version of ["v1", "v2"]) {
      const original = await small(codec, version, columns);
      expect(outcome(original)).toBe("read");
      for (let i = 0; i < 200; i++) {
        const copy = original.slice();
        for (let n = 1 + next(4); n > 0; n--) copy[next(copy.length)] = next(256);
        expect(ALLOWED).toContain(outcome(copy));
      }
      expect(context.allocator.live.size).toBe(0);
    }
  });

  it.each(["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BINARY_PACKED"] as const)(
    "300 copies with random bytes changed, encoding %s",
    async (encoding) => {
      const wasm = createRequire(import.meta.url)("parquet-wasm") as typeof import("parquet-wasm");
      const integers = encoding === "DELTA_BINARY_PACKED";
      const table = wasm.readParquet(
        await small("uncompressed", "v1", integers ? "int_null, big, runs" : "many, few_null, unicode"),
      );
      const properties = new wasm.WriterPropertiesBuilder()
        .setDictionaryEnabled(false)
        .setEncoding(wasm.Encoding[encoding])
        .setCompression(wasm.Compression.UNCOMPRESSED);
      const original = wasm.writeParquet(table, properties.build());
      expect(outcome(original)).toBe("read");
      const next = random(encoding.length * 104729);
      for (let i = 0; i < 300; i++) {
        const copy = original.slice();
        for (let n = 1 + next(4); n > 0; n--) copy[next(copy.length)] = next(256);
        expect(ALLOWED).toContain(outcome(copy));
      }
    },
  );

  it("every byte of the page headers and the footer set to extremes", async () => {
    const original = await small("snappy", "v2", "int_null, few");
    for (let at = 0; at < original.length; at++) {
      for (const byte of [0, 127, 128, 255]) {
        const copy = original.slice();
        copy[at] = byte;
        expect(ALLOWED).toContain(outcome(copy));
      }
    }
  });

  it("cut at every byte", async () => {
    const original = await small("snappy", "v1", "int_null, few, many");
    for (let length = 0; length < original.length; length++) {
      expect(["format", "io"]).toContain(outcome(original.subarray(0, length)));
    }
  });

  it("a byte changed anywhere in a file of ours: an error or the same rows", async () => {
    const fields: WriteField[] = [
      { name: "a", type: { kind: "Decimal", precision: 9, scale: 2 }, nullable: false },
      { name: "b", type: { kind: "BigInt" }, nullable: true },
      { name: "c", type: { kind: "Date" }, nullable: false },
    ];
    const index = Array.from({ length: 200 }, (_, i) => i);
    const inputs = [
      { values: Int32Array.from(index, (i) => Math.imul(i, 0x9e3779b1)) },
      { values: BigInt64Array.from(index, (i) => BigInt(i % 5)), validity: new Uint8Array(25).fill(0x5b) },
      { values: Int32Array.from(index, (i) => i * 3) },
    ];
    const path = db.path("checksums.parquet");
    const writer = await ParquetFileWriter.create(path, fields);
    await writer.append(runAtOnce(encodeRowGroup(fields, inputs, 200, context)));
    await writer.finish();
    const original = new Uint8Array(readFileSync(path));
    const content = (bytes: Uint8Array): string => {
      const { file, columns: values } = readColumns(fileOf(bytes), context);
      const shown = [
        values,
        file.schema,
        file.rowGroups.map((group) => group.columns.map((chunk) => chunk?.statistics)),
      ];
      return JSON.stringify(shown, showBigints);
    };
    const before = content(original);
    for (let at = 0; at < original.length; at++) {
      for (const bit of [1, 0x10, 0x80]) {
        const copy = original.slice();
        copy[at] = (copy[at] ?? 0) ^ bit;
        let after = before;
        try {
          after = content(copy);
        } catch (error) {
          if (!(error instanceof HeadraceError)) throw error;
        }
        expect(after, `byte ${at} of ${original.length}`).toBe(before);
      }
    }
  });
});

function showBigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

describe("what is no Parquet file", () => {
  it.each([
    ["", "shorter"],
    ["PAR1", "shorter"],
    ["hello, this is some text", "PAR1"],
    [`PAR1${"\0".repeat(20)}PAR1`, "ends early"],
  ])("%j", (text, message) => {
    expect(() => runAtOnce(openParquet(fileOf(Buffer.from(text))))).toThrow(message);
  });

  it("a missing file, a directory", () => {
    expect(() => new LocalFile(db.path("missing.parquet"))).toThrow("no such file");
    expect(() => new LocalFile(db.directory)).toThrow("not a file");
  });
});
