import { HeadraceError } from "../../error.ts";
import type { Expr, Literal } from "../expr/expr.ts";
import { someExpr } from "../expr/map.ts";
import { typeOf } from "../expr/type-of.ts";
import { definitionOf } from "../functions/registry.ts";
import { evaluateConstant } from "./evaluate.ts";

/**
 * The constant that an expression always is. undefined: it reads columns or parameters, depends on the moment, would fail when
 * run (and so must fail there, if it gets there), or needs what only a worker has.
 */
export function fold(expr: Expr, timeZone?: string): Literal | undefined {
  if (expr.kind === "Literal" || someExpr(expr, isVariable)) return undefined;
  try {
    const value = evaluateConstant(expr, 0n, undefined, timeZone);
    if (value === undefined) return undefined;
    const { span } = expr;
    return { kind: "Literal", value, type: typeOf(expr), ...(span === undefined ? {} : { span }) };
  } catch (error) {
    if (error instanceof HeadraceError && error.code !== "internal") return undefined;
    throw error;
  }
}

function isVariable(expr: Expr): boolean {
  switch (expr.kind) {
    case "Column":
    case "Parameter":
    case "Subquery":
    case "Lambda":
    case "LambdaParameter":
      return true;
    case "Call":
      return definitionOf(expr)?.volatility !== "immutable";
    default:
      return false;
  }
}
