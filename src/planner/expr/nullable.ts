import type { Column, Expr } from "./expr.ts";
import { typeOf } from "./type-of.ts";

/** Functions that are NULL only where an argument is. Not among them: division (NULL for a zero divisor) and what may find nothing. */
const STRICT: ReadonlySet<string> = new Set([
  ...["=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "||", "like", "ilike"],
  ...["substring", "lower", "upper", "length", "abs", "starts_with", "contains", "window_start"],
]);
const NEVER_NULL: ReadonlySet<string> = new Set(["is_distinct", "is_not_distinct", "time_attribute"]);

/** Whether the expression may be NULL; false is a proof. */
export function isNullable(expr: Expr): boolean {
  return isNullableWith(expr, ({ nullable }) => nullable);
}

/** The same where columns may be NULL as `ofColumn` says. */
export function isNullableWith(expr: Expr, ofColumn: (column: Column) => boolean): boolean {
  const pending: Expr[] = [expr];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    switch (next.kind) {
      case "Literal":
        if (next.value === null) return true;
        break;
      case "Column":
        if (ofColumn(next.column)) return true;
        break;
      case "Parameter":
      case "Lambda":
      case "LambdaParameter":
        return true;
      case "Call":
        if (NEVER_NULL.has(next.name)) break;
        if (!STRICT.has(next.name)) return true;
        pending.push(...next.args);
        break;
      case "Cast":
        // Text that is no value fails or, under TRY_CAST, is NULL; JSON has a null of its own.
        if (next.try || typeOf(next.input).kind === "Json") return true;
        pending.push(next.input);
        break;
      case "Case":
        pending.push(...next.branches.map(({ then }) => then), next.otherwise);
        break;
      case "And":
      case "Or":
        pending.push(...next.args);
        break;
      case "Not":
        pending.push(next.input);
        break;
      case "IsNull":
        break;
      case "InList":
        if (next.values.some(({ value }) => value === null)) return true;
        pending.push(next.input);
        break;
      case "Subquery":
        if (next.mode.kind !== "exists") return true;
        break;
    }
  }
  return false;
}
