import { type CompiledQuery, compileQuery } from "../exec/operators/compile-query.ts";
import type { OnProgress } from "../exec/schedule/progress.ts";
import { type FinishedQuery, runQuery, type RunOptions, streamQuery } from "../exec/schedule/run-query.ts";
import type { Runtime } from "../exec/schedule/runtime.ts";
import { Turns } from "../exec/table/slices.ts";
import { CHUNK_ROWS, releaseVersion, retainVersion, type TableVersion } from "../exec/table/table-version.ts";
import type { Compute } from "../streaming/job.ts";
import type { ResultRows } from "../exec/table/result-rows.ts";
import type { ParameterValues } from "../planner/bind/context.ts";
import type { Column, Expr } from "../planner/expr/expr.ts";
import { someExpr } from "../planner/expr/map.ts";
import { fold } from "../planner/ir/fold.ts";
import { expressionsOf, walkPlan, walkWholePlan } from "../planner/logical/map.ts";
import type { LogicalPlan } from "../planner/logical/plan.ts";
import { physicalInputs } from "../planner/physical/columns.ts";
import type { PhysicalPlan } from "../planner/physical/plan.ts";
import { type PlannedQuery, planQuery } from "../planner/plan-query.ts";
import type { RunContext } from "./context.ts";
import type { SessionOptions } from "./options.ts";
import { fillParameters } from "./parameters.ts";

const VECTOR_ROWS = 1024;
const MORSEL_ROWS = 16384;
const INLINE_ROWS = 20_000;

/** A bound query. */
export type BoundRows = { readonly plan: LogicalPlan; readonly columns: readonly Column[] };

export type ExecutedQuery = FinishedQuery & {
  readonly planned: PlannedQuery;
  readonly nodeId: (plan: PhysicalPlan) => number;
};

/** Plans a bound query under the session's settings. */
export function plan(
  query: BoundRows,
  parameters: ParameterValues,
  { config, timeZone }: SessionOptions,
): PlannedQuery {
  return planQuery(fillParameters(query.plan, parameters), {
    fold: (expr) => fold(expr, timeZone),
    settings: { optimizer: config.optimizer ?? true },
  });
}

/** Plans, compiles and runs a bound query. The caller releases the result. */
export async function execute(
  runtime: Runtime,
  options: SessionOptions,
  query: BoundRows,
  parameters: ParameterValues,
  signal: AbortSignal | undefined,
  profile: boolean,
  onProgress?: OnProgress,
): Promise<ExecutedQuery> {
  const release = holdTables(runtime, query.plan);
  try {
    const { planned, nodeId, compiled } = await compile(runtime, options, query, parameters, profile, signal);
    const run = { ...runOptions(options, query.plan), onProgress };
    const finished = await runQuery(runtime, compiled, touchedRows(planned.physical), run, signal);
    return { ...finished, planned, nodeId };
  } finally {
    release();
  }
}

/** Versions of tables that are dropped or replaced stay until the function is called. */
function holdTables({ shared }: Runtime, whole: LogicalPlan): () => void {
  const held: TableVersion[] = [];
  walkWholePlan(whole, (node) => {
    if (node.kind === "Scan" && node.source.kind === "memory") held.push(node.source.handle as TableVersion);
  });
  held.forEach(retainVersion);
  return () => {
    for (const version of held) releaseVersion(shared, version);
  };
}

/** The same, handing out the rows piece by piece; a piece is good until the next one is asked for. */
export function stream(
  runtime: Runtime,
  options: SessionOptions,
  query: BoundRows,
  parameters: ParameterValues,
  signal: AbortSignal | undefined,
  onProgress?: OnProgress,
): AsyncGenerator<ResultRows> {
  // Now, not when somebody asks for the first rows.
  const release = holdTables(runtime, query.plan);
  const pieces = async function* (): AsyncGenerator<ResultRows> {
    try {
      const { planned, compiled } = await compile(runtime, options, query, parameters, false, signal);
      const run = { ...runOptions(options, query.plan), onProgress };
      yield* streamQuery(runtime, compiled, touchedRows(planned.physical), run, signal);
    } finally {
      release();
    }
  };
  return pieces();
}

/** Runs plans whose sources change from run to run, for continuous queries. */
export function computing(runtime: Runtime, options: SessionOptions): Compute {
  return async (query, bind) => {
    const { planned, compiled } = await compile(runtime, options, query, [], false, undefined);
    const bound = { ...compiled, sources: compiled.sources.map(bind) };
    const rows = bound.sources.reduce(
      (sum, { kind, handle }) => sum + (kind === "memory" ? (handle as TableVersion).rows : 0),
      0,
    );
    return runQuery(
      runtime,
      bound,
      Math.min(rows, touchedRows(planned.physical)),
      runOptions(options, query.plan),
      undefined,
    );
  };
}

type Compiled = {
  readonly planned: PlannedQuery;
  readonly nodeId: (plan: PhysicalPlan) => number;
  readonly compiled: CompiledQuery;
};

/** What became of bound plans, as long as somebody (the session's PlanCache) keeps them. The parameters belong to the plan's identity. */
const compiledPlans = new WeakMap<
  LogicalPlan,
  Compiled & Pick<SessionOptions, "config" | "timeZone"> & { readonly profile: boolean }
>();

/** Up to this many rows, a statement that stores them waits for all of them. */
const WHOLE_ROWS = 250_000;

/** The rows of a query for a statement that stores them: all at once where they are expected to be few, else as `stream`. */
export async function* rowsToStore(
  { runtime, options, parameters, signal, onProgress }: RunContext,
  query: BoundRows,
): AsyncGenerator<ResultRows> {
  const release = holdTables(runtime, query.plan);
  try {
    const { planned, compiled } = await compile(runtime, options, query, parameters, false, signal);
    const touched = touchedRows(planned.physical);
    const run = { ...runOptions(options, query.plan), onProgress };
    if (planned.physical.rows > WHOLE_ROWS) {
      yield* streamQuery(runtime, compiled, touched, run, signal);
      return;
    }
    const result = await runQuery(runtime, compiled, touched, run, signal);
    try {
      yield result.rows;
    } finally {
      result.release();
    }
  } finally {
    release();
  }
}

/** Plans and compiles; between the stages the event loop turns if they have taken long. */
async function compile(
  runtime: Runtime,
  options: SessionOptions,
  query: BoundRows,
  parameters: ParameterValues,
  profile: boolean,
  signal: AbortSignal | undefined,
): Promise<Compiled> {
  const { config, timeZone } = options;
  const cached = compiledPlans.get(query.plan);
  if (cached?.config === config && cached.timeZone === timeZone && cached.profile === profile) return cached;
  const turns = new Turns(signal);
  startThreads(runtime, options, query.plan);
  // Binding came before: that was a stage, too.
  await turns.take();
  const planned = plan(query, parameters, options);
  if (turns.isDue) await turns.take();
  const ids = new Map<PhysicalPlan, number>();
  const nodeId = (node: PhysicalPlan): number => {
    const known = ids.get(node);
    if (known !== undefined) return known;
    ids.set(node, ids.size);
    return ids.size - 1;
  };
  const compileOptions = {
    vectorSize: config.vectorSize ?? VECTOR_ROWS,
    profile,
    constantHash: config.constantHash ?? false,
    timeZone,
  };
  const compiled = compileQuery(planned.physical, query.columns, compileOptions, nodeId);
  const result = { planned, nodeId, compiled, config, timeZone, profile };
  compiledPlans.set(query.plan, result);
  if (turns.isDue) await turns.take();
  return result;
}

/** A thread takes as long to start as a statement to plan: those that will be needed do so meanwhile. */
function startThreads({ pool }: Runtime, { config, workers }: SessionOptions, query: LogicalPlan): void {
  let rows = 0;
  walkPlan(query, (node) => {
    if (node.kind === "Scan") rows += node.source.statistics.rows;
  });
  if (config.schedulerSeed === undefined && rows > (config.inlineRows ?? INLINE_ROWS)) pool.start(workers);
}

function runOptions({ config, workers }: SessionOptions, query: LogicalPlan): RunOptions {
  return {
    // The values of a sequence follow the order of the rows.
    workers: callsSequence(query) ? 1 : workers,
    morselRows: config.morselRows ?? MORSEL_ROWS,
    chunkRows: config.chunkRows ?? CHUNK_ROWS,
    inlineRows: config.inlineRows ?? INLINE_ROWS,
    lookups: config.lookups ?? "auto",
    interpreter: config.interpreter ?? false,
    checkedMemory: config.checkedMemory ?? false,
    seed: config.schedulerSeed,
  };
}

function callsSequence(query: LogicalPlan): boolean {
  let found = false;
  walkWholePlan(query, (node) => {
    found ||= expressionsOf(node).some((expr) => someExpr(expr, callsNextValue));
  });
  return found;
}

const callsNextValue = (expr: Expr): boolean => expr.kind === "Call" && expr.name === "nextval";

/** Estimate of the rows that pass through the plan's operators. */
function touchedRows(node: PhysicalPlan): number {
  const inputs = physicalInputs(node);
  const own = node.kind === "TableScan" ? node.source.statistics.rows : node.rows;
  const compared = node.kind === "NestedLoopJoin" ? node.probe.rows * node.build.rows : 0;
  return inputs.reduce((sum, input) => sum + touchedRows(input), own + compared);
}
