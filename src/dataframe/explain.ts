import type { ParameterValues } from "../planner/bind/context.ts";
import { explainLogical, explainLogicalJson, explainRules, explainRulesJson } from "../planner/explain/logical.ts";
import { explainPhysical, explainPhysicalJson } from "../planner/explain/physical.ts";
import { HeadraceError } from "../error.ts";
import type { BoundStatement } from "../planner/logical/statement.ts";
import type { PhysicalPlan } from "../planner/physical/plan.ts";
import { compileQuery } from "../exec/operators/compile-query.ts";
import type { RunProfile, ScanPruning } from "../exec/schedule/run-profile.ts";
import { describeBytes } from "../exec/memory/shared-memory.ts";
import { describeProgram } from "../exec/codegen/describe.ts";
import { deriveIncremental, type DeriveOptions } from "../streaming/incremental/derive.ts";
import type { IncrementalPlan } from "../streaming/incremental/plan.ts";
import { explainIncremental, explainIncrementalJson } from "../streaming/incremental/explain.ts";
import { type BoundRows, execute, plan } from "./engine.ts";
import type { RunContext, StatementContext, StatementResult } from "./context.ts";

type Explain = Extract<BoundStatement, { kind: "Explain" }>;

/** JSON text with FORMAT JSON. */
export type ExplainedStage = { readonly stage: string; readonly text: string };

const TEXT = "VARCHAR";

/** Names of the stages as DuckDB has them, where it has them. */
const KEYS: { readonly [stage: string]: string } = { logical: "logical_plan", physical: "physical_plan" };

/** EXPLAIN as rows of (stage, plan). */
export async function explain(ctx: RunContext, bound: Explain): Promise<StatementResult> {
  return explainRows(ctx, await explainParts(ctx, bound, ctx.parameters));
}

export function explainRows(ctx: RunContext, parts: readonly ExplainedStage[]): StatementResult {
  return {
    kind: "rows",
    columns: [
      { name: "explain_key", type: TEXT },
      { name: "explain_value", type: TEXT },
    ],
    rows: parts.map(({ stage, text }) => [KEYS[stage] ?? stage, text]),
    rowCount: parts.length,
    timing: { planningMs: performance.now() - ctx.started, executionMs: 0 },
  };
}

/** How a query runs where it is a continuous one; `check` throws what would keep it from it. */
export type ContinuousOptions = DeriveOptions & { readonly check?: (plan: IncrementalPlan) => void };

/** The requested stages. */
export async function explainParts(
  ctx: StatementContext,
  bound: Explain,
  parameters: ParameterValues,
  { check = () => undefined, ...continuous }: ContinuousOptions = {},
): Promise<readonly ExplainedStage[]> {
  const query = queryOf(bound.statement);
  if (bound.analyze) return [await analyze(ctx, query, bound.format, parameters)];
  const planned = plan(query, parameters, ctx.options);
  const json = bound.format === "json";
  return bound.stages.map((stage) => {
    switch (stage) {
      case "logical":
        return {
          stage,
          text: json ? JSON.stringify(explainLogicalJson(planned.logical), null, 2) : explainLogical(planned.logical),
        };
      case "rules":
        return {
          stage,
          text: json ? JSON.stringify(explainRulesJson(planned.trace), null, 2) : explainRules(planned.trace),
        };
      case "physical":
        return {
          stage,
          text: json
            ? JSON.stringify(explainPhysicalJson(planned.physical), null, 2)
            : explainPhysical(planned.physical),
        };
      case "codegen": {
        const { vectorSize = 1024, constantHash = false } = ctx.options.config;
        const { program } = compileQuery(
          planned.physical,
          query.columns,
          { vectorSize, constantHash, profile: false },
          () => 0,
        );
        return { stage, text: describeProgram(program) };
      }
      case "continuous": {
        const written = bound.statement.kind === "Query" ? bound.statement.emit : undefined;
        const emit = continuous.emit ?? written ?? "changes";
        const derived = deriveIncremental(planned.logical, query.columns, { ...continuous, emit });
        check(derived);
        return {
          stage,
          text: json
            ? JSON.stringify(explainIncrementalJson(derived, emit), null, 2)
            : explainIncremental(derived, emit),
        };
      }
      default:
        return stage satisfies never;
    }
  });
}

/** The query that a statement runs. */
function queryOf(statement: BoundStatement): BoundRows {
  switch (statement.kind) {
    case "Query":
    case "Insert":
    case "Update":
    case "Delete":
      return statement;
    case "CreateTable":
      if (statement.source !== undefined) return statement.source;
      break;
    case "Explain":
      return queryOf(statement.statement);
    default:
      break;
  }
  throw new HeadraceError("unsupported", "EXPLAIN of a statement without a query is not supported");
}

/** Runs the query and shows rows per operator and worker, times per step, memory. Nothing is written. */
async function analyze(
  ctx: StatementContext,
  query: BoundRows,
  format: "text" | "json",
  parameters: ParameterValues,
): Promise<ExplainedStage> {
  const result = await execute(ctx.runtime, ctx.options, query, parameters, ctx.signal, true);
  try {
    const { profile, planned, nodeId } = result;
    const metrics = (node: PhysicalPlan): Readonly<Record<string, string | number>> | undefined => {
      const rows = profile.rows.get(nodeId(node));
      if (rows === undefined) return undefined;
      const scanned = profile.pruning.get(nodeId(node));
      return {
        rows: rows.reduce((sum, count) => sum + count, 0),
        "rows by worker": rows.join(" + "),
        ...(scanned && describePruning(scanned)),
      };
    };
    if (format === "json") {
      const { steps, compileMs, totalMs, peakBytes, hosts } = profile;
      const tree = explainPhysicalJson(planned.physical, { estimates: true, metrics });
      return {
        stage: "analyzed_plan",
        text: JSON.stringify({ plan: tree, steps, compileMs, totalMs, peakBytes, hosts }, null, 2),
      };
    }
    const tree = explainPhysical(planned.physical, { estimates: true, metrics });
    return { stage: "analyzed_plan", text: `${tree}\n\n${describeProfile(profile)}` };
  } finally {
    result.release();
  }
}

/** `3 of 10 (5 by statistics, 2 by Bloom filters)`: how many row groups were decoded, and why not the others. */
function describePruning(scanned: ScanPruning): Readonly<Record<string, string>> {
  const { rowGroups, byStatistics, byBloomFilters, pages, byPageIndex } = scanned;
  const reasons = [
    ...(byStatistics > 0 ? [`${byStatistics} skipped by statistics`] : []),
    ...(byBloomFilters > 0 ? [`${byBloomFilters} skipped by Bloom filters`] : []),
  ];
  const groups = [`${rowGroups - byStatistics - byBloomFilters} of ${rowGroups}`, ...reasons].join(", ");
  if (pages === 0) return { "row groups": groups };
  return {
    "row groups": groups,
    pages: `${pages - byPageIndex} of ${pages}, ${byPageIndex} skipped by the page index`,
  };
}

function describeProfile({ steps, compileMs, totalMs, peakBytes, hosts, interpreted }: RunProfile): string {
  const lines = steps.map(({ name, ms, morsels, workers }, i) => {
    return `${String(i + 1).padStart(3)}  ${ms.toFixed(2).padStart(9)} ms  ${String(morsels).padStart(6)} morsels  ${workers} ${workers === 1 ? "worker " : "workers"}  ${name}`;
  });
  const code = interpreted ? "interpreted IR" : "WebAssembly";
  const calls = hosts.length === 0 ? "no calls of JavaScript" : `calls of JavaScript: ${hosts.join(", ")}`;
  return [
    "Steps",
    ...lines,
    `Code: ${code}, compiled in ${compileMs.toFixed(2)} ms, ${calls}`,
    `Total: ${totalMs.toFixed(2)} ms, memory peak ${describeBytes(peakBytes)}`,
  ].join("\n");
}
