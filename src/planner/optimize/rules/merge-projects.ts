import type { Column, Expr } from "../../expr/expr.ts";
import { columnsOf, substituteColumns } from "../../expr/columns.ts";
import { mapList, transformExpr, walkExpr } from "../../expr/map.ts";
import { outputColumns } from "../../logical/columns.ts";
import { expressionsOf, mapExpressions, mapInputs } from "../../logical/map.ts";
import type { LogicalPlan, Project } from "../../logical/plan.ts";
import { sameType } from "../../types/types.ts";
import { isVolatile } from "../fallible.ts";
import type { PlanRule } from "../rule.ts";

/**
 * A projection under another one or under an aggregate is computed there, unless that would evaluate an expression twice.
 * A projection that only leaves columns out or renames them goes: columns are known by id, and who does not read them does not see them.
 */
export const mergeProjects: PlanRule = {
  name: "MergeProjects",
  on: "Plan",
  apply: (plan) => merge(plan, "all", new Map()).plan,
};

/** Nodes that put out the columns of their inputs as they are, perhaps with others behind them. */
const PASSING: ReadonlySet<LogicalPlan["kind"]> = new Set([
  "Filter",
  "Sort",
  "Limit",
  "Sample",
  "Join",
  "AsofJoin",
  "PositionalJoin",
  "Window",
  "Unnest",
]);

/** The columns that stand for those of projections that are gone, by the ids of these. */
type Renames = ReadonlyMap<number, Column>;

/** `renames`: what the nodes above read instead. */
type Merged = { readonly plan: LogicalPlan; readonly renames: Renames };

const NO_RENAMES: Renames = new Map();

/**
 * The projections without computation that stay: all where what stands above takes the columns by position; those that rename below a Sort
 * or Limit, since SQL puts them there as well.
 */
type Keep = "all" | "renames" | "none";

function keptBelow({ kind }: LogicalPlan, keep: Keep): Keep {
  if (!PASSING.has(kind)) return "none";
  return keep === "none" && (kind === "Sort" || kind === "Limit") ? "renames" : keep;
}

/** `ctes`: the renames of common subplans. */
function merge(plan: LogicalPlan, keep: Keep, ctes: Map<number, Renames>): Merged {
  switch (plan.kind) {
    case "Project":
      return mergeProject(plan, keep, ctes);
    case "With": {
      const definitions = mapList(plan.ctes, (cte) => {
        const definition = merge(cte.plan, "none", ctes);
        ctes.set(cte.id, definition.renames);
        return definition.plan === cte.plan ? cte : { ...cte, plan: definition.plan };
      });
      const { plan: input, renames } = merge(plan.input, keep, ctes);
      const unchanged = input === plan.input && definitions === plan.ctes;
      return { plan: unchanged ? plan : { ...plan, ctes: definitions, input }, renames };
    }
    case "CteScan": {
      const from = mapList(plan.from, renamer(ctes.get(plan.id) ?? NO_RENAMES));
      return { plan: from === plan.from ? plan : { ...plan, from }, renames: NO_RENAMES };
    }
    default:
      return mergeBelow(plan, keptBelow(plan, keep), ctes);
  }
}

function mergeProject(plan: Project, keep: Keep, ctes: Map<number, Renames>): Merged {
  const { plan: input, renames } = merge(plan.input, "none", ctes);
  const node = reading(input === plan.input ? plan : { ...plan, input }, renames);
  if (keep !== "all" && node.outputs.every(isRename)) {
    const changed = node.outputs.filter((output) => !isUnchanged(output));
    if (keep === "none" || changed.length === 0)
      return { plan: node.input, renames: new Map(changed.map(({ column, expr }) => [column.id, expr.column])) };
  }
  const inner = node.input;
  if (inner.kind === "Project" && canSubstitute(node, inner)) return mergeProject(substituted(node, inner), keep, ctes);
  return { plan: keep === "all" && isIdentity(node) ? node.input : node, renames: NO_RENAMES };
}

function mergeBelow(plan: LogicalPlan, keep: Keep, ctes: Map<number, Renames>): Merged {
  const found: Renames[] = [];
  const merged = mapInputs(plan, (input) => {
    const below = merge(input, keep, ctes);
    found.push(below.renames);
    return below.plan;
  });
  const renames = found.length === 1 ? (found[0] ?? NO_RENAMES) : new Map(found.flatMap((each) => [...each]));
  const sameColumns = renames.size === 0;
  switch (merged.kind) {
    case "SetOperation": {
      if (sameColumns) return { plan: merged, renames };
      const inputColumns = merged.inputColumns.map((list, i) => mapList(list, renamer(found[i] ?? NO_RENAMES)));
      return { plan: { ...merged, inputColumns }, renames: NO_RENAMES };
    }
    case "Recursion": {
      if (sameColumns) return { plan: merged, renames };
      const [base = NO_RENAMES, step = NO_RENAMES] = found;
      const baseColumns = mapList(merged.baseColumns, renamer(base));
      const stepColumns = mapList(merged.stepColumns, renamer(step));
      return { plan: { ...merged, baseColumns, stepColumns }, renames: NO_RENAMES };
    }
    case "Aggregate": {
      const node = reading(merged, renames);
      const merges = node.input.kind === "Project" && canSubstitute(node, node.input);
      return { plan: merges ? substituted(node, node.input) : node, renames: NO_RENAMES };
    }
    case "MapBatches":
      return { plan: reading(merged, renames), renames: NO_RENAMES };
    default:
      return { plan: reading(merged, renames), renames };
  }
}

function renamer(renames: Renames): (column: Column) => Column {
  return (column) => {
    const other = renames.get(column.id);
    return other === undefined ? column : { ...other, nullable: column.nullable };
  };
}

/** The node with other columns in its expressions. */
function reading<P extends LogicalPlan>(plan: P, renames: Renames): P {
  if (renames.size === 0) return plan;
  const rename = renamer(renames);
  const inPart = (part: Expr): Expr => {
    if (part.kind !== "Column") return part;
    const column = rename(part.column);
    return column === part.column ? part : { ...part, column };
  };
  return mapExpressions(plan, (expr) => transformExpr(expr, inPart)) as P;
}

function substituted<P extends Project | Extract<LogicalPlan, { kind: "Aggregate" }>>(outer: P, inner: Project): P {
  const by = new Map(inner.outputs.map(({ column, expr }) => [column.id, expr]));
  return { ...mapExpressions(outer, (expr) => substituteColumns(expr, by)), input: inner.input } as P;
}

/** Columns and constants may be written twice; anything else moves only where it is read once. */
function canSubstitute(outer: LogicalPlan, inner: Project): boolean {
  const reads = new Map<number, number>();
  for (const expr of expressionsOf(outer)) {
    walkExpr(expr, (part) => {
      if (part.kind === "Column") reads.set(part.column.id, (reads.get(part.column.id) ?? 0) + 1);
    });
  }
  return inner.outputs.every(({ column, expr }) => {
    if (expr.kind === "Column" || expr.kind === "Literal") return true;
    return (
      (reads.get(column.id) ?? 0) <= 1 && !isVolatile(expr) && (columnsOf(expr).size > 0 || outer.kind === "Project")
    );
  });
}

type Output = Project["outputs"][number];

function isRename(output: Output): output is Output & { readonly expr: { readonly kind: "Column" } } {
  const { column, expr } = output;
  return expr.kind === "Column" && sameType(column.type, expr.column.type);
}

function isUnchanged({ column, expr }: Output): boolean {
  return expr.kind === "Column" && expr.column.id === column.id;
}

function isIdentity(plan: Project): boolean {
  const columns = outputColumns(plan.input);
  return (
    columns.length === plan.outputs.length &&
    plan.outputs.every((output, i) => isUnchanged(output) && output.column.id === columns[i]?.id)
  );
}
