import { ref } from "../../expr/columns.ts";
import type { Expr } from "../../expr/expr.ts";
import { outputColumns } from "../../logical/columns.ts";
import { mapInputs } from "../../logical/map.ts";
import type { DependentJoin, Join, LogicalPlan } from "../../logical/plan.ts";
import type { RuleContext } from "../context.ts";
import { hasAtMostOneRow, hasExactlyOneRow, isUniqueOn } from "../keys.ts";
import { mayBeNull } from "../nullability.ts";
import { filtered, FALSE, isNotDistinct, TRUE } from "../predicates.ts";
import { joinWithDomain } from "./domain.ts";
import { correlatedEquality, isCorrelated, pullUp } from "./pull-up.ts";
import { joinScalarAggregate } from "./scalar-aggregate.ts";
import { restrictedTo } from "./subqueries.ts";

/**
 * Removes all dependent joins, outermost first (Neumann & Kemper, "Unnesting Arbitrary Queries", 2015; the order is that of
 * Neumann, "Improving Unnesting of Complex Queries", 2025): an inner one then sees only references that its own left side answers.
 */
export function removeDependentJoins(plan: LogicalPlan, context: RuleContext): LogicalPlan {
  const node = plan.kind === "DependentJoin" ? withoutDependency(plan, context) : plan;
  return mapInputs(node, (input) => removeDependentJoins(input, context));
}

function withoutDependency(plan: DependentJoin, context: RuleContext): LogicalPlan {
  const existential = plan.join === "semi" || plan.join === "anti" || plan.join === "mark";
  const join = existential ? { ...plan, right: forExistence(plan.right, plan.conditions.length > 0) } : plan;
  const left = new Set(outputColumns(join.left).map(({ id }) => id));
  const isOuter = (id: number): boolean => left.has(id);
  if (!isCorrelated(join.right, isOuter)) return plainJoin(join);
  const grafted = join.join === "inner" ? graft(join.left, join.right) : undefined;
  if (grafted !== undefined) return restrictedTo(filtered(grafted, join.conditions), outputColumns(plan));
  const scalar = joinScalarAggregate(join, isOuter, context);
  if (scalar !== undefined) return scalar;
  const pulled = pullUp(join.right, isOuter, context);
  if (pulled === undefined) return joinWithDomain(join, isOuter, context);
  const safe = join.join === "mark" ? twoValued(pulled.plan, pulled.predicates, isOuter) : pulled;
  const conditions = [...join.conditions, ...safe.predicates];
  return restrictedTo(plainJoin({ ...join, right: safe.plan, conditions }), outputColumns(plan));
}

/**
 * The inner dependent join with a right side that makes its rows of the left row alone (UNNEST of a list in it): what is on the
 * right, over the left. undefined: the right side reads other rows too.
 */
function graft(left: LogicalPlan, right: LogicalPlan): LogicalPlan | undefined {
  switch (right.kind) {
    case "Values":
      return right.columns.length === 0 && right.rows.length === 1 ? left : undefined;
    case "Unnest":
    case "Filter": {
      const input = graft(left, right.input);
      return input === undefined ? undefined : { ...right, input };
    }
    case "Project": {
      const input = graft(left, right.input);
      const passed = outputColumns(left).map((column) => ({ column, expr: ref(column) }));
      return input === undefined ? undefined : { ...right, input, outputs: [...passed, ...right.outputs] };
    }
    default:
      return undefined;
  }
}

/** A join whose right side is independent; a single join loses its check where it is proven needless. */
export function plainJoin(join: Omit<DependentJoin, "kind"> | Join): LogicalPlan {
  const { left, right, conditions, mark } = join;
  const plain = (kind: Join["join"]): Join => ({ kind: "Join", join: kind, left, right, conditions, mark });
  if (join.join !== "single") return plain(join.join);
  if (conditions.length === 0 && hasExactlyOneRow(right)) return plain("inner");
  if (hasAtMostOneRow(right)) return plain("left");
  const ids = new Set(outputColumns(left).map(({ id }) => id));
  const keys = conditions.flatMap((condition) => {
    const equality = correlatedEquality(condition, (id) => ids.has(id));
    return equality?.inner.kind === "Column" ? [equality.inner.column.id] : [];
  });
  return plain(isUniqueOn(right, new Set(keys)) ? "left" : "single");
}

/** What only has to have rows or not: order and duplicates do not matter; without a comparison a limit neither. */
function forExistence(plan: LogicalPlan, compared: boolean): LogicalPlan {
  if (plan.kind === "Sort") return forExistence(plan.input, compared);
  if (plan.kind === "Limit" && !compared && plan.offset === 0 && (plan.limit ?? 1) > 0)
    return forExistence(plan.input, compared);
  if (plan.kind === "Project") {
    const input = forExistence(plan.input, compared);
    return input === plan.input ? plan : { ...plan, input };
  }
  if (plan.kind === "Aggregate" && plan.aggregates.length === 0 && plan.groups.length > 0) {
    return { kind: "Project", input: forExistence(plan.input, compared), outputs: plan.groups };
  }
  return plan;
}

/**
 * For a mark join the pulled predicates must not turn FALSE into NULL: a row they do not select is not in the subquery.
 */
function twoValued(
  plan: LogicalPlan,
  predicates: readonly Expr[],
  isOuter: (id: number) => boolean,
): { plan: LogicalPlan; predicates: readonly Expr[] } {
  const columns = new Map(outputColumns(plan).map((column) => [column.id, column]));
  const notNull: Expr[] = [];
  const safe = predicates.map((predicate): Expr => {
    if (!mayBeNull(predicate, columns)) return predicate;
    const equality = correlatedEquality(predicate, isOuter);
    if (equality === undefined) {
      return { kind: "Case", branches: [{ when: predicate, then: TRUE }], otherwise: FALSE, type: TRUE.type };
    }
    if (mayBeNull(equality.inner, columns)) notNull.push({ kind: "IsNull", input: equality.inner, negated: true });
    return isNotDistinct(equality.outer, equality.inner);
  });
  return { plan: filtered(plan, notNull), predicates: safe };
}
