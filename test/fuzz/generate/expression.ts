/** Typed random expressions: a production makes one of exactly the type that is wanted. */
import { list, type Node, optional } from "../tree.ts";
import { aggregateCall } from "./aggregate.ts";
import { functionCall } from "./calls.ts";
import { instantExpr } from "./instant.ts";
import { literal } from "./literal.ts";
import { elementOf, listExpr, structExpr } from "./nested.ts";
import { decimalExpr, floatExpr, integerExpr } from "./numbers.ts";
import { predicate } from "./predicate.ts";
import { scalarSubquery } from "./subquery.ts";
import { type Context, e, type Expr, makeExpr, ofFamily, type Scope } from "./scope.ts";
import { dateExpr, intervalExpr, timeExpr, timestampExpr } from "./temporal.ts";
import { textExpr } from "./text.ts";
import { anyType, isNumeric, type Type } from "./types.ts";
import { windowCall } from "./window.ts";

export function expr(ctx: Context, scope: Scope, type: Type, depth: number): Expr {
  const { random } = ctx;
  if (depth <= 0 || random.chance(0.25)) return leaf(ctx, scope, type, depth);
  if (random.chance(0.25)) return common(ctx, scope, type, depth);
  switch (type.family) {
    case "boolean":
      return predicate(ctx, scope, depth);
    case "integer":
      return integerExpr(ctx, scope, type, depth);
    case "decimal":
      return decimalExpr(ctx, scope, type, depth);
    case "float":
      return floatExpr(ctx, scope, type, depth);
    case "text":
      return textExpr(ctx, scope, depth);
    case "date":
      return dateExpr(ctx, scope, depth);
    case "timestamp":
      return timestampExpr(ctx, scope, depth);
    case "instant":
      return instantExpr(ctx, scope, depth);
    case "time":
      return timeExpr(ctx, scope, depth);
    case "interval":
      return intervalExpr(ctx, scope, depth);
    case "list":
      return listExpr(ctx, scope, type, depth);
    case "struct":
      return structExpr(ctx, scope, type, depth);
    case "other":
      return leaf(ctx, scope, type, depth);
    default:
      return type.family satisfies never;
  }
}

/** A column, an aggregate or window call where they may stand, or a constant. */
export function leaf(ctx: Context, scope: Scope, type: Type, depth = 0): Expr {
  const { random } = ctx;
  if (scope.aggregated !== undefined && random.chance(0.4)) {
    const call = aggregateCall(ctx, scope, type, depth);
    if (call !== undefined) return call;
  }
  if (scope.windows !== undefined && random.chance(0.3)) {
    const call = windowCall(ctx, scope, type, depth);
    if (call !== undefined) return call;
  }
  if (random.chance(0.12)) return literal(random, type);
  return column(ctx, scope, type) ?? literal(random, type);
}

/** A column of the type, or one that can be cast to it. */
function column(ctx: Context, scope: Scope, type: Type): Expr | undefined {
  const { random } = ctx;
  const candidates = scope.outer.length > 0 && random.chance(0.3) ? scope.outer : scope.columns;
  const family = ofFamily(candidates, type.family);
  const same = family.filter((other) => other.type.name === type.name);
  if (same.length > 0) return random.pick(same);
  const near = isNumeric(type) ? family.filter((other) => fits(other, type)) : [];
  return near.length === 0 ? undefined : castTo(random.pick(near), type);
}

/** Whether a cast cannot overflow. */
export const fits = ({ low, high }: Expr, type: Type): boolean => low >= type.low && high <= type.high;

export function castTo(value: Expr, type: Type): Expr {
  if (value.type.name === type.name) return value;
  return makeExpr(type, e(type)`CAST(${value.node} AS ${type.name})`, value);
}

/** A column or expression of whatever type; columns of the scope are preferred. */
export function anyExpr(ctx: Context, scope: Scope, depth: number): Expr {
  const { random } = ctx;
  const exact = scope.columns.filter((candidate) => candidate.exact);
  const type = exact.length > 0 && random.chance(0.8) ? random.pick(exact).type : anyType(random);
  return expr(ctx, scope, type, depth);
}

/** What there is for every type. */
function common(ctx: Context, scope: Scope, type: Type, depth: number): Expr {
  const { random } = ctx;
  const sub = (): Expr => expr(ctx, scope, type, depth - 1);
  const condition = (): Node => predicate(ctx, scope, depth - 1).node;
  const kind = random.weighted([
    [4, "case"],
    [2, "simple case"],
    [3, "coalesce"],
    [2, "nullif"],
    [["interval", "list", "struct", "other"].includes(type.family) ? 0 : 2, "extreme"],
    [1.5, "element"],
    [scope.subqueries > 0 ? 4 : 0, "subquery"],
    [1, "parentheses"],
    [4, "function"],
  ] as const);
  switch (kind) {
    case "case": {
      const arms = Array.from({ length: random.between(1, 2) }, sub);
      const other = random.chance(0.7) ? sub() : undefined;
      const whens = arms.map((arm) => e(type)`WHEN ${condition()} THEN ${arm.node} `);
      const node = e(type)`CASE ${list(whens, "")}${optional(other && e(type)`ELSE ${other.node} `)}END`;
      return makeExpr(type, node, hull([...arms, ...(other ? [other] : [])]));
    }
    case "simple case": {
      const subject = anyExpr(ctx, scope, 0);
      const when = expr(ctx, scope, subject.type, 0);
      const [a, b] = [sub(), sub()];
      const node = e(type)`CASE ${subject.node} WHEN ${when.node} THEN ${a.node} ELSE ${b.node} END`;
      return makeExpr(type, node, hull([a, b]));
    }
    case "coalesce": {
      const args = Array.from({ length: random.between(2, 3) }, sub);
      return makeExpr(type, e(type)`coalesce(${list(args.map(({ node }) => node))})`, hull(args));
    }
    case "nullif": {
      const [a, b] = [sub(), sub()];
      return makeExpr(type, e(type)`nullif(${a.node}, ${b.node})`, hull([a]));
    }
    case "extreme": {
      const args = Array.from({ length: random.between(2, 3) }, sub);
      return makeExpr(
        type,
        e(type)`${random.pick(["greatest", "least"])}(${list(args.map(({ node }) => node))})`,
        hull(args),
      );
    }
    case "subquery":
      return scalarSubquery(ctx, scope, type, depth);
    case "element":
      return elementOf(ctx, scope, type) ?? sub();
    case "function":
      return functionCall(ctx, scope, type) ?? sub();
    case "parentheses": {
      const inner = sub();
      return { ...inner, node: e(type)`(${inner.node})` };
    }
    default:
      return kind satisfies never;
  }
}

/** The bounds of values that are any of these. */
export function hull(values: readonly Expr[]): { low: number; high: number; exact: boolean } {
  return {
    low: Math.min(...values.map(({ low }) => low)),
    high: Math.max(...values.map(({ high }) => high)),
    exact: values.every(({ exact }) => exact),
  };
}
