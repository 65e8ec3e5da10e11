import { crc32 } from "node:zlib";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { HeadraceError } from "../../../src/error.ts";
import { SimulatedFiles } from "./simulated-files.ts";
import { expectedStates, forget, newMemory, randomNumbers, tablePages, TestJob } from "./support.ts";

const memory = newMemory();
afterEach(() => forget(memory));

const LOG = "/job/epochs.log";
/** A job that has ended at epoch 7, with checkpoints of the epochs 4 and 6. */
const whole = new SimulatedFiles();
beforeAll(async () => {
  const job = await TestJob.start(memory, whole);
  while (job.epoch < 7) {
    await job.runEpoch();
    if (job.epoch % 2 === 0) await job.checkpoint();
  }
  await job.checkpoints.savepoint();
  await job.stop();
});

type Outcome = {
  readonly error: HeadraceError | undefined;
  readonly fellBack: boolean;
  readonly damage: readonly HeadraceError[];
};

/** Opens a damaged directory: an error, or the states of an epoch as they were. */
async function open(files: SimulatedFiles): Promise<Outcome> {
  const started = await TestJob.start(memory, files, 7).catch((error: unknown) => error);
  return started instanceof TestJob ? checkJob(files, started) : checkRefusal(files, started);
}

function checkRefusal(files: SimulatedFiles, error: unknown): Outcome {
  expect(error).toBeInstanceOf(HeadraceError);
  expect(tablePages(memory)).toBe(0);
  expect(files.open_).toBe(0);
  return { error: error as HeadraceError, fellBack: false, damage: [] };
}

async function checkJob(files: SimulatedFiles, job: TestJob): Promise<Outcome> {
  const { epoch, damage, mismatches } = job.recovered!;
  expect(mismatches).toEqual([]);
  expect([4, 6]).toContain(epoch);
  expect(job.epoch).toBe(7);
  expect(job.values()).toEqual(expectedStates(memory, 7));
  // What comes after is no worse for it.
  await job.runEpoch();
  await job.checkpoint();
  await job.stop();
  expect(tablePages(memory)).toBe(0);
  const again = await TestJob.start(memory, files, 8);
  expect([again.recovered!.epoch, again.recovered!.damage]).toEqual([8, []]);
  expect(again.values()).toEqual(expectedStates(memory, 8));
  await again.stop();
  return { error: undefined, fellBack: epoch === 4, damage };
}

function damaged(path: string, change: (bytes: Buffer) => Buffer | undefined): SimulatedFiles {
  const files = whole.afterKill();
  files.replace(path, change(Buffer.from(files.contents().get(path)!)));
  return files;
}

const pathsOf = (files: SimulatedFiles): string[] =>
  [...files.contents().keys()].filter((path) => !path.includes("savepoint"));

function flipped(bytes: Buffer, bit: number): Buffer {
  bytes[bit >>> 3]! ^= 1 << (bit & 7);
  return bytes;
}

describe("a damaged file is an error or a reason to take the checkpoint before, never another result", () => {
  it("has checkpoints to damage", async () => {
    expect(pathsOf(whole)).toEqual([
      LOG,
      ...["1", "2", "3"].map((id) => `/job/chunks/${id}`),
      "/job/checkpoint-2.json",
      "/job/checkpoint-3.json",
    ]);
    expect(await open(whole.afterKill())).toEqual({ error: undefined, fellBack: false, damage: [] });
  });

  it("bits that flip", async () => {
    const random = randomNumbers(7);
    let fellBack = 0;
    let errors = 0;
    for (const path of pathsOf(whole)) {
      const bits = whole.contents().get(path)!.length * 8;
      for (let run = 0; run < 80; run++) {
        const bit = Math.floor(random() * bits);
        const outcome = await open(damaged(path, (bytes) => flipped(bytes, bit)));
        if (outcome.fellBack) fellBack++;
        if (outcome.error !== undefined) errors++;
        const [damage = outcome.error] = outcome.damage;
        expect(damage?.code, `${path} bit ${bit}`).toBe("format");
        expect(damage?.message).toContain(path);
      }
    }
    expect(fellBack).toBeGreaterThan(60);
    expect(errors).toBeGreaterThan(60);
  });

  it("files that end too soon, or are gone", async () => {
    for (const path of pathsOf(whole)) {
      const { length } = whole.contents().get(path)!;
      for (const cut of [undefined, 0, 1, 15, 16, 40, Math.floor(length / 2), length - 17, length - 1]) {
        const { error, fellBack } = await open(
          damaged(path, (bytes) => (cut === undefined ? undefined : bytes.subarray(0, Math.min(cut, length - 1)))),
        );
        // Of the older checkpoint nothing is read.
        const isOld = path.endsWith("checkpoint-2.json");
        expect(error !== undefined || fellBack || isOld, `${path} at ${cut}`).toBe(true);
      }
    }
  });

  it("files in each other's places", async () => {
    const paths = pathsOf(whole);
    for (const path of paths) {
      for (const from of paths.filter((name) => name !== path)) {
        const { error, fellBack } = await open(damaged(path, () => whole.contents().get(from)));
        expect(error !== undefined || fellBack || path.endsWith("checkpoint-2.json"), `${from} for ${path}`).toBe(true);
      }
    }
  });

  it("names what is wrong when no checkpoint is whole", async () => {
    const files = whole.afterKill();
    for (const n of [2, 3]) files.replace(`/job/checkpoint-${n}.json`, Buffer.from("{}"));
    const { error } = await open(files);
    expect(error).toMatchObject({
      code: "format",
      message:
        'no checkpoint in "/job" is whole: "/job/checkpoint-2.json" is damaged: it does not match its checksum; ' +
        '"/job/checkpoint-3.json" is damaged: it does not match its checksum',
    });
    // Nothing was removed.
    expect(pathsOf(files)).toEqual(pathsOf(whole));
  });

  it("does not begin anew where checkpoints are missing", async () => {
    const files = whole.afterKill();
    for (const n of [2, 3]) files.replace(`/job/checkpoint-${n}.json`, undefined);
    const { error } = await open(files);
    expect(error).toMatchObject({ code: "format", message: 'no checkpoint in "/job" is whole: they are missing' });
  });
});

describe("the log", () => {
  const frames = (bytes: Buffer): number[] => {
    const starts: number[] = [];
    for (let at = 0; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 4)) starts.push(at);
    return starts;
  };

  it("drops a record that was cut off, unless a sink has committed its epoch", async () => {
    const bytes = whole.contents().get(LOG)!;
    const last = frames(bytes).at(-1)!;
    for (let size = last + 1; size < bytes.length; size++) {
      const files = damaged(LOG, (all) => all.subarray(0, size));
      await expect(TestJob.start(memory, files.afterKill(), 7)).rejects.toMatchObject({
        code: "format",
        message: '"/job/epochs.log" is damaged: it ends with epoch 6, but a sink has committed epoch 7',
      });
      const job = await TestJob.start(memory, files, 6);
      expect(job.epoch).toBe(6);
      await job.runEpoch();
      await job.stop();
      expect(files.contents().get(LOG)).toEqual(bytes);
      forget(memory);
    }
  });

  it("says where a record in the middle is damaged", async () => {
    const starts = frames(whole.contents().get(LOG)!);
    expect(starts).toHaveLength(4);
    for (const at of [0, 5, 9, 13, 20]) {
      const { error } = await open(damaged(LOG, (bytes) => flipped(bytes, (starts[1]! + at) * 8)));
      expect(error?.message).toBe(
        `"/job/epochs.log" is damaged: the record of epoch 5 at byte ${starts[1]}; the next whole one begins at byte ${starts[2]}`,
      );
    }
  });

  it("notices records that are missing or twice there", async () => {
    const bytes = whole.contents().get(LOG)!;
    const [, second, third] = frames(bytes) as [number, number, number];
    const without = await open(damaged(LOG, () => Buffer.concat([bytes.subarray(0, second), bytes.subarray(third)])));
    expect(without.error?.message).toBe(
      `"/job/epochs.log" is damaged: the record of epoch 5 at byte ${second} is of epoch 6`,
    );
    const twice = await open(damaged(LOG, () => Buffer.concat([bytes.subarray(0, third), bytes.subarray(second)])));
    expect(twice.error?.message).toBe(
      `"/job/epochs.log" is damaged: the record of epoch 6 at byte ${third} is of epoch 5`,
    );
  });
});

describe("a newer version's files are not touched, and no older checkpoint is taken for them", () => {
  const message = (path: string): string =>
    `"${path}" was written by a newer version: its format is 2, this version knows 1`;

  it("manifest", async () => {
    const path = "/job/checkpoint-3.json";
    const files = damaged(path, () => {
      const rest = '"format":2,"body":["who knows"]}\n';
      return Buffer.from(`{"checksum":"${crc32(`,${rest}`).toString(16).padStart(8, "0")}",${rest}`);
    });
    const before = files.contents();
    expect((await open(files)).error).toMatchObject({ code: "unsupported", message: message(path) });
    expect(files.contents()).toEqual(before);
  });

  it("chunks", async () => {
    const path = "/job/chunks/3";
    const files = damaged(path, (bytes) => {
      bytes.writeUInt32LE(2, 4);
      const end = 16 + bytes.readUInt32LE(8);
      bytes.writeUInt32LE(crc32(bytes.subarray(16, end), crc32(bytes.subarray(0, 12))), 12);
      return bytes;
    });
    expect((await open(files)).error).toMatchObject({ code: "unsupported", message: message(path) });
  });

  it("log", async () => {
    const files = damaged(LOG, (bytes) => {
      const end = 16 + bytes.readUInt32LE(4);
      bytes.write("2", bytes.indexOf('"format":1') + 9);
      bytes.writeUInt32LE(crc32(bytes.subarray(16, end)), 8);
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
      return bytes;
    });
    expect((await open(files)).error).toMatchObject({ code: "unsupported", message: message(LOG) });
  });
});
