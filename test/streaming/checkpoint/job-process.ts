/** A process with a job whose checkpoints are in the directory that is its argument. Says what it knows to be on disk; has no end. */
import { writeSync } from "node:fs";
import { localFiles } from "../../../src/streaming/checkpoint/local-files.ts";
import { newMemory, TestJob } from "./support.ts";

const [directory = "", committed = ""] = process.argv.slice(2);
const say = (what: string, epoch: number): void => void writeSync(1, `${what} ${epoch}\n`);

const job = await TestJob.start(newMemory(), localFiles, Number(committed), { directory });
say("started", job.epoch);
for (;;) {
  await job.runEpoch();
  say("logged", job.epoch);
  if (job.epoch % 3 === 0) void job.checkpoint().then(say.bind(undefined, "checkpoint", job.epoch));
}
