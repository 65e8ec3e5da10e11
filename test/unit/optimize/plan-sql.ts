import type { Column, Expr } from "../../../src/planner/expr/expr.ts";
import { printAggregate, printExpr, printSortKey } from "../../../src/planner/expr/print.ts";
import { outputColumns } from "../../../src/planner/logical/columns.ts";
import type { LogicalPlan } from "../../../src/planner/logical/plan.ts";

const name = ({ id }: Column): string => `c${id}`;
const text = (expr: Expr): string => printExpr(expr, name);
const all = (conditions: readonly Expr[]): string =>
  conditions.length === 0 ? "TRUE" : conditions.map((condition) => `(${text(condition)})`).join(" AND ");
const list = (items: readonly string[]): string => (items.length === 0 ? "1 AS nothing" : items.join(", "));

/** An optimized logical plan as SQL for the oracle: column #7 is called `c7`. */
export function planSql(plan: LogicalPlan): string {
  const own = list(outputColumns(plan).map(name));
  switch (plan.kind) {
    case "Scan": {
      const columns = list(
        plan.columns.map(({ column, ordinal }) => `"${plan.source.schema[ordinal]?.name}" AS ${name(column)}`),
      );
      return `SELECT * FROM (SELECT ${columns} FROM "${plan.source.name}") WHERE ${all(plan.filters)}`;
    }
    case "Values": {
      const rows = plan.rows.map(
        (row) => `SELECT ${list(plan.columns.map((column, k) => `${text(row[k] as Expr)} AS ${name(column)}`))}`,
      );
      return rows.join(" UNION ALL ");
    }
    case "Empty":
      return `SELECT ${list(plan.columns.map((column) => `NULL AS ${name(column)}`))} WHERE FALSE`;
    case "Filter":
      return `SELECT * FROM (${planSql(plan.input)}) WHERE ${text(plan.predicate)}`;
    case "Project":
      return `SELECT ${list(plan.outputs.map(({ column, expr }) => `${text(expr)} AS ${name(column)}`))} FROM (${planSql(plan.input)})`;
    case "Aggregate": {
      const groups = plan.groups.map(({ column, expr }) => `${text(expr)} AS ${name(column)}`);
      const aggregates = plan.aggregates.map(({ column, call }) => `${printAggregate(call, name)} AS ${name(column)}`);
      if (groups.length + aggregates.length === 0) return "SELECT 1 AS nothing";
      const by = groups.length === 0 ? "" : ` GROUP BY ${groups.map((_, i) => i + 1).join(", ")}`;
      return `SELECT ${[...groups, ...aggregates].join(", ")} FROM (${planSql(plan.input)})${by}`;
    }
    case "Join": {
      const left = planSql(plan.left);
      const right = planSql(plan.right);
      const on = all(plan.conditions);
      switch (plan.join) {
        case "semi":
          return `SELECT * FROM (${left}) WHERE EXISTS (SELECT 1 FROM (${right}) WHERE ${on})`;
        case "anti":
          return `SELECT * FROM (${left}) WHERE NOT EXISTS (SELECT 1 FROM (${right}) WHERE ${on})`;
        case "mark": {
          const kept = list(outputColumns(plan.left).map(name));
          const mark = `CASE WHEN EXISTS (SELECT 1 FROM (${right}) WHERE ${on}) THEN TRUE WHEN EXISTS (SELECT 1 FROM (${right}) WHERE (${on}) IS NULL) THEN NULL ELSE FALSE END`;
          return `SELECT ${kept}, ${mark} AS ${name(plan.mark as Column)} FROM (${left})`;
        }
        case "single":
          return `SELECT ${own} FROM (${left}) LEFT JOIN (${right}) ON ${on}`;
        default:
          return `SELECT ${own} FROM (${left}) ${plan.join} JOIN (${right}) ON ${on}`;
      }
    }
    case "SetOperation":
      return plan.inputs
        .map(
          (input, i) =>
            `SELECT ${list(plan.columns.map((column, k) => `${name(plan.inputColumns[i]?.[k] as Column)} AS ${name(column)}`))} FROM (${planSql(input)})`,
        )
        .join(` ${plan.op} ${plan.all ? "ALL" : ""} `);
    case "Sort":
      return `SELECT * FROM (${planSql(plan.input)}) ORDER BY ${plan.keys.map((key) => printSortKey(key, name)).join(", ")}`;
    case "Limit":
      return `SELECT * FROM (${planSql(plan.input)}) ${plan.limit === undefined ? "" : `LIMIT ${plan.limit}`} OFFSET ${plan.offset}`;
    case "With":
      return `WITH ${plan.ctes.map((cte) => `cte${cte.id} AS MATERIALIZED (${planSql(cte.plan)})`).join(", ")} SELECT * FROM (${planSql(plan.input)})`;
    case "CteScan":
      return `SELECT ${list(plan.columns.map((column, k) => `${name(plan.from[k] as Column)} AS ${name(column)}`))} FROM cte${plan.id}`;
    case "DependentJoin":
      throw new Error("a dependent join is left");
  }
}
