/** `headrace nexmark`, as a process. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const program = join(import.meta.dirname, "../../dist/src/cli/main.js");

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "headrace-nexmark-"));
});
afterAll(() => rm(directory, { recursive: true }));

type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

async function nexmark(...args: readonly string[]): Promise<Outcome> {
  const command = [program, "nexmark", ...args];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, command, { encoding: "utf8" })) };
  } catch (error) {
    return error as Outcome;
  }
}

type Report = {
  readonly queries: readonly {
    readonly query: string;
    readonly outputRows: number;
    readonly stateRows: number;
    readonly epochs: number;
    readonly latencyMs: { readonly p50: number; readonly p99: number };
  }[];
};

it("runs queries to the end of the events", async () => {
  const json = join(directory, "report.json");
  const args = ["--events", "20k", "--query", "0,q3,q13,Q14", "--epoch", "5k", "--workers", "1", "--json", json];
  const { code, stdout, stderr } = await nexmark("run", ...args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout.split("\n")).toHaveLength(7);
  const { queries } = JSON.parse(await readFile(json, "utf8")) as Report;
  expect(queries.map(({ query }) => query)).toEqual(["q0", "q3", "q13", "q14"]);
  const [all, local, looked] = queries;
  expect(all).toMatchObject({ outputRows: 18_400, stateRows: 0, epochs: 4 });
  expect(looked!.outputRows).toBe(18_400);
  expect(local!.outputRows).toBeGreaterThan(0);
  expect(local!.stateRows).toBeGreaterThan(0);
  expect(queries.every(({ latencyMs: { p50, p99 } }) => p50 > 0 && p99 >= p50)).toBe(true);
});

it("lets events come by the clock", async () => {
  const json = join(directory, "paced.json");
  const begun = performance.now();
  const { code } = await nexmark("run", "--events", "2000", "--rate", "2k", "--query", "q0", "--json", json);
  expect(code).toBe(0);
  expect(performance.now() - begun).toBeGreaterThan(999);
  const { queries } = JSON.parse(await readFile(json, "utf8")) as Report;
  expect(queries[0]!.outputRows).toBe(1840);
  expect(queries[0]!.epochs).toBeGreaterThan(3);
});

it("leaves checkpoints where it is told", async () => {
  const place = join(directory, "checkpoints");
  const args = ["--events", "5000", "--query", "q3", "--epoch", "1000", "--checkpoint", place];
  expect(await nexmark("run", ...args, "--checkpoint-interval", "1ms")).toMatchObject({ code: 0, stderr: "" });
  expect((await readdir(join(place, "q3"))).length).toBeGreaterThan(0);
  const again = await nexmark("run", ...args);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("already");
});

it.each([
  ["csv", 93],
  ["ndjson", 92],
])("writes files of %s", async (format, lines) => {
  expect(await nexmark("gen", "--events", "100", "--out", directory, "--format", format)).toMatchObject({ code: 0 });
  const text = await readFile(join(directory, `bid.${format}`), "utf8");
  expect(text.trimEnd().split("\n")).toHaveLength(lines);
});

it.each([
  [["run", "--events", "many"], "--events needs a number of events"],
  [["run", "--query", "q24"], 'Nexmark has q0 to q23, not "q24"'],
  [["run", "--checkpoint-interval", "5s"], "needs --checkpoint DIR"],
  [["run", "--epoch", "soon"], "--epoch needs"],
  [["gen"], "needs --events"],
  [["gen", "--events", "10", "--format", "xml"], "--format needs one of csv, parquet, ndjson"],
  [["walk"], 'unknown command "nexmark walk"'],
])("refuses %s", async (args, message) => {
  const { code, stderr } = await nexmark(...args);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});
