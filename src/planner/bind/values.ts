import type { Expression, Values as ValuesNode } from "../../sql/ast.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { columnsOf } from "../expr/columns.ts";
import { someExpr } from "../expr/map.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { toCommonType } from "./coercion.ts";
import { type BindContext, bindError, type BoundQuery } from "./context.ts";
import type { CteScope } from "./cte.ts";
import { makeEnvironment } from "./expression.ts";
import type { Scope } from "./scope.ts";
import type { SqlType } from "../types/types.ts";

/** VALUES: columns `col0`, `col1`, ..., each in the common type of its rows. */
export function bindValues(
  ctx: BindContext,
  node: ValuesNode,
  parent: Scope | undefined,
  ctes: CteScope | undefined,
): BoundQuery {
  const rows = bindRows(ctx, node, parent, ctes);
  const width = rows[0]?.length ?? 0;
  const types: SqlType[] = [];
  const converted: Expr[][] = rows.map(() => []);
  for (let i = 0; i < width; i++) {
    const { type, exprs } = toCommonType(
      ctx,
      rows.map((row) => row[i] as Expr),
      "VALUES",
    );
    types.push(type);
    for (const [r, expr] of exprs.entries()) (converted[r] as Expr[]).push(expr);
  }
  return valuesPlan(
    ctx,
    converted,
    types,
    types.map((_, i) => `col${i}`),
  );
}

/** The rows as a plan; their expressions have the column's types. */
export function valuesPlan(
  ctx: BindContext,
  rows: readonly (readonly Expr[])[],
  types: readonly SqlType[],
  names: readonly string[],
): BoundQuery {
  const columns = types.map((type, i) =>
    ctx.ids.column(
      names[i] as string,
      type,
      rows.some((row) => isNullable(row[i] as Expr)),
    ),
  );
  const isConstant = rows.every((row) => row.every((expr) => !readsRows(expr)));
  if (isConstant) return { plan: { kind: "Values", columns, rows }, columns };
  return { plan: projections(ctx, rows, columns), columns };
}

/** Whether a value depends on a query around it, or is made by one. */
function readsRows(expr: Expr): boolean {
  return columnsOf(expr).size > 0 || someExpr(expr, (part) => part.kind === "Subquery");
}

/** The rows as the union of one projection for each. */
function projections(ctx: BindContext, rows: readonly (readonly Expr[])[], columns: readonly Column[]): LogicalPlan {
  const project = (row: readonly Expr[], own: readonly Column[]): LogicalPlan => ({
    kind: "Project",
    input: { kind: "Values", columns: [], rows: [[]] },
    outputs: own.map((column, i) => ({ column, expr: row[i] as Expr })),
  });
  if (rows.length === 1) return project(rows[0] ?? [], columns);
  const inputColumns = rows.map(() => columns.map((column) => ({ ...column, id: ctx.ids.next() })));
  return {
    kind: "SetOperation",
    op: "union",
    all: true,
    columns,
    inputs: rows.map((row, i) => project(row, inputColumns[i] ?? [])),
    inputColumns,
  };
}

/** The bound rows, all of the same length. `bind` may take over single values (DEFAULT in INSERT). */
export function bindRows(
  ctx: BindContext,
  node: ValuesNode,
  parent: Scope | undefined,
  ctes: CteScope | undefined,
  special: (value: Expression, column: number) => Expr | undefined = () => undefined,
): readonly (readonly Expr[])[] {
  const env = makeEnvironment(
    ctx,
    { relations: [], parent, ctes },
    { kind: "forbidden", reason: "VALUES cannot contain aggregates" },
  );
  const width = node.rows[0]?.length ?? 0;
  return node.rows.map((row) => {
    if (row.length !== width) {
      throw bindError(ctx, `the rows of VALUES differ in length: ${width} and ${row.length}`, row.at(-1) ?? node);
    }
    return row.map((value, i) => {
      return special(value, i) ?? env.bind(value);
    });
  });
}

/** Rows made for the moment. */
export function constantRows(ctx: BindContext, { columns, rows }: Extract<CatalogEntry, { kind: "rows" }>): BoundQuery {
  const values = rows.map((row) =>
    row.map((value, i): Expr => ({ kind: "Literal", value, type: (columns[i] as { readonly type: SqlType }).type })),
  );
  return valuesPlan(
    ctx,
    values,
    columns.map(({ type }) => type),
    columns.map(({ name }) => name),
  );
}
