import type { Identifier, Insert } from "../../sql/ast.ts";
import type { ColumnRule } from "../catalog/table-definition.ts";
import { ref } from "../expr/columns.ts";
import type { BoundStatement } from "../logical/statement.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import { enterWith } from "./cte.ts";
import { assigned, defaultOf, tableRows } from "./table-rows.ts";
import { assignedColumn, type WriteTarget, writeTarget } from "./target.ts";
import { bindRows, valuesPlan } from "./values.ts";

/** INSERT, ON CONFLICT and RETURNING apart: the plan puts out all columns of the table, in its types, and its checks. */
export function bindInsert(ctx: BindContext, node: Insert): Extract<BoundStatement, { kind: "Insert" }> {
  if (node.emit !== undefined) throw unsupported(ctx, "EMIT on an INSERT into a table", node.emit);
  const target = writeTarget(ctx, node.table);
  const rules = target.definition.columns;
  let ordinals = targetColumns(ctx, node, target);
  const given =
    node.source === undefined
      ? undefined
      : bindSource(
          ctx,
          node,
          ordinals.map((i) => rules[i] as ColumnRule),
        );
  if (node.byName) ordinals = columnsByName(ctx, node, target, given);
  if (given !== undefined && given.columns.length !== ordinals.length) {
    throw bindError(
      ctx,
      `INSERT gives ${given.columns.length} values for ${ordinals.length} columns`,
      node.source ?? node,
    );
  }
  const values = rules.map((rule, ordinal) => {
    const source = given?.columns[ordinals.indexOf(ordinal)];
    return source === undefined ? defaultOf(ctx, rule, node) : assigned(ctx, ref(source), rule, node);
  });
  const input = given?.plan ?? ({ kind: "Values", columns: [], rows: [[]] } as const);
  const table = { name: target.name.name, definition: target.definition };
  return { kind: "Insert", table: target.name, ...tableRows(ctx, table, input, [], values, node) };
}

/** The ordinals of the columns that get values, in the order of the values. */
function targetColumns(ctx: BindContext, node: Insert, target: WriteTarget): readonly number[] {
  const rules = target.definition.columns;
  if (node.columns.length === 0) {
    return node.source === undefined ? [] : rules.flatMap((rule, i) => (rule.generated === undefined ? [i] : []));
  }
  const ordinals = node.columns.map((identifier) => assignedColumn(ctx, target, identifier));
  const twice: Identifier | undefined = node.columns.find((_, i) => ordinals.indexOf(ordinals[i] as number) !== i);
  if (twice !== undefined) throw bindError(ctx, `column "${twice.name}" is given twice`, twice);
  return ordinals;
}

/** BY NAME: the query's columns go to the table's of the same names. */
function columnsByName(
  ctx: BindContext,
  node: Insert,
  target: WriteTarget,
  given: BoundQuery | undefined,
): readonly number[] {
  const at = node.source ?? node;
  if (given === undefined) throw bindError(ctx, "INSERT BY NAME needs a query", node);
  if (node.columns.length > 0) throw bindError(ctx, "INSERT BY NAME takes no list of columns", node);
  const ordinals = given.columns.map(({ name }) => {
    return assignedColumn(ctx, target, { kind: "Identifier", name, quoted: true, span: at.span });
  });
  const twice = given.columns.find((_, i) => ordinals.indexOf(ordinals[i] as number) !== i);
  if (twice !== undefined) throw bindError(ctx, `column "${twice.name}" is given twice`, at);
  return ordinals;
}

/** VALUES take the types of their columns one by one and may be DEFAULT; other queries are bound as they are. */
function bindSource(ctx: BindContext, node: Insert, rules: readonly ColumnRule[]): BoundQuery {
  const source = node.source as NonNullable<Insert["source"]>;
  const { body } = source;
  const isPlain =
    source.with === undefined && source.orderBy === undefined && source.limit === undefined && node.with === undefined;
  if (body.kind !== "Values" || !isPlain || node.byName || body.rows[0]?.length !== rules.length) {
    const { ctes, definitions } = enterWith(ctx, { ...source, with: node.with }, undefined, undefined);
    const bound = ctx.bindQuery(source, ctx, undefined, ctes);
    return definitions.length === 0
      ? bound
      : { ...bound, plan: { kind: "With", ctes: [...definitions], input: bound.plan } };
  }
  const rows = bindRows(ctx, body, undefined, undefined, (value, i) =>
    value.kind === "DefaultValue" ? defaultOf(ctx, rules[i] as ColumnRule, value) : undefined,
  );
  return valuesPlan(
    ctx,
    rows.map((row) => row.map((expr, i) => assigned(ctx, expr, rules[i] as ColumnRule, node))),
    rules.map((rule) => rule.type),
    rules.map((rule) => rule.name),
  );
}
