/** Rows on their way into a table: defaults, generated columns, CHECK constraints. */
import type { Span } from "../../error.ts";
import type { Expression } from "../../sql/ast.ts";
import type { ColumnRule, TableDefinition } from "../catalog/table-definition.ts";
import { ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import { typeOf } from "../expr/type-of.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import type { CheckColumn } from "../logical/statement.ts";
import { convert, explicitCast, isUntypedString, toBoolean } from "./coercion.ts";
import { type BindContext, spanOf } from "./context.ts";
import { makeEnvironment } from "./expression.ts";
import { relationOf } from "./scope.ts";

/** Binds an expression of a table's definition; errors point to `node`, the place in the statement that needs it. */
function bindRule(
  ctx: BindContext,
  what: string,
  expression: Expression,
  columns: readonly Column[],
  table: string,
  node: { readonly span: Span },
): Expr {
  const inside: BindContext = { ...ctx, within: { what, names: ctx.within?.names ?? [], span: spanOf(ctx, node) } };
  const scope = {
    relations: columns.length === 0 ? [] : [relationOf(table, columns)],
    parent: undefined,
    ctes: undefined,
  };
  const env = makeEnvironment(inside, scope, { kind: "forbidden", reason: `aggregates are not allowed in ${what}` });
  return env.bind(expression);
}

/** A value as a column of the table takes it. */
export function assigned(ctx: BindContext, expr: Expr, { type }: ColumnRule, node: { readonly span: Span }): Expr {
  if (isUntypedString(ctx, expr)) return convert(ctx, expr, type);
  return explicitCast(ctx, expr, type, { try: false, span: expr.span ?? node.span });
}

/** What a column gets where no value is given. */
export function defaultOf(ctx: BindContext, rule: ColumnRule, node: { readonly span: Span }): Expr {
  if (rule.defaultValue === undefined) return { kind: "Literal", value: null, type: rule.type };
  const expr = bindRule(ctx, `the default of column "${rule.name}"`, rule.defaultValue, [], "", node);
  return assigned(ctx, expr, rule, node);
}

type Rows = { readonly plan: LogicalPlan; readonly columns: readonly Column[] };

/**
 * The rows of `input` as rows of the table: `values[i]` is column i's value over the input's columns (of generated ones it is not
 * looked at). `extra` columns of the input come first. Then all of the table's columns, then one per CHECK.
 */
export function tableRows(
  ctx: BindContext,
  table: { readonly name: string; readonly definition: TableDefinition },
  input: LogicalPlan,
  extra: readonly { readonly column: Column; readonly expr: Expr }[],
  values: readonly Expr[],
  node: { readonly span: Span },
): Rows & { readonly checks: readonly CheckColumn[] } {
  const { columns: rules, checks } = table.definition;
  const passed = new Set<number>();
  const output = (expr: Expr, name: string): { readonly column: Column; readonly expr: Expr } => {
    if (expr.kind === "Column" && !passed.has(expr.column.id)) {
      passed.add(expr.column.id);
      return { column: expr.column, expr };
    }
    return { column: ctx.ids.column(name, typeOf(expr), isNullable(expr)), expr };
  };
  const stored = rules.map((rule, i) =>
    rule.generated === undefined ? output(values[i] as Expr, rule.name) : undefined,
  );
  let outputs = [...extra, ...stored.filter((entry) => entry !== undefined)];
  let plan: LogicalPlan = { kind: "Project", input, outputs };
  const named = (column: Column, name: string): Column => ({ ...column, name });
  const given = rules.flatMap((rule, i) => {
    const column = stored[i]?.column;
    return column === undefined ? [] : [named(column, rule.name)];
  });
  let columns = rules.map((_, i) => stored[i]?.column);
  if (given.length < rules.length) {
    const computed = rules.map((rule, i) => {
      const column = columns[i];
      if (column !== undefined || rule.generated === undefined)
        return { column: column as Column, expr: ref(column as Column) };
      const what = `the generated column "${rule.name}"`;
      const expr = assigned(ctx, bindRule(ctx, what, rule.generated, given, table.name, node), rule, node);
      return { column: ctx.ids.column(rule.name, rule.type, isNullable(expr)), expr };
    });
    columns = computed.map(({ column }) => column);
    outputs = [...extra.map(({ column }) => ({ column, expr: ref(column) })), ...computed];
    plan = { kind: "Project", input: plan, outputs };
  }
  const all = columns.map((column, i) => named(column as Column, rules[i]?.name ?? ""));
  const before = [...extra.map(({ column }) => column), ...all];
  if (checks.length === 0) return { plan, columns: before, checks: [] };
  const tests = checks.map(({ condition, text }) => {
    const what = `the constraint CHECK (${text})`;
    const expr = toBoolean(ctx, bindRule(ctx, what, condition, all, table.name, node), "a CHECK constraint");
    return { column: ctx.ids.column("check", { kind: "Boolean" }, isNullable(expr)), expr };
  });
  plan = {
    kind: "Project",
    input: plan,
    outputs: [...before.map((column) => ({ column, expr: ref(column) })), ...tests],
  };
  return {
    plan,
    columns: [...before, ...tests.map(({ column }) => column)],
    checks: checks.map(({ text }, i) => ({ index: before.length + i, text })),
  };
}

/** Checks that the expressions of a new definition can be bound. Throws at the constraint. */
export function checkDefinition(
  ctx: BindContext,
  table: { readonly name: string; readonly definition: TableDefinition },
  node: { readonly span: Span },
): void {
  const { columns: rules } = table.definition;
  const values = rules.map((rule) => defaultOf(ctx, rule, node));
  tableRows(ctx, table, { kind: "Values", columns: [], rows: [[]] }, [], values, node);
}
