import type { Expr, Literal } from "../expr/expr.ts";
import { transformExpr } from "../expr/map.ts";
import { fold } from "../ir/fold.ts";
import { castDatum } from "../types/convert.ts";
import { type BindContext, zonesOf } from "./context.ts";
import { parameterValue } from "./literal.ts";

/**
 * The value of an expression that the plan itself depends on (LIMIT, table functions): without columns, its parameters known.
 * undefined for all else.
 */
export function constantOf(ctx: BindContext, expr: Expr): Literal | undefined {
  const simple = simpleConstant(ctx, expr);
  if (simple !== undefined) return simple;
  return fold(
    transformExpr(expr, (part) => (part.kind === "Parameter" ? (simpleConstant(ctx, part) ?? part) : part)),
    zonesOf(ctx).zone.name,
  );
}

function simpleConstant(ctx: BindContext, expr: Expr): Literal | undefined {
  if (expr.kind === "Literal") return expr;
  if (expr.kind === "Cast") {
    const inner = simpleConstant(ctx, expr.input);
    const value = inner === undefined ? undefined : castDatum(inner.value, inner.type, expr.type, zonesOf(ctx));
    return value === undefined ? undefined : { kind: "Literal", value, type: expr.type };
  }
  if (expr.kind !== "Parameter") return undefined;
  const given = parameterValue(ctx, expr.index);
  return given?.value === undefined ? undefined : { kind: "Literal", value: given.value, type: given.type };
}
