/** Columns that no record has: the computed time of a watermark, and metadata. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";

/** Machines may be busy. */
const SOON = { timeout: 10_000 };

let db: Session;
let folder: string;
beforeEach(async () => {
  db = await connect({ workers: 2, temporal: "string" });
  folder = mkdtempSync(join(tmpdir(), "headrace-derived-"));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const rows = async (sql: string): Promise<string[]> =>
  (await db.sql(sql).collect({ rows: "array" })).map((row) => row.join(" "));

/** Seconds since 2024, as lines of milliseconds since 1970. */
const lines = (...seconds: readonly number[]): string =>
  seconds.map((second, i) => `{"id":${i},"ms":${Date.UTC(2024, 0, 1) + second * 1000}}\n`).join("");

const events = (options: string): string => `CREATE TABLE events (
    id INTEGER, ms BIGINT, ts AS to_timestamp(ms / 1000.0)::TIMESTAMP, twice AS id * 2,
    WATERMARK FOR ts AS ts - INTERVAL '2' SECOND
  ) WITH ('connector' = 'filesystem', 'path' = '${folder}/in', 'format' = 'json'${options})`;

it.each([1, 3, 1000])("a watermark on a computed column, epochs of %i rows", async (size) => {
  await db.execute(`CREATE TABLE out (till TIMESTAMP, n BIGINT, ids VARCHAR)
    WITH ('connector' = 'filesystem', 'path' = '${folder}/out', 'format' = 'csv')`);
  // 14 is late for the window until 10, whose end the watermark of 13 has passed; 5 was not.
  writeFileSync(join(folder, "in"), lines(1, 3, 8, 7, 13, 4, 11, 25, 21));
  await db.execute(events(", 'scan.bounded' = 'true'"));
  const query = db.sql(`SELECT window_end, count(*), string_agg(id::VARCHAR, '+' ORDER BY id)
    FROM TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end`);
  const job = await query.insertInto("out", { epoch: { rows: size } });
  await job.done;
  const text = readdirSync(join(folder, "out"))
    .filter((name) => name.startsWith("part-"))
    .sort()
    .map((name) =>
      readFileSync(join(folder, "out", name), "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .join("\n"),
    )
    .join("\n");
  expect(text.split("\n")).toEqual([
    "2024-01-01 00:00:10,4,0+1+2+3",
    "2024-01-01 00:00:20,2,4+6",
    "2024-01-01 00:00:30,2,7+8",
  ]);
});

it("columns in the order of the table, of which a query reads some", async () => {
  writeFileSync(join(folder, "in"), lines(1, 3));
  await db.execute(events(""));
  expect(await rows("SELECT column_name, column_type FROM (DESCRIBE events)")).toEqual([
    "id INTEGER",
    "ms BIGINT",
    "ts TIMESTAMP",
    "twice INTEGER",
  ]);
  await db.execute(`
    CREATE MATERIALIZED VIEW everything AS SELECT * FROM events;
    CREATE MATERIALIZED VIEW times AS SELECT ts FROM events;
    CREATE MATERIALIZED VIEW late AS SELECT id FROM events WHERE ts <= CURRENT_WATERMARK(ts);
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM events`);
  await expect.poll(() => rows("FROM counted"), SOON).toEqual(["2"]);
  await expect
    .poll(() => rows("FROM everything ORDER BY id"), SOON)
    .toEqual(["0 1704067201000 2024-01-01 00:00:01 0", "1 1704067203000 2024-01-01 00:00:03 2"]);
  await expect.poll(() => rows("FROM times ORDER BY ts"), SOON).toEqual(["2024-01-01 00:00:01", "2024-01-01 00:00:03"]);
  appendFileSync(join(folder, "in"), `{"id":7,"ms":${Date.UTC(2024, 0, 1)}}\n{"id":8}\n`);
  await expect.poll(() => rows("FROM late"), SOON).toEqual(["7"]);
  await expect.poll(() => rows("FROM everything WHERE id = 8"), SOON).toEqual(["8   16"]);
});

it("the file that a row came from", async () => {
  writeFileSync(join(folder, "a.csv"), "id\n1\n2\n");
  writeFileSync(join(folder, "b.csv"), "id\n3\n");
  await db.execute(`
    CREATE TABLE files (\`file.path\` STRING NOT NULL METADATA, id INTEGER, name STRING METADATA FROM 'file.name' VIRTUAL,
                        at AS TIMESTAMP '2024-01-01' + INTERVAL '1' SECOND * length(name), WATERMARK FOR at AS at)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/*.csv');
    CREATE MATERIALIZED VIEW v AS SELECT * FROM files;
    CREATE MATERIALIZED VIEW by_file AS SELECT name, sum(id) AS total FROM files GROUP BY name`);
  await expect
    .poll(() => rows("FROM v ORDER BY id"), SOON)
    .toEqual([
      `${folder}/a.csv 1 a.csv 2024-01-01 00:00:05`,
      `${folder}/a.csv 2 a.csv 2024-01-01 00:00:05`,
      `${folder}/b.csv 3 b.csv 2024-01-01 00:00:05`,
    ]);
  writeFileSync(join(folder, "c.csv"), "id\n4\n5\n");
  await expect.poll(() => rows("FROM by_file ORDER BY name"), SOON).toEqual(["a.csv 3", "b.csv 3", "c.csv 9"]);
});

it("a table with metadata is written without it", async () => {
  await db.execute(`
    CREATE TABLE one (id INTEGER) WITH ('connector' = 'datagen', 'number-of-rows' = '1', 'fields.id.min' = '5', 'fields.id.max' = '5');
    CREATE TABLE out (path STRING METADATA FROM 'file.path', id INTEGER, at AS TIMESTAMP '2024-01-01', WATERMARK FOR at AS at)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/out', 'format' = 'csv')`);
  await (
    await db.sql("SELECT id FROM one").insertInto("out")
  ).done;
  expect(readFileSync(join(folder, "out", "part-out-0000000001.csv"), "utf8")).toBe("id\n5\n");
});

it.each([
  ["a INT, p AS PROCTIME(), WATERMARK FOR p AS p", "proctime() makes another one whenever it is read"],
  ["a INT, p AS now() - INTERVAL '1' SECOND * a, WATERMARK FOR p AS p", "now() makes another one whenever it is read"],
  ["a INT, size BIGINT METADATA FROM 'file.size'", "no metadata 'file.size' for the column \"size\""],
])("%s is refused", async (columns, message) => {
  const sql = `CREATE TABLE t (${columns}) WITH ('connector' = 'filesystem', 'path' = '${folder}/x.csv')`;
  await expect(db.execute(sql)).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringContaining(message) as unknown,
  });
});

it("connectors without metadata say so", async () => {
  const sql = "CREATE TABLE t (a INT, ts TIMESTAMP METADATA FROM 'timestamp') WITH ('connector' = 'datagen')";
  await expect(db.execute(sql)).rejects.toMatchObject({ code: "unsupported", hint: "it has none at all" });
});
