import type { Column, Expr } from "../../expr/expr.ts";
import { columnsOf, readsOnly, ref } from "../../expr/columns.ts";
import { typeOf } from "../../expr/type-of.ts";
import { freeColumns } from "../../logical/free-columns.ts";
import type { LogicalPlan } from "../../logical/plan.ts";
import type { RuleContext } from "../context.ts";
import { isMovable } from "../fallible.ts";
import { comparison, conjunctsOf, filtered } from "../predicates.ts";

/**
 * A correlated plan taken apart: for every outer row, its rows are those of `plan`, which is uncorrelated, for which all
 * `predicates` hold. `plan` puts out the original columns and those that the predicates read.
 */
export type PulledUp = { readonly plan: LogicalPlan; readonly predicates: readonly Expr[] };

type IsOuter = (id: number) => boolean;

/**
 * Pulls correlated predicates out of the top of a plan; undefined where the correlation is of another shape, or where
 * expressions that can fail would then see rows that the predicates remove.
 */
export function pullUp(plan: LogicalPlan, isOuter: IsOuter, context: RuleContext): PulledUp | undefined {
  if (!isCorrelated(plan, isOuter)) return { plan, predicates: [] };
  switch (plan.kind) {
    case "Filter": {
      const input = pullUp(plan.input, isOuter, context);
      if (input === undefined) return undefined;
      const stay: Expr[] = [];
      const rise: Expr[] = [];
      for (const conjunct of conjunctsOf(plan.predicate)) {
        const rises =
          reads(conjunct, isOuter) || ((rise.length > 0 || input.predicates.length > 0) && !isMovable(conjunct));
        (rises ? rise : stay).push(conjunct);
      }
      return { plan: filtered(input.plan, stay), predicates: [...input.predicates, ...rise] };
    }
    case "Project": {
      if (plan.outputs.some(({ expr }) => reads(expr, isOuter))) return undefined;
      const input = pullUp(plan.input, isOuter, context);
      if (input === undefined) return undefined;
      if (!plan.outputs.every(({ expr }) => isMovable(expr))) return undefined;
      const kept = new Set(plan.outputs.map(({ column }) => column.id));
      const needed = innerColumns(input.predicates, isOuter).filter(({ id }) => !kept.has(id));
      const outputs = [...plan.outputs, ...needed.map((column) => ({ column, expr: ref(column) }))];
      return { plan: { ...plan, input: input.plan, outputs }, predicates: input.predicates };
    }
    case "Aggregate": {
      // An aggregate without groups has a row also for outer rows without input; `scalar-aggregate.ts` sees to those.
      return plan.groups.length === 0 ? undefined : pullThroughAggregate(plan, isOuter, context);
    }
    case "Join": {
      const onLeft = pullUp(plan.left, isOuter, context);
      if (onLeft === undefined) return undefined;
      if (plan.join === "inner") {
        const onRight = pullUp(plan.right, isOuter, context);
        if (onRight === undefined) return undefined;
        const below = [...onLeft.predicates, ...onRight.predicates];
        const rises = (condition: Expr): boolean =>
          reads(condition, isOuter) || (below.length > 0 && !isMovable(condition));
        return {
          plan: {
            ...plan,
            left: onLeft.plan,
            right: onRight.plan,
            conditions: plan.conditions.filter((condition) => !rises(condition)),
          },
          predicates: [...below, ...plan.conditions.filter(rises)],
        };
      }
      if (plan.join === "right" || plan.join === "full") return undefined;
      if (
        isCorrelated(plan.right, isOuter) ||
        plan.conditions.some((condition) => reads(condition, isOuter) || !isMovable(condition))
      ) {
        return undefined;
      }
      return { plan: { ...plan, left: onLeft.plan }, predicates: onLeft.predicates };
    }
    case "DependentJoin": {
      if (plan.join === "right" || plan.join === "full") return undefined;
      if (
        freeColumns(plan.right).some(({ id }) => isOuter(id)) ||
        plan.conditions.some((condition) => reads(condition, isOuter))
      )
        return undefined;
      const onLeft = pullUp(plan.left, isOuter, context);
      return onLeft === undefined ? undefined : { plan: { ...plan, left: onLeft.plan }, predicates: onLeft.predicates };
    }
    case "Sort": {
      // The order may be that of an aggregate above.
      if (plan.keys.some(({ expr }) => reads(expr, isOuter) || !isMovable(expr))) return undefined;
      const input = pullUp(plan.input, isOuter, context);
      return input && { plan: { ...plan, input: input.plan }, predicates: input.predicates };
    }
    default:
      return undefined;
  }
}

export function pullThroughAggregate(
  plan: Extract<LogicalPlan, { kind: "Aggregate" }>,
  isOuter: IsOuter,
  context: RuleContext,
): PulledUp | undefined {
  const inputs = [
    ...plan.groups.map(({ expr }) => expr),
    ...plan.aggregates.flatMap(({ call }) => [...call.args, ...(call.filter === undefined ? [] : [call.filter])]),
  ];
  if (inputs.some((expr) => reads(expr, isOuter) || !isMovable(expr))) return undefined;
  const input = pullUp(plan.input, isOuter, context);
  if (input === undefined) return undefined;
  const groups = [...plan.groups];
  const predicates: Expr[] = [];
  for (const predicate of input.predicates) {
    const equality = correlatedEquality(predicate, isOuter);
    if (equality === undefined) return undefined;
    const { inner } = equality;
    let group = groups.find(
      ({ expr }) => expr.kind === "Column" && inner.kind === "Column" && expr.column.id === inner.column.id,
    );
    if (group === undefined) {
      // The key becomes a column of its own: the aggregate may well stand beside another use of the same input column.
      const name = inner.kind === "Column" ? inner.column.name : "key";
      group = { column: context.newColumn(name, typeOf(inner), true), expr: inner };
      groups.push(group);
    }
    predicates.push(comparison(equality.name, equality.outer, ref(group.column)));
  }
  return { plan: { ...plan, input: input.plan, groups }, predicates };
}

/** `inner = outer` (or IS NOT DISTINCT FROM), each side reading only what its name says. */
export function correlatedEquality(
  predicate: Expr,
  isOuter: IsOuter,
): { readonly inner: Expr; readonly outer: Expr; readonly name: string } | undefined {
  if (predicate.kind !== "Call" || (predicate.name !== "=" && predicate.name !== "is_not_distinct")) return undefined;
  const [first, second] = predicate.args;
  if (first === undefined || second === undefined) return undefined;
  const isInner = (id: number): boolean => !isOuter(id);
  const { name } = predicate;
  // The outer side is evaluated once per outer row, as before; the inner one now also for rows that no outer row selects.
  if (isMovable(first) && readsOnly(first, isInner) && readsOnly(second, isOuter))
    return { inner: first, outer: second, name };
  if (isMovable(second) && readsOnly(second, isInner) && readsOnly(first, isOuter))
    return { inner: second, outer: first, name };
  return undefined;
}

function innerColumns(predicates: readonly Expr[], isOuter: IsOuter): readonly Column[] {
  const found = new Map<number, Column>();
  for (const predicate of predicates)
    for (const [id, column] of columnsOf(predicate)) if (!isOuter(id)) found.set(id, column);
  return [...found.values()];
}

export function isCorrelated(plan: LogicalPlan, isOuter: IsOuter): boolean {
  return freeColumns(plan).some(({ id }) => isOuter(id));
}

function reads(expr: Expr, isOuter: IsOuter): boolean {
  for (const id of columnsOf(expr).keys()) if (isOuter(id)) return true;
  return false;
}
