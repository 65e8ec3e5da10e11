import { ref } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import { mapInputs } from "../../logical/map.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import type { JoinTree } from "../join-order/cost.ts";
import { dphyp } from "../join-order/dphyp.ts";
import { createGraph, indexOf } from "../join-order/graph.ts";
import { greedyOrder } from "../join-order/greedy.ts";
import { collectRegion, isRegionJoin, type JoinRegion } from "../join-order/region.ts";
import type { RuleContext } from "../context.ts";
import { filtered } from "../predicates.ts";
import type { PlanRule } from "../rule.ts";
import { restrictedTo } from "../unnest/subqueries.ts";

/** Up to this many relations the best tree is searched, beyond it a good one is built greedily. */
const MAX_EXHAUSTIVE = 12;

/** Orders trees of inner, left, semi and anti joins by estimated cost; other joins stay between the regions below them. */
export const orderJoins: PlanRule = {
  name: "OrderJoins",
  on: "Plan",
  apply: (plan, context) => restrictedTo(order(plan, context), outputColumns(plan)),
};

function order(plan: LogicalPlan, context: RuleContext): LogicalPlan {
  if (!isRegionJoin(plan)) return mapInputs(plan, (input) => order(input, context));
  // A leaf that is itself a join is too much for one region.
  const region = collectRegion(plan, (leaf) => order(leaf, context));
  const graph = createGraph(region, context.estimate);
  const tree = (graph.size <= MAX_EXHAUSTIVE ? dphyp(graph) : undefined) ?? greedyOrder(graph);
  const larger = (a: JoinTree, b: JoinTree): boolean => graph.rows(a.set) >= graph.rows(b.set);
  const joined = planOf(tree, region, larger);
  if (region.renamed.length === 0) return joined;
  const kept = outputColumns(joined).map((column) => ({ column, expr: ref(column) }));
  return { kind: "Project", input: joined, outputs: [...kept, ...region.renamed] };
}

/** The larger side goes left, where it will be probed from, unless the kind of join fixes the sides. */
function planOf(tree: JoinTree, region: JoinRegion, larger: (a: JoinTree, b: JoinTree) => boolean): LogicalPlan {
  if (tree.kind === "Leaf") return (region.relations[indexOf(tree.set)] as JoinRegion["relations"][number]).plan;
  const { attachment, conditions, filters } = tree.joining;
  const swap = attachment === undefined && !larger(tree.left, tree.right);
  const left = planOf(swap ? tree.right : tree.left, region, larger);
  const right = planOf(swap ? tree.left : tree.right, region, larger);
  return filtered(
    { kind: "Join", join: attachment?.join ?? "inner", left, right, conditions, mark: undefined },
    filters,
  );
}
