import type { Column } from "../../planner/expr/expr.ts";
import type { Limit, LogicalPlan, Sort } from "../../planner/logical/plan.ts";
import { byGroup } from "./by-group.ts";
import type { Derivation } from "./derivation.ts";
import { ONE, project } from "./nodes.ts";
import { inOrder, orderOf } from "./order.ts";
import { firstOfParts } from "./parts.ts";
import type { Changes } from "./plan.ts";

/** The first rows of an order, ties broken by the rest of the row. */
export function limitChanges(derivation: Derivation, plan: Limit): Changes {
  const { input, limit, offset } = plan;
  const { rows, rebuild, keys } = orderOf(input) ?? inOrder(input, []);
  const rebuilt = ([bag]: readonly LogicalPlan[]): LogicalPlan => ({ ...plan, input: rebuild(bag!) });
  const changes = derivation.changes(rows);
  if (limit === undefined || keys === undefined) return byGroup(derivation, plan, [{ changes, keys: [] }], rebuilt, []);
  if (!changes.insertOnly) {
    const front = firstOfParts(derivation, rows, changes, keys, offset + limit);
    return byGroup(derivation, plan, [{ changes: front, keys: [] }], rebuilt, []);
  }
  // Rows behind these never come to the front again.
  const { columns } = changes;
  const first = (all: LogicalPlan, weight: Column): LogicalPlan => {
    const ordered: Sort = { kind: "Sort", input: project(all, columns), keys };
    const firstRows: Limit = { kind: "Limit", input: ordered, limit: offset + limit, offset: 0 };
    return project(firstRows, columns, { column: weight, expr: ONE });
  };
  const weight = derivation.make.weight();
  const candidates = { ...changes, plan: first(changes.plan, weight), weight };
  const kept = { changes: candidates, keys: [], useful: first, keeps: "the first rows" };
  return byGroup(derivation, plan, [kept], rebuilt, []);
}
