import type { Expr, Literal } from "../expr/expr.ts";
import { castDatum } from "../types/convert.ts";
import type { BindContext } from "./context.ts";
import { parameterValue } from "./literal.ts";

/**
 * The value of an expression that the plan itself depends on (LIMIT, table functions): a literal, a cast one, a parameter
 * whose value is known. undefined for all else.
 */
export function constantOf(ctx: BindContext, expr: Expr): Literal | undefined {
  if (expr.kind === "Literal") return expr;
  if (expr.kind === "Cast") {
    const inner = constantOf(ctx, expr.input);
    const value = inner === undefined ? undefined : castDatum(inner.value, inner.type, expr.type);
    return value === undefined ? undefined : { kind: "Literal", value, type: expr.type };
  }
  if (expr.kind !== "Parameter") return undefined;
  const given = parameterValue(ctx, expr.index);
  return given?.value === undefined ? undefined : { kind: "Literal", value: given.value, type: given.type };
}
