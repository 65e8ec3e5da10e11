/**
 * Runs every script below this folder.
 *
 *     HEADRACE_TEST_CONFIG=workers-1   under test/configs/workers-1.json
 *     HEADRACE_SLT_COMPLETE=1          rewrites the expectations that are not met
 */
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { configName, connectEngine, engineName, readConfig } from "../support/engine.ts";
import { completeSlt } from "../support/slt/complete.ts";
import { parseSlt } from "../support/slt/parse.ts";
import { runSlt } from "../support/slt/run.ts";

const here = import.meta.dirname;
const files = (await readdir(here, { recursive: true })).filter((file) => file.endsWith(".slt")).sort();
const config = await readConfig();

describe(`scripts under ${configName}`, () => {
  it.each(files)("%s", async (file) => {
    const path = join(here, file);
    const text = await readFile(path, "utf8");
    const session = await connectEngine(config);
    try {
      const outcomes = await runSlt(parseSlt(text), session, {
        engines: new Set([engineName, configName]),
        tolerance: 1e-12,
        checkMessages: engineName !== "oracle",
        checkPlans: engineName !== "oracle" && configName === "default",
        variables: new Map(),
      });
      if (process.env["HEADRACE_SLT_COMPLETE"] === "1") {
        await writeFile(path, completeSlt(text, outcomes));
        return;
      }
      const failures = outcomes
        .filter(({ status }) => status !== "passed")
        .map(({ record, message }) => `${relative(process.cwd(), path)}:${record.line} ${message}\n    ${record.sql}`);
      expect(failures.join("\n\n")).toBe("");
    } finally {
      await session.close();
    }
  });
});
