/**
 * `npm run test:recovery -- [options]`: jobs with checkpoints in processes that are killed at random moments and started again with
 * another number of workers, now and then from the checkpoint before a damaged one. What they write must be what an undisturbed one writes.
 *
 *     --runs N      how many jobs are killed until they are done (default 20)
 *     --seed N      of the moments (default 1)
 *     --job NAME    only this one (see `jobs.ts`)
 *
 * The files of a run that differs stay, and the exit code is 1.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomNumbers } from "../checkpoint/support.ts";
import { JOBS } from "./jobs.ts";
import { runKilled, runUndisturbed, type Undisturbed } from "./kill.ts";

const MOST_KILLS = 8;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    job: { type: "string" },
  },
});

const root = mkdtempSync(join(tmpdir(), "headrace-recovery-"));
const jobs = JOBS.filter(({ name }) => values.job === undefined || name === values.job);
const undisturbed = new Map<string, Undisturbed>();
let kills = 0;
let damages = 0;
let failures = 0;
for (let run = 0; run < Number(values.runs); run++) {
  const job = jobs[run % jobs.length];
  if (job === undefined) throw new Error(`the jobs are ${JOBS.map(({ name }) => name).join(", ")}`);
  const expected = undisturbed.get(job.name) ?? (await runUndisturbed(job, join(root, `undisturbed-${job.name}`)));
  undisturbed.set(job.name, expected);
  const folder = join(root, `run-${run}`);
  const random = randomNumbers(Number(values.seed) * 1000 + run);
  const outcome = await runKilled(job, folder, expected, random, MOST_KILLS).catch((error: unknown) => ({
    kills: 0,
    damages: 0,
    difference: String(error),
  }));
  kills += outcome.kills;
  damages += outcome.damages;
  const verdict = outcome.difference === undefined ? "the same" : `${outcome.difference} (${folder})`;
  process.stdout.write(
    `run ${run}, ${job.name}: killed ${outcome.kills} times, ${outcome.damages} checkpoints damaged, ${verdict}\n`,
  );
  if (outcome.difference !== undefined) failures++;
}
process.stdout.write(`${values.runs} runs, ${kills} kills, ${damages} checkpoints damaged, ${failures} failures\n`);
if (failures === 0) rmSync(root, { recursive: true });
else process.exitCode = 1;
