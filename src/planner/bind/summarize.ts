import type { Summarize } from "../../sql/ast.ts";
import { parseStatements } from "../../sql/parse.ts";
import type { Column } from "../expr/expr.ts";
import { aggregateFunction } from "../functions/registry.ts";
import { DOUBLE, isNumeric, listOf, type SqlType, typeName } from "../types/types.ts";
import { type BindContext, bindError, type BoundQuery, spanOf } from "./context.ts";
import { relationOf } from "./scope.ts";
import { bindSelect } from "./select.ts";

/**
 * SUMMARIZE: a row for each column of the input, in their order. It is one aggregation over all columns, whose results are
 * unnested from lists.
 */
export function bindSummary(ctx: BindContext, node: Summarize, input: BoundQuery): BoundQuery {
  const within = { what: "SUMMARIZE", names: ctx.within?.names ?? [], span: spanOf(ctx, node) };
  // Names may be there twice, numbers are not.
  const columns = input.columns.map((column, i): Column => ({ ...column, name: String(i) }));
  const lists = statistics(input.columns).map(([name, values]) => `unnest([${values.join(", ")}]) AS "${name}"`);
  const [statement] = parseStatements(`SELECT ${lists.join(", ")}`);
  if (statement?.kind !== "QueryStatement" || statement.query.body.kind !== "Select")
    throw bindError(ctx, "the text of SUMMARIZE is no query", node, undefined, "internal");
  const tables = { plan: input.plan, relations: [relationOf(undefined, columns)] };
  return bindSelect({ ...ctx, within }, statement.query.body, undefined, undefined, undefined, undefined, tables);
}

/** What the summary says of the columns that are called "0", "1", ...: a list of expressions for each of its own columns. */
function statistics(columns: readonly Column[]): readonly (readonly [name: string, values: readonly string[]])[] {
  const each = (value: (name: string, type: SqlType) => string): readonly string[] =>
    columns.map(({ type }, i) => value(`"${i}"`, type));
  const text = (value: (name: string) => string, applies: (type: SqlType) => boolean): readonly string[] =>
    each((name, type) => (applies(type) ? `${value(name)}::VARCHAR` : "NULL::VARCHAR"));
  const takes =
    (aggregate: string, ...others: readonly SqlType[]) =>
    (type: SqlType): boolean =>
      aggregateFunction(aggregate)?.resolve([type, ...others]) !== undefined;
  const quantile = (position: number): readonly string[] =>
    text(
      (name) => `approx_quantile(${name}, [0.25, 0.5, 0.75])[${position}]`,
      (type) => isMeasure(type) && takes("approx_quantile", listOf(DOUBLE))(type),
    );
  const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;
  return [
    ["column_name", columns.map(({ name }) => literal(name))],
    ["column_type", columns.map(({ type }) => literal(type.kind === "Null" ? "INTEGER" : typeName(type)))],
    ["min", text((name) => `min(${name})`, takes("min"))],
    ["max", text((name) => `max(${name})`, takes("max"))],
    ["approx_unique", each((name) => `approx_count_distinct(${name})`)],
    [
      "avg",
      text(
        (name) => `avg(${name})`,
        (type) => isMeasure(type) && takes("avg")(type),
      ),
    ],
    ["std", text((name) => `stddev(${name})`, isNumeric)],
    ["q25", quantile(1)],
    ["q50", quantile(2)],
    ["q75", quantile(3)],
    ["count", each(() => "count(*)")],
    ["null_percentage", each((name) => `((1 - count(${name}) / nullif(count(*), 0)) * 100)::DECIMAL(9, 2)`)],
  ];
}

/** Numbers, and points of time. */
function isMeasure(type: SqlType): boolean {
  return isNumeric(type) || ["Date", "Time", "TimeTz", "Timestamp", "TimestampTz"].includes(type.kind);
}
