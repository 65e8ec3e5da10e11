import type { Query, QueryBody } from "../../sql/ast.ts";
import type { Column } from "../expr/expr.ts";
import { INTEGER } from "../types/types.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import { type CteScope, renamed } from "./cte.ts";
import { convertColumns } from "./subquery.ts";

/**
 * `base UNION [ALL] step`, where the step reads the table itself: what the round before added. The base decides on the types of
 * the columns.
 */
export function bindRecursiveCte(ctx: BindContext, cte: CteScope): BoundQuery {
  const { table } = cte;
  const { body, orderBy, limit } = table.query;
  if (body.kind !== "SetOperation" || body.operator !== "UNION") {
    const hint = "write: first rows UNION ALL rows made from those of the round before";
    throw bindError(ctx, `the recursive common table "${table.name.name}" needs a UNION`, table.query, hint);
  }
  if (orderBy !== undefined) throw unsupported(ctx, "ORDER BY in a recursive common table", orderBy);
  if (limit !== undefined) throw unsupported(ctx, "LIMIT in a recursive common table", limit);
  if (body.byName) throw unsupported(ctx, "UNION BY NAME in a recursive common table", body);
  const part = (side: QueryBody, ctes: CteScope | undefined): BoundQuery => {
    const query: Query = { ...table.query, body: side };
    return ctx.bindQuery(query, ctx, cte.outer, ctes);
  };

  const base = renamed(ctx, part(body.left, cte.parent), table.columns);
  const types = base.columns.map(({ type }) => (type.kind === "Null" ? INTEGER : type));
  const id = ctx.ids.next();
  const columns = base.columns.map(({ name }, i): Column => ctx.ids.column(name, types[i] as Column["type"], true));
  const inside: CteScope = { ...cte, shared: true, recursive: false, definitions: [], bound: { id, columns } };
  const step = part(body.right, inside);
  if (step.columns.length !== columns.length) {
    const message = `the recursive part of "${table.name.name}" has ${step.columns.length} columns, its first rows have ${columns.length}`;
    throw bindError(ctx, message, body.right);
  }
  const [first, next] = [convertColumns(ctx, base, types), convertColumns(ctx, step, types)];
  return {
    plan: {
      kind: "Recursion",
      id,
      name: table.name.name,
      all: body.all,
      columns,
      base: first.plan,
      baseColumns: first.columns,
      step: next.plan,
      stepColumns: next.columns,
    },
    columns,
  };
}
