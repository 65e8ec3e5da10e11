import type { Column } from "../../planner/expr/expr.ts";
import type { Limit, LogicalPlan } from "../../planner/logical/plan.ts";
import { byGroup } from "./by-group.ts";
import type { Derivation } from "./derivation.ts";
import { ONE, project } from "./nodes.ts";
import { inOrder, orderOf } from "./order.ts";
import type { Changes } from "./plan.ts";

/**
 * The first rows of an order, ties broken by the rest of the row. Of rows that are never taken back, those behind them never come to the
 * front again.
 */
export function limitChanges(derivation: Derivation, plan: Limit): Changes {
  const { input, limit, offset } = plan;
  const { rows, rebuild, sorted } = orderOf(input) ?? inOrder(input, []);
  const rebuilt = ([bag]: readonly LogicalPlan[]): LogicalPlan => ({ ...plan, input: rebuild(bag!) });
  const changes = derivation.changes(rows);
  if (!changes.insertOnly || limit === undefined || sorted === undefined)
    return byGroup(derivation, plan, [{ changes, keys: [] }], rebuilt, []);
  const { columns } = changes;
  const front = (all: LogicalPlan, weight: Column): LogicalPlan => {
    const ordered = sorted(project(all, columns));
    return project({ kind: "Limit", input: ordered, limit: offset + limit, offset: 0 }, columns, {
      column: weight,
      expr: ONE,
    });
  };
  const weight = derivation.make.weight();
  const candidates = { ...changes, plan: front(changes.plan, weight), weight };
  const kept = { changes: candidates, keys: [], useful: front, keeps: "the first rows" };
  return byGroup(derivation, plan, [kept], rebuilt, []);
}
