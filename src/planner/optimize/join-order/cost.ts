import type { JoinGraph, Joining } from "./graph.ts";
import type { RelationSet } from "./region.ts";

/** A join tree over a set of relations. */
export type JoinTree =
  | { readonly kind: "Leaf"; readonly set: RelationSet; readonly cost: number }
  | {
      readonly kind: "Node";
      readonly set: RelationSet;
      readonly left: JoinTree;
      readonly right: JoinTree;
      readonly joining: Joining;
      readonly cost: number;
    };

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

/** The price of probing `probe` rows into a table of `build` rows, in rows passed through a pipeline; `width`: bytes per row built. */
export function hashing(probe: number, build: number, width = 32): number {
  // A table that fits the second-level cache costs a probe no more than the hash; main memory costs several times that.
  const reach = Math.min(3, 1 + 0.25 * Math.max(0, Math.log2(Math.max(1, build) / 16_384)));
  return probe * reach + build * reach * (1.5 + width / 32);
}
