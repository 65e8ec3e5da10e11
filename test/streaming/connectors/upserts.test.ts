/** Changelogs of upserts as tables: the last record of each key, wherever epochs are cut. */
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
  db = await connect({ workers: 2, temporal: "string", config: { compactedRows: 2 } });
  folder = mkdtempSync(join(tmpdir(), "headrace-upserts-"));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const rows = async (sql: string): Promise<string[]> =>
  (await db.sql(sql).collect({ rows: "array" })).map((row) => row.join(" "));

const prices = (options: string): string =>
  `CREATE TABLE prices (id INTEGER, name VARCHAR NOT NULL, price INTEGER, PRIMARY KEY (id) NOT ENFORCED)
   WITH ('connector' = 'filesystem', 'path' = '${folder}/in', 'changelog' = 'upsert'${options})`;

const CHANGES: readonly (readonly [string, number, string, number | string])[] = [
  ["u", 1, "a", 10],
  ["u", 2, "b", 20],
  ["u", 1, "a", 11],
  ["u", 3, "c", 30],
  ["d", 2, "", ""],
  ["u", 1, "z", 12],
  ["u", 2, "b", 21],
  ["d", 3, "", ""],
];

/** What is left of the first changes. */
function left(count: number): string[] {
  const last = new Map<number, string>();
  for (const [op, id, name, price] of CHANGES.slice(0, count)) {
    if (op === "u") last.set(id, `${id} ${name} ${price}`);
    else last.delete(id);
  }
  return [...last.values()].sort();
}

const csv = (changes: typeof CHANGES): string =>
  changes.map(([op, id, name, price]) => `${op},${id},${name},${price}\n`).join("");

it("a file that grows, change by change", async () => {
  writeFileSync(join(folder, "in"), "op,id,name,price\n");
  await db.execute(`${prices(", 'format' = 'csv'")};
    CREATE MATERIALIZED VIEW v AS SELECT * FROM prices;
    CREATE MATERIALIZED VIEW total AS SELECT sum(price) AS total FROM prices`);
  for (let count = 1; count <= CHANGES.length; count++) {
    appendFileSync(join(folder, "in"), csv(CHANGES.slice(count - 1, count)));
    await expect.poll(() => rows("FROM v ORDER BY id"), { interval: 10, timeout: 5000 }).toEqual(left(count));
  }
  await expect.poll(() => rows("FROM total"), SOON).toEqual(["33"]);
});

it.each([1, 3, 1000])("epochs of %i rows", async (size) => {
  writeFileSync(
    join(folder, "in"),
    CHANGES.map(
      ([op, id, name, price]) => `${JSON.stringify(op === "u" ? { id, name, price, kind: op } : { id, kind: op })}\n`,
    ).join(""),
  );
  await db.execute(`${prices(", 'format' = 'ndjson', 'changelog.column' = 'kind', 'scan.bounded' = 'true'")};
    CREATE TABLE out (id INTEGER, label VARCHAR, PRIMARY KEY (id) NOT ENFORCED)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/out', 'format' = 'csv', 'changelog' = 'retract')`);
  const job = await db.sql("SELECT id, name || price FROM prices").insertInto("out", { epoch: { rows: size } });
  await job.done;
  const net = new Map<string, number>();
  for (const file of readdirSync(join(folder, "out")).filter((name) => name.startsWith("part-"))) {
    for (const line of readFileSync(join(folder, "out", file), "utf8")
      .trim()
      .split("\n")
      .slice(1)) {
      const [id, label, weight] = line.split(",");
      net.set(`${id} ${label}`, (net.get(`${id} ${label}`) ?? 0) + Number(weight));
    }
  }
  const present = [...net].flatMap(([row, weight]) => (weight === 0 ? [] : [`${weight} x ${row}`]));
  expect(present.sort()).toEqual(["1 x 1 z12", "1 x 2 b21"]);
});

it("what a job has written is read again, and the later file counts", async () => {
  writeFileSync(join(folder, "words.csv"), "word\na\nb\na\n");
  await db.execute(`
    CREATE TABLE words (word VARCHAR) WITH ('connector' = 'filesystem', 'path' = '${folder}/words.csv', 'format' = 'csv');
    CREATE TABLE counts (word VARCHAR, n BIGINT, \`file.name\` VARCHAR METADATA, PRIMARY KEY (word) NOT ENFORCED)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/counts', 'format' = 'csv', 'changelog' = 'upsert')`);
  const job = await db.sql("SELECT word, count(*) FROM words GROUP BY word").insertInto("counts");
  await job.flush();
  await db.execute("CREATE MATERIALIZED VIEW again AS SELECT * FROM counts");
  const first = "part-counts-0000000001.csv";
  await expect.poll(() => rows("FROM again ORDER BY word"), SOON).toEqual([`a 2 ${first}`, `b 1 ${first}`]);
  appendFileSync(join(folder, "words.csv"), "b\nc\nb\n");
  const files = (): string[] =>
    readdirSync(join(folder, "counts"))
      .filter((name) => name.startsWith("part-"))
      .sort();
  await expect.poll(() => files().length, SOON).toBe(2);
  await job.stop();
  const second = files().at(-1);
  await expect
    .poll(() => rows("FROM again ORDER BY word"), SOON)
    .toEqual([`a 2 ${first}`, `b 3 ${second}`, `c 1 ${second}`]);
});

it("a checkpoint keeps the last record of each key", async () => {
  writeFileSync(join(folder, "in"), `op,id,name,price\n${csv(CHANGES.slice(0, 4))}`);
  await db.execute(`${prices(", 'format' = 'csv'")};
    CREATE TABLE out (id INTEGER, price INTEGER)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/out', 'format' = 'csv', 'changelog' = 'retract')`);
  const start = (): ReturnType<ReturnType<Session["sql"]>["insertInto"]> =>
    db.sql("SELECT id, price FROM prices").insertInto("out", { checkpoint: { directory: join(folder, "state") } });
  const job = await start();
  await job.flush();
  await job.stop();
  appendFileSync(join(folder, "in"), csv(CHANGES.slice(4)));
  const again = await start();
  await again.flush();
  await again.stop();
  const files = readdirSync(join(folder, "out"))
    .filter((name) => name.startsWith("part-"))
    .sort();
  const text = readFileSync(join(folder, "out", files.at(-1)!), "utf8")
    .trim()
    .split("\n");
  expect(text).toEqual(["id,price,weight", "1,11,-1", "1,12,1", "2,20,-1", "2,21,1", "3,30,-1"]);
});

it("records that are no upserts are bad", async () => {
  writeFileSync(join(folder, "in"), "op,id,name,price\nu,1,a,10\nx,1,a,10\nu,,a,10\n,1,a,10\nu,2,b,20\n");
  await db.execute(`${prices(`, 'format' = 'csv', 'parse-errors' = 'dead-letter', 'dead-letter.path' = '${folder}/dead'`)};
    CREATE MATERIALIZED VIEW v AS SELECT * FROM prices`);
  await expect.poll(() => rows("FROM v ORDER BY id"), SOON).toEqual(["1 a 10", "2 b 20"]);
  const dead = readFileSync(join(folder, "dead"), "utf8").trim().split("\n");
  expect(dead.map((line) => (JSON.parse(line) as { readonly text: string }).text)).toEqual([
    "x,1,a,10",
    "u,,a,10",
    ",1,a,10",
  ]);
});

it("a table without a key is refused", async () => {
  writeFileSync(join(folder, "in"), "op,id\nu,1\n");
  await db.execute(`CREATE TABLE t (id INTEGER)
    WITH ('connector' = 'filesystem', 'path' = '${folder}/in', 'format' = 'csv', 'changelog' = 'upsert')`);
  await expect(db.execute("CREATE MATERIALIZED VIEW v AS SELECT * FROM t")).rejects.toMatchObject({
    code: "unsupported",
    hint: "PRIMARY KEY (...) NOT ENFORCED tells which rows take the place of which",
  });
});
