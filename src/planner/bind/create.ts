import type {
  ColumnConstraint,
  ColumnDefinition,
  CreateTable,
  CreateTableAs,
  CreateView,
  Expression,
  Identifier,
  TableConstraint,
} from "../../sql/ast.ts";
import { printSql } from "../../sql/print/statements.ts";
import type { CheckRule, ColumnRule, ForeignRule, TableDefinition, UniqueRule } from "../catalog/table-definition.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import type { BoundStatement } from "../logical/statement.ts";
import { collatedText } from "../types/collation.ts";
import { typeName } from "../types/types.ts";
import { namedCollation } from "./collation.ts";
import { bindError, type BindContext, unsupported } from "./context.ts";
import { bindConnectorTable } from "./create-connector-table.ts";
import { renamed } from "./cte.ts";
import { makeEnvironment } from "./expression.ts";
import { newName } from "./names.ts";
import { bindContents } from "./result.ts";
import { relationOf, uniqueNames } from "./scope.ts";
import { didYouMean } from "./suggest.ts";
import { checkDefinition } from "./table-rows.ts";
import { bindType } from "./type-name.ts";

/** What is not there yet, by its SQL. */
const LATER: { readonly [K in ColumnConstraint["kind"] | TableConstraint["kind"]]?: string } = {
  Metadata: "METADATA",
  References: "REFERENCES",
  ForeignKeyConstraint: "FOREIGN KEY",
  Watermark: "WATERMARK of a table without connector",
};
const NOT_ENFORCED = "NOT ENFORCED of a table without connector";

export function bindCreateTable(ctx: BindContext, node: CreateTable): BoundStatement {
  if (node.options.some(({ name }) => name === "connector")) return bindConnectorTable(ctx, node);
  const [option] = node.options;
  if (option !== undefined) throw unsupported(ctx, "WITH options of a table", option);
  const [partition] = node.partitionedBy;
  if (partition !== undefined) throw unsupported(ctx, "PARTITIONED BY of a table without connector", partition);
  const definition = bindDefinition(ctx, node);
  const name = newName(ctx, node.name, node.temporary);
  checkDefinition(ctx, { name: name.name, definition }, node);
  return { kind: "CreateTable", name, onExisting: node.onExisting, definition, source: undefined };
}

function bindDefinition(ctx: BindContext, node: CreateTable): TableDefinition {
  const names = new Set<string>();
  for (const { name } of node.columns) {
    const key = name.name.toLowerCase();
    if (names.has(key)) throw bindError(ctx, `column "${name.name}" is defined twice`, name);
    names.add(key);
  }
  const plain = node.columns.filter(({ type }) => type !== undefined).map((column) => bindColumn(ctx, column, []));
  const columns = node.columns.map((column) => bindColumn(ctx, column, plain));
  if (columns.every(({ generated }) => generated !== undefined))
    throw bindError(ctx, "a table needs a column that is not generated", node);
  const unique: UniqueRule[] = [];
  const checks: CheckRule[] = [];
  const foreign: ForeignRule[] = [];
  const ordinalOf = (column: Identifier): number => {
    const ordinal = columns.findIndex(({ name }) => name.toLowerCase() === column.name.toLowerCase());
    if (ordinal >= 0) return ordinal;
    const known = columns.map(({ name }) => name);
    throw bindError(ctx, `there is no column "${column.name}"`, column, didYouMean(column.name, known));
  };
  const addKey = (primary: boolean, keys: readonly number[], at: Parameters<typeof bindError>[2]): void => {
    if (primary && unique.some((rule) => rule.primary)) throw bindError(ctx, "a table has one primary key", at);
    if (new Set(keys).size < keys.length) throw bindError(ctx, "a key has every column once", at);
    unique.push({ primary, columns: keys });
  };
  for (const [ordinal, column] of node.columns.entries()) {
    for (const item of column.constraints) {
      if (item.kind === "PrimaryKey" && !item.enforced) throw unsupported(ctx, NOT_ENFORCED, item);
      if (item.kind === "PrimaryKey" || item.kind === "Unique") addKey(item.kind === "PrimaryKey", [ordinal], item);
      else if (item.kind === "Check") checks.push(check(item.condition));
    }
  }
  for (const item of node.constraints) {
    switch (item.kind) {
      case "PrimaryKeyConstraint":
      case "UniqueConstraint":
        if (item.kind === "PrimaryKeyConstraint" && !item.enforced) throw unsupported(ctx, NOT_ENFORCED, item);
        addKey(item.kind === "PrimaryKeyConstraint", item.columns.map(ordinalOf), item);
        break;
      case "CheckConstraint":
        checks.push(check(item.condition));
        break;
      default:
        throw unsupported(ctx, LATER[item.kind] ?? item.kind, item);
    }
  }
  const required = new Set(unique.flatMap((rule) => (rule.primary ? rule.columns : [])));
  return {
    columns: columns.map((column, i) => (required.has(i) ? { ...column, notNull: true } : column)),
    unique,
    checks,
    foreign,
  };
}

function check(condition: Expression): CheckRule {
  return { condition, text: printSql(condition) };
}

/** `others`: the columns whose types are known, over which a generated column without type is typed. */
export function bindColumn(ctx: BindContext, node: ColumnDefinition, others: readonly ColumnRule[]): ColumnRule {
  let notNull = false;
  let defaultValue: Expression | undefined;
  let generated: Expression | undefined;
  let collation: Extract<ColumnDefinition["constraints"][number], { kind: "ColumnCollation" }> | undefined;
  for (const item of node.constraints) {
    switch (item.kind) {
      case "NotNull":
        notNull = true;
        break;
      case "Nullable":
        notNull = false;
        break;
      case "Default":
        defaultValue = item.value;
        break;
      case "Generated":
        generated = item.value;
        break;
      case "PrimaryKey":
      case "Unique":
      case "Check":
      case "Compression":
      case "ColumnComment":
        break;
      case "ColumnCollation": {
        collation = item;
        break;
      }
      default:
        throw unsupported(ctx, LATER[item.kind] ?? item.kind, item);
    }
  }
  if (generated !== undefined && defaultValue !== undefined)
    throw bindError(ctx, `the generated column "${node.name.name}" cannot have a default`, node);
  const name = node.name.name;
  if (node.type !== undefined) {
    const written = bindType(ctx, node.type);
    if (collation !== undefined && written.kind !== "Varchar")
      throw bindError(ctx, `only VARCHAR has collations, not ${typeName(written)}`, collation, undefined, "type");
    const type = collation === undefined ? written : collatedText(namedCollation(ctx, collation.collation));
    return { name, type, notNull, defaultValue, generated };
  }
  if (generated === undefined) throw bindError(ctx, `column "${name}" needs a type`, node);
  return { name, type: typeOf(bindGenerated(ctx, generated, others)), notNull, defaultValue, generated };
}

/** The value of a generated column over the columns of a row. */
export function bindGenerated(ctx: BindContext, value: Expression, others: readonly ColumnRule[]): Expr {
  const columns: readonly Column[] = others.map((rule) => ctx.ids.column(rule.name, rule.type, true));
  const scope = { relations: [relationOf(undefined, columns)], parent: undefined, ctes: undefined };
  const env = makeEnvironment(ctx, scope, { kind: "forbidden", reason: "a generated column cannot have aggregates" });
  return env.bind(value);
}

export function bindCreateTableAs(ctx: BindContext, node: CreateTableAs): BoundStatement {
  const [option] = node.options;
  if (option !== undefined) throw unsupported(ctx, "WITH options of a table", option);
  const bound = renamed(ctx, bindContents(ctx, node.query), node.columns);
  const names = uniqueNames(bound.columns.map((column) => column.name));
  const columns: readonly Column[] = bound.columns.map((column, i) => ({ ...column, name: names[i] as string }));
  return {
    kind: "CreateTable",
    name: newName(ctx, node.name, node.temporary),
    onExisting: node.onExisting,
    // A table made from a query takes NULLs later, whatever the query proves.
    definition: plainDefinition(columns),
    source: node.withData ? { plan: bound.plan, columns } : undefined,
  };
}

/** Columns without constraints. */
export function plainDefinition(columns: readonly Pick<Column, "name" | "type">[]): TableDefinition {
  const rules = columns.map(({ name, type }) => {
    return { name, type, notNull: false, defaultValue: undefined, generated: undefined };
  });
  return { columns: rules, unique: [], checks: [], foreign: [] };
}

/** The query is bound once now, so that a view that cannot work is refused at once. */
export function bindCreateView(ctx: BindContext, node: CreateView): BoundStatement {
  if (node.recursive) throw unsupported(ctx, "CREATE RECURSIVE VIEW", node);
  if (node.emit !== undefined && !node.materialized)
    throw bindError(ctx, "only a materialized view takes EMIT", node.emit, "write it where the view is used");
  renamed(ctx, ctx.bindQuery(node.query, ctx, undefined, undefined), node.columns);
  return {
    kind: "CreateView",
    materialized: node.materialized,
    name: newName(ctx, node.name, node.temporary),
    onExisting: node.onExisting,
    sql: ctx.sql.slice(node.query.span.start, node.query.span.end),
    columnNames: node.columns.length === 0 ? undefined : node.columns.map((column) => column.name),
    emit: node.emit?.mode,
  };
}
