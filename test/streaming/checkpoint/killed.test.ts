import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { localFiles } from "../../../src/streaming/checkpoint/local-files.ts";
import { expectedStates, newMemory, randomNumbers, TestJob } from "./support.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-killed-"));
afterAll(() => rmSync(root, { recursive: true }));

/** What a process said until it was killed, `ms` milliseconds after its first words. */
async function runAndKill(directory: string, committed: number, ms: number): Promise<Map<string, number>> {
  const program = join(import.meta.dirname, "job-process.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program, directory, String(committed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    if (text === "") setTimeout(() => child.kill("SIGKILL"), ms);
    text += part;
  });
  await ended;
  const said = new Map<string, number>();
  for (const [, what, epoch] of text.matchAll(/^(\w+) (\d+)\n/gm)) said.set(what!, Number(epoch));
  return said;
}

it("a process that is killed and killed again loses nothing that it said was on disk", async () => {
  const random = randomNumbers(1);
  const directory = join(root, "job");
  const memory = newMemory();
  let logged = 0;
  for (let run = 0; run < 5; run++) {
    const said = await runAndKill(directory, logged, random() * 200);
    expect(said.get("started")).toBeGreaterThanOrEqual(logged);
    logged = said.get("logged") ?? logged;
    const job = await TestJob.start(memory, localFiles, logged, { directory });
    expect(job.recovered?.epoch ?? 0).toBeGreaterThanOrEqual(said.get("checkpoint") ?? 0);
    expect(job.recovered?.damage ?? []).toEqual([]);
    expect(job.values()).toEqual(expectedStates(memory, job.epoch));
    logged = job.epoch;
    await job.stop();
  }
  expect(logged).toBeGreaterThan(5);
});
