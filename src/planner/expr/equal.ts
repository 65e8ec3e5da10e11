import { formatDatum } from "../types/literals.ts";
import { sameType } from "../types/types.ts";
import type { Expr, Literal } from "./expr.ts";
import { childrenOf } from "./map.ts";

/** Whether two expressions have the same structure over the same columns (spans aside). Subqueries equal only themselves. */
export function sameExpr(a: Expr, b: Expr): boolean {
  const pending: [Expr, Expr][] = [[a, b]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [x, y] = pair;
    if (x === y) continue;
    if (!sameNode(x, y)) return false;
    const [left, right] = [childrenOf(x), childrenOf(y)];
    if (left.length !== right.length) return false;
    for (const [i, child] of left.entries()) pending.push([child, right[i] as Expr]);
  }
  return true;
}

/** Everything but the children. */
function sameNode(x: Expr, y: Expr): boolean {
  switch (x.kind) {
    case "Literal":
      return y.kind === "Literal" && sameLiteral(x, y);
    case "Column":
      return y.kind === "Column" && x.column.id === y.column.id;
    case "Parameter":
      return y.kind === "Parameter" && x.index === y.index;
    case "Call":
      return y.kind === "Call" && x.name === y.name && sameType(x.type, y.type);
    case "Cast":
      return y.kind === "Cast" && x.try === y.try && sameType(x.type, y.type);
    case "Case":
    case "And":
    case "Or":
    case "Not":
      return y.kind === x.kind;
    case "IsNull":
      return y.kind === "IsNull" && x.negated === y.negated;
    case "InList":
      return (
        y.kind === "InList" &&
        x.values.length === y.values.length &&
        x.values.every((value, i) => sameLiteral(value, y.values[i] as Literal))
      );
    case "Lambda":
      return y.kind === "Lambda" && x.parameters.length === y.parameters.length;
    case "LambdaParameter":
      return y.kind === "LambdaParameter" && x.id === y.id && sameType(x.type, y.type);
    case "Subquery":
      return false;
  }
}

function sameLiteral(x: Literal, y: Literal): boolean {
  if (!sameType(x.type, y.type)) return false;
  if (x.value === null || y.value === null) return x.value === y.value;
  return x.value === y.value || formatDatum(x.value, x.type) === formatDatum(y.value, y.type);
}
