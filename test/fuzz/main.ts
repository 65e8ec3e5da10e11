/**
 * `npm run fuzz -- [options] [ORACLE[:SEEDS[:QUERIES]] ...]`: random queries over random tables, judged by other ways to
 * the same rows. `npm run fuzz -- duckdb:1-20:1000 tlp:1-10` runs 20 seeds under one oracle and 10 under another;
 * without arguments it is duckdb:1:1000. docs/fuzzing.md says more.
 *
 *     --seed N, --queries M   where an argument names none (default 1 and 1000)
 *     --jobs N          so many seeds at a time (default 1)
 *     --out DIR         where scripts of failures are written (default .fuzz)
 *     --results FILE    where each seed that is done adds a line, and which seeds are not run again (default DIR/results.jsonl)
 *     --any-version     the table at the end counts the lines of other versions too
 *     --case NAME       runs one case again, called as its script: duckdb-601-17; nothing is recorded
 *     --timeout MS      for one case (default 30000)
 *     --shrink-ms MS    for making one failure small (default 20000)
 *     --reasons         print what was unsupported or an error on both sides
 *
 * The exit code is 1 when there was a failure, 130 after an interruption.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Job, runCampaign } from "./campaign.ts";
import type { Oracle } from "./cases.ts";
import { engineUrl } from "./engine.ts";
import { isOf, readRecords, reasonsTable, resultTable } from "./results.ts";
import { Runner } from "./runner.ts";
import { runSeed } from "./seed.ts";
import { currentVersion } from "./version.ts";

const ORACLES: readonly Oracle[] = ["duckdb", "tlp", "norec", "config", "stream"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    queries: { type: "string", default: "1000" },
    jobs: { type: "string", default: "1" },
    out: { type: "string", default: ".fuzz" },
    results: { type: "string" },
    "any-version": { type: "boolean", default: false },
    case: { type: "string" },
    timeout: { type: "string", default: "30000" },
    "shrink-ms": { type: "string", default: "20000" },
    reasons: { type: "boolean", default: false },
  },
});

const report = (text: string): void => void process.stdout.write(text);
const [timeout, shrinkMs] = [Number(values.timeout), Number(values["shrink-ms"])];
process.exitCode = values.case === undefined ? await campaign() : await oneCase(values.case);

async function campaign(): Promise<number> {
  const results = values.results ?? join(values.out, "results.jsonl");
  const version = currentVersion(engineUrl);
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort());
  await runCampaign({
    jobs: (positionals.length === 0 ? ["duckdb"] : positionals).flatMap(jobsOf),
    parallel: Number(values.jobs),
    ...{ results, version, folder: values.out, timeout, shrinkMs, report, signal: interruption.signal },
    silence: 3 * timeout + shrinkMs + 30_000,
  });
  const records = (await readRecords(results)).filter((record) => values["any-version"] || isOf(record, version));
  report(`\n${resultTable(records)}${values.reasons ? reasonsTable(records) : ""}`);
  if (interruption.signal.aborted) return 130;
  return records.some(({ findings }) => Object.keys(findings).length > 0) ? 1 : 0;
}

async function oneCase(name: string): Promise<number> {
  const [, oracle = "", seed, index] = /^(\w+)-(\d+)-(\d+)$/.exec(name) ?? usage(`no case is called "${name}"`);
  const runner = new Runner(timeout);
  const counts = await runSeed(runner, {
    ...{ oracle: oracleOf(oracle), seed: Number(seed), from: Number(index), cases: 1 },
    ...{ folder: values.out, known: new Set(), shrinkMs, report },
  });
  runner.close();
  const reason = Object.keys(counts.reasons)[0];
  if (Object.keys(counts.findings).length === 0) report(`${name}: ${reason ?? "the same"}\n`);
  return Object.keys(counts.findings).length === 0 ? 0 : 1;
}

/** Of `duckdb:601-620:1000`. */
function jobsOf(text: string): Job[] {
  const [, name = "", first = values.seed, last = first, queries = values.queries] =
    /^(\w+)(?::(\d+)(?:-(\d+))?(?::(\d+))?)?$/.exec(text) ?? usage(`"${text}" is not ORACLE:SEEDS:QUERIES`);
  for (const count of [first, last, queries]) if (!/^\d+$/.test(count)) usage(`"${count}" is no number`);
  const oracles = name === "all" ? ORACLES : [oracleOf(name)];
  const seeds = Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
  return oracles.flatMap((oracle) => seeds.map((seed): Job => ({ oracle, seed, queries: Number(queries) })));
}

function oracleOf(name: string): Oracle {
  return (
    ORACLES.find((oracle) => oracle === name) ??
    usage(`there is no oracle "${name}": duckdb, tlp, norec, config, stream or all`)
  );
}

function usage(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
