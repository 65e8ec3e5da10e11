/** Runs one script after another as the parent sends their paths; a crash or a hang costs its own file only. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectEngine, readConfig } from "../engine.ts";
import { includeFor } from "./include.ts";
import { parseSlt } from "./parse.ts";
import type { FileReport } from "./report.ts";
import { runSlt } from "./run.ts";

const config = await readConfig();

process.on("message", (path: string) => {
  void reportOn(path).then((report) => process.send?.(report));
});
process.send?.("ready");

async function reportOn(path: string): Promise<FileReport> {
  const directory = await mkdtemp(join(tmpdir(), "headrace-slt-"));
  try {
    const records = parseSlt(await readFile(path, "utf8"));
    const session = await connectEngine(config);
    try {
      const outcomes = await runSlt(records, session, {
        engines: new Set(["duckdb", "headrace"]),
        tolerance: 0.01, // as DuckDB's own runner compares floats
        checkMessages: false,
        checkPlans: false,
        include: includeFor(path),
        variables: new Map([
          ["TEST_DIR", directory],
          ["TEMP_DIR", directory],
        ]),
      });
      return {
        path,
        failure: undefined,
        records: outcomes.map(({ record: { kind, line, sql }, status, message }) => ({
          kind,
          line,
          sql,
          status,
          message,
        })),
      };
    } finally {
      await session.close();
    }
  } catch (error) {
    return { path, failure: error instanceof Error ? (error.stack ?? error.message) : String(error), records: [] };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
