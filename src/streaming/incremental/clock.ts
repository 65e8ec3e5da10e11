/** Rows by the time that a watermark has reached. */
import { columnsOf, ref } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { BOOLEAN } from "../../planner/types/types.ts";
import { type Fact, isSure } from "../time/facts.ts";
import type { Derivation } from "./derivation.ts";
import { call, join } from "./nodes.ts";
import { type Relation, scanRelation } from "./relation.ts";

/** The rows that may still be of use. */
export function notExpired(derivation: Derivation, rows: LogicalPlan, { expr, bound }: Fact): LogicalPlan {
  const { now, plan } = readClock(derivation, derivation.clock(bound, typeOf(expr)));
  return join("inner", rows, plan, [call(">=", [expr, ref(now)], BOOLEAN)]);
}

/** The rows that the changes of this epoch may concern. */
export function notSettled(derivation: Derivation, rows: LogicalPlan, { expr, bound }: Fact): LogicalPlan {
  const { before, plan } = readClock(derivation, derivation.clock(bound, typeOf(expr)));
  return join("inner", rows, plan, [call(">=", [expr, ref(before)], BOOLEAN)]);
}

/** The rows of which this epoch has made sure that nothing about them changes any more. */
export function becomingFinal(derivation: Derivation, rows: LogicalPlan, expr: Expr, clock: Relation): LogicalPlan {
  const { before, now, plan } = readClock(derivation, clock);
  return join("inner", rows, plan, [call(">=", [expr, ref(before)], BOOLEAN), call("<", [expr, ref(now)], BOOLEAN)]);
}

export function readClock(
  { make }: Derivation,
  clock: Relation,
): { readonly before: Column; readonly now: Column; readonly plan: LogicalPlan } {
  const { type } = clock.source.schema[0]!;
  const [before, now] = [make.make("before", type), make.make("now", type)];
  return { before, now, plan: scanRelation(clock, [before, now], make.weight()) };
}

/** What bounds rows that have these columns, first of all without leaving out late rows. */
export function finalityOf(facts: readonly Fact[], columns: readonly Column[]): Fact | undefined {
  const ids = new Set(columns.map(({ id }) => id));
  const own = facts.filter(({ expr }) => [...columnsOf(expr).keys()].every((id) => ids.has(id)));
  return own.find(isSure) ?? own[0];
}
