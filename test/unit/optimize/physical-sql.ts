import type { Column, Expr } from "../../../src/planner/expr/expr.ts";
import { printAggregate, printExpr, printSortKey } from "../../../src/planner/expr/print.ts";
import { outputOf } from "../../../src/planner/physical/columns.ts";
import type { PhysicalPlan } from "../../../src/planner/physical/plan.ts";
import { windowCallSql } from "../../support/window-sql.ts";

const name = ({ id }: Column): string => `c${id}`;
const text = (expr: Expr): string => printExpr(expr, name);
const all = (conditions: readonly string[]): string => (conditions.length === 0 ? "TRUE" : conditions.join(" AND "));
const list = (items: readonly string[]): string => (items.length === 0 ? "1 AS nothing" : items.join(", "));
const filtersText = (filters: readonly Expr[]): string => all(filters.map((filter) => `(${text(filter)})`));

/** A physical plan as SQL for the oracle: exchanges pass, a final aggregate is computed over the partial one's input. */
export function physicalSql(plan: PhysicalPlan): string {
  switch (plan.kind) {
    case "TableScan": {
      const columns = list(
        plan.columns.map(({ column, ordinal }) => `"${plan.source.schema[ordinal]?.name}" AS ${name(column)}`),
      );
      return `SELECT * FROM (SELECT ${columns} FROM "${plan.source.name}") WHERE ${filtersText(plan.filters)}`;
    }
    case "ValuesScan": {
      if (plan.values.length === 0)
        return `SELECT ${list(plan.columns.map((column) => `NULL AS ${name(column)}`))} WHERE FALSE`;
      return plan.values
        .map((row) => `SELECT ${list(plan.columns.map((column, k) => `${text(row[k] as Expr)} AS ${name(column)}`))}`)
        .join(" UNION ALL ");
    }
    case "MaterializedScan":
      return `SELECT ${list(plan.columns.map((column, k) => `${name(plan.from[k] as Column)} AS ${name(column)}`))} FROM cte${plan.id}`;
    case "Filter":
      return `SELECT * FROM (${physicalSql(plan.input)}) WHERE ${filtersText(plan.predicates)}`;
    case "Project":
      return `SELECT ${list(plan.outputs.map(({ column, expr }) => `${text(expr)} AS ${name(column)}`))} FROM (${physicalSql(plan.input)})`;
    case "HashJoin":
    case "NestedLoopJoin":
      return joinSql(plan);
    case "AsofJoin":
      return asofSql(plan);
    case "HashAggregate": {
      const exchange = plan.input;
      if (plan.phase !== "final" || exchange.kind !== "Exchange" || exchange.input.kind !== "HashAggregate")
        throw new Error("not final <- Exchange <- partial");
      const groups = plan.groups.map(({ column, expr }) => `${text(expr)} AS ${name(column)}`);
      const aggregates = plan.aggregates.map(({ column, call }) => `${printAggregate(call, name)} AS ${name(column)}`);
      if (groups.length + aggregates.length === 0) return "SELECT 1 AS nothing";
      const by = groups.length === 0 ? "" : ` GROUP BY ${groups.map((_, i) => i + 1).join(", ")}`;
      return `SELECT ${[...groups, ...aggregates].join(", ")} FROM (${physicalSql(exchange.input.input)})${by}`;
    }
    case "Window": {
      const functions = plan.functions.map((fn) => `${windowCallSql(fn.call, plan, name)} AS ${name(fn.column)}`);
      return `SELECT *, ${functions.join(", ")} FROM (${physicalSql(plan.input)})`;
    }
    case "TopN":
      return `SELECT * FROM (${physicalSql(plan.input)}) ORDER BY ${plan.keys.map((key) => printSortKey(key, name)).join(", ")} LIMIT ${plan.limit} OFFSET ${plan.offset}`;
    case "Limit":
      return `SELECT * FROM (${physicalSql(plan.input)}) ${plan.limit === undefined ? "" : `LIMIT ${plan.limit}`} OFFSET ${plan.offset}`;
    case "Union":
      return plan.inputs
        .map(
          (input, i) =>
            `SELECT ${list(plan.columns.map((column, k) => `${name(plan.inputColumns[i]?.[k] as Column)} AS ${name(column)}`))} FROM (${physicalSql(input)})`,
        )
        .join(" UNION ALL ");
    case "Sort":
      return `SELECT * FROM (${physicalSql(plan.input)}) ORDER BY ${plan.keys.map((key) => printSortKey(key, name)).join(", ")}`;
    case "Exchange":
      return physicalSql(plan.input);
    case "Materialize":
      return `WITH cte${plan.id} AS MATERIALIZED (${physicalSql(plan.plan)}) SELECT * FROM (${physicalSql(plan.input)})`;
    default:
      throw new Error(`${plan.kind} is not written as SQL`);
  }
}

function asofSql(plan: Extract<PhysicalPlan, { kind: "AsofJoin" }>): string {
  const { order } = plan;
  const on = all([
    ...plan.equalities.map(
      (key) => `(${text(key.probe)} ${key.nullSafe ? "IS NOT DISTINCT FROM" : "="} ${text(key.build)})`,
    ),
    `(${text(order.probe)} ${order.op} ${text(order.build)})`,
    ...plan.residual.map((condition) => `(${text(condition)})`),
  ]);
  const direction = order.op === ">" || order.op === ">=" ? "DESC" : "ASC";
  const nearest = `SELECT * FROM (${physicalSql(plan.build)}) WHERE ${on} ORDER BY ${text(order.build)} ${direction} LIMIT 1`;
  const probe = physicalSql(plan.probe);
  switch (plan.join) {
    case "inner":
    case "probeOuter":
      return `SELECT ${list(outputOf(plan).map(name))} FROM (${probe}) ${plan.join === "inner" ? "" : "LEFT"} JOIN LATERAL (${nearest}) ON TRUE`;
    case "probeSemi":
    case "probeAnti":
      return `SELECT * FROM (${probe}) WHERE ${plan.join === "probeSemi" ? "" : "NOT"} EXISTS (${nearest})`;
  }
}

function joinSql(plan: Extract<PhysicalPlan, { kind: "HashJoin" | "NestedLoopJoin" }>): string {
  const probe = physicalSql(plan.probe);
  const build = physicalSql(plan.build);
  const keys =
    plan.kind === "HashJoin"
      ? plan.keys.map((key) => `(${text(key.probe)} ${key.nullSafe ? "IS NOT DISTINCT FROM" : "="} ${text(key.build)})`)
      : [];
  const on = all([
    ...keys,
    ...(plan.kind === "HashJoin" ? plan.residual : plan.conditions).map((condition) => `(${text(condition)})`),
  ]);
  const own = list(outputOf(plan).map(name));
  switch (plan.join) {
    case "inner":
      return `SELECT ${own} FROM (${probe}) JOIN (${build}) ON ${on}`;
    case "probeOuter":
    case "single":
      return `SELECT ${own} FROM (${probe}) LEFT JOIN (${build}) ON ${on}`;
    case "buildOuter":
      return `SELECT ${own} FROM (${probe}) RIGHT JOIN (${build}) ON ${on}`;
    case "full":
      return `SELECT ${own} FROM (${probe}) FULL JOIN (${build}) ON ${on}`;
    case "probeSemi":
      return `SELECT * FROM (${probe}) WHERE EXISTS (SELECT 1 FROM (${build}) WHERE ${on})`;
    case "probeAnti":
      return `SELECT * FROM (${probe}) WHERE NOT EXISTS (SELECT 1 FROM (${build}) WHERE ${on})`;
    case "buildSemi":
      return `SELECT * FROM (${build}) WHERE EXISTS (SELECT 1 FROM (${probe}) WHERE ${on})`;
    case "buildAnti":
      return `SELECT * FROM (${build}) WHERE NOT EXISTS (SELECT 1 FROM (${probe}) WHERE ${on})`;
    case "mark": {
      const kept = list(outputOf(plan.probe).map(name));
      const mark = `CASE WHEN EXISTS (SELECT 1 FROM (${build}) WHERE ${on}) THEN TRUE WHEN EXISTS (SELECT 1 FROM (${build}) WHERE (${on}) IS NULL) THEN NULL ELSE FALSE END`;
      return `SELECT ${kept}, ${mark} AS ${name(plan.mark as Column)} FROM (${probe})`;
    }
  }
}
