import type { Column, Expr } from "../expr/expr.ts";
import { isNullableWith } from "../expr/nullable.ts";
import { scalarFunction } from "../functions/registry.ts";

const PROPAGATING: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "like"]);

/** Whether the call is NULL when an argument is. */
function propagatesNull(name: string): boolean {
  return PROPAGATING.has(name) || scalarFunction(name)?.nulls === "propagate";
}

/** Whether the expression may be NULL; columns are nullable as `columns` says (those not in it, as they say themselves). */
export function mayBeNull(expr: Expr, columns: ReadonlyMap<number, Column>): boolean {
  return isNullableWith(expr, (column) => (columns.get(column.id) ?? column).nullable);
}

/** Whether the predicate is never TRUE for a row in which all the `nulled` columns are NULL. */
export function rejectsNulls(predicate: Expr, nulled: (id: number) => boolean): boolean {
  switch (predicate.kind) {
    case "And":
      return predicate.args.some((arg) => rejectsNulls(arg, nulled));
    case "Or":
      return predicate.args.every((arg) => rejectsNulls(arg, nulled));
    case "Literal":
      return predicate.value !== true;
    case "IsNull":
      return predicate.negated && isNullWith(predicate.input, nulled);
    case "Not":
      return predicate.input.kind === "IsNull"
        ? rejectsNulls({ ...predicate.input, negated: !predicate.input.negated }, nulled)
        : isNullWith(predicate.input, nulled);
    default:
      return isNullWith(predicate, nulled);
  }
}

/** Whether the expression is NULL whenever the `nulled` columns are. Long chains of calls are followed in a loop. */
export function isNullWith(start: Expr, nulled: (id: number) => boolean): boolean {
  for (let expr: Expr | undefined = start; expr !== undefined;) {
    switch (expr.kind) {
      case "Literal":
        return expr.value === null;
      case "Column":
        return nulled(expr.column.id);
      case "Call":
        if (!propagatesNull(expr.name)) return false;
        if (expr.args.slice(1).some((arg) => isNullWith(arg, nulled))) return true;
        expr = expr.args[0];
        break;
      case "Cast":
      case "Not":
      case "InList":
        expr = expr.input;
        break;
      case "And":
      case "Or":
        return expr.args.every((arg) => isNullWith(arg, nulled));
      case "Case":
        return [...expr.branches.map(({ then }) => then), expr.otherwise].every((value) => isNullWith(value, nulled));
      case "IsNull":
      case "Parameter":
      case "Subquery":
      case "Lambda":
      case "LambdaParameter":
        return false;
    }
  }
  return false;
}
