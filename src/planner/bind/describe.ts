import type { Describe, Show, Summarize } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { typeName, VARCHAR } from "../types/types.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import type { Scope } from "./scope.ts";
import { valuesPlan } from "./values.ts";

const text = (value: string | null): Expr => ({ kind: "Literal", value, type: VARCHAR });

/** DESCRIBE and SHOW as queries of constants. */
export function bindDescription(ctx: BindContext, node: Describe | Show | Summarize, scope: Scope): BoundQuery {
  switch (node.kind) {
    case "Describe":
      return describe(ctx, node, scope);
    case "Show":
      return show(ctx, node, scope);
    case "Summarize":
      throw unsupported(ctx, "SUMMARIZE", node);
  }
}

function describe(ctx: BindContext, node: Describe, scope: Scope): BoundQuery {
  const { source } = node;
  const { columns } =
    source.kind === "Query"
      ? ctx.bindQuery(source, ctx, scope.parent, scope.ctes)
      : ctx.bindQuery(selectAll(source), ctx, scope.parent, scope.ctes);
  const rows = columns.map((column) => [
    text(column.name),
    text(column.type.kind === "Null" ? "INTEGER" : typeName(column.type)),
    text(column.nullable ? "YES" : "NO"),
    text(null),
    text(null),
    text(null),
  ]);
  const names = ["column_name", "column_type", "null", "key", "default", "extra"];
  return valuesPlan(
    ctx,
    rows,
    names.map(() => VARCHAR),
    names,
  );
}

/** `SELECT * FROM name`. */
function selectAll(
  name: Extract<Describe["source"], { kind: "ObjectName" }>,
): Extract<Describe["source"], { kind: "Query" }> {
  const { span } = name;
  const star = {
    kind: "Star",
    qualifier: undefined,
    exclude: [],
    replace: [],
    rename: [],
    like: undefined,
    span,
  } as const;
  return {
    kind: "Query",
    with: undefined,
    body: {
      kind: "Select",
      distinct: undefined,
      items: [{ kind: "SelectItem", expression: star, alias: undefined, span }],
      from: [{ kind: "TableName", name, alias: undefined, sample: undefined, span }],
      where: undefined,
      groupBy: undefined,
      having: undefined,
      windows: [],
      qualify: undefined,
      sample: undefined,
      span,
    },
    orderBy: undefined,
    limit: undefined,
    span,
  };
}

function show(ctx: BindContext, node: Show, scope: Scope): BoundQuery {
  if (node.subject === "name" && node.name !== undefined) {
    if (ctx.catalog.lookup(node.name.parts.map((part) => part.name.toLowerCase())) === undefined) {
      throw bindError(ctx, `there is no table "${node.name.parts.map((part) => part.name).join(".")}"`, node.name);
    }
    return describe(ctx, { kind: "Describe", source: node.name, span: node.span }, scope);
  }
  if (node.subject !== "tables" || node.name !== undefined)
    throw unsupported(ctx, `SHOW ${node.subject.toUpperCase()}`, node);
  const rows = [...ctx.catalog.names()].sort().map((name) => [text(name)]);
  return valuesPlan(ctx, rows, [VARCHAR], ["name"]);
}
