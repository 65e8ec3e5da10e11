import { describe, expect, test } from "vitest";
import { comparison, literal } from "../../../src/planner/optimize/predicates.ts";
import { joinedTree, type JoinTree } from "../../../src/planner/optimize/join-order/cost.ts";
import { dphyp } from "../../../src/planner/optimize/join-order/dphyp.ts";
import type { HyperEdge, JoinGraph } from "../../../src/planner/optimize/join-order/graph.ts";
import { greedyOrder } from "../../../src/planner/optimize/join-order/greedy.ts";
import { INTEGER } from "../../../src/planner/types/types.ts";

const CONDITION = comparison("=", literal(1, INTEGER), literal(1, INTEGER));

/** A connected graph of simple edges and some hyperedges, with arbitrary cardinalities. */
function randomGraph(size: number, seed: number): JoinGraph {
  let state = seed;
  const below = (bound: number): number => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % bound;
  };
  const edges: HyperEdge[] = [];
  for (let i = 1; i < size; i++) edges.push({ left: 1 << below(i), right: 1 << i });
  for (let i = below(3); i > 0; i--) {
    const left = 1 + below(2 ** size - 1);
    const right = (1 + below(2 ** size - 1)) & ~left;
    if (right !== 0) edges.push({ left, right });
  }
  const cardinality = new Map<number, number>();
  const within = (inner: number, outer: number): boolean => (inner & ~outer) === 0;
  return {
    size,
    edges,
    rows: (set) => {
      const rows = cardinality.get(set) ?? 1 + below(10_000);
      cardinality.set(set, rows);
      return rows;
    },
    joining: (a, b) => {
      const connected = edges.some(
        ({ left, right }) => (within(left, a) && within(right, b)) || (within(left, b) && within(right, a)),
      );
      return { attachment: undefined, conditions: connected ? [CONDITION] : [], filters: [] };
    },
  };
}

/** The cheapest tree by trying every split of every set. */
function exhaustive(graph: JoinGraph): JoinTree | undefined {
  const best = new Map<number, JoinTree>();
  for (let set = 1; set < 2 ** graph.size; set++) {
    if ((set & (set - 1)) === 0) {
      best.set(set, { kind: "Leaf", set, cost: 0 });
      continue;
    }
    for (let left = (set - 1) & set; left !== 0; left = (left - 1) & set) {
      const a = best.get(left);
      const b = best.get(set & ~left);
      if (a === undefined || b === undefined) continue;
      const joining = graph.joining(a.set, b.set);
      if (joining === undefined || joining.conditions.length === 0) continue;
      const tree = joinedTree(graph, a, b, joining);
      if (tree.cost < (best.get(set)?.cost ?? Infinity)) best.set(set, tree);
    }
  }
  return best.get(2 ** graph.size - 1);
}

describe("join ordering", () => {
  for (const size of [2, 3, 4, 5, 6, 7]) {
    test(`DPhyp finds the cheapest tree of ${size} relations`, () => {
      for (let seed = 1; seed <= 60; seed++) {
        const graph = randomGraph(size, seed * 7919 + size);
        expect(dphyp(graph)?.cost, `seed ${seed}`).toBe(exhaustive(graph)?.cost);
      }
    });
  }

  test("the greedy order joins everything, and is never cheaper", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const graph = randomGraph(8, seed);
      const tree = greedyOrder(graph);
      expect(tree.set).toBe(255);
      expect(tree.cost).toBeGreaterThanOrEqual(dphyp(graph)?.cost ?? Infinity);
    }
  });
});
