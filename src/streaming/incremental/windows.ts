import { ref } from "../../planner/expr/columns.ts";
import type { LogicalPlan, Window } from "../../planner/logical/plan.ts";
import { shifted } from "../time/bound.ts";
import { factOf, isSure } from "../time/facts.ts";
import { byGroup } from "./by-group.ts";
import { notExpired } from "./clock.ts";
import type { Derivation, Draft } from "./derivation.ts";
import { ONE, project } from "./nodes.ts";
import type { Changes } from "./plan.ts";

/** Partitions that an epoch touches are computed anew. */
export function windowChanges(derivation: Derivation, plan: Window): Changes {
  if (plan.session !== undefined && plan.input.kind === "Window") return sessionChanges(derivation, plan, plan.input);
  const inputs = [{ changes: derivation.changes(plan.input), keys: plan.partitionBy }];
  return byGroup(derivation, plan, inputs, ([input]) => ({ ...plan, input: input! }), plan.partitionBy);
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
    [{ changes, keys: plan.partitionBy, useful }],
    ([rows]) => rebuild(rows!),
    plan.partitionBy,
    { settled: useful && settled, facts: settled === undefined ? [] : [settled] },
  );
}
