/** Connectors as SQL opens them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connect, type Session } from "../../../src/index.ts";

let db: Session;
let folder: string;
beforeEach(async () => {
  db = await connect({ workers: 1 });
  folder = mkdtempSync(join(tmpdir(), "headrace-jobs-"));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const output = (): string[] =>
  readdirSync(join(folder, "out"))
    .filter((name) => name.startsWith("part-"))
    .sort()
    .map((name) => readFileSync(join(folder, "out", name), "utf8"));

it("a job reads files and writes files, and does not take another's output for its own", async () => {
  writeFileSync(join(folder, "in.ndjson"), '{"k":"a","v":1}\n{"k":"b","v":2}\n{"k":"a","v":3}\n');
  await db.execute(`
    CREATE TABLE source (k VARCHAR, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '${folder}/in.ndjson', 'scan.bounded' = 'true');
    CREATE TABLE target (k VARCHAR, total BIGINT, PRIMARY KEY (k) NOT ENFORCED)
      WITH ('connector' = 'filesystem', 'path' = '${folder}/out', 'format' = 'csv', 'changelog' = 'upsert')`);
  const query = db.sql("SELECT k, sum(v)::BIGINT AS total FROM source GROUP BY k");
  const job = await query.insertInto("target");
  await job.done;
  expect(output()).toEqual(["k,total,op\na,4,u\nb,2,u\n"]);
  await expect(query.insertInto("target")).rejects.toMatchObject({
    code: "bind",
    message: '"target" has what a job "target" put out in 1 epochs, and this one begins anew',
  });
  await (
    await query.insertInto("target", { name: "second" })
  ).done;
  expect(output().length).toBe(2);
});
