import type { Column } from "../../../planner/expr/expr.ts";
import type { HashJoin, PhysicalJoinKind, PhysicalPlan, TableScan } from "../../../planner/physical/plan.ts";
import type { CompileEnv } from "../../codegen/env.ts";
import type { BuildSide } from "./build-side.ts";

/** Kinds whose output needs every probe row to have a match. */
const NEEDS_MATCH: ReadonlySet<PhysicalJoinKind> = new Set([
  "inner",
  "probeSemi",
  "buildOuter",
  "buildSemi",
  "buildAnti",
]);
/** Kinds that pass probe rows on unchanged, so that dropping rows below them drops nothing else. */
export const PASSES_PROBE: ReadonlySet<PhysicalJoinKind> = new Set([
  "inner",
  "probeOuter",
  "probeSemi",
  "probeAnti",
  "mark",
  "single",
]);

/**
 * Lets the scan that the probe key comes from skip chunks and row groups whose values lie outside the keys of the build side,
 * which are known when the scan begins.
 */
export function addRuntimeFilter(env: CompileEnv, plan: HashJoin, side: BuildSide): void {
  const [key] = plan.keys;
  if (!side.dense || key?.probe.kind !== "Column" || !dropsOthers(plan)) return;
  const found = scanOf(plan.probe, key.probe.column);
  if (found === undefined) return;
  const filters = env.runtimeFilters.get(found.scan) ?? [];
  filters.push({ table: side.table, ordinal: found.ordinal });
  env.runtimeFilters.set(found.scan, filters);
}

/** Whether probe rows without a match are of no interest to anybody. */
export function dropsOthers({ join }: HashJoin): boolean {
  return NEEDS_MATCH.has(join);
}

/** The scan at the bottom of the pipeline that puts out `column`, unchanged. */
function scanOf(
  plan: PhysicalPlan,
  column: Column,
): { readonly scan: TableScan; readonly ordinal: number } | undefined {
  switch (plan.kind) {
    case "TableScan": {
      const found = plan.columns.find((candidate) => candidate.column.id === column.id);
      return found && { scan: plan, ordinal: found.ordinal };
    }
    case "Filter":
    case "Exchange":
      return scanOf(plan.input, column);
    case "Project": {
      const expr = plan.outputs.find((output) => output.column.id === column.id)?.expr;
      return expr?.kind === "Column" ? scanOf(plan.input, expr.column) : undefined;
    }
    case "HashJoin":
    case "NestedLoopJoin":
      return PASSES_PROBE.has(plan.join) ? scanOf(plan.probe, column) : undefined;
    default:
      return undefined;
  }
}
