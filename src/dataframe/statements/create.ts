import { HeadraceError } from "../../error.ts";
import { type BindContext, bindError } from "../../planner/bind/context.ts";
import { constantOf } from "../../planner/bind/constant.ts";
import { makeEnvironment } from "../../planner/bind/expression.ts";
import { newName } from "../../planner/bind/names.ts";
import { bindQuery } from "../../planner/bind/query.ts";
import { targetColumn, writeTarget } from "../../planner/bind/target.ts";
import { bindType } from "../../planner/bind/type-name.ts";
import type { TableDefinition } from "../../planner/catalog/table-definition.ts";
import { writeSequence } from "../../planner/functions/host/sequence.ts";
import type { BoundStatement, OnExisting, TableName } from "../../planner/logical/statement.ts";
import { typeName } from "../../planner/types/types.ts";
import type {
  CreateIndex,
  CreateMacro,
  CreateSchema,
  CreateSequence,
  CreateType,
  Expression,
  Query,
  TypeName,
} from "../../sql/ast.ts";
import { makeQueryStatement } from "../../sql/make.ts";
import type { EntryKind, Table } from "../catalog.ts";
import { bindPart, type RunContext, type StatementResult } from "../context.ts";
import { execute } from "../engine.ts";
import { decodeRows } from "../results/rows.ts";
import { KeyIndex, notUnique } from "./keys.ts";
import { appendQuery, emptyVersion } from "./write.ts";
import { type QuerySource, textSource } from "../query-source.ts";
import { materialize } from "../streaming/materialized-view.ts";
import { releaseVersion } from "../../exec/table/table-version.ts";

const OK: StatementResult = { kind: "ok" };

/** Whether the name is free for something new; false: there is one already and the statement is content with it. */
export function mayCreate(ctx: RunContext, kind: EntryKind, name: TableName, onExisting: OnExisting): boolean {
  if (name.schema !== "temp" && !ctx.catalog.hasSchema(name.schema))
    throw new HeadraceError("bind", `there is no schema "${name.schema}"`);
  const known = ctx.catalog.get(kind, name);
  if (known === undefined) return true;
  if (onExisting === "skip") return false;
  if (onExisting === "replace" && known.kind === kind) return true;
  const hint = known.kind === kind ? "CREATE OR REPLACE replaces it" : undefined;
  throw new HeadraceError("bind", `a ${known.kind} named "${name.name}" exists already`, { hint });
}

export async function createTable(
  ctx: RunContext,
  { name, definition, source, onExisting }: Extract<BoundStatement, { kind: "CreateTable" }>,
): Promise<StatementResult> {
  if (!mayCreate(ctx, "table", name, onExisting)) return OK;
  const empty = emptyVersion(definition);
  const table = { kind: "table", name, definition, keys: keysOf(definition) } as const;
  if (source === undefined) {
    ctx.catalog.set({ ...table, version: empty });
    return OK;
  }
  const { version, rowCount } = await appendQuery(ctx, empty, source, name.name);
  if (version !== empty) releaseVersion(ctx.runtime.shared, empty);
  ctx.catalog.set({ ...table, version });
  return { kind: "ok", rowCount };
}

export function keysOf({ unique }: TableDefinition): readonly KeyIndex[] {
  return unique.map((rule) => new KeyIndex(rule));
}

export async function createView(
  ctx: RunContext,
  view: Extract<BoundStatement, { kind: "CreateView" }>,
): Promise<StatementResult> {
  const { name, sql, columnNames, onExisting, materialized } = view;
  if (materialized) return createMaterializedView(ctx, view);
  if (mayCreate(ctx, "view", name, onExisting)) ctx.catalog.set({ kind: "view", name, sql, columnNames });
  return OK;
}

async function createMaterializedView(
  ctx: RunContext,
  view: Extract<BoundStatement, { kind: "CreateView" }>,
): Promise<StatementResult> {
  const {
    name: { name },
    onExisting,
    emit,
  } = view;
  const known = ctx.catalog.materialized.get(name.toLowerCase());
  if (known !== undefined && onExisting === "skip") return OK;
  if (known !== undefined && onExisting === "replace") await known.stop();
  await materialize(ctx, name, viewedRows(view), { emit });
  return OK;
}

/** What a view shows. */
export function viewedRows({ sql, columnNames }: Extract<BoundStatement, { kind: "CreateView" }>): QuerySource {
  if (columnNames === undefined) return textSource(sql, undefined);
  return textSource(`SELECT * FROM (${sql}) AS v(${columnNames.map(quoteName).join(", ")})`, undefined);
}

const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export function createSchema(ctx: RunContext, { name, onExisting }: CreateSchema): StatementResult {
  const [first, second] = name.parts.map((part) => part.name);
  const schema = second ?? first ?? "";
  if (second !== undefined && first?.toLowerCase() !== "memory")
    throw new HeadraceError("bind", `there is no database "${first ?? ""}"`, { span: name.span });
  if (ctx.catalog.hasSchema(schema) || schema.toLowerCase() === "temp") {
    if (onExisting === "skip") return OK;
    throw new HeadraceError("bind", `a schema named "${schema}" exists already`, { span: name.span });
  }
  ctx.catalog.createSchema(schema);
  return OK;
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

export function createSequence(ctx: RunContext, node: CreateSequence): StatementResult {
  const { name, increment, min, max, start } = bindPart(ctx, node, (binder) => sequenceOptions(binder, node));
  if (!mayCreate(ctx, "sequence", name, node.onExisting)) return OK;
  const address = ctx.session.sequences.allocate(ctx.runtime.shared);
  writeSequence(ctx.runtime.shared.i64, address, { start, increment, min, max, cycle: node.cycle });
  ctx.catalog.set({ kind: "sequence", name, address });
  return OK;
}

function sequenceOptions(
  binder: BindContext,
  node: CreateSequence,
): {
  readonly name: TableName;
  readonly increment: bigint;
  readonly min: bigint;
  readonly max: bigint;
  readonly start: bigint;
} {
  const option = (value: Expression | undefined): bigint | undefined => {
    if (value === undefined) return undefined;
    const constant = constantOf(binder, constantEnvironment(binder).bind(value))?.value;
    if (typeof constant === "bigint" || typeof constant === "number") return BigInt(constant);
    throw bindError(binder, "an option of a sequence is a whole number", value);
  };
  const increment = option(node.increment) ?? 1n;
  if (increment === 0n) throw bindError(binder, "the increment of a sequence cannot be 0", node);
  const min = option(node.minValue) ?? (increment > 0n ? 1n : INT64.min);
  const max = option(node.maxValue) ?? (increment > 0n ? INT64.max : -1n);
  const start = option(node.start) ?? (increment > 0n ? min : max);
  if (max <= min) throw bindError(binder, `MAXVALUE ${max} must be greater than MINVALUE ${min}`, node);
  if (start < min || start > max)
    throw bindError(binder, `START ${start} must lie from MINVALUE ${min} to MAXVALUE ${max}`, node);
  return { name: newName(binder, node.name, node.temporary), increment, min, max, start };
}

function constantEnvironment(binder: BindContext): ReturnType<typeof makeEnvironment> {
  const scope = { relations: [], parent: undefined, ctes: undefined };
  return makeEnvironment(binder, scope, { kind: "forbidden", reason: "aggregates are not allowed here" });
}

export function createMacro(ctx: RunContext, node: CreateMacro): StatementResult {
  const name = bindPart(ctx, node, (binder) => newName(binder, node.name, node.temporary));
  const [first] = node.overloads;
  const kind = first?.body.kind === "Query" ? "table macro" : "macro";
  for (const { parameters } of node.overloads) {
    const names = parameters.map((parameter) => parameter.name.name.toLowerCase());
    const twice = parameters.find((_, i) => names.indexOf(names[i] as string) !== i);
    if (twice !== undefined)
      throw new HeadraceError("bind", `parameter "${twice.name.name}" is there twice`, { span: twice.span });
  }
  if (mayCreate(ctx, kind, name, node.onExisting)) ctx.catalog.set({ kind, name, overloads: node.overloads });
  return OK;
}

export async function createType(ctx: RunContext, node: CreateType): Promise<StatementResult> {
  const { type } = node;
  const written: TypeName =
    type.kind === "EnumType" && "kind" in type.values ? { ...type, values: await enumValues(ctx, type.values) } : type;
  const bound = bindPart(ctx, node, (binder) => ({
    name: newName(binder, node.name, node.temporary),
    type: bindType(binder, written),
  }));
  if (bound.type.kind === "Enum" && new Set(bound.type.values).size < bound.type.values.length)
    throw new HeadraceError("bind", "an ENUM has every value once", { span: type.span });
  if (mayCreate(ctx, "type", bound.name, node.onExisting)) ctx.catalog.set({ kind: "type", ...bound });
  return OK;
}

/** The values of `ENUM (SELECT ...)`, in the order in which they come first. */
async function enumValues(ctx: RunContext, query: Query): Promise<readonly string[]> {
  const statement = makeQueryStatement(query, query.span);
  const bound = bindPart(ctx, statement, (binder) => bindQuery(query, binder, undefined, undefined));
  const [column] = bound.columns;
  if (bound.columns.length !== 1 || column?.type.kind !== "Varchar")
    throw new HeadraceError("type", "an ENUM is made of one VARCHAR column", {
      span: query.span,
      hint:
        column === undefined
          ? undefined
          : `this query gives ${bound.columns.map(({ type }) => typeName(type)).join(", ")}`,
    });
  const result = await execute(ctx.runtime, ctx.options, bound, ctx.parameters, ctx.signal, false);
  try {
    const values = (await decodeRows(result.rows)).map(([value]) => value as string | null);
    if (values.includes(null))
      throw new HeadraceError("constraint", "an ENUM cannot have NULL as a value", { span: query.span });
    return [...new Set(values as string[])];
  } finally {
    result.release();
  }
}

/** A unique index is a constraint; others change nothing, since scans skip chunks by their statistics. */
export async function createIndex(ctx: RunContext, node: CreateIndex): Promise<StatementResult> {
  const { target, name, columns } = bindPart(ctx, node, (binder) => {
    const found = writeTarget(binder, node.table);
    const ordinals = node.keys.map((key) => {
      if (key.kind === "ColumnRef") return targetColumn(binder, found, key.parts.at(-1) as (typeof key.parts)[number]);
      return undefined;
    });
    return { target: found, name: node.name?.name, columns: ordinals };
  });
  if (name === undefined) throw new HeadraceError("bind", "an index needs a name", { span: node.span });
  const entry = { kind: "index", name: { ...target.name, name }, table: target.name, unique: node.unique } as const;
  if (!mayCreate(ctx, "index", entry.name, node.onExisting)) return OK;
  if (node.unique) {
    if (columns.includes(undefined))
      throw new HeadraceError("unsupported", "a unique index over expressions is not supported yet", {
        span: node.span,
      });
    await addUnique(ctx, ctx.catalog.table(target.name), columns as readonly number[]);
  }
  ctx.catalog.set(entry);
  return OK;
}

/** Adds a unique constraint that all rows keep to. Throws `constraint`. */
export async function addUnique(
  ctx: RunContext,
  table: Table,
  columns: readonly number[],
  primary = false,
): Promise<void> {
  const rule = { primary, columns };
  const index = new KeyIndex(rule);
  if (await index.findDuplicate(ctx, table)) throw notUnique(table, rule);
  const { definition } = table;
  const unique = [...definition.unique, rule];
  ctx.catalog.redefine({ ...table, definition: { ...definition, unique }, keys: [...table.keys, index] });
}
