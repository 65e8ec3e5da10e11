/** ALTER. Whatever changes values writes the table anew: the work is that of reading and writing all of its rows. */
import { HeadraceError } from "../../error.ts";
import { makeVersion, releaseVersion } from "../../exec/table/table-version.ts";
import { type BindContext, bindError } from "../../planner/bind/context.ts";
import { bindColumn } from "../../planner/bind/create.ts";
import { targetColumn, type WriteTarget, writeTarget } from "../../planner/bind/target.ts";
import { bindType } from "../../planner/bind/type-name.ts";
import { checkDefinition, defaultOf, tableRows } from "../../planner/bind/table-rows.ts";
import { relationOf } from "../../planner/bind/scope.ts";
import { makeEnvironment } from "../../planner/bind/expression.ts";
import type { CheckRule, ColumnRule, TableDefinition } from "../../planner/catalog/table-definition.ts";
import { walkAst } from "../../planner/bind/ast-walk.ts";
import { explicitCast } from "../../planner/bind/coercion.ts";
import { ref } from "../../planner/expr/columns.ts";
import type { Expr } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { printSql } from "../../sql/print/statements.ts";
import type { Alter, AlterAction, ColumnRef, Expression, Identifier, ObjectName } from "../../sql/ast.ts";
import type { Table } from "../catalog.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { addUnique, keysOf } from "./create.ts";
import { appendQuery, emptyVersion, failChecks } from "./write.ts";

const OK: StatementResult = { kind: "ok" };

export async function alter(ctx: RunContext, node: Alter): Promise<StatementResult> {
  const written = node.name.parts.map((part) => part.name);
  if (node.target === "view") return renameView(ctx, node, written);
  if (node.target !== "table") throw unsupported(`ALTER ${node.target.toUpperCase()}`, node);
  const found = ctx.catalog.find("table", written);
  if (found?.kind !== "table") {
    if (found === undefined && node.ifExists) return OK;
    const message =
      found === undefined ? `there is no table "${written.join(".")}"` : `"${written.join(".")}" is a ${found.kind}`;
    throw new HeadraceError("bind", message, { span: node.name.span });
  }
  await alterTable(ctx, node, found, node.action);
  return OK;
}

function unsupported(feature: string, { span }: { readonly span: Alter["span"] }): HeadraceError {
  return new HeadraceError("unsupported", `${feature} is not supported yet`, { span });
}

function renameView(ctx: RunContext, node: Alter, written: readonly string[]): StatementResult {
  const found = ctx.catalog.find("view", written);
  if (found?.kind !== "view") {
    if (node.ifExists) return OK;
    throw new HeadraceError("bind", `there is no view "${written.join(".")}"`, { span: node.name.span });
  }
  if (node.action.kind !== "Rename") throw unsupported("ALTER VIEW other than RENAME", node);
  const name = { ...found.name, name: node.action.to.name };
  if (ctx.catalog.get("view", name) !== undefined)
    throw new HeadraceError("bind", `"${name.name}" exists already`, { span: node.action.to.span });
  ctx.catalog.delete(found);
  ctx.catalog.set({ ...found, name });
  return OK;
}

async function alterTable(ctx: RunContext, node: Alter, table: Table, action: AlterAction): Promise<void> {
  const { definition } = table;
  const ordinalOf = (column: ObjectName): number =>
    bindPart(ctx, node, (binder) => targetColumn(binder, target(table), plainName(column)));
  switch (action.kind) {
    case "AddColumn":
      return addColumn(ctx, node, table, action);
    case "DropColumn": {
      if (action.ifExists && !definition.columns.some(({ name }) => sameName(name, plainName(action.column)))) return;
      return dropColumn(ctx, node, table, ordinalOf(action.column));
    }
    case "RenameColumn":
      return renameColumn(ctx, table, ordinalOf(action.column), action.to);
    case "Rename":
      return renameTable(ctx, table, action.to);
    case "SetType":
      return setType(ctx, node, table, ordinalOf(action.column), action);
    case "SetDefault":
    case "DropDefault": {
      const ordinal = ordinalOf(action.column);
      const defaultValue = action.kind === "SetDefault" ? action.value : undefined;
      const changed = withColumn(definition, ordinal, { defaultValue });
      bindPart(ctx, node, (binder) => checkDefinition(binder, { name: table.name.name, definition: changed }, action));
      return ctx.catalog.redefine({ ...table, definition: changed });
    }
    case "SetNotNull":
    case "DropNotNull":
      return setNotNull(ctx, table, ordinalOf(action.column), action.kind === "SetNotNull");
    case "AddConstraint":
      return addConstraint(ctx, node, table, action);
    case "DropConstraint":
      throw unsupported("DROP CONSTRAINT", action);
    case "SetSchema":
      throw unsupported("ALTER TABLE ... SET SCHEMA", action);
    case "SetOptions":
      throw unsupported("ALTER TABLE ... SET (options)", action);
    default:
      return action satisfies never;
  }
}

function target({ name, definition, version }: Table): WriteTarget {
  const source = {
    kind: "memory",
    name: name.name,
    schema: version.schema,
    statistics: version.statistics,
    handle: version,
  } as const;
  return { name, definition, source };
}

function sameName(name: string, identifier: Identifier): boolean {
  return name.toLowerCase() === identifier.name.toLowerCase();
}

function plainName(column: ObjectName): Identifier {
  const [first, second] = column.parts as readonly [Identifier, ...Identifier[]];
  if (second === undefined) return first;
  throw unsupported("ALTER of a field of a STRUCT", column);
}

function withColumn(definition: TableDefinition, ordinal: number, change: Partial<ColumnRule>): TableDefinition {
  return {
    ...definition,
    columns: definition.columns.map((rule, i) => (i === ordinal ? { ...rule, ...change } : rule)),
  };
}

/** Writes all rows anew: `value` gives the columns of the new definition over those of the old one. */
async function rewrite(
  ctx: RunContext,
  node: Alter,
  table: Table,
  definition: TableDefinition,
  value: (binder: BindContext, ordinal: number, columns: readonly Expr[]) => Expr,
): Promise<void> {
  const bound = bindPart(ctx, node, (binder) => {
    const { source } = writeTarget(binder, node.name);
    const columns = source.schema.map(({ name, type, nullable }) => binder.ids.column(name, type, nullable));
    const plan: LogicalPlan = {
      kind: "Scan",
      source,
      alias: table.name.name,
      columns: columns.map((column, ordinal) => ({ column, ordinal })),
      filters: [],
    };
    const values = definition.columns.map((_, i) => value(binder, i, columns.map(ref)));
    return tableRows(binder, { name: table.name.name, definition }, plan, [], values, node);
  });
  const empty = emptyVersion(definition);
  const { version } = await appendQuery(ctx, empty, bound, table.name.name, (rows) =>
    failChecks(ctx, rows, bound.checks, table.name.name),
  );
  if (version !== empty) releaseVersion(ctx.runtime.shared, empty);
  ctx.catalog.set({ ...table, definition, version, keys: keysOf(definition) });
}

async function addColumn(
  ctx: RunContext,
  node: Alter,
  table: Table,
  { path, column, ifNotExists }: Extract<AlterAction, { kind: "AddColumn" }>,
): Promise<void> {
  if (path.parts.length > 1) throw unsupported("ALTER of a field of a STRUCT", path);
  const { definition } = table;
  if (definition.columns.some(({ name }) => sameName(name, column.name))) {
    if (ifNotExists) return;
    throw new HeadraceError("bind", `table "${table.name.name}" has a column "${column.name.name}" already`, {
      span: column.name.span,
    });
  }
  const refused = column.constraints.find(({ kind }) => kind === "PrimaryKey" || kind === "Unique" || kind === "Check");
  if (refused !== undefined) throw unsupported("ADD COLUMN with a key or CHECK", refused);
  const rule = bindPart(ctx, node, (binder) => bindColumn(binder, column, definition.columns));
  const added = definition.columns.length;
  await rewrite(ctx, node, table, { ...definition, columns: [...definition.columns, rule] }, (binder, i, columns) =>
    i === added ? defaultOf(binder, rule, column) : (columns[i] as Expr),
  );
}

/** Shares all chunks with the version before. */
function dropColumn(ctx: RunContext, node: Alter, table: Table, ordinal: number): void {
  const { definition, version } = table;
  const { name } = definition.columns[ordinal] as ColumnRule;
  const refuse = (what: string): HeadraceError =>
    new HeadraceError("bind", `column "${name}" cannot be dropped: ${what}`, { span: node.action.span });
  if (definition.columns.length === 1) throw refuse("it is the table's only one");
  if (definition.unique.some(({ columns }) => columns.includes(ordinal))) throw refuse("a key has it");
  if (definition.checks.some(({ condition }) => mentions(condition, name))) throw refuse("a CHECK reads it");
  if (definition.columns.some(({ generated }) => generated !== undefined && mentions(generated, name)))
    throw refuse("a generated column reads it");
  const without = <T>(items: readonly T[]): readonly T[] => items.filter((_, i) => i !== ordinal);
  const shift = (i: number): number => (i > ordinal ? i - 1 : i);
  const changed: TableDefinition = {
    ...definition,
    columns: without(definition.columns),
    unique: definition.unique.map((rule) => ({ ...rule, columns: rule.columns.map(shift) })),
  };
  const chunks = version.chunks.map(({ rows, columns }) => ({ rows, columns: without(columns) }));
  ctx.catalog.set({
    ...table,
    definition: changed,
    version: makeVersion(without(version.columns), chunks),
    keys: keysOf(changed),
  });
}

function mentions(expression: Expression, name: string): boolean {
  let found = false;
  walkAst(expression, (node) => {
    if (node.kind === "ColumnRef")
      found ||= (node as ColumnRef).parts.some((part) => part.name.toLowerCase() === name.toLowerCase());
    return !found;
  });
  return found;
}

function renameColumn(ctx: RunContext, table: Table, ordinal: number, to: Identifier): void {
  const { definition, version } = table;
  const { name } = definition.columns[ordinal] as ColumnRule;
  if (definition.columns.some((rule, i) => i !== ordinal && sameName(rule.name, to)))
    throw new HeadraceError("bind", `table "${table.name.name}" has a column "${to.name}" already`, { span: to.span });
  const renamed = (expression: Expression): Expression => renameIn(expression, name, to);
  const changed: TableDefinition = {
    ...withColumn(definition, ordinal, { name: to.name }),
    checks: definition.checks.map(({ condition }): CheckRule => {
      const next = renamed(condition);
      return { condition: next, text: printSql(next) };
    }),
  };
  const columns = changed.columns.map((rule) =>
    rule.generated === undefined ? rule : { ...rule, generated: renamed(rule.generated) },
  );
  const next = version.columns.map((column, i) => (i === ordinal ? { ...column, name: to.name } : column));
  ctx.catalog.set({
    ...table,
    definition: { ...changed, columns },
    version: makeVersion(next, version.chunks),
    keys: keysOf(changed),
  });
}

/** The expression with another name for a column. */
function renameIn<T>(node: T, name: string, to: Identifier): T {
  if (Array.isArray(node)) return node.map((item: unknown) => renameIn(item, name, to)) as T;
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, renameIn<unknown>(value, name, to)]);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  if (copy["kind"] === "ColumnRef") {
    copy["parts"] = (copy["parts"] as readonly Identifier[]).map((part) => (sameName(name, part) ? to : part));
  }
  return copy as T;
}

function renameTable(ctx: RunContext, table: Table, to: Identifier): void {
  const name = { ...table.name, name: to.name };
  if (ctx.catalog.get("table", name) !== undefined && name.name.toLowerCase() !== table.name.name.toLowerCase())
    throw new HeadraceError("bind", `"${to.name}" exists already`, { span: to.span });
  const version = makeVersion(table.version.columns, table.version.chunks);
  ctx.catalog.delete(table);
  ctx.catalog.set({ ...table, name, version, keys: keysOf(table.definition) });
}

async function setType(
  ctx: RunContext,
  node: Alter,
  table: Table,
  ordinal: number,
  { type: written, using, span }: Extract<AlterAction, { kind: "SetType" }>,
): Promise<void> {
  const { definition, version } = table;
  const value = (binder: BindContext, columns: readonly Expr[]): Expr => {
    if (using === undefined) return columns[ordinal] as Expr;
    const all = columns.flatMap((expr) => (expr.kind === "Column" ? [expr.column] : []));
    const scope = { relations: [relationOf(table.name.name, all)], parent: undefined, ctes: undefined };
    return makeEnvironment(binder, scope, { kind: "forbidden", reason: "USING cannot have aggregates" }).bind(using);
  };
  const type = bindPart(ctx, node, (binder) => {
    if (written !== undefined) return bindType(binder, written);
    const columns = version.schema.map((column) => ref(binder.ids.column(column.name, column.type, column.nullable)));
    return typeOf(value(binder, columns));
  });
  if (definition.columns[ordinal]?.generated !== undefined)
    throw new HeadraceError("bind", "the type of a generated column cannot be changed", { span });
  const changed = withColumn(definition, ordinal, { type });
  bindPart(ctx, node, (binder) => checkDefinition(binder, { name: table.name.name, definition: changed }, node));
  await rewrite(ctx, node, table, changed, (binder, i, columns) =>
    i === ordinal ? explicitCast(binder, value(binder, columns), type, { try: false, span }) : (columns[i] as Expr),
  );
}

function setNotNull(ctx: RunContext, table: Table, ordinal: number, notNull: boolean): void {
  const { definition, version } = table;
  const column = version.columns[ordinal] as (typeof version.columns)[number];
  if (notNull && column.summary.values < version.rows)
    throw new HeadraceError("constraint", `NOT NULL constraint failed: ${table.name.name}.${column.name}`);
  if (!notNull && definition.unique.some(({ primary, columns }) => primary && columns.includes(ordinal)))
    throw new HeadraceError("bind", `column "${column.name}" belongs to the primary key`);
  const columns = version.columns.map((each, i) => (i === ordinal ? { ...each, nullable: !notNull } : each));
  const next = makeVersion(columns, version.chunks);
  for (const index of table.keys) index.move(version, next, [], []);
  ctx.catalog.set({ ...table, definition: withColumn(definition, ordinal, { notNull }), version: next });
}

async function addConstraint(
  ctx: RunContext,
  node: Alter,
  table: Table,
  { constraint }: Extract<AlterAction, { kind: "AddConstraint" }>,
): Promise<void> {
  switch (constraint.kind) {
    case "PrimaryKeyConstraint":
    case "UniqueConstraint": {
      const primary = constraint.kind === "PrimaryKeyConstraint";
      const ordinals = bindPart(ctx, node, (binder) => {
        if (primary && table.definition.unique.some((rule) => rule.primary))
          throw bindError(binder, "a table has one primary key", constraint);
        return constraint.columns.map((column) => targetColumn(binder, target(table), column));
      });
      for (const ordinal of primary ? ordinals : []) setNotNull(ctx, ctx.catalog.table(table.name), ordinal, true);
      return addUnique(ctx, ctx.catalog.table(table.name), ordinals, primary);
    }
    case "CheckConstraint": {
      const rule = { condition: constraint.condition, text: printSql(constraint.condition) };
      const definition = { ...table.definition, checks: [...table.definition.checks, rule] };
      return rewrite(ctx, node, table, definition, (_, i, columns) => columns[i] as Expr);
    }
    default:
      throw unsupported("ADD CONSTRAINT of this kind", constraint);
  }
}
