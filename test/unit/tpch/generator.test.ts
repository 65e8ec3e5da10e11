import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateChunk, type GeneratedChunk } from "../../../tpch/gen/chunk.ts";
import { referenceChecksums } from "../../../tpch/gen/checksums.ts";
import { writeDelimited } from "../../../tpch/gen/format/delimited.ts";
import { generateTpch, type Progress } from "../../../tpch/gen/generate.ts";
import { SCHEMA, TABLES, unitCount, type TableName } from "../../../tpch/gen/schema.ts";
import { createTextPool, POOL_SIZE } from "../../../tpch/gen/text-pool.ts";

const SCALE = 0.01;

function sha256(...pieces: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The values of a number column. */
function named(chunk: GeneratedChunk, name: string): readonly number[] {
  const column = chunk.columns[SCHEMA[chunk.table].findIndex((each) => each.name === name)]!;
  if (column.type === "string" || column.type === "dictionary") throw new Error(`${name} holds no numbers`);
  return Array.from(column.values as Iterable<number | bigint>, Number);
}

let pool: SharedArrayBuffer;
let directory: string;

beforeAll(async () => {
  pool = createTextPool();
  directory = await mkdtemp(join(tmpdir(), "headrace-tpch-"));
});

afterAll(() => rm(directory, { recursive: true }));

test("the text pool is one sequence of sentences, however it is cut into segments", () => {
  const hash = createHash("md5")
    .update(new Uint8Array(pool, 0, POOL_SIZE))
    .digest("hex");
  expect(hash).toBe("0f85e3af02482a7035e80b448c795a4c");
});

describe.each(referenceChecksums(SCALE))("$table", ({ table, sha256: expected }) => {
  const units = unitCount(table, SCALE);

  test("is the reference generator's, byte for byte", () => {
    expect(sha256(writeDelimited(generateChunk(table, SCALE, 0, units, pool), "tbl"))).toBe(expected);
  });

  test("is the same from ranges of any size", () => {
    const step = Math.ceil(units / 7);
    const pieces: Uint8Array[] = [];
    for (let first = 0; first < units; first += step) {
      const chunk = generateChunk(table, SCALE, first, Math.min(step, units - first), pool);
      pieces.push(writeDelimited(chunk, "tbl"));
    }
    expect(sha256(...pieces)).toBe(expected);
  });
});

describe("generateTpch", () => {
  test.each([1, 3])("writes the reference files with %i workers", async (workers) => {
    const target = join(directory, `tbl-${workers}`);
    const progress: Progress[] = [];
    await generateTpch({
      scaleFactor: SCALE,
      directory: target,
      format: "tbl",
      workers,
      onProgress: (p) => progress.push(p),
    });
    for (const { table, sha256: expected } of referenceChecksums(SCALE)) {
      expect(sha256(await readFile(join(target, `${table}.tbl`)))).toBe(expected);
    }
    expect((await readdir(target)).length).toBe(TABLES.length);
    const rows = progress.map((each) => each.rows);
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
    expect(rows.at(-1)).toBe(86805); // 60175 lines
  });

  test("writes CSV with a header and quotes where there are commas", async () => {
    await generateTpch({ scaleFactor: SCALE, directory, format: "csv", workers: 1 });
    const nation = await readFile(join(directory, "nation.csv"), "utf8");
    expect(nation.split("\n")[0]).toBe("n_nationkey,n_name,n_regionkey,n_comment");
    const lines = (await readFile(join(directory, "supplier.csv"), "utf8")).split("\n");
    expect(lines.length).toBe(102);
    expect(lines[1]).toBe(
      '1,Supplier#000000001," N kD4on9OM Ipw3,gf0JBoQDd7tgrzrddZ",17,27-918-335-1736,5755.94,each slyly above the careful',
    );
  });

  test.each([0, -1, NaN, Infinity, 30_000])("refuses scale factor %d", async (scaleFactor) => {
    await expect(generateTpch({ scaleFactor, directory, format: "tbl" })).rejects.toMatchObject({
      code: "unsupported",
    });
  });

  test("reports a directory that cannot be made", async () => {
    const file = join(directory, "a-file");
    await writeFile(file, "");
    await expect(
      generateTpch({ scaleFactor: SCALE, directory: file, format: "tbl", workers: 1 }),
    ).rejects.toMatchObject({
      name: "HeadraceError",
      code: "io",
    });
  });

  test("stops when told to and leaves no unfinished file", async () => {
    const target = join(directory, "cancelled");
    const controller = new AbortController();
    const running = generateTpch({
      scaleFactor: 10,
      directory: target,
      format: "tbl",
      workers: 1,
      signal: controller.signal,
      onProgress: ({ table }) => table === "customer" && controller.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: "cancelled" });
    expect((await readdir(target)).toSorted()).toEqual(["nation.tbl", "region.tbl", "supplier.tbl"]);
  });
});

describe("large scale factors", () => {
  test("the last orders of SF 1000", () => {
    const count = unitCount("orders", 1000);
    expect(count).toBe(1_500_000_000);
    const orders = generateChunk("orders", 1000, count - 1000, 1000, pool);
    expect(named(orders, "o_orderkey").at(-1)).toBe(6_000_000_000);
    for (const key of named(orders, "o_custkey")) {
      expect(key).toBeGreaterThanOrEqual(1);
      expect(key).toBeLessThanOrEqual(150_000_000);
      expect(key % 3).not.toBe(0);
    }
  });

  test("part keys beyond 32 bits", () => {
    const lines = generateChunk("lineitem", 20_000, unitCount("lineitem", 20_000) - 500, 500, pool);
    const keys = named(lines, "l_partkey");
    expect(Math.max(...keys)).toBeGreaterThan(2 ** 31);
    expect(Math.max(...keys)).toBeLessThanOrEqual(4_000_000_000);
    const line = text(writeDelimited(lines, "tbl")).split("\n")[0]!.split("|");
    expect(line[0]).toBe(String(named(lines, "l_orderkey")[0]));
    expect(line[1]).toBe(String(keys[0]));
  });

  test("a line's supplier supplies its part", () => {
    const scale = 0.3;
    const pairs = new Set<string>();
    const all: TableName = "partsupp";
    const supplied = generateChunk(all, scale, 0, unitCount(all, scale), pool);
    const suppliers = named(supplied, "ps_suppkey");
    named(supplied, "ps_partkey").forEach((part, row) => pairs.add(`${part}/${suppliers[row]}`));
    const lines = generateChunk("lineitem", scale, 1234, 500, pool);
    const lineSuppliers = named(lines, "l_suppkey");
    named(lines, "l_partkey").forEach((part, row) => expect(pairs.has(`${part}/${lineSuppliers[row]}`)).toBe(true));
  });
});
