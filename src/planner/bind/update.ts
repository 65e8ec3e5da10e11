import type { Assignment, Delete, Expression, Identifier, ObjectName, TableRef, Update } from "../../sql/ast.ts";
import { withRowNumbers } from "../catalog/row-numbers.ts";
import { ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import type { BoundStatement, KeyColumns } from "../logical/statement.ts";
import { toBoolean } from "./coercion.ts";
import { type BindContext, bindError, spanOf, unsupported } from "./context.ts";
import { enterWith } from "./cte.ts";
import type { Environment } from "./environment.ts";
import { makeEnvironment } from "./expression.ts";
import { bindTable, type BoundTables, withRowId } from "./from.ts";
import { crossJoin } from "./join.ts";
import { makeRelation, type Relation, relationOf, type Scope } from "./scope.ts";
import { assigned, defaultOf, tableRows } from "./table-rows.ts";
import { assignedColumn, type WriteTarget, writeTarget } from "./target.ts";

/** The rows that UPDATE or DELETE is about, with all that stands beside them. */
type TargetRows = {
  readonly target: WriteTarget;
  /** The number of the row in its table. */
  readonly number: Column;
  /** The table's columns. */
  readonly columns: readonly Column[];
  readonly plan: LogicalPlan;
  readonly env: Environment;
  /** Puts the common tables of the statement around its plan. */
  readonly withCommon: (plan: LogicalPlan) => LogicalPlan;
};

export type UpdateOptions = {
  /** The tables in FROM give way: a bare name means the target's column (`excluded` of ON CONFLICT). */
  readonly qualifiedFrom?: boolean;
};

function bindTargetRows(
  ctx: BindContext,
  node: Update | Delete,
  from: readonly TableRef[],
  { qualifiedFrom = false }: UpdateOptions,
): TargetRows {
  const target = writeTarget(ctx, node.table);
  const source = withRowNumbers(target.source);
  const all = source.schema.map(({ name, type, nullable }) => ctx.ids.column(name, type, nullable));
  const columns = all.slice(0, -1);
  const alias = node.alias?.name ?? target.name.name;
  const number = all.at(-1) as Column;
  const schema = node.alias === undefined ? target.name.schema : undefined;
  const relation = withRowId(relationOf(alias, columns, [], schema), number);
  const scan: LogicalPlan = {
    kind: "Scan",
    source,
    alias,
    columns: all.map((column, ordinal) => ({ column, ordinal })),
    filters: [],
    span: spanOf(ctx, node.table),
  };
  const withNode = { kind: "Query", with: node.with } as unknown as Parameters<typeof enterWith>[1];
  const { ctes, definitions } = enterWith(ctx, { ...withNode, ...partsOf(node) }, undefined, undefined);
  let tables: BoundTables = { plan: scan, relations: [relation] };
  const outer: Scope = { relations: [], parent: undefined, ctes };
  for (const table of from) {
    const right = bindTable(ctx, table, { ...outer, relations: tables.relations }, undefined);
    const shown = qualifiedFrom ? { ...right, relations: right.relations.map(qualifiedOnly) } : right;
    tables = crossJoin(ctx, tables, shown, table);
  }
  const what = node.kind === "Update" ? "UPDATE" : "DELETE";
  const scope: Scope = { relations: tables.relations, parent: undefined, ctes };
  const env = makeEnvironment(ctx, scope, { kind: "forbidden", reason: `${what} cannot contain aggregates` });
  let { plan } = tables;
  if (node.where !== undefined) {
    plan = { kind: "Filter", input: plan, predicate: toBoolean(ctx, env.bind(node.where), "the condition of WHERE") };
  }
  return {
    target,
    number,
    columns,
    plan,
    env,
    withCommon: (inner) => (definitions.length === 0 ? inner : { kind: "With", ctes: [...definitions], input: inner }),
  };
}

/** Where the names of common tables are looked for. */
function partsOf(node: Update | Delete): object {
  return node.kind === "Update"
    ? { from: node.from, set: node.set, where: node.where }
    : { using: node.using, where: node.where };
}

function qualifiedOnly(relation: Relation): Relation {
  const columns = relation.columns.map((column) => ({ ...column, hidden: true }));
  return makeRelation(relation.name, columns, relation.schema);
}

export function bindUpdate(
  ctx: BindContext,
  node: Update,
  options: UpdateOptions = {},
): Extract<BoundStatement, { kind: "Update" }> {
  const rows = bindTargetRows(ctx, node, node.from, options);
  const { target, number, columns } = rows;
  const { columns: rules, unique, checks } = target.definition;
  const { set, plan: input } = bindAssignments(ctx, node, rows);
  const values = rules.map((_, i) => set.get(i) ?? ref(columns[i] as Column));
  const keys = unique.filter((rule) => rule.columns.some((i) => set.has(i)));
  const keyed = [...new Set(keys.flatMap((rule) => rule.columns))];
  const extra = [fresh(ctx, number), ...keyed.map((i) => fresh(ctx, columns[i] as Column))];
  const isGenerated = rules.map(({ generated }) => generated !== undefined);
  const whole = checks.length > 0 || node.returning.length > 0 || isGenerated.includes(true);
  const wanted = rules.flatMap((_, i) => (whole || set.has(i) || keyed.includes(i) ? [i] : []));
  const indexOf = (ordinal: number): number => extra.length + wanted.indexOf(ordinal);
  const table = { name: target.name.name, definition: target.definition };
  const outputs = [
    ...extra,
    ...wanted.map((i) => {
      const expr = values[i] as Expr;
      return { column: ctx.ids.column(rules[i]?.name ?? "", typeOf(expr), isNullable(expr)), expr };
    }),
  ];
  const bound = whole
    ? tableRows(ctx, table, input, extra, values, node)
    : { plan: { kind: "Project", input, outputs } as const, columns: outputs.map(({ column }) => column), checks: [] };
  return {
    kind: "Update",
    table: target.name,
    plan: rows.withCommon(bound.plan),
    columns: bound.columns,
    fields: rules.map((_, i) => (set.has(i) || isGenerated[i] === true ? indexOf(i) : undefined)),
    row: node.returning.length > 0 ? rules.map((_, i) => indexOf(i)) : undefined,
    checks: bound.checks,
    keys: keys.map((rule): KeyColumns => ({
      rule,
      before: rule.columns.map((i) => 1 + keyed.indexOf(i)),
      after: rule.columns.map(indexOf),
    })),
  };
}

/** The column once more, under an id of its own. */
function fresh(ctx: BindContext, column: Column): { readonly column: Column; readonly expr: Expr } {
  return { column: { ...column, id: ctx.ids.next() }, expr: ref(column) };
}

/** The columns that are set, by ordinal, to values over `plan`. */
function bindAssignments(
  ctx: BindContext,
  node: Update,
  { target, plan, env }: TargetRows,
): { readonly set: ReadonlyMap<number, Expr>; readonly plan: LogicalPlan } {
  const set = new Map<number, Expr>();
  const assign = (column: Identifier, value: Expression): void => {
    const ordinal = assignedColumn(ctx, target, column);
    if (set.has(ordinal)) throw bindError(ctx, `column "${column.name}" is set twice`, column);
    const rule = target.definition.columns[ordinal] as (typeof target.definition.columns)[number];
    const expr = value.kind === "DefaultValue" ? defaultOf(ctx, rule, value) : env.bind(value);
    set.set(ordinal, assigned(ctx, expr, rule, value));
  };
  for (const assignment of node.set) {
    const columns = assignment.columns.map((name) => columnOf(ctx, name, target));
    const [column] = columns;
    if (columns.length === 1 && column !== undefined) assign(column, assignment.value);
    else for (const [i, value] of valuesOf(ctx, assignment).entries()) assign(columns[i] as Identifier, value);
  }
  return { set, plan };
}

/** `a`, `t.a`. */
function columnOf(ctx: BindContext, name: ObjectName, target: WriteTarget): Identifier {
  const [first, second] = name.parts as readonly [Identifier, ...Identifier[]];
  if (second === undefined) return first;
  if (name.parts.length === 2 && first.name.toLowerCase() === target.name.name.toLowerCase()) return second;
  throw unsupported(ctx, "SET of a field of a STRUCT", name);
}

/** The values of `(a, b) = (1, 2)`. */
function valuesOf(ctx: BindContext, { columns, value }: Assignment): readonly Expression[] {
  if (value.kind !== "Row") throw unsupported(ctx, "SET of several columns to the row of a subquery", value);
  if (value.items.length === columns.length) return value.items;
  throw bindError(ctx, `SET gives ${value.items.length} values for ${columns.length} columns`, value);
}

export function bindDelete(ctx: BindContext, node: Delete): Extract<BoundStatement, { kind: "Delete" }> {
  const { target, number, columns, plan, withCommon } = bindTargetRows(ctx, node, node.using, {});
  const { columns: rules, unique } = target.definition;
  const returned = node.returning.length > 0;
  const keyed = new Set(unique.flatMap((rule) => rule.columns));
  const wanted = rules.flatMap((_, i) => (returned || keyed.has(i) ? [i] : []));
  const outputs = [fresh(ctx, number), ...wanted.map((i) => fresh(ctx, columns[i] as Column))];
  const indexOf = (ordinal: number): number => 1 + wanted.indexOf(ordinal);
  return {
    kind: "Delete",
    table: target.name,
    plan: withCommon({ kind: "Project", input: plan, outputs }),
    columns: outputs.map(({ column }) => column),
    row: returned ? rules.map((_, i) => indexOf(i)) : undefined,
    keys: unique.map((rule) => ({ rule, before: rule.columns.map(indexOf), after: [] })),
  };
}
