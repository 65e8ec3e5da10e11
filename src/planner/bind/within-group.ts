/** `f(...) WITHIN GROUP (ORDER BY x)`: the same as an aggregate of x, or one with an ORDER BY of its own. */
import type { Expression, FunctionArgument, FunctionCall, Identifier, OrderItem } from "../../sql/ast.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";

const QUANTILES: ReadonlyMap<string, string> = new Map([
  ["percentile_cont", "quantile_cont"],
  ["percentile_disc", "quantile_disc"],
  ["quantile_cont", "quantile_cont"],
  ["quantile_disc", "quantile_disc"],
]);
const ORDERED: ReadonlySet<string> = new Set(["listagg", "string_agg", "group_concat", "array_agg", "list"]);

/** The call without WITHIN GROUP. */
export function withoutGroup(ctx: BindContext, name: string, node: FunctionCall): FunctionCall {
  const order = node.withinGroup;
  if (order === undefined) return node;
  if (order.kind === "OrderByAll") throw unsupported(ctx, "WITHIN GROUP (ORDER BY ALL)", order);
  if (node.orderBy !== undefined) throw bindError(ctx, "a call takes one ORDER BY: inside or WITHIN GROUP", node);
  if (ORDERED.has(name)) return { ...node, orderBy: order, withinGroup: undefined };
  const quantile = QUANTILES.get(name);
  if (quantile === undefined && name !== "mode") {
    const hint = "percentile_cont, percentile_disc, mode and string_agg do";
    throw bindError(ctx, `${name} takes no WITHIN GROUP`, node, hint);
  }
  const [item, another] = order.items;
  if (item === undefined || another !== undefined) {
    throw bindError(ctx, `${name} takes one expression WITHIN GROUP (ORDER BY ...)`, order);
  }
  const [fraction, ...more] = node.args;
  const wanted = quantile === undefined ? 0 : 1;
  if (more.length > 0 || (fraction === undefined ? 0 : 1) !== wanted) {
    throw bindError(
      ctx,
      `${name} takes ${wanted === 0 ? "no argument" : "one argument, the fraction,"} before WITHIN GROUP`,
      node,
    );
  }
  const value: FunctionArgument = {
    kind: "FunctionArgument",
    name: undefined,
    value: item.expression,
    span: item.span,
  };
  if (quantile === undefined || fraction === undefined) {
    return { ...renamed(node, name), args: [value], orderBy: order };
  }
  const own = isDescending(item) ? { ...fraction, value: fromTheEnd(ctx, fraction.value) } : fraction;
  return { ...renamed(node, quantile), args: [value, own] };
}

function renamed(node: FunctionCall, name: string): FunctionCall {
  const identifier: Identifier = { kind: "Identifier", name, quoted: false, span: node.name.span };
  return { ...node, name: { ...node.name, parts: [identifier] }, withinGroup: undefined };
}

const isDescending = ({ direction }: OrderItem): boolean => direction === "desc";

/** Quantiles count from the end where the fraction is negative. */
function fromTheEnd(ctx: BindContext, fraction: Expression): Expression {
  if (fraction.kind === "ListLiteral") {
    return { ...fraction, items: fraction.items.map((item) => fromTheEnd(ctx, item)) };
  }
  if (fraction.kind !== "NumberLiteral") throw unsupported(ctx, "a computed fraction with DESC", fraction);
  if (Number(fraction.text) === 0) return { ...fraction, form: "integer", text: "1" };
  return { kind: "Unary", operator: "-", operand: fraction, span: fraction.span };
}
