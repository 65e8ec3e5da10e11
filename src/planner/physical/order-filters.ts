import type { Expr } from "../expr/expr.ts";
import { walkExpr } from "../expr/map.ts";
import { typeOf } from "../expr/type-of.ts";
import { type ColumnEstimates, selectivityOf } from "../optimize/cardinality/selectivity.ts";
import { isMovable } from "../optimize/fallible.ts";

/** Relative prices per row; only their order matters. */
const COST = { simple: 1, string: 4, pattern: 20 } as const;

/**
 * Conjuncts in the order in which evaluating them costs least: each by its price over the share of rows that it removes.
 * One that can fail keeps its place, so that it sees no row that an earlier one would have removed.
 */
export function orderFilters(filters: readonly Expr[], columns: ColumnEstimates): readonly Expr[] {
  const ordered: Expr[] = [];
  let movable: Expr[] = [];
  const flush = (): void => {
    const ranked = movable.map((filter) => ({
      filter,
      rank: priceOf(filter) / Math.max(1e-3, 1 - selectivityOf(filter, columns)),
    }));
    ordered.push(...ranked.toSorted((a, b) => a.rank - b.rank).map(({ filter }) => filter));
    movable = [];
  };
  for (const filter of filters) {
    if (isMovable(filter)) movable.push(filter);
    else {
      flush();
      ordered.push(filter);
    }
  }
  flush();
  return ordered;
}

function priceOf(filter: Expr): number {
  let price = 0;
  walkExpr(filter, (part) => {
    if (part.kind === "Call")
      price += part.name.includes("like")
        ? COST.pattern
        : part.args.some((arg) => typeOf(arg).kind === "Varchar")
          ? COST.string
          : COST.simple;
    else if (part.kind === "InList")
      price += (typeOf(part.input).kind === "Varchar" ? COST.string : COST.simple) * Math.min(4, part.values.length);
    else if (part.kind !== "Column" && part.kind !== "Literal") price += COST.simple;
  });
  return Math.max(price, COST.simple);
}
