import type {
  Identifier,
  Join as JoinNode,
  TableAlias,
  TableFile,
  TableFunction,
  TableName,
  TableRef,
} from "../../sql/ast.ts";
import type { Span } from "../../error.ts";
import type { CatalogEntry, TableSource } from "../catalog/catalog.ts";
import { ROW_ID, withRowNumbers } from "../catalog/row-numbers.ts";
import { testAllTypes } from "../catalog/test-all-types.ts";
import type { Column } from "../expr/expr.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { type BindContext, bindError, type BoundQuery, spanOf, unsupported } from "./context.ts";
import { bindCteReference, cteNames, renamed } from "./cte.ts";
import { crossJoin, joinTables, MAX_JOINS } from "./join.ts";
import { bindTableMacro } from "./macro.ts";
import { temporalJoin } from "./temporal-join.ts";
import { nameParts } from "./session-function.ts";
import { bindRepeat } from "./repeat-table.ts";
import { type Relation, relationOf, type Scope, shownColumn, uniqueNames } from "./scope.ts";
import { didYouMean } from "./suggest.ts";
import { type BindSource, bindPivot, bindUnpivot } from "./pivot-table.ts";
import { bindSample } from "./sample.ts";
import { makeEnvironment } from "./expression.ts";
import { bindSessionMap, sessionTableSource, tableFunctionSource } from "./table-function.ts";
import { fileAt, fileKey, fileOfFunction, type FileReference, labelled } from "./table-names.ts";
import { bindDescription } from "./describe.ts";
import { constantRows } from "./values.ts";
import { bindJsonTable, bindUnnestTable } from "./unnest.ts";
import { bindView } from "./view.ts";
import { bindWindowTable } from "./windows/window-table.ts";

/** Tables and what they are called. */
export type BoundTables = { readonly plan: LogicalPlan; readonly relations: readonly Relation[] };

/** The tables of a FROM list, joined left to right; each sees those before it. `outer` has no relations of its own. */
export function bindFrom(ctx: BindContext, tables: readonly TableRef[], outer: Scope): BoundTables {
  const [first, ...rest] = tables;
  if (first === undefined) return { plan: { kind: "Values", columns: [], rows: [[]] }, relations: [] };
  if (rest.length > MAX_JOINS) throw unsupported(ctx, `more than ${MAX_JOINS} tables in FROM`, first);
  let left = bindTable(ctx, first, outer, outer.parent);
  for (const table of rest) {
    const right = bindTable(ctx, table, { ...outer, relations: left.relations }, outer.parent);
    left = crossJoin(ctx, left, right, table);
  }
  return left;
}

/**
 * One entry of FROM. `scope` holds the tables to its left as relations, for lateral subqueries; join conditions only see the
 * tables of their join and the queries around (`outer`). Chains of joins lean left: a loop walks them.
 */
export function bindTable(ctx: BindContext, table: TableRef, scope: Scope, outer: Scope | undefined): BoundTables {
  const spine: JoinNode[] = [];
  let bottom = table;
  while (bottom.kind === "Join") {
    spine.push(bottom);
    bottom = bottom.left;
  }
  if (spine.length > MAX_JOINS) throw unsupported(ctx, `more than ${MAX_JOINS} joins in a row`, table);
  let left = bindSingle(ctx, bottom, scope, outer);
  for (const join of spine.toReversed()) {
    const { right: node } = join;
    const around = { relations: [], parent: outer, ctes: scope.ctes };
    const right = bindTable(ctx, node.kind === "VersionedTable" ? node.table : node, insideJoin(scope, left), outer);
    left =
      node.kind === "VersionedTable"
        ? temporalJoin(ctx, join, node, left, right, around)
        : joinTables(ctx, join, left, right, around);
  }
  return left;
}

/** The right side of a join sees the left side, then what the join as a whole sees. */
function insideJoin(scope: Scope, left: BoundTables): Scope {
  return { relations: left.relations, parent: scope, ctes: scope.ctes };
}

function bindSingle(
  ctx: BindContext,
  table: Exclude<TableRef, JoinNode>,
  scope: Scope,
  outer: Scope | undefined,
): BoundTables {
  if ("sample" in table && table.sample !== undefined) {
    const { plan, relations } = bindSingle(ctx, { ...table, sample: undefined }, scope, outer);
    return { plan: bindSample(ctx, plan, table.sample), relations };
  }
  switch (table.kind) {
    case "TableName":
      return bindTableName(ctx, table, scope);
    case "VersionedTable":
      throw unsupported(ctx, "FOR SYSTEM_TIME AS OF other than on the right side of a join", table);
    case "TableFile":
      return bindFile(ctx, table, fileAt(table.path));
    case "TableFunction":
      return bindTableFunction(ctx, table, scope);
    case "WindowTable": {
      const { plan, relations } = bindTable(ctx, table.input, scope, outer);
      const columns = relations.flatMap(shownColumns);
      return named(ctx, bindWindowTable(ctx, table, { plan, columns }), table.alias, undefined);
    }
    case "TableSubquery":
      return named(ctx, ctx.bindQuery(table.query, ctx, scope, scope.ctes), table.alias, undefined);
    case "TableParenthesized":
      return underAlias(ctx, bindTable(ctx, table.table, scope, outer), table.alias);
    case "TableStatement":
      return named(ctx, bindDescription(ctx, table.statement, scope), table.alias, undefined);
    case "Pivot": {
      const bindSource: BindSource = (source, ctes) => bindTable(ctx, source, { ...scope, ctes }, outer);
      return named(ctx, bindPivot(ctx, table, scope, bindSource), table.alias, undefined);
    }
    case "Unpivot":
      return named(
        ctx,
        bindUnpivot(ctx, table, scope, bindTable(ctx, table.source, scope, outer)),
        table.alias,
        undefined,
      );
  }
}

/** A query's columns as one relation under its alias. */
function named(
  ctx: BindContext,
  bound: BoundQuery,
  alias: TableAlias | undefined,
  name: string | undefined,
): BoundTables {
  const { plan, columns } = renamed(ctx, bound, alias?.columns ?? []);
  return { plan, relations: [relationOf(alias?.name.name ?? name, columns)] };
}

/** `(a JOIN b) AS x`: all that `*` shows, as one relation. */
function underAlias(ctx: BindContext, tables: BoundTables, alias: TableAlias | undefined): BoundTables {
  if (alias === undefined) return tables;
  const columns = tables.relations.flatMap(shownColumns);
  const bound = renamed(ctx, { plan: tables.plan, columns }, alias.columns);
  return { plan: bound.plan, relations: [relationOf(alias.name.name, bound.columns)] };
}

/** The columns that `*` shows, by the names that they have there. */
function shownColumns(relation: Relation): readonly Column[] {
  const shown = relation.columns.filter((entry) => !entry.hidden);
  return shown.map((entry) => ({ ...shownColumn(entry), name: entry.name }));
}

function bindTableName(ctx: BindContext, table: TableName, scope: Scope): BoundTables {
  const { parts } = table.name;
  const name = parts.at(-1)?.name ?? "";
  const cte = bindCteReference(ctx, scope.ctes, parts);
  if (cte !== undefined) return named(ctx, cte.bound, table.alias, cte.name);
  const entry =
    lookup(
      ctx,
      parts.map((part) => part.name),
    ) ?? (parts.length === 1 ? ctx.catalog.lookup([name]) : undefined);
  if (entry === undefined) {
    const hint = didYouMean(name, [...ctx.catalog.names(), ...cteNames(scope.ctes)]);
    throw bindError(ctx, `there is no table "${parts.map((part) => part.name).join(".")}"`, table.name, hint);
  }
  const schema = parts.at(-2)?.name;
  return bindEntry(ctx, entry, table, schema);
}

/** The catalog's entry for a name in any spelling. */
export function lookup(ctx: BindContext, parts: readonly string[]): CatalogEntry | undefined {
  return ctx.catalog.lookup(parts.map((part) => part.toLowerCase()));
}

function bindEntry(
  ctx: BindContext,
  entry: CatalogEntry,
  table: { readonly alias: TableAlias | undefined; readonly span: Span },
  schema: string | undefined,
): BoundTables {
  if (entry.kind === "view") return named(ctx, bindView(ctx, entry, table), table.alias, entry.name);
  if (entry.kind === "rows") return named(ctx, constantRows(ctx, entry), table.alias, entry.name);
  return scan(ctx, entry.source, entry.source.name, table, schema);
}

function bindFile(ctx: BindContext, table: TableFile | TableFunction, file: FileReference): BoundTables {
  const [path = ""] = file.paths;
  const entry = ctx.catalog.lookup([fileKey(file)]);
  if (entry === undefined || entry.kind !== "table")
    throw bindError(ctx, `there is no file '${path}'`, table, undefined, "io");
  return scan(ctx, entry.source, fileName(path), table, undefined);
}

/** A file goes by its name without folders and endings. */
function fileName(path: string): string {
  const [plain = ""] = /^https?:/.test(path) ? path.split(/[?#]/) : [path];
  const base = lastPart(plain);
  const dot = base.indexOf(".");
  return dot > 0 ? base.slice(0, dot) : base;
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

function bindTableFunction(ctx: BindContext, table: TableFunction, scope: Scope): BoundTables {
  const file = fileOfFunction(table);
  if (file !== undefined) return bindFile(ctx, table, file);
  if (table.name.parts.at(-1)?.name.toLowerCase() === "query_table")
    return bindTableName(ctx, queryTable(ctx, table), scope);
  const mapped = bindSessionMap(ctx, table, scope);
  if (mapped !== undefined) return named(ctx, mapped, table.alias, undefined);
  const made = sessionTableSource(ctx, table, scope);
  if (made !== undefined) return scan(ctx, made, made.name, table, undefined);
  const own = bindTableMacro(ctx, table, scope) ?? bindRepeat(ctx, table, scope) ?? bindSystemRows(ctx, table);
  if (own !== undefined) return named(ctx, own, table.alias, table.name.parts.at(-1)?.name);
  const unnested = bindLists(ctx, table, scope);
  if (unnested !== undefined) return unnested;
  const source = tableFunctionSource(ctx, table, scope);
  return scan(ctx, source, source.name, table, undefined);
}

/** UNNEST, and a series that is no constant one. */
function bindLists(ctx: BindContext, table: TableFunction, scope: Scope): BoundTables | undefined {
  const name = table.name.parts.at(-1)?.name.toLowerCase() ?? "";
  const isConstant = table.args.every(({ value }) => value.kind === "NumberLiteral" || value.kind === "Unary");
  const isJson = name === "json_each" || name === "json_tree";
  if (name !== "unnest" && !isJson && isConstant && !table.withOrdinality) return undefined;
  const forbidden = { kind: "forbidden", reason: `aggregates are not allowed in ${name}` } as const;
  const place: Scope = { relations: [], parent: scope, ctes: scope.ctes };
  const env = makeEnvironment(ctx, place, forbidden);
  const bound = bindJsonTable(env, table, name) ?? bindUnnestTable(env, table, name);
  return bound === undefined ? undefined : named(ctx, bound, table.alias, name);
}

/** `query_table(name)`, which lets a macro take the name of a table. */
function queryTable(ctx: BindContext, { args, alias, span }: TableFunction): TableName {
  const [argument, another] = args;
  const value = argument?.value;
  if (value === undefined || another !== undefined) throw unsupported(ctx, "query_table of several tables", { span });
  const quoted = (name: string): Identifier => ({ kind: "Identifier", name, quoted: true, span });
  // A macro may say that its parameter is text: `query_table(parameter::VARCHAR)`.
  const meant = value.kind === "Cast" ? value.operand : value;
  const parts =
    meant.kind === "ColumnRef" ? meant.parts : meant.kind === "StringLiteral" ? nameParts(meant.value).map(quoted) : [];
  if (parts.length === 0) throw bindError(ctx, "query_table takes the name of a table", { span });
  return { kind: "TableName", name: { kind: "ObjectName", parts, span }, alias, sample: undefined, span };
}

/** A function about the catalog: `duckdb_tables()`, `pragma_table_info('t')`. */
function bindSystemRows(ctx: BindContext, table: TableFunction): BoundQuery | undefined {
  const name = table.name.parts.at(-1)?.name.toLowerCase() ?? "";
  const args = table.args.map(({ value }) => (value.kind === "StringLiteral" ? value.value : null));
  const entry = name === "test_all_types" ? testAllTypesOf(ctx, table) : ctx.catalog.systemRows?.(name, args);
  return entry?.kind === "rows" ? constantRows(ctx, entry) : undefined;
}

/** `test_all_types(use_large_enum = true)`. */
function testAllTypesOf(ctx: BindContext, { args }: TableFunction): CatalogEntry {
  let largeEnum = false;
  let largeBignum = false;
  for (const argument of args) {
    const [label, value] = labelled(argument);
    if (label === undefined || value?.kind !== "BooleanLiteral" || !TEST_ALL_TYPES_OPTIONS.includes(label))
      throw bindError(ctx, `test_all_types takes ${TEST_ALL_TYPES_OPTIONS.join(" and ")}`, argument);
    if (label === "use_large_enum") largeEnum = value.value;
    else largeBignum = value.value;
  }
  return testAllTypes(largeEnum, largeBignum);
}

const TEST_ALL_TYPES_OPTIONS: readonly string[] = ["use_large_enum", "use_large_bignum"];

function scan(
  ctx: BindContext,
  table: TableSource,
  name: string,
  node: { readonly alias: TableAlias | undefined; readonly span: Span },
  schema: string | undefined,
): BoundTables {
  const source = asksForRowId(ctx, table) ? withRowNumbers(table) : table;
  const names = uniqueNames(source.schema.map((column) => column.name));
  const columns: readonly Column[] = source.schema.map((column, i) =>
    ctx.ids.column(names[i] as string, column.type, column.nullable),
  );
  const alias = node.alias?.name.name ?? name;
  const plan: LogicalPlan = {
    kind: "Scan",
    source,
    alias,
    columns: columns.map((column, ordinal) => ({ column, ordinal })),
    filters: [],
    span: spanOf(ctx, node),
  };
  const own = columns.filter((_, i) => i < table.schema.length && table.schema[i]!.hidden !== true);
  const bound = renamed(ctx, { plan, columns: own }, node.alias?.columns ?? []);
  const relation = relationOf(alias, bound.columns, [], schema);
  const [rowId] = columns.slice(table.schema.length);
  return { plan, relations: [rowId === undefined ? relation : withRowId(relation, rowId)] };
}

/** The relation with the numbers of its rows: their name finds them, unless a column has it, but they are no column. */
export function withRowId(relation: Relation, column: Column): Relation {
  const entry = { name: ROW_ID, column, merged: undefined, hidden: false };
  return { ...relation, index: new Map([[ROW_ID, entry], ...relation.index]) };
}

/** Rows are numbered only where the statement may ask for it. */
function asksForRowId({ sql }: BindContext, { kind, schema }: TableSource): boolean {
  return kind === "memory" && /rowid/i.test(sql) && !schema.some(({ name }) => name.toLowerCase() === ROW_ID);
}
