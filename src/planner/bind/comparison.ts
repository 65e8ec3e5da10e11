import type { Span } from "../../error.ts";
import type { Between, ComparisonOperator, Expression, InList, IsBoolean, IsDistinctFrom, Row } from "../../sql/ast.ts";
import type { Expr, Literal } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { BOOLEAN, typeName } from "../types/types.ts";
import { toBoolean, toComparable } from "./coercion.ts";
import { commonCollation, comparisonKeys } from "./collation.ts";
import { type BindContext, bindError, spanOf, unsupported } from "./context.ts";
import type { Environment } from "./environment.ts";
import { and, not, or } from "./logic.ts";

type Comparison = ComparisonOperator | "is_distinct" | "is_not_distinct";

/** `left op right` of bound operands, brought to their common type. */
export function compare(
  ctx: BindContext,
  op: Comparison,
  left: Expr,
  right: Expr,
  node: { readonly span: Span },
): Expr {
  const equality = op !== "<" && op !== "<=" && op !== ">" && op !== ">=";
  const operands = toComparable(ctx, [left, right], equality);
  if (operands === undefined) throw incomparable(ctx, left, right, node);
  const args = comparisonKeys(ctx, operands, [typeOf(left), typeOf(right)], node);
  return { kind: "Call", name: op, args, type: BOOLEAN, span: spanOf(ctx, node) };
}

function incomparable(ctx: BindContext, left: Expr, right: Expr, node: { readonly span: Span }): Error {
  commonCollation(ctx, [typeOf(left), typeOf(right)], node);
  const types = `${typeName(typeOf(left))} and ${typeName(typeOf(right))}`;
  return bindError(ctx, `cannot compare ${types}: an explicit cast is required`, node, undefined, "type");
}

/** A comparison of two operands, or of two rows of the same length. */
export function bindComparison(
  env: Environment,
  op: ComparisonOperator,
  left: Expression,
  right: Expression,
  node: { readonly span: Span },
): Expr {
  if (left.kind === "Row" && right.kind === "Row") return compareRows(env, op, left, right, node);
  return compare(env.ctx, op, env.bind(left), env.bind(right), node);
}

/** Rows compare field by field: equal if all are, in order if the first unequal ones are. */
function compareRows(
  env: Environment,
  op: ComparisonOperator,
  left: Row,
  right: Row,
  node: { readonly span: Span },
): Expr {
  const { ctx } = env;
  if (left.items.length !== right.items.length || left.items.length === 0) {
    throw bindError(ctx, `cannot compare a row of ${left.items.length} with a row of ${right.items.length}`, node);
  }
  const pairs = left.items.map((item, i) => [env.bind(item), env.bind(right.items[i] as Expression)] as const);
  const equal = (count: number): Expr[] => pairs.slice(0, count).map(([l, r]) => compare(ctx, "=", l, r, node));
  const span = spanOf(ctx, node);
  if (op === "=" || op === "<>") {
    const all = and(equal(pairs.length), span);
    return op === "=" ? all : not(all, span);
  }
  const strict = op === "<=" ? "<" : op === ">=" ? ">" : op;
  const cases = pairs.map(([l, r], i) =>
    and([...equal(i), compare(ctx, i === pairs.length - 1 ? op : strict, l, r, node)], span),
  );
  return or(cases, span);
}

/** `x BETWEEN low AND high` as two comparisons in one type. */
export function bindBetween(env: Environment, node: Between): Expr {
  const { ctx } = env;
  const span = spanOf(ctx, node);
  const bound = [env.bind(node.operand), env.bind(node.low), env.bind(node.high)];
  const converted = toComparable(ctx, bound, false);
  if (converted === undefined) {
    const [operand, low, high] = bound as [Expr, Expr, Expr];
    const clash = toComparable(ctx, [operand, low], false) === undefined ? low : high;
    throw incomparable(ctx, operand, clash, node);
  }
  const [operand, low, high] = comparisonKeys(ctx, converted, bound.map(typeOf), node) as [Expr, Expr, Expr];
  const call = (name: string, right: Expr): Expr => ({
    kind: "Call",
    name,
    args: [operand, right],
    type: BOOLEAN,
    span,
  });
  let inside = and([call(">=", low), call("<=", high)], span);
  if (node.symmetric) inside = or([inside, and([call(">=", high), call("<=", low)], span)], span);
  return node.negated ? not(inside, span) : inside;
}

/** `x IN (v, ...)`: an InList of constants, else a disjunction of equalities. */
export function bindInList(env: Environment, node: InList): Expr {
  const { ctx } = env;
  const span = spanOf(ctx, node);
  const { operand } = node;
  const isIn =
    operand.kind === "Row" || node.list.some((item) => item.kind === "Row")
      ? or(
          node.list.map((item) => bindComparison(env, "=", operand, item, item)),
          span,
        )
      : inValues(ctx, env.bind(operand), node.list.map(env.bind), node);
  return node.negated ? not(isIn, span) : isIn;
}

function inValues(ctx: BindContext, input: Expr, items: readonly Expr[], node: { readonly span: Span }): Expr {
  const converted = toComparable(ctx, [input, ...items], true);
  if (converted === undefined) {
    const at = items.findIndex((item) => toComparable(ctx, [input, item], true) === undefined);
    throw incomparable(ctx, input, items[Math.max(at, 0)] as Expr, node);
  }
  const keys = comparisonKeys(ctx, converted, [input, ...items].map(typeOf), node);
  const [operand, ...values] = keys as [Expr, ...Expr[]];
  const span = spanOf(ctx, node);
  if (values.every((value): value is Literal => value.kind === "Literal")) {
    return { kind: "InList", input: operand, values, span };
  }
  return or(
    values.map((value): Expr => ({ kind: "Call", name: "=", args: [operand, value], type: BOOLEAN, span })),
    span,
  );
}

export function bindIsDistinct(env: Environment, node: IsDistinctFrom): Expr {
  if (node.left.kind === "Row" || node.right.kind === "Row")
    throw unsupported(env.ctx, "IS DISTINCT FROM between rows", node);
  return compare(
    env.ctx,
    node.negated ? "is_not_distinct" : "is_distinct",
    env.bind(node.left),
    env.bind(node.right),
    node,
  );
}

/** `x IS [NOT] TRUE | FALSE | UNKNOWN`. */
export function bindIsBoolean(env: Environment, node: IsBoolean): Expr {
  const span = spanOf(env.ctx, node);
  const operand = env.bind(node.operand);
  if (node.value === undefined) return { kind: "IsNull", input: operand, negated: node.negated, span };
  const input = toBoolean(env.ctx, operand, "the operand of IS");
  const value: Expr = { kind: "Literal", value: node.value, type: BOOLEAN };
  return {
    kind: "Call",
    name: node.negated ? "is_distinct" : "is_not_distinct",
    args: [input, value],
    type: BOOLEAN,
    span,
  };
}
