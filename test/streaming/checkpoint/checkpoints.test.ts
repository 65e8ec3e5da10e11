import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { encodeColumns } from "../../../src/exec/table/encode-columns.ts";
import { type Chunk, withChunks, releaseVersion, type TableVersion } from "../../../src/exec/table/table-version.ts";
import { BIGINT, DOUBLE, type SqlType, VARCHAR } from "../../../src/planner/types/types.ts";
import { Checkpoints, type WantedState } from "../../../src/streaming/checkpoint/checkpoints.ts";
import type { FileSystem } from "../../../src/streaming/checkpoint/file-system.ts";
import { localFiles } from "../../../src/streaming/checkpoint/local-files.ts";
import { SimulatedFiles } from "./simulated-files.ts";
import {
  expectedStates,
  fixedTable,
  forget,
  newMemory,
  recordOf,
  snapshotOf,
  tablePages,
  TestJob,
  valuesOf,
} from "./support.ts";

const memory = newMemory();
afterEach(() => forget(memory));
const root = mkdtempSync(join(tmpdir(), "headrace-checkpoints-"));
afterAll(() => rmSync(root, { recursive: true }));

const TYPES = [BIGINT, VARCHAR];
const LAYOUT = fixedTable(TYPES);
const FULL = 40_000;

function rows(from: number, count: number): TableVersion {
  const numbers = Array.from({ length: count }, (_, i) => BigInt(from + i));
  return encodeColumns(memory, LAYOUT, count, [numbers, numbers.map((n) => `row ${n}`)]);
}

function joined(...versions: readonly TableVersion[]): TableVersion {
  return withChunks(
    LAYOUT,
    versions.flatMap(({ chunks }) => chunks),
  );
}

const wanted = (name: string, types: readonly SqlType[] = TYPES): WantedState => ({
  name,
  fingerprint: name,
  layout: fixedTable(types),
});
const named = (name: string, version: TableVersion) => ({ name, fingerprint: name, version });

async function openAt(
  directory: string,
  files: FileSystem,
  more: { readonly from?: string; readonly job?: string } = {},
) {
  return Checkpoints.open(directory, { job: "j", memory, files, ...more });
}

describe("checkpoints on disk", () => {
  const files: FileSystem = localFiles;
  const chunksIn = (directory: string): string[] => readdirSync(join(directory, "chunks"));

  it("write a chunk once, and drop what no kept checkpoint needs", async () => {
    const directory = join(root, "incremental/deep");
    const checkpoints = await openAt(directory, files);
    const [a, b, c] = [rows(0, FULL), rows(FULL, FULL), rows(2 * FULL, 10)];
    for (let epoch = 1; epoch <= 5; epoch++) await checkpoints.log.append(recordOf(epoch));

    const first = await checkpoints.write(snapshotOf(1), [named("s", joined(a)), named("t", joined(a))]);
    expect(first).toMatchObject({ number: 1, warnings: [], oldest: snapshotOf(1) });
    // What states share is written once.
    expect(chunksIn(directory)).toEqual(["1"]);
    expect(first.bytes).toBe(statSync(join(directory, "chunks/1")).size);

    const second = await checkpoints.write(snapshotOf(2), [named("s", joined(a, b, c))]);
    // Small chunks, which will soon be joined, have files of their own.
    expect(chunksIn(directory)).toEqual(["1", "2", "3"]);
    expect(second.bytes).toBe(["2", "3"].reduce((sum, id) => sum + statSync(join(directory, "chunks", id)).size, 0));

    const third = await checkpoints.write(snapshotOf(3), [named("s", joined(b, a))]);
    expect(third).toMatchObject({ number: 3, bytes: 0, oldest: snapshotOf(2) });
    expect(readdirSync(directory)).toEqual(["LOCK", "checkpoint-2.json", "checkpoint-3.json", "chunks", "epochs.log"]);
    expect([checkpoints.log.base, checkpoints.log.last]).toEqual([2, 5]);

    await checkpoints.write(snapshotOf(4), [named("s", joined(b))]);
    expect(chunksIn(directory)).toEqual(["1", "2"]);
    await checkpoints.write(snapshotOf(5), [named("s", joined(b))]);
    expect(chunksIn(directory)).toEqual(["2"]);
    // A chunk whose file is gone is written again.
    const sixth = await checkpoints.write(snapshotOf(5), [named("s", joined(a, b))]);
    expect(sixth.bytes).toBe(first.bytes);
    expect(chunksIn(directory)).toEqual(["2", "4"]);
    await checkpoints.close();

    // Also after a restart.
    const again = await openAt(directory, files);
    const state = (await again.recover([wanted("s")]))!.states.get("s")!;
    expect(valuesOf(memory, state)).toEqual(valuesOf(memory, joined(a, b)));
    expect((await again.write(snapshotOf(5), [named("s", state)])).bytes).toBe(0);
    expect((await again.write(snapshotOf(5), [named("s", joined(state, c))])).bytes).toBeGreaterThan(0);
    await again.close();
  });

  it("restore what states share as shared", async () => {
    const directory = join(root, "shared");
    const checkpoints = await openAt(directory, files);
    await checkpoints.log.append(recordOf(1));
    const chunks = [rows(0, 5), rows(5, 5), rows(10, 5)];
    await checkpoints.write(snapshotOf(1), [
      named("s", joined(...chunks)),
      named("t", joined(chunks[2]!, chunks[0]!, chunks[2]!)),
    ]);
    await checkpoints.close();
    forget(memory);
    const again = await openAt(directory, files);
    const { states } = (await again.recover([wanted("t"), wanted("s")]))!;
    const [s, t] = [states.get("s")!, states.get("t")!];
    expect(t.chunks.map((chunk: Chunk) => s.chunks.indexOf(chunk))).toEqual([2, 0, 2]);
    expect(valuesOf(memory, t)[0]).toEqual([10, 11, 12, 13, 14, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14].map(BigInt));
    // One extent for all that is small.
    expect(tablePages(memory)).toBe(1);
    releaseVersion(memory, s);
    expect(valuesOf(memory, t)[1]![0]).toBe("row 10");
    releaseVersion(memory, t);
    expect(tablePages(memory)).toBe(0);
    await again.close();
  });

  it("say which states do not match", async () => {
    const directory = join(root, "mismatch");
    const checkpoints = await openAt(directory, files);
    await checkpoints.log.append(recordOf(1));
    const states = ["same", "other plan", "other types", "gone"].map((name) => named(name, rows(0, 5)));
    await checkpoints.write(snapshotOf(1), states);
    await checkpoints.close();
    const again = await openAt(directory, files);
    expect(again.latest()).toMatchObject({ number: 1, epoch: 1, states: { length: 4 } });
    const recovered = (await again.recover([
      wanted("same"),
      { ...wanted("other plan"), fingerprint: "changed" },
      wanted("other types", [BIGINT, DOUBLE]),
      { ...wanted("added"), fingerprint: "added" },
      { ...wanted("the same, again"), fingerprint: wanted("same").fingerprint },
    ]))!;
    expect([...recovered.states.keys()]).toEqual(["same", "the same, again"]);
    expect(recovered.mismatches).toEqual([
      { kind: "new", name: "other plan" },
      { kind: "new", name: "other types" },
      { kind: "new", name: "added" },
      { kind: "unused", name: "other plan" },
      { kind: "unused", name: "other types" },
      { kind: "unused", name: "gone" },
    ]);
    expect(recovered).toMatchObject(snapshotOf(1));
    await again.close();
  });

  it("have savepoints that stand by themselves", async () => {
    const directory = join(root, "saved");
    const checkpoints = await openAt(directory, files);
    await expect(checkpoints.savepoint()).rejects.toThrow('no savepoint of the job "j": it has no checkpoint yet');
    await checkpoints.log.append(recordOf(1));
    await checkpoints.log.append(recordOf(2));
    await checkpoints.write(snapshotOf(2), [named("s", rows(0, FULL))]);
    const own = await checkpoints.savepoint();
    expect(own).toBe(join(directory, "savepoint-1"));
    expect(await checkpoints.savepoint()).toBe(own);
    expect(statSync(join(own, "chunks/1")).nlink).toBe(2);
    const path = join(root, "elsewhere");
    expect(await checkpoints.savepoint(path)).toBe(path);
    await expect(checkpoints.savepoint(path)).rejects.toThrow(
      `cannot write the savepoint "${path}": something is there`,
    );
    await checkpoints.close();
    rmSync(directory, { recursive: true });
    renameSync(path, `${path}.moved`);

    const from = `${path}.moved`;
    const next = join(root, "from-savepoint");
    const begun = await openAt(next, files, { from, job: "another" });
    expect((await begun.recover([wanted("s")]))!.states.get("s")!.rows).toBe(FULL);
    expect([begun.log.base, begun.log.last]).toEqual([2, 2]);
    await begun.close();
    // Once more, before there was a checkpoint.
    const again = await openAt(next, files, { from, job: "another" });
    const state = (await again.recover([wanted("s")]))!.states.get("s")!;
    await again.log.append(recordOf(3));
    // Nothing of the savepoint's files is referred to.
    expect((await again.write(snapshotOf(3), [named("s", state)])).bytes).toBeGreaterThan(FULL * 16);
    await again.close();
    rmSync(from, { recursive: true });
    const last = await openAt(next, files, { from, job: "another" });
    expect((await last.recover([wanted("s")]))!.epoch).toBe(3);
    await last.close();

    await expect(openAt(join(root, "empty"), files, { from: root })).rejects.toMatchObject({
      message: `"${root}" is not a savepoint: it has no checkpoint in it`,
    });
    await expect(openAt(join(root, "empty"), files, { from })).rejects.toMatchObject({
      message: `cannot read "${from}": no such file`,
    });
  });

  it("do not begin from a savepoint where a job has begun", async () => {
    const directory = join(root, "begun");
    const checkpoints = await openAt(directory, files);
    await checkpoints.log.append(recordOf(1));
    await checkpoints.write(snapshotOf(1), []);
    const savepoint = await checkpoints.savepoint(join(root, "of-begun"));
    await checkpoints.close();
    const other = join(root, "begun-too");
    await (await openAt(other, files)).close();
    await expect(openAt(other, files, { from: savepoint })).rejects.toMatchObject({
      message: `the job in "${other}" did not begin with the savepoint "${savepoint}"`,
      hint: "begin from a savepoint in a new directory",
    });
  });

  it("leave directories alone that are another's", async () => {
    const directory = join(root, "strange");
    mkdirSync(directory);
    writeFileSync(join(directory, "letter.txt"), "Dear reader");
    await expect(openAt(directory, files)).rejects.toMatchObject({
      code: "io",
      message: `"${directory}" is not a directory of checkpoints: it has "letter.txt" in it`,
    });
    expect(readdirSync(directory)).toEqual(["letter.txt"]);
    await expect(openAt(join(directory, "letter.txt"), files)).rejects.toMatchObject({ code: "io" });

    const jobs = join(root, "jobs");
    await (await openAt(jobs, files, { job: "one" })).close();
    await expect(openAt(jobs, files, { job: "two" })).rejects.toMatchObject({
      message: `"${jobs}" has the checkpoints of the job "one", not of "two"`,
    });
    const held = await openAt(jobs, files, { job: "one" });
    await expect(openAt(jobs, files, { job: "one" })).rejects.toThrow("is in use by the job");
    await held.close();
    expect(existsSync(join(jobs, "LOCK"))).toBe(false);
  });

  it("do not hold up the event loop", async () => {
    const directory = join(root, "large");
    const checkpoints = await openAt(directory, files);
    await checkpoints.log.append(recordOf(1));
    // 150 MB in 40 chunks.
    const chunk = rows(0, 65_536);
    const many = Array.from({ length: 40 }, (): Chunk => ({ ...chunk.chunks[0]! }));
    const state = withChunks(LAYOUT, many);
    const longest = await longestWait(async () => {
      await checkpoints.write(snapshotOf(1), [named("s", state)]);
    });
    await checkpoints.close();
    const again = await openAt(directory, files);
    const longestRead = await longestWait(async () => {
      const recovered = await again.recover([wanted("s")]);
      expect(recovered!.states.get("s")!.rows).toBe(40 * 65_536);
    });
    await again.close();
    // A slice is 8 ms and a bit.
    expect(Math.max(longest, longestRead)).toBeLessThan(40);
  });
});

/** How long this thread computed between two turns of the event loop, at most, in milliseconds. */
async function longestWait(work: () => Promise<void>): Promise<number> {
  // Other processes may keep us waiting: only time on a processor counts, where the system tells it.
  const source = "/proc/thread-self/schedstat";
  const now = existsSync(source)
    ? (): number => Number(readFileSync(source, "utf8").split(" ")[0]) / 1e6
    : (): number => performance.now();
  let longest = 0;
  let last = now();
  let done = false;
  const watch = (): void => {
    const time = now();
    longest = Math.max(longest, time - last);
    last = time;
    if (!done) setImmediate(watch);
  };
  watch();
  await work();
  done = true;
  return longest;
}

describe("checkpoints and what goes on meanwhile", () => {
  it("keep the versions that they write, and take turns", async () => {
    const files = new SimulatedFiles();
    const job = await TestJob.start(memory, files);
    const written: Promise<void>[] = [];
    for (let epoch = 1; epoch <= 6; epoch++) {
      await job.runEpoch();
      // Not waited for: epochs go on, and let go of what is being written.
      written.push(job.checkpoint());
    }
    const savepoint = job.checkpoints.savepoint();
    await Promise.all(written);
    expect(await savepoint).toBe("/job/savepoint-6");
    await job.stop();
    expect(tablePages(memory)).toBe(0);
    const again = await TestJob.start(memory, files);
    expect(again.recovered?.epoch).toBe(6);
    expect(again.values()).toEqual(expectedStates(memory, 6));
    await again.stop();
  });

  it("name the log by its name after it was cut", async () => {
    const files = new SimulatedFiles();
    const job = await TestJob.start(memory, files);
    await job.runEpoch();
    await job.checkpoint();
    expect(job.checkpoints.log.base).toBe(1);
    files.fault = { step: files.steps, code: "ENOSPC", dies: false };
    await expect(job.runEpoch()).rejects.toThrow('cannot write "/job/epochs.log": no space left on the device');
    await job.runEpoch();
    await job.stop();
  });

  it("refuse work when they are closed", async () => {
    const checkpoints = await openAt("/job", new SimulatedFiles());
    await checkpoints.close();
    await checkpoints.close();
    const closed = { code: "cancelled", message: 'the checkpoints in "/job" are closed' };
    await expect(checkpoints.recover([])).rejects.toMatchObject(closed);
    await expect(checkpoints.write(snapshotOf(0), [])).rejects.toMatchObject(closed);
    await expect(checkpoints.log.append(recordOf(1))).rejects.toThrow('"/job/epochs.log" is closed');
  });

  it("refuse what makes no sense", async () => {
    const checkpoints = await openAt("/job", new SimulatedFiles());
    await checkpoints.log.append(recordOf(1));
    await expect(checkpoints.log.append(recordOf(3))).rejects.toThrow("epoch 3 behind epoch 1");
    await expect(checkpoints.write(snapshotOf(2), [])).rejects.toThrow("a checkpoint of epoch 2, not in 0 to 1");
    const version = rows(0, 3);
    await expect(checkpoints.write(snapshotOf(1), [named("s", version), named("s", version)])).rejects.toThrow(
      "two states of one name",
    );
    await expect(checkpoints.write(snapshotOf(1), [named("s", { ...version, fixed: false })])).rejects.toThrow(
      "not of a fixed table",
    );
    await checkpoints.close();
  });
});
