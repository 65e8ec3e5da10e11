import type { Datum, Expr } from "../expr/expr.ts";
import { someExpr } from "../expr/map.ts";
import { typeOf } from "../expr/type-of.ts";
import { definitionOf } from "../functions/registry.ts";
import { isNested } from "../types/nested.ts";
import { INTEGER_RANGE, isInteger, type SqlType } from "../types/types.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">=", "is_distinct", "is_not_distinct"]);

/** Whether evaluating the expression may raise an error for some row. Unknown functions may. */
export function canFail(expr: Expr): boolean {
  return someExpr(expr, (part) => {
    switch (part.kind) {
      case "Call":
        if (COMPARISONS.has(part.name)) return false;
        return (
          definitionOf(part)?.canFail({ args: part.args.map(typeOf), returns: part.type }, part.args.map(literalOf)) ??
          true
        );
      case "Cast":
        return !part.try && castCanFail(typeOf(part.input), part.type);
      case "Subquery":
        return true;
      default:
        return false;
    }
  });
}

/** Whether the expression gives a new value at every evaluation, so that it must be evaluated exactly where it stands. */
export function isVolatile(expr: Expr): boolean {
  return someExpr(expr, (part) => part.kind === "Call" && definitionOf(part)?.volatility === "volatile");
}

/** Whether the expression may be evaluated for rows that a plan would have dropped before, or once instead of twice. */
export function isMovable(expr: Expr): boolean {
  return !canFail(expr) && !isVolatile(expr);
}

const literalOf = (arg: Expr): Datum | undefined => (arg.kind === "Literal" ? arg.value : undefined);

function castCanFail(from: SqlType, to: SqlType): boolean {
  if (from.kind === "Null" || to.kind === "Varchar") return false;
  if (to.kind === "Double" || to.kind === "Real")
    return (
      from.kind === "Varchar" ||
      from.kind === "Bit" ||
      from.kind === "Bignum" ||
      (to.kind === "Real" && from.kind === "Double")
    );
  if (isInteger(from) && isInteger(to)) {
    return (
      INTEGER_RANGE[from.kind].min < INTEGER_RANGE[to.kind].min ||
      INTEGER_RANGE[from.kind].max > INTEGER_RANGE[to.kind].max
    );
  }
  if (from.kind === "Boolean" || (to.kind === "Bignum" && isInteger(from))) return false;
  if (to.kind === "Decimal") {
    const digits = to.precision - to.scale;
    if (from.kind === "Decimal") return from.precision - from.scale > digits || from.scale > to.scale;
    if (isInteger(from)) return INTEGER_RANGE[from.kind].max.toString().length > digits;
  }
  return from.kind !== to.kind || isNested(from);
}
