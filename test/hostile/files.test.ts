/** Missing, cut and damaged Parquet files through the whole engine, on worker threads: rows or an error of ours; no crash, hang or leak. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectEngine, readConfig } from "../support/engine.ts";
import { type TestDatabase, testDatabase } from "../support/parquet.ts";
import { everyType } from "../support/parquet-samples.ts";
import type { TestSession } from "../support/session.ts";

let oracle: TestDatabase;
let db: TestSession;
beforeAll(async () => {
  oracle = await testDatabase();
  const { config, ...rest } = (await readConfig()) as { config?: object };
  db = await connectEngine({ workers: 2, ...rest, config: { inlineRows: 0, ...config } });
});
afterAll(async () => {
  await db.close();
  oracle.close();
});

/** "rows", or the code of a HeadraceError, with its message where nobody foresaw it; throws anything else. */
async function outcome(sql: string): Promise<string> {
  try {
    await db.execute(sql);
    return "rows";
  } catch (error) {
    const { name, code, message } = error as { name: string; code: string; message: string };
    if (name !== "HeadraceError") throw error;
    return code === "internal" ? `internal: ${message}` : code;
  }
}

/** Bytes of shared memory in use, and open files. */
function held(): readonly number[] {
  const { runtime } = db as unknown as { runtime: { shared: { usedBytes: number } } };
  return [runtime.shared.usedBytes, process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0];
}

/** Park-Miller: the same damage at every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

/** A damaged name makes `bind`, a damaged type `type`, a damaged value `overflow`. */
const EXPECTED = ["rows", "format", "io", "unsupported", "bind", "type", "overflow"];

const QUERIES = [
  (file: string) => `SELECT * FROM '${file}'`,
  (file: string) => `SELECT DISTINCT * FROM '${file}' ORDER BY ALL`,
  (file: string) => `SELECT few, count(*), min(many), max(big), sum(dec18) FROM '${file}' WHERE int > 0 GROUP BY few`,
  (file: string) => `SELECT count(*) FROM '${file}' a JOIN '${file}' b ON a.many = b.many WHERE a.runs BETWEEN 0 AND 1`,
];
const COLUMNS = "int, big, dec18, dec38, real, bool_null, few, few_null, many, unicode, date, ts, uuid, runs";

/** Rows of 14 types in two row groups. */
async function sample(codec: string, version: "v1" | "v2"): Promise<Buffer> {
  const path = oracle.path(`${codec}-${version}-good.parquet`);
  const options = `FORMAT parquet, CODEC '${codec}', PARQUET_VERSION '${version}', ROW_GROUP_SIZE 2048`;
  await oracle.run(`COPY (SELECT ${COLUMNS} FROM (${everyType(2500)})) TO '${path}' (${options})`);
  return readFileSync(path);
}

describe("files", () => {
  test("that are not there, or no files", async () => {
    await expect(db.execute("SELECT * FROM 'none.parquet'")).rejects.toMatchObject({
      name: "HeadraceError",
      code: "io",
      message: 'cannot open "none.parquet": no such file',
      span: { start: 14, end: 28 },
    });
    await expect(db.execute("SELECT * FROM 'none*.parquet'")).rejects.toMatchObject({ code: "io" });
    await expect(db.execute(`SELECT * FROM '${oracle.directory}/none/x.parquet'`)).rejects.toMatchObject({
      code: "io",
    });
    writeFileSync(oracle.path("empty.parquet"), "");
    expect(await outcome(`SELECT * FROM '${oracle.path("empty.parquet")}'`)).toBe("format");
    writeFileSync(oracle.path("text.parquet"), "no Parquet at all\n".repeat(1000));
    expect(await outcome(`SELECT * FROM '${oracle.path("text.parquet")}'`)).toBe("format");
  });

  test("cut anywhere", async () => {
    const bytes = await sample("snappy", "v1");
    const path = oracle.path("cut.parquet");
    const before = held();
    for (
      let size = 1;
      size < bytes.length;
      size += size < 16 || size > bytes.length - 16 ? 1 : Math.ceil(bytes.length / 300)
    ) {
      writeFileSync(path, bytes.subarray(0, size));
      expect(await outcome(QUERIES[size % 2]!(path))).toBe("format");
    }
    expect(held()).toEqual(before);
  }, 120_000);

  // The footer says most of what can go wrong, and is small: half of the changes go there.
  test.each(["uncompressed", "snappy", "zstd", "gzip"])(
    "500 copies with random bytes changed, %s",
    async (codec) => {
      const next = random(codec.length * 7919);
      const path = oracle.path(`${codec}.parquet`);
      const originals = [await sample(codec, "v1"), await sample(codec, "v2")];
      writeFileSync(path, originals[0]!);
      for (const query of QUERIES) expect(await outcome(query(path))).toBe("rows");
      const before = held();
      const outcomes = new Set<string>();
      for (let i = 0; i < 500; i++) {
        const copy = Buffer.from(originals[i % 2]!);
        const footer = copy.readUInt32LE(copy.length - 8) + 8;
        for (let n = 1 + next(3); n > 0; n--) {
          const at = next(2) === 0 ? copy.length - 1 - next(footer) : next(copy.length);
          copy[at] = next(256);
        }
        writeFileSync(path, copy);
        outcomes.add(await outcome(QUERIES[next(QUERIES.length)]!(path)));
      }
      expect(held()).toEqual(before);
      expect([...outcomes].filter((code) => !EXPECTED.includes(code))).toEqual([]);
    },
    240_000,
  );

  // Everything in them has a checksum.
  test("300 copies of a file of ours with one bit changed: its rows, or an error", async () => {
    const path = oracle.path("ours.parquet");
    const columns = `i AS a, i * 7919 % 10007 AS u, 'text ' || i * 31 % 5003 AS s, CASE WHEN i % 3 > 0 THEN i / 8 END AS d, [i, i // 2] AS l`;
    const options = "ROW_GROUP_SIZE 4000, WRITE_BLOOM_FILTER true, BLOOM_FILTER_FALSE_POSITIVE_RATIO 0.2";
    await db.execute(`COPY (SELECT ${columns} FROM range(30000) t(i)) TO '${path}' (${options})`);
    const original = readFileSync(path);
    const filters = [
      "a = 23456",
      "u = 5000",
      "s = 'text 4321'",
      "a BETWEEN 3990 AND 4010",
      "d IS NULL AND u < 100",
      "true",
    ];
    const query = async (filter: string): Promise<unknown> =>
      (
        await db.execute(
          `SELECT count(*), sum(a), sum(u), min(s), sum(d)${filter === "true" ? ", max(l)" : ""} FROM '${path}' WHERE ${filter}`,
        )
      )[0]?.rows;
    const expected = new Map<string, unknown>();
    for (const filter of filters) expected.set(filter, await query(filter));
    const footer = original.readUInt32LE(original.length - 8) + 8;
    const index = original.length - footer - 12_000;
    const next = random(31);
    const outcomes = new Set<string>();
    for (let i = 0; i < 300; i++) {
      const copy = Buffer.from(original);
      // Pages, then filters and indexes, then the footer.
      const at = [() => next(copy.length), () => index + next(12_000), () => copy.length - 1 - next(footer)][i % 3]!();
      copy[at] = (copy[at] ?? 0) ^ (1 << next(8));
      writeFileSync(path, copy);
      const filter = filters[next(filters.length)]!;
      const result = await query(filter).catch((error: unknown) => {
        if ((error as { name: string }).name !== "HeadraceError") throw error;
        outcomes.add((error as { code: string }).code);
        return expected.get(filter);
      });
      expect([at, filter, result]).toEqual([at, filter, expected.get(filter)]);
    }
    expect([...outcomes].filter((code) => !EXPECTED.includes(code))).toEqual([]);
  }, 240_000);

  test.each(["csv", "json", "ndjson", "arrow", "arrows", "csv.gz", "lz4.arrow"])(
    "150 copies with random bytes changed or cut, %s",
    async (ending) => {
      const next = random(ending.length * 104_729 + ending.charCodeAt(0));
      const path = oracle.path(`text.${ending}`);
      const rows = `SELECT i AS a, 'text ' || i AS b, i / 4 AS c, DATE '2024-01-01' + i::INT AS d FROM range(3000) t(i)`;
      const array = ending === "json" ? "(ARRAY)" : ending === "lz4.arrow" ? "(COMPRESSION lz4)" : "";
      await db.execute(`COPY (${rows}) TO '${path}' ${array}`);
      const original = readFileSync(path);
      const queries = [
        `SELECT * FROM '${path}'`,
        `SELECT max(b), sum(c) FROM '${path}' WHERE d > DATE '2024-03-01'`,
        ...(ending.startsWith("csv") ? [`SELECT a FROM read_csv('${path}', store_rejects = true)`] : []),
        ...(ending === "ndjson" ? [`SELECT a FROM read_ndjson('${path}', ignore_errors = true)`] : []),
      ];
      for (const query of queries) expect(await outcome(query)).toBe("rows");
      const before = held();
      const outcomes = new Set<string>();
      for (let i = 0; i < 150; i++) {
        const copy = Buffer.from(i % 5 === 0 ? original.subarray(0, next(original.length)) : original);
        for (let n = 1 + next(3); n > 0 && copy.length > 0; n--) copy[next(copy.length)] = next(256);
        writeFileSync(path, copy);
        outcomes.add(await outcome(queries[i % queries.length]!));
      }
      expect(held()).toEqual(before);
      expect([...outcomes].filter((code) => !EXPECTED.includes(code))).toEqual([]);
    },
    120_000,
  );
});
