/** Aggregate calls over the columns of a grouped query. */
import { optional, type Node } from "../tree.ts";
import { anyExpr, castTo, expr, fits, hull } from "./expression.ts";
import { orderedAggregate } from "./ordered-aggregate.ts";
import { predicate } from "./predicate.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { statistic } from "./statistics.ts";
import { BIGINT, DECIMALS, DOUBLE, HUGEINT, INTEGERS, type Type } from "./types.ts";

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
    [family === "interval" ? 0 : family === "list" || family === "text" ? 4 : 1.5, "ordered"],
    [family === "integer" ? 4 : 0, "count"],
    [type.name === "HUGEINT" ? 4 : 0, "sum"],
    [type.name.startsWith("DECIMAL(38,") ? 4 : 0, "sum decimal"],
    [family === "boolean" ? 3 : 0, "logic"],
    [family === "integer" ? 1 : 0, "bits"],
  ] as const);
  switch (kind) {
    case "extreme":
      return family === "interval" ? undefined : extreme();
    case "ordered":
      return orderedAggregate(ctx, over, type, tail());
    case "count": {
      const a = anyExpr(ctx, over, Math.min(depth, 1));
      const node = random.pick([
        e(BIGINT)`count(*)${tail()}`,
        e(BIGINT)`count(${a.node})${tail()}`,
        e(BIGINT)`count(DISTINCT ${a.node})${tail()}`,
        e(BIGINT)`CAST(coalesce(count_if(${predicate(ctx, over, 1).node})${tail()}, 0) AS BIGINT)`,
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

function filter(ctx: Context, over: Scope): Node {
  if (!ctx.random.chance(0.15)) return "";
  return optional(e({ ...DOUBLE, name: "" })` FILTER (WHERE ${predicate(ctx, over, 1).node})`);
}

/** One whose last digits depend on the order of the rows. */
export function inexactAggregate(ctx: Context, scope: Scope): Expr {
  const over = inner(scope);
  return statistic(ctx, over, filter(ctx, over));
}
