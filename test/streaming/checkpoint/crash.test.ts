import { afterEach, describe, expect, it } from "vitest";
import { HeadraceError } from "../../../src/error.ts";
import { SimulatedFiles } from "./simulated-files.ts";
import {
  expectedStates,
  forget,
  killHolder,
  newMemory,
  randomNumbers,
  snapshotOf,
  tablePages,
  TestJob,
} from "./support.ts";

const memory = newMemory();
afterEach(() => forget(memory));

/** What a job was told is on disk. */
type Acknowledged = { logged: number; checkpoint: number; savepoint: string | undefined };

/** Two runs of the job with checkpoints between, then a savepoint. */
async function scenario(files: SimulatedFiles, acknowledged: Acknowledged): Promise<void> {
  for (const until of [5, 8]) {
    const job = await TestJob.start(memory, files, acknowledged.logged);
    try {
      while (job.epoch < until) {
        await job.runEpoch();
        acknowledged.logged = job.epoch;
        if (job.epoch % 2 === 0) {
          await job.checkpoint();
          acknowledged.checkpoint = job.epoch;
        }
      }
      if (until === 8) acknowledged.savepoint = await job.checkpoints.savepoint();
    } finally {
      await job.stop();
    }
  }
}

const started = (): Acknowledged => ({ logged: 0, checkpoint: 0, savepoint: undefined });

async function countSteps(): Promise<number> {
  const files = new SimulatedFiles();
  const acknowledged = started();
  await scenario(files, acknowledged);
  expect(acknowledged).toEqual({ logged: 8, checkpoint: 8, savepoint: "/job/savepoint-4" });
  expect(files.open_).toBe(0);
  return files.steps;
}

async function checkSavepoint(files: SimulatedFiles, path: string): Promise<void> {
  const copy = await TestJob.start(memory, files, 0, { from: path, directory: "/other" });
  expect(copy.values()).toEqual(expectedStates(memory, 8));
  await copy.stop();
}

/** The directory opens with all that was acknowledged, and the job goes on to the end. */
async function checkSurvivor(files: SimulatedFiles, { logged, checkpoint, savepoint }: Acknowledged): Promise<void> {
  killHolder(files);
  forget(memory);
  const job = await TestJob.start(memory, files, logged);
  const found = job.recovered?.epoch ?? 0;
  // The checkpoint that was under way may be there.
  expect([checkpoint, checkpoint + 2]).toContain(found);
  expect(job.recovered?.damage ?? []).toEqual([]);
  expect(job.recovered ?? snapshotOf(0)).toMatchObject(snapshotOf(found));
  expect(job.epoch).toBeGreaterThanOrEqual(logged);
  expect(job.values()).toEqual(expectedStates(memory, job.epoch));
  if (savepoint !== undefined) await checkSavepoint(files, savepoint);
  const until = job.epoch + 2;
  while (job.epoch < until) await job.runEpoch();
  await job.checkpoint();
  await job.stop();
  expect(tablePages(memory)).toBe(0);
  const again = await TestJob.start(memory, files, until);
  expect(again.recovered?.epoch).toBe(until);
  expect(again.values()).toEqual(expectedStates(memory, until));
  await again.stop();
  // Nothing is left over.
  const names = [...files.contents().keys()].map((path) => path.split("/")[2]!);
  expect(names.filter((name) => /LOCK|tmp/.test(name))).toEqual([]);
}

describe("after a crash at any step the directory has the checkpoint before or the new one", () => {
  it("when the process was killed", async () => {
    const steps = await countSteps();
    expect(steps).toBeGreaterThan(100);
    for (let step = 0; step < steps; step++) {
      const files = new SimulatedFiles();
      files.fault = { step, code: "EIO", dies: true };
      const acknowledged = started();
      await expect(scenario(files, acknowledged), `step ${step}`).rejects.toThrow(HeadraceError);
      await checkSurvivor(files.afterKill(), acknowledged);
    }
  });

  it("when the power went", async () => {
    const steps = await countSteps();
    for (let step = 0; step < steps; step++) {
      const files = new SimulatedFiles();
      files.fault = { step, code: "EIO", dies: true };
      const acknowledged = started();
      await expect(scenario(files, acknowledged)).rejects.toThrow(HeadraceError);
      for (let seed = 1; seed <= 4; seed++)
        await checkSurvivor(files.afterPowerLoss(randomNumbers(step * 10 + seed)), acknowledged);
    }
  });
});

describe("a step that fails leaves everything as it was", () => {
  it.each(["ENOSPC", "EACCES", "EIO"])("%s", async (code) => {
    const failures: unknown[] = [];
    /** Again after a failure, as a job would that waits for room on the disk. */
    const insist = async <T>(work: () => Promise<T>, anew?: () => Promise<void>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        failures.push(error);
        if (String(error).includes("opened anew")) await anew?.();
        return work();
      }
    };
    const steps = await countSteps();
    for (let step = 0; step < steps; step++) {
      const files = new SimulatedFiles();
      files.fault = { step, code, dies: false };
      let job = await insist(() => TestJob.start(memory, files));
      const start = async (): Promise<void> => {
        await job.stop().catch(() => job.checkpoints.close());
        job = await insist(() => TestJob.start(memory, files, job.epoch));
      };
      for (let epoch = 1; epoch <= 6; epoch++) {
        // A record whose append failed may be in the log all the same.
        await insist(async () => {
          if (job.epoch < epoch) await job.runEpoch();
        }, start);
        if (epoch % 2 === 0) await insist(() => job.checkpoint());
        expect(job.values()).toEqual(expectedStates(memory, epoch));
      }
      await insist(() => job.checkpoints.savepoint());
      await start();
      expect(job.recovered?.epoch).toBe(6);
      expect(job.values()).toEqual(expectedStates(memory, 6));
      await job.stop().catch(() => job.checkpoints.close());
      expect(tablePages(memory)).toBe(0);
      expect(files.open_).toBe(0);
    }
    expect(failures.length).toBeGreaterThan(50);
    for (const error of failures) {
      expect(error).toBeInstanceOf(HeadraceError);
      expect(error).toMatchObject({ code: "io", message: expect.stringMatching(/^cannot \w+ "\/job.*": \w/) });
    }
  });
});
