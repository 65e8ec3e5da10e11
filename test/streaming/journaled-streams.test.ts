/** Streams whose rows the program pushes, and jobs with checkpoints. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Job, type JobOptions, type Session, type Stream } from "headrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomNumbers } from "./checkpoint/support.ts";

let db: Session;
let folder: string;
let copies = 0;
beforeEach(async () => {
  db = await connect({ workers: 1 });
  folder = mkdtempSync(join(tmpdir(), "headrace-pushed-"));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Goes on as a process would that was started after this one was killed now. */
async function crash(workers: number): Promise<void> {
  const copy = join(tmpdir(), `headrace-pushed-copy-${process.pid}-${copies++}`);
  cpSync(folder, copy, { recursive: true, filter: (path) => !/LOCK/.test(path) });
  await db.close();
  rmSync(folder, { recursive: true });
  folder = copy;
  db = await connect({ workers });
}

async function restart(workers: number): Promise<void> {
  await db.close();
  db = await connect({ workers });
}

async function start(select: string, columns: string, options: Partial<JobOptions> = {}): Promise<Job> {
  await db.execute(`
    CREATE TABLE result (${columns})
      WITH ('connector' = 'filesystem', 'path' = '${folder}/files', 'format' = 'ndjson', 'changelog' = 'retract')`);
  return db.sql(select).insertInto("result", {
    name: "job",
    ...options,
    checkpoint: { directory: join(folder, "state"), ...options.checkpoint },
  });
}

/** Rows with their weights added up. */
function result(): readonly string[] {
  const sums = new Map<string, number>();
  for (const name of readdirSync(join(folder, "files")).filter((file) => file.startsWith("part-"))) {
    for (const text of readFileSync(join(folder, "files", name), "utf8")
      .trim()
      .split("\n")) {
      const { weight, ...row } = JSON.parse(text) as { readonly weight: number };
      const key = JSON.stringify(Object.values(row));
      sums.set(key, (sums.get(key) ?? 0) + weight);
    }
  }
  return [...sums].flatMap(([row, sum]) => Array<string>(sum).fill(row)).sort();
}

const journals = (): readonly string[] => readdirSync(join(folder, "state", "journals", "s"));

it("what was pushed is there after a crash, once", async () => {
  const select = "SELECT k, count(*), sum(v) FROM s GROUP BY k";
  const columns = "k VARCHAR, n BIGINT, total HUGEINT";
  const stream = (): Stream => db.stream("s", { k: "VARCHAR", v: "BIGINT" }, { changes: true });
  let rows = stream();
  await start(select, columns, { epoch: { ms: 100_000, rows: 1_000_000 } });
  await rows.push([
    { k: "a", v: 1n },
    { k: "b", v: 2n },
  ]);
  await rows.push({ k: null, v: 3n });
  await crash(2);
  rows = stream();
  let job = await start(select, columns);
  await job.flush();
  expect(result()).toEqual(['["a",1,1]', '["b",1,2]', "[null,1,3]"]);
  await rows.remove({ k: "b", v: 2n });
  await job.flush();
  await crash(1);
  rows = stream();
  job = await start(select, columns);
  expect(result()).toEqual(['["a",1,1]', "[null,1,3]"]);
  await rows.push({ k: "a", v: 5n });
  await job.stop();
  await rows.push({ k: "a", v: 7n }); // nobody reads it
  await restart(2);
  rows = stream();
  job = await start(select, columns);
  await job.flush();
  expect(result()).toEqual(['["a",2,6]', "[null,1,3]"]);
});

it("values of all types come back as they were", async () => {
  const types = {
    a: "DOUBLE",
    b: "HUGEINT",
    c: "DECIMAL(20, 3)",
    d: "DATE",
    e: "TIMESTAMPTZ",
    f: "BLOB",
    g: "INTEGER[]",
    h: "STRUCT(x VARCHAR, y DOUBLE)",
    i: "INTERVAL",
    j: "UUID",
    k: "BOOLEAN",
  };
  const select =
    "SELECT a::VARCHAR, b::VARCHAR, c::VARCHAR, d::VARCHAR, e::VARCHAR, f::VARCHAR, g::VARCHAR, h::VARCHAR, i::VARCHAR, j::VARCHAR, k::VARCHAR FROM s";
  const columns = Object.keys(types)
    .map((name) => `${name} VARCHAR`)
    .join(", ");
  const rows = [
    {
      ...{
        a: -0,
        b: 2n ** 100n,
        c: "12345678901234567.891",
        d: new Date("2024-02-29"),
        e: new Date("2024-02-29T12:00:00.001Z"),
      },
      ...{ f: new Uint8Array([0, 255, 10]), g: [1, null, 3], h: { x: "\u0000\u{1f600}", y: Infinity } },
      ...{ i: "1 month 2 days 3 seconds", j: "6ccd780c-baba-1026-9564-5b8c656024db", k: true },
    },
    Object.fromEntries(Object.keys(types).map((name) => [name, null])),
    { a: Number.NaN, h: { x: null, y: null }, g: [], f: new Uint8Array(0), k: false },
  ];
  const first = db.stream("s", types);
  const job = await start(select, columns);
  await first.push(rows);
  await job.flush();
  const expected = result();
  expect(expected.length).toBe(3);
  await job.stop();
  rmSync(join(folder, "files"), { recursive: true });
  rmSync(join(folder, "state"), { recursive: true });
  await restart(1);
  const second = db.stream("s", types);
  await start(select, columns, { epoch: { ms: 100_000, rows: 1_000_000 } });
  await second.push(rows);
  await crash(2);
  db.stream("s", types);
  const again = await start(select, columns);
  await again.flush();
  expect(result()).toEqual(expected);
});

it("watermarks are where they were", async () => {
  const select =
    "SELECT window_start::VARCHAR, count(*) FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end";
  const columns = "w VARCHAR, n BIGINT";
  const stream = (): Stream => db.stream("s", { ts: "TIMESTAMP" }, { watermark: { column: "ts", delay: "0 seconds" } });
  const at = (second: number): Record<string, unknown> => ({ ts: new Date(Date.UTC(2024, 0, 1, 0, 0, second)) });
  let rows = stream();
  let job = await start(select, columns);
  await rows.push([at(1), at(5), at(12)]);
  await job.flush();
  expect(result()).toEqual(['["2024-01-01 00:00:00",2]']);
  await crash(2);
  rows = stream();
  job = await start(select, columns);
  await rows.push([at(3), at(14), at(20)]);
  await job.flush();
  expect(result()).toEqual(['["2024-01-01 00:00:00",2]', '["2024-01-01 00:00:10",2]']);
});

it("a savepoint has all that was pushed, and another directory goes on behind it", async () => {
  const select = "SELECT v FROM s";
  let rows = db.stream("s", { v: "BIGINT" });
  let job = await start(select, "v BIGINT");
  for (let v = 0n; v < 50n; v++) await rows.push({ v });
  const from = await job.stop({ savepoint: join(folder, "savepoint") });
  expect(result().length).toBe(50);
  for (let round = 1n; round < 4n; round++) {
    await restart(Number(round));
    rows = db.stream("s", { v: "BIGINT" });
    job = await start(select, "v BIGINT", { checkpoint: { directory: join(folder, "other"), from } });
    await rows.push([{ v: 100n * round }, { v: 100n * round + 1n }]);
    await job.stop();
  }
  await restart(1);
  db.stream("s", { v: "BIGINT" });
  job = await start(select, "v BIGINT", { checkpoint: { directory: join(folder, "other"), from } });
  await job.flush();
  expect(result().length).toBe(56);
  // A savepoint that cannot be made leaves the job and its stream.
  await expect(job.stop({ savepoint: folder })).rejects.toMatchObject({ code: "io" });
  await job.flush();
  await job.stop();
});

it("the journal is cut behind the checkpoints that are kept", async () => {
  const rows = db.stream("s", { v: "VARCHAR" });
  const job = await start("SELECT count(*), max(length(v)) FROM s", "n BIGINT, m BIGINT", {
    checkpoint: { directory: join(folder, "state"), epochs: 1 },
  });
  const text = "x".repeat(1000);
  let most = 0;
  for (let round = 0; round < 60; round++) {
    await rows.push(Array.from({ length: 2000 }, () => ({ v: text })));
    await job.flush();
    most = Math.max(most, journals().length);
  }
  await job.stop();
  expect(result()).toEqual(["[120000,1000]"]);
  expect(most).toBeLessThan(5);
  expect(journals()[0]).not.toBe("0000000000000000.journal");
});

it("who pushes more than the job takes in waits for it", async () => {
  const rows = db.stream("s", { v: "VARCHAR" });
  const job = await start("SELECT length(v) FROM s", "n BIGINT", { epoch: { rows: 100, ms: 1 } });
  const text = "y".repeat(10_000);
  let pushed = 0;
  const pushes = Array.from({ length: 100 }, async () => {
    await rows.push(Array.from({ length: 100 }, () => ({ v: text })));
    pushed++;
  });
  await expect.poll(() => pushed, { timeout: 60_000 }).toBeGreaterThan(20);
  // Those that wait are of about 32 MB.
  const inTable = job.stats().inputRows / 100;
  expect(pushed).toBeLessThan(inTable + 60);
  await Promise.all(pushes);
  await job.flush();
  expect(result().length).toBe(10_000);
});

describe("errors", () => {
  it("of rows that do not fit, and of jobs that have failed", async () => {
    const rows = db.stream("s", { v: "INTEGER" });
    const job = await start("SELECT 2147483647::INTEGER + v FROM s", "v INTEGER");
    await expect(rows.push({ v: "x" })).rejects.toMatchObject({ code: "type" });
    await rows.push({ v: -5 });
    await job.flush();
    await rows.push({ v: 5 });
    await expect(job.flush()).rejects.toMatchObject({ code: "overflow" });
    await expect(rows.push({ v: 1 })).rejects.toMatchObject({ code: "overflow" });
  });

  it("of a stream that has other columns than it had", async () => {
    const rows = db.stream("s", { v: "INTEGER" });
    await start("SELECT v FROM s", "v BIGINT", { epoch: { ms: 100_000, rows: 1_000_000 } });
    await rows.push({ v: 5 });
    await crash(1);
    db.stream("s", { v: "BIGINT" });
    const again = start("SELECT v FROM s", "v BIGINT").then((job) => job.flush());
    await expect(again).rejects.toMatchObject({
      code: "bind",
      message: 'the journal of the stream "s" has rows of other columns',
    });
  });

  it("of tables in memory", async () => {
    await db.execute("CREATE TABLE t (v BIGINT)");
    await expect(start("SELECT v FROM t", "v BIGINT").then((job) => job.stop())).rejects.toMatchObject({
      code: "unsupported",
      message: '"t" lies in memory: nobody knows after a crash which of its rows the job has seen',
      hint: "jobs with checkpoints read tables with a connector and streams",
    });
  });
});

type Said = { readonly acknowledged: ReadonlySet<number>; readonly tried: number };

/** What a process that pushes rows has said, until it was killed or came to its end. */
async function push(config: object, killAfter: number | undefined): Promise<Said> {
  const program = join(import.meta.dirname, "recovery", "pushing.mjs");
  const child = spawn(process.execPath, [program, JSON.stringify(config)], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    if (text === "") {
      if (killAfter === undefined) setTimeout(() => child.stdin.write("end\n"), 100);
      else setTimeout(() => child.kill("SIGKILL"), killAfter);
    }
    text += part;
  });
  await ended;
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const acknowledged = new Set(
    whole
      .split(/\s+/)
      .filter((word) => /^\d+$/.test(word))
      .map(Number),
  );
  return { acknowledged, tried: Math.max(0, ...acknowledged) + 1000 };
}

it("a process that pushes is killed again and again: nothing that was acknowledged is missing, and nothing is there twice", async () => {
  const random = randomNumbers(7);
  const acknowledged = new Set<number>();
  const config = {
    folder,
    select: "SELECT id, name, at::VARCHAR AS at FROM numbers",
    columns: "id BIGINT, name VARCHAR, at VARCHAR",
  };
  let first = 0;
  for (let run = 0; run < 7; run++) {
    const workers = [1, 2, 4][run % 3];
    const said = await push({ ...config, first, workers }, run === 6 ? undefined : random() * 400);
    for (const id of said.acknowledged) acknowledged.add(id);
    first = said.tried;
  }
  const rows = result();
  const ids = rows.map((row) => (JSON.parse(row) as readonly [number])[0]);
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  expect(acknowledged.size).toBeGreaterThan(200);
  expect([...acknowledged].filter((id) => !counts.has(id))).toEqual([]);
  expect([...counts].filter(([, count]) => count > 1)).toEqual([]);
  for (const row of rows) {
    const [id, name] = JSON.parse(row) as readonly [number, string];
    expect(name).toBe(`name ${id % 17}`);
  }
});
