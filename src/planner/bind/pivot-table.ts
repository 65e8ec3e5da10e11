import type { Expression, Pivot, PivotColumn, Query, TableRef, Unpivot } from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import { freeColumns } from "../logical/free-columns.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { INTEGER, VARCHAR } from "../types/types.ts";
import { toCommonType } from "./coercion.ts";
import { type BindContext, type BoundQuery, unsupported } from "./context.ts";
import { type CteScope, inlinedCtes } from "./cte.ts";
import type { Environment } from "./environment.ts";
import { makeEnvironment } from "./expression.ts";
import type { BoundTables } from "./from.ts";
import { and } from "./logic.ts";
import { pivotSelect, unpivotRows, ValuesNeeded } from "./pivot.ts";
import type { Scope } from "./scope.ts";
import { bindSelect } from "./select.ts";

/** Binds the table of a PIVOT in its place, with these common tables. */
export type BindSource = (source: TableRef, ctes: CteScope | undefined) => BoundTables;

/** PIVOT in FROM. `bindSource` binds its table. */
export function bindPivot(ctx: BindContext, node: Pivot, scope: Scope, bindSource: BindSource): BoundQuery {
  const tables = bindSource(node.source, scope.ctes);
  const env = environmentOver(ctx, scope, tables);
  const select = pivotSelect(env, node, (column, query) => {
    const known = ctx.values.next();
    if (known !== undefined) return [...new Set(known)].filter((value) => value !== null);
    throw new ValuesNeeded(valuesQuery(ctx, node, column, query, scope, bindSource), ctx.parameters);
  });
  return bindSelect(ctx, select, undefined, undefined, scope, scope.ctes, tables);
}

function environmentOver(ctx: BindContext, scope: Scope, { relations }: BoundTables): Environment {
  const inner: Scope = { relations, parent: scope, ctes: scope.ctes };
  return makeEnvironment(ctx, inner, { kind: "forbidden", reason: "aggregates are not allowed here" });
}

/** The distinct values of the column, in order, as a query that stands for itself. */
function valuesQuery(
  ctx: BindContext,
  node: Pivot,
  column: PivotColumn,
  query: Query | undefined,
  scope: Scope,
  bindSource: BindSource,
): BoundQuery {
  const ctes = inlinedCtes(scope.ctes);
  let plan: LogicalPlan;
  let value: Expr;
  if (query !== undefined) {
    const bound = ctx.bindQuery(query, ctx, undefined, ctes);
    plan = bound.plan;
    value = ref(bound.columns[0] as Column);
  } else {
    const tables = bindSource(node.source, ctes);
    plan = tables.plan;
    value = environmentOver(ctx, { ...scope, ctes }, tables).bind(column.expressions[0] as Expression);
  }
  if (freeColumns(plan).length > 0) throw unsupported(ctx, "a correlated PIVOT without its values", node);
  const key = ctx.ids.column("value", typeOf(value), true);
  const group = ctx.ids.column("value", typeOf(value), false);
  const text = ctx.ids.column("text", VARCHAR, false);
  let values: LogicalPlan = {
    kind: "Filter",
    input: { kind: "Project", input: plan, outputs: [{ column: key, expr: value }] },
    predicate: { kind: "IsNull", input: ref(key), negated: true },
  };
  // The values of a query keep its order.
  if (query === undefined) {
    values = { kind: "Aggregate", input: values, groups: [{ column: group, expr: ref(key) }], aggregates: [] };
    values = { kind: "Sort", input: values, keys: [{ expr: ref(group), descending: false, nullsFirst: false }] };
  }
  const from = query === undefined ? group : key;
  const expr: Expr = { kind: "Cast", input: ref(from), type: VARCHAR, try: false };
  return { plan: { kind: "Project", input: values, outputs: [{ column: text, expr }] }, columns: [text] };
}

/** UNPIVOT in FROM: every row once for each of the unpivoted columns, numbered in their order. */
export function bindUnpivot(ctx: BindContext, node: Unpivot, scope: Scope, tables: BoundTables): BoundQuery {
  const env = environmentOver(ctx, scope, tables);
  const { rows, kept } = unpivotRows(env, node);
  const number = ctx.ids.column("number", INTEGER, false);
  const numbers: LogicalPlan = {
    kind: "Values",
    columns: [number],
    rows: rows.map((_, i) => [{ kind: "Literal", value: i, type: INTEGER }]),
  };
  const isRow = (i: number): Expr => ({
    kind: "InList",
    input: ref(number),
    values: [{ kind: "Literal", value: i, type: INTEGER }],
  });
  const choice = (exprs: readonly Expr[], type: Column["type"]): Expr =>
    exprs.length === 1
      ? (exprs[0] as Expr)
      : {
          kind: "Case",
          branches: exprs.slice(0, -1).map((then, i) => ({ when: isRow(i), then })),
          otherwise: exprs.at(-1) as Expr,
          type,
        };
  const keptOutputs = kept.map((column) => {
    const expr = env.bind(column);
    return { column: ctx.ids.column(column.parts.at(-1)?.name ?? "", typeOf(expr), isNullable(expr)), expr };
  });
  const names = rows.map(({ name }): Expr => ({ kind: "Literal", value: name, type: VARCHAR }));
  const nameOutput = { column: ctx.ids.column(node.name.name, VARCHAR, false), expr: choice(names, VARCHAR) };
  const valueOutputs = node.values.map((name, v) => {
    const bound = rows.map(({ columns }) => env.bind(columns[v] as Expression));
    const { type, exprs } = toCommonType(ctx, bound, "UNPIVOT");
    return { column: ctx.ids.column(name.name, type, true), expr: choice(exprs, type) };
  });
  const outputs = [...keptOutputs, nameOutput, ...valueOutputs];
  let plan: LogicalPlan = {
    kind: "Project",
    input: { kind: "Join", join: "inner", left: tables.plan, right: numbers, conditions: [], mark: undefined },
    outputs,
  };
  if (!node.includeNulls) {
    const present = valueOutputs.map(({ column }): Expr => ({ kind: "IsNull", input: ref(column), negated: true }));
    plan = { kind: "Filter", input: plan, predicate: and(present) };
  }
  return { plan, columns: outputs.map(({ column }) => column) };
}
