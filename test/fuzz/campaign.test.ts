/** Campaigns of seeds that behave as they are told: end, crash, hang. What they find is not of interest here. */
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CampaignOptions, type Job, runCampaign } from "./campaign.ts";
import { isOf, readRecords, resultTable, type Version } from "./results.ts";

/** A seed's process: 13 crashes, 14 says nothing, 15 tells of its third case and says no more. */
const SEED_PROCESS = `
process.on("disconnect", () => process.exit(0));
process.once("message", ({ seed, queries }) => {
  if (seed === 13) process.exit(7);
  if (seed === 14) return;
  if (seed === 15) return process.send({ kind: "progress", cases: 3 });
  const findings = seed === 2 ? { "error: no way": 2 } : {};
  const counts = { cases: queries, same: queries - 3, bothErrors: 1, unsupported: 2, findings, reasons: {} };
  process.send({ kind: "done", counts });
});`;

const VERSION: Version = { engine: "e1", generator: "g1", commit: "abc" };
const jobs = (...seeds: number[]): Job[] => seeds.map((seed) => ({ oracle: "duckdb", seed, queries: 10 }));

describe("campaigns", () => {
  let folder = "";
  let reports: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "campaign-"));
    await writeFile(join(folder, "seed.mjs"), SEED_PROCESS);
    reports = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const run = async (list: readonly Job[], more: Partial<CampaignOptions> = {}): Promise<void> =>
    runCampaign({
      ...{ jobs: list, parallel: 1, results: join(folder, "results.jsonl"), version: VERSION, folder },
      ...{ timeout: 1000, shrinkMs: 0, silence: 60_000, report: (text) => void reports.push(text) },
      entry: pathToFileURL(join(folder, "seed.mjs")),
      ...more,
    });
  const seedsDone = async (): Promise<number[]> =>
    (await readRecords(join(folder, "results.jsonl"))).map(({ seed }) => seed);

  it("record each seed once", async () => {
    await run(jobs(1, 2), { parallel: 2 });
    await run(jobs(1, 2, 3));
    expect(new Set(await seedsDone())).toEqual(new Set([1, 2, 3]));
    expect(reports).toContain("2 of 3 seeds are recorded\n");
    await run([
      { oracle: "tlp", seed: 1, queries: 10 },
      { oracle: "duckdb", seed: 1, queries: 20 },
    ]);
    expect(await seedsDone()).toHaveLength(5);
  });

  it("run again what other code was recorded with", async () => {
    await run(jobs(1));
    await run(jobs(1), { version: { ...VERSION, generator: "g2" } });
    expect(await seedsDone()).toEqual([1, 1]);
    await run(jobs(1), { version: { ...VERSION, commit: "def" } });
    expect(await seedsDone()).toEqual([1, 1]);
    const [record] = await readRecords(join(folder, "results.jsonl"));
    expect([isOf(record!, VERSION), isOf(record!, { ...VERSION, engine: "e2" })]).toEqual([true, false]);
  });

  it("record a crash and a hang and go on", async () => {
    await run(jobs(13, 1));
    await run(jobs(15, 2), { silence: 2000 });
    const records = await readRecords(join(folder, "results.jsonl"));
    expect(records.map(({ seed, findings }) => [seed, Object.keys(findings)])).toEqual([
      [13, ["crash: the seed's process ended (code 7) after 0 cases"]],
      [1, []],
      [15, ["hang: no sign of the seed's process in 2000 ms after 3 cases"]],
      [2, ["error: no way"]],
    ]);
  });

  it("record nothing of a seed that was interrupted", async () => {
    const interruption = new AbortController();
    const ended = run(jobs(1, 14, 2), { signal: interruption.signal });
    await expect.poll(seedsDone, { timeout: 20_000 }).toEqual([1]);
    interruption.abort();
    await ended;
    expect(await seedsDone()).toEqual([1]);
    await run(jobs(1, 3));
    expect(await seedsDone()).toEqual([1, 3]);
  });

  it("read past a line that was cut off", async () => {
    await run(jobs(1));
    await appendFile(join(folder, "results.jsonl"), '{"oracle":"duckdb","seed":2,"que');
    await run(jobs(2));
    expect(await seedsDone()).toEqual([1, 2]);
  });

  it("end in a table", async () => {
    await run(jobs(1, 2, 3));
    const records = (await readRecords(join(folder, "results.jsonl"))).map((record) => ({ ...record, seconds: 4 }));
    expect(resultTable(records)).toBe(
      [
        "oracle  seeds  cases  same  both errors  unsupported  findings  s   commit",
        "duckdb  3      30     21    3            20.00 %      2         12  abc",
        "     2 error: no way",
        "",
      ].join("\n"),
    );
  });
});
