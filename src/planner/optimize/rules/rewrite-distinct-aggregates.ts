import { unsupported } from "../../../error.ts";
import type { AggregateCall, Column, Expr } from "../../expr/expr.ts";
import { columnsOf, ref } from "../../expr/columns.ts";
import { typeOf } from "../../expr/type-of.ts";
import { outputColumns } from "../../logical/columns.ts";
import type { Aggregate, LogicalPlan } from "../../logical/plan.ts";
import type { RuleContext } from "../context.ts";
import { exprKey, isNotDistinct, literal } from "../predicates.ts";
import type { Rule } from "../rule.ts";
import { substituteInPlan } from "../../logical/rename.ts";

/**
 * An aggregate over DISTINCT arguments becomes two levels: the inner one makes the arguments distinct per group. Calls over
 * different arguments, or with and without DISTINCT, become several aggregates over one common subplan, joined on the group.
 */
export const rewriteDistinctAggregates: Rule<"Aggregate"> = {
  name: "RewriteDistinctAggregates",
  on: "Aggregate",
  apply: (plan, context) => {
    if (!plan.aggregates.some(({ call }) => call.distinct)) return undefined;
    if (plan.aggregates.some(({ call }) => call.distinct && ignoresDuplicates(call.name))) {
      const aggregates = plan.aggregates.map((entry) =>
        ignoresDuplicates(entry.call.name) ? { ...entry, call: { ...entry.call, distinct: false } } : entry,
      );
      return { ...plan, aggregates };
    }
    const sets = new Map<string, Aggregate["aggregates"][number][]>();
    for (const entry of plan.aggregates) {
      const key = argumentKey(entry.call);
      sets.set(key, [...(sets.get(key) ?? []), entry]);
    }
    return sets.size === 1 ? twoLevels(plan, context) : severalAggregates(plan, [...sets.values()], context);
  },
};

/** DISTINCT changes nothing for these. */
function ignoresDuplicates(name: string): boolean {
  return (
    name === "min" ||
    name === "max" ||
    name === "bool_and" ||
    name === "bool_or" ||
    name === "bit_and" ||
    name === "bit_or"
  );
}

function argumentKey(call: AggregateCall): string {
  return call.distinct
    ? [...call.args, ...(call.filter === undefined ? [] : [call.filter])].map(exprKey).join() +
        (call.filter === undefined ? "" : "?")
    : "";
}

function twoLevels(plan: Aggregate, { newColumn }: RuleContext): LogicalPlan {
  const call = plan.aggregates[0]?.call;
  if (call === undefined) return plan;
  if (plan.aggregates.some((entry) => entry.call.orderBy.length > 0))
    throw unsupported("ORDER BY in an aggregate over DISTINCT values", call.span);
  const filter = call.filter;
  if (filter !== undefined && call.args.length !== 1)
    throw unsupported("FILTER with several DISTINCT arguments", call.span);
  // A row that FILTER removes counts as NULL, which the aggregates that take DISTINCT skip.
  const values = call.args.map((arg): Expr => {
    if (filter === undefined) return arg;
    return {
      kind: "Case",
      branches: [{ when: filter, then: arg }],
      otherwise: literal(null, typeOf(arg)),
      type: typeOf(arg),
    };
  });
  const keys = plan.groups.map(({ column, expr }) => ({
    column: newColumn(column.name, column.type, column.nullable),
    expr,
  }));
  const args = values.map((expr) => ({ column: newColumn(nameOf(expr), typeOf(expr), true), expr }));
  const inner: LogicalPlan = { kind: "Aggregate", input: plan.input, groups: [...keys, ...args], aggregates: [] };
  return {
    kind: "Aggregate",
    input: inner,
    groups: plan.groups.map(({ column }, i) => ({ column, expr: ref(keys[i]?.column ?? column) })),
    aggregates: plan.aggregates.map((entry) => ({
      column: entry.column,
      call: { ...entry.call, distinct: false, filter: undefined, args: args.map(({ column }) => ref(column)) },
    })),
  };
}

function nameOf(expr: Expr): string {
  return expr.kind === "Column" ? expr.column.name : "value";
}

type Entries = Aggregate["aggregates"];

function severalAggregates(plan: Aggregate, sets: readonly Entries[], context: RuleContext): LogicalPlan {
  const id = context.newCteId();
  const used = new Set(plan.groups.flatMap(({ expr }) => [...columnsOf(expr).keys()]));
  for (const { call } of plan.aggregates) {
    for (const expr of [
      ...call.args,
      ...(call.filter === undefined ? [] : [call.filter]),
      ...call.orderBy.map((key) => key.expr),
    ]) {
      for (const column of columnsOf(expr).keys()) used.add(column);
    }
  }
  const from = outputColumns(plan.input).filter((column) => used.has(column.id));
  const parts = sets.map((aggregates, i) => {
    const columns = from.map(({ name, type, nullable }) => context.newColumn(name, type, nullable));
    const by = new Map(from.map((column, k) => [column.id, ref(columns[k] ?? column)]));
    const groups =
      i === 0
        ? plan.groups
        : plan.groups.map(({ column, expr }) => ({
            column: context.newColumn(column.name, column.type, column.nullable),
            expr,
          }));
    const stub: LogicalPlan = { kind: "CteScan", id, name: "aggregated", columns, from };
    const part = substituteInPlan({ kind: "Aggregate", input: stub, groups, aggregates }, by) as Aggregate;
    return { plan: part, keys: groups.map(({ column }) => column) };
  });
  const [first, ...others] = parts as [(typeof parts)[number], ...typeof parts];
  let joined: LogicalPlan = first.plan;
  for (const part of others) {
    const conditions = first.keys.map((key, i) => isNotDistinct(ref(key), ref(part.keys[i] ?? key)));
    joined = { kind: "Join", join: "inner", left: joined, right: part.plan, conditions, mark: undefined };
  }
  const outputs = outputColumns(plan).map((column: Column) => ({ column, expr: ref(column) }));
  return {
    kind: "With",
    ctes: [{ id, name: "aggregated", plan: plan.input }],
    input: { kind: "Project", input: joined, outputs },
  };
}
