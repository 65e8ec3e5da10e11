import { joinedTree, type JoinTree } from "./cost.ts";
import type { JoinGraph } from "./graph.ts";
import type { RelationSet } from "./region.ts";

/** Beyond this many pairs the search is given up; a clique of 10 relations has 28,501. */
const MAX_PAIRS = 40_000;

/**
 * The cheapest join tree without cross products: DPhyp (Moerkotte & Neumann, "Dynamic Programming Strikes Back", 2008), which
 * enumerates each pair of connected sets joined by a hyperedge once. Undefined when the graph is not connected or too large.
 */
export function dphyp(graph: JoinGraph): JoinTree | undefined {
  const { size, edges } = graph;
  const best = new Map<RelationSet, JoinTree>();
  let pairs = 0;

  const neighbours = (set: RelationSet, excluded: RelationSet): RelationSet => {
    let found = 0;
    const taken = set | excluded;
    for (const { left, right } of edges) {
      // Of a hyperedge's far end only the lowest relation is a neighbour: it stands for the rest.
      if ((left & ~set) === 0 && (right & taken) === 0) found |= right & -right;
      if ((right & ~set) === 0 && (left & taken) === 0) found |= left & -left;
    }
    return found;
  };
  const areConnected = (a: RelationSet, b: RelationSet): boolean =>
    edges.some(
      ({ left, right }) => ((left & ~a) === 0 && (right & ~b) === 0) || ((right & ~a) === 0 && (left & ~b) === 0),
    );

  const emitPair = (a: RelationSet, b: RelationSet): void => {
    pairs++;
    const treeA = best.get(a);
    const treeB = best.get(b);
    if (treeA === undefined || treeB === undefined) return;
    for (const [left, right] of [
      [treeA, treeB],
      [treeB, treeA],
    ] as const) {
      const joining = graph.joining(left.set, right.set);
      if (joining === undefined || (joining.conditions.length === 0 && joining.attachment === undefined)) continue;
      const tree = joinedTree(graph, left, right, joining);
      const known = best.get(tree.set);
      if (known === undefined || tree.cost < known.cost) best.set(tree.set, tree);
      return;
    }
  };

  const extendComplement = (a: RelationSet, b: RelationSet, excluded: RelationSet): void => {
    const around = neighbours(b, excluded | a);
    if (around === 0 || pairs > MAX_PAIRS) return;
    for (const subset of subsets(around)) {
      if (best.has(b | subset) && areConnected(a, b | subset)) emitPair(a, b | subset);
    }
    for (const subset of subsets(around)) extendComplement(a, b | subset, excluded | around);
  };
  const emitConnected = (a: RelationSet): void => {
    const excluded = a | upTo(a & -a);
    const around = neighbours(a, excluded);
    for (let i = size - 1; i >= 0; i--) {
      const b = 1 << i;
      if ((around & b) === 0) continue;
      if (areConnected(a, b)) emitPair(a, b);
      extendComplement(a, b, excluded | (upTo(b) & around));
    }
  };
  const extendConnected = (a: RelationSet, excluded: RelationSet): void => {
    const around = neighbours(a, excluded);
    if (around === 0 || pairs > MAX_PAIRS) return;
    for (const subset of subsets(around)) if (best.has(a | subset)) emitConnected(a | subset);
    for (const subset of subsets(around)) extendConnected(a | subset, excluded | around);
  };

  for (let i = 0; i < size; i++) best.set(1 << i, { kind: "Leaf", set: 1 << i, cost: 0 });
  for (let i = size - 1; i >= 0; i--) {
    emitConnected(1 << i);
    extendConnected(1 << i, upTo(1 << i));
  }
  return pairs > MAX_PAIRS ? undefined : best.get(2 ** size - 1);
}

/** All relations up to and with the given one. */
function upTo(single: RelationSet): RelationSet {
  return single | (single - 1);
}

/** The nonempty subsets, in ascending order. */
function* subsets(set: RelationSet): Generator<RelationSet> {
  for (let subset = set & -set; subset !== 0; subset = (subset - set) & set) yield subset;
}
