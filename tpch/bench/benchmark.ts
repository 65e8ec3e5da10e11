/** Runs queries on several engines side by side. */
import type { Engine, Result } from "./engines/engine.ts";
import { rowDifference } from "./same-rows.ts";

export type BenchmarkQuery = { readonly number: number; readonly sql: string };

export type EngineSamples = {
  readonly engine: string;
  readonly peer: string;
  /** Wall time of each run in milliseconds; empty when the engine cannot run the query. */
  readonly samples: readonly number[];
  /** Of each sample, the part before the plan ran; empty when the engine does not tell. */
  readonly planning: readonly number[];
  /** Why the engine could not run the query. */
  readonly failure: string | undefined;
  /** How its rows differ from the first engine's; undefined when they agree or none was compared. */
  readonly difference: string | undefined;
};

export type QueryReport = {
  readonly query: number;
  /** The first engine's; undefined when it failed. */
  readonly result: Result | undefined;
  readonly engines: readonly EngineSamples[];
};

export type BenchmarkOptions = {
  readonly runs: number;
  readonly onQuery?: ((report: QueryReport) => void) | undefined;
};

/**
 * For each query: one untimed run per engine, whose rows are compared with those of the first engine, then `runs` rounds
 * in which the engines take turns, so that whatever else the machine does falls on all of them.
 */
export async function runBenchmark(
  engines: readonly Engine[],
  queries: readonly BenchmarkQuery[],
  { runs, onQuery }: BenchmarkOptions,
): Promise<QueryReport[]> {
  const reports: QueryReport[] = [];
  for (const query of queries) {
    const report = await runQuery(engines, query, runs);
    reports.push(report);
    onQuery?.(report);
  }
  return reports;
}

async function runQuery(
  engines: readonly Engine[],
  { number, sql }: BenchmarkQuery,
  runs: number,
): Promise<QueryReport> {
  const warm: WarmUp[] = [];
  for (const engine of engines) warm.push(await warmUp(engine, sql));
  const samples: number[][] = engines.map(() => []);
  const planning: number[][] = engines.map(() => []);
  for (let run = 0; run < runs; run++) {
    for (const [i, engine] of engines.entries()) {
      if (warm[i]!.failure !== undefined) continue;
      const started = performance.now();
      const { planningMs } = await engine.run(sql);
      samples[i]!.push(performance.now() - started);
      if (planningMs !== undefined) planning[i]!.push(planningMs);
    }
  }
  const reference = warm[0]?.result;
  return {
    query: number,
    result: reference,
    engines: engines.map(({ name, peer }, i): EngineSamples => {
      const { result, failure } = warm[i]!;
      const difference = reference && result ? rowDifference(reference.rows, result.rows) : undefined;
      return { engine: name, peer, samples: samples[i]!, planning: planning[i]!, failure, difference };
    }),
  };
}

type WarmUp = { readonly result?: Result | undefined; readonly failure?: string | undefined };

async function warmUp(engine: Engine, sql: string): Promise<WarmUp> {
  try {
    return { result: (await engine.run(sql)).result() };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
