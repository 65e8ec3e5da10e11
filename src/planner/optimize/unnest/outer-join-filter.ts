import type { Column, Expr } from "../../expr/expr.ts";
import { ref } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import type { DependentJoin, Join, LogicalPlan } from "../../logical/plan.ts";
import { copyPlan, substituteInPlan } from "../../logical/rename.ts";
import { BIGINT } from "../../types/types.ts";
import type { RuleContext } from "../context.ts";
import { conjunction, comparison } from "../predicates.ts";
import { rowNumbers } from "../row-number.ts";

/**
 * An outer, semi or anti join whose condition only a Filter can evaluate, as a lateral join with the right rows that pass for a
 * left row. A full join then meets all right rows once more, by their numbers. `filter` keeps the rows of a plan that pass.
 */
export function joinFiltered(
  join: Join | DependentJoin,
  conditions: readonly Expr[],
  filter: (plan: LogicalPlan, predicate: Expr) => LogicalPlan,
  context: RuleContext,
): LogicalPlan {
  const predicate = conjunction(conditions);
  const lateral = (kind: Join["join"], left: LogicalPlan, right: LogicalPlan): LogicalPlan => ({
    kind: "DependentJoin",
    join: kind,
    left,
    right,
    conditions: [],
    mark: undefined,
  });
  if (join.join === "right") return lateral("left", join.right, filter(join.left, predicate));
  if (join.join !== "full") return lateral(join.join, join.left, filter(join.right, predicate));

  const fresh = ({ name, type, nullable }: Column): Column => context.newColumn(name, type, nullable);
  const copy = copyPlan(join.right, fresh, context.newCteId);
  const columns = outputColumns(join.right);
  const from = columns.map((column) => copy.columns.get(column.id) ?? column);
  const number = context.newColumn("row", BIGINT, false);
  const id = context.newCteId();
  const scan = (as: readonly Column[], row: Column): LogicalPlan => ({
    kind: "CteScan",
    id,
    name: "right",
    columns: [...as, row],
    from: [...from, number],
  });
  const [compared, passed, row] = [columns.map(fresh), fresh(number), fresh(number)];
  const by = new Map(columns.map((column, i) => [column.id, ref(compared[i] as Column)]));
  const numbered = scan(compared, passed);
  const matches: LogicalPlan = {
    kind: "Project",
    input: filter(numbered, substitutedIn(predicate, by)),
    outputs: [{ column: passed, expr: ref(passed) }],
  };
  return {
    kind: "With",
    ctes: [{ id, name: "right", plan: rowNumbers(copy.plan, number, [], []) }],
    input: {
      kind: "Join",
      join: "full",
      left: lateral("left", join.left, matches),
      right: scan(columns, row),
      conditions: [comparison("=", ref({ ...passed, nullable: true }), ref(row))],
      mark: undefined,
    },
  };
}

/** The predicate over other columns, those that its subqueries read included. */
function substitutedIn(predicate: Expr, by: ReadonlyMap<number, Expr>): Expr {
  const none: LogicalPlan = { kind: "Values", columns: [], rows: [[]] };
  const plan = substituteInPlan({ kind: "Filter", input: none, predicate }, by);
  return plan.kind === "Filter" ? plan.predicate : predicate;
}
