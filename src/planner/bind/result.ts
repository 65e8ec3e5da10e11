import type { Query } from "../../sql/ast.ts";
import { INTEGER, type SqlType, withoutState } from "../types/types.ts";
import type { BindContext, BoundQuery } from "./context.ts";
import { convertColumns } from "./subquery.ts";

/** A query at the top of a statement. Columns of nothing but untyped NULLs leave it as INTEGER. */
export function bindResult(ctx: BindContext, query: Query): BoundQuery {
  return typedResult(ctx, ctx.bindQuery(query, ctx, undefined, undefined));
}

/** The query of a new table, which keeps states of aggregates as such. */
export function bindContents(ctx: BindContext, query: Query): BoundQuery {
  return withTypes(ctx, ctx.bindQuery(query, ctx, undefined, undefined), knownType);
}

/** The type with INTEGER for what holds nothing but NULLs. */
function knownType(type: SqlType): SqlType {
  switch (type.kind) {
    case "Null":
      return INTEGER;
    case "List":
    case "Array":
      return { ...type, element: knownType(type.element) };
    case "Map":
      return { ...type, key: knownType(type.key), value: knownType(type.value) };
    case "Struct":
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: knownType(field.type) })) };
    case "Union":
      return { ...type, members: type.members.map((member) => ({ ...member, type: knownType(member.type) })) };
    default:
      return type;
  }
}

/** What leaves the engine: states of aggregates are the values that they are made of. */
export function typedResult(ctx: BindContext, bound: BoundQuery): BoundQuery {
  return withTypes(ctx, bound, (type) => withoutState(knownType(type)));
}

function withTypes(ctx: BindContext, bound: BoundQuery, typed: (type: SqlType) => SqlType): BoundQuery {
  return convertColumns(
    ctx,
    bound,
    bound.columns.map(({ type }) => typed(type)),
  );
}
