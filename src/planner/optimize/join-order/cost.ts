import type { JoinGraph, Joining } from "./graph.ts";
import type { RelationSet } from "./region.ts";

/** A join tree over a set of relations. */
export type JoinTree =
  | { readonly kind: "Leaf"; readonly set: RelationSet; readonly cost: number }
  | { readonly kind: "Node"; readonly set: RelationSet; readonly left: JoinTree; readonly right: JoinTree; readonly joining: Joining; readonly cost: number };

const BUILD_ROW = 2;

/**
 * C_out (the sum of all intermediate cardinalities) plus what hashing costs: rows put into the table, and probes, which get
 * dearer as the table outgrows the caches. The side that is cheaper to build is taken as the build side.
 */
export function joinedTree(graph: JoinGraph, left: JoinTree, right: JoinTree, joining: Joining): JoinTree {
  const set = left.set | right.set;
  const out = graph.rows(set);
  const a = graph.rows(left.set);
  const b = graph.rows(right.set);
  const isCross = joining.conditions.length === 0 && joining.attachment === undefined;
  const work = isCross ? a * b : Math.min(hashing(a, b), hashing(b, a));
  return { kind: "Node", set, left, right, joining, cost: left.cost + right.cost + out + work };
}

function hashing(probe: number, build: number): number {
  const reach = build < 20_000 ? 1 : build < 500_000 ? 1.5 : 2.5;
  return probe * reach + build * BUILD_ROW * reach;
}
