import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { DirectoryLock } from "../../../src/streaming/checkpoint/directory-lock.ts";
import type { FileSystem } from "../../../src/streaming/checkpoint/file-system.ts";
import { localFiles } from "../../../src/streaming/checkpoint/local-files.ts";
import { SimulatedFiles } from "./simulated-files.ts";
import { killHolder, randomNumbers } from "./support.ts";

const directory = mkdtempSync(join(tmpdir(), "headrace-lock-"));
afterAll(() => rmSync(directory, { recursive: true }));
const lockPath = join(directory, "LOCK");

describe("one job a directory", () => {
  it("is refused to others of the same process until it is released", async () => {
    const lock = await DirectoryLock.acquire(localFiles, directory, "first");
    await expect(DirectoryLock.acquire(localFiles, directory, "second")).rejects.toMatchObject({
      code: "io",
      message: expect.stringMatching(`^"${directory}" is in use by the job "first" in this process, since 20`),
      hint: "stop that job, or give each job a directory of its own",
    });
    expect(readdirSync(directory)).toEqual(["LOCK"]);
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
    await lock.release();
  });

  it("is refused while the other process lives, and taken over when it was killed", async () => {
    const source = `import { readFileSync, writeFileSync } from "node:fs";
      const template = JSON.parse(readFileSync(process.argv[1] + ".template", "utf8"));
      const started = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[19];
      writeFileSync(process.argv[1], JSON.stringify({ ...template, pid: process.pid, started }));
      console.log("ready");
      setInterval(() => {}, 1000);`;
    const lock = await DirectoryLock.acquire(localFiles, directory, "theirs");
    writeFileSync(`${lockPath}.template`, readFileSync(lockPath));
    await lock.release();
    const child = spawn(process.execPath, ["--input-type=module", "-e", source, lockPath], { stdio: "pipe" });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await expect(DirectoryLock.acquire(localFiles, directory, "ours")).rejects.toThrow(
      `is in use by the job "theirs" in process ${child.pid}, since `,
    );
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    const taken = await DirectoryLock.acquire(localFiles, directory, "ours");
    expect(JSON.parse(readFileSync(lockPath, "utf8"))).toMatchObject({ job: "ours", pid: process.pid });
    expect(readdirSync(directory)).toEqual(["LOCK"]);
    await taken.release();
  });

  it.each([
    ["another process has the number now", { started: "1" }],
    ["the machine was started again", { boot: "another" }],
    ["there is no such process", { pid: 2 ** 22 + 1 }],
  ])("is taken over when %s", async (_, other) => {
    const lock = await DirectoryLock.acquire(localFiles, directory, "a");
    writeFileSync(lockPath, JSON.stringify({ ...JSON.parse(readFileSync(lockPath, "utf8")), ...other }));
    const taken = await DirectoryLock.acquire(localFiles, directory, "b");
    await lock.release();
    expect(JSON.parse(readFileSync(lockPath, "utf8"))).toMatchObject({ job: "b", host: hostname() });
    await taken.release();
  });

  it("is not taken over from another machine, nor when the lock is damaged", async () => {
    const lock = await DirectoryLock.acquire(localFiles, directory, "a");
    const text = readFileSync(lockPath, "utf8");
    writeFileSync(lockPath, JSON.stringify({ ...JSON.parse(text), host: "elsewhere", pid: 17 }));
    await expect(DirectoryLock.acquire(localFiles, directory, "b")).rejects.toMatchObject({
      message: expect.stringContaining("in process 17 on elsewhere"),
      hint: `whether that process lives cannot be seen from here; if it does not, remove "${lockPath}"`,
    });
    for (const broken of ["", "{}", text.slice(0, 40), text.replace("pid", "pjd")]) {
      writeFileSync(lockPath, broken);
      await expect(DirectoryLock.acquire(localFiles, directory, "b")).rejects.toMatchObject({
        code: "format",
        message: `"${lockPath}" is damaged: it does not say who holds the directory`,
      });
    }
    writeFileSync(lockPath, text);
    await lock.release();
  });

  it("has one holder at most, however many try at once to take over from dead ones", async () => {
    for (let seed = 1; seed <= 150; seed++) {
      const random = randomNumbers(seed);
      const files = new SimulatedFiles();
      await files.makeDirectory("/job");
      await DirectoryLock.acquire(files, "/job", "dead");
      // Sometimes whoever had the right to take over is dead as well.
      const { id } = JSON.parse(files.contents().get("/job/LOCK")!.toString()) as { readonly id: string };
      if (random() < 0.5) {
        const right = files
          .contents()
          .get("/job/LOCK")!
          .toString()
          .replaceAll(id, `${id.slice(0, -1)}x`);
        files.replace(`/job/LOCK.${id}`, Buffer.from(right));
      }
      killHolder(files);
      const slow = delayed(files, random);
      let holders = 0;
      let most = 0;
      const contend = async (job: string): Promise<void> => {
        for (let attempt = 0; attempt < 3; attempt++) {
          try {
            const lock = await DirectoryLock.acquire(slow, "/job", job);
            most = Math.max(most, ++holders);
            await pause(random);
            holders--;
            await lock.release();
          } catch (error) {
            if (!String(error).includes("is in use by the job")) throw error;
          }
        }
      };
      await Promise.all(["a", "b", "c", "d"].map(contend));
      expect(most, `seed ${seed}`).toBe(1);
      expect([...files.contents().keys()], `seed ${seed}`).toEqual([]);
    }
  });
});

async function pause(random: () => number): Promise<void> {
  for (let turns = Math.floor(random() * 6); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
}

/** A file system whose operations take their time. */
function delayed(files: SimulatedFiles, random: () => number): FileSystem {
  const slowly =
    <A extends readonly unknown[], T>(work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await pause(random);
      return work(...args);
    };
  return {
    open: slowly((path, mode) => files.open(path, mode)),
    list: slowly((path) => files.list(path)),
    makeDirectory: slowly((path) => files.makeDirectory(path)),
    rename: slowly((from, to) => files.rename(from, to)),
    link: slowly((from, to) => files.link(from, to)),
    remove: slowly((path) => files.remove(path)),
    removeTree: slowly((path) => files.removeTree(path)),
    syncDirectory: slowly((path) => files.syncDirectory(path)),
  };
}
