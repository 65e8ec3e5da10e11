import { HeadraceError } from "../../../error.ts";
import { joinedTree, type JoinTree } from "./cost.ts";
import type { JoinGraph } from "./graph.ts";

/** Greedy operator ordering: joins the pair with the smallest result, again and again; cross products only when nothing else is left. */
export function greedyOrder(graph: JoinGraph): JoinTree {
  const trees: JoinTree[] = Array.from({ length: graph.size }, (_, i) => ({ kind: "Leaf", set: 1 << i, cost: 0 }));
  while (trees.length > 1) {
    const next = bestPair(graph, trees, false) ?? bestPair(graph, trees, true);
    if (next === undefined) throw new HeadraceError("internal", "a join region has relations that cannot be joined");
    const [joined, left, right] = next;
    trees.splice(trees.indexOf(left), 1);
    trees.splice(trees.indexOf(right), 1);
    trees.push(joined);
  }
  return trees[0] as JoinTree;
}

function bestPair(
  graph: JoinGraph,
  trees: readonly JoinTree[],
  cross: boolean,
): readonly [JoinTree, JoinTree, JoinTree] | undefined {
  let best: readonly [JoinTree, JoinTree, JoinTree] | undefined;
  let least = Infinity;
  for (const left of trees) {
    for (const right of trees) {
      if (left === right) continue;
      const joining = graph.joining(left.set, right.set);
      if (joining === undefined || (!cross && joining.conditions.length === 0 && joining.attachment === undefined))
        continue;
      const rows = graph.rows(left.set | right.set);
      if (rows >= least) continue;
      least = rows;
      best = [joinedTree(graph, left, right, joining), left, right];
    }
  }
  return best;
}
