/**
 * Conditions on the moment, such as `ts > now() - INTERVAL '5' MINUTE`: as time passes, rows come and go of which no input says
 * anything. The moment of an epoch is its processing time.
 */
import { columnsOf, ref, substituteColumns } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import { someExpr, transformExpr } from "../../planner/expr/map.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { mapInputs } from "../../planner/logical/map.ts";
import type { Filter, LogicalPlan } from "../../planner/logical/plan.ts";
import { conjunction, conjunctsOf, mirroredComparison } from "../../planner/optimize/predicates.ts";
import { BIGINT, BOOLEAN, DATE, TIME, TIMESTAMP, TIMESTAMPTZ } from "../../planner/types/types.ts";
import type { Fact } from "../time/facts.ts";
import { isExactOffset, leastOffset, ZONES } from "../time/offsets.ts";
import { readClock } from "./clock.ts";
import type { Derivation } from "./derivation.ts";
import { call, cast, join, literal, negated, not, project, same, unionAll, when } from "./nodes.ts";
import { orderOf } from "./order.ts";
import type { Changes } from "./plan.ts";
import { scanRelation } from "./relation.ts";

/** The moment's functions as expressions over an instant. */
const MOMENTS: { readonly [name: string]: (instant: Expr, args: readonly Expr[]) => Expr } = {
  now: (instant) => instant,
  current_date: (instant) => cast(instant, DATE),
  current_localtimestamp: (instant) => cast(instant, TIMESTAMP),
  current_localtime: (instant) => cast(cast(instant, TIMESTAMP), TIME),
  ago: (instant, [interval]) => call("-", [instant, interval!], TIMESTAMPTZ),
};

const isMoment = (expr: Expr): boolean => expr.kind === "Call" && Object.hasOwn(MOMENTS, expr.name);

/** Whether the value depends on when it is asked for, in a way that is followed. */
export const readsMoment = (expr: Expr): boolean => someExpr(expr, isMoment);

/** A filter of one condition on the moment, as `withMoments` makes them. */
export const isMomentFilter = (plan: LogicalPlan): boolean => plan.kind === "Filter" && readsMoment(plan.predicate);

/** The plan with every condition on the moment in a filter of its own. Those of joins other than inner ones stay where they are. */
export function withMoments(plan: LogicalPlan): LogicalPlan {
  // What is computed anew, whole, has no place for them.
  if (plan.kind === "Recursion") return plan;
  const node = mapInputs(plan, withMoments);
  switch (node.kind) {
    case "Filter": {
      const { moments, others } = split(conjunctsOf(node.predicate));
      if (moments.length === 0) return node;
      const rest = others.length === 0 ? node.input : { ...node, predicate: conjunction(others) };
      return momentFilters(rest, moments);
    }
    case "Scan": {
      const { moments, others } = split(node.filters);
      return moments.length === 0 ? node : momentFilters({ ...node, filters: others }, moments);
    }
    case "Join": {
      if (node.join !== "inner") return node;
      const { moments, others } = split(node.conditions.flatMap(conjunctsOf));
      return moments.length === 0 ? node : momentFilters({ ...node, conditions: others }, moments);
    }
    default:
      return node;
  }
}

function split(conditions: readonly Expr[]): { readonly moments: readonly Expr[]; readonly others: readonly Expr[] } {
  return {
    moments: conditions.filter(readsMoment),
    others: conditions.filter((condition) => !readsMoment(condition)),
  };
}

/** Below what makes an order, which the operator above wants to see. */
function momentFilters(input: LogicalPlan, moments: readonly Expr[]): LogicalPlan {
  if (orderOf(input) !== undefined) {
    if (input.kind === "Sort" || input.kind === "Filter")
      return { ...input, input: momentFilters(input.input, moments) };
    if (input.kind === "Project") {
      const by = new Map(input.outputs.map(({ column, expr }) => [column.id, expr]));
      const below = moments.map((moment) => substituteColumns(moment, by));
      return { ...input, input: momentFilters(input.input, below) };
    }
  }
  return moments.reduce<LogicalPlan>((rows, predicate) => ({ kind: "Filter", input: rows, predicate }), input);
}

/**
 * New rows that meet the condition now, and of the rows so far those that meet it since this epoch, or no longer. Rows of which it
 * follows that they never will change sides again are forgotten.
 */
export function momentChanges(derivation: Derivation, { input, predicate }: Filter): Changes {
  const { make } = derivation;
  const changes = derivation.changes(input);
  const { columns, insertOnly } = changes;
  const turn = turnOf(predicate);
  const clock = derivation.clock([{ clock: "now", offset: 0n, late: false }], TIMESTAMPTZ);
  const kept = derivation.keep(changes, "input of Filter");
  const state = derivation.stateOf(kept, { expiry: turn?.settled });

  const at = (moment: Column): Expr =>
    transformExpr(predicate, (part) =>
      part.kind === "Call" && isMoment(part) ? MOMENTS[part.name]!(ref(moment), part.args) : part,
    );
  const isTrue = (condition: Expr): Expr => when(condition, literal(true, BOOLEAN), literal(false, BOOLEAN), BOOLEAN);

  const added = make.weight();
  const present = readClock(derivation, clock);
  const current = derivation.copy(
    project(join("inner", scanRelation(kept.delta, columns, added), present.plan, [at(present.now)]), columns, {
      column: changes.weight,
      expr: ref(added),
    }),
    [...columns, changes.weight],
  );

  const old = make.weight();
  const [past, signed] = [readClock(derivation, clock), make.weight()];
  const [before, now] = [isTrue(at(past.before)), isTrue(at(past.now))];
  const turned = join("inner", scanRelation(state, columns, old), past.plan, [not(same(before, now))]);
  const sign = turn?.onlyEnters === true ? ref(old) : when(now, ref(old), negated(old), BIGINT);
  const passed = derivation.keep(
    {
      plan: project(turned, columns, { column: signed, expr: sign }),
      columns,
      weight: signed,
      insertOnly: false,
      facts: [],
    },
    "rows that time turns",
    clock,
  );
  const later = derivation.readAgain(passed);

  const weight = make.weight();
  return {
    plan: unionAll([current, { plan: later.plan, columns: [...later.columns, later.weight] }], [...columns, weight]),
    columns,
    weight,
    insertOnly: insertOnly && turn?.onlyEnters === true,
    // Rows come and go at times of their own.
    facts: [],
    fleeting: turn?.onlyLeaves === true,
  };
}

/** What is known of when a condition turns. */
type Turn = {
  /** Where the expression is below the bound, the condition never changes again. */
  readonly settled: Fact;
  /** From FALSE to TRUE only. */
  readonly onlyEnters: boolean;
  /** It is FALSE in the end. */
  readonly onlyLeaves: boolean;
};

/** A condition that compares a value of the row with the moment, moved by something constant. */
function turnOf(predicate: Expr): Turn | undefined {
  if (predicate.kind !== "Call" || predicate.args.length !== 2) return undefined;
  const [left, right] = predicate.args as [Expr, Expr];
  const name = predicate.name === "is_not_distinct" ? "=" : predicate.name;
  if (mirroredComparison(name) === undefined || name === "<>") return undefined;
  if (readsMoment(right)) return readsMoment(left) ? undefined : turnOfSides(name, left, right);
  return turnOfSides(mirroredComparison(name)!, right, left);
}

/** `other <name> moving`, of which only the second one reads the moment. */
function turnOfSides(name: string, other: Expr, moving: Expr): Turn | undefined {
  const [first, second] = moving.kind === "Call" && moving.name === "-" ? (moving.args as [Expr, Expr]) : [];
  if (first === undefined || second === undefined || typeOf(moving).kind !== "Interval")
    return turnBy(name, other, moving);
  // An age: `length <name> moment - row`, or `length <name> row - moment`. It is one of wall time.
  const turn = readsMoment(first)
    ? turnBy(name, second, call("-", [first, other], typeOf(first)), ZONES)
    : turnBy(mirroredComparison(name)!, first, call("+", [second, other], typeOf(second)), ZONES);
  return turn && { ...turn, onlyEnters: false };
}

/** `row <name> moment`; zones may make `slack` microseconds of difference. */
function turnBy(name: string, row: Expr, moment: Expr, slack: bigint = 0n): Turn | undefined {
  if (columnsOf(row).size === 0 || columnsOf(moment).size > 0) return undefined;
  const least = leastOffset(moment, isMoment);
  if (least === undefined) return undefined;
  const offset = least - slack;
  const { kind } = typeOf(row);
  const isTime = kind === "Timestamp" || kind === "TimestampTz";
  if (!isTime && kind !== "Date") return undefined;
  const expr = isTime ? row : cast(row, TIMESTAMP);
  const enters = name === "<" || name === "<=";
  return {
    settled: { expr, bound: [{ clock: "now", offset, late: false }] },
    onlyEnters: enters && isExactOffset(moment, isMoment),
    onlyLeaves: !enters,
  };
}
