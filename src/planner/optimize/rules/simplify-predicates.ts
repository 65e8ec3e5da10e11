import type { Expr, Literal } from "../../expr/expr.ts";
import { isMovable } from "../fallible.ts";
import {
  comparison,
  conjunction,
  conjunctsOf,
  disjunction,
  disjunctsOf,
  exprKey,
  mirroredComparison,
  negatedComparison,
} from "../predicates.ts";
import { rewriteExpressions } from "../rewrite-expressions.ts";
import type { PlanRule } from "../rule.ts";

/**
 * NOT goes down to the comparisons, constants to the right of them, duplicates away, `a = 1 OR a = 2` becomes IN, and what all
 * branches of an OR have in common comes out of it.
 */
export const simplifyPredicates: PlanRule = {
  name: "SimplifyPredicates",
  on: "Plan",
  apply: (plan) => rewriteExpressions(plan, simplifyExpr),
};

/** One step; the children are simplified already. */
export function simplifyExpr(expr: Expr): Expr {
  switch (expr.kind) {
    case "Not":
      return negated(expr.input) ?? expr;
    case "And": {
      const args = withoutDuplicates(conjunctsOf(expr));
      return args.length === expr.args.length ? expr : conjunction(args);
    }
    case "Or":
      return simplifyOr(expr);
    case "InList":
      return expr.values.length === 1 ? comparison("=", expr.input, expr.values[0] as Literal) : expr;
    case "Call": {
      const [left, right] = expr.args;
      const mirrored = mirroredComparison(expr.name);
      if (mirrored === undefined || left?.kind !== "Literal" || right === undefined || right.kind === "Literal")
        return expr;
      return { ...expr, name: mirrored, args: [right, left] };
    }
    default:
      return expr;
  }
}

/** NOT expr, where that can be said without a NOT on top. */
function negated(expr: Expr): Expr | undefined {
  switch (expr.kind) {
    case "Not":
      return expr.input;
    case "IsNull":
      return { ...expr, negated: !expr.negated };
    case "And":
    case "Or":
      return simplifyExpr({
        ...expr,
        kind: expr.kind === "And" ? "Or" : "And",
        args: expr.args.map((arg) => negated(arg) ?? { kind: "Not", input: arg }),
      });
    case "Call": {
      const name = negatedComparison(expr.name);
      return name === undefined ? undefined : { ...expr, name };
    }
    default:
      return undefined;
  }
}

function simplifyOr(expr: Extract<Expr, { kind: "And" | "Or" }>): Expr {
  const disjuncts = mergedEqualities(withoutDuplicates(disjunctsOf(expr)));
  if (disjuncts.length < 2) return disjunction(disjuncts);
  const factored = commonFactors(disjuncts);
  if (factored !== undefined) return factored;
  return disjuncts.length === expr.args.length ? expr : disjunction(disjuncts);
}

/** `(a AND x) OR (a AND y)` is `a AND (x OR y)`. */
function commonFactors(disjuncts: readonly Expr[]): Expr | undefined {
  const branches = disjuncts.map((disjunct) => new Map(conjunctsOf(disjunct).map((part) => [exprKey(part), part])));
  const [first, ...others] = branches;
  if (first === undefined) return undefined;
  const common = [...first].filter(([key, part]) => isMovable(part) && others.every((branch) => branch.has(key)));
  if (common.length === 0) return undefined;
  const keys = new Set(common.map(([key]) => key));
  const rests = branches.map((branch) => [...branch].flatMap(([key, part]) => (keys.has(key) ? [] : [part])));
  const parts = common.map(([, part]) => part);
  // A branch with nothing left holds whenever the common part does.
  if (rests.some((rest) => rest.length === 0)) return conjunction(parts);
  return conjunction([...parts, simplifyExpr(disjunction(rests.map(conjunction)))]);
}

/** `a = 1 OR a IN (2, 3)` is `a IN (1, 2, 3)`, at the place of the first. */
function mergedEqualities(disjuncts: readonly Expr[]): readonly Expr[] {
  const lists = new Map<string, { readonly input: Expr; readonly values: Literal[]; readonly at: number }>();
  const result: (Expr | undefined)[] = [];
  for (const disjunct of disjuncts) {
    const membership = asMembership(disjunct);
    const key = membership === undefined ? undefined : exprKey(membership.input);
    const list = key === undefined ? undefined : lists.get(key);
    if (membership === undefined || key === undefined) result.push(disjunct);
    else if (list === undefined) {
      lists.set(key, { input: membership.input, values: [...membership.values], at: result.length });
      result.push(disjunct);
    } else {
      for (const value of membership.values) list.values.push(value);
      result[list.at] = undefined;
    }
  }
  const byPlace = new Map([...lists.values()].map((list) => [list.at, list]));
  return result.flatMap((part, i) => {
    if (part !== undefined) return part;
    const list = byPlace.get(i);
    return list === undefined ? [] : { kind: "InList", input: list.input, values: distinctLiterals(list.values) };
  });
}

function asMembership(expr: Expr): { readonly input: Expr; readonly values: readonly Literal[] } | undefined {
  if (expr.kind === "InList") return isMovable(expr.input) ? expr : undefined;
  if (expr.kind !== "Call" || expr.name !== "=") return undefined;
  const [input, value] = expr.args;
  if (
    input === undefined ||
    value?.kind !== "Literal" ||
    value.value === null ||
    input.kind === "Literal" ||
    !isMovable(input)
  )
    return undefined;
  return { input, values: [value] };
}

function distinctLiterals(values: readonly Literal[]): readonly Literal[] {
  return [...new Map(values.map((value) => [exprKey(value), value])).values()];
}

function withoutDuplicates(parts: readonly Expr[]): readonly Expr[] {
  const seen = new Set<string>();
  return parts.filter((part) => {
    const key = exprKey(part);
    if (seen.has(key) && isMovable(part)) return false;
    seen.add(key);
    return true;
  });
}
