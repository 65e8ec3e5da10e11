import type { Identifier } from "../../sql/ast.ts";
import type { Column, Expr } from "../expr/expr.ts";
import type { SqlType } from "../types/types.ts";
import { asNullable } from "../logical/columns.ts";
import { type BindContext, bindError } from "./context.ts";
import type { CteScope } from "./cte.ts";
import type { AggregateSink, AggregatesForbidden } from "./environment.ts";
import { didYouMean } from "./suggest.ts";

/** A column of a relation under the name that it has there. */
export type RelationColumn = {
  readonly name: string;
  readonly column: Column;
  /** Of a USING column on the side that shows it: what the bare name and `*` mean (COALESCE of both in a full join). */
  readonly merged: Column | undefined;
  /** The other side's USING column: only its qualified name finds it. */
  readonly hidden: boolean;
};

/** A table, subquery or alias in FROM. Names within one relation are unique (ignoring case). */
export type Relation = {
  /** undefined: a subquery without alias. */
  readonly name: string | undefined;
  readonly schema: string | undefined;
  readonly columns: readonly RelationColumn[];
  /** By lower-case name. */
  readonly index: ReadonlyMap<string, RelationColumn>;
};

/** The names that an expression sees: those of its own query's FROM, then those of the queries around it. */
export type Scope = {
  readonly relations: readonly Relation[];
  readonly parent: Scope | undefined;
  readonly ctes: CteScope | undefined;
  /** Set for the queries around a subquery: takes the aggregates over nothing but this level's columns. */
  readonly aggregates?: AggregateSink | AggregatesForbidden;
  /** Set for the queries around a subquery: what an alias of the level's SELECT list means. */
  readonly alias?: (name: Identifier) => Expr | undefined;
};

export function makeRelation(
  name: string | undefined,
  columns: readonly RelationColumn[],
  schema: string | undefined = undefined,
): Relation {
  return { name, schema, columns, index: new Map(columns.map((column) => [column.name.toLowerCase(), column])) };
}

/** A relation over plain columns; `names` rename the first of them. A repeated name gets a suffix: `a`, `a_1`. */
export function relationOf(
  name: string | undefined,
  columns: readonly Column[],
  names: readonly string[] = [],
  schema: string | undefined = undefined,
): Relation {
  const unique = uniqueNames(columns.map((column, i) => names[i] ?? column.name));
  const entries = columns.map((column, i) => ({ name: unique[i] as string, column, merged: undefined, hidden: false }));
  return makeRelation(name, entries, schema);
}

/** Distinct names (ignoring case): later duplicates get `_1`, `_2`, ... */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return names.map((name) => {
    const base = name.toLowerCase();
    let n = counts.get(base) ?? 0;
    let unique = name;
    while (taken.has(unique.toLowerCase())) unique = `${name}_${++n}`;
    counts.set(base, n);
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** The relation as it comes out of an outer join that pads it with NULLs. */
export function nullableRelation(relation: Relation): Relation {
  const columns = relation.columns.map((entry) => ({
    ...entry,
    column: asNullable(entry.column),
    merged: entry.merged === undefined ? undefined : asNullable(entry.merged),
  }));
  return makeRelation(relation.name, columns, relation.schema);
}

/** What a bare name or `*` shows of a relation's column. */
export function shownColumn(entry: RelationColumn): Column {
  return entry.merged ?? entry.column;
}

/** A column found by name; `fields` are the parts of the name behind it. */
export type ResolvedColumn = { readonly column: Column; readonly name: string; readonly fields: readonly Identifier[] };

/** `catalog.schema.table`. */
const LONGEST_QUALIFIER = 3;

/**
 * Looks a column up in one level of the scope: behind a table's name, else as the first part. undefined: not here. An ambiguous
 * name is an error.
 */
export function resolveLocally(
  ctx: BindContext,
  scope: Scope,
  parts: readonly Identifier[],
): ResolvedColumn | undefined {
  for (let length = Math.min(parts.length - 1, LONGEST_QUALIFIER); length > 0; length--) {
    const relations = matchingRelations(scope, parts.slice(0, length));
    if (relations.length === 0) continue;
    const name = parts[length] as Identifier;
    const found = relations.flatMap((relation) => relation.index.get(name.name.toLowerCase()) ?? []);
    const [first] = found;
    if (first !== undefined) {
      if (found.length > 1) throw ambiguous(ctx, name, []);
      return { column: first.column, name: first.name, fields: parts.slice(length + 1) };
    }
  }
  const bare = resolveBare(ctx, scope, parts[0] as Identifier);
  if (bare !== undefined && (parts.length === 1 || hasFields(bare.column.type))) {
    return { ...bare, fields: parts.slice(1) };
  }
  return undefined;
}

export function hasFields(type: SqlType): boolean {
  return type.kind === "Struct" || type.kind === "Union" || type.kind === "Json";
}

function resolveBare(
  ctx: BindContext,
  scope: Scope,
  identifier: Identifier,
): Omit<ResolvedColumn, "fields"> | undefined {
  const key = identifier.name.toLowerCase();
  let found: RelationColumn | undefined;
  for (const relation of scope.relations) {
    const entry = relation.index.get(key);
    if (entry === undefined || entry.hidden) continue;
    if (found !== undefined) throw ambiguous(ctx, identifier, scope.relations);
    found = entry;
  }
  return found === undefined ? undefined : { column: shownColumn(found), name: found.name };
}

function ambiguous(ctx: BindContext, identifier: Identifier, relations: readonly Relation[]): Error {
  const key = identifier.name.toLowerCase();
  const choices = relations.flatMap((relation) => {
    const entry = relation.index.get(key);
    return entry === undefined || entry.hidden || relation.name === undefined
      ? []
      : [`"${relation.name}.${entry.name}"`];
  });
  const hint = choices.length > 1 ? `use ${choices.slice(0, 4).join(" or ")}` : undefined;
  return bindError(ctx, `column "${identifier.name}" is ambiguous`, identifier, hint);
}

/** The relations of this level that `table`, `schema.table` or `catalog.schema.table` names. */
export function matchingRelations(scope: Scope, qualifier: readonly Identifier[]): readonly Relation[] {
  const table = (qualifier.at(-1) as Identifier).name.toLowerCase();
  const schema = qualifier.at(-2)?.name.toLowerCase();
  return scope.relations.filter(
    (relation) =>
      relation.name?.toLowerCase() === table &&
      (schema === undefined || (relation.schema ?? "main").toLowerCase() === schema),
  );
}

/** Whether the column is one of this level's own. */
export function scopeHas(scope: Scope, id: number): boolean {
  return scope.relations.some((relation) =>
    relation.columns.some(({ column, merged }) => column.id === id || merged?.id === id),
  );
}

/** The error for a name that no level knows. */
export function columnNotFound(
  ctx: BindContext,
  scope: Scope,
  parts: readonly Identifier[],
  aliases: readonly string[],
): Error {
  const last = parts.at(-1) as Identifier;
  const levels: Scope[] = [];
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) levels.push(level);
  const relations = levels.flatMap((level) => level.relations);
  const table = parts.at(-2);
  if (table !== undefined) {
    const own = levels.flatMap((level) => matchingRelations(level, parts.slice(0, -1)));
    if (own.length > 0) {
      const columns = own.flatMap((relation) => relation.columns.map((column) => column.name));
      return bindError(ctx, `table "${table.name}" has no column "${last.name}"`, last, didYouMean(last.name, columns));
    }
    const names = relations.flatMap((relation) => relation.name ?? []);
    const dotted = parts.map(({ name }) => name).join(".");
    const isColumn = relations.some((relation) => relation.columns.some(({ name }) => name === dotted));
    const hint = isColumn
      ? `the column of that name is "${dotted}" with quotes, in a DataFrame expr('"${dotted}"')`
      : didYouMean(table.name, names);
    return bindError(ctx, `there is no table "${table.name}" in this query`, table, hint);
  }
  const names = [...relations.flatMap((relation) => relation.columns.map((column) => column.name)), ...aliases];
  return bindError(ctx, `there is no column "${last.name}"`, last, didYouMean(last.name, names));
}
