import type { ColumnConstraint, CreateTable, CreateTableAs, CreateView, Drop, TableConstraint } from "../../sql/ast.ts";
import type { Column } from "../expr/expr.ts";
import type { BoundStatement } from "../logical/plan.ts";
import { bindError, type BindContext, unsupported } from "./context.ts";
import { renamed } from "./cte.ts";
import { tableName } from "./names.ts";
import { bindResult } from "./result.ts";
import { uniqueNames } from "./scope.ts";
import { bindType } from "./type-name.ts";

/** Constraints by their SQL. */
const CONSTRAINTS: { readonly [K in ColumnConstraint["kind"] | TableConstraint["kind"]]: string } = {
  NotNull: "NOT NULL",
  Nullable: "NULL",
  PrimaryKey: "PRIMARY KEY",
  PrimaryKeyConstraint: "PRIMARY KEY",
  Unique: "UNIQUE",
  UniqueConstraint: "UNIQUE",
  Check: "CHECK",
  CheckConstraint: "CHECK",
  Default: "DEFAULT",
  Generated: "a generated column",
  ColumnCollation: "COLLATE",
  Compression: "USING COMPRESSION",
  References: "REFERENCES",
  ForeignKeyConstraint: "FOREIGN KEY",
  Watermark: "WATERMARK",
};

export function bindCreateTable(ctx: BindContext, node: CreateTable): BoundStatement {
  const [constraint] = node.constraints;
  if (constraint !== undefined) throw unsupported(ctx, CONSTRAINTS[constraint.kind], constraint);
  const [option] = node.options;
  if (option !== undefined) throw unsupported(ctx, "WITH options of a table", option);
  const names = new Set<string>();
  const schema = node.columns.map((column) => {
    const key = column.name.name.toLowerCase();
    if (names.has(key)) throw bindError(ctx, `column "${column.name.name}" is defined twice`, column.name);
    names.add(key);
    if (column.type === undefined) throw unsupported(ctx, "a column without a type", column);
    let nullable = true;
    for (const item of column.constraints) {
      if (item.kind === "NotNull") nullable = false;
      else if (item.kind !== "Nullable" && item.kind !== "Compression")
        throw unsupported(ctx, CONSTRAINTS[item.kind], item);
    }
    return { name: column.name.name, type: bindType(ctx, column.type), nullable };
  });
  return { kind: "CreateTable", name: tableName(ctx, node.name), ...existing(node), schema, source: undefined };
}

export function bindCreateTableAs(ctx: BindContext, node: CreateTableAs): BoundStatement {
  const [option] = node.options;
  if (option !== undefined) throw unsupported(ctx, "WITH options of a table", option);
  const bound = renamed(ctx, bindResult(ctx, node.query), node.columns);
  const names = uniqueNames(bound.columns.map((column) => column.name));
  const columns: readonly Column[] = bound.columns.map((column, i) => ({ ...column, name: names[i] as string }));
  return {
    kind: "CreateTable",
    name: tableName(ctx, node.name),
    ...existing(node),
    // A table made from a query takes NULLs later, whatever the query proves.
    schema: columns.map(({ name, type }) => ({ name, type, nullable: true })),
    source: node.withData ? { plan: bound.plan, columns } : undefined,
  };
}

/** The query is bound once now, so that a view that cannot work is refused at once. */
export function bindCreateView(ctx: BindContext, node: CreateView): BoundStatement {
  if (node.materialized) throw unsupported(ctx, "CREATE MATERIALIZED VIEW", node);
  if (node.recursive) throw unsupported(ctx, "CREATE RECURSIVE VIEW", node);
  renamed(ctx, ctx.bindQuery(node.query, ctx, undefined, undefined), node.columns);
  return {
    kind: "CreateView",
    name: tableName(ctx, node.name),
    ...existing(node),
    sql: ctx.sql.slice(node.query.span.start, node.query.span.end),
    columnNames: node.columns.length === 0 ? undefined : node.columns.map((column) => column.name),
  };
}

function existing(node: { readonly onExisting: CreateTable["onExisting"] }): {
  readonly ifNotExists: boolean;
  readonly orReplace: boolean;
} {
  return { ifNotExists: node.onExisting === "skip", orReplace: node.onExisting === "replace" };
}

export function bindDrop(ctx: BindContext, node: Drop): BoundStatement {
  if (node.target !== "table" && node.target !== "view")
    throw unsupported(ctx, `DROP ${node.target.toUpperCase()}`, node);
  const [name, second] = node.names;
  if (name === undefined || second !== undefined) throw unsupported(ctx, "DROP of several at once", node);
  return { kind: "Drop", what: node.target, name: tableName(ctx, name), ifExists: node.ifExists };
}
