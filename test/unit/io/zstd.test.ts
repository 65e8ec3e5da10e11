/** Files compressed with Zstandard: as the reference compressor writes them, put together, and damaged. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decompressZstd } from "../../../src/io/codecs/zstd-stream.ts";
import { type FileBench, fileBench } from "../../support/files.ts";
import { checkedContext } from "../../support/parquet.ts";
import { LINES, LINES_ZSTD, RUN_ZSTD } from "../../support/zstd-samples.ts";

let bench: FileBench;
beforeAll(async () => {
  bench = await fileBench();
});
afterAll(() => bench.close());

const { allocator, kernels } = checkedContext();

/** Decompresses bytes that come in pieces of `size`. */
async function decompressed(bytes: Uint8Array, size: number): Promise<string> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const parts: Uint8Array[] = [];
  for await (const part of decompressZstd(pieces(), "x", kernels, allocator)) parts.push(part);
  expect(allocator.live.size).toBe(0);
  return Buffer.concat(parts).toString();
}

/** Frames without compression: blocks as they are, a frame that is to be skipped before them. */
function stored(text: string): Buffer {
  const bytes = Buffer.from(text);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  const block = Buffer.alloc(3);
  block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  return Buffer.concat([skipped, Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), size, block, bytes]);
}

describe("Zstandard", () => {
  it.each([1, 7, 1000, 100_000])("frames in pieces of %d bytes", async (size) => {
    expect(await decompressed(LINES_ZSTD, size)).toBe(LINES);
    const both = Buffer.concat([stored("first\n"), LINES_ZSTD, stored("last\n"), RUN_ZSTD]);
    expect(await decompressed(both, size)).toBe(`first\n${LINES}last\na\n${"x".repeat(200_000)}\n`);
  });

  it("files are tables", async () => {
    const plain = bench.file("lines.csv", LINES);
    const path = bench.file("lines.csv.zst", LINES_ZSTD);
    const sums = (file: string): string => `SELECT count(*), sum(n), sum(at), min(name), max(name) FROM '${file}'`;
    expect(await bench.rows(sums(path))).toEqual(await bench.rows(sums(plain)));
    expect(await bench.rows(`SELECT length(a) FROM '${bench.file("run.csv.zst", RUN_ZSTD)}'`)).toEqual([["200000"]]);
    const two = bench.file("two.ndjson.zst", Buffer.concat([stored('{"a":1}\n'), stored('{"a":2}\n')]));
    expect(await bench.rows(`SELECT sum(a) FROM '${two}'`)).toEqual([["3"]]);
  });

  it("files that are damaged anywhere are errors, and nothing is left of them", async () => {
    const path = bench.path("damaged.csv.zst");
    const fail = async (bytes: Uint8Array): Promise<void> => {
      writeFileSync(path, bytes);
      await expect(
        bench.rows(`SELECT count(*) FROM read_csv('${path}', columns = {n: 'INT', name: 'VARCHAR', at: 'INT'})`),
      ).rejects.toMatchObject({
        code: "format",
        message: expect.stringContaining(path) as string,
      });
    };
    for (let at = 0; at < LINES_ZSTD.length; at += 97) await fail(LINES_ZSTD.subarray(0, at + 1));
    for (let at = 5; at < LINES_ZSTD.length; at += 61) {
      const copy = Buffer.from(LINES_ZSTD);
      copy[at] = (copy[at] ?? 0) ^ (1 << (at & 7));
      await fail(copy);
    }
    await fail(Buffer.concat([LINES_ZSTD, Buffer.from("more")]));
    expect(await bench.rows("SELECT 1 AS a")).toEqual([[1]]);
  });
});
