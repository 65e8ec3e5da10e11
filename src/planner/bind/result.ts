import type { Query } from "../../sql/ast.ts";
import { INTEGER, type SqlType } from "../types/types.ts";
import type { BindContext, BoundQuery } from "./context.ts";
import { convertColumns } from "./subquery.ts";

/** A query at the top of a statement. Columns of nothing but untyped NULLs leave it as INTEGER. */
export function bindResult(ctx: BindContext, query: Query): BoundQuery {
  return typedResult(ctx, ctx.bindQuery(query, ctx, undefined, undefined));
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
      return { kind: "Map", key: knownType(type.key), value: knownType(type.value) };
    case "Struct":
      return { kind: "Struct", fields: type.fields.map((field) => ({ ...field, type: knownType(field.type) })) };
    default:
      return type;
  }
}

export function typedResult(ctx: BindContext, bound: BoundQuery): BoundQuery {
  return convertColumns(
    ctx,
    bound,
    bound.columns.map(({ type }) => knownType(type)),
  );
}
