/** All kinds of joins. */
import { HeadraceError } from "../../error.ts";
import type { Expression, Join, JoinCondition, TableRef } from "../../sql/ast.ts";
import type { StatementContext } from "../context.ts";
import { Column } from "../expression/column.ts";
import { identifier, literal, NO_SPAN, query, select, selectItem, star } from "../expression/nodes.ts";
import { allOf, type Change, type LazyQuery, tableOf } from "../lazy-query.ts";

export type JoinKind = Pick<Join, "type" | "asof" | "natural"> & { readonly lateral?: boolean };

export function onColumns(on: string | readonly string[] | Column): JoinCondition {
  if (on instanceof Column) return { kind: "On", expression: on.expression, span: NO_SPAN };
  const columns = (typeof on === "string" ? [on] : on).map(identifier);
  return { kind: "Using", columns, span: NO_SPAN };
}

export const ALWAYS: JoinCondition = { kind: "On", expression: literal(true), span: NO_SPAN };

/**
 * The join of two DataFrames. Those that are joins themselves, filtered at most, stay open: what follows may name the columns of
 * all tables in it.
 */
export function joined(
  left: LazyQuery,
  right: LazyQuery,
  kind: JoinKind,
  condition: JoinCondition | undefined,
): Change {
  const { type, asof, natural, lateral = false } = kind;
  const other = withOtherAlias(left, right, condition);
  const open = isOpen(left, type);
  const from = (ctx: StatementContext): TableRef => {
    const first = open ? left.join.from(ctx) : tableOf(left, ctx);
    const second = tableOf(other, ctx);
    const table = lateral && second.kind === "TableSubquery" ? { ...second, lateral: true } : second;
    return { kind: "Join", type, asof, natural, left: first, right: table, condition, span: NO_SPAN };
  };
  const where: readonly Expression[] = open ? left.join.where : [];
  const shown = type === "semi" || type === "anti" ? [] : [other.alias.toLowerCase()];
  const aliases = new Set([...(open ? left.join.aliases : [left.alias.toLowerCase()]), ...shown]);
  return {
    build: (ctx) => query(select([from(ctx)], [selectItem(star())], { where: allOf(where) })),
    join: { from, where, aliases },
    others: [right],
  };
}

/** A filter below an outer join that adds rows could not stand above it. */
function isOpen(left: LazyQuery, type: Join["type"]): left is LazyQuery & { join: NonNullable<LazyQuery["join"]> } {
  if (left.join === undefined) return false;
  return left.join.where.length === 0 || (type !== "right" && type !== "full" && type !== "positional");
}

/** Two tables in FROM need different names. */
function withOtherAlias(left: LazyQuery, right: LazyQuery, condition: JoinCondition | undefined): LazyQuery {
  const taken = new Set([left.alias.toLowerCase(), ...(left.join?.aliases ?? [])]);
  if (!taken.has(right.alias.toLowerCase())) return right;
  if (condition?.kind === "On" && condition !== ALWAYS)
    throw new HeadraceError(
      "bind",
      "both sides of the join go back to one DataFrame, so their columns have the same names",
      {
        hint: 'give one side a name of its own: `const other = frame.alias("other")`, then `other.col("...")`',
      },
    );
  let alias = right.alias;
  for (let i = 2; taken.has(alias.toLowerCase()); i++) alias = `${right.alias} ${i}`;
  return { ...right, alias };
}
