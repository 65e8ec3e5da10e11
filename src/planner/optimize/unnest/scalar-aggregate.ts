import type { AggregateCall, Column, Expr } from "../../expr/expr.ts";
import { ref, substituteColumns } from "../../expr/columns.ts";
import { aggregateFunction } from "../../functions/registry.ts";
import { asNullable, outputColumns } from "../../logical/columns.ts";
import type { DependentJoin, LogicalPlan } from "../../logical/plan.ts";
import { isInteger } from "../../types/types.ts";
import type { RuleContext } from "../context.ts";
import { conjunction, literal } from "../predicates.ts";
import { type PulledUp, pullThroughAggregate } from "./pull-up.ts";
import { joinRunningAggregate } from "./running-aggregate.ts";

/**
 * Unnests a correlated aggregate without groups, whose correlation is by equalities: it becomes an aggregate grouped by the
 * inner sides, left-joined; with one inequality besides a running one. Outer rows without a group get what the aggregate gives for no rows (count: 0). Whatever
 * stands above the aggregate in the subquery (`0.2 * avg(x)`, HAVING) is computed above the join, for outer rows only.
 * Undefined: of another shape.
 */
export function joinScalarAggregate(
  join: DependentJoin,
  isOuter: (id: number) => boolean,
  context: RuleContext,
): LogicalPlan | undefined {
  if ((join.join !== "single" && join.join !== "left" && join.join !== "inner") || join.conditions.length > 0)
    return undefined;
  const above: Extract<LogicalPlan, { kind: "Project" | "Filter" }>[] = [];
  let aggregate = join.right;
  while (aggregate.kind !== "Aggregate") {
    if (aggregate.kind === "Project" || aggregate.kind === "Filter") above.push(aggregate);
    else if (
      aggregate.kind !== "Sort" &&
      !(aggregate.kind === "Limit" && aggregate.offset === 0 && (aggregate.limit ?? 1) > 0)
    )
      return undefined;
    aggregate = aggregate.input;
  }
  if (aggregate.groups.length > 0) return undefined;
  const pulled = pullThroughAggregate(aggregate, isOuter, context);
  const running = pulled === undefined ? joinRunningAggregate(join, aggregate, isOuter, context) : undefined;
  let plan: LogicalPlan | undefined = running?.plan ?? (pulled && leftJoin(join.left, pulled));
  if (plan === undefined) return undefined;
  const values = new Map<number, Expr>();
  for (const { column, call } of aggregate.aggregates)
    values.set(column.id, valueOrDefault(running?.values.get(column.id) ?? column, call));
  let kept: Expr[] = [];
  for (const node of above.toReversed()) {
    if (node.kind === "Filter") kept = [...kept, substituteColumns(node.predicate, values)];
    else for (const { column, expr } of node.outputs) values.set(column.id, substituteColumns(expr, values));
  }
  if (join.join === "inner" && kept.length > 0) {
    plan = { kind: "Filter", input: plan, predicate: conjunction(kept) };
    kept = [];
  }
  const isKept = conjunction(kept);
  const right = outputColumns(join.right).map((column) => {
    const value = values.get(column.id) ?? ref(column);
    // HAVING leaves no row: the subquery's columns are NULL then.
    const expr: Expr =
      kept.length === 0
        ? value
        : {
            kind: "Case",
            branches: [{ when: isKept, then: value }],
            otherwise: literal(null, column.type),
            type: column.type,
          };
    // The column under its own name must be a new one where the aggregate below already puts it out.
    return { column: asNullable(column), expr };
  });
  const renamed = separateIds(plan, right, context);
  const left = outputColumns(join.left).map((column) => ({ column, expr: ref(column) }));
  return { kind: "Project", input: renamed.plan, outputs: [...left, ...renamed.outputs] };
}

function leftJoin(left: LogicalPlan, { plan, predicates }: PulledUp): LogicalPlan {
  return { kind: "Join", join: "left", left, right: plan, conditions: predicates, mark: undefined };
}

type Output = { readonly column: ReturnType<typeof asNullable>; readonly expr: Expr };

/** An output that recomputes a column of the input under the same id gets its input under a new one. */
function separateIds(
  plan: LogicalPlan,
  outputs: readonly Output[],
  context: RuleContext,
): { readonly plan: LogicalPlan; readonly outputs: readonly Output[] } {
  const base = plan.kind === "Filter" ? plan.input : plan;
  if (base.kind !== "Join" || base.right.kind !== "Aggregate") return { plan, outputs };
  const recomputed = new Set(
    outputs.flatMap(({ column, expr }) => (expr.kind === "Column" && expr.column.id === column.id ? [] : [column.id])),
  );
  const by = new Map<number, Expr>();
  const aggregates = base.right.aggregates.map((entry) => {
    if (!recomputed.has(entry.column.id)) return entry;
    const column = context.newColumn(entry.column.name, entry.column.type, entry.column.nullable);
    by.set(entry.column.id, ref(asNullable(column)));
    return { column, call: entry.call };
  });
  if (by.size === 0) return { plan, outputs };
  const joined: LogicalPlan = { ...base, right: { ...base.right, aggregates } };
  return {
    plan:
      plan.kind === "Filter" ? { ...plan, input: joined, predicate: substituteColumns(plan.predicate, by) } : joined,
    outputs: outputs.map(({ column, expr }) => ({ column, expr: substituteColumns(expr, by) })),
  };
}

/** The aggregate's value where its group may be missing. */
function valueOrDefault(column: Column, call: AggregateCall): Expr {
  const value = ref(asNullable(column));
  if (!countsRows(call.name)) return value;
  const zero = literal(isInteger(call.type) && call.type.kind !== "Integer" ? 0n : 0, call.type);
  return {
    kind: "Case",
    branches: [{ when: { kind: "IsNull", input: value, negated: false }, then: zero }],
    otherwise: value,
    type: call.type,
  };
}

/** Whether an aggregate gives 0, not NULL, for no rows. */
export function countsRows(name: string): boolean {
  return name === "count" || aggregateFunction(name)?.emptyIsNull === false;
}
