import type { Span } from "../../error.ts";
import { parseStatements } from "../../sql/parse.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import { type BindContext, bindError, type BoundQuery, spanOf } from "./context.ts";

const MAX_VIEW_DEPTH = 100;

/** A view's query, bound anew from its text. It sees neither the names nor the common tables around the reference. */
export function bindView(
  ctx: BindContext,
  view: Extract<CatalogEntry, { kind: "view" }>,
  node: { readonly span: Span },
): BoundQuery {
  const names = [...(ctx.within?.names ?? []), view.name];
  if (names.length > MAX_VIEW_DEPTH)
    throw bindError(ctx, `views nest more than ${MAX_VIEW_DEPTH} deep: "${view.name}" refers to itself`, node);
  const [statement] = parseStatements(view.sql);
  if (statement?.kind !== "QueryStatement")
    throw bindError(ctx, `the text of view "${view.name}" is no query`, node, undefined, "internal");
  const inside: BindContext = {
    ...ctx,
    within: { what: `view ${JSON.stringify(view.name)}`, names, span: spanOf(ctx, node) },
  };
  const bound = ctx.bindQuery(statement.query, inside, undefined, undefined);
  const columns = bound.columns.map((column, i) => ({ ...column, name: view.columnNames?.[i] ?? column.name }));
  return { plan: bound.plan, columns };
}
