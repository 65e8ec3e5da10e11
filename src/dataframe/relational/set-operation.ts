import type { SetOperation } from "../../sql/ast.ts";
import { NO_SPAN, query } from "../expression/nodes.ts";
import { type Change, type LazyQuery } from "../lazy-query.ts";
import { ownQuery } from "../query-source.ts";

export function combined(
  left: LazyQuery,
  right: LazyQuery,
  operator: SetOperation["operator"],
  { all, byName }: { readonly all: boolean; readonly byName: boolean },
): Change {
  return {
    build: (ctx) => {
      const [first, second] = [ownQuery(left, ctx), ownQuery(right, ctx)];
      return query({ kind: "SetOperation", operator, all, byName, left: first, right: second, span: NO_SPAN });
    },
    others: [right],
  };
}
