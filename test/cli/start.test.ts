/** The shell keeps its compiled code beside itself (`scripts/cached-program.mjs`), and does without where it cannot. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

const dist = join(import.meta.dirname, "../../dist");
const UNNEEDED = /\.(code|map|d\.ts)$/;

let copy: string;
let folder: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "headrace-start-"));
  folder = join(copy, "dist/src/cli");
  cpSync(dist, join(copy, "dist"), { recursive: true, filter: (path) => !UNNEEDED.test(path) });
  symlinkSync(join(dist, "../node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, "package.json"), '{ "type": "module", "version": "1.2.3" }');
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));
beforeEach(() => {
  for (const file of kept()) rmSync(join(folder, file));
});

function kept(): string[] {
  return readdirSync(folder).filter((file) => file.includes(".code"));
}

function run(sql: string, nodeOptions: readonly string[] = []): { stdout: string; stderr: string; status: unknown } {
  const args = [...nodeOptions, join(folder, "main.js"), "--format", "csv", "-c", sql];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { stdout, stderr, status };
}

const SUM = "SELECT sum(i) AS s FROM range(1000) r(i)";
const ANSWER = { stdout: "s\n499500\n", stderr: "", status: 0 };

describe("compiled code", () => {
  test("is kept by the first run and stays", () => {
    expect(run(SUM)).toEqual(ANSWER);
    const [file, ...others] = kept();
    expect(others).toEqual([]);
    expect(file).toContain(`.${process.version}-${process.arch}.code`);
    const before = readFileSync(join(folder, file!));
    expect(run(SUM)).toEqual(ANSWER);
    expect(readFileSync(join(folder, file!)).equals(before)).toBe(true);
  });

  test("imports packages when they are needed", () => {
    const sql = "SELECT regexp_replace('abc', 'b', 'x') AS s";
    const answer = { stdout: "s\naxc\n", stderr: "", status: 0 };
    expect([run(sql), run(sql)]).toEqual([answer, answer]);
    expect(kept()).toHaveLength(1);
  });

  test("is not kept by a run that fails", () => {
    expect(run("SELECT x").status).toBe(1);
    expect(kept()).toEqual([]);
  });

  test.each([
    ["cut off", (code: Buffer) => code.subarray(0, code.length >> 1)],
    ["empty", () => Buffer.alloc(0)],
    ["no code", () => Buffer.from("what is this?")],
    ["of another V8", (code: Buffer) => Buffer.concat([code.subarray(0, 4), Buffer.alloc(4), code.subarray(8)])],
  ])("%s is left alone", (_, damage) => {
    run(SUM);
    const file = join(folder, kept()[0]!);
    writeFileSync(file, damage(readFileSync(file)));
    expect(run(SUM)).toEqual(ANSWER);
  });

  test("of other flags than those of the first run is left alone", () => {
    run(SUM);
    expect(run(SUM, ["--no-opt"])).toEqual(ANSWER);
  });

  test("source maps are heeded where Node.js is asked to", () => {
    expect(run(SUM, ["--enable-source-maps"])).toEqual(ANSWER);
    expect(kept()).toEqual([]);
  });
});
