import { readFileSync, statSync } from "node:fs";
import * as flechette from "@uwdata/flechette";
import * as arrow from "apache-arrow";
import { openArrow } from "../../../src/io/formats/arrow/arrow-file.ts";
import { fileOf } from "../../support/parquet.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, fileBench } from "../../support/files.ts";
import { decodeLz4Frame, encodeLz4Frame } from "../../support/lz4-frame.ts";

let bench: FileBench;
beforeAll(async () => {
  bench = await fileBench();
});
afterAll(() => bench.close());

const ROWS = 66_000;
const EVERYTHING = `SELECT i::TINYINT AS i8, i::SMALLINT AS i16, i::INT AS i32, i AS i64, i::UTINYINT AS u8, i::USMALLINT AS u16, i::UINTEGER AS u32,
  i::UBIGINT AS u64, i % 7 = 0 AS ok, CASE WHEN i % 3 > 0 THEN 'text ' || i END AS s, '' AS empty, i / 3 AS d, (i / 3)::REAL AS r,
  (i * 1.25)::DECIMAL(12,2) AS dec, (i * 1000000000000)::DECIMAL(38,4) AS big, DATE '2024-01-01' + i::INT AS day,
  TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS ts, '1969-12-31 23:59:59.9'::TIMESTAMP_MS AS ms, '2024-01-01 00:00:00.123456789'::TIMESTAMP_NS AS ns,
  '2024-01-01'::TIMESTAMP_S AS sec, '2024-01-01 12:00:00+02'::TIMESTAMPTZ AS tz, TIME '01:02:03.5' AS t, INTERVAL '1 month 2 days 3.5 seconds' AS iv,
  (i::HUGEINT - 3) * 100000000000000000000 AS h, '6f3b0f3e-8e5e-4d7a-9c1b-2f1d3e4c5b6a'::UUID AS u, '\\x00a'::BLOB AS bl, NULL AS n,
  [i, NULL, i + 1] AS l, [i, i + 1]::BIGINT[2] AS arr, {'a': i, 'b': CASE WHEN i % 2 = 0 THEN 'x' END} AS st, [{'a': [i]}] AS deep,
  CASE WHEN i % 5 > 0 THEN MAP {'k' || i: i} END AS m FROM (SELECT range % 100 AS i FROM range(${ROWS}))`;

describe("Arrow files", () => {
  it.each(["arrow", "arrows"])("keep all types: %s", async (ending) => {
    const path = bench.path(`everything.${ending}`);
    expect(await bench.db.sql(EVERYTHING).write.arrow(path)).toBe(ROWS);
    expect(await bench.types(`FROM '${path}'`)).toEqual(await bench.types(EVERYTHING));
    const both = `SELECT count(*) FROM (FROM (${EVERYTHING}) WHERE i64 > 97 EXCEPT ALL FROM '${path}' WHERE i64 > 97)`;
    expect(await bench.rows(both)).toEqual([["0"]]);
    expect(await bench.rows(`SELECT count(*), count(s), count(m), count(n) FROM read_arrow('${path}')`)).toEqual([
      [String(ROWS), "43560", "52800", "0"],
    ]);
    const table = arrow.tableFromIPC(readFileSync(path));
    expect([table.numRows, table.batches.length]).toEqual([ROWS, 2]);
    expect(table.get(104)?.toJSON()).toMatchObject({ i64: 4n, s: "text 4", day: 1704412800000 });
  });

  it("without rows have columns", async () => {
    const path = bench.path("none.arrow");
    expect(await bench.db.sql(`${EVERYTHING} WHERE i < 0`).write.arrow(path)).toBe(0);
    expect(await bench.types(`SELECT i8, st FROM '${path}'`)).toEqual(["i8 TINYINT", "st STRUCT(a BIGINT, b VARCHAR)"]);
    expect(await bench.rows(`FROM '${path}'`)).toEqual([]);
    expect(arrow.tableFromIPC(readFileSync(path)).schema.fields.length).toBe(32);
  });

  it("of other writers have dictionaries, several batches and types of their own", async () => {
    const words = arrow.vectorFromArray(
      ["x", null, "y", "x"],
      new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()),
    );
    const numbers = arrow.vectorFromArray([1, 2, null, 4], new arrow.Float32());
    const times = arrow.vectorFromArray([1, 2, 3, null], new arrow.TimeSecond());
    const dates = arrow.vectorFromArray(
      [new Date(0), null, new Date(-1), new Date(86_400_000)],
      new arrow.DateMillisecond(),
    );
    const lists = arrow.vectorFromArray(
      [["a"], [], null, ["b", null]],
      new arrow.List(new arrow.Field("item", new arrow.Utf8(), true)),
    );
    const half = arrow.makeVector(
      arrow.makeData({ type: new arrow.Float16(), data: new Uint16Array([0x3c00, 0xfc00, 0x0001, 0xc500]) }),
    );
    const lasting = arrow.vectorFromArray([1n, -1n, null, 2n], new arrow.DurationMillisecond());
    const table = new arrow.Table({ words, numbers, times, dates, lists, half, lasting });
    const twice = table.concat(table);
    const expected = [
      ["x", 1, "00:00:01", "1970-01-01", ["a"], 1, { months: 0, days: 0, micros: "1000" }],
      [null, 2, "00:00:02", null, [], "-Infinity", { months: 0, days: 0, micros: "-1000" }],
      ["y", null, "00:00:03", "1969-12-31", null, 2 ** -24, null],
      ["x", 4, null, "1970-01-02", ["b", null], -5, { months: 0, days: 0, micros: "2000" }],
    ];
    for (const format of ["file", "stream"] as const) {
      const path = bench.file(`other.${format}.arrow`, arrow.tableToIPC(twice, format));
      expect(await bench.rows(`FROM '${path}'`)).toEqual([...expected, ...expected]);
      expect(await bench.rows(`SELECT words, count(*) FROM '${path}' GROUP BY ALL ORDER BY ALL`)).toEqual([
        ["x", "4"],
        ["y", "2"],
        [null, "2"],
      ]);
    }
  });

  it.each(["arrow", "arrows"])("are written with LZ4, and apache-arrow reads them: %s", async (ending) => {
    const rows = 5000;
    const everything = EVERYTHING.replace(String(ROWS), String(rows));
    const [plain, small] = [bench.path(`plain.${ending}`), bench.path(`small.${ending}`)];
    await bench.db.sql(everything).write.arrow(plain);
    const format = ending === "arrows" ? "stream" : "file";
    expect(await bench.db.sql(everything).write.arrow(small, { compression: "lz4", format })).toBe(rows);
    expect(statSync(small).size * 3).toBeLessThan(statSync(plain).size);
    expect(
      await bench.rows(
        `SELECT count(*) FROM (FROM '${small}' WHERE i64 > 97 EXCEPT ALL FROM '${plain}' WHERE i64 > 97)`,
      ),
    ).toEqual([["0"]]);
    expect(await bench.types(`FROM '${small}'`)).toEqual(await bench.types(everything));
    const codec = { encode: encodeLz4Frame, decode: decodeLz4Frame };
    arrow.compressionRegistry.set(arrow.CompressionType.LZ4_FRAME, codec);
    flechette.setCompressionCodec(flechette.CompressionType.LZ4_FRAME, codec);
    const [a, b] = [small, plain].map((path) => arrow.tableFromIPC(readFileSync(path)));
    expect(a!.schema.toString()).toBe(b!.schema.toString());
    const shown = (table: arrow.Table | undefined, row: number): string => String(table!.get(row));
    for (const row of [0, 104, rows - 1]) expect(shown(a, row)).toBe(shown(b, row));
    const columns = flechette.tableFromIPC(readFileSync(small)).select(["i64", "s", "dec", "l"]);
    expect(columns.numRows).toBe(rows);
    expect(columns.at(4999)).toMatchObject({ i64: 99, s: null, dec: 123.75 });
  });

  it.each(["lz4", "lz4 of independent blocks", "zstd"])("may be compressed: %s", async (codec) => {
    const type = codec === "zstd" ? arrow.CompressionType.ZSTD : arrow.CompressionType.LZ4_FRAME;
    const lengths: number[] = [];
    const encode = (bytes: Uint8Array): Uint8Array => {
      lengths.push(bytes.length);
      return codec === "zstd" ? plainZstd(bytes) : encodeLz4Frame(bytes, codec.includes("independent"));
    };
    arrow.compressionRegistry.set(type, { encode, decode: (bytes) => bytes });
    // Registering tries the codec.
    lengths.length = 0;
    const texts = Array.from({ length: 30_000 }, (_, i) => (i % 11 === 0 ? null : `text number ${i % 1000}`));
    const table = new arrow.Table({
      s: arrow.vectorFromArray(texts, new arrow.Utf8()),
      i: arrow.vectorFromArray(Int32Array.from(texts, (_, i) => i)),
      z: arrow.vectorFromArray(new Int32Array(30_000)),
    });
    const bytes = Buffer.from(
      new arrow.RecordBatchFileWriter({ compressionType: type }).writeAll(table).toUint8Array(true),
    );
    const path = bench.path(`${codec}.arrow`);
    // This writer notes the compressed length where the other one belongs.
    for (const { buffers } of openArrow(fileOf(bytes, path)).batches)
      for (const { offset } of buffers.filter((buffer) => buffer.bytes > 0)) {
        const length = lengths.shift() ?? 0;
        if (bytes.readBigInt64LE(offset) >= 0n) bytes.writeBigInt64LE(BigInt(length), offset);
      }
    bench.file(`${codec}.arrow`, bytes);
    expect(await bench.rows(`SELECT count(*), count(s), sum(i), sum(z), min(s), max(s) FROM '${path}'`)).toEqual([
      ["30000", "27272", "449985000", "0", "text number 0", "text number 999"],
    ]);
  });

  it("that are damaged end in errors of ours", async () => {
    const path = bench.path("good.arrow");
    await bench.db.sql(`${EVERYTHING} LIMIT 50`).write.arrow(path);
    const good = readFileSync(path);
    let seed = 42;
    const next = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    const codes = new Set<string>();
    const outcome = async (name: string, bytes: Uint8Array): Promise<void> => {
      const damaged = bench.file(name, bytes);
      await bench.db
        .sql(`SELECT * FROM read_arrow('${damaged}')`)
        .collect()
        .then(
          () => codes.add("rows"),
          (error: { code?: string; message: string }) =>
            codes.add(error.code === "internal" ? error.message : String(error.code)),
        );
    };
    for (let i = 0; i < 300; i++) {
      const copy = Buffer.from(good);
      for (let n = 1 + next(4); n > 0; n--)
        copy[next(2) === 0 ? next(copy.length) : copy.length - 1 - next(4000)] = next(256);
      await outcome("damaged.arrow", copy);
    }
    for (let size = 0; size < good.length; size += Math.ceil(good.length / 60))
      await outcome("cut.arrow", good.subarray(0, size));
    for (let size = 9; size < 4000; size += 61) await outcome("cut.arrows", good.subarray(8, size));
    expect(
      [...codes].filter((code) => !["rows", "format", "unsupported", "bind", "overflow", "type", "io"].includes(code)),
    ).toEqual([]);
    await expect(bench.rows(`FROM read_arrow('${bench.file("none", "no Arrow at all")}')`)).rejects.toMatchObject({
      code: "format",
    });
  });
});

/** A Zstandard frame of blocks that are stored, or repeat one byte. */
function plainZstd(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58)];
  for (let at = 0; at < bytes.length || at === 0; at += 100_000) {
    const block = bytes.subarray(at, at + 100_000);
    const repeats = block.every((byte) => byte === block[0]);
    const last = at + 100_000 >= bytes.length ? 1 : 0;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | (repeats ? 2 : 0) | last, 0, 3);
    parts.push(head, repeats ? block.subarray(0, 1) : block);
  }
  return Buffer.concat(parts);
}
