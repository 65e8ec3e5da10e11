import { ref } from "../../expr/columns.ts";
import type { Column, Expr } from "../../expr/expr.ts";
import { transformExpr, walkExpr } from "../../expr/map.ts";
import { outputColumns } from "../../logical/columns.ts";
import { expressionsOf, mapExpressions, mapInputs, walkPlan } from "../../logical/map.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import { filtered, isNotDistinct } from "../predicates.ts";
import { restrictedTo } from "./subqueries.ts";

/** Common subplans whose rows belong to rows of a domain, by id: the columns that say to which. */
export type Carriers = ReadonlyMap<number, readonly Column[]>;

/** Whether a plan reads one of them, also in a subquery. */
export function readsCarriers(root: LogicalPlan, carriers: Carriers): boolean {
  if (carriers.size === 0) return false;
  let reads = false;
  walkPlan(root, (plan) => {
    if (plan.kind === "CteScan" && carriers.has(plan.id)) reads = true;
    for (const expr of expressionsOf(plan)) reads ||= readsInside(expr, carriers);
  });
  return reads;
}

function readsInside(root: Expr, carriers: Carriers): boolean {
  let reads = false;
  walkExpr(root, (expr) => {
    if (expr.kind === "Subquery") reads ||= readsCarriers(expr.plan, carriers);
  });
  return reads;
}

/** The plan of a subquery below one row of the domain, whose columns are `row`: it reads what belongs to that row. */
export function carriedBelow(
  plan: LogicalPlan,
  carriers: Carriers,
  row: readonly Column[],
  newColumn: (column: Column) => Column,
): LogicalPlan {
  if (!readsCarriers(plan, carriers)) return plan;
  const domain = plan.kind === "CteScan" ? carriers.get(plan.id) : undefined;
  if (plan.kind === "CteScan" && domain !== undefined) {
    const own = domain.map(newColumn);
    const scan = { ...plan, columns: [...plan.columns, ...own], from: [...plan.from, ...domain] };
    const same = own.map((column, i) => isNotDistinct(ref(column), ref(row[i] as Column)));
    return restrictedTo(filtered(scan, same), outputColumns(plan));
  }
  const below = mapInputs(plan, (input) => carriedBelow(input, carriers, row, newColumn));
  return mapExpressions(below, (expr) => carriedInside(expr, carriers, row, newColumn));
}

/** The same for the subqueries of an expression. */
export function carriedInside(
  root: Expr,
  carriers: Carriers,
  row: readonly Column[],
  newColumn: (column: Column) => Column,
): Expr {
  if (carriers.size === 0 || !readsInside(root, carriers)) return root;
  return transformExpr(root, (expr) => {
    if (expr.kind !== "Subquery" || !readsCarriers(expr.plan, carriers)) return expr;
    return { ...expr, plan: carriedBelow(expr.plan, carriers, row, newColumn), outer: [...expr.outer, ...row] };
  });
}
