/** Queries that were changed between two runs of a job. */
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Job, type JobOptions, type Session } from "headrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let db: Session;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-upgrade-"));
  for (const name of ["sale", "city", "late"]) mkdirSync(join(folder, name));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

const TABLES = {
  sale: "id BIGINT, city VARCHAR, amount BIGINT, ts TIMESTAMP(3)",
  city: "name VARCHAR, country VARCHAR",
  late: "name VARCHAR, mayor VARCHAR",
};

const RESULT = "a VARCHAR, n BIGINT, m BIGINT";

async function open(workers: number): Promise<Session> {
  db = await connect({ workers });
  for (const [name, columns] of Object.entries(TABLES)) {
    const watermark = name === "sale" ? ", WATERMARK FOR ts AS ts" : "";
    await db.execute(`
      CREATE TABLE ${name} (${columns}${watermark}) WITH ('connector' = 'filesystem', 'path' = '${folder}/${name}',
        'format' = 'csv', 'csv.header' = 'false', 'scan.monitor-interval' = '5 ms')`);
  }
  for (const table of ["first", "second"])
    await db.execute(`
      CREATE TABLE ${table} (${RESULT}) WITH ('connector' = 'filesystem', 'path' = '${folder}/${table}',
        'format' = 'ndjson', 'changelog' = 'retract')`);
  return db;
}

const CITIES = ["Rome", "Oslo", "Lima", "Bonn", "Bern"];
const cityOf = (id: number): string => CITIES[(id * 7) % CITIES.length]!;
const timeOf = (id: number): string =>
  `2024-01-01 00:${String(Math.floor(id / 60)).padStart(2, "0")}:${String(id % 60).padStart(2, "0")}`;

function sales(from: number, to: number): void {
  const lines = Array.from({ length: to - from }, (_, i) => {
    const id = from + i;
    return `${id},${cityOf(id)},${(id * 31) % 100},${timeOf(id)}\n`;
  });
  appendFileSync(join(folder, "sale", "all.csv"), lines.join(""));
}

const cities = (...names: readonly string[]): void =>
  appendFileSync(join(folder, "city", "all.csv"), names.map((name) => `${name},${name[0]!}land\n`).join(""));
const mayors = (...names: readonly string[]): void =>
  appendFileSync(join(folder, "late", "all.csv"), names.map((name) => `${name},Mx ${name}\n`).join(""));

/** What a table's changes add up to. */
function result(table: "first" | "second"): readonly string[] {
  const sums = new Map<string, number>();
  for (const name of readdirSync(join(folder, table)).filter((file) => file.startsWith("part-"))) {
    for (const text of readFileSync(join(folder, table, name), "utf8")
      .trim()
      .split("\n")) {
      const { weight, ...row } = JSON.parse(text) as { readonly weight: number };
      const key = Object.values(row).join();
      sums.set(key, (sums.get(key) ?? 0) + weight);
    }
  }
  for (const [row, sum] of sums) expect(sum, row).toBeGreaterThanOrEqual(0);
  return [...sums].flatMap(([row, sum]) => Array<string>(sum).fill(row)).sort();
}

/** The query over all files, at once. */
async function batch(query: string): Promise<readonly string[]> {
  const tables = Object.entries(TABLES).map(([name, columns]) => {
    const types = columns
      .split(", ")
      .map((column) => column.split(" "))
      .map(([column, type]) => `'${column}': '${type}'`);
    return `${name} AS (SELECT * FROM read_csv('${folder}/${name}/*.csv', header = false, columns = {${types.join(", ")}}))`;
  });
  const rows = await db.sql(`WITH ${tables.join(", ")} FROM (${query})`).collect({ rows: "array" });
  return rows
    .map((row) => (row as readonly unknown[]).map((value) => (value === null ? "" : String(value))).join())
    .sort();
}

const settles = (table: "first" | "second", rows: readonly string[]): Promise<void> =>
  expect.poll(() => result(table), { timeout: 20_000 }).toEqual(rows);

const place = (name: string): string => join(folder, name);

async function run(query: string, table: "first" | "second", options: JobOptions): Promise<Job> {
  return db.sql(query).insertInto(table, { epoch: { rows: 40 }, ...options });
}

/** Runs one query over the first rows, and ends it with a savepoint. */
async function begin(query: string): Promise<string> {
  sales(0, 150);
  cities("Rome", "Oslo", "Lima");
  mayors("Atlantis");
  await open(1);
  const job = await run(query, "first", { name: "one", checkpoint: { directory: place("state 1") } });
  await job.flush();
  const savepoint = await job.stop({ savepoint: place("savepoint") });
  await db.close();
  return savepoint!;
}

const BY_CITY = "SELECT city, count(*), sum(amount) FROM sale GROUP BY city";
const JOINED = "SELECT country, count(*), sum(amount) FROM sale JOIN city ON sale.city = city.name GROUP BY country";

describe("another table gets the result as of the savepoint, and its changes from then on", () => {
  it.each([
    ["a condition on an aggregate", BY_CITY, `${BY_CITY} HAVING count(*) > 35`],
    ["other expressions", BY_CITY, "SELECT upper(city), count(*) * 2, -sum(amount) FROM sale GROUP BY city"],
    [
      "an aggregate of aggregates",
      BY_CITY,
      "SELECT left(city, 1), max(n)::BIGINT, sum(s) FROM (SELECT city, count(*) AS n, sum(amount) AS s FROM sale GROUP BY city) GROUP BY 1",
    ],
    [
      "the first rows",
      BY_CITY,
      "SELECT city, n, s FROM (SELECT city, count(*) AS n, sum(amount) AS s FROM sale GROUP BY city) ORDER BY s DESC, city LIMIT 2",
    ],
    [
      "ranks",
      BY_CITY,
      "SELECT city, n, row_number() OVER (ORDER BY s, city) FROM (SELECT city, count(*) AS n, sum(amount) AS s FROM sale GROUP BY city)",
    ],
    [
      "another stream, joined to an aggregate",
      BY_CITY,
      "SELECT mayor, n, s FROM (SELECT city, count(*) AS n, sum(amount) AS s FROM sale GROUP BY city) LEFT JOIN late ON city = name",
    ],
    ["a condition on a join's groups", JOINED, `${JOINED} HAVING sum(amount) % 2 = 0`],
    [
      "an aggregate over what was joined",
      "SELECT country, id, amount FROM sale LEFT JOIN city ON sale.city = city.name",
      "SELECT country, sum(id), sum(amount) FROM (SELECT country, id, amount FROM sale LEFT JOIN city ON sale.city = city.name) GROUP BY country",
    ],
    [
      "another quantile of the same values",
      "SELECT city, count(*), quantile_disc(amount, 0.5) FROM sale GROUP BY city",
      "SELECT city, count(*), quantile_disc(amount, 0.9) FROM sale GROUP BY city",
    ],
  ])("%s", async (_, before, after) => {
    const from = await begin(before);
    for (const workers of [2, 1]) {
      await open(workers);
      const name = `two ${workers}`;
      rmSync(join(folder, "second"), { recursive: true, force: true });
      const checkpoint = { directory: place(name), from, upgrade: "keep" } as const;
      await expect(
        run(after, "second", { name, checkpoint: { ...checkpoint, upgrade: "strict" } }),
      ).rejects.toMatchObject({
        code: "unsupported",
        message: /^the checkpoint is of another query: /,
        hint: /keep/,
      });
      await expect(
        run(after, "first", { name: "one", checkpoint: { directory: place("state 1"), upgrade: "keep" } }),
      ).rejects.toMatchObject({
        code: "unsupported",
        message: /what that one has put out cannot be taken back$/,
      });
      const job = await run(after, "second", { name, checkpoint });
      await job.flush();
      expect(result("second")).toEqual(await batch(after));
      if (workers === 2) {
        sales(150, 290);
        cities("Bonn");
        mayors("Rome", "Bern");
      }
      await job.flush();
      await settles("second", await batch(after));
      await job.stop();
      await db.close();
      // It is that query's own from now on.
      await open(1);
      const again = await run(after, "second", { name, checkpoint: { directory: place(name) } });
      expect(result("second")).toEqual(await batch(after));
      await again.stop();
      await db.close();
    }
    await open(1);
  });
});

it("a query that means the same goes on as it is", async () => {
  await begin(JOINED);
  await open(2);
  const other = `
    WITH x AS (SELECT amount AS a, s.city AS c, ts FROM sale AS s)
    SELECT land, count(*) AS k, sum(a) AS t FROM x INNER JOIN (SELECT name AS n, country AS land FROM city) ON c = n GROUP BY land`;
  const job = await run(other, "first", { name: "one", checkpoint: { directory: place("state 1") } });
  sales(150, 290);
  cities("Bonn");
  await settles("first", await batch(JOINED));
  await job.stop();
});

it("rows that stay are put out by the new query from now on", async () => {
  const large = (least: number): string => `SELECT city, id, amount FROM sale WHERE amount > ${least}`;
  await begin(large(50));
  const before = result("first");
  await open(2);
  const options = (upgrade: "strict" | "keep"): JobOptions => ({
    name: "one",
    checkpoint: { directory: place("state 1"), upgrade },
  });
  await expect(run(large(80), "first", options("strict"))).rejects.toMatchObject({
    message: "the checkpoint is of another query: its states are the same, and what it puts out is not",
  });
  const job = await run(large(80), "first", options("keep"));
  sales(150, 290);
  await settles("first", [...before, ...(await batch(`${large(80)} AND id >= 150`))].toSorted());
  await job.stop();
});

describe("what would be wrong is refused", () => {
  const keep = (name: string, from: string, upgrade: "keep" | "empty" = "keep"): JobOptions => ({
    name,
    checkpoint: { directory: place(name), from, upgrade },
  });

  it.each([
    [
      "SELECT city, count(*), max(amount) FROM sale GROUP BY city",
      BY_CITY,
      'of its states are new "sums of Aggregate"; not needed any more "sums of Aggregate"; the state "sums of Aggregate" needs the rows that "sale" has given so far',
    ],
    [
      BY_CITY,
      `${BY_CITY} UNION ALL SELECT country, 0, count(*) FROM sale JOIN city ON sale.city = city.name GROUP BY country`,
      'the state "left side" needs the rows that "sale" has given so far',
    ],
    [
      "SELECT city, count(*), sum(amount) FROM sale WHERE amount > 10 GROUP BY city",
      BY_CITY,
      'the state "sums of Aggregate" needs the rows that "sale" has given so far',
    ],
  ])("%s, then %s", async (before, after, problem) => {
    const from = await begin(before);
    await open(1);
    await expect(run(after, "second", keep("two", from))).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining(problem) as string,
      hint: /empty directory/,
    });
  });

  it("but where it may begin empty", async () => {
    const windows = (
      what: string,
    ): string => `SELECT city, count(*), ${what} FROM TUMBLE(TABLE sale, DESCRIPTOR(ts), INTERVAL '20' SECOND)
      GROUP BY window_start, window_end, city`;
    const from = await begin(windows("sum(amount)"));
    await open(2);
    await expect(run(windows("max(amount)"), "second", keep("two", from))).rejects.toMatchObject({
      message: /"sums of Aggregate" needs the rows that "sale" has given so far/,
      hint: /upgrade: "empty"/,
    });
    const job = await run(windows("max(amount)"), "second", keep("two", from, "empty"));
    sales(150, 290);
    const since = `SELECT city, count(*), max(amount) FROM (SELECT *, time_bucket(INTERVAL '20 seconds', ts) AS w FROM sale WHERE id >= 150)
      WHERE w + INTERVAL '20 seconds' <= TIMESTAMP '2024-01-01 00:04:49' GROUP BY w, city`;
    await settles("second", await batch(since));
    await job.stop();
  });

  it("also of sessions in another time zone", async () => {
    const days = "SELECT date_trunc('day', ts::TIMESTAMPTZ)::VARCHAR, count(*), sum(amount) FROM sale GROUP BY 1";
    await begin(days);
    await open(1);
    await db.execute("SET timezone = 'Asia/Tokyo'");
    await expect(
      run(days, "first", { name: "one", checkpoint: { directory: place("state 1") } }),
    ).rejects.toMatchObject({
      message: /^the checkpoint is of a session in the time zone .*, not Asia\/Tokyo$/,
    });
  });
});
