/** Jobs whose checkpoints cannot be made. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Job, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";

let db: Session;
let folder: string;
beforeEach(async () => {
  db = await connect({ workers: 1 });
  folder = mkdtempSync(join(tmpdir(), "headrace-jobs-"));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: string): Promise<Job> {
  await db.execute(`
    CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '2000'${options});
    CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole')`);
  return db
    .sql("SELECT count(*) FROM ticks")
    .insertInto("nowhere", { checkpoint: { directory: join(folder, "state") } });
}

it("a savepoint that cannot be made leaves the job running", async () => {
  const job = await start("");
  await expect(job.stop({ savepoint: folder })).rejects.toMatchObject({ code: "io" });
  expect(job.stats().state).toBe("running");
  const path = await job.stop({ savepoint: join(folder, "savepoint") });
  expect(path).toBe(join(folder, "savepoint"));
  await job.done;
});

it("a job that cannot keep its state fails, and whoever waits for it hears of it", async () => {
  const job = await start(", 'number-of-rows' = '1000'");
  rmSync(join(folder, "state"), { recursive: true });
  await expect(job.done).rejects.toMatchObject({ code: "io" });
  expect(job.stats().state).toBe("failed");
});
