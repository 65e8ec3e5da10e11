import type { Column, Expr } from "../../expr/expr.ts";
import { columnsOf, substituteColumns } from "../../expr/columns.ts";
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
export type Attachment = {
  readonly join: Extract<JoinKind, "left" | "semi" | "anti">;
  readonly conditions: readonly Expr[];
  readonly needs: RelationSet;
};

export type Relation = { readonly plan: LogicalPlan; readonly attachment: Attachment | undefined };

/** A condition of inner joins, and the relations that must be there before it can be evaluated. */
export type Predicate = { readonly expr: Expr; readonly needs: RelationSet };

/** Columns of different relations that inner joins equate: any one equality between two members implies the others. */
export type EqualityClass = {
  readonly members: readonly { readonly relation: number; readonly column: Extract<Expr, { kind: "Column" }> }[];
};

/** A tree of inner, left, semi and anti joins, flattened; projections between them that only rename are substituted. */
export type JoinRegion = {
  /** The substituted columns: above the region they are still known by these ids. */
  readonly renamed: readonly { readonly column: Column; readonly expr: Expr }[];
  readonly relations: readonly Relation[];
  readonly predicates: readonly Predicate[];
  readonly classes: readonly EqualityClass[];
};

/** `leaf` prepares what becomes a relation. */
export function collectRegion(root: LogicalPlan, leaf: (plan: LogicalPlan) => LogicalPlan): JoinRegion {
  const relations: Relation[] = [];
  const relationOf = new Map<number, number>();
  const names = new Map<number, Expr>();
  const renamed: { readonly column: Column; readonly expr: Expr }[] = [];
  const inner: { readonly expr: Expr; readonly below: RelationSet }[] = [];

  const addLeaf = (plan: LogicalPlan, attachment: Attachment | undefined): RelationSet => {
    const index = relations.length;
    for (const { id } of outputColumns(plan)) relationOf.set(id, index);
    relations.push({ plan, attachment });
    return 1 << index;
  };
  /** With all that attached relations among them need. */
  const closed = (set: RelationSet): RelationSet =>
    relations.reduce(
      (all, { attachment }, i) => (attachment !== undefined && all & (1 << i) ? all | attachment.needs : all),
      set,
    );
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
    if (renamesJoin(plan)) {
      const below = flatten(plan.input, reserved);
      for (const { column, expr } of plan.outputs) {
        const value = substituteColumns(expr, names);
        if (value.kind === "Column" && value.column.id === column.id) continue;
        names.set(column.id, value);
        renamed.push({ column, expr: value });
      }
      return below;
    }
    if (!isRegionJoin(plan) || relations.length + reserved + 2 > MAX_RELATIONS) return addLeaf(leaf(plan), undefined);
    const left = flatten(plan.left, reserved + 1);
    if (plan.join === "inner") {
      const below = left | flatten(plan.right, reserved);
      for (const expr of plan.conditions) inner.push({ expr: substituteColumns(expr, names), below });
      return below;
    }
    const conditions = plan.conditions.map((condition) => substituteColumns(condition, names));
    const read =
      conditions.reduce((set, condition) => set | (isMovable(condition) ? relationsIn(condition) : left), 0) & left;
    const needs = closed(read === 0 ? left : read);
    return left | addLeaf(leaf(plan.right), { join: plan.join as Attachment["join"], conditions, needs });
  };
  flatten(root, 0);

  const predicates: Predicate[] = [];
  const classes = createClasses((id) => {
    const relation = relationOf.get(id);
    return relation !== undefined && relations[relation]?.attachment === undefined ? relation : undefined;
  });
  for (const { expr, below } of inner) {
    if (classes.add(expr)) continue;
    // A condition that can fail sees no row that the joins below it, as written, would have removed.
    predicates.push({ expr, needs: isMovable(expr) ? closed(relationsIn(expr)) : below });
  }
  return { renamed, relations, predicates, classes: classes.all() };
}

type Member = EqualityClass["members"][number];

type EqualityClasses = {
  /** Takes an equality of two columns in; false: it must stay a predicate of its own. */
  readonly add: (expr: Expr) => boolean;
  readonly all: () => readonly EqualityClass[];
};

/**
 * Merges equalities of columns. A class never holds two columns of one relation: joining on one of them would not make the
 * other equal. `relationOf`: undefined for columns that inner joins cannot equate.
 */
function createClasses(relationOf: (id: number) => number | undefined): EqualityClasses {
  const classOf = new Map<number, readonly Member[]>();
  const classFor = (column: Member["column"]): readonly Member[] | undefined => {
    const known = classOf.get(column.column.id);
    if (known !== undefined) return known;
    const relation = relationOf(column.column.id);
    if (relation === undefined) return undefined;
    const single = [{ relation, column }];
    classOf.set(column.column.id, single);
    return single;
  };
  return {
    add: (expr) => {
      const pair = columnEquality(expr);
      if (pair === undefined) return false;
      const [left, right] = pair.map(classFor);
      if (left === undefined || right === undefined) return false;
      if (left === right) return true;
      if (left.some((a) => right.some((b) => a.relation === b.relation))) return false;
      const union = [...left, ...right];
      for (const { column } of union) classOf.set(column.column.id, union);
      return true;
    },
    all: () => [...new Set(classOf.values())].filter((members) => members.length > 1).map((members) => ({ members })),
  };
}

/** A projection of bare columns between two joins. */
function renamesJoin(plan: LogicalPlan): plan is Extract<LogicalPlan, { kind: "Project" }> {
  if (plan.kind !== "Project" || !plan.outputs.every(({ expr }) => expr.kind === "Column")) return false;
  return isRegionJoin(plan.input) || renamesJoin(plan.input);
}

/** Whether the node is a join that a region reorders. */
export function isRegionJoin(plan: LogicalPlan): plan is Extract<LogicalPlan, { kind: "Join" }> {
  return (
    plan.kind === "Join" &&
    (plan.join === "inner" || plan.join === "left" || plan.join === "semi" || plan.join === "anti")
  );
}

function columnEquality(
  expr: Expr,
): readonly [Extract<Expr, { kind: "Column" }>, Extract<Expr, { kind: "Column" }>] | undefined {
  if (expr.kind !== "Call" || expr.name !== "=") return undefined;
  const [left, right] = expr.args;
  if (left?.kind !== "Column" || right?.kind !== "Column" || !sameType(left.column.type, right.column.type))
    return undefined;
  return [left, right];
}
