import type { Query } from "../../sql/ast.ts";
import { INTEGER } from "../types/types.ts";
import type { BindContext, BoundQuery } from "./context.ts";
import { convertColumns } from "./subquery.ts";

/** A query at the top of a statement. Columns of nothing but untyped NULLs leave it as INTEGER. */
export function bindResult(ctx: BindContext, query: Query): BoundQuery {
  return typedResult(ctx, ctx.bindQuery(query, ctx, undefined, undefined));
}

export function typedResult(ctx: BindContext, bound: BoundQuery): BoundQuery {
  return convertColumns(
    ctx,
    bound,
    bound.columns.map(({ type }) => (type.kind === "Null" ? INTEGER : type)),
  );
}
