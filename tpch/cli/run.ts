import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UsageError, count } from "../../src/cli/options.ts";
import { ANSWER_SCALE_FACTORS, checkAnswer } from "../answers/check.ts";
import { runBenchmark } from "../bench/benchmark.ts";
import type { QueryReport } from "../bench/benchmark.ts";
import { ENGINE_NAMES, openEngine } from "../bench/engines/engine.ts";
import type { Engine, EngineName, EngineOptions, TableSource } from "../bench/engines/engine.ts";
import { formatProblems, formatReport, ratiosOf } from "../bench/report.ts";
import { median } from "../bench/statistics.ts";
import { TABLES } from "../gen/schema.ts";
import { QUERY_COUNT, query } from "../queries/queries.ts";
import { defaultDirectory, oneOf, parsed, scaleFactor } from "./arguments.ts";
import { generate } from "./gen.ts";

type RunOptions = {
  readonly sf: number;
  readonly directory: string;
  readonly queries: readonly number[];
  readonly runs: number;
  readonly check: boolean;
  readonly compare: readonly EngineName[];
  readonly from: TableSource;
  readonly workers: number;
  readonly json: string | undefined;
};

export async function run(argv: readonly string[]): Promise<number> {
  const options = parseRunOptions(argv);
  const { sf, directory, queries, runs, check } = options;
  if (!TABLES.every((table) => existsSync(join(directory, `${table}.parquet`)))) {
    await generate({ sf, directory, format: "parquet", workers: options.workers });
  }
  const engines = await openEngines(options);
  const sources = { memory: "tables in memory", parquet: "from Parquet files" };
  process.stdout.write(`TPC-H SF ${sf}, ${sources[options.from]}, median of ${runs} runs\n`);
  for (const { name, version, threads } of engines) {
    process.stdout.write(`  ${name} ${version}, ${threads} ${threads === 1 ? "thread" : "threads"}\n`);
  }

  const verdicts = new Map<number, string | undefined>();
  const reports = await runBenchmark(
    engines,
    queries.map((number) => ({ number, sql: query(number) })),
    {
      runs,
      onQuery: (report) => {
        if (check) verdicts.set(report.query, answerProblem(report, sf));
        if (process.stderr.isTTY) process.stderr.write(`\r\u001b[KQ${report.query}`);
      },
    },
  );
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  // Before the others close: of the whole process, the peers included.
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  for (const engine of engines) await engine.close();

  const wrong = [...verdicts].filter(([, problem]) => problem !== undefined);
  const verdict = ({ query: number }: QueryReport): string => {
    if (!check) return "";
    return verdicts.get(number) === undefined ? "ok" : "WRONG";
  };
  process.stdout.write(`\n${formatReport(reports, verdict)}\n`);
  for (const problem of formatProblems(reports)) process.stdout.write(`${problem}\n`);
  for (const [number, problem] of wrong) process.stdout.write(`Q${number}: ${problem}\n`);
  if (check) process.stdout.write(`answers: ${verdicts.size - wrong.length} of ${verdicts.size} correct\n`);
  process.stdout.write(`peak memory: ${peakMegabytes} MB${engines.length > 1 ? " (all engines)" : ""}\n`);
  if (options.json !== undefined) await writeJson(options.json, options, engines, reports, verdicts, peakMegabytes);

  const failed = reports.some(
    ({ engines: all }) => all[0]!.failure !== undefined || all.some((e) => e.difference !== undefined),
  );
  return failed || wrong.length > 0 ? 1 : 0;
}

function parseRunOptions(argv: readonly string[]): RunOptions {
  const { values } = parsed(() =>
    parseArgs({
      args: [...argv],
      options: {
        sf: { type: "string", default: "0.1" },
        data: { type: "string" },
        query: { type: "string" },
        runs: { type: "string", default: "5" },
        check: { type: "boolean", default: false },
        compare: { type: "string" },
        from: { type: "string", default: "memory" },
        workers: { type: "string" },
        json: { type: "string" },
      },
    }),
  );
  const sf = scaleFactor(values.sf);
  if (values.check && !ANSWER_SCALE_FACTORS.includes(sf)) {
    throw new UsageError(`--check: reference answers exist for --sf ${ANSWER_SCALE_FACTORS.join(", ")}`);
  }
  const from = oneOf("--from", values.from, ["memory", "parquet"] as const);
  const compare = list(values.compare).map((name) => oneOf("--compare", name, ENGINE_NAMES));
  if (from === "parquet" && compare.includes("duckdb-wasm")) {
    throw new UsageError("duckdb-wasm downloads its Parquet reader: compare it with --from memory");
  }
  return {
    sf,
    directory: values.data ?? defaultDirectory(sf),
    queries: values.query === undefined ? numbersTo(QUERY_COUNT) : list(values.query).map(queryNumber),
    runs: count("--runs", values.runs, 1)!,
    check: values.check,
    compare: compare.filter((name) => name !== "headrace"),
    from,
    workers: count("--workers", values.workers, 1) ?? availableParallelism(),
    json: values.json,
  };
}

function list(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

function queryNumber(text: string): number {
  const number = count("--query", text, 1)!;
  if (number > QUERY_COUNT) throw new UsageError(`--query: TPC-H has queries 1 to ${QUERY_COUNT}, not ${text}`);
  return number;
}

/** A peer whose package is not there is left out with a warning; our own engine must open. */
async function openEngines({ directory, from, workers, compare }: RunOptions): Promise<Engine[]> {
  const options: EngineOptions = { directory, from, threads: workers };
  const engines = await openEngine("headrace", options);
  for (const name of compare) {
    try {
      engines.push(...(await openEngine(name, options)));
    } catch (error) {
      const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
      process.stderr.write(`${name}: n/a (${reason})\n`);
    }
  }
  return engines;
}

function answerProblem({ query: number, result, engines }: QueryReport, sf: number): string | undefined {
  if (result === undefined) return engines[0]!.failure;
  return checkAnswer(number, sf, result);
}

async function writeJson(
  path: string,
  options: RunOptions,
  engines: readonly Engine[],
  reports: readonly QueryReport[],
  verdicts: ReadonlyMap<number, string | undefined>,
  peakMegabytes: number,
): Promise<void> {
  const document = {
    date: new Date().toISOString(),
    node: process.version,
    processor: cpus()[0]?.model,
    scaleFactor: options.sf,
    from: options.from,
    runs: options.runs,
    engines: engines.map(({ name, version, threads }) => ({ name, version, threads })),
    ratios: ratiosOf(reports),
    peakMegabytes,
    queries: reports.map(({ query: number, engines: all }) => ({
      query: number,
      ...(options.check && { answer: verdicts.get(number) ?? "ok" }),
      engines: all.map((e) => ({ ...e, medianMs: medianOf(e.samples), medianPlanningMs: medianOf(e.planning) })),
    })),
  };
  await writeFile(path, `${JSON.stringify(document, null, 1)}\n`);
}

function medianOf(samples: readonly number[]): number | null {
  return samples.length === 0 ? null : median(samples);
}
