/** Aggregates that depend on an order of the rows, given so that it leaves nothing open. */
import { type Node, print, sql } from "../tree.ts";
import { expr, hull } from "./expression.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { INTEGERS, type Type } from "./types.ts";

const DIRECTIONS: readonly string[] = ["", " DESC", " NULLS FIRST", " DESC NULLS LAST"];

/** DuckDB takes no constant to order by. */
const isConstant = ({ node }: Expr): boolean => !/[a-z]\d+\.|\bp\d+\b/.test(print(node));

type Make = (ctx: Context, over: Scope, type: Type, tail: Node) => Expr | undefined;

/** Over the columns of `over`; `tail` is a FILTER or nothing. */
export const orderedAggregate: Make = (ctx, over, type, tail) => {
  const { family } = type;
  const isList = family === "list";
  const element = type.elements[0];
  const make = ctx.random.weighted<Make>([
    [family === "interval" ? 0 : 3, picked],
    [isRanked(type) ? 2 : 0, quantile],
    [family === "text" ? 3 : 0, joined],
    [family === "text" ? 1 : 0, histogram],
    [isList ? 6 : 0, collected],
    [isList && element !== undefined && isRanked(element) ? 3 : 0, several],
  ]);
  return make(ctx, over, type, tail);
};

const isRanked = ({ family }: Type): boolean =>
  ["integer", "decimal", "date", "timestamp", "instant", "time", "text"].includes(family);

/** The value of the first or last row. */
const picked: Make = (ctx, over, type, tail) => {
  const { random } = ctx;
  const a = expr(ctx, over, type, 1);
  if (isConstant(a)) return undefined;
  const order = random.pick(DIRECTIONS);
  const key = keyBefore(ctx, over, a);
  const name = random.pick(["first", "last", "any_value", "arg_min", "arg_max"]);
  const node = name.startsWith("arg")
    ? key === undefined
      ? e(type)`${name}(${a.node}, ${a.node})${tail}`
      : e(type)`${name}(${a.node}, row(${key.node}, ${a.node}))${tail}`
    : e(
        type,
      )`${name}(${a.node} ORDER BY ${key === undefined ? "" : sql`${key.node}${random.pick(DIRECTIONS)}, `}${a.node}${order})${tail}`;
  return makeExpr(type, node, hull([a]));
};

/** Something to order by before the value itself. */
function keyBefore(ctx: Context, over: Scope, a: Expr): Expr | undefined {
  const { random } = ctx;
  const usable = over.columns.filter(({ exact, type }) => exact && isRanked(type));
  if (usable.length === 0 || !isRanked(a.type) || random.chance(0.5)) return undefined;
  return random.pick(usable);
}

const quantile: Make = (ctx, over, type, tail) => {
  const a = expr(ctx, over, type, 1);
  const fraction = ctx.random.pick(["0", "1", "0.5", "0.25", "0.9", "0.001"]);
  return makeExpr(type, e(type)`quantile_disc(${a.node}, ${fraction})${tail}`, hull([a]));
};

const joined: Make = (ctx, over, type, tail) => {
  const { random } = ctx;
  const a = expr(ctx, over, type, 1);
  if (isConstant(a)) return undefined;
  const distinct = random.chance(0.3) ? "DISTINCT " : "";
  const key = distinct === "" ? keyBefore(ctx, over, a) : undefined;
  const before = key === undefined ? "" : sql`${key.node}${random.pick(DIRECTIONS)}, `;
  const separator = random.pick([",", "", "; "]);
  return makeExpr(
    type,
    e(
      type,
    )`string_agg(${distinct}${a.node}, '${separator}' ORDER BY ${before}${a.node}${random.pick(DIRECTIONS)})${tail}`,
  );
};

/** As text: a map is of no type here. */
const histogram: Make = (ctx, over, type, tail) => {
  const a = expr(ctx, over, ctx.random.pick(INTEGERS), 1);
  if (isConstant(a)) return undefined;
  return makeExpr(type, e(type)`CAST(histogram(${a.node})${tail} AS VARCHAR)`);
};

const collected: Make = (ctx, over, type, tail) => {
  const { random } = ctx;
  const a = expr(ctx, over, type.elements[0]!, 1);
  if (isConstant(a)) return undefined;
  const distinct = random.chance(0.2) ? "DISTINCT " : "";
  const key = distinct === "" ? keyBefore(ctx, over, a) : undefined;
  const before = key === undefined ? "" : sql`${key.node}${random.pick(DIRECTIONS)}, `;
  const node = e(type)`list(${distinct}${a.node} ORDER BY ${before}${a.node}${random.pick(DIRECTIONS)})${tail}`;
  return makeExpr(type, node);
};

/** The greatest, the least, or quantiles. */
const several: Make = (ctx, over, type, tail) => {
  const { random } = ctx;
  const a = expr(ctx, over, type.elements[0]!, 1);
  if (isConstant(a)) return undefined;
  const count = String(random.between(1, 4));
  const node = random.pick([
    e(type)`${random.pick(["min", "max"])}(${a.node}, ${count})${tail}`,
    e(type)`${random.pick(["arg_min", "arg_max"])}(${a.node}, ${a.node}, ${count})${tail}`,
    e(type)`quantile_disc(${a.node}, [0.1, 0.5, 1])${tail}`,
  ]);
  return makeExpr(type, node);
};
