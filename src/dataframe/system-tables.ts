/** The catalog as tables: information_schema, duckdb_tables() and their kin. */
import type { CatalogEntry } from "../planner/catalog/catalog.ts";
import type { ColumnRule } from "../planner/catalog/table-definition.ts";
import type { Datum } from "../planner/expr/expr.ts";
import type { TableName } from "../planner/logical/statement.ts";
import { BIGINT, BOOLEAN, INTEGER, type SqlType, typeName, VARCHAR } from "../planner/types/types.ts";
import { printSql } from "../sql/print/statements.ts";
import type { CatalogState, Entry, Table, View } from "./catalog.ts";

type Column = { readonly name: string; readonly type: SqlType };
type Rows = { readonly columns: readonly Column[]; readonly rows: readonly (readonly Datum[])[] };

/** `table_schema`, `table_type`, ... of type VARCHAR unless said otherwise. */
function table(names: readonly (string | readonly [string, SqlType])[], rows: readonly (readonly Datum[])[]): Rows {
  return {
    columns: names.map((name) =>
      typeof name === "string" ? { name, type: VARCHAR } : { name: name[0], type: name[1] },
    ),
    rows,
  };
}

const VIEWS: { readonly [name: string]: (state: CatalogState) => Rows } = {
  "information_schema.tables": informationTables,
  "information_schema.columns": informationColumns,
  "information_schema.schemata": (state) =>
    table(
      ["catalog_name", "schema_name", "schema_owner"],
      [...state.schemas.values()].map((name) => ["memory", name, "duckdb"]),
    ),
};

const FUNCTIONS: {
  readonly [name: string]: (state: CatalogState, args: readonly Datum[], schema: string) => Rows | undefined;
} = {
  duckdb_tables: duckdbTables,
  duckdb_views: duckdbViews,
  duckdb_columns: duckdbColumns,
  duckdb_schemas: (state) =>
    table(
      ["database_name", "schema_name", ["internal", BOOLEAN]],
      [...state.schemas.values()].map((name) => ["memory", name, false]),
    ),
  duckdb_sequences: (state) =>
    table(
      ["database_name", "schema_name", "sequence_name", ["temporary", BOOLEAN]],
      named(state, "sequence").map(({ name }) => [databaseOf(name), schemaOf(name), name.name, isTemporary(name)]),
    ),
  duckdb_indexes: (state) =>
    table(
      ["database_name", "schema_name", "index_name", "table_name", ["is_unique", BOOLEAN]],
      named(state, "index").map(({ name, table: of, unique }) => [
        databaseOf(name),
        schemaOf(name),
        name.name,
        of.name,
        unique,
      ]),
    ),
  duckdb_constraints: duckdbConstraints,
  duckdb_databases: () =>
    table(
      ["database_name", ["internal", BOOLEAN], "type"],
      [
        ["memory", false, "duckdb"],
        ["system", true, "duckdb"],
        ["temp", true, "duckdb"],
      ],
    ),
  pragma_table_info: tableInfo,
  pragma_show: (state, args, schema) => {
    const found = relationOf(state, args, schema);
    return found === undefined ? undefined : describeRows(found);
  },
};

/** A system table or view by its (lower-case) name. */
export function systemTable(state: CatalogState, name: readonly string[]): CatalogEntry | undefined {
  const parts = DATABASES.has(name[0] ?? "") && name.length === 3 ? name.slice(1) : name;
  const made =
    VIEWS[parts.join(".")]?.(state) ??
    (parts.length === 1 ? FUNCTIONS[parts[0] ?? ""]?.(state, [], "main") : undefined);
  return made && { kind: "rows", name: parts.at(-1) ?? "", ...made };
}

const DATABASES: ReadonlySet<string> = new Set(["memory", "system"]);

/** A function about the catalog. */
export function systemRows(
  state: CatalogState,
  schema: string,
  fn: string,
  args: readonly Datum[],
): CatalogEntry | undefined {
  const made = FUNCTIONS[fn]?.(state, args, schema);
  return made && { kind: "rows", name: fn, ...made };
}

function named<K extends Entry["kind"]>({ entries }: CatalogState, kind: K): readonly Extract<Entry, { kind: K }>[] {
  return [...entries.values()].filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
}

function relations(state: CatalogState): readonly (Table | View)[] {
  return [...named(state, "table"), ...named(state, "view")];
}

const isTemporary = ({ schema }: TableName): boolean => schema === "temp";
const databaseOf = (name: TableName): string => (isTemporary(name) ? "temp" : "memory");
const schemaOf = (name: TableName): string => (isTemporary(name) ? "main" : name.schema);

function informationTables(state: CatalogState): Rows {
  return table(
    ["table_catalog", "table_schema", "table_name", "table_type"],
    relations(state).map(({ kind, name }) => {
      const type = kind === "view" ? "VIEW" : isTemporary(name) ? "LOCAL TEMPORARY" : "BASE TABLE";
      return [databaseOf(name), schemaOf(name), name.name, type];
    }),
  );
}

function columnsOf(
  state: CatalogState,
): readonly { readonly of: TableName; readonly rule: ColumnRule; readonly index: number }[] {
  return named(state, "table").flatMap(({ name, definition }) =>
    definition.columns.map((rule, i) => ({ of: name, rule, index: i + 1 })),
  );
}

const defaultText = ({ defaultValue }: ColumnRule): string | null =>
  defaultValue === undefined ? null : printSql(defaultValue);

function informationColumns(state: CatalogState): Rows {
  return table(
    [
      "table_catalog",
      "table_schema",
      "table_name",
      "column_name",
      ["ordinal_position", INTEGER],
      "column_default",
      "is_nullable",
      "data_type",
    ],
    columnsOf(state).map(({ of, rule, index }) => [
      ...[databaseOf(of), schemaOf(of), of.name, rule.name, index, defaultText(rule)],
      ...[rule.notNull ? "NO" : "YES", typeName(rule.type)],
    ]),
  );
}

function duckdbTables(state: CatalogState): Rows {
  return table(
    [
      "database_name",
      "schema_name",
      "table_name",
      ["internal", BOOLEAN],
      ["temporary", BOOLEAN],
      ["has_primary_key", BOOLEAN],
      ["estimated_size", BIGINT],
      ["column_count", BIGINT],
    ],
    named(state, "table").map(({ name, definition, version }) => [
      ...[databaseOf(name), schemaOf(name), name.name, false, isTemporary(name)],
      ...[definition.unique.some(({ primary }) => primary), BigInt(version.rows), BigInt(definition.columns.length)],
    ]),
  );
}

function duckdbViews(state: CatalogState): Rows {
  return table(
    ["database_name", "schema_name", "view_name", ["internal", BOOLEAN], ["temporary", BOOLEAN], "sql"],
    named(state, "view").map(({ name, sql }) => [
      databaseOf(name),
      schemaOf(name),
      name.name,
      false,
      isTemporary(name),
      sql,
    ]),
  );
}

function duckdbColumns(state: CatalogState): Rows {
  return table(
    [
      "database_name",
      "schema_name",
      "table_name",
      "column_name",
      ["column_index", INTEGER],
      ["internal", BOOLEAN],
      "column_default",
      ["is_nullable", BOOLEAN],
      "data_type",
    ],
    columnsOf(state).map(({ of, rule, index }) => [
      ...[databaseOf(of), schemaOf(of), of.name, rule.name, index, false, defaultText(rule)],
      ...[!rule.notNull, typeName(rule.type)],
    ]),
  );
}

function duckdbConstraints(state: CatalogState): Rows {
  const rows = named(state, "table").flatMap(({ name, definition }) => {
    const { columns, unique, checks } = definition;
    const list = (ordinals: readonly number[]): string => ordinals.map((i) => columns[i]?.name).join(", ");
    return [
      ...unique.map((rule) => {
        const type = rule.primary ? "PRIMARY KEY" : "UNIQUE";
        return [name, type, `${type}(${list(rule.columns)})`] as const;
      }),
      ...checks.map(({ text }) => [name, "CHECK", `CHECK(${text})`] as const),
      ...columns.flatMap((rule) => (rule.notNull ? [[name, "NOT NULL", "NOT NULL"] as const] : [])),
    ];
  });
  return table(
    ["database_name", "schema_name", "table_name", "constraint_type", "constraint_text"],
    rows.map(([name, type, text]) => [databaseOf(name), schemaOf(name), name.name, type, text]),
  );
}

function relationOf({ entries }: CatalogState, [name]: readonly Datum[], schema: string): Table | undefined {
  if (typeof name !== "string") return undefined;
  const parts = name.toLowerCase().split(".");
  const own = parts.at(-1) ?? "";
  const schemas = parts.length > 1 ? [parts.at(-2) ?? ""] : ["temp", schema.toLowerCase(), "main"];
  for (const candidate of schemas) {
    const entry = entries.get(`table ${candidate}.${own}`);
    if (entry?.kind === "table") return entry;
  }
  return undefined;
}

function tableInfo(state: CatalogState, args: readonly Datum[], schema: string): Rows | undefined {
  const found = relationOf(state, args, schema);
  if (found === undefined) return undefined;
  const primary = new Set(found.definition.unique.flatMap((rule) => (rule.primary ? rule.columns : [])));
  return table(
    [["cid", INTEGER], "name", "type", ["notnull", BOOLEAN], "dflt_value", ["pk", BOOLEAN]],
    found.definition.columns.map((rule, i) => [
      i,
      rule.name,
      typeName(rule.type),
      rule.notNull,
      defaultText(rule),
      primary.has(i),
    ]),
  );
}

/** What DESCRIBE shows of a table. */
function describeRows({ definition }: Table): Rows {
  const { columns, unique } = definition;
  const keyOf = (ordinal: number): string | null => {
    const rules = unique.filter((rule) => rule.columns.includes(ordinal));
    return rules.some(({ primary }) => primary) ? "PRI" : rules.length > 0 ? "UNI" : null;
  };
  return table(
    ["column_name", "column_type", "null", "key", "default", "extra"],
    columns.map((rule, i) => [
      rule.name,
      typeName(rule.type),
      rule.notNull ? "NO" : "YES",
      keyOf(i),
      defaultText(rule),
      null,
    ]),
  );
}
