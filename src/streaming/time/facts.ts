/** What is known of the times in later changes, and how it follows from expressions. */
import { ref } from "../../planner/expr/columns.ts";
import { sameExpr } from "../../planner/expr/equal.ts";
import type { Expr, IntervalValue } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import type { Project } from "../../planner/logical/plan.ts";
import { conjunctsOf, mirroredComparison } from "../../planner/optimize/predicates.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { type Bound, least, microsPerUnit, shifted } from "./bound.ts";

/** In later epochs `expr` is never below `bound`, in no row that comes or goes. */
export type Fact = { readonly expr: Expr; readonly bound: Bound };

/** An expression as another one and so many microseconds. */
export type Shift = { readonly base: Expr; readonly micros: bigint };

/** Intervals that are added are taken off, and what leaves a time as it is; months have no fixed length. */
export function shiftOf(expr: Expr): Shift {
  if (expr.kind === "Call" && expr.name === "time_attribute") return shiftOf(expr.args[0]!);
  if (
    expr.kind === "Cast" &&
    microsPerUnit(expr.type) !== undefined &&
    // Between times with a zone and those without one lies the session's, which changes with the seasons.
    typeOf(expr.input).kind === expr.type.kind
  ) {
    return isFinerOrSame(expr.type, expr.input) ? shiftOf(expr.input) : { base: expr, micros: 0n };
  }
  if (expr.kind === "Call" && (expr.name === "+" || expr.name === "-") && expr.args.length === 2) {
    const [left, right] = expr.args as [Expr, Expr];
    const zoned = expr.type.kind === "TimestampTz";
    const added = constantMicros(right, zoned);
    if (added !== undefined) {
      const { base, micros } = shiftOf(left);
      return { base, micros: expr.name === "+" ? micros + added : micros - added };
    }
    const first = expr.name === "+" ? constantMicros(left, zoned) : undefined;
    if (first !== undefined) {
      const { base, micros } = shiftOf(right);
      return { base, micros: micros + first };
    }
  }
  return { base: expr, micros: 0n };
}

/** A cast that loses nothing. */
function isFinerOrSame(type: SqlType, input: Expr): boolean {
  const [to, from] = [microsPerUnit(type)!, microsPerUnit(typeOf(input))!];
  return to.times * from.by <= from.times * to.by;
}

/** The length of a constant interval; days have no fixed length where there are zones. */
function constantMicros(expr: Expr, zoned: boolean): bigint | undefined {
  if (expr.kind !== "Literal" || expr.type.kind !== "Interval" || expr.value === null) return undefined;
  const { months, days, micros } = expr.value as IntervalValue;
  return months === 0 && !(zoned && days !== 0) ? BigInt(days) * 86_400_000_000n + micros : undefined;
}

/** What is known of an expression, first of all without leaving out late rows. */
export function factOf(facts: readonly Fact[], expr: Expr): Bound | undefined {
  return find(facts.filter(isSure), expr) ?? find(facts, expr);
}

/** Holds though late rows come. */
export const isSure = ({ bound }: Fact): boolean => bound.every(({ late }) => !late);

function find(facts: readonly Fact[], expr: Expr): Bound | undefined {
  const known = facts.find((fact) => sameExpr(fact.expr, expr));
  if (known !== undefined) return known.bound;
  const { base, micros } = shiftOf(expr);
  if (base === expr) return undefined;
  const shiftedFact = facts.find((fact) => sameExpr(fact.expr, base));
  return shiftedFact && shifted(shiftedFact.bound, micros);
}

/** `left >= right + micros`. */
export type Order = { readonly left: Expr; readonly right: Expr; readonly micros: bigint };

/** What comparisons say of the order of times; an equality is two of them. */
export function ordersOf(condition: Expr): readonly Order[] {
  if (condition.kind !== "Call" || condition.args.length !== 2) return [];
  const name = condition.name === "is_not_distinct" ? "=" : condition.name;
  const [a, b] = condition.args as [Expr, Expr];
  const unit = microsPerUnit(typeOf(a));
  if (unit === undefined || mirroredComparison(name) === undefined || name === "<>") return [];
  const [left, right] = [shiftOf(a), shiftOf(b)];
  const atLeast = (high: Shift, low: Shift, more: bigint): Order => ({
    left: high.base,
    right: low.base,
    micros: low.micros - high.micros + more,
  });
  // Of two different timestamps one is greater by a unit.
  const step = unit.by === 1n ? unit.times : 0n;
  switch (name) {
    case "=":
      return [atLeast(left, right, 0n), atLeast(right, left, 0n)];
    case ">":
      return [atLeast(left, right, step)];
    case ">=":
      return [atLeast(left, right, 0n)];
    case "<":
      return [atLeast(right, left, step)];
    default:
      return [atLeast(right, left, 0n)];
  }
}

/** The facts of rows that pass a condition. */
export function factsBehindFilter(facts: readonly Fact[], predicate: Expr): readonly Fact[] {
  const added = conjunctsOf(predicate)
    .flatMap(ordersOf)
    .flatMap(({ left, right, micros }): Fact[] => {
      const bound = factOf(facts, right);
      return bound === undefined ? [] : [{ expr: left, bound: shifted(bound, micros) }];
    });
  return [...facts, ...added];
}

export function factsBehindProject(facts: readonly Fact[], { outputs }: Project): readonly Fact[] {
  return outputs.flatMap(({ column, expr }): Fact[] => {
    const bound = factOf(facts, expr);
    return bound === undefined ? [] : [{ expr: ref(column), bound }];
  });
}

/**
 * An expression of one side of an inner join that new rows of the other side bound: they only match where it is at least `bound`.
 * Rows of the own side below that can be forgotten.
 */
export function boundByJoin(
  isOwn: (expr: Expr) => boolean,
  other: readonly Fact[],
  conditions: readonly Expr[],
): readonly Fact[] {
  return conditions
    .flatMap(conjunctsOf)
    .flatMap(ordersOf)
    .flatMap(({ left, right, micros }): Fact[] => {
      const bound = isOwn(left) ? factOf(other, right) : undefined;
      return bound === undefined ? [] : [{ expr: left, bound: shifted(bound, micros) }];
    });
}

/** What is known of the rows of an inner join: a new row of either side meets old rows of the other one. */
export function factsBehindJoin(
  left: readonly Fact[],
  right: readonly Fact[],
  boundLeft: readonly Fact[],
  boundRight: readonly Fact[],
): readonly Fact[] {
  const both = (facts: readonly Fact[], meeting: readonly Fact[]): readonly Fact[] =>
    facts.flatMap(({ expr, bound }): Fact[] => {
      const all = least([bound, factOf(meeting, expr)]);
      return all === undefined ? [] : [{ expr, bound: all }];
    });
  return [...both(left, boundLeft), ...both(right, boundRight)];
}
