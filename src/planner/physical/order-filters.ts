import type { Call, Expr } from "../expr/expr.ts";
import { walkExpr } from "../expr/map.ts";
import { typeOf } from "../expr/type-of.ts";
import { definitionOf } from "../functions/registry.ts";
import { type ColumnEstimates, selectivityOf } from "../optimize/cardinality/selectivity.ts";
import { isMovable } from "../optimize/fallible.ts";

/** Relative prices per row; only their order matters. */
const COST = { simple: 1, string: 4, pattern: 20 } as const;

/** Conditions decide for no fewer of the rows than this. What lets rows through is guessed too roughly to put a search before a comparison. */
const LEAST_SHARE = { and: 1e-3, or: 0.05 } as const;

/**
 * Conjuncts in the order in which evaluating them costs least: each by its price over the share of rows that it removes. The same goes
 * for the parts of an OR, by the share that they let through. A part that can fail keeps its place, so that it sees no row for which an
 * earlier one would have decided.
 */
export function orderFilters(filters: readonly Expr[], columns: ColumnEstimates): readonly Expr[] {
  return ordered(filters, columns, (filter) => Math.max(LEAST_SHARE.and, 1 - selectivityOf(filter, columns)));
}

function ordered(
  parts: readonly Expr[],
  columns: ColumnEstimates,
  shareDecided: (part: Expr) => number,
): readonly Expr[] {
  const result: Expr[] = [];
  let movable: Expr[] = [];
  const flush = (): void => {
    const ranked = movable.map((part) => ({ part, rank: priceOf(part) / shareDecided(part) }));
    result.push(...ranked.toSorted((a, b) => a.rank - b.rank).map(({ part }) => part));
    movable = [];
  };
  for (const part of parts.map((one) => withOrderedParts(one, columns))) {
    if (isMovable(part)) movable.push(part);
    else {
      flush();
      result.push(part);
    }
  }
  flush();
  return result;
}

function withOrderedParts(expr: Expr, columns: ColumnEstimates): Expr {
  switch (expr.kind) {
    case "And":
      return { ...expr, args: orderFilters(expr.args, columns) };
    case "Or":
      return {
        ...expr,
        args: ordered(expr.args, columns, (part) => Math.max(LEAST_SHARE.or, selectivityOf(part, columns))),
      };
    default:
      return expr;
  }
}

function priceOf(filter: Expr): number {
  let price = 0;
  walkExpr(filter, (part) => {
    if (part.kind === "Call") price += priceOfCall(part);
    else if (part.kind === "InList")
      price += (typeOf(part.input).kind === "Varchar" ? COST.string : COST.simple) * Math.min(4, part.values.length);
    else if (part.kind !== "Column" && part.kind !== "Literal") price += COST.simple;
  });
  return Math.max(price, COST.simple);
}

function priceOfCall(call: Call): number {
  if (call.name.includes("like") || definitionOf(call)?.category === "regexp") return COST.pattern;
  return call.args.some((arg) => typeOf(arg).kind === "Varchar") ? COST.string : COST.simple;
}
