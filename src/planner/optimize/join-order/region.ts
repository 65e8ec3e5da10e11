import type { Expr } from "../../expr/expr.ts";
import { columnsOf } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import type { JoinKind, LogicalPlan } from "../../logical/plan.ts";
import { sameType } from "../../types/types.ts";
import { isMovable } from "../fallible.ts";

/** Relations of a region are bits of a number. */
export type RelationSet = number;
/** Larger join trees are taken apart into several regions. */
const MAX_RELATIONS = 30;

/**
 * A relation that enters by a join other than an inner one: always as the right side, once all of `needs` is on the left. So
 * all its reorderings with inner joins are those that hold for every such kind (left asscom and assoc of Moerkotte, Fender &
 * Eich, "On the Correct and Complete Enumeration of the Core Search Space", 2013), and `needs` is its TES.
 */
export type Attachment = { readonly join: Extract<JoinKind, "left" | "semi" | "anti">; readonly conditions: readonly Expr[]; readonly needs: RelationSet };

export type Relation = { readonly plan: LogicalPlan; readonly attachment: Attachment | undefined };

/** A condition of inner joins, and the relations that must be there before it can be evaluated. */
export type Predicate = { readonly expr: Expr; readonly needs: RelationSet };

/** Columns of different relations that inner joins equate: any one equality between two members implies the others. */
export type EqualityClass = { readonly members: readonly { readonly relation: number; readonly column: Extract<Expr, { kind: "Column" }> }[] };

/** A tree of inner, left, semi and anti joins, flattened. */
export type JoinRegion = {
  readonly relations: readonly Relation[];
  readonly predicates: readonly Predicate[];
  readonly classes: readonly EqualityClass[];
};

/** `leaf` prepares what becomes a relation. */
export function collectRegion(root: LogicalPlan, leaf: (plan: LogicalPlan) => LogicalPlan): JoinRegion {
  const relations: Relation[] = [];
  const relationOf = new Map<number, number>();
  const inner: { readonly expr: Expr; readonly below: RelationSet }[] = [];

  const addLeaf = (plan: LogicalPlan, attachment: Attachment | undefined): RelationSet => {
    const index = relations.length;
    for (const { id } of outputColumns(plan)) relationOf.set(id, index);
    relations.push({ plan, attachment });
    return 1 << index;
  };
  /** With all that attached relations among them need. */
  const closed = (set: RelationSet): RelationSet =>
    relations.reduce((all, { attachment }, i) => (attachment !== undefined && all & (1 << i) ? all | attachment.needs : all), set);
  const relationsIn = (expr: Expr): RelationSet => {
    let set = 0;
    for (const id of columnsOf(expr).keys()) {
      const relation = relationOf.get(id);
      if (relation !== undefined) set |= 1 << relation;
    }
    return set;
  };
  /** The relations below the plan's root, which is a join of the region as long as there is room. */
  const flatten = (plan: LogicalPlan, reserved: number): RelationSet => {
    if (!isRegionJoin(plan) || relations.length + reserved + 2 > MAX_RELATIONS) return addLeaf(leaf(plan), undefined);
    const left = flatten(plan.left, reserved + 1);
    if (plan.join === "inner") {
      const below = left | flatten(plan.right, reserved);
      for (const expr of plan.conditions) inner.push({ expr, below });
      return below;
    }
    const read = plan.conditions.reduce((set, condition) => set | (isMovable(condition) ? relationsIn(condition) : left), 0) & left;
    const needs = closed(read === 0 ? left : read);
    return left | addLeaf(leaf(plan.right), { join: plan.join as Attachment["join"], conditions: plan.conditions, needs });
  };
  flatten(root, 0);

  const predicates: Predicate[] = [];
  const equalities: [number, number][] = [];
  const columns = new Map<number, Extract<Expr, { kind: "Column" }>>();
  for (const { expr, below } of inner) {
    const pair = columnEquality(expr);
    const isInner = (id: number): boolean => relations[relationOf.get(id) ?? -1]?.attachment === undefined && relationOf.has(id);
    if (pair !== undefined && pair.every(({ column }) => isInner(column.id)) && relationOf.get(pair[0].column.id) !== relationOf.get(pair[1].column.id)) {
      for (const side of pair) columns.set(side.column.id, side);
      equalities.push([pair[0].column.id, pair[1].column.id]);
    } else {
      // A condition that can fail sees no row that the joins below it, as written, would have removed.
      predicates.push({ expr, needs: isMovable(expr) ? closed(relationsIn(expr)) : below });
    }
  }
  const classes = connected(equalities).map((ids) => ({
    members: ids.map((id) => ({ relation: relationOf.get(id) ?? 0, column: columns.get(id) as Extract<Expr, { kind: "Column" }> })),
  }));
  return { relations, predicates, classes };
}

/** Whether the node is a join that a region reorders. */
export function isRegionJoin(plan: LogicalPlan): plan is Extract<LogicalPlan, { kind: "Join" }> {
  return plan.kind === "Join" && (plan.join === "inner" || plan.join === "left" || plan.join === "semi" || plan.join === "anti");
}

function columnEquality(expr: Expr): readonly [Extract<Expr, { kind: "Column" }>, Extract<Expr, { kind: "Column" }>] | undefined {
  if (expr.kind !== "Call" || expr.name !== "=") return undefined;
  const [left, right] = expr.args;
  if (left?.kind !== "Column" || right?.kind !== "Column" || !sameType(left.column.type, right.column.type)) return undefined;
  return [left, right];
}

/** The connected components of a graph of ids. */
function connected(pairs: readonly (readonly [number, number])[]): readonly (readonly number[])[] {
  const component = new Map<number, Set<number>>();
  for (const [a, b] of pairs) {
    const first = component.get(a) ?? new Set([a]);
    const second = component.get(b) ?? new Set([b]);
    const union = new Set([...first, ...second]);
    for (const id of union) component.set(id, union);
  }
  return [...new Set(component.values())].map((ids) => [...ids]);
}
