import type { Binary, BinaryOperator, ComparisonOperator, Expression, Like, Logical, Unary } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { VARCHAR } from "../types/types.ts";
import { toBoolean } from "./coercion.ts";
import { bindComparison, compare } from "./comparison.ts";
import { type BindContext, spanOf, unsupported } from "./context.ts";
import type { Environment } from "./environment.ts";
import { callScalar } from "./function-call.ts";
import { bindNumber } from "./literal.ts";
import { and, not, or } from "./logic.ts";
import { scalarFunction } from "../functions/registry.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">="]);

function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return COMPARISONS.has(operator);
}

/** A chain of binary operators leans left and may be very long: its spine is walked in a loop. */
export function bindBinary(env: Environment, node: Binary): Expr {
  const spine: Binary[] = [];
  let bottom: Expression = node;
  while (bottom.kind === "Binary" && !(isComparison(bottom.operator) && bottom.left.kind === "Row")) {
    spine.push(bottom);
    bottom = bottom.left;
  }
  let left =
    bottom.kind === "Binary"
      ? bindComparison(env, bottom.operator as ComparisonOperator, bottom.left, bottom.right, bottom)
      : env.bind(bottom);
  for (const binary of spine.toReversed()) left = bindOperator(env.ctx, binary, left, env.bind(binary.right));
  return left;
}

function bindOperator(ctx: BindContext, node: Binary, left: Expr, right: Expr): Expr {
  const { operator } = node;
  if (isComparison(operator)) return compare(ctx, operator, left, right, node);
  switch (operator) {
    case "~":
      return callScalar(ctx, "regexp_full_match", [left, right], node);
    case "!~":
      return not(callScalar(ctx, "regexp_full_match", [left, right], node), spanOf(ctx, node));
    case "~*":
    case "!~*": {
      const flag: Expr = { kind: "Literal", value: "i", type: VARCHAR };
      const matches = callScalar(ctx, "regexp_full_match", [left, right, flag], node);
      return operator === "~*" ? matches : not(matches, spanOf(ctx, node));
    }
    case "<@":
      return callScalar(ctx, "list_has_all", [right, left], node);
    case "^@":
      return callScalar(ctx, "starts_with", [left, right], node);
    default:
      if (scalarFunction(operator) === undefined) throw unsupported(ctx, `the operator ${operator}`, node);
      return callScalar(ctx, operator, [left, right], node);
  }
}

export function bindUnary(env: Environment, node: Unary): Expr {
  const { ctx } = env;
  const { operand, operator } = node;
  switch (operator) {
    case "NOT":
      return not(toBoolean(ctx, env.bind(operand), "the operand of NOT"), spanOf(ctx, node));
    case "+":
      return env.bind(operand);
    case "-":
      if (operand.kind === "NumberLiteral") return bindNumber(ctx, { ...operand, span: node.span }, true);
      return callScalar(ctx, "-", [env.bind(operand)], node);
    case "@":
      return callScalar(ctx, "abs", [env.bind(operand)], node);
    case "!":
      return callScalar(ctx, "factorial", [env.bind(operand)], node);
    case "~":
      if (scalarFunction("~") === undefined) throw unsupported(ctx, "the operator ~", node);
      return callScalar(ctx, "~", [env.bind(operand)], node);
  }
}

export function bindLogical(env: Environment, node: Logical): Expr {
  const args = node.operands.map((operand) => toBoolean(env.ctx, env.bind(operand), `an operand of ${node.operator}`));
  const span = spanOf(env.ctx, node);
  return node.operator === "AND" ? and(args, span) : or(args, span);
}

const LIKE_FUNCTIONS: { readonly [O in Like["operator"]]: string } = {
  LIKE: "like",
  ILIKE: "ilike",
  GLOB: "glob",
  "SIMILAR TO": "regexp_full_match",
};

/** `s LIKE p` and its kin; negated by a function of its own where there is one. */
export function bindLike(env: Environment, node: Like): Expr {
  const { ctx } = env;
  const args = [env.bind(node.operand), env.bind(node.pattern)];
  let name = LIKE_FUNCTIONS[node.operator];
  if (node.escape !== undefined) {
    if (node.operator !== "LIKE" && node.operator !== "ILIKE")
      throw unsupported(ctx, `ESCAPE after ${node.operator}`, node);
    name = `${name}_escape`;
    args.push(env.bind(node.escape));
  }
  if (scalarFunction(name) === undefined)
    throw unsupported(ctx, node.escape === undefined ? node.operator : "ESCAPE", node);
  if (node.negated && scalarFunction(`not_${name}`) !== undefined) return callScalar(ctx, `not_${name}`, args, node);
  const matches = callScalar(ctx, name, args, node);
  return node.negated ? not(matches, spanOf(ctx, node)) : matches;
}
