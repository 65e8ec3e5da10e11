import type { Column, Expr } from "../expr/expr.ts";
import { scalarFunction } from "../functions/registry.ts";

const NEVER_NULL: ReadonlySet<string> = new Set(["is_distinct", "is_not_distinct"]);
const PROPAGATING: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "like"]);

/** Whether the call is NULL exactly when an argument is (or an error): NULL in, NULL out, and never NULL otherwise. */
function propagatesNull(name: string): boolean {
  return PROPAGATING.has(name) || scalarFunction(name)?.nulls === "propagate";
}

/** Whether the expression may be NULL; columns are nullable as `columns` says (those not in it, as they say themselves). */
export function mayBeNull(expr: Expr, columns: ReadonlyMap<number, Column>): boolean {
  const of = (part: Expr): boolean => mayBeNull(part, columns);
  switch (expr.kind) {
    case "Literal":
      return expr.value === null;
    case "Column":
      return (columns.get(expr.column.id) ?? expr.column).nullable;
    case "Call":
      if (NEVER_NULL.has(expr.name)) return false;
      return !PROPAGATING.has(expr.name) || expr.args.some(of);
    case "Cast":
      return expr.try || of(expr.input);
    case "Case":
      return of(expr.otherwise) || expr.branches.some(({ then }) => of(then));
    case "And":
    case "Or":
      return expr.args.some(of);
    case "Not":
      return of(expr.input);
    case "IsNull":
      return false;
    case "InList":
      return of(expr.input) || expr.values.some(({ value }) => value === null);
    case "Parameter":
    case "Subquery":
      return true;
  }
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

/** Whether the expression is NULL whenever the `nulled` columns are. */
function isNullWith(expr: Expr, nulled: (id: number) => boolean): boolean {
  switch (expr.kind) {
    case "Literal":
      return expr.value === null;
    case "Column":
      return nulled(expr.column.id);
    case "Call":
      return propagatesNull(expr.name) && expr.args.some((arg) => isNullWith(arg, nulled));
    case "Cast":
    case "Not":
    case "InList":
      return isNullWith(expr.input, nulled);
    case "And":
    case "Or":
      return expr.args.every((arg) => isNullWith(arg, nulled));
    case "Case":
      return [...expr.branches.map(({ then }) => then), expr.otherwise].every((value) => isNullWith(value, nulled));
    case "IsNull":
    case "Parameter":
    case "Subquery":
      return false;
  }
}
