/** Queries inside expressions, most of them correlated. */
import type { Node, Sequence } from "../tree.ts";
import { optional } from "../tree.ts";
import { anyExpr, expr } from "./expression.ts";
import { from } from "./from.ts";
import { predicate } from "./predicate.ts";
import { query } from "./query.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { BOOLEAN, type Type } from "./types.ts";

const b = e(BOOLEAN);

/** The scope of a query that stands inside an expression. */
function inside(ctx: Context, scope: Scope): Scope {
  const correlated = ctx.random.chance(0.7);
  // What a grouped query may be asked for by its subqueries: columns, no expressions that are grouped by.
  const visible = scope.columns.filter(({ exact, node }) => exact && node.parts.length === 1);
  return {
    columns: [],
    outer: correlated ? [...visible, ...scope.outer] : [],
    ctes: scope.ctes,
    subqueries: scope.subqueries - 1,
    aggregated: undefined,
    windows: undefined,
  };
}

/** One value: an aggregate, the first of an order, or a query without FROM. */
export function scalarSubquery(ctx: Context, scope: Scope, type: Type, depth: number): Expr {
  const { random } = ctx;
  const outer = inside(ctx, scope);
  if (random.chance(0.08)) {
    const value = expr(ctx, { ...outer, subqueries: 0 }, type, 1);
    return makeExpr(type, e(type)`(SELECT ${value.node})`, value);
  }
  const source = from(ctx, outer, 1);
  const over: Scope = { ...outer, columns: source.columns };
  const where = condition(ctx, over);
  if (random.chance(0.6)) {
    const grouped: Scope = { ...over, columns: [], aggregated: source.columns, outer: [] };
    const value = expr(ctx, { ...grouped, subqueries: 0 }, type, Math.min(depth - 1, 1));
    // Without an aggregate there may be many rows.
    const one = /\b(min|max|sum|count|bool_and|bool_or|bit_and|bit_or|bit_xor)\(/.test(text(value.node))
      ? ""
      : " ORDER BY 1 LIMIT 1";
    return makeExpr(type, e(type)`(SELECT ${value.node} FROM ${source.node}${where}${one})`, value);
  }
  const value = expr(ctx, { ...over, subqueries: 0 }, type, Math.min(depth - 1, 1));
  const order = random.pick(["1", "1 DESC", "1 NULLS FIRST", "1 DESC NULLS LAST"]);
  return makeExpr(type, e(type)`(SELECT ${value.node} FROM ${source.node}${where} ORDER BY ${order} LIMIT 1)`, value);
}

const text = (node: Node): string =>
  typeof node === "string"
    ? node
    : node.kind === "optional"
      ? text(node.node)
      : (node.kind === "list" ? node.items : node.parts).map(text).join("");

function condition(ctx: Context, over: Scope): Node {
  if (!ctx.random.chance(0.8)) return "";
  return optional(e({ ...BOOLEAN, name: "" })` WHERE ${predicate(ctx, over, 1).node}`);
}

export function existsPredicate(ctx: Context, scope: Scope): Sequence {
  const { random } = ctx;
  const outer = inside(ctx, scope);
  const not = random.chance(0.4) ? "NOT " : "";
  if (random.chance(0.2)) return b`${not}EXISTS (${query(ctx, outer, undefined, 1).node})`;
  const source = from(ctx, outer, 1);
  return b`${not}EXISTS (SELECT ${random.pick(["1", "*"])} FROM ${source.node}${condition(ctx, { ...outer, columns: source.columns })})`;
}

function oneColumn(ctx: Context, scope: Scope, type: Type): Node {
  const outer = inside(ctx, scope);
  if (ctx.random.chance(0.3)) return query(ctx, outer, [type], 1).node;
  const source = from(ctx, outer, 1);
  const over: Scope = { ...outer, columns: source.columns };
  const value = expr(ctx, { ...over, outer: [], subqueries: 0 }, type, 1);
  return e({ ...type, name: "" })`SELECT ${value.node} FROM ${source.node}${condition(ctx, over)}`;
}

export function inSubquery(ctx: Context, scope: Scope, depth: number): Sequence {
  const left = anyExpr(ctx, scope, depth - 1);
  return b`(${left.node} ${ctx.random.chance(0.4) ? "NOT " : ""}IN (${oneColumn(ctx, scope, left.type)}))`;
}

export function quantified(ctx: Context, scope: Scope, depth: number): Sequence {
  const { random } = ctx;
  const left = anyExpr(ctx, scope, depth - 1);
  const operator = random.pick(["=", "<>", "<", "<=", ">", ">="]);
  return b`(${left.node} ${operator} ${random.pick(["ANY", "ALL"])} (${oneColumn(ctx, scope, left.type)}))`;
}
