/** Aggregate calls over the columns of a grouped query. */
import { optional, print, type Node } from "../tree.ts";
import { anyExpr, castTo, expr, fits, hull } from "./expression.ts";
import { predicate } from "./predicate.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { BIGINT, decimal, DECIMALS, DOUBLE, HUGEINT, INTEGERS, isNumeric, type Type } from "./types.ts";

/** No query makes more rows than this. */
const MOST_ROWS = 1e6;

/** What aggregates are over: neither aggregates nor subqueries nor columns of outer queries. */
function inner(scope: Scope): Scope {
  return {
    ...scope,
    columns: scope.aggregated ?? [],
    outer: [],
    aggregated: undefined,
    windows: undefined,
    subqueries: 0,
  };
}

/** One of the type whose result does not depend on the order of the rows; undefined when there is none. */
export function aggregateCall(ctx: Context, scope: Scope, type: Type, depth: number): Expr | undefined {
  const { random } = ctx;
  const over = inner(scope);
  const argument = (wanted: Type): Expr => expr(ctx, over, wanted, Math.min(depth, 1));
  const tail = (): Node => filter(ctx, over);
  const extreme = (): Expr => {
    const a = argument(type);
    return makeExpr(type, e(type)`${random.pick(["min", "max"])}(${a.node})${tail()}`, hull([a]));
  };
  const { family } = type;
  const kind = random.weighted([
    [family === "interval" ? 0 : 3, "extreme"],
    [family === "interval" ? 0 : 1, "ordered"],
    [family === "list" ? 4 : 0, "list"],
    [family === "text" ? 1 : 0, "text"],
    [family === "integer" ? 4 : 0, "count"],
    [type.name === "HUGEINT" ? 4 : 0, "sum"],
    [type.name.startsWith("DECIMAL(38,") ? 4 : 0, "sum decimal"],
    [family === "boolean" ? 3 : 0, "logic"],
    [family === "integer" ? 1 : 0, "bits"],
  ] as const);
  switch (kind) {
    case "extreme":
      return family === "interval" ? undefined : extreme();
    case "ordered": {
      if (family === "interval") return undefined;
      const a = argument(type);
      if (isConstant(a)) return undefined;
      const order = random.pick(["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]);
      const node = random.pick([
        e(type)`${random.pick(["first", "last"])}(${a.node} ORDER BY ${a.node}${order})${tail()}`,
        e(type)`${random.pick(["arg_min", "arg_max"])}(${a.node}, ${a.node})${tail()}`,
      ]);
      return makeExpr(type, node, hull([a]));
    }
    case "list": {
      const a = argument(type.elements[0]!);
      if (isConstant(a)) return undefined;
      const distinct = random.chance(0.2) ? "DISTINCT " : "";
      const order = random.pick(["", " DESC", " NULLS FIRST"]);
      return makeExpr(type, e(type)`list(${distinct}${a.node} ORDER BY ${a.node}${order})${tail()}`);
    }
    case "text": {
      const a = argument(type);
      if (isConstant(a)) return undefined;
      return makeExpr(
        type,
        e(type)`string_agg(${a.node}, '${random.pick([",", "", "; "])}' ORDER BY ${a.node})${tail()}`,
      );
    }
    case "count": {
      const a = anyExpr(ctx, over, Math.min(depth, 1));
      const node = random.pick([
        e(BIGINT)`count(*)${tail()}`,
        e(BIGINT)`count(${a.node})${tail()}`,
        e(BIGINT)`count(DISTINCT ${a.node})${tail()}`,
      ]);
      const value = makeExpr(BIGINT, node, { low: 0, high: MOST_ROWS });
      return fits(value, type) ? castTo(value, type) : extreme();
    }
    case "sum": {
      const a = argument(random.pick(INTEGERS));
      const bounds = { low: a.low * MOST_ROWS, high: a.high * MOST_ROWS };
      const distinct = random.chance(0.2) ? "DISTINCT " : "";
      const sum = makeExpr(HUGEINT, e(HUGEINT)`sum(${distinct}${a.node})${tail()}`, bounds);
      return fits(sum, HUGEINT) ? sum : extreme();
    }
    case "sum decimal": {
      const a = argument(random.pick(DECIMALS.filter(({ scale }) => scale === type.scale)));
      const bounds = { low: a.low * MOST_ROWS, high: a.high * MOST_ROWS };
      const sum = makeExpr(type, e(type)`sum(${random.chance(0.2) ? "DISTINCT " : ""}${a.node})${tail()}`, bounds);
      return fits(sum, type) ? sum : extreme();
    }
    case "logic":
      return makeExpr(type, e(type)`${random.pick(["bool_and", "bool_or"])}(${argument(type).node})${tail()}`);
    case "bits":
      return makeExpr(type, e(type)`${random.pick(["bit_and", "bit_or", "bit_xor"])}(${argument(type).node})${tail()}`);
    default:
      return kind satisfies never;
  }
}

/** DuckDB takes no constant to order by. */
const isConstant = ({ node }: Expr): boolean => !/[a-z]\d+\.|\bp\d+\b/.test(print(node));

function filter(ctx: Context, over: Scope): Node {
  if (!ctx.random.chance(0.15)) return "";
  return optional(e({ ...DOUBLE, name: "" })` FILTER (WHERE ${predicate(ctx, over, 1).node})`);
}

/** One whose last digits depend on the order of the rows. */
export function inexactAggregate(ctx: Context, scope: Scope): Expr {
  const { random } = ctx;
  const over = inner(scope);
  const numbers = over.columns.filter(({ type, exact }) => exact && isNumeric(type));
  const a =
    numbers.length > 0 && random.chance(0.8)
      ? random.pick(numbers)
      : expr(ctx, over, random.pick([BIGINT, DOUBLE, decimal(15, 2)]), 1);
  const moderate = a.low > -1e9 && a.high < 1e9;
  const name = random.pick([
    "avg",
    "avg",
    ...(moderate ? ["stddev", "stddev_pop", "var_samp", "variance", "stddev_samp", "var_pop"] : []),
    ...(a.type.family === "float" && moderate ? ["sum", "sum"] : []),
  ]);
  const large = a.low > -1e30 && a.high < 1e30 && a.type.family !== "float";
  if (name === "avg" && !moderate && !large) {
    return makeExpr(BIGINT, e(BIGINT)`count(${a.node})${filter(ctx, over)}`, { low: 0, high: MOST_ROWS });
  }
  return makeExpr(DOUBLE, e(DOUBLE)`${name}(${a.node})${filter(ctx, over)}`, { exact: false });
}
