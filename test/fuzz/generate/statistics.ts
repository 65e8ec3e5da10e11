/** Aggregates whose last digits depend on the order of the rows. */
import type { Node } from "../tree.ts";
import { expr } from "./expression.ts";
import { type Context, e, type Expr, makeExpr, type Scope } from "./scope.ts";
import { BIGINT, decimal, DOUBLE, isNumeric } from "./types.ts";

/** Over the columns of `over`; `tail` is a FILTER or nothing. */
export function statistic(ctx: Context, over: Scope, tail: Node): Expr {
  const { random } = ctx;
  const a = number(ctx, over);
  const moderate = isWithin(a, 1e9);
  const small = isWithin(a, 1000);
  const one = (name: string): Expr => makeExpr(DOUBLE, e(DOUBLE)`${name}(${a.node})${tail}`, { exact: false });
  const name = random.pick([
    "avg",
    "avg",
    ...(moderate ? ["stddev", "stddev_pop", "var_samp", "variance", "stddev_samp", "var_pop", "median", "fsum"] : []),
    ...(a.type.family === "float" && moderate ? ["sum", "sum"] : []),
    ...(moderate && a.type.family !== "decimal" ? ["quantile_cont"] : []),
    ...(small ? ["covar_pop", "covar_samp", "regr_count", "entropy", "sem"] : []),
  ]);
  if (name === "avg" && !moderate && (!isWithin(a, 1e30) || a.type.family === "float"))
    return makeExpr(BIGINT, e(BIGINT)`count(${a.node})${tail}`, { low: 0, high: 1e6 });
  if (name === "entropy" && a.type.family === "float") return one("avg");
  if (name.startsWith("covar") || name === "regr_count") {
    const b = number(ctx, over);
    if (!isWithin(b, 1000)) return one("avg");
    return makeExpr(DOUBLE, e({ ...DOUBLE, name: "" })`${name}(${a.node}, ${b.node})${tail}`, { exact: false });
  }
  if (name === "median" || name === "quantile_cont") {
    const fraction = name === "median" ? "" : `, ${random.pick(["0.5", "0", "1", "0.3", "0.75"])}`;
    return makeExpr(DOUBLE, e({ ...DOUBLE, name: "" })`${name}(${a.node}${fraction})${tail}`, { exact: false });
  }
  return one(name);
}

const isWithin = ({ low, high }: Expr, bound: number): boolean => low > -bound && high < bound;

function number(ctx: Context, over: Scope): Expr {
  const { random } = ctx;
  const numbers = over.columns.filter(({ type, exact }) => exact && isNumeric(type));
  return numbers.length > 0 && random.chance(0.8)
    ? random.pick(numbers)
    : expr(ctx, over, random.pick([BIGINT, DOUBLE, decimal(15, 2)]), 1);
}
