import type { Case, Expr } from "../../expr/expr.ts";
import { childrenOf } from "../../expr/map.ts";
import { BOOLEAN } from "../../types/types.ts";
import type { RuleContext } from "../context.ts";
import { isMovable } from "../fallible.ts";
import { conjunction, disjunction, FALSE, literal, TRUE } from "../predicates.ts";
import { rewriteExpressions } from "../rewrite-expressions.ts";
import type { PlanRule } from "../rule.ts";

/** Evaluates what has no columns, and drops the branches of AND, OR and CASE that constants decide. */
export const foldConstants: PlanRule = {
  name: "FoldConstants",
  on: "Plan",
  apply: (plan, context) => rewriteExpressions(plan, (part) => foldExpr(part, context)),
};

/** One step; the children are folded already. */
function foldExpr(expr: Expr, context: RuleContext): Expr {
  switch (expr.kind) {
    case "And":
      return foldConnective(expr, false);
    case "Or":
      return foldConnective(expr, true);
    case "Not":
      if (expr.input.kind !== "Literal") return expr;
      return expr.input.value === null ? literal(null, BOOLEAN) : expr.input.value === true ? FALSE : TRUE;
    case "IsNull":
      return expr.input.kind === "Literal" ? ((expr.input.value === null) === expr.negated ? FALSE : TRUE) : expr;
    case "Case":
      return foldCase(expr);
    case "Call":
    case "Cast":
    case "InList":
      return childrenOf(expr).every(({ kind }) => kind === "Literal") ? (context.fold(expr) ?? expr) : expr;
    case "Literal":
    case "Column":
    case "Parameter":
    case "Subquery":
    case "Lambda":
    case "LambdaParameter":
      return expr;
  }
}

/** `decisive`: TRUE for OR, FALSE for AND. What stands before a decisive constant still evaluates where it can fail. */
function foldConnective(expr: Extract<Expr, { kind: "And" | "Or" }>, decisive: boolean): Expr {
  if (!expr.args.some(({ kind }) => kind === "Literal" || kind === expr.kind)) return expr;
  const kept: Expr[] = [];
  for (const arg of expr.args.flatMap((part) => (part.kind === expr.kind ? part.args : [part]))) {
    if (arg.kind === "Literal" && arg.value === decisive) {
      if (kept.every(isMovable)) return decisive ? TRUE : FALSE;
      kept.push(arg);
      break;
    }
    if (!(arg.kind === "Literal" && arg.value === !decisive)) kept.push(arg);
  }
  if (kept.length === 1 || kept.length === 0) return decisive ? disjunction(kept) : conjunction(kept);
  return { ...expr, args: kept };
}

function foldCase(expr: Case): Expr {
  if (!expr.branches.some(({ when }) => when.kind === "Literal")) return expr;
  const branches: Case["branches"][number][] = [];
  for (const branch of expr.branches) {
    if (branch.when.kind !== "Literal") branches.push(branch);
    else if (branch.when.value === true) {
      return branches.length === 0 ? branch.then : { ...expr, branches, otherwise: branch.then };
    }
  }
  return branches.length === 0 ? expr.otherwise : { ...expr, branches };
}
