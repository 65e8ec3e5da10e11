import type { Column } from "../../expr/expr.ts";
import { ref } from "../../expr/columns.ts";
import type { LogicalPlan, SetOperation } from "../../logical/plan.ts";
import { BIGINT } from "../../types/types.ts";
import type { RuleContext } from "../context.ts";
import { comparison, isNotDistinct } from "../predicates.ts";
import { rowNumbers } from "../row-number.ts";
import type { Rule } from "../rule.ts";

/**
 * UNION is DISTINCT over UNION ALL; INTERSECT and EXCEPT are NULL-safe semi and anti joins of distinct rows, with ALL of rows made
 * distinct by numbering equal ones.
 */
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
    return plan.all ? joinedAll(plan, newColumn) : joined(plan, fresh);
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

/** Equal rows are numbered on both sides: the n-th has a partner where the other side has n of them. */
function joinedAll(plan: SetOperation, newColumn: RuleContext["newColumn"]): LogicalPlan {
  const numbered = (input: LogicalPlan, columns: readonly Column[]): { plan: LogicalPlan; number: Column } => {
    const number = newColumn("number", BIGINT, false);
    const partitionBy = columns.map((column) => ref(column));
    return { plan: rowNumbers(input, number, partitionBy, []), number };
  };
  let left = plan.inputs[0] as LogicalPlan;
  const columns = plan.inputColumns[0] ?? [];
  for (const [i, input] of plan.inputs.slice(1).entries()) {
    const rightColumns = plan.inputColumns[i + 1] ?? [];
    const [first, second] = [numbered(left, columns), numbered(input, rightColumns)];
    const conditions = columns.map((column, k) => isNotDistinct(ref(column), ref(rightColumns[k] ?? column)));
    left = {
      kind: "Join",
      join: plan.op === "intersect" ? "semi" : "anti",
      left: first.plan,
      right: second.plan,
      conditions: [...conditions, comparison("=", ref(first.number), ref(second.number))],
      mark: undefined,
    };
  }
  const outputs = plan.columns.map((column, k) => ({ column, expr: ref(columns[k] ?? column) }));
  return { kind: "Project", input: left, outputs };
}

function distinct(input: LogicalPlan, from: readonly Column[], to: readonly Column[]): LogicalPlan {
  return {
    kind: "Aggregate",
    input,
    groups: to.map((column, k) => ({ column, expr: ref(from[k] ?? column) })),
    aggregates: [],
  };
}
