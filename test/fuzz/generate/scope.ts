/** What a generated expression may refer to. */
import type { Random } from "../random.ts";
import { expression, type Sequence } from "../tree.ts";
import type { Family, Type } from "./types.ts";

/** A value of a type: `low` and `high` bound it, so that arithmetic seldom overflows. */
export type Expr = {
  readonly node: Sequence;
  readonly type: Type;
  readonly low: number;
  readonly high: number;
  /** False for floats that engines may round differently and intervals with several spellings: only to be put out. */
  readonly exact: boolean;
};

/** Something in FROM, or a query. */
export type Relation = { readonly name: string; readonly columns: readonly RelationColumn[]; readonly rows: number };

export type RelationColumn = Omit<Expr, "node"> & { readonly name: string };

/** Shared by a whole query. */
export type Context = {
  readonly random: Random;
  readonly tables: readonly Relation[];
  /** Numbers for aliases. */
  readonly counter: { value: number };
  /** Columns of queries with a window call that numbers equal rows: a second one might number them otherwise. */
  readonly numbered: Set<readonly Expr[]>;
};

export type Scope = {
  readonly columns: readonly Expr[];
  /** Columns of the enclosing queries. */
  readonly outer: readonly Expr[];
  readonly ctes: readonly Relation[];
  /** How deep subqueries may still go; 0: none here. */
  readonly subqueries: number;
  /** Whether aggregates may be used, over these columns. */
  readonly aggregated: readonly Expr[] | undefined;
  /** The windows that the query names; undefined where window functions may not be used. */
  readonly windows: readonly NamedWindow[] | undefined;
};

/** `total`: its order leaves none open. `node` is what stands in parentheses. */
export type NamedWindow = { readonly name: string; readonly total: boolean; readonly node: Sequence };

export function makeExpr(
  type: Type,
  node: Sequence,
  { low = type.low, high = type.high, exact = true }: { low?: number; high?: number; exact?: boolean } = {},
): Expr {
  return { node, type, low, high, exact };
}

/** `e(type)` is a template tag for expressions of the type. */
export const e = (type: Type): ReturnType<typeof expression> => expression(type.name);

export function columnsOf(relation: Relation): Expr[] {
  return relation.columns.map(({ name, ...column }) => ({
    ...column,
    node: { kind: "sequence", sort: "expression", type: column.type.name, parts: [`${relation.name}.${name}`] },
  }));
}

export const ofFamily = (columns: readonly Expr[], family: Family): Expr[] =>
  columns.filter(({ type, exact }) => type.family === family && exact);

export function alias(ctx: Context, prefix: string): string {
  return `${prefix}${ctx.counter.value++}`;
}
