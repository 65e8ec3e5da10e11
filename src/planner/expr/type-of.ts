import { BOOLEAN, type SqlType } from "../types/types.ts";
import type { Expr } from "./expr.ts";

/** The type of an expression's value. */
export function typeOf(expr: Expr): SqlType {
  switch (expr.kind) {
    case "Column":
      return expr.column.type;
    case "Literal":
    case "Parameter":
    case "Call":
    case "Cast":
    case "Case":
    case "Subquery":
    case "Lambda":
    case "LambdaParameter":
      return expr.type;
    case "And":
    case "Or":
    case "Not":
    case "IsNull":
    case "InList":
      return BOOLEAN;
  }
}
