import type { Expr } from "../../expr/expr.ts";
import { columnsOf } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import type { Estimate, Estimator } from "../cardinality/estimate.ts";
import type { ColumnEstimate } from "../cardinality/column-estimate.ts";
import { domainOf, matchedFraction, MOST_ROWS } from "../cardinality/join.ts";
import { selectivityOf } from "../cardinality/selectivity.ts";
import { comparison, equalityBetween } from "../predicates.ts";
import type { Attachment, JoinRegion, RelationSet } from "./region.ts";

/** `left` and `right` are disjoint; the edge connects a superset of the one with a superset of the other. */
export type HyperEdge = { readonly left: RelationSet; readonly right: RelationSet };

/** How two disjoint sets of relations may be joined. `filters` hold above the join: its own conditions decide what it attaches. */
export type Joining = {
  readonly attachment: Attachment | undefined;
  readonly conditions: readonly Expr[];
  readonly filters: readonly Expr[];
};

/** The hypergraph of a join region with its cardinalities. */
export type JoinGraph = {
  readonly size: number;
  readonly edges: readonly HyperEdge[];
  /** Estimated rows of the join of a set of relations, the same however it is reached. */
  readonly rows: (set: RelationSet) => number;
  /** The join of `left` with `right` in these places; undefined where not allowed. Without conditions: a cross product. */
  readonly joining: (left: RelationSet, right: RelationSet) => Joining | undefined;
};

export function createGraph(region: JoinRegion, estimator: Estimator): JoinGraph {
  const { relations, predicates, classes } = region;
  const estimates = relations.map(({ plan }) => estimator.of(plan));
  const attached = relations.reduce((set, { attachment }, i) => (attachment === undefined ? set : set | (1 << i)), 0);
  const classSets = classes.map(({ members }) => members.reduce((set, { relation }) => set | (1 << relation), 0));
  return {
    size: relations.length,
    edges: edgesOf(region),
    rows: memoized(createCardinality(region, estimates)),
    joining: (left, right) => {
      if (isPending(left, attached)) return undefined;
      const both = left | right;
      const ready = predicates
        .filter(({ needs }) => (needs & ~both) === 0 && (needs & ~left) !== 0 && (needs & ~right) !== 0)
        .map(({ expr }) => expr);
      if (isPending(right, attached)) {
        const attachment = relations[indexOf(right)]?.attachment;
        if (attachment === undefined || (attachment.needs & ~left) !== 0) return undefined;
        return { attachment, conditions: attachment.conditions, filters: ready };
      }
      const conditions: Expr[] = [];
      for (const [k, set] of classSets.entries()) {
        if ((set & left) === 0 || (set & right) === 0) continue;
        const members = classes[k]?.members ?? [];
        const a = members.find(({ relation }) => left & (1 << relation));
        const b = members.find(({ relation }) => right & (1 << relation));
        if (a !== undefined && b !== undefined) conditions.push(comparison("=", a.column, b.column));
      }
      return { attachment: undefined, conditions: [...conditions, ...ready], filters: [] };
    },
  };
}

/** A relation that waits to be attached; it cannot be joined otherwise. */
function isPending(set: RelationSet, attached: RelationSet): boolean {
  return (set & attached) !== 0 && (set & (set - 1)) === 0;
}

export function indexOf(single: RelationSet): number {
  return 31 - Math.clz32(single);
}

function edgesOf({ relations, predicates, classes }: JoinRegion): readonly HyperEdge[] {
  const edges: HyperEdge[] = [];
  for (const { members } of classes) {
    for (const [i, a] of members.entries()) {
      for (const b of members.slice(i + 1))
        if (a.relation !== b.relation) edges.push({ left: 1 << a.relation, right: 1 << b.relation });
    }
  }
  for (const [i, { attachment }] of relations.entries())
    if (attachment !== undefined) edges.push({ left: attachment.needs, right: 1 << i });
  const relationOf = (id: number): number => relations.findIndex(({ plan }) => columnIds(plan).has(id));
  const known = new WeakMap<object, ReadonlySet<number>>();
  const columnIds = (plan: JoinRegion["relations"][number]["plan"]): ReadonlySet<number> => {
    const found = known.get(plan) ?? new Set(idsOf(plan));
    known.set(plan, found);
    return found;
  };
  for (const { expr, needs } of predicates) {
    if ((needs & (needs - 1)) === 0) continue;
    // A comparison connects what its two sides read; anything else connects one relation with the others it reads.
    const [first, second] = expr.kind === "Call" && expr.args.length === 2 ? expr.args : [];
    const left = first === undefined ? 0 : setOf(first, relationOf);
    const right = second === undefined ? 0 : setOf(second, relationOf);
    if (left !== 0 && right !== 0 && (left & right) === 0 && (left | right) === needs) edges.push({ left, right });
    else edges.push({ left: needs & -needs, right: needs & (needs - 1) });
  }
  return edges;
}

function idsOf(plan: JoinRegion["relations"][number]["plan"]): readonly number[] {
  return outputColumns(plan).map(({ id }) => id);
}

function setOf(expr: Expr, relationOf: (id: number) => number): RelationSet {
  let set = 0;
  for (const id of columnsOf(expr).keys()) {
    const relation = relationOf(id);
    if (relation >= 0) set |= 1 << relation;
  }
  return set;
}

function memoized(rows: (set: RelationSet) => number): (set: RelationSet) => number {
  const known = new Map<RelationSet, number>();
  return (set) => {
    const found = known.get(set);
    if (found !== undefined) return found;
    const made = rows(set);
    known.set(set, made);
    return made;
  };
}

/**
 * Relations are added largest first, each dividing by the domains of the equality classes that connect it. When several
 * classes lead to one relation, they form a composite key, whose domain is at most the smaller side's unfiltered rows.
 */
function createCardinality(region: JoinRegion, estimates: readonly Estimate[]): (set: RelationSet) => number {
  const { relations, predicates, classes } = region;
  const columns = new Map<number, ColumnEstimate>();
  for (const estimate of estimates) for (const [id, column] of estimate.columns) columns.set(id, column);
  const members = classes.map((one) =>
    one.members.map(({ relation, column }) => ({ relation, domain: columns.get(column.column.id)?.domain ?? 1 })),
  );
  const others = predicates.map(({ expr, needs }) => ({ needs, selectivity: predicateSelectivity(expr, columns) }));
  const factors = relations.map(({ attachment }, i) =>
    attachment === undefined
      ? 1
      : attachmentFactor(attachment, columns, estimates[i] as Estimate, leftRows(attachment, estimates)),
  );
  const bySize = estimates.map((_, i) => i).toSorted((a, b) => (estimates[b]?.rows ?? 0) - (estimates[a]?.rows ?? 0));

  return (set) => {
    let rows = 1;
    let joined = 0;
    const waiting = bySize.filter((i) => set & (1 << i) && relations[i]?.attachment === undefined);
    while (waiting.length > 0) {
      const at =
        joined === 0
          ? 0
          : Math.max(
              0,
              waiting.findIndex((i) => members.some((m) => links(m, joined, i))),
            );
      const [next] = waiting.splice(at, 1) as [number];
      const estimate = estimates[next] as Estimate;
      rows *= estimate.rows / compositeDomain(members, joined, next, estimates);
      joined |= 1 << next;
    }
    for (const { needs, selectivity } of others) if ((needs & ~set) === 0) rows *= selectivity;
    for (const [i, factor] of factors.entries()) if (set & (1 << i)) rows *= factor;
    return joined === 0 ? (estimates[indexOf(set)]?.rows ?? 1) : Math.min(MOST_ROWS, Math.max(rows, 0.01));
  };
}

type Member = { readonly relation: number; readonly domain: number };

function links(members: readonly Member[], joined: RelationSet, next: number): boolean {
  return members.some(({ relation }) => relation === next) && members.some(({ relation }) => joined & (1 << relation));
}

function compositeDomain(
  classes: readonly (readonly Member[])[],
  joined: RelationSet,
  next: number,
  estimates: readonly Estimate[],
): number {
  let product = 1;
  let count = 0;
  // Relations already joined that hold all of the key's columns.
  let holders = joined;
  for (const members of classes) {
    if (!links(members, joined, next)) continue;
    let domain = 1;
    let holding = 0;
    for (const member of members) {
      if (member.relation !== next && !(joined & (1 << member.relation))) continue;
      domain = Math.max(domain, member.domain);
      holding |= 1 << member.relation;
    }
    product *= domain;
    holders &= holding;
    count++;
  }
  if (count < 2 || holders === 0) return product;
  let total = estimates[next]?.total ?? Infinity;
  for (const [i, estimate] of estimates.entries()) if (holders & (1 << i)) total = Math.min(total, estimate.total);
  return Math.max(1, Math.min(product, total));
}

function predicateSelectivity(expr: Expr, columns: ReadonlyMap<number, ColumnEstimate>): number {
  if (expr.kind === "Call" && (expr.name === "=" || expr.name === "is_not_distinct")) {
    const [left, right] = expr.args;
    if (left !== undefined && right !== undefined)
      return 1 / Math.max(1, domainOf(left, columns), domainOf(right, columns));
  }
  return selectivityOf(expr, columns);
}

function leftRows({ needs }: Attachment, estimates: readonly Estimate[]): number {
  return estimates.reduce((rows, estimate, i) => (needs & (1 << i) ? Math.max(rows, estimate.rows) : rows), 1);
}

/** By how much an attached relation changes the number of rows. */
function attachmentFactor(
  attachment: Attachment,
  columns: ReadonlyMap<number, ColumnEstimate>,
  right: Estimate,
  rows: number,
): number {
  const left: Estimate = { rows, total: rows, columns: new Map([...columns].filter(([id]) => !right.columns.has(id))) };
  const keys: { readonly left: Expr; readonly right: Expr }[] = [];
  let residual = 1;
  for (const condition of attachment.conditions) {
    const key = equalityBetween(
      condition,
      (id) => left.columns.has(id),
      (id) => right.columns.has(id),
    );
    if (key === undefined) residual *= selectivityOf(condition, columns);
    else keys.push(key);
  }
  const product = keys.reduce(
    (all, key) => all * Math.max(domainOf(key.left, left.columns), domainOf(key.right, right.columns)),
    1,
  );
  const domain = keys.length > 1 ? Math.max(1, Math.min(product, right.total)) : product;
  const matched = matchedFraction(left, right, keys, domain, residual);
  if (attachment.join === "semi") return Math.max(matched, 1e-6);
  if (attachment.join === "anti") return Math.max(1 - matched, 0.01);
  return Math.max(1, (right.rows / domain) * residual + 1 - matched);
}
