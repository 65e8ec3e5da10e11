import type { Span } from "../../error.ts";
import type { Expr } from "../expr/expr.ts";

function connect(kind: "And" | "Or", parts: readonly Expr[], span: Span | undefined): Expr {
  const args = parts.flatMap((part) => (part.kind === kind ? part.args : [part]));
  const [only] = args;
  if (args.length === 1 && only !== undefined) return only;
  return span === undefined ? { kind, args } : { kind, args, span };
}

/** The conjunction of at least one expression, flattened. */
export function and(parts: readonly Expr[], span?: Span): Expr {
  return connect("And", parts, span);
}

/** The disjunction of at least one expression, flattened. */
export function or(parts: readonly Expr[], span?: Span): Expr {
  return connect("Or", parts, span);
}

export function not(input: Expr, span: Span): Expr {
  return { kind: "Not", input, span };
}

/** The conjuncts of a condition; none for TRUE. */
export function conjuncts(condition: Expr): readonly Expr[] {
  if (condition.kind === "Literal" && condition.value === true) return [];
  return condition.kind === "And" ? condition.args : [condition];
}
