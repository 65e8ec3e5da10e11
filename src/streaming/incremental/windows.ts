import { ref } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import type { Filter, LogicalPlan, Window } from "../../planner/logical/plan.ts";
import { comparison, conjunction, conjunctsOf } from "../../planner/optimize/predicates.ts";
import { shifted } from "../time/bound.ts";
import { factOf, isSure } from "../time/facts.ts";
import { byGroup } from "./by-group.ts";
import { notExpired } from "./clock.ts";
import type { Derivation, Draft } from "./derivation.ts";
import { ONE, project } from "./nodes.ts";
import { orderOf } from "./order.ts";
import type { Changes } from "./plan.ts";

/** Partitions that an epoch touches are computed anew. */
export function windowChanges(derivation: Derivation, plan: Window): Changes {
  if (plan.session !== undefined && plan.input.kind === "Window") return sessionChanges(derivation, plan, plan.input);
  const order = orderOf(plan.input);
  const keys = plan.partitionBy.map((key) => order?.below(key) ?? key);
  const inputs = [{ changes: derivation.changes(order?.rows ?? plan.input), keys }];
  const rebuild = ([rows]: readonly LogicalPlan[]): LogicalPlan => ({ ...plan, input: order?.rebuild(rows!) ?? rows! });
  return byGroup(derivation, plan, inputs, rebuild, plan.partitionBy);
}

/** The names of functions by which rows are numbered from the first of their partition on. */
const RANKS: ReadonlySet<string> = new Set(["row_number", "rank", "dense_rank"]);

/**
 * The first rows of each partition, such as `row_number() ... <= 10`: of rows that are never taken back, those behind them never come
 * to the front again. Undefined where the filter is no such thing.
 */
export function topChanges(derivation: Derivation, filter: Filter): Changes | undefined {
  const { input: window } = filter;
  if (window.kind !== "Window" || window.functions.length !== 1) return undefined;
  const [{ column: rank, call }] = window.functions as [Window["functions"][number]];
  if (!RANKS.has(call.name) || call.filter !== undefined) return undefined;
  if (orderOf(window.input) !== undefined) return undefined;
  const first = conjunctsOf(filter.predicate).flatMap((part) => upperBound(part, rank) ?? []);
  if (first.length === 0) return undefined;
  const changes = derivation.changes(window.input);
  const { columns } = changes;
  // Only one row of a partition is the first.
  const one = call.name === "row_number" && first.some((part) => isOne(part));
  const facts = { repeatable: true, constant: one ? rank : undefined };
  // Equal rows aside, the order then tells all rows apart, whatever the workers do.
  const rest = columns.map((column) => ({ expr: ref(column), descending: false, nullsFirst: false }));
  const ordered = call.name === "row_number" ? { ...window, orderBy: [...window.orderBy, ...rest] } : window;
  const rebuild = (rows: LogicalPlan): LogicalPlan => ({ ...filter, input: { ...ordered, input: rows } });
  const front = (rows: LogicalPlan, weight: Column): LogicalPlan => {
    const kept: LogicalPlan = {
      kind: "Filter",
      input: { ...ordered, input: project(rows, columns) },
      predicate: conjunction(first),
    };
    return project(kept, columns, { column: weight, expr: ONE });
  };
  if (!changes.insertOnly) {
    const inputs = [{ changes, keys: window.partitionBy }];
    return byGroup(derivation, filter, inputs, ([rows]) => rebuild(rows!), window.partitionBy, facts);
  }
  const weight = derivation.make.weight();
  const candidates = { ...changes, plan: front(changes.plan, weight), weight };
  const keeps = `the first rows${window.partitionBy.length === 0 ? "" : " of each partition"}`;
  return byGroup(
    derivation,
    filter,
    [{ changes: candidates, keys: window.partitionBy, useful: front, keeps }],
    ([rows]) => rebuild(rows!),
    window.partitionBy,
    facts,
  );
}

const isOne = (bound: Expr): boolean =>
  bound.kind === "Call" && bound.name === "<=" && bound.args[1]?.kind === "Literal" && bound.args[1].value === 1n;

/** The condition that a rank is no more than a constant, where `part` says so; of one that it equals, the ranks before it count, too. */
function upperBound(part: Expr, rank: Column): Expr | undefined {
  if (part.kind !== "Call" || !["<", "<=", "="].includes(part.name)) return undefined;
  const [left, right] = part.args as [Expr, Expr];
  if (left.kind !== "Column" || left.column.id !== rank.id || right.kind !== "Literal") return undefined;
  return part.name === "=" ? comparison("<=", left, right) : part;
}

/**
 * Sessions: two windows, of which the first one looks at the neighbours of rows. A row belongs to a session that begins at most a gap
 * before it, so that new rows leave alone all sessions whose last row is farther away.
 */
function sessionChanges(derivation: Derivation, plan: Window, neighbours: Window): Changes {
  const { time, gap, last } = plan.session!;
  const changes = derivation.changes(neighbours.input);
  const rebuild = (rows: LogicalPlan): LogicalPlan => ({ ...plan, input: { ...neighbours, input: rows } });
  const bound = factOf(changes.facts, ref(time));
  const over = bound && { expr: ref(last), bound: shifted(bound, -gap) };
  const settled = over !== undefined && isSure(over) ? over : undefined;
  const useful: Draft["rebuild"] =
    settled === undefined || !changes.insertOnly
      ? undefined
      : (rows, weight) => {
          const live = notExpired(derivation, rebuild(project(rows, changes.columns)), settled);
          return project(live, changes.columns, { column: weight, expr: ONE });
        };
  return byGroup(
    derivation,
    plan,
    [{ changes, keys: plan.partitionBy, useful, keeps: useful && "the rows of sessions that go on" }],
    ([rows]) => rebuild(rows!),
    plan.partitionBy,
    { settled: useful && settled, facts: settled === undefined ? [] : [settled] },
  );
}
