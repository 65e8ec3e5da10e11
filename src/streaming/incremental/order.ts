import { ref, substituteColumns } from "../../planner/expr/columns.ts";
import type { Expr } from "../../planner/expr/expr.ts";
import { outputColumns } from "../../planner/logical/columns.ts";
import type { LogicalPlan, Sort } from "../../planner/logical/plan.ts";

/** Rows that an operator gets in an order: those below the Sort, and what is above it. */
export type Ordered = {
  readonly rows: LogicalPlan;
  /** The plan over other rows with the same columns. Ties are broken by the rest of the row. */
  readonly rebuild: (rows: LogicalPlan) => LogicalPlan;
  /** The order, to the last row; undefined: what is above the Sort drops some of them. */
  readonly keys: Keys | undefined;
  /** An expression over the plan's columns as one over those of `rows`. */
  readonly below: (expr: Expr) => Expr;
};

/** Z-sets have no order: an operator to which it matters sorts the rows itself. Undefined where nothing sorts them. */
export function orderOf(plan: LogicalPlan): Ordered | undefined {
  switch (plan.kind) {
    case "Sort":
      return inOrder(plan.input, plan.keys);
    case "Filter": {
      const order = orderOf(plan.input);
      return order && { ...order, keys: undefined, rebuild: (rows) => ({ ...plan, input: order.rebuild(rows) }) };
    }
    case "Project": {
      const order = orderOf(plan.input);
      const by = new Map(plan.outputs.map(({ column, expr }) => [column.id, expr]));
      return (
        order && {
          ...order,
          rebuild: (rows) => ({ ...plan, input: order.rebuild(rows) }),
          below: (expr) => order.below(substituteColumns(expr, by)),
        }
      );
    }
    default:
      return undefined;
  }
}

type Keys = Sort["keys"];

/** The rows of a plan by `keys` and then by all columns. */
export function inOrder(plan: LogicalPlan, keys: Keys): Ordered {
  const rest = outputColumns(plan).map((column) => ({ expr: ref(column), descending: false, nullsFirst: false }));
  const all = [...keys, ...rest];
  return {
    rows: plan,
    rebuild: (rows) => ({ kind: "Sort", input: rows, keys: all }),
    keys: all,
    below: (expr) => expr,
  };
}
