import type { Expr } from "../expr/expr.ts";
import { mapWindowCall } from "../logical/map.ts";
import type { LogicalPlan, Window } from "../logical/plan.ts";
import { isPrefix, sameList, type WindowCollector } from "./window.ts";

type Node = Omit<Window, "kind" | "input">;

/**
 * The plan with the collected window functions on top: one node for all that share partitions and whose orders are prefixes of
 * one another, one above the other. `over` rewrites expressions in terms of what the plan puts out.
 */
export function withWindows(plan: LogicalPlan, { found }: WindowCollector, over: (expr: Expr) => Expr): LogicalPlan {
  const nodes: Node[] = [];
  // The longest order first: shorter ones join it.
  for (const { spec, column, call } of found.toSorted((a, b) => b.spec.orderBy.length - a.spec.orderBy.length)) {
    const partitionBy = spec.partitionBy.map(over);
    const orderBy = spec.orderBy.map((key) => ({ ...key, expr: over(key.expr) }));
    const fn = { column, call: { ...mapWindowCall({ ...call, orderKeys: 0 }, over), orderKeys: orderBy.length } };
    const at = nodes.findIndex((node) => sameList(node.partitionBy, partitionBy) && isPrefix(orderBy, node.orderBy));
    const node = nodes[at];
    if (node === undefined) nodes.push({ partitionBy, orderBy, functions: [fn] });
    else nodes[at] = { ...node, functions: [...node.functions, fn] };
  }
  return nodes.reduce<LogicalPlan>((input, node) => ({ kind: "Window", input, ...node }), plan);
}
