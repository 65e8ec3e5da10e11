/** Few runs; `npm run test:recovery` is for many. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { randomNumbers } from "../checkpoint/support.ts";
import { JOBS } from "./jobs.ts";
import { runKilled, runUndisturbed } from "./kill.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-recovery-"));
afterAll(() => rmSync(root, { recursive: true }));

it.each(JOBS)("$name: a job that is killed and started again writes what an undisturbed one does", async (job) => {
  const expected = await runUndisturbed(job, join(root, job.name, "undisturbed"));
  expect(expected.rows.size).toBeGreaterThan(10);
  const { kills, difference } = await runKilled(job, join(root, job.name, "killed"), expected, randomNumbers(3), 3);
  expect(difference).toBeUndefined();
  expect(kills).toBeGreaterThan(0);
});
