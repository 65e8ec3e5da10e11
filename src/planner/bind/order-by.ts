import type { Expression, ObjectName, OrderBy, OrderItem } from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import { sameExpr } from "../expr/equal.ts";
import type { Column, Expr, SortKey } from "../expr/expr.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { collate } from "./collation.ts";
import { columnName } from "./column-name.ts";
import { type BindContext, bindError, type BoundQuery } from "./context.ts";
import type { LimitCounts } from "./limit.ts";
import { sortKey } from "./sort-key.ts";

/** What ORDER BY may name: the outputs by position and by name, then expressions over whatever the query reads. */
export type Sortable = {
  readonly outputs: readonly {
    readonly name: string;
    readonly column: Column;
    readonly expr: Expr;
    readonly aliased?: boolean;
  }[];
  /** Further names of outputs: those that the other operands of a set operation give them. */
  readonly otherNames: readonly (readonly string[])[];
  /** The expressions that one with COLUMNS(...) stands for; undefined for others. */
  readonly expand?: (node: Expression) => readonly Expression[] | undefined;
  /** What the operands of a set operation compute for the outputs: ORDER BY may write it again. */
  readonly expressions?: readonly (readonly Expression[])[];
  /** Binds an expression that is no output's name. */
  readonly bind: (node: Expression) => Expr;
};

/** A key is an output column, or an expression that has to be computed besides. */
export type SortTarget = {
  readonly item: Pick<OrderItem, "direction" | "nulls">;
  readonly node: Expression | undefined;
  readonly target: Column | Expr;
  /** COLLATE behind the name or position of an output. */
  readonly collation?: ObjectName | undefined;
};

export function bindOrderBy(ctx: BindContext, orderBy: OrderBy, query: Sortable): readonly SortTarget[] {
  if (orderBy.kind === "OrderByAll")
    return query.outputs.map(({ column }) => ({ item: orderBy, node: undefined, target: column }));
  const [only] = orderBy.items;
  if (only?.expression.kind === "Star" && orderBy.items.length === 1) {
    return query.outputs.map(({ column }) => ({ item: only, node: undefined, target: column }));
  }
  return orderBy.items.flatMap((item) =>
    (query.expand?.(item.expression) ?? [item.expression]).map((node) => {
      return { item, node, ...bindTarget(ctx, node, query) };
    }),
  );
}

type Target = Pick<SortTarget, "target" | "collation">;

function bindTarget(ctx: BindContext, node: Expression, query: Sortable): Target {
  if (node.kind !== "Collate") return { target: bindPlainTarget(ctx, node, query) };
  const target = bindPlainTarget(ctx, node.operand, query);
  if (isExpr(target)) return { target: collate(ctx, target, node.collation) };
  return { target, collation: node.collation };
}

/** What the rows are sorted by, over the outputs. */
export function targetOf(ctx: BindContext, { target, collation }: SortTarget): Expr {
  const expr = isExpr(target) ? target : ref(target);
  return collation === undefined ? expr : collate(ctx, expr, collation);
}

function bindPlainTarget(ctx: BindContext, node: Expression, query: Sortable): Column | Expr {
  const { outputs } = query;
  const position = positionOf(node);
  if (position !== undefined) {
    const output = outputs[position - 1];
    if (output !== undefined) return output.column;
    throw bindError(ctx, `ORDER BY position ${position} is not between 1 and ${outputs.length}`, node);
  }
  if (node.kind === "StringLiteral" && ctx.session.setting("order_by_non_integer_literal") !== "true") {
    const hint = `write "${node.value}" in double quotes for a column`;
    throw bindError(ctx, "ORDER BY a constant text has no effect", node, hint);
  }
  if (node.kind === "ColumnRef" && node.parts.length === 1) {
    const name = node.parts[0]?.name.toLowerCase();
    const named = (candidate: string): boolean => candidate.toLowerCase() === name;
    const sameName = outputs.filter((candidate) => named(candidate.name));
    // A name given by AS is nearer than one that a column brought along.
    const output = sameName.find(({ aliased }) => aliased === true) ?? sameName[0];
    if (output !== undefined) return output.column;
    for (const names of query.otherNames) {
      const other = outputs[names.findIndex(named)];
      if (other !== undefined) return other.column;
    }
  }
  for (const list of query.expressions ?? []) {
    const output = outputs[list.findIndex((candidate) => sameText(candidate, node))];
    if (output !== undefined) return output.column;
  }
  const expr = query.bind(node);
  return outputs.find((output) => sameExpr(output.expr, expr))?.column ?? expr;
}

/** `2` or `#2`: the second output; there is none at a negative position. */
function positionOf(node: Expression): number | undefined {
  if (node.kind === "PositionalReference") return node.index;
  if (node.kind === "Unary" && node.operator === "-") {
    const position = positionOf(node.operand);
    return position === undefined ? undefined : -position;
  }
  return node.kind === "NumberLiteral" && node.form === "integer" ? Number(node.text) : undefined;
}

/** Whether two expressions are written the same; columns go by their last names. */
function sameText(a: Expression, b: Expression): boolean {
  return a.kind === b.kind && a.kind !== "Star" && columnName(a).toLowerCase() === columnName(b).toLowerCase();
}

export function isExpr(target: Column | Expr): target is Expr {
  return "kind" in target;
}

/** Sorts and cuts off, then drops what was only needed for sorting. */
export function sortAndLimit(
  plan: LogicalPlan,
  columns: readonly Column[],
  keys: readonly SortKey[],
  limit: LimitCounts | undefined,
  hidden: boolean,
): BoundQuery {
  let result = plan;
  if (keys.length > 0) result = { kind: "Sort", input: result, keys };
  if (limit?.percent !== undefined) {
    const { percent: size, offset } = limit;
    result = { kind: "Sample", input: result, method: "first", size, unit: "percent", offset, seed: undefined };
  } else if (limit !== undefined && (limit.limit !== undefined || limit.offset > 0))
    result = { kind: "Limit", input: result, limit: limit.limit, offset: limit.offset };
  if (hidden)
    result = { kind: "Project", input: result, outputs: columns.map((column) => ({ column, expr: ref(column) })) };
  return { plan: result, columns };
}

/** ORDER BY and LIMIT over a finished query (set operations, VALUES): expressions may only read its columns. */
export function orderQuery(
  ctx: BindContext,
  bound: BoundQuery,
  orderBy: OrderBy | undefined,
  limit: LimitCounts | undefined,
  bind: (node: Expression) => Expr,
  otherNames: readonly (readonly string[])[],
  expressions: readonly (readonly Expression[])[],
): BoundQuery {
  const outputs = bound.columns.map((column) => ({ name: column.name, column, expr: ref(column) }));
  const targets = orderBy === undefined ? [] : bindOrderBy(ctx, orderBy, { outputs, otherNames, expressions, bind });
  const keys = targets.map((target) => sortKey(ctx, targetOf(ctx, target), target.item));
  return sortAndLimit(bound.plan, bound.columns, keys, limit, false);
}
