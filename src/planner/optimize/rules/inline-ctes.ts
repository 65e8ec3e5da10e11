import { ref } from "../../expr/columns.ts";
import type { Expr } from "../../expr/expr.ts";
import { transformExpr, walkExpr } from "../../expr/map.ts";
import { freeColumns } from "../../logical/free-columns.ts";
import { expressionsOf, mapExpressions, mapInputs, walkPlan } from "../../logical/map.ts";
import type { CteScan, LogicalPlan } from "../../logical/plan.ts";
import { copyPlan } from "../../logical/rename.ts";
import type { RuleContext } from "../context.ts";
import { isVolatile } from "../fallible.ts";
import type { PlanRule } from "../rule.ts";

/**
 * A common subplan read once goes where it is read, one never read away. Read several times it stays and is computed once,
 * unless it is no more than a filtered scan, or correlated (unnesting knows no correlated definitions).
 */
export const inlineCtes: PlanRule = {
  name: "InlineCtes",
  on: "Plan",
  apply: (plan, context) =>
    contains(plan, (node) => node.kind === "With")
      ? inlineIn(plan, { uses: countUses(plan), plans: new Map(), context })
      : undefined,
};

type Inlining = {
  readonly uses: ReadonlyMap<number, number>;
  /** Definitions to put in the place of their scans; `once`: as it is, else as a copy. */
  readonly plans: Map<number, { readonly plan: LogicalPlan; readonly once: boolean }>;
  readonly context: RuleContext;
};

function inlineIn(plan: LogicalPlan, inlining: Inlining): LogicalPlan {
  if (plan.kind === "CteScan") return inlinedScan(plan, inlining);
  if (plan.kind === "With") {
    const kept = [];
    for (const cte of plan.ctes) {
      const uses = inlining.uses.get(cte.id) ?? 0;
      if (uses === 0) continue;
      const definition = inlineIn(cte.plan, inlining);
      if (uses === 1 || isCheap(definition) || freeColumns(definition).length > 0)
        inlining.plans.set(cte.id, { plan: definition, once: uses === 1 });
      else kept.push({ ...cte, plan: definition });
    }
    const input = inlineIn(plan.input, inlining);
    return kept.length === 0 ? input : { ...plan, ctes: kept, input };
  }
  const inSubqueries = (expr: Expr): Expr =>
    transformExpr(expr, (part) => {
      if (part.kind !== "Subquery") return part;
      const inner = inlineIn(part.plan, inlining);
      return inner === part.plan ? part : { ...part, plan: inner };
    });
  return mapExpressions(
    mapInputs(plan, (input) => inlineIn(input, inlining)),
    inSubqueries,
  );
}

function inlinedScan(scan: CteScan, { plans, context }: Inlining): LogicalPlan {
  const definition = plans.get(scan.id);
  if (definition === undefined) return scan;
  const copy = definition.once
    ? { plan: definition.plan, columns: new Map() }
    : copyPlan(
        definition.plan,
        ({ name, type, nullable }) => context.newColumn(name, type, nullable),
        context.newCteId,
      );
  const outputs = scan.columns.map((column, k) => {
    const from = scan.from[k] ?? column;
    return { column, expr: ref(copy.columns.get(from.id) ?? from) };
  });
  return { kind: "Project", input: copy.plan, outputs };
}

function isCheap(plan: LogicalPlan): boolean {
  return !contains(
    plan,
    (node) =>
      !(node.kind === "Scan" || node.kind === "Filter" || node.kind === "Project" || node.kind === "Values") ||
      expressionsOf(node).some(isVolatile),
  );
}

function contains(root: LogicalPlan, test: (plan: LogicalPlan) => boolean): boolean {
  let found = false;
  walkEverywhere(root, (plan) => {
    if (test(plan)) found = true;
  });
  return found;
}

function countUses(root: LogicalPlan): ReadonlyMap<number, number> {
  const uses = new Map<number, number>();
  walkEverywhere(root, (plan) => {
    if (plan.kind === "CteScan") uses.set(plan.id, (uses.get(plan.id) ?? 0) + 1);
  });
  return uses;
}

/** Also inside subqueries. */
function walkEverywhere(root: LogicalPlan, visit: (plan: LogicalPlan) => void): void {
  walkPlan(root, (plan) => {
    visit(plan);
    for (const expr of expressionsOf(plan)) {
      walkExpr(expr, (part) => {
        if (part.kind === "Subquery") walkEverywhere(part.plan, visit);
      });
    }
  });
}
