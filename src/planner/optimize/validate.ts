import { HeadraceError } from "../../error.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { columnsOf } from "../expr/columns.ts";
import { childrenOf } from "../expr/map.ts";
import { outputColumns } from "../logical/columns.ts";
import { expressionsOf, inputsOf } from "../logical/map.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { sameType } from "../types/types.ts";

/** Asserts that a rule kept the plan's output columns and that every column read is put out by an input. */
export function validatePlan(rule: string, before: LogicalPlan, after: LogicalPlan): void {
  const expected = outputColumns(before);
  const actual = outputColumns(after);
  if (expected.length !== actual.length || expected.some((column, i) => !sameColumn(column, actual[i]))) {
    throw broken(rule, `output columns changed from ${names(expected)} to ${names(actual)}`);
  }
  validateNode(rule, after, new Map(), new Set());
}

type Ids = ReadonlySet<number>;

/** `outside`: columns of enclosing plans that correlated references may read. Returns the ids that the plan puts out. */
function validateNode(rule: string, plan: LogicalPlan, ctes: Map<number, Ids>, outside: Ids): Ids {
  if (plan.kind === "With") {
    for (const cte of plan.ctes) ctes.set(cte.id, validateNode(rule, cte.plan, ctes, outside));
    return validateNode(rule, plan.input, ctes, outside);
  }
  if (plan.kind === "Recursion")
    for (const id of [plan.id, plan.unionId]) ctes.set(id, new Set(plan.columns.map((column) => column.id)));
  const available = new Set<number>();
  for (const [i, input] of inputsOf(plan).entries()) {
    const isDependent = plan.kind === "DependentJoin" && i === 1;
    const ids = validateNode(rule, input, ctes, isDependent ? new Set([...outside, ...available]) : outside);
    for (const id of ids) {
      if (available.has(id)) throw broken(rule, `two inputs of ${plan.kind} put out column #${id}`);
      available.add(id);
    }
    if (plan.kind === "Recursion") {
      const list = i === 0 ? plan.baseColumns : plan.stepColumns;
      if (list.length !== plan.columns.length || !list.every(({ id }) => ids.has(id)))
        throw broken(rule, `the recursion ${plan.name} reads columns that its inputs lack`);
    }
    if (plan.kind === "SetOperation") {
      const list = plan.inputColumns[i] ?? [];
      if (list.length !== plan.columns.length) throw broken(rule, "a set operation's inputs differ in width");
      for (const { id, name } of list)
        if (!ids.has(id)) throw broken(rule, `a set operation reads ${name} #${id}, which its input lacks`);
    }
  }
  if (plan.kind === "CteScan") {
    const defined = ctes.get(plan.id);
    if (defined === undefined) throw broken(rule, `common subplan ${plan.name} is not defined`);
    for (const { id, name } of plan.from)
      if (!defined.has(id)) throw broken(rule, `common subplan ${plan.name} lacks ${name} #${id}`);
  }
  if (plan.kind === "Scan") for (const { column } of plan.columns) available.add(column.id);
  for (const expr of expressionsOf(plan)) validateExpr(rule, plan, expr, ctes, available, outside);
  return new Set(outputColumns(plan).map(({ id }) => id));
}

function validateExpr(
  rule: string,
  plan: LogicalPlan,
  expr: Expr,
  ctes: Map<number, Ids>,
  available: Ids,
  outside: Ids,
): void {
  for (const [id, column] of columnsOf(expr)) {
    if (!available.has(id) && !outside.has(id))
      throw broken(rule, `${plan.kind} reads ${column.name} #${id}, which its input lacks`);
  }
  const pending: Expr[] = [expr];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.kind === "Subquery") validateNode(rule, next.plan, ctes, new Set([...outside, ...available]));
    pending.push(...childrenOf(next));
  }
}

function sameColumn(a: Column, b: Column | undefined): boolean {
  return b !== undefined && a.id === b.id && sameType(a.type, b.type);
}

function names(columns: readonly Column[]): string {
  return `[${columns.map(({ id, name }) => `${name}#${id}`).join(", ")}]`;
}

function broken(rule: string, what: string): HeadraceError {
  return new HeadraceError("internal", `rule ${rule} broke the plan: ${what}`);
}
