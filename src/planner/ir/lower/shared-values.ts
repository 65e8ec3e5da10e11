import type { Call, Cast, Expr } from "../../expr/expr.ts";
import { sameExpr } from "../../expr/equal.ts";
import { childrenOf } from "../../expr/map.ts";
import { definitionOf } from "../../functions/registry.ts";
import type { FunctionBuilder } from "../builder.ts";
import type { Operand } from "../operand.ts";

type Shareable = Call | Cast;

/** `scope`: the statement list in which the value was made; while it is open, the value is there. */
type Kept = { readonly expr: Shareable; readonly value: Operand; readonly scope: number };

/** Larger expressions are not compared: a chain of ten thousand calls has ten thousand of them. */
const MOST_PARTS = 64;
/** Of one function. */
const MOST_KEPT = 16;

/**
 * Values of calls and casts at the row that the code is at, so that one that is written twice, in a filter and in the projection above it
 * or in the branches of a CASE, is computed once. Only values that have been computed whatever way led here are found.
 */
export class SharedValues {
  private readonly b: FunctionBuilder;
  private readonly kept: Map<string, readonly Kept[]>;

  constructor(b: FunctionBuilder, kept: ReadonlyMap<string, readonly Kept[]> = new Map()) {
    this.b = b;
    this.kept = new Map(kept);
  }

  copy(): SharedValues {
    return new SharedValues(this.b, this.kept);
  }

  find(expr: Shareable): Operand | undefined {
    const found = this.kept.get(nameOf(expr))?.find((one) => this.b.isOpen(one.scope) && sameExpr(one.expr, expr));
    return found?.value;
  }

  keep(expr: Shareable, value: Operand): void {
    if (!isShareable(expr)) return;
    const others = (this.kept.get(nameOf(expr)) ?? []).filter(({ scope }) => this.b.isOpen(scope));
    this.kept.set(nameOf(expr), [{ expr, value, scope: this.b.scope }, ...others].slice(0, MOST_KEPT));
  }

  /** What was made of a column that becomes another one. */
  forget(column: number): void {
    for (const [name, list] of this.kept) {
      const left = list.filter(({ expr }) => !reads(expr, column));
      if (left.length < list.length) this.kept.set(name, left);
    }
  }
}

const nameOf = (expr: Shareable): string => (expr.kind === "Call" ? expr.name : "CAST");

/** Whether it is small, and the same whenever it is evaluated at one row. */
function isShareable(expr: Shareable): boolean {
  const parts: Expr[] = [expr];
  for (const part of parts) {
    if (parts.length > MOST_PARTS) return false;
    if (part.kind === "Call" && definitionOf(part)?.volatility === "volatile") return false;
    if (part.kind === "Lambda" || part.kind === "LambdaParameter" || part.kind === "Subquery") return false;
    parts.push(...childrenOf(part));
  }
  return true;
}

function reads(expr: Expr, column: number): boolean {
  return expr.kind === "Column" ? expr.column.id === column : childrenOf(expr).some((child) => reads(child, column));
}
