import type { Describe, Pragma, Show, Summarize, TableRef } from "../../sql/ast.ts";
import { makeItem, makeQuery, makeSelect, makeStar } from "../../sql/make.ts";
import { printSql } from "../../sql/print/statements.ts";
import type { RelationFacts } from "../catalog/catalog.ts";
import type { TableDefinition } from "../catalog/table-definition.ts";
import type { Datum, Expr } from "../expr/expr.ts";
import { BOOLEAN, listOf, typeName, VARCHAR } from "../types/types.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import type { Scope } from "./scope.ts";
import { didYouMean } from "./suggest.ts";
import { bindSummary } from "./summarize.ts";
import { constantRows, valuesPlan } from "./values.ts";

const textLiteral = (value: string | null): Expr => ({ kind: "Literal", value, type: VARCHAR });

/** DESCRIBE and SHOW as queries of constants, SUMMARIZE as one over what it summarizes. */
export function bindDescription(ctx: BindContext, node: Describe | Show | Summarize, scope: Scope): BoundQuery {
  switch (node.kind) {
    case "Describe":
      return describe(ctx, node, scope);
    case "Show":
      return show(ctx, node, scope);
    case "Summarize":
      return bindSummary(ctx, node, described(ctx, node, scope));
  }
}

const DESCRIPTION = ["column_name", "column_type", "null", "key", "default", "extra"];

function describe(ctx: BindContext, node: Describe, scope: Scope): BoundQuery {
  const { source } = node;
  const table = source.kind === "ObjectName" ? ctx.catalog.lookup(namesOf(source)) : undefined;
  if (table?.kind === "table" && table.table !== undefined)
    return texts(ctx, DESCRIPTION, describeTable(table.table.definition));
  const { columns } = described(ctx, node, scope);
  // What a query puts out may be NULL as far as anybody promises.
  const rows = columns.map(({ name, type }) => {
    return [name, type.kind === "Null" ? "INTEGER" : typeName(type), "YES", null, null, null];
  });
  return texts(ctx, DESCRIPTION, rows);
}

/** The table or query that a statement is about. */
function described(ctx: BindContext, { source }: Describe | Summarize, scope: Scope): BoundQuery {
  return ctx.bindQuery(source.kind === "Query" ? source : selectAll(source), ctx, scope.parent, scope.ctes);
}

function describeTable({ columns, unique }: TableDefinition): readonly (readonly (string | null)[])[] {
  return columns.map(({ name, type, notNull, defaultValue }, i) => {
    const rules = unique.filter((rule) => rule.columns.includes(i));
    const key = rules.some(({ primary }) => primary) ? "PRI" : rules.length > 0 ? "UNI" : null;
    const text = defaultValue === undefined ? null : printSql(defaultValue);
    return [name, typeName(type), notNull ? "NO" : "YES", key, text, null];
  });
}

function texts(ctx: BindContext, names: readonly string[], rows: readonly (readonly (string | null)[])[]): BoundQuery {
  return valuesPlan(
    ctx,
    rows.map((row) => row.map(textLiteral)),
    names.map(() => VARCHAR),
    names,
  );
}

function namesOf({ parts }: Extract<Describe["source"], { kind: "ObjectName" }>): readonly string[] {
  return parts.map((part) => part.name.toLowerCase());
}

/** `SELECT * FROM name`. */
function selectAll(
  name: Extract<Describe["source"], { kind: "ObjectName" }>,
): Extract<Describe["source"], { kind: "Query" }> {
  const { span } = name;
  const table: TableRef = { kind: "TableName", name, alias: undefined, sample: undefined, span };
  return makeQuery(makeSelect([makeItem(makeStar(span), undefined)], { from: [table] }, span), span);
}

function show(ctx: BindContext, node: Show, scope: Scope): BoundQuery {
  const name = node.name?.parts.map((part) => part.name).join(".") ?? "";
  const relations =
    ctx.catalog.relations?.() ?? ctx.catalog.names().map((own) => ({ schema: "main", name: own, columns: [] }));
  const sorted = relations.toSorted((a, b) =>
    a.schema === b.schema ? compare(a.name, b.name) : compare(a.schema, b.schema),
  );
  switch (node.subject) {
    case "name": {
      if (node.name === undefined) break;
      if (ctx.catalog.lookup(namesOf(node.name)) !== undefined)
        return describe(ctx, { kind: "Describe", source: node.name, span: node.span }, scope);
      const value = ctx.session.setting(name.toLowerCase());
      if (value !== undefined) return texts(ctx, [name], [[value]]);
      throw bindError(ctx, `there is no table "${name}"`, node.name, didYouMean(name, ctx.catalog.names()));
    }
    case "tables": {
      const wanted = node.name?.parts.at(-1)?.name.toLowerCase();
      const shown = wanted === undefined ? sorted : sorted.filter(({ schema }) => schema.toLowerCase() === wanted);
      return texts(
        ctx,
        ["name"],
        shown.map((relation) => [relation.name]).toSorted(([a], [b]) => compare(a as string, b as string)),
      );
    }
    case "all tables":
      return allTables(ctx, sorted);
    case "databases":
      return texts(ctx, ["database_name"], [["memory"]]);
    case "schemas":
      return texts(
        ctx,
        ["database_name", "schema_name"],
        (ctx.catalog.schemas?.() ?? ["main"]).map((schema) => ["memory", schema]),
      );
    case "jobs": {
      const jobs = ctx.catalog.systemRows?.("jobs", []);
      if (jobs?.kind === "rows") return constantRows(ctx, jobs);
      break;
    }
    case "functions":
    case "all":
      break;
  }
  throw unsupported(ctx, `SHOW ${node.subject.toUpperCase()}`, node);
}

function allTables(ctx: BindContext, relations: readonly RelationFacts[]): BoundQuery {
  const columns = [
    ["database", VARCHAR],
    ["schema", VARCHAR],
    ["name", VARCHAR],
    ["column_names", listOf(VARCHAR)],
    ["column_types", listOf(VARCHAR)],
    ["temporary", BOOLEAN],
  ] as const;
  const rows = relations.map(({ schema, name, columns: own }): readonly Datum[] => {
    const temporary = schema === "temp";
    const names = own.map((column) => column.name);
    const types = own.map(({ type }) => typeName(type));
    return [temporary ? "temp" : "memory", temporary ? "main" : schema, name, names, types, temporary];
  });
  return valuesPlan(
    ctx,
    rows.map((row) => row.map((value, i): Expr => ({ kind: "Literal", value, type: columns[i]?.[1] ?? VARCHAR }))),
    columns.map(([, type]) => type),
    columns.map(([name]) => name),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** PRAGMAs that give rows. */
export function bindPragma(ctx: BindContext, node: Pragma): BoundQuery {
  const name = node.name.parts.at(-1)?.name.toLowerCase() ?? "";
  const args = node.args.map(({ value }) => {
    if (value.kind === "StringLiteral") return value.value;
    if (value.kind === "ColumnRef") return value.parts.map((part) => part.name).join(".");
    throw bindError(ctx, "PRAGMA takes a name or a string", value);
  });
  switch (name) {
    case "show_tables":
      return texts(
        ctx,
        ["name"],
        [...ctx.catalog.names()].toSorted(compare).map((own) => [own]),
      );
    case "database_list":
      return texts(ctx, ["seq", "name", "file"], [["0", "memory", null]]);
    case "version":
      return texts(ctx, ["library_version"], [["headrace"]]);
    case "table_info":
    case "show": {
      const found = ctx.catalog.systemRows?.(`pragma_${name}`, args);
      if (found?.kind !== "rows") throw bindError(ctx, `there is no table "${args[0] ?? ""}"`, node);
      return constantRows(ctx, found);
    }
    default:
      throw bindError(ctx, `there is no pragma "${name}"`, node);
  }
}
