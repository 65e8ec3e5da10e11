/** A compact text of logical plans for these tests: every node with its expressions, inputs indented. */
import type { Column, Expr } from "../../../src/planner/expr/expr.ts";
import { walkExpr } from "../../../src/planner/expr/map.ts";
import { printAggregate, printExpr, printSortKey, printWindow } from "../../../src/planner/expr/print.ts";
import { outputColumns } from "../../../src/planner/logical/columns.ts";
import { expressionsOf, inputsOf } from "../../../src/planner/logical/map.ts";
import type { LogicalPlan } from "../../../src/planner/logical/plan.ts";

export function planText(plan: LogicalPlan, indent = ""): string {
  const subqueries: LogicalPlan[] = [];
  for (const expr of expressionsOf(plan)) {
    walkExpr(expr, (part) => {
      if (part.kind === "Subquery") subqueries.push(part.plan);
    });
  }
  const lines = [indent + nodeText(plan)];
  for (const inner of subqueries) lines.push(`${indent}  subquery`, planText(inner, `${indent}    `));
  for (const input of inputsOf(plan)) lines.push(planText(input, `${indent}  `));
  return lines.join("\n");
}

const list = (exprs: readonly Expr[]): string => exprs.map((expr) => printExpr(expr)).join(", ");
const names = (columns: readonly Column[]): string => columns.map((column) => column.name).join(", ");

function bindings(items: readonly { readonly column: Column; readonly expr: Expr }[]): string {
  return items
    .map(({ column, expr }) => {
      const text = printExpr(expr);
      return text === column.name ? text : `${text} AS ${column.name}`;
    })
    .join(", ");
}

function nodeText(plan: LogicalPlan): string {
  switch (plan.kind) {
    case "Scan":
      return `Scan ${plan.alias}`;
    case "Values":
      return `Values ${plan.rows.map((row) => `(${list(row)})`).join(", ")}`;
    case "Empty":
      return "Empty";
    case "MapBatches":
      return `MapBatches ${plan.function.spec.name}`;
    case "Filter":
      return `Filter ${printExpr(plan.predicate)}`;
    case "Project":
      return `Project ${bindings(plan.outputs)}`;
    case "Aggregate":
      return `Aggregate by [${bindings(plan.groups)}] of [${plan.aggregates.map(({ call }) => printAggregate(call)).join(", ")}]`;
    case "Window":
      return `Window by [${list(plan.partitionBy)}] of [${plan.functions.map(({ call }) => printWindow(call, plan.orderBy.length)).join(", ")}]`;
    case "Unnest":
      return `Unnest ${bindings(plan.columns)}${plan.ordinality === undefined ? "" : ` with ${plan.ordinality.name}`}`;
    case "AsofJoin": {
      const { left, op, right } = plan.order;
      const equalities = plan.equalities.map((equality) => {
        const sign = equality.nullSafe ? "IS NOT DISTINCT FROM" : "=";
        return `${printExpr(equality.left)} ${sign} ${printExpr(equality.right)}`;
      });
      const order = `${printExpr(left)} ${op} ${printExpr(right)}`;
      return `AsofJoin ${plan.join} ${[...equalities, order, ...plan.residual.map((expr) => printExpr(expr))].join(", ")}`;
    }
    case "PositionalJoin":
      return "PositionalJoin";
    case "Recursion":
      return `Recursion ${plan.name}${plan.all ? " all" : ""} [${names(plan.columns)}]`;
    case "Sample":
      return `Sample ${plan.method} ${plan.size} ${plan.unit}${plan.offset > 0 ? ` offset ${plan.offset}` : ""}`;
    case "Join":
    case "DependentJoin":
      return `${plan.kind} ${plan.join} ${list(plan.conditions)}`.trimEnd();
    case "SetOperation":
      return `${plan.op}${plan.all ? " all" : ""} [${names(plan.columns)}]`;
    case "Sort":
      return `Sort ${plan.keys.map((key) => printSortKey(key)).join(", ")}`;
    case "Limit":
      return `Limit ${plan.limit ?? "all"}${plan.offset > 0 ? ` offset ${plan.offset}` : ""}`;
    case "CteScan":
      return `CteScan ${plan.name}`;
    case "With":
      return `With ${plan.ctes.map((cte) => cte.name).join(", ")}`;
  }
}

/**
 * Asserts what every later pass relies on: a node reads only columns of its inputs (or of a query around it), puts out every
 * id once, and no id is made twice.
 */
export function checkPlan(
  plan: LogicalPlan,
  around: ReadonlySet<number> = new Set(),
  made: Set<number> = new Set(),
  shared: Set<Expr> = new Set(),
): void {
  const inputs = inputsOf(plan);
  const isDependent = plan.kind === "DependentJoin";
  inputs.forEach((input, i) => {
    const left = isDependent && i === 1 && inputs[0] !== undefined ? outputColumns(inputs[0]).map(({ id }) => id) : [];
    checkPlan(input, new Set([...around, ...left]), made, shared);
  });
  const readable = new Set([...around, ...inputs.flatMap((input) => outputColumns(input).map(({ id }) => id))]);
  for (const expr of expressionsOf(plan)) {
    if (plan.kind === "Scan") break;
    walkExpr(expr, (part) => {
      if (part.kind === "Column" && !readable.has(part.column.id)) {
        throw new Error(`${plan.kind} reads ${part.column.name}#${part.column.id}, which its inputs do not have`);
      }
      // The same subquery may stand in several places (BETWEEN, CASE); unnesting tells them apart.
      if (part.kind === "Subquery" && !shared.has(part)) {
        shared.add(part);
        for (const column of part.outer) {
          if (!readable.has(column.id))
            throw new Error(`a subquery of ${plan.kind} reads ${column.name}, which is not there`);
        }
        checkPlan(part.plan, new Set(part.outer.map(({ id }) => id)), made, shared);
      }
    });
  }
  const output = outputColumns(plan).map(({ id }) => id);
  if (new Set(output).size !== output.length) throw new Error(`${plan.kind} puts out a column twice`);
  for (const id of output) {
    if (readable.has(id) && !around.has(id)) continue;
    if (made.has(id)) throw new Error(`${plan.kind} makes column #${id}, which exists already`);
    made.add(id);
  }
}
