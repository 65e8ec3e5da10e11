import type { Span } from "../../error.ts";
import type {
  ArraySubquery,
  ComparisonOperator,
  Exists,
  Expression,
  Identifier,
  InSubquery,
  Quantified,
  Query,
  ScalarSubquery,
} from "../../sql/ast.ts";
import { ref } from "../expr/columns.ts";
import type { AggregateCall, Column, Expr, Subquery } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { freeColumns } from "../logical/free-columns.ts";
import { comparisonType } from "../types/coerce.ts";
import { isList, type ListType } from "../types/nested.ts";
import { BOOLEAN, INTEGER, listOf, sameType, type SqlType, typeName } from "../types/types.ts";
import { convert, isUntypedString } from "./coercion.ts";
import { comparisonKeys } from "./collation.ts";
import { type BindContext, bindError, type BoundQuery, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";
import { callScalar } from "./function-call.ts";

function bindInner(env: Environment, query: Query): BoundQuery {
  const { ctx, scope, aggregates, aliases } = env;
  const alias = (name: Identifier): Expr | undefined => aliases?.find(name, env);
  return ctx.bindQuery(query, ctx, { ...scope, aggregates, alias }, scope.ctes);
}

function subquery(
  ctx: BindContext,
  mode: Subquery["mode"],
  bound: BoundQuery,
  type: SqlType,
  node: { readonly span: Span },
): Subquery {
  return { kind: "Subquery", mode, plan: bound.plan, outer: freeColumns(bound.plan), type, span: spanOf(ctx, node) };
}

export function bindScalarSubquery(env: Environment, node: ScalarSubquery): Expr {
  const { ctx } = env;
  const bound = bindInner(env, node.query);
  expectColumns(ctx, bound, 1, node);
  const takesFirst = ctx.session.setting("scalar_subquery_error_on_multiple_rows") === "false";
  const plan: LogicalPlan = takesFirst ? { kind: "Limit", input: bound.plan, limit: 1, offset: 0 } : bound.plan;
  return subquery(ctx, { kind: "scalar" }, { ...bound, plan }, bound.columns[0]?.type as SqlType, node);
}

export function bindExists(env: Environment, node: Exists): Expr {
  return subquery(env.ctx, { kind: "exists" }, bindInner(env, node.query), BOOLEAN, node);
}

/** IN is `= ANY`, NOT IN is `<> ALL`. */
export function bindInSubquery(env: Environment, node: InSubquery): Expr {
  const bound = bindInner(env, node.query);
  const comparands = comparandsOf(env, node.operand, bound);
  return node.negated
    ? quantified(env.ctx, "<>", "all", comparands, bound, node)
    : quantified(env.ctx, "=", "any", comparands, bound, node);
}

/** The elements of a list as the rows of a query. */
function elementsOf(env: Environment, node: Expression): BoundQuery {
  const { ctx } = env;
  const list = env.bind(node);
  const type = typeOf(list);
  if (!isList(type))
    throw bindError(ctx, `a query or a list is needed here, not ${typeName(type)}`, node, undefined, "type");
  const column = ctx.ids.column("element", type.element, true);
  const input: LogicalPlan = { kind: "Values", columns: [], rows: [[]] };
  const plan: LogicalPlan = { kind: "Unnest", input, columns: [{ column, expr: list }], ordinality: undefined };
  return { plan, columns: [column] };
}

/** `ARRAY(SELECT ...)`: the list of the values, in the query's order; empty where there are no rows. */
export function bindArraySubquery(env: Environment, node: ArraySubquery): Expr {
  const { ctx } = env;
  const bound = bindInner(env, node.query);
  expectColumns(ctx, bound, 1, node);
  const [value] = bound.columns as readonly [Column];
  const type = listOf(value.type.kind === "Null" ? INTEGER : value.type);
  const call: AggregateCall = {
    name: "list",
    args: [convert(ctx, ref(value), (type as ListType).element)],
    distinct: false,
    filter: undefined,
    orderBy: [],
    type,
  };
  const list = ctx.ids.column("list", type, true);
  const aggregate: LogicalPlan = {
    kind: "Aggregate",
    input: bound.plan,
    groups: [],
    aggregates: [{ column: list, call }],
  };
  const plan = { plan: aggregate, columns: [list] };
  const found = subquery(ctx, { kind: "scalar" }, plan, type, node);
  const empty: Expr = { kind: "Literal", value: [], type };
  return callScalar(ctx, "list_concat", [found, empty], node);
}

export function bindQuantified(env: Environment, node: Quantified): Expr {
  const bound = node.right.kind === "Query" ? bindInner(env, node.right) : elementsOf(env, node.right);
  const comparands = comparandsOf(env, node.operand, bound);
  return quantified(env.ctx, node.operator, node.quantifier === "ANY" ? "any" : "all", comparands, bound, node);
}

/** A row stands for as many values, or for one struct where the query has a single column of structs. */
function comparandsOf(env: Environment, operand: Expression, { columns }: BoundQuery): readonly Expr[] {
  const isStruct = columns.length === 1 && columns[0]?.type.kind === "Struct";
  return operand.kind === "Row" && !isStruct ? operand.items.map(env.bind) : [env.bind(operand)];
}

/** Both sides in the types in which they compare; a projection on top of the subquery converts its columns. */
function quantified(
  ctx: BindContext,
  op: ComparisonOperator,
  quantifier: "any" | "all",
  comparands: readonly Expr[],
  bound: BoundQuery,
  node: { readonly span: Span },
): Expr {
  expectColumns(ctx, bound, comparands.length, node);
  const types = bound.columns.map((column, i) => {
    const comparand = comparands[i] as Expr;
    if (isUntypedString(ctx, comparand)) return column.type;
    const type = comparisonType(typeOf(comparand), column.type, op === "=" || op === "<>");
    if (type !== undefined) return type;
    const both = `${typeName(typeOf(comparand))} and ${typeName(column.type)}`;
    throw bindError(ctx, `cannot compare ${both}: an explicit cast is required`, node, undefined, "type");
  });
  const converted = convertColumns(ctx, bound, types);
  const pairs = comparands.map((comparand, i) => {
    const column = converted.columns[i] as Column;
    const both = [typeOf(comparand), (bound.columns[i] as Column).type];
    return comparisonKeys(ctx, [convert(ctx, comparand, types[i] as SqlType), ref(column)], both, node);
  });
  const mode = { kind: "quantified", op, quantifier, comparands: pairs.map(([left]) => left as Expr) } as const;
  const keys = pairs.map(([, right]) => right as Expr);
  return subquery(ctx, mode, withKeys(ctx, converted, keys), BOOLEAN, node);
}

/** The query with keys in the places of its columns, where these are not the columns themselves. */
function withKeys(ctx: BindContext, bound: BoundQuery, keys: readonly Expr[]): BoundQuery {
  if (keys.every(({ kind }) => kind === "Column")) return bound;
  const outputs = bound.columns.map((column, i) => {
    const expr = keys[i] as Expr;
    return { column: expr.kind === "Column" ? column : { ...column, id: ctx.ids.next() }, expr };
  });
  return { plan: { kind: "Project", input: bound.plan, outputs }, columns: outputs.map(({ column }) => column) };
}

/** The query with its columns in these types. */
export function convertColumns(ctx: BindContext, bound: BoundQuery, types: readonly SqlType[]): BoundQuery {
  if (bound.columns.every((column, i) => sameType(column.type, types[i] as SqlType))) return bound;
  const outputs = bound.columns.map((column, i) => {
    const expr = convert(ctx, ref(column), types[i] as SqlType);
    if (expr.kind === "Column") return { column, expr };
    return { column: ctx.ids.column(column.name, types[i] as SqlType, column.nullable), expr };
  });
  return { plan: { kind: "Project", input: bound.plan, outputs }, columns: outputs.map(({ column }) => column) };
}

function expectColumns(ctx: BindContext, bound: BoundQuery, count: number, node: { readonly span: Span }): void {
  if (bound.columns.length === count) return;
  throw bindError(ctx, `the subquery returns ${bound.columns.length} columns, expected ${count}`, node);
}
