import type { Column, Expr } from "./expr.ts";
import { transformExpr, walkExpr } from "./map.ts";

/**
 * The columns that an expression reads, by id, in order of appearance. For a Subquery these are its comparands' columns
 * and its `outer` columns, which come from the node that holds the expression or from further out.
 */
export function columnsOf(expr: Expr): ReadonlyMap<number, Column> {
  const found = new Map<number, Column>();
  collectColumns(expr, found);
  return found;
}

/** Adds the columns that `expr` reads to `into`. */
export function collectColumns(expr: Expr, into: Map<number, Column>): void {
  walkExpr(expr, (part) => {
    if (part.kind === "Column") into.set(part.column.id, part.column);
    else if (part.kind === "Subquery") for (const column of part.outer) into.set(column.id, column);
  });
}

/** Whether the expression reads only columns for which `has` holds. */
export function readsOnly(expr: Expr, has: (id: number) => boolean): boolean {
  for (const id of columnsOf(expr).keys()) if (!has(id)) return false;
  return true;
}

/** Replaces references to the columns in `by` (by id); subquery plans are not entered. */
export function substituteColumns(expr: Expr, by: ReadonlyMap<number, Expr>): Expr {
  return transformExpr(expr, (part) => (part.kind === "Column" ? (by.get(part.column.id) ?? part) : part));
}

/** A reference to a column. */
export function ref(column: Column): Expr {
  return { kind: "Column", column };
}
