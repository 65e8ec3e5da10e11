/** Tables whose rows stay, and queries that take rows back. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";

let db: Session;
let folder: string;
beforeEach(async () => {
  db = await connect({ workers: 1 });
  folder = mkdtempSync(join(tmpdir(), "headrace-append-"));
  writeFileSync(join(folder, "cities.csv"), "id,city\n1,Rome\n2,Oslo\n3,Rome\n");
  const bounded = (name: string, columns: string, options = ""): string =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'datagen', 'number-of-rows' = '300', 'fields.k.min' = '0', 'fields.k.max' = '9'${options})`;
  await db.execute(`
    ${bounded("a", "k BIGINT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts")};
    ${bounded("b", "k BIGINT, w BIGINT")};
    CREATE TABLE changing (k BIGINT) WITH ('connector' = 'filesystem', 'path' = '${folder}/none', 'format' = 'debezium-json');
    CREATE TABLE one (x BIGINT) WITH ('connector' = 'filesystem', 'path' = '${folder}/one', 'format' = 'ndjson');
    CREATE TABLE changes (x BIGINT)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/changes', 'format' = 'ndjson', 'changelog' = 'retract')`);
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

it.each([
  ["SELECT count(*) FROM a", "count(*)"],
  ["SELECT s FROM (SELECT k, sum(v) AS s FROM a GROUP BY k)", "sum(v) by k"],
  ["SELECT DISTINCT n FROM (SELECT k, count(*) AS n FROM a GROUP BY k)", "count(*) by k"],
  ["SELECT a.k FROM a LEFT JOIN b ON a.k = b.k", "the left join, whose rows without a match may find one"],
  ["SELECT a.k FROM a FULL JOIN b ON a.k = b.k", "the full join, whose rows without a match may find one"],
  [
    "SELECT k FROM a WHERE NOT EXISTS (FROM b WHERE a.k = b.k)",
    "NOT EXISTS, EXCEPT or NOT IN, for which a match may come",
  ],
  ["SELECT k FROM (SELECT k, row_number() OVER (PARTITION BY k ORDER BY v) AS r FROM a) WHERE r <= 2", "row_number()"],
  ["SELECT k FROM a ORDER BY v LIMIT 3", "LIMIT"],
  ["SELECT k FROM a WHERE ts > now()::TIMESTAMP", "ts > now()::TIMESTAMP, which ends to hold as time passes"],
  ["SELECT k FROM changing WHERE k > 5", 'the rows of "changing", which may change'],
  [
    "SELECT x.n + y.m FROM (SELECT k, count(*) AS n FROM a GROUP BY k) x JOIN (SELECT k, max(w) AS m FROM b GROUP BY k) y ON x.k = y.k",
    "count(*) by k; max(w) by k",
  ],
])("%s is refused before anything is read", async (query, what) => {
  await expect(db.sql(query).insertInto("one")).rejects.toMatchObject({
    code: "unsupported",
    message: `"one" only takes rows that stay, and the query takes rows back: ${what}`,
    hint: "'changelog' = 'upsert', 'retract' or 'debezium-json' keeps changes; EMIT FINAL gives results of windows once",
  });
});

it.each([
  "SELECT DISTINCT k FROM a",
  "SELECT a.v FROM a JOIN b ON a.k = b.k",
  "SELECT v FROM a WHERE EXISTS (FROM b WHERE a.k = b.k)",
  "SELECT v FROM a WHERE k IN (SELECT k FROM b INTERSECT SELECT v % 10 FROM a)",
  "SELECT count(*) FROM TUMBLE(TABLE a, DESCRIPTOR(ts), INTERVAL '1' SECOND) GROUP BY window_start, window_end",
  "SELECT n FROM a LEFT JOIN (SELECT city, max(id) AS n FROM 'FOLDER/cities.csv' GROUP BY city) ON a.k = n",
  "SELECT count(*) FROM 'FOLDER/cities.csv' GROUP BY city",
  "SELECT v FROM a WHERE ts::TIMESTAMPTZ < now() + INTERVAL 5 SECONDS",
  "SELECT id FROM 'FOLDER/cities.csv' ORDER BY id DESC LIMIT 2",
])("%s gives rows that stay, in epochs of any size", async (query) => {
  const sql = query.replace("FOLDER", folder);
  const job = await db.sql(sql).insertInto("one", { epoch: { rows: 20 } });
  await job.done;
  await (
    await db.sql(sql).insertInto("changes", { epoch: { rows: 20 } })
  ).done;
  const read = (name: string): readonly Readonly<Record<string, number | null>>[] =>
    readdirSync(join(folder, name))
      .filter((file) => file.startsWith("part-"))
      .flatMap((file) =>
        readFileSync(join(folder, name, file), "utf8")
          .trim()
          .split("\n"),
      )
      .map((line) => JSON.parse(line) as Readonly<Record<string, number | null>>);
  const changes = read("changes").flatMap(({ x, weight }) => {
    expect(weight).toBeGreaterThan(0);
    return Array.from({ length: Number(weight) }, () => String(x));
  });
  expect(
    read("one")
      .map(({ x }) => String(x))
      .sort(),
  ).toEqual(changes.sort());
  expect(changes.length).toBeGreaterThan(0);
});

it.each(["", "EXPLAIN "])("%sINSERT points to the table", async (prefix) => {
  const sql = `${prefix}INSERT INTO one SELECT count(*) FROM a`;
  const error = await db.execute(sql).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "unsupported",
    span: { start: sql.indexOf("one"), end: sql.indexOf(" SELECT") },
  });
});
