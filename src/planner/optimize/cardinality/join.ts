import type { Column, Expr } from "../../expr/expr.ts";
import type { JoinKind } from "../../logical/plan.ts";
import { BOOLEAN } from "../../types/types.ts";
import { conjunctsOf, equalityBetween } from "../predicates.ts";
import { type ColumnEstimate, distinctAfter, unknownColumn } from "./column-estimate.ts";
import type { Estimate } from "./estimate.ts";
import { type ColumnEstimates, columnOf, distinctOf, selectivityOf } from "./selectivity.ts";

/** Keeps products of many cross joins finite. */
export const MOST_ROWS = 1e30;

/**
 * The output of a join. Equalities follow |R||S| / max(domains), where the domain of a composite key is bounded by
 * the smaller side's unfiltered rows (foreign keys: every combination that the larger side has exists in the smaller).
 */
export function estimateJoin(
  kind: JoinKind,
  left: Estimate,
  right: Estimate,
  conditions: readonly Expr[],
  mark: Column | undefined,
): Estimate {
  const both = new Map([...left.columns, ...right.columns]);
  const keys: { readonly left: Expr; readonly right: Expr }[] = [];
  let residual = 1;
  for (const conjunct of conditions.flatMap(conjunctsOf)) {
    const key = equalityBetween(
      conjunct,
      (id) => left.columns.has(id),
      (id) => right.columns.has(id),
    );
    if (key === undefined) residual *= selectivityOf(conjunct, both);
    else keys.push(key);
  }
  const domain = Math.min(
    keys.reduce(
      (product, key) => product * Math.max(domainOf(key.left, left.columns), domainOf(key.right, right.columns)),
      1,
    ),
    keys.length > 1 ? Math.max(1, Math.min(left.total, right.total)) : Infinity,
  );
  const pairs = Math.min(MOST_ROWS, (left.rows * right.rows) / domain);
  const inner = pairs * residual;
  const matched = matchedFraction(left, right, keys, domain, residual);
  switch (kind) {
    case "inner":
      return joined(left, right, keys, Math.max(inner, Math.min(1, left.rows, right.rows)));
    case "left":
    case "single": {
      const rows = kind === "single" ? left.rows : Math.max(left.rows, inner + left.rows * (1 - matched));
      return padded(joined(left, right, [], rows), right, 1 - matched);
    }
    case "right":
      return padded(joined(left, right, [], Math.max(right.rows, inner)), left, 0.1);
    case "full":
      return joined(left, right, [], Math.max(inner, left.rows + right.rows * 0.1, right.rows));
    case "semi":
      return semi(left, right, keys, left.rows * matched);
    case "anti":
      return semi(left, right, [], left.rows * Math.max(1 - matched, 0.01));
    case "mark": {
      const columns = new Map(left.columns);
      if (mark !== undefined) columns.set(mark.id, unknownColumn(BOOLEAN, left.rows));
      return { ...left, columns };
    }
  }
}

/** The share of left rows that find a match. */
export function matchedFraction(
  left: Estimate,
  right: Estimate,
  keys: readonly { readonly left: Expr; readonly right: Expr }[],
  domain: number,
  residual: number,
): number {
  let fraction = right.rows < 1 ? right.rows : 1;
  for (const key of keys) {
    const domains = Math.max(domainOf(key.left, left.columns), domainOf(key.right, right.columns));
    fraction = Math.min(fraction, distinctOf(key.right, right.columns) / domains);
  }
  // Partners that a left row with a partner has on average; the residual condition must hold for one of them.
  const partners = Math.max(1, right.rows / Math.max(1, domain * fraction));
  return Math.min(1, Math.max(0, fraction * (1 - (1 - residual) ** partners)));
}

export function domainOf(expr: Expr, columns: ColumnEstimates): number {
  return columnOf(expr, columns)?.domain ?? distinctOf(expr, columns);
}

function joined(
  left: Estimate,
  right: Estimate,
  keys: readonly { readonly left: Expr; readonly right: Expr }[],
  rows: number,
): Estimate {
  const columns = new Map<number, ColumnEstimate>();
  for (const side of [left, right]) {
    for (const [id, column] of side.columns)
      columns.set(id, { ...column, distinct: distinctAfter(column.distinct, side.rows, rows) });
  }
  for (const key of keys) {
    const distinct = Math.min(
      distinctOf(key.left, left.columns),
      distinctOf(key.right, right.columns),
      Math.max(1, rows),
    );
    for (const expr of [key.left, key.right]) {
      if (expr.kind !== "Column") continue;
      const column = columns.get(expr.column.id);
      if (column !== undefined) columns.set(expr.column.id, { ...column, distinct });
    }
  }
  return { rows, total: Math.max(left.total, right.total, keys.length === 0 ? rows : 0), columns };
}

function semi(
  left: Estimate,
  right: Estimate,
  keys: readonly { readonly left: Expr; readonly right: Expr }[],
  rows: number,
): Estimate {
  const columns = new Map<number, ColumnEstimate>();
  for (const [id, column] of left.columns)
    columns.set(id, { ...column, distinct: distinctAfter(column.distinct, left.rows, rows) });
  for (const key of keys) {
    if (key.left.kind !== "Column") continue;
    const column = columns.get(key.left.column.id);
    const distinct = Math.max(1, Math.min(column?.distinct ?? rows, distinctOf(key.right, right.columns), rows));
    if (column !== undefined) columns.set(key.left.column.id, { ...column, distinct });
  }
  return { rows, total: left.total, columns };
}

function padded(estimate: Estimate, side: Estimate, nulls: number): Estimate {
  const columns = new Map(estimate.columns);
  for (const id of side.columns.keys()) {
    const column = columns.get(id);
    if (column !== undefined) columns.set(id, { ...column, nullFraction: Math.min(1, column.nullFraction + nulls) });
  }
  return { ...estimate, columns };
}
