import type { Column, Expr } from "../../expr/expr.ts";
import { readsOnly, ref } from "../../expr/columns.ts";
import { typeOf } from "../../expr/type-of.ts";
import { aggregateFunction } from "../../functions/registry.ts";
import { outputColumns } from "../../logical/columns.ts";
import type { Aggregate, Join, LogicalPlan } from "../../logical/plan.ts";
import { sameType, type SqlType } from "../../types/types.ts";
import { isNullWith } from "../nullability.ts";
import { equalityBetween, literal } from "../predicates.ts";
import type { RuleContext } from "../context.ts";
import type { Rule } from "../rule.ts";

/** The right side must shrink at least by this factor when it is grouped by its join keys. */
const MIN_REDUCTION = 4;

/**
 * Aggregates the right side of a join by its keys before the join, when the join would only multiply rows that the aggregate
 * above folds again (Yan & Larson, "Eager Aggregation and Lazy Aggregation", 1995; TPC-H Q13). It pays where the rows
 * shrink much and the groups above are about as many as the keys.
 */
export const pushDownAggregates: Rule<"Aggregate"> = {
  name: "PushDownAggregates",
  on: "Aggregate",
  apply: (plan, context) => {
    const join = plan.input;
    if (join.kind !== "Join" || (join.join !== "inner" && join.join !== "left")) return undefined;
    const keys = rightKeys(join);
    if (keys === undefined || !isDecomposable(plan, join) || !pays(plan, join, keys, context)) return undefined;
    return pushed(plan, join, keys, context);
  },
};

/** The right columns that the join equates; undefined when it has other conditions. */
function rightKeys(join: Join): readonly Column[] | undefined {
  const left = idsOf(join.left);
  const right = idsOf(join.right);
  const keys: Column[] = [];
  for (const condition of join.conditions) {
    const key = equalityBetween(
      condition,
      (id) => left.has(id),
      (id) => right.has(id),
    );
    if (key?.right.kind !== "Column" || key.nullSafe) return undefined;
    keys.push(key.right.column);
  }
  return keys.length === 0 ? undefined : keys;
}

const MERGED_BY: Readonly<Record<string, string>> = { count: "sum", sum: "sum", min: "min", max: "max" };

function isDecomposable(plan: Aggregate, join: Join): boolean {
  const left = idsOf(join.left);
  const right = idsOf(join.right);
  return (
    plan.groups.length > 0 &&
    plan.aggregates.length > 0 &&
    plan.groups.every(({ expr }) => readsOnly(expr, (id) => left.has(id))) &&
    plan.aggregates.every(
      ({ call }) =>
        MERGED_BY[call.name] !== undefined &&
        !call.distinct &&
        call.filter === undefined &&
        call.args.every(
          (arg) =>
            readsOnly(arg, (id) => right.has(id)) &&
            // A row without a partner is folded as NULL, whatever the argument makes of missing columns.
            (join.join === "inner" || isNullWith(arg, (id) => right.has(id))),
        ),
    )
  );
}

function pays(plan: Aggregate, join: Join, keys: readonly Column[], { estimate }: RuleContext): boolean {
  if (join.right.kind === "Aggregate") return false;
  const right = estimate.of(join.right);
  const groups = Math.min(
    right.rows,
    keys.reduce((product, { id }) => product * (right.columns.get(id)?.distinct ?? right.rows), 1),
  );
  return (
    right.rows >= groups * MIN_REDUCTION &&
    estimate.of(join).rows >= right.rows * 0.5 &&
    estimate.of(plan).rows >= groups * 0.5
  );
}

function pushed(
  plan: Aggregate,
  join: Join,
  keys: readonly Column[],
  { newColumn }: RuleContext,
): LogicalPlan | undefined {
  const partials: Aggregate["aggregates"][number][] = [];
  const finals: Aggregate["aggregates"][number][] = [];
  const outputs: { column: Column; expr: Expr }[] = plan.groups.map(({ column }) => ({ column, expr: ref(column) }));
  for (const { column, call } of plan.aggregates) {
    const partial = newColumn(column.name, call.type, call.name !== "count" || join.join === "left");
    partials.push({ column: { ...partial, nullable: call.name !== "count" }, call });
    const value = call.name === "count" ? countOrDefault(partial, join, call.args.length === 0) : ref(partial);
    const name = MERGED_BY[call.name] ?? call.name;
    const type = resultType(name, typeOf(value));
    if (type === undefined) return undefined;
    const merged = newColumn(column.name, type, true);
    finals.push({
      column: merged,
      call: { name, args: [value], distinct: false, filter: undefined, orderBy: [], type },
    });
    const cast: Expr = sameType(type, column.type)
      ? ref(merged)
      : { kind: "Cast", input: ref(merged), type: column.type, try: false };
    outputs.push({ column, expr: cast });
  }
  const right: LogicalPlan = {
    kind: "Aggregate",
    input: join.right,
    groups: keys.map((column) => ({ column, expr: ref(column) })),
    aggregates: partials,
  };
  const aggregate: LogicalPlan = {
    kind: "Aggregate",
    input: { ...join, right },
    groups: plan.groups,
    aggregates: finals,
  };
  return { kind: "Project", input: aggregate, outputs };
}

/** A left row without a partner counts once for count(*), and not at all for count(x). */
function countOrDefault(partial: Column, join: Join, ofRows: boolean): Expr {
  const value = ref(partial);
  if (join.join === "inner") return value;
  const missing = literal(ofRows ? 1n : 0n, partial.type);
  return {
    kind: "Case",
    branches: [{ when: { kind: "IsNull", input: value, negated: false }, then: missing }],
    otherwise: value,
    type: partial.type,
  };
}

function resultType(name: string, type: SqlType): SqlType | undefined {
  return aggregateFunction(name)?.resolve([type])?.returns;
}

function idsOf(plan: LogicalPlan): ReadonlySet<number> {
  return new Set(outputColumns(plan).map(({ id }) => id));
}
