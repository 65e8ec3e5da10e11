import type { Expr } from "../../expr/expr.ts";
import { columnsOf, substituteColumns } from "../../expr/columns.ts";
import { walkExpr } from "../../expr/map.ts";
import { outputColumns } from "../../logical/columns.ts";
import { expressionsOf, mapExpressions, mapInputs } from "../../logical/map.ts";
import type { LogicalPlan, Project } from "../../logical/plan.ts";
import { isVolatile } from "../fallible.ts";
import type { PlanRule } from "../rule.ts";

/**
 * A projection under another one or under an aggregate is computed there, unless that would evaluate an expression twice.
 * A projection that only leaves columns out goes: columns are known by id, and who does not read them does not see them.
 */
export const mergeProjects: PlanRule = {
  name: "MergeProjects",
  on: "Plan",
  apply: (plan) => merge(plan, true),
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

/** `exact`: what stands above takes the columns by position. */
function merge(plan: LogicalPlan, exact: boolean): LogicalPlan {
  if (plan.kind === "Project") {
    const input = merge(plan.input, false);
    const node = input === plan.input ? plan : { ...plan, input };
    if (!exact && node.outputs.every(isUnchanged)) return node.input;
    const inner = node.input;
    if (inner.kind === "Project" && canSubstitute(node, inner)) return merge(substituted(node, inner), exact);
    return exact && isIdentity(node) ? node.input : node;
  }
  if (plan.kind === "With") {
    const ctes = plan.ctes.map((cte) => {
      const definition = merge(cte.plan, false);
      return definition === cte.plan ? cte : { ...cte, plan: definition };
    });
    const input = merge(plan.input, exact);
    return input === plan.input && ctes.every((cte, i) => cte === plan.ctes[i]) ? plan : { ...plan, ctes, input };
  }
  const passes = exact && PASSING.has(plan.kind);
  const node = mapInputs(plan, (input) => merge(input, passes));
  if (node.kind !== "Aggregate" || node.input.kind !== "Project" || !canSubstitute(node, node.input)) return node;
  return substituted(node, node.input);
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

function isUnchanged({ column, expr }: { readonly column: { readonly id: number }; readonly expr: Expr }): boolean {
  return expr.kind === "Column" && expr.column.id === column.id;
}

function isIdentity(plan: Project): boolean {
  const columns = outputColumns(plan.input);
  return (
    columns.length === plan.outputs.length &&
    plan.outputs.every((output, i) => isUnchanged(output) && output.column.id === columns[i]?.id)
  );
}
