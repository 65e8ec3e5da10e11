import type { AggregateCall, Column, Expr } from "../../expr/expr.ts";
import { ref } from "../../expr/columns.ts";
import type { Aggregate, LogicalPlan } from "../../logical/plan.ts";
import { BIGINT } from "../../types/types.ts";
import { isMovable } from "../fallible.ts";
import type { Rule } from "../rule.ts";

/** `count(*)` over all pairs of rows is the product of two counts: none of the pairs is made. */
export const multiplyCounts: Rule<"Aggregate"> = {
  name: "MultiplyCounts",
  on: "Aggregate",
  apply: (plan, { newColumn }) => {
    if (!countsRows(plan)) return undefined;
    let join: LogicalPlan = plan.input;
    while (join.kind === "Project" && join.outputs.every(({ expr }) => isMovable(expr))) join = join.input;
    if (join.kind !== "Join" || join.join !== "inner" || join.conditions.length > 0) return undefined;
    const counted = (input: LogicalPlan): { readonly plan: LogicalPlan; readonly count: Column } => {
      const count = newColumn("count", BIGINT, false);
      return { plan: { kind: "Aggregate", input, groups: [], aggregates: [{ column: count, call: COUNT }] }, count };
    };
    const [left, right] = [counted(join.left), counted(join.right)];
    const product: Expr = { kind: "Call", name: "*", args: [ref(left.count), ref(right.count)], type: BIGINT };
    return {
      kind: "Project",
      input: { ...join, left: left.plan, right: right.plan },
      outputs: plan.aggregates.map(({ column }) => ({ column, expr: product })),
    };
  },
};

const COUNT: AggregateCall = { name: "count", args: [], distinct: false, filter: undefined, orderBy: [], type: BIGINT };

function countsRows({ groups, aggregates }: Aggregate): boolean {
  return (
    groups.length === 0 &&
    aggregates.length > 0 &&
    aggregates.every(({ call }) => call.name === "count" && call.args.length === 0 && call.filter === undefined)
  );
}
