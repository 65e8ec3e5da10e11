/** Orders in several currencies, joined with the rates that held when they came. */
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, test } from "vitest";

/** Machines may be busy. */
const SOON = { timeout: 10_000 };

let folder: string;
let db: Session;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headrace-temporal-"));
  await writeFile(
    join(folder, "rates.csv"),
    "currency,rate,ts\nEUR,114,2020-01-01 09:00:00\nUSD,102,2020-01-01 09:00:00\nEUR,116,2020-01-01 10:45:00\n",
  );
  await writeFile(
    join(folder, "orders.csv"),
    "id,currency,ts\n1,EUR,2020-01-01 09:30:00\n2,USD,2020-01-01 10:30:00\n3,EUR,2020-01-01 10:45:00\n4,YEN,2020-01-01 12:00:00\n" +
      "5,EUR,2020-01-01 12:00:00\n6,EUR,2020-01-01 08:59:59\n",
  );
  db = await connect({ workers: 1 });
  await db.execute(`
    CREATE TABLE rates (currency STRING, rate INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (currency) NOT ENFORCED)
    WITH ('connector' = 'filesystem', 'path' = '${join(folder, "rates.csv")}', 'format' = 'csv');
    CREATE TABLE orders (id INT, currency STRING, ts TIMESTAMP(3), p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '1' DAY)
    WITH ('connector' = 'filesystem', 'path' = '${join(folder, "orders.csv")}', 'format' = 'csv')`);
});

afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const rows = async (): Promise<string[]> =>
  (await db.sql("FROM v ORDER BY id").collect({ rows: "array" })).map((row) => row.join(" "));

test("event time: the version of then, also for what comes later", async () => {
  await db.execute(`CREATE MATERIALIZED VIEW v AS
    SELECT o.id, r.rate FROM orders o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency`);
  await expect.poll(rows, SOON).toEqual(["1 114", "2 102", "3 116", "5 116"]);
  await appendFile(join(folder, "rates.csv"), "EUR,119,2020-01-01 11:15:00\nYEN,1,2020-01-01 13:00:00\n");
  await expect.poll(rows, SOON).toEqual(["1 114", "2 102", "3 116", "5 119"]);
});

test("LEFT JOIN keeps what has no version", async () => {
  await db.execute(`CREATE MATERIALIZED VIEW v AS
    SELECT o.id, r.rate FROM orders o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON o.currency = r.currency`);
  await expect.poll(rows, SOON).toEqual(["1 114", "2 102", "3 116", "4 ", "5 116", "6 "]);
});

test("a condition on the version leaves out what does not meet it, and looks for no other version", async () => {
  await db.execute(`CREATE MATERIALIZED VIEW v AS
    SELECT o.id, r.rate FROM orders o JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r
    ON o.currency = r.currency AND r.rate < 116`);
  await expect.poll(rows, SOON).toEqual(["1 114", "2 102"]);
});

test("LEFT JOIN with conditions on the version: NULL where the one that was found does not meet them", async () => {
  await db.execute(`CREATE MATERIALIZED VIEW v AS
    SELECT o.id, r.rate, r.currency IS NULL AS missing FROM orders o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r
    ON o.currency = r.currency AND r.rate < 116 AND o.id <> 2`);
  await expect.poll(rows, SOON).toEqual(["1 114 false", "2  true", "3  true", "4  true", "5  true", "6  true"]);
  await appendFile(join(folder, "rates.csv"), "EUR,99,2020-01-01 11:15:00\nYEN,1,2020-01-01 11:00:00\n");
  await expect.poll(rows, SOON).toEqual(["1 114 false", "2  true", "3  true", "4 1 false", "5 99 false", "6  true"]);
});

test("LEFT JOIN as of PROCTIME() with conditions: of the latest version", async () => {
  await db.execute(`CREATE MATERIALIZED VIEW v AS
    SELECT o.id, r.rate FROM orders o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.p AS r
    ON o.currency = r.currency AND r.rate IS NOT NULL AND r.rate > 102`);
  await expect.poll(rows, SOON).toEqual(["1 116", "2 ", "3 116", "4 ", "5 116", "6 116"]);
});
