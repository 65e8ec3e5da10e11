import type { Column, Expr } from "../expr/expr.ts";
import { ref } from "../expr/columns.ts";
import { mapChildren, transformExpr } from "../expr/map.ts";
import { outputColumns } from "./columns.ts";
import { expressionsOf, mapExpressions, mapInputs, walkPlan } from "./map.ts";
import type { LogicalPlan } from "./plan.ts";

/** Replaces references to the columns in `by` (by id) everywhere in the plan, subqueries included. */
export function substituteInPlan(plan: LogicalPlan, by: ReadonlyMap<number, Expr>): LogicalPlan {
  if (by.size === 0) return plan;
  const inExpr = (expr: Expr): Expr => {
    if (expr.kind === "Column") return by.get(expr.column.id) ?? expr;
    const mapped = mapChildren(expr, inExpr);
    if (mapped.kind !== "Subquery") return mapped;
    const outer = mapped.outer.flatMap((column) => {
      const replacement = by.get(column.id);
      return replacement === undefined ? [column] : columnsIn(replacement);
    });
    return { ...mapped, outer, plan: substituteInPlan(mapped.plan, by) };
  };
  const inPlan = (node: LogicalPlan): LogicalPlan => mapExpressions(mapInputs(node, inPlan), inExpr);
  return inPlan(plan);
}

function columnsIn(expr: Expr): Column[] {
  const found: Column[] = [];
  transformExpr(expr, (part) => {
    if (part.kind === "Column") found.push(part.column);
    return part;
  });
  return found;
}

/** A copy of a plan whose own columns have new ids; columns from outside stay. */
export type PlanCopy = { readonly plan: LogicalPlan; readonly columns: ReadonlyMap<number, Column> };

/** Copies a plan so that both can stand in one statement. `newColumn` gives the copy of a column. */
export function copyPlan(plan: LogicalPlan, newColumn: (column: Column) => Column, newCteId: () => number): PlanCopy {
  const columns = new Map<number, Column>();
  const ctes = new Map<number, number>();
  collectProduced(
    plan,
    (column) => {
      if (!columns.has(column.id)) columns.set(column.id, newColumn(column));
    },
    (id) => ctes.set(id, newCteId()),
  );
  return { plan: renamed(plan, columns, ctes), columns };
}

function collectProduced(root: LogicalPlan, column: (column: Column) => void, cte: (id: number) => void): void {
  walkPlan(root, (plan) => {
    outputColumns(plan).forEach(column);
    if (plan.kind === "With") for (const { id } of plan.ctes) cte(id);
    if (plan.kind === "Recursion") [plan.id, plan.unionId].forEach(cte);
    for (const expr of expressionsOf(plan)) {
      transformExpr(expr, (part) => {
        if (part.kind === "Subquery") collectProduced(part.plan, column, cte);
        return part;
      });
    }
  });
}

function renamed(
  root: LogicalPlan,
  columns: ReadonlyMap<number, Column>,
  ctes: ReadonlyMap<number, number>,
): LogicalPlan {
  const of = (column: Column): Column => {
    const copy = columns.get(column.id);
    return copy === undefined ? column : { ...copy, nullable: column.nullable };
  };
  const inExpr = (expr: Expr): Expr =>
    transformExpr(expr, (part) => {
      if (part.kind === "Column")
        return columns.has(part.column.id) ? { ...ref(of(part.column)), ...spanOf(part) } : part;
      if (part.kind === "Subquery") return { ...part, plan: inPlan(part.plan), outer: part.outer.map(of) };
      return part;
    });
  const inPlan = (plan: LogicalPlan): LogicalPlan => {
    const node = mapExpressions(mapInputs(plan, inPlan), inExpr);
    switch (node.kind) {
      case "Scan":
        return { ...node, columns: node.columns.map(({ column, ordinal }) => ({ column: of(column), ordinal })) };
      case "Values":
      case "Empty":
      case "MapBatches":
        return { ...node, columns: node.columns.map(of) };
      case "Project":
        return { ...node, outputs: node.outputs.map(({ column, expr }) => ({ column: of(column), expr })) };
      case "Aggregate":
        return {
          ...node,
          groups: node.groups.map(({ column, expr }) => ({ column: of(column), expr })),
          aggregates: node.aggregates.map(({ column, call }) => ({ column: of(column), call })),
        };
      case "Window":
        return { ...node, functions: node.functions.map(({ column, call }) => ({ column: of(column), call })) };
      case "Unnest":
        return {
          ...node,
          columns: node.columns.map(({ column, expr }) => ({ column: of(column), expr })),
          ordinality: node.ordinality === undefined ? undefined : of(node.ordinality),
        };
      case "Join":
      case "DependentJoin":
        return node.mark === undefined ? node : { ...node, mark: of(node.mark) };
      case "SetOperation":
        return { ...node, columns: node.columns.map(of), inputColumns: node.inputColumns.map((list) => list.map(of)) };
      case "CteScan": {
        // What is defined outside of the copy keeps its columns, which the copied plan may put out as well.
        const id = ctes.get(node.id);
        const scan = { ...node, columns: node.columns.map(of) };
        return id === undefined ? scan : { ...scan, id, from: node.from.map(of) };
      }
      case "With":
        return { ...node, ctes: node.ctes.map((cte) => ({ ...cte, id: ctes.get(cte.id) ?? cte.id })) };
      case "Recursion":
        return {
          ...node,
          id: ctes.get(node.id) ?? node.id,
          unionId: ctes.get(node.unionId) ?? node.unionId,
          columns: node.columns.map(of),
          keys: node.keys.map(of),
          baseColumns: node.baseColumns.map(of),
          stepColumns: node.stepColumns.map(of),
        };
      case "Filter":
      case "Sort":
      case "Limit":
      case "Sample":
      case "AsofJoin":
      case "PositionalJoin":
        return node;
    }
  };
  return inPlan(root);
}

function spanOf(expr: Expr): Pick<Expr, "span"> {
  return expr.span === undefined ? {} : { span: expr.span };
}
