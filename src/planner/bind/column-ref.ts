import type { ColumnRef, Identifier, PositionalReference } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import type { SqlType } from "../types/types.ts";
import { bindError, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";
import { findParameter } from "./lambda.ts";
import { fieldOf } from "./nested.ts";
import { columnNotFound, hasFields, matchingRelations, type Relation, resolveLocally, shownColumn } from "./scope.ts";

/**
 * Parameters of the lambdas around, then the query's own columns, then aliases of its SELECT list, then the queries around
 * it. What follows a column's name are fields of structs.
 */
export function bindColumn(env: Environment, node: ColumnRef): Expr {
  const { ctx, aliases } = env;
  const span = spanOf(ctx, node);
  const [first, ...others] = node.parts as readonly [Identifier, ...Identifier[]];
  const fields = (expr: Expr, names: readonly Identifier[]): Expr =>
    names.reduce<Expr>((inner, name) => fieldOf(ctx, inner, name), expr);
  const parameter = findParameter(env.lambdas, first);
  if (parameter !== undefined) return fields({ ...parameter, span }, others);
  const local = resolveLocally(ctx, env.scope, node.parts);
  const alias = aliasPart(node);
  if (aliases !== undefined && alias !== undefined && (local === undefined || aliases.hides(local.column))) {
    const meant = aliases.find(alias, env);
    if (meant !== undefined) return meant;
  }
  if (local !== undefined) return fields({ kind: "Column", column: local.column, span }, local.fields);
  for (let level = env.scope.parent; level !== undefined; level = level.parent) {
    const outer = resolveLocally(ctx, level, node.parts);
    if (outer !== undefined) return fields({ kind: "Column", column: outer.column, span }, outer.fields);
    const named = alias === undefined ? undefined : level.alias?.(alias);
    if (named !== undefined) return named;
  }
  if (others.length > 0 && aliases !== undefined) {
    const meant = aliases.find(first, env);
    if (meant !== undefined && hasFields(typeOf(meant))) return fields(meant, others);
  }
  for (let level: typeof env.scope | undefined = env.scope; level !== undefined; level = level.parent) {
    const [table] = matchingRelations(level, node.parts);
    if (table !== undefined) return rowOf(table, span);
  }
  throw columnNotFound(ctx, env.scope, node.parts, aliases?.names() ?? []);
}

/** `#1`: the first column of the tables in FROM. */
export function bindPosition(env: Environment, node: PositionalReference): Expr {
  const { ctx, scope } = env;
  const shown = scope.relations.flatMap((relation) => relation.columns.filter((entry) => !entry.hidden));
  const entry = shown[node.index - 1];
  if (entry === undefined)
    throw bindError(ctx, `there are ${shown.length} columns, none at position ${node.index}`, node);
  return { kind: "Column", column: shownColumn(entry), span: spanOf(ctx, node) };
}

/** The name that an alias may have: `x`, or `alias.x`. */
function aliasPart({ parts }: ColumnRef): Identifier | undefined {
  const [first, second] = parts;
  if (parts.length === 1) return first;
  return parts.length === 2 && first?.name.toLowerCase() === "alias" ? second : undefined;
}

/** A table's name as a value: the struct of its columns. */
function rowOf(table: Relation, span: ReturnType<typeof spanOf>): Expr {
  const columns = table.columns.map((entry) => ({ name: entry.name, column: shownColumn(entry) }));
  const type: SqlType = {
    kind: "Struct",
    fields: columns.map(({ name, column }) => ({ name, type: column.type })),
  };
  const args = columns.map(({ column }): Expr => ({ kind: "Column", column, span }));
  return { kind: "Call", name: "struct_pack", args, type, span };
}
