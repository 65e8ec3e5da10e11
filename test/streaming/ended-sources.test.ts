/** Jobs whose sources had come to their end, started again. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Job, type JobOptions, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";

let db: Session;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-ended-"));
  mkdirSync(join(folder, "in"));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

const SALES = "SELECT city, count(*) AS n, sum(amount) AS total FROM sale GROUP BY city";

async function start(
  query: string,
  {
    workers = 1,
    source = "'scan.bounded' = 'true'",
    place = folder,
    ...options
  }: JobOptions & {
    readonly workers?: number;
    readonly source?: string;
    readonly place?: string;
  } = {},
): Promise<Job> {
  db = await connect({ workers });
  await db.execute(`
    CREATE TABLE sale (id BIGINT, city VARCHAR, amount BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/in', 'format' = 'csv', 'csv.header' = 'false', ${source});
    CREATE TABLE result (city VARCHAR, n BIGINT, total HUGEINT)
      WITH ('connector' = 'filesystem', 'path' = '${place}/out', 'format' = 'ndjson', 'changelog' = 'retract')`);
  return db.sql(query).insertInto("result", { checkpoint: { directory: join(place, "state") }, ...options });
}

const line = (id: number): string =>
  `${id},city ${id % 7},${(id * 31) % 100},2024-01-01 00:00:${String(id % 60).padStart(2, "0")}\n`;
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join("");

const input = (name: string, text: string): void => writeFileSync(join(folder, "in", name), text);

/** Rows with their weights added up. */
function result(place: string = folder): readonly string[] {
  const sums = new Map<string, number>();
  for (const name of readdirSync(join(place, "out")).filter((file) => file.startsWith("part-"))) {
    for (const text of readFileSync(join(place, "out", name), "utf8")
      .trim()
      .split("\n")) {
      const { weight, ...row } = JSON.parse(text) as { readonly weight: number };
      const key = JSON.stringify(row);
      sums.set(key, (sums.get(key) ?? 0) + weight);
    }
  }
  return [...sums]
    .filter(([, sum]) => sum !== 0)
    .flatMap(([row, sum]) => Array<string>(sum).fill(row))
    .sort();
}

function expected(count: number): readonly string[] {
  const groups = new Map<number, { n: number; total: number }>();
  for (let id = 0; id < count; id++) {
    const group = groups.get(id % 7) ?? { n: 0, total: 0 };
    groups.set(id % 7, { n: group.n + 1, total: group.total + ((id * 31) % 100) });
  }
  return [...groups].map(([city, { n, total }]) => JSON.stringify({ city: `city ${city}`, n, total })).sort();
}

it("a job takes in what its files have got since, and nothing when they have nothing", async () => {
  input("a.csv", lines(0, 100));
  const first = await start(SALES, { epoch: { rows: 30 } });
  await first.done;
  expect(result()).toEqual(expected(100));
  const { epochs } = first.stats();
  await db.close();

  const second = await start(SALES, { workers: 2 });
  await second.done;
  expect(second.stats().epochs).toBe(epochs);
  await db.close();

  appendFileSync(join(folder, "in", "a.csv"), lines(100, 150));
  input("b.csv", lines(150, 250));
  const third = await start(SALES, { workers: 2, epoch: { rows: 30 } });
  await third.done;
  expect(third.stats().epochs).toBeGreaterThan(epochs + 3);
  expect(result()).toEqual(expected(250));
  await db.close();

  input("c.csv", lines(250, 260));
  await (
    await start(SALES)
  ).done;
  expect(result()).toEqual(expected(260));
});

it("also when it is interrupted at any epoch then", async () => {
  input("a.csv", lines(0, 100));
  await (
    await start(SALES, { epoch: { rows: 40 } })
  ).done;
  await db.close();
  input("b.csv", lines(100, 200));
  const places: string[] = [];
  const onEpoch = (): void => {
    const place = join(folder, `copy ${places.length}`);
    places.push(place);
    for (const name of ["state", "out"])
      cpSync(join(folder, name), join(place, name), { recursive: true, filter: (path) => !/LOCK/.test(path) });
  };
  await (
    await start(SALES, { epoch: { rows: 40 }, onEpoch })
  ).done;
  expect(result()).toEqual(expected(200));
  expect(places.length).toBeGreaterThan(2);
  for (const place of places) {
    await db.close();
    await (
      await start(SALES, { place, workers: 2, epoch: { rows: 40 } })
    ).done;
    expect(result(place)).toEqual(expected(200));
    expect(readdirSync(join(place, "out")).filter((name) => name.startsWith("part-"))).toEqual(
      readdirSync(join(folder, "out")).filter((name) => name.startsWith("part-")),
    );
  }
});

it("a folder that is no longer closed is followed again", async () => {
  const source = "'scan.monitor-interval' = '10 ms'";
  input("a.csv", lines(0, 50));
  input("_SUCCESS", "");
  await (
    await start(SALES, { source })
  ).done;
  await db.close();
  rmSync(join(folder, "in", "_SUCCESS"));
  const again = await start(SALES, { source });
  expect(again.stats().state).toBe("running");
  input("b.csv", lines(50, 60));
  await again.flush();
  await expect.poll(() => result()).toEqual(expected(60));
  await again.stop();
  await db.close();
  input("c.csv", lines(60, 80));
  const last = await start(SALES, { source });
  await expect.poll(() => result()).toEqual(expected(80));
  input("_SUCCESS", "");
  await last.done;
  expect(result()).toEqual(expected(80));
});

it("windows that ended with the files do not begin again", async () => {
  const windows = `SELECT city, count(*), sum(amount) FROM TUMBLE(TABLE sale, DESCRIPTOR(ts), INTERVAL '10' SECOND)
    GROUP BY window_start, window_end, city EMIT FINAL`;
  input("a.csv", lines(0, 50));
  await (
    await start(windows)
  ).done;
  const before = result();
  await db.close();
  await (
    await start(windows)
  ).done;
  await db.close();
  input("b.csv", lines(50, 100));
  await expect(start(windows).then((job) => job.done)).rejects.toMatchObject({
    code: "unsupported",
    message: '"sale" has rows again, after it had come to its end and the query\'s windows with it',
  });
  expect(result()).toEqual(before);
});

it("a last record that was taken for whole and was not is an error", async () => {
  input("a.csv", lines(0, 20).trimEnd());
  await (
    await start(SALES)
  ).done;
  expect(result()).toEqual(expected(20));
  await db.close();
  appendFileSync(join(folder, "in", "a.csv"), `\n${lines(20, 30)}`);
  await (
    await start(SALES)
  ).done;
  expect(result()).toEqual(expected(30));
  await db.close();
  const text = lines(30, 31).trimEnd();
  appendFileSync(join(folder, "in", "a.csv"), text);
  await (
    await start(SALES)
  ).done;
  await db.close();
  appendFileSync(join(folder, "in", "a.csv"), "7\n");
  await expect(start(SALES).then((job) => job.done)).rejects.toMatchObject({
    code: "io",
    message: /goes on in the middle of a record/,
  });
});
