import { HeadraceError } from "../../../error.ts";
import type { AggregateCall, Column, Expr, SortKey } from "../../expr/expr.ts";
import { columnsOf, ref } from "../../expr/columns.ts";
import { typeOf } from "../../expr/type-of.ts";
import { aggregateOf } from "../../functions/registry.ts";
import { outputColumns } from "../../logical/columns.ts";
import type { Aggregate, LogicalPlan } from "../../logical/plan.ts";
import type { RuleContext } from "../context.ts";
import { BIGINT } from "../../types/types.ts";
import { comparison, disjunction, exprKey, isNotDistinct, literal } from "../predicates.ts";
import type { Rule } from "../rule.ts";
import { substituteInPlan } from "../../logical/rename.ts";

/**
 * An aggregate over DISTINCT arguments becomes two levels: the inner one makes the arguments distinct per group, and counts for each
 * FILTER the rows that pass. Calls over different arguments, with and without DISTINCT, or in different orders become several
 * aggregates over one common subplan, joined on the group.
 */
export const rewriteDistinctAggregates: Rule<"Aggregate"> = {
  name: "RewriteDistinctAggregates",
  on: "Aggregate",
  apply: (plan, context) => {
    if (!plan.aggregates.some(({ call }) => call.distinct || call.orderBy.length > 0)) return undefined;
    if (plan.aggregates.some(({ call }) => isOverspecified(call))) {
      const aggregates = plan.aggregates.map(({ column, call }) => {
        const distinct = call.distinct && !ignoresDuplicates(call.name);
        return { column, call: { ...call, distinct, orderBy: ignoresOrder(call.name) ? [] : call.orderBy } };
      });
      return { ...plan, aggregates };
    }
    const sets = new Map<string, Aggregate["aggregates"][number][]>();
    for (const entry of plan.aggregates) {
      const key = argumentKey(entry.call);
      sets.set(key, [...(sets.get(key) ?? []), entry]);
    }
    // Calls in any order go along with ordered ones.
    const anyOrder = sets.get("");
    const [first] = [...sets].filter(([key, entries]) => key !== "" && entries[0]?.call.distinct === false);
    if (anyOrder !== undefined && first !== undefined) {
      sets.delete("");
      sets.set(first[0], [...first[1], ...anyOrder]);
    }
    if (sets.size > 1) return severalAggregates(plan, [...sets.values()], context);
    return plan.aggregates.some(({ call }) => call.distinct) ? twoLevels(plan, context) : undefined;
  },
};

function isOverspecified({ name, distinct, orderBy }: AggregateCall): boolean {
  return (distinct && ignoresDuplicates(name)) || (orderBy.length > 0 && ignoresOrder(name));
}

/** An order changes nothing for these. */
function ignoresOrder(name: string): boolean {
  return ignoresDuplicates(name) || name === "count" || name === "sum" || name === "avg" || name === "bit_xor";
}

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

/** Empty for calls that take the rows in any order; those whose result shows the order they come in have a key of their own. */
function argumentKey(call: AggregateCall): string {
  if (!call.distinct && call.orderBy.length === 0) return aggregateOf(call)?.ordered === true ? "arrival" : "";
  const order = call.orderBy.map((key) => `${exprKey(key.expr)}:${key.descending}:${key.nullsFirst}`).join();
  return call.distinct ? `distinct ${call.args.map(exprKey).join()}|${order}` : order;
}

function twoLevels(plan: Aggregate, context: RuleContext): LogicalPlan {
  const call = plan.aggregates[0]?.call;
  if (call === undefined) return plan;
  const { newColumn } = context;
  const filters = new Map(plan.aggregates.map(({ call: { filter } }) => [filter && exprKey(filter), filter]));
  const given = [...filters.values()].filter((filter) => filter !== undefined);
  const isForAll = given.length === filters.size;
  // Where no FILTER holds, arguments that can fail must not be evaluated.
  const values = call.args.map((arg): Expr => {
    if (!isForAll) return arg;
    const otherwise = literal(null, typeOf(arg));
    return { kind: "Case", branches: [{ when: disjunction(given), then: arg }], otherwise, type: typeOf(arg) };
  });
  const keys = plan.groups.map(({ column, expr }) => ({
    column: newColumn(column.name, column.type, column.nullable),
    expr,
  }));
  const args = values.map((expr) => ({ column: newColumn(nameOf(expr), typeOf(expr), true), expr }));
  // Most aggregates skip the NULLs that stand for other rows.
  const skipsNulls =
    call.args.length === 1 && plan.aggregates.every((entry) => aggregateOf(entry.call)?.ordered !== true);
  const isCounted = filters.size > 1 || (isForAll && !skipsNulls);
  const passing = new Map(
    (isCounted ? given : []).map((filter) => [exprKey(filter), countPassing(filter, context)] as const),
  );
  const orderBy = call.orderBy.map((key): SortKey => {
    const at = call.args.findIndex((arg) => exprKey(arg) === exprKey(key.expr));
    const column = args[at]?.column;
    if (column === undefined) {
      throw new HeadraceError("bind", "with DISTINCT, an aggregate's ORDER BY may only use its arguments", {
        span: call.span,
      });
    }
    return { ...key, expr: ref(column) };
  });
  const inner: LogicalPlan = {
    kind: "Aggregate",
    input: plan.input,
    groups: [...keys, ...args],
    aggregates: [...passing.values()],
  };
  const some = (passed: Column): Expr => comparison(">", ref(passed), literal(0n, BIGINT));
  return {
    kind: "Aggregate",
    input: inner,
    groups: plan.groups.map(({ column }, i) => ({ column, expr: ref(keys[i]?.column ?? column) })),
    aggregates: plan.aggregates.map((entry) => {
      const passed = entry.call.filter && passing.get(exprKey(entry.call.filter));
      return {
        column: entry.column,
        call: {
          ...entry.call,
          distinct: false,
          filter: passed && some(passed.column),
          args: args.map(({ column }) => ref(column)),
          orderBy,
        },
      };
    }),
  };
}

function countPassing(filter: Expr, { newColumn }: RuleContext): Entries[number] {
  const call = { name: "count", args: [], distinct: false, filter, orderBy: [], type: BIGINT };
  return { column: newColumn("passed", BIGINT, false), call };
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
