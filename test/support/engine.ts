/** The engine under test: the built package, so that workers and assets are the real ones. */
import { readFile } from "node:fs/promises";
import { connectOracle } from "./oracle.ts";
import type { TestSession } from "./session.ts";

/** Options of `connect`, as `test/configs/<name>.json` holds them. */
export type TestConfig = Readonly<Record<string, unknown>>;

/** The configuration named by HEADRACE_TEST_CONFIG. */
export const configName: string = process.env["HEADRACE_TEST_CONFIG"] ?? "default";

/** `oracle` stands for DuckDB in the engine's place: for writing a script's first expectations. */
export const engineName: string = process.env["HEADRACE_TEST_ENGINE"] ?? "headrace";

export async function readConfig(name: string = configName): Promise<TestConfig> {
  return JSON.parse(await readFile(new URL(`../configs/${name}.json`, import.meta.url), "utf8")) as TestConfig;
}

/** The configuration under the scheduler seeds 1 to HEADRACE_TEST_SEEDS; itself when none are asked for. */
export function withSeeds(config: TestConfig): TestConfig[] {
  const seeds = Number(process.env["HEADRACE_TEST_SEEDS"] ?? 0);
  if (seeds === 0) return [config];
  const knobs = config["config"] as object | undefined;
  return Array.from({ length: seeds }, (_, i) => ({ ...config, config: { ...knobs, schedulerSeed: i + 1 } }));
}

/** A fresh session; dates and timestamps come as exact text. */
export async function connectEngine(config: TestConfig): Promise<TestSession> {
  if (engineName === "oracle") return connectOracle();
  const engine = (await import(new URL("../../dist/src/index.js", import.meta.url).href)) as {
    connect(options: TestConfig): Promise<TestSession>;
  };
  return engine.connect({ temporal: "string", ...config });
}
