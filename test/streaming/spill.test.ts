/** States that memory has no room for. */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SharedMemory } from "../../src/exec/memory/shared-memory.ts";
import { encodeColumns } from "../../src/exec/table/encode-columns.ts";
import { createTable, releaseVersion, type TableVersion } from "../../src/exec/table/table-version.ts";
import * as types from "../../src/planner/types/types.ts";
import { Spill, spilledBytes } from "../../src/streaming/spill.ts";
import { IN_FILES } from "./prefix/judge.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-spill-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const QUERY = `SELECT a.k, a.name, b.name AS other FROM events a JOIN events b ON a.k = b.k AND a.name < b.name`;

function addEvents(file: string, first: number, count: number): void {
  const rows = Array.from({ length: count }, (_, i) => ({ k: (first + i) % 97, name: `name ${first + i}`.repeat(3) }));
  mkdirSync(join(folder, "events"), { recursive: true });
  writeFileSync(join(folder, "events", file), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

async function runJob(db: Session): Promise<number> {
  await db.execute(`
    CREATE TABLE events (k BIGINT, name VARCHAR)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/events', 'format' = 'ndjson', 'scan.monitor-interval' = '1 ms');
    CREATE TABLE pairs (k BIGINT, name VARCHAR, other VARCHAR)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/pairs', 'format' = 'ndjson')`);
  const checkpoint = { directory: join(folder, "state") };
  const job = await db.sql(QUERY).insertInto("pairs", { name: "pairs", checkpoint, epoch: { rows: 50 } });
  await job.flush();
  const spilled = job.stats().spilledBytes;
  await job.stop();
  return spilled;
}

it("go on from a checkpoint, in files and in memory", async () => {
  for (const [i, config] of [IN_FILES, {}, IN_FILES].entries()) {
    addEvents(`${i}.ndjson`, i * 200, 200);
    const db = await connect({ workers: 1 + i, config });
    try {
      expect((await runJob(db)) > 0).toBe(config === IN_FILES);
    } finally {
      await db.close();
    }
  }
  const db = await connect({ workers: 1 });
  try {
    const events = `read_json('${folder}/events/*.ndjson', format = 'newline_delimited')`;
    const expected = await db.sql(`${QUERY.replaceAll("events", events)} ORDER BY ALL`).collect();
    const written = readdirSync(join(folder, "pairs"))
      .filter((name) => name.startsWith("part-"))
      .flatMap((name) =>
        readFileSync(join(folder, "pairs", name), "utf8")
          .trimEnd()
          .split("\n"),
      );
    const lines = expected.map(({ k, name, other }) => JSON.stringify({ k: Number(k), name, other }));
    expect(written.toSorted()).toEqual(lines.toSorted());
  } finally {
    await db.close();
  }
});

it("whose chunks are full go to files, however narrow; small ones wait to be joined", async () => {
  const memory = SharedMemory.create(2 ** 28);
  const spill = new Spill(memory, { newPath: () => join(folder, randomUUID()), threshold: 0 });
  const empty = createTable([{ name: "k", type: types.INTEGER, nullable: true }], { fixed: true, stable: false });
  const rows = (count: number): TableVersion => encodeColumns(memory, empty, count, [new Int32Array(count)]);
  const [full, small] = [rows(spill.chunkRows), rows(100)];
  expect(await spill.moveOut(small)).toBeUndefined();
  const moved = (await spill.moveOut(full))!;
  expect(moved).toMatchObject({ rows: spill.chunkRows, chunks: [] });
  expect(spilledBytes(moved)).toBe(4 * spill.chunkRows);
  for (const version of [full, small, moved]) releaseVersion(memory, version);
  expect(readdirSync(folder)).toEqual([]);
});

it("that somebody still reads are not moved out over and over", async () => {
  const memory = SharedMemory.create(2 ** 28);
  const empty = createTable([{ name: "k", type: types.BIGINT, nullable: true }], { fixed: true, stable: false });
  const rows = 65_536;
  const make = (): TableVersion => encodeColumns(memory, empty, rows, [new BigInt64Array(rows)]);
  const [read, other] = [make(), make()];
  const spill = new Spill(memory, { newPath: () => join(folder, randomUUID()), threshold: memory.usedBytes - 1 });
  expect(spill.isDue).toBe(true);
  const moved = (await spill.moveOut(read))!;
  expect([memory.usedBytes > 2 * 8 * rows, spill.isDue]).toEqual([true, false]);
  // Whoever read it is done: what it took is free, and counts no longer.
  releaseVersion(memory, read);
  const third = make();
  expect(spill.isDue).toBe(true);
  for (const version of [moved, other, third]) releaseVersion(memory, version);
});

const WIDE = `
  CREATE TABLE wide (k BIGINT, text VARCHAR) WITH ('connector' = 'datagen', 'number-of-rows' = '600000',
    'fields.k.kind' = 'sequence', 'fields.k.start' = '1', 'fields.k.end' = '600000', 'fields.text.length' = '300');
  CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole')`;
const LAST = "SELECT k FROM (SELECT *, row_number() OVER (PARTITION BY k ORDER BY text) AS r FROM wide) WHERE r = 1";

it("may be larger than memory", async () => {
  const db = await connect({ workers: 2, memoryLimit: "128MB" });
  try {
    await db.execute(WIDE);
    let most = 0;
    const view = db.sql(LAST);
    const job = await view.insertInto("nowhere", {
      onEpoch: () => (most = Math.max(most, [...db.jobs()][0]?.stats().spilledBytes ?? 0)),
    });
    await job.done;
    expect(most).toBeGreaterThan(50e6);
    expect(job.stats().stateRows).toBe(600_000);
  } finally {
    await db.close();
  }
}, 120_000);

it("are made of what is pushed faster than it is computed, and looked up in files", async () => {
  const db = await connect({ workers: 2, memoryLimit: "64MB" });
  try {
    const stream = db.stream("t", { k: "INTEGER", v: "INTEGER" });
    const view = await db.sql("SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k").materialize("sums");
    const [batches, size] = [40, 10_000];
    for (let batch = 0; batch < batches; batch++)
      await stream.push(Array.from({ length: size }, (_, i) => ({ k: batch * size + i, v: 1 })));
    await view.flush();
    const changed = [3, 70_007, 399_999];
    for (let epoch = 1; epoch <= 8; epoch++) {
      await stream.push(changed.map((k) => ({ k, v: epoch })));
      await view.flush();
    }
    const { indexBytes, spilledBytes: inFiles } = view.stats();
    expect([indexBytes > 0, inFiles > 0]).toEqual([true, true]);
    expect(await db.sql(`SELECT k, n, s FROM sums WHERE n > 1 ORDER BY k`).collect({ rows: "array" })).toEqual(
      changed.map((k) => [k, 9n, 37n]),
    );
    const some = "SELECT count(*), sum(n) FROM sums WHERE k BETWEEN 5000 AND 5999";
    expect(await db.sql(some).collect({ rows: "array" })).toEqual([[1000n, 1000n]]);
  } finally {
    await db.close();
  }
}, 120_000);

it("whose files cannot be written end the job, and nothing else", async () => {
  writeFileSync(join(folder, "taken"), "");
  const db = await connect({ workers: 1, memoryLimit: "128MB", tempDirectory: join(folder, "taken") });
  try {
    await db.execute(WIDE);
    const job = await db.sql(LAST).insertInto("nowhere");
    await expect(job.done).rejects.toMatchObject({ code: "io", message: expect.stringContaining("taken") });
    expect(await db.sql("SELECT 1 AS one").collect()).toEqual([{ one: 1 }]);
  } finally {
    await db.close();
  }
}, 120_000);
