import { unsupported } from "../../../error.ts";
import type { Column } from "../../expr/expr.ts";
import { ref } from "../../expr/columns.ts";
import type { LogicalPlan, SetOperation } from "../../logical/plan.ts";
import { isNotDistinct } from "../predicates.ts";
import type { Rule } from "../rule.ts";

/** UNION is DISTINCT over UNION ALL; INTERSECT and EXCEPT are NULL-safe semi and anti joins of distinct rows. */
export const rewriteSetOperations: Rule<"SetOperation"> = {
  name: "RewriteSetOperations",
  on: "SetOperation",
  apply: (plan, { newColumn }) => {
    const fresh = (): readonly Column[] =>
      plan.columns.map(({ name, type, nullable }) => newColumn(name, type, nullable));
    if (plan.op === "union") {
      if (plan.all) return undefined;
      const columns = fresh();
      return distinct({ ...plan, all: true, columns }, columns, plan.columns);
    }
    if (plan.all) throw unsupported(`${plan.op.toUpperCase()} ALL`);
    return joined(plan, fresh);
  },
};

function joined(plan: SetOperation, fresh: () => readonly Column[]): LogicalPlan {
  const [first, ...others] = plan.inputs;
  if (first === undefined) return plan;
  let columns = fresh();
  let result: LogicalPlan = distinct(first, plan.inputColumns[0] ?? [], others.length === 0 ? plan.columns : columns);
  for (const [i, right] of others.entries()) {
    const rightColumns = plan.inputColumns[i + 1] ?? [];
    const conditions = columns.map((column, k) => isNotDistinct(ref(column), ref(rightColumns[k] ?? column)));
    result = {
      kind: "Join",
      join: plan.op === "intersect" ? "semi" : "anti",
      left: result,
      right,
      conditions,
      mark: undefined,
    };
  }
  const last = columns;
  columns = plan.columns;
  return {
    kind: "Project",
    input: result,
    outputs: columns.map((column, k) => ({ column, expr: ref(last[k] ?? column) })),
  };
}

function distinct(input: LogicalPlan, from: readonly Column[], to: readonly Column[]): LogicalPlan {
  return {
    kind: "Aggregate",
    input,
    groups: to.map((column, k) => ({ column, expr: ref(from[k] ?? column) })),
    aggregates: [],
  };
}
