import type { Column } from "../../expr/expr.ts";
import { ref } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import { mapInputs } from "../../logical/map.ts";
import type { Aggregate, LogicalPlan } from "../../logical/plan.ts";
import { copyPlan } from "../../logical/rename.ts";
import { sameType } from "../../types/types.ts";
import { workOf } from "../cardinality/estimate.ts";
import { collectRegion, isRegionJoin, type JoinRegion } from "../join-order/region.ts";
import { comparison, equalityBetween } from "../predicates.ts";
import type { RuleContext } from "../context.ts";
import type { PlanRule } from "../rule.ts";

/** A filter pays when it leaves at most this share of the groups, and reading it again costs little beside the aggregate. */
const MAX_SHARE = 0.25;
const MAX_COST = 0.25;

/**
 * An aggregate that is joined on a group column makes only those groups that the rest of the join can use: its input is
 * semi-joined with a filtered scan that bounds the column (unnested subqueries such as TPC-H Q2, Q17 and Q20 aggregate
 * everything otherwise).
 */
export const reduceAggregates: PlanRule = {
  name: "ReduceAggregates",
  on: "Plan",
  apply: (plan, context) => reduce(plan, context),
};

function reduce(plan: LogicalPlan, context: RuleContext): LogicalPlan {
  if (!isRegionJoin(plan)) return mapInputs(plan, (input) => reduce(input, context));
  const region = collectRegion(plan, (leaf) => leaf);
  const reduced = new Map<LogicalPlan, LogicalPlan>();
  for (const [i, relation] of region.relations.entries()) {
    const better = reducedRelation(relation.plan, i, region, context);
    if (better !== undefined) reduced.set(relation.plan, better);
  }
  const leaves = new Set(region.relations.map((relation) => relation.plan));
  const rebuild = (node: LogicalPlan): LogicalPlan =>
    leaves.has(node)
      ? mapInputs(reduced.get(node) ?? node, (input) => reduce(input, context))
      : mapInputs(node, rebuild);
  return rebuild(plan);
}

function reducedRelation(
  plan: LogicalPlan,
  relation: number,
  region: JoinRegion,
  context: RuleContext,
): LogicalPlan | undefined {
  if (plan.kind === "Filter") {
    const input = reducedRelation(plan.input, relation, region, context);
    return input === undefined ? undefined : { ...plan, input };
  }
  if (plan.kind !== "Aggregate") return undefined;
  let best: { readonly aggregate: Aggregate; readonly share: number } | undefined;
  for (const { column, expr } of plan.groups) {
    if (expr.kind !== "Column") continue;
    for (const source of sourcesOf(column, relation, region)) {
      if (!sameType(source.column.type, expr.column.type)) continue;
      const share = shareOf(source, plan, context);
      if (share > MAX_SHARE || (best !== undefined && best.share <= share)) continue;
      const copy = copyPlan(
        source.plan,
        ({ name, type, nullable }) => context.newColumn(name, type, nullable),
        context.newCteId,
      );
      const key = copy.columns.get(source.column.id) ?? source.column;
      const right: LogicalPlan = { kind: "Project", input: copy.plan, outputs: [{ column: key, expr: ref(key) }] };
      const input: LogicalPlan = {
        kind: "Join",
        join: "semi",
        left: plan.input,
        right,
        conditions: [comparison("=", expr, ref(key))],
        mark: undefined,
      };
      best = { aggregate: { ...plan, input }, share };
    }
  }
  return best?.aggregate;
}

/** A scan of the region, and its column that takes every value of the group column that the join can use. */
type Source = { readonly plan: Extract<LogicalPlan, { kind: "Scan" }>; readonly column: Column };

function sourcesOf(group: Column, relation: number, region: JoinRegion): readonly Source[] {
  const equal = new Set([group.id]);
  const sources: Source[] = [];
  const widen = (column: Column): void => {
    for (const { members } of region.classes) {
      if (members.some((member) => member.column.column.id === column.id))
        for (const member of members) equal.add(member.column.column.id);
    }
  };
  widen(group);
  // An attached aggregate is compared with columns of the left side; semi joins of that side bound it further.
  const own = region.relations[relation]?.attachment;
  for (const condition of own?.conditions ?? []) {
    const key = equalityBetween(
      condition,
      (id) => id !== group.id,
      (id) => id === group.id,
    );
    if (key?.left.kind === "Column" && key.right.kind === "Column" && !key.nullSafe) {
      equal.add(key.left.column.id);
      widen(key.left.column);
    }
  }
  for (const [i, { plan, attachment }] of region.relations.entries()) {
    if (i === relation || plan.kind !== "Scan" || plan.filters.length === 0) continue;
    if (attachment === undefined) {
      for (const { column } of plan.columns) if (equal.has(column.id)) sources.push({ plan, column });
    } else if (attachment.join === "semi") {
      const mine = new Set(outputColumns(plan).map(({ id }) => id));
      for (const condition of attachment.conditions) {
        const key = equalityBetween(
          condition,
          (id) => equal.has(id),
          (id) => mine.has(id),
        );
        if (key?.left.kind === "Column" && key.right.kind === "Column" && !key.nullSafe)
          sources.push({ plan, column: key.right.column });
      }
    }
  }
  return sources;
}

/** The share of all groups that the source leaves; 1 where using it would not pay. */
function shareOf({ plan, column }: Source, aggregate: Aggregate, { estimate }: RuleContext): number {
  const input = aggregate.input;
  // Reduced already.
  if (input.kind === "Join" && input.join === "semi" && input.right.kind === "Project") return 1;
  const source = estimate.of(plan);
  const known = source.columns.get(column.id);
  if (known === undefined || plan.source.statistics.rows > workOf(input, estimate) * MAX_COST) return 1;
  return known.distinct / known.domain;
}
