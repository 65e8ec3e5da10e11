/**
 * Conditions on the moment: after every epoch the result is what the query gives over the rows so far at the epoch's time, whether
 * rows came or time has passed. The clock is the test's.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Batch, createRandom, planEpochs, pushEpoch, rowsOf, type Tables } from "./prefix/oracle.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Row = { readonly id: number; readonly k: string; readonly z: string; readonly l: string; readonly d: string };
const SCHEMA = { id: "INTEGER", k: "VARCHAR", z: "TIMESTAMPTZ", l: "TIMESTAMP", d: "DATE" };

/** Times within two hours of the moments of the test. */
function makeRows(count: number, start: number): Row[] {
  const random = createRandom(11);
  return Array.from({ length: count }, (_, id) => {
    const iso = new Date(start + (random(240) - 120) * MINUTE + random(3) * 500).toISOString();
    const day = new Date(start + (random(5) - 2) * 24 * HOUR).toISOString().slice(0, 10);
    return { id, k: "abc"[random(3)]!, z: iso, l: iso.slice(0, -1), d: day };
  });
}

const CASES: readonly string[] = [
  "SELECT * FROM s WHERE z > now() - INTERVAL '5' MINUTE",
  "SELECT * FROM s WHERE z <= now()",
  "SELECT * FROM s WHERE z BETWEEN now() - INTERVAL 30 MINUTES AND now() + INTERVAL 20 MINUTES",
  "SELECT id FROM s WHERE l >= now() - INTERVAL '1' HOUR",
  "SELECT id FROM s WHERE l < localtimestamp AND k <> 'a'",
  "SELECT id FROM s WHERE z + INTERVAL '10' MINUTE * (id % 3) > current_timestamp",
  "SELECT id FROM s WHERE now() - z < INTERVAL '15' MINUTE",
  "SELECT id FROM s WHERE INTERVAL '15' MINUTE <= z - now()",
  "SELECT id FROM s WHERE d = current_date",
  "SELECT id FROM s WHERE d >= current_date - 1",
  "SELECT id FROM s WHERE z >= date_trunc('hour', now())",
  "SELECT id FROM s WHERE z > ago(INTERVAL '1' HOUR)",
  "SELECT id FROM s WHERE z > now() - INTERVAL 1 HOUR OR k = 'b'",
  "SELECT id FROM s WHERE id % 60 < extract(minute FROM now()) AND l::TIME < current_time",
  "SELECT id FROM s WHERE now() > TIMESTAMPTZ '2024-10-26 22:30:00+00'",
  "SELECT k, count(*) AS n, min(z) AS first, sum(id) AS total FROM s WHERE z > now() - INTERVAL 1 HOUR GROUP BY k",
  "SELECT k, max(z) AS last FROM s GROUP BY k HAVING max(z) < now() - INTERVAL 10 MINUTES",
  "SELECT * FROM s WHERE z > now() ORDER BY z, id LIMIT 3",
  "SELECT id FROM (SELECT *, row_number() OVER (PARTITION BY k ORDER BY z, id) AS r FROM s) WHERE r <= 5 AND z < now()",
  "SELECT a.id, b.id AS other FROM s a JOIN s b ON a.k = b.k AND a.id < b.id WHERE a.z > now() - INTERVAL 9 MINUTES AND b.l < now()",
  "SELECT a.id, b.id AS other FROM s a LEFT JOIN s b ON a.id = b.id + 1 AND b.z > now()",
  "SELECT id FROM s WHERE k IN (SELECT k FROM s WHERE z > now() + INTERVAL 100 MINUTES)",
  "SELECT id, x FROM s JOIN (VALUES (1, TIMESTAMPTZ '2024-10-27 00:30:00+00'), (2, TIMESTAMPTZ '2024-10-27 01:30:00+00')) v (x, at) ON s.id % 3 = x WHERE at < now()",
  "SELECT id FROM s WHERE z > now() UNION ALL SELECT -id FROM s WHERE z <= now()",
];

let db: Session;
let batch: Batch | undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(async () => {
  await db.close();
  await batch?.close();
  batch = undefined;
  vi.useRealTimers();
});

async function inZone(timeZone: string, options: { readonly compactedRows?: number } = {}): Promise<void> {
  db = await connect({ workers: 2, temporal: "string", timeZone, config: options });
}

// The second clock goes back an hour in the middle of it.
describe.each(["UTC", "Europe/Berlin"])("%s", (zone) => {
  it.each(CASES)("%s", async (sql) => {
    const start = Date.UTC(2024, 9, 27, 0, 20);
    vi.setSystemTime(start);
    await inZone(zone, { compactedRows: 4 });
    const tables: Tables = { s: { schema: SCHEMA, rows: makeRows(70, start) } };
    batch = await Batch.open(tables, zone);
    const stream = db.stream("s", SCHEMA, { changes: true });
    const view = await db.sql(sql).materialize("v");
    const random = createRandom(5);
    const epochs = planEpochs(tables, [3, 11, 1, 20, 9], 0.15, random);
    // All but the end, where everything is taken back, with pauses.
    for (const [i, epoch] of epochs.entries()) {
      for (const operations of i === epochs.length - 1 ? [[], [], epoch] : [epoch, []]) {
        vi.setSystemTime(Date.now() + random(3) * 7 * MINUTE + random(2000));
        await pushEpoch(new Map([["s", stream]]), operations);
        await view.flush();
        batch.take(operations);
        expect(await rowsOf(db, "FROM v")).toEqual(await batch.rows(sql));
      }
    }
    await view.compact();
    // Constants stay.
    expect(view.stats().stateRows).toBe(sql.includes("VALUES") ? 2 : 0);
  });
});

it("rows that have left are forgotten, and those that stay, too", async () => {
  const start = Date.UTC(2024, 0, 1);
  vi.setSystemTime(start);
  await inZone("UTC", { compactedRows: 1 });
  const stream = db.stream("s", { at: "TIMESTAMPTZ" });
  const recent = await db
    .sql("SELECT count(*) AS n FROM s WHERE at > now() - INTERVAL '1' MINUTE")
    .materialize("recent");
  const past = await db.sql("SELECT count(*) AS n FROM s WHERE at <= now()").materialize("past");
  for (let second = 0; second < 300; second += 20) {
    vi.setSystemTime(start + second * 1000);
    await stream.push([{ at: new Date(start + second * 1000) }, { at: new Date(start + (second + 30) * 1000) }]);
    await stream.flush();
  }
  const counts = async (): Promise<unknown> =>
    (await db.sql("SELECT r.n, p.n FROM recent r, past p").collect({ rows: "array" })).map((row) => row.map(Number));
  vi.setSystemTime(start + 280_001);
  await stream.flush();
  // At 280 s: those of 230 s, 240 s, ..., 280 s, and of 290 s and 310 s; all but the last two.
  expect(await counts()).toEqual([[8, 28]]);
  await recent.compact();
  await past.compact();
  // What is counted, the sums and the result of each.
  expect(recent.stats().stateRows).toBe(8 + 2);
  expect(past.stats().stateRows).toBe(2 + 2);
  vi.setSystemTime(start + HOUR);
  await recent.compact();
  await past.compact();
  expect(await counts()).toEqual([[0, 30]]);
  expect([recent.stats().stateRows, past.stats().stateRows]).toEqual([2, 2]);
});

it("a job that goes on takes back what has become too old meanwhile", async () => {
  const start = Date.UTC(2024, 0, 1);
  vi.setSystemTime(start);
  await inZone("UTC");
  const folder = await mkdtemp(join(tmpdir(), "headrace-moments-"));
  try {
    const line = (id: number, seconds: number): string => `${id},${new Date(start + seconds * 1000).toISOString()}\n`;
    await writeFile(join(folder, "rows.csv"), `id,at\n${line(1, 0)}${line(2, 40)}${line(3, 90)}`);
    await db.execute(`
      CREATE TABLE s (id INTEGER, at TIMESTAMPTZ) WITH ('connector' = 'filesystem', 'path' = '${join(folder, "rows.csv")}');
      CREATE TABLE recent (id INTEGER)
        WITH ('connector' = 'filesystem', 'path' = '${join(folder, "out")}', 'format' = 'csv', 'changelog' = 'retract')`);
    const query = db.sql("SELECT id FROM s WHERE at BETWEEN now() - INTERVAL 1 MINUTE AND now()");
    const options = { checkpoint: { directory: join(folder, "state") } };
    const written = async (): Promise<string[]> => {
      const files = (await readdir(join(folder, "out"))).filter((name) => name.endsWith(".csv")).sort();
      const texts = await Promise.all(files.map((name) => readFile(join(folder, "out", name), "utf8")));
      return texts.flatMap((text) => text.trim().split("\n").slice(1));
    };
    const job = await query.insertInto("recent", options);
    await job.flush();
    vi.setSystemTime(start + 40_000);
    await job.flush();
    await job.stop();
    expect(await written()).toEqual(["1,1", "2,1"]);
    vi.setSystemTime(start + 61_000);
    const again = await query.insertInto("recent", options);
    await again.flush();
    expect((await written()).slice(2)).toEqual(["1,-1"]);
    vi.setSystemTime(start + 600_000);
    await again.flush();
    await again.stop();
    expect((await written()).slice(3)).toEqual(["2,-1"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("time passes without rows, over tables as well", async () => {
  vi.useRealTimers();
  await inZone("UTC");
  await db.execute(`
    CREATE TABLE t (id INTEGER, at TIMESTAMPTZ);
    CREATE MATERIALIZED VIEW v AS SELECT id FROM t WHERE at > now();
    INSERT INTO t VALUES (1, now() + INTERVAL 1 SECOND), (2, now() + INTERVAL 1 HOUR)`);
  const ids = async (): Promise<unknown> => (await db.sql("FROM v ORDER BY id").collect()).map(({ id }) => id);
  expect(await ids()).toEqual([1, 2]);
  await expect.poll(ids, { timeout: 8000 }).toEqual([2]);
});

it("flush ends though windows of processing time are open", async () => {
  vi.useRealTimers();
  await inZone("UTC");
  const stream = db.stream("s", { id: "INTEGER" });
  const view = await db
    .sql(
      "SELECT count(*) AS n FROM TUMBLE(TABLE (SELECT *, PROCTIME() AS p FROM s), DESCRIPTOR(p), INTERVAL '1' DAY) GROUP BY window_end",
    )
    .materialize("v");
  await stream.push([{ id: 1 }, { id: 2 }]);
  await view.flush();
  expect(await db.sql("SELECT sum(n)::INTEGER AS n FROM v").collect()).toEqual([{ n: 2 }]);
});

it.each([
  ["SELECT now() AS t, id FROM s", "now()"],
  ["SELECT count(*) FILTER (WHERE z > now()) FROM s", "now()"],
  ["SELECT * FROM s a LEFT JOIN s b ON a.id = b.id AND (a.z > now() OR b.id = 3)", "now()"],
  ["SELECT * FROM s WHERE age(z) > INTERVAL 1 DAY", "age()"],
  ["SELECT * FROM s WHERE id > random()", "random()"],
])("%s is refused", async (sql, name) => {
  await inZone("UTC");
  db.stream("s", SCHEMA);
  const error: unknown = await db
    .sql(sql)
    .materialize("v")
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "unsupported",
    message: `${name} cannot be kept up to date by a continuous query`,
  });
});
