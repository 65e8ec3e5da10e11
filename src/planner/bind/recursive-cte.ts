import type { Query, QueryBody } from "../../sql/ast.ts";
import type { Column } from "../expr/expr.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { INTEGER } from "../types/types.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import { type CteScope, renamed, scanCte } from "./cte.ts";
import { aggregatedRows, keyingOf } from "./recursive-key.ts";
import { convertColumns } from "./subquery.ts";

/**
 * `base UNION [ALL] step`, where the step reads the table itself: what the round before added, and as `recurring.name` all rows so
 * far. The base decides on the types of the columns.
 */
export function bindRecursiveCte(ctx: BindContext, cte: CteScope): BoundQuery {
  const { table } = cte;
  const { body, orderBy, limit } = table.query;
  if (body.kind !== "SetOperation" || body.operator !== "UNION") {
    const hint = "write: first rows UNION ALL rows made from those of the round before";
    throw bindError(ctx, `the recursive common table "${table.name.name}" needs a UNION`, table.query, hint);
  }
  const clause = orderBy === undefined ? "LIMIT" : "ORDER BY";
  const ordered = orderBy ?? limit;
  if (ordered !== undefined) {
    const hint = "write it where the table is read, or put one side of the UNION in parentheses";
    throw bindError(ctx, `${clause} is not allowed behind the UNION of a recursive common table`, ordered, hint);
  }
  if (body.byName) throw unsupported(ctx, "UNION BY NAME in a recursive common table", body);
  const part = (side: QueryBody, ctes: CteScope | undefined): BoundQuery => {
    const query: Query = { ...table.query, body: side };
    return ctx.bindQuery(query, ctx, cte.outer, ctes);
  };

  const base = renamed(ctx, part(body.left, cte.parent), table.columns);
  const types = base.columns.map(({ type }) => (type.kind === "Null" ? INTEGER : type));
  const [id, unionId] = [ctx.ids.next(), ctx.ids.next()];
  const columns = base.columns.map(({ name }, i): Column => ctx.ids.column(name, types[i] as Column["type"], true));
  const keying = keyingOf(ctx, table, columns);
  const scan = (of: number): BoundQuery => scanCte(ctx, table.name.name, of, columns);
  /** The table as it is seen from outside, of all the rows that rounds put out. */
  const seen = (rows: BoundQuery): BoundQuery =>
    keying.kind === "aggregates" ? aggregatedRows(ctx, keying, columns, rows, table.span) : rows;
  const rounds: CteScope = {
    ...cte,
    rows: () => scan(id),
    recurring: () => seen(scan(unionId)),
  };
  const step = part(body.right, rounds);
  if (step.columns.length !== columns.length) {
    const message = `the recursive part of "${table.name.name}" has ${step.columns.length} columns, its first rows have ${columns.length}`;
    throw bindError(ctx, message, body.right);
  }
  const [first, next] = [convertColumns(ctx, base, types), convertColumns(ctx, step, types)];
  const plan: LogicalPlan = {
    kind: "Recursion",
    id,
    unionId,
    name: table.name.name,
    all: body.all || keying.kind !== "none",
    columns,
    keys: keying.kind === "rows" ? keying.keys : [],
    base: first.plan,
    baseColumns: first.columns,
    step: next.plan,
    stepColumns: next.columns,
  };
  return seen({ plan, columns });
}
