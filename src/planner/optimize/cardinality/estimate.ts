import { unnestedColumns } from "../../logical/columns.ts";
import { inputsOf, walkPlan } from "../../logical/map.ts";
import type { Aggregate, LogicalPlan } from "../../logical/plan.ts";
import type { AggregateCall, Column } from "../../expr/expr.ts";
import { type ColumnEstimate, columnEstimate, distinctAfter, unknownColumn } from "./column-estimate.ts";
import { estimateJoin } from "./join.ts";
import { columnOf, distinctOf, restrict } from "./selectivity.ts";

/** What the planner believes of the output of a plan. */
export type Estimate = {
  readonly rows: number;
  /** Rows without any filter: bounds the combinations of values that several columns have. */
  readonly total: number;
  readonly columns: ReadonlyMap<number, ColumnEstimate>;
};

export type Estimator = {
  /** Estimates are kept per plan object. */
  readonly of: (plan: LogicalPlan) => Estimate;
  /** Makes the common subplans defined in `plan` known. */
  readonly define: (plan: LogicalPlan) => void;
};

/** By how much a large group exceeds the average one. */
const LARGE_GROUP = 1.5;

/** Rounds that a recursion is believed to take. */
const ROUNDS = 10;
/** Elements of a list of unknown length. */
const ELEMENTS = 5;

export function createEstimator(): Estimator {
  const known = new WeakMap<LogicalPlan, Estimate>();
  const ctes = new Map<number, LogicalPlan>();
  const define = (root: LogicalPlan): void => {
    walkPlan(root, (plan) => {
      if (plan.kind === "With") for (const cte of plan.ctes) ctes.set(cte.id, cte.plan);
      // Its scans read one round: about as many rows as the first.
      if (plan.kind === "Recursion") ctes.set(plan.id, plan.base).set(plan.unionId, plan);
    });
  };
  const of = (plan: LogicalPlan): Estimate => {
    const found = known.get(plan);
    if (found !== undefined) return found;
    if (plan.kind === "With") define(plan);
    const made = estimate(plan, of, ctes);
    known.set(plan, made);
    return made;
  };
  return { of, define };
}

function estimate(
  plan: LogicalPlan,
  of: (plan: LogicalPlan) => Estimate,
  ctes: ReadonlyMap<number, LogicalPlan>,
): Estimate {
  switch (plan.kind) {
    case "Scan": {
      const { statistics } = plan.source;
      const columns = new Map(
        plan.columns.map(({ column, ordinal }) => [
          column.id,
          columnEstimate(statistics.columns[ordinal], column.type, statistics.rows),
        ]),
      );
      return afterFilter({ rows: statistics.rows, total: statistics.rows, columns }, plan.filters);
    }
    case "Values":
      return uniform(plan.columns, plan.rows.length);
    case "Empty":
      return uniform(plan.columns, 0);
    case "Filter":
      return afterFilter(of(plan.input), [plan.predicate]);
    case "Project": {
      const input = of(plan.input);
      const columns = new Map<number, ColumnEstimate>();
      for (const { column, expr } of plan.outputs) {
        const distinct = Math.max(1, Math.min(input.rows, distinctOf(expr, input.columns)));
        columns.set(
          column.id,
          columnOf(expr, input.columns) ?? { ...unknownColumn(column.type, input.rows), distinct, domain: distinct },
        );
      }
      return { ...input, columns };
    }
    case "Aggregate":
      return estimateAggregate(plan, of(plan.input));
    case "MapBatches":
      return uniform(plan.columns, of(plan.input).rows);
    case "Unnest": {
      const input = of(plan.input);
      const rows = input.rows * ELEMENTS;
      const columns = new Map(input.columns);
      for (const column of unnestedColumns(plan)) columns.set(column.id, unknownColumn(column.type, rows));
      return { ...input, rows, columns };
    }
    case "Window": {
      const input = of(plan.input);
      const columns = new Map(input.columns);
      for (const { column } of plan.functions) columns.set(column.id, unknownColumn(column.type, input.rows));
      return { ...input, columns };
    }
    case "Join":
    case "DependentJoin":
      return estimateJoin(plan.join, of(plan.left), of(plan.right), plan.conditions, plan.mark);
    case "SetOperation": {
      const inputs = plan.inputs.map(of);
      const sum = inputs.reduce((total, { rows }) => total + rows, 0);
      const first = inputs[0]?.rows ?? 0;
      const rows =
        plan.op === "union" ? (plan.all ? sum : sum * 0.7) : plan.op === "intersect" ? first * 0.3 : first * 0.7;
      const columns = new Map<number, ColumnEstimate>();
      for (const [k, column] of plan.columns.entries()) {
        const parts = inputs.flatMap((input, i) => input.columns.get(plan.inputColumns[i]?.[k]?.id ?? -1) ?? []);
        columns.set(column.id, parts.length < inputs.length ? unknownColumn(column.type, rows) : merged(parts, rows));
      }
      return { rows, total: rows, columns };
    }
    case "Sort":
    case "With":
      return of(plan.input);
    case "Recursion":
      return uniform(plan.columns, Math.max(1, of(plan.base).rows) * ROUNDS);
    case "Sample": {
      const input = of(plan.input);
      const rows = plan.unit === "rows" ? plan.size : (input.rows * plan.size) / 100;
      return scaled(input, Math.min(input.rows, rows));
    }
    case "AsofJoin": {
      const [left, right] = [of(plan.left), of(plan.right)];
      if (plan.join === "semi" || plan.join === "anti") return scaled(left, left.rows / 2);
      return { ...left, columns: new Map([...left.columns, ...right.columns]) };
    }
    case "PositionalJoin": {
      const [left, right] = [of(plan.left), of(plan.right)];
      const rows = Math.max(left.rows, right.rows);
      return { rows, total: rows, columns: new Map([...left.columns, ...right.columns]) };
    }
    case "Limit": {
      const input = of(plan.input);
      const rows = Math.max(0, Math.min(input.rows - plan.offset, plan.limit ?? Infinity));
      return scaled(input, rows);
    }
    case "CteScan": {
      const definition = ctes.get(plan.id);
      if (definition === undefined) return uniform(plan.columns, 1000);
      const input = of(definition);
      const columns = new Map<number, ColumnEstimate>();
      for (const [k, column] of plan.columns.entries()) {
        columns.set(column.id, input.columns.get(plan.from[k]?.id ?? -1) ?? unknownColumn(column.type, input.rows));
      }
      return { ...input, columns };
    }
  }
}

function estimateAggregate(plan: Aggregate, input: Estimate): Estimate {
  let groups = 1;
  // Further columns tend to depend on earlier ones: each counts less.
  const distincts = plan.groups.map(({ expr }) => distinctOf(expr, input.columns)).toSorted((a, b) => b - a);
  for (const [i, distinct] of distincts.entries()) groups *= i < 2 ? distinct : distinct ** 0.7;
  const rows = plan.groups.length === 0 ? 1 : Math.max(Math.min(1, input.rows), Math.min(groups, input.rows));
  const columns = new Map<number, ColumnEstimate>();
  for (const { column, expr } of plan.groups) {
    const known = columnOf(expr, input.columns);
    const distinct = Math.min(rows, distinctOf(expr, input.columns));
    columns.set(
      column.id,
      known === undefined
        ? { ...unknownColumn(column.type, rows), distinct, domain: distinct }
        : { ...known, distinct },
    );
  }
  for (const { column, call } of plan.aggregates) {
    columns.set(column.id, estimateCall(call, column, input, rows));
  }
  return { rows, total: rows, columns };
}

function estimateCall(call: AggregateCall, column: Column, input: Estimate, rows: number): ColumnEstimate {
  const [arg] = call.args;
  const known = arg === undefined ? undefined : columnOf(arg, input.columns);
  const unknown = { ...unknownColumn(column.type, rows), distinct: Math.max(1, rows) };
  const perGroup = input.rows / Math.max(1, rows);
  if (call.name === "count")
    return {
      ...unknown,
      min: 0,
      max: Math.max(1, perGroup * LARGE_GROUP),
      distinct: Math.max(1, Math.min(rows, perGroup * LARGE_GROUP)),
    };
  if (known?.min === undefined || known.max === undefined) return unknown;
  if (call.name === "min" || call.name === "max" || call.name === "avg") return capped(known, rows);
  if (call.name !== "sum") return unknown;
  return { ...unknown, min: Math.min(0, known.min) * perGroup, max: Math.max(0, known.max) * perGroup * LARGE_GROUP };
}

/** The estimate with only the rows for which all conjuncts hold. */
export function afterFilter(input: Estimate, conjuncts: readonly Parameters<typeof restrict>[0][number][]): Estimate {
  if (conjuncts.length === 0) return input;
  const { selectivity, columns: narrowed } = restrict(conjuncts, input.columns);
  const rows = input.rows * selectivity;
  const columns = new Map<number, ColumnEstimate>();
  for (const [id, column] of input.columns) {
    const own = narrowed.get(id);
    columns.set(
      id,
      own === undefined ? { ...column, distinct: distinctAfter(column.distinct, input.rows, rows) } : capped(own, rows),
    );
  }
  return { rows, total: input.total, columns };
}

/** Evenly fewer (or more) rows. */
export function scaled(input: Estimate, rows: number): Estimate {
  const columns = new Map<number, ColumnEstimate>();
  for (const [id, column] of input.columns)
    columns.set(id, { ...column, distinct: distinctAfter(column.distinct, input.rows, rows) });
  return { rows, total: input.total, columns };
}

function uniform(columns: readonly Column[], rows: number): Estimate {
  return {
    rows,
    total: rows,
    columns: new Map(columns.map((column) => [column.id, unknownColumn(column.type, rows)])),
  };
}

function capped(column: ColumnEstimate, rows: number): ColumnEstimate {
  return { ...column, distinct: Math.max(1, Math.min(column.distinct, rows)) };
}

function merged(parts: readonly ColumnEstimate[], rows: number): ColumnEstimate {
  const first = parts[0] as ColumnEstimate;
  const distinct = Math.min(
    rows,
    parts.reduce((sum, part) => sum + part.distinct, 0),
  );
  const bound = (
    pick: (part: ColumnEstimate) => number | undefined,
    best: (a: number, b: number) => number,
  ): number | undefined =>
    parts.reduce<number | undefined>((known, part) => {
      const value = pick(part);
      return known === undefined || value === undefined ? undefined : best(known, value);
    }, pick(first));
  return {
    ...first,
    distinct,
    domain: distinct,
    min: bound((part) => part.min, Math.min),
    max: bound((part) => part.max, Math.max),
  };
}

/** Rows that the plan reads and makes in all its nodes: a crude price for computing it. */
export function workOf(plan: LogicalPlan, estimator: Estimator): number {
  const own = plan.kind === "Scan" ? plan.source.statistics.rows : estimator.of(plan).rows;
  return inputsOf(plan).reduce((sum, input) => sum + workOf(input, estimator), own);
}
