import type { Identifier, Insert } from "../../sql/ast.ts";
import type { SourceColumn } from "../catalog/catalog.ts";
import { ref } from "../expr/columns.ts";
import type { Column, Expr } from "../expr/expr.ts";
import { isNullable } from "../expr/nullable.ts";
import type { BoundStatement } from "../logical/plan.ts";
import { explicitCast, isUntypedString, convert } from "./coercion.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import { enterWith } from "./cte.ts";
import { tableName } from "./names.ts";
import { didYouMean } from "./suggest.ts";
import { bindRows, valuesPlan } from "./values.ts";

/** INSERT: the plan puts out all columns of the table, those not named as NULL, in its types. */
export function bindInsert(ctx: BindContext, node: Insert): BoundStatement {
  if (node.onConflict !== undefined) throw unsupported(ctx, "ON CONFLICT", node.onConflict);
  if (node.returning.length > 0) throw unsupported(ctx, "RETURNING", node);
  if (node.byName) throw unsupported(ctx, "INSERT BY NAME", node);
  const schema = targetSchema(ctx, node);
  const targets = targetColumns(ctx, node, schema);
  const given =
    node.source === undefined
      ? undefined
      : bindSource(
          ctx,
          node,
          targets.map((i) => schema[i] as SourceColumn),
        );
  if (given !== undefined && given.columns.length !== targets.length) {
    throw bindError(
      ctx,
      `INSERT gives ${given.columns.length} values for ${targets.length} columns`,
      node.source ?? node,
    );
  }
  const outputs = schema.map((column, ordinal) => {
    const source = given?.columns[targets.indexOf(ordinal)];
    const expr =
      source === undefined
        ? nullOf(column)
        : explicitCast(ctx, ref(source), column.type, { try: false, span: node.span });
    const output: Column =
      expr.kind === "Column" ? expr.column : ctx.ids.column(column.name, column.type, isNullable(expr));
    return { column: output, expr };
  });
  const input = given?.plan ?? ({ kind: "Values", columns: [], rows: [[]] } as const);
  return {
    kind: "Insert",
    table: tableName(ctx, node.table),
    plan: { kind: "Project", input, outputs },
    columns: outputs.map(({ column }) => column),
  };
}

function targetSchema(ctx: BindContext, node: Insert): readonly SourceColumn[] {
  const parts = node.table.parts.map((part) => part.name.toLowerCase());
  const entry = ctx.catalog.lookup(parts);
  const name = node.table.parts.at(-1)?.name ?? "";
  if (entry === undefined)
    throw bindError(ctx, `there is no table "${name}"`, node.table, didYouMean(name, ctx.catalog.names()));
  if (entry.kind === "view" || entry.source.kind !== "memory")
    throw bindError(ctx, `"${name}" is not a table that rows can be inserted into`, node.table);
  return entry.source.schema;
}

/** The ordinals of the columns that get values, in the order of the values. */
function targetColumns(ctx: BindContext, node: Insert, schema: readonly SourceColumn[]): readonly number[] {
  if (node.columns.length === 0) return node.source === undefined ? [] : schema.map((_, i) => i);
  const ordinals = node.columns.map((identifier) => {
    const ordinal = schema.findIndex((column) => column.name.toLowerCase() === identifier.name.toLowerCase());
    if (ordinal >= 0) return ordinal;
    const names = schema.map((column) => column.name);
    const message = `table "${node.table.parts.at(-1)?.name ?? ""}" has no column "${identifier.name}"`;
    throw bindError(ctx, message, identifier, didYouMean(identifier.name, names));
  });
  const twice: Identifier | undefined = node.columns.find((_, i) => ordinals.indexOf(ordinals[i] as number) !== i);
  if (twice !== undefined) throw bindError(ctx, `column "${twice.name}" is given twice`, twice);
  return ordinals;
}

/** VALUES take the types of their columns one by one and may be DEFAULT; other queries are bound as they are. */
function bindSource(ctx: BindContext, node: Insert, columns: readonly SourceColumn[]): BoundQuery {
  const source = node.source as NonNullable<Insert["source"]>;
  const { body } = source;
  const isPlain =
    source.with === undefined && source.orderBy === undefined && source.limit === undefined && node.with === undefined;
  if (body.kind !== "Values" || !isPlain || body.rows[0]?.length !== columns.length) {
    const { ctes, definitions } = enterWith(ctx, { ...source, with: node.with }, undefined, undefined);
    const bound = ctx.bindQuery(source, ctx, undefined, ctes);
    return definitions.length === 0
      ? bound
      : { ...bound, plan: { kind: "With", ctes: [...definitions], input: bound.plan } };
  }
  const rows = bindRows(ctx, body, undefined, undefined, (value, i) =>
    value.kind === "DefaultValue" ? nullOf(columns[i] as SourceColumn) : undefined,
  );
  const converted = rows.map((row) =>
    row.map((expr, i) => {
      const { type } = columns[i] as SourceColumn;
      if (isUntypedString(ctx, expr)) return convert(ctx, expr, type);
      return explicitCast(ctx, expr, type, { try: false, span: expr.span ?? node.span });
    }),
  );
  return valuesPlan(
    ctx,
    converted,
    columns.map((column) => column.type),
    columns.map((column) => column.name),
  );
}

function nullOf(column: SourceColumn): Expr {
  return { kind: "Literal", value: null, type: column.type };
}
