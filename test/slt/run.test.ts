/**
 * Runs every script below this folder.
 *
 *     HEADRACE_TEST_CONFIG=workers-1   under test/configs/workers-1.json
 *     HEADRACE_TEST_SEEDS=200          each of them under the scheduler seeds 1 to 200
 *     HEADRACE_SLT_COMPLETE=1          rewrites the expectations that are not met
 */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { configName, connectEngine, engineName, readConfig, withSeeds } from "../support/engine.ts";
import { completeSlt } from "../support/slt/complete.ts";
import { parseSlt } from "../support/slt/parse.ts";
import { runSlt } from "../support/slt/run.ts";
import type { Outcome } from "../support/slt/run.ts";
import type { SltRecord } from "../support/slt/records.ts";
import type { TestConfig } from "../support/engine.ts";

const here = import.meta.dirname;
const files = (await readdir(here, { recursive: true })).filter((file) => file.endsWith(".slt")).sort();
const configs = withSeeds(await readConfig());

describe(`scripts under ${configName}`, () => {
  it.each(files)("%s", async (file) => {
    const path = join(here, file);
    const text = await readFile(path, "utf8");
    const records = parseSlt(text);
    if (process.env["HEADRACE_SLT_COMPLETE"] === "1") {
      await writeFile(path, completeSlt(text, await run(records, configs[0]!)));
      return;
    }
    for (const config of configs) {
      const failures = (await run(records, config))
        .filter(({ status }) => status !== "passed")
        .map(({ record, message }) => `${relative(process.cwd(), path)}:${record.line} ${message}\n    ${record.sql}`);
      expect(failures.join("\n\n"), `under ${JSON.stringify(config)}`).toBe("");
    }
  });
});

async function run(records: readonly SltRecord[], config: TestConfig): Promise<readonly Outcome[]> {
  const session = await connectEngine(config);
  const folder = await mkdtemp(join(tmpdir(), "headrace-slt-"));
  try {
    return await runSlt(records, session, {
      engines: new Set([engineName, configName]),
      tolerance: 1e-12,
      checkMessages: engineName !== "oracle",
      checkPlans: engineName !== "oracle" && configName === "default",
      variables: new Map([["TEST_DIR", folder]]),
    });
  } finally {
    await session.close();
    await rm(folder, { recursive: true });
  }
}
