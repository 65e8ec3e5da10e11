/**
 * A bound plan as SQL for DuckDB, one subquery per node: what the binder understood, said again without its conveniences.
 * Column #7 is called `c7` everywhere, so correlated references find their column by name.
 */
import type { Column, Expr } from "../../../src/planner/expr/expr.ts";
import { transformExpr } from "../../../src/planner/expr/map.ts";
import { printAggregate, printExpr, printSortKey } from "../../../src/planner/expr/print.ts";
import { mapExpressions } from "../../../src/planner/logical/map.ts";
import { outputColumns } from "../../../src/planner/logical/columns.ts";
import type { LogicalPlan } from "../../../src/planner/logical/plan.ts";
import { windowCallSql } from "../../support/window-sql.ts";

/** Stands for a subquery's text inside of expressions. */
const SPELT_OUT = -1;
const nameOf = (column: Column): string => (column.id === SPELT_OUT ? column.name : `c${column.id}`);
const list = (items: readonly string[]): string => (items.length === 0 ? "0 AS nothing" : items.join(", "));
const text = (expr: Expr): string => printExpr(expr, nameOf);
const all = (conditions: readonly Expr[]): string =>
  conditions.length === 0 ? "TRUE" : conditions.map((condition) => `(${text(condition)})`).join(" AND ");

function spellOut(expr: Expr): Expr {
  return transformExpr(expr, (part) => {
    if (part.kind !== "Subquery") return part;
    const inner = `(${boundSql(part.plan)})`;
    const { mode } = part;
    let sql = inner;
    if (mode.kind === "exists") sql = `EXISTS ${inner}`;
    if (mode.kind === "quantified") {
      const left = mode.comparands.map(text).join(", ");
      const [op, row] = [mode.op, mode.comparands.length > 1 ? `(${left})` : left];
      sql =
        mode.comparands.length > 1
          ? `(${row} ${op === "=" ? "IN" : "NOT IN"} ${inner})`
          : `(${row} ${op} ${mode.quantifier} ${inner})`;
    }
    return { kind: "Column", column: { id: SPELT_OUT, name: sql, type: part.type, nullable: true } };
  });
}

export function boundSql(node: LogicalPlan): string {
  const plan = mapExpressions(node, spellOut);
  const binding = ({ column, expr }: { readonly column: Column; readonly expr: Expr }): string =>
    `${text(expr)} AS ${nameOf(column)}`;
  switch (plan.kind) {
    case "Scan": {
      const columns = plan.columns.map(
        ({ column, ordinal }) => `"${plan.source.schema[ordinal]?.name}" AS ${nameOf(column)}`,
      );
      const handle = plan.source.handle as
        | { readonly start: bigint; readonly step: bigint; readonly count: number }
        | undefined;
      const source =
        handle === undefined
          ? plan.source.name
          : `range(${handle.start}, ${handle.start + handle.step * BigInt(handle.count)}, ${handle.step}) AS r(${plan.source.name})`;
      return `SELECT ${list(columns)} FROM ${source}`;
    }
    case "Values": {
      const rows = plan.rows.map(
        (row) => `SELECT ${list(row.map((expr, k) => `${text(expr)} AS ${nameOf(plan.columns[k] as Column)}`))}`,
      );
      return rows.join(" UNION ALL ");
    }
    case "MapBatches":
      throw new Error("no SQL for a JavaScript function of rows");
    case "Empty":
      return `SELECT ${list(plan.columns.map((column) => `NULL AS ${nameOf(column)}`))} WHERE FALSE`;
    case "Filter":
      return `SELECT * FROM (${boundSql(plan.input)}) WHERE ${text(plan.predicate)}`;
    case "Project":
      return `SELECT ${list(plan.outputs.map(binding))} FROM (${boundSql(plan.input)})`;
    case "Aggregate": {
      const aggregates = plan.aggregates.map(
        ({ column, call }) => `${printAggregate(call, nameOf)} AS ${nameOf(column)}`,
      );
      const having = plan.groups.length + plan.aggregates.length === 0 ? ["count(*) AS nothing"] : [];
      const by = plan.groups.length === 0 ? "" : ` GROUP BY ${plan.groups.map((_, i) => i + 1).join(", ")}`;
      return `SELECT ${[...plan.groups.map(binding), ...aggregates, ...having].join(", ")} FROM (${boundSql(plan.input)})${by}`;
    }
    case "Window": {
      const functions = plan.functions.map((fn) => `${windowCallSql(fn.call, plan, nameOf)} AS ${nameOf(fn.column)}`);
      return `SELECT *, ${functions.join(", ")} FROM (${boundSql(plan.input)})`;
    }
    case "Unnest": {
      const elements = plan.columns.map(({ column, expr }) => `unnest(${text(expr)}) AS ${nameOf(column)}`);
      if (plan.ordinality !== undefined) {
        const lengths = plan.columns.map(({ expr }) => `len(${text(expr)})`).join(", ");
        elements.push(`unnest(range(1, greatest(${lengths}) + 1)) AS ${nameOf(plan.ordinality)}`);
      }
      return `SELECT *, ${elements.join(", ")} FROM (${boundSql(plan.input)})`;
    }
    case "AsofJoin": {
      const { left, op, right } = plan.order;
      const equalities = plan.equalities.map((equality) => {
        const sign = equality.nullSafe ? "IS NOT DISTINCT FROM" : "=";
        return `(${text(equality.left)} ${sign} ${text(equality.right)})`;
      });
      const conditions = [...equalities, `(${text(left)} ${op} ${text(right)})`, all(plan.residual)].join(" AND ");
      const own = list(outputColumns(plan).map(nameOf));
      return `SELECT ${own} FROM (${boundSql(plan.left)}) ASOF ${plan.join} JOIN (${boundSql(plan.right)}) ON ${conditions}`;
    }
    case "PositionalJoin":
      return `SELECT * FROM (${boundSql(plan.left)}) POSITIONAL JOIN (${boundSql(plan.right)})`;
    case "Recursion": {
      const part = (columns: readonly Column[], input: LogicalPlan): string =>
        `SELECT ${list(columns.map((column, k) => `${nameOf(column)} AS ${nameOf(plan.columns[k] as Column)}`))} FROM (${boundSql(input)})`;
      const union = `${part(plan.baseColumns, plan.base)} UNION ${plan.all ? "ALL " : ""}${part(plan.stepColumns, plan.step)}`;
      return `WITH RECURSIVE cte${plan.id} AS (${union}) SELECT * FROM cte${plan.id}`;
    }
    case "Sample": {
      if (plan.method === "first")
        return `SELECT * FROM (${boundSql(plan.input)}) LIMIT ${plan.size}${plan.unit === "percent" ? "%" : ""} OFFSET ${plan.offset}`;
      const repeatable = plan.seed === undefined ? "" : ` REPEATABLE (${plan.seed})`;
      return `SELECT * FROM (${boundSql(plan.input)}) USING SAMPLE ${plan.method}(${plan.size} ${plan.unit})${repeatable}`;
    }
    case "Join":
    case "DependentJoin": {
      const [left, right] = [boundSql(plan.left), boundSql(plan.right)];
      const own = list(outputColumns(plan).map(nameOf));
      if (plan.join === "semi")
        return `SELECT ${own} FROM (${left}) WHERE EXISTS (SELECT 1 FROM (${right}) WHERE ${all(plan.conditions)})`;
      if (plan.join === "anti")
        return `SELECT ${own} FROM (${left}) WHERE NOT EXISTS (SELECT 1 FROM (${right}) WHERE ${all(plan.conditions)})`;
      const lateral = plan.kind === "DependentJoin" ? "LATERAL " : "";
      return `SELECT ${own} FROM (${left}) ${plan.join} JOIN ${lateral}(${right}) ON ${all(plan.conditions)}`;
    }
    case "SetOperation": {
      const inputs = plan.inputs.map((input, i) => {
        const columns = plan.columns.map(
          (column, k) => `${nameOf(plan.inputColumns[i]?.[k] as Column)} AS ${nameOf(column)}`,
        );
        return `(SELECT ${list(columns)} FROM (${boundSql(input)}))`;
      });
      return inputs.join(` ${plan.op}${plan.all ? " ALL" : ""} `);
    }
    case "Sort":
      return `SELECT * FROM (${boundSql(plan.input)}) ORDER BY ${plan.keys.map((key) => printSortKey(key, nameOf)).join(", ")}`;
    case "Limit":
      return `SELECT * FROM (${boundSql(plan.input)}) ${plan.limit === undefined ? "" : `LIMIT ${plan.limit}`} OFFSET ${plan.offset}`;
    case "With":
      return `WITH ${plan.ctes.map((cte) => `cte${cte.id} AS (${boundSql(cte.plan)})`).join(", ")} ${boundSql(plan.input)}`;
    case "CteScan": {
      const columns = plan.columns.map((column, k) => `${nameOf(plan.from[k] as Column)} AS ${nameOf(column)}`);
      return `SELECT ${list(columns)} FROM cte${plan.id}`;
    }
  }
}
