import type { ColumnRef, Expression, FunctionCall, Identifier } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { aggregateFunction, scalarFunction } from "../functions/registry.ts";
import { bindAggregateCall } from "./aggregate-call.ts";
import { bindCase, bindSpecial, specialNames } from "./case.ts";
import { explicitCast } from "./coercion.ts";
import { bindBetween, bindInList, bindIsBoolean, bindIsDistinct } from "./comparison.ts";
import { type BindContext, bindError, spanOf, unsupported } from "./context.ts";
import type { AggregateSink, AggregatesForbidden, AliasLookup, Environment } from "./environment.ts";
import { callScalar, noSuchFunction } from "./function-call.ts";
import { bindInterval, bindLiteral, bindParameter } from "./literal.ts";
import { bindBinary, bindLike, bindLogical, bindUnary } from "./operator.ts";
import { columnNotFound, resolveLocally, type Scope } from "./scope.ts";
import { bindExists, bindInSubquery, bindQuantified, bindScalarSubquery } from "./subquery.ts";
import { didYouMean } from "./suggest.ts";
import { bindType } from "./type-name.ts";

/** A place for expressions over `scope`. Without a sink, aggregates are an error with the reason given. */
export function makeEnvironment(
  ctx: BindContext,
  scope: Scope,
  aggregates: AggregateSink | AggregatesForbidden,
  aliases?: AliasLookup,
): Environment {
  const env: Environment = { ctx, scope, aggregates, aliases, bind: (node) => bindExpression(env, node) };
  return env;
}

/** Names resolved, everything typed, all coercions explicit. Recursion is as deep as expressions nest (the parser's limit). */
function bindExpression(env: Environment, node: Expression): Expr {
  const { ctx } = env;
  switch (node.kind) {
    case "NumberLiteral":
    case "StringLiteral":
    case "BlobLiteral":
    case "BooleanLiteral":
    case "NullLiteral":
    case "TypedLiteral":
      return bindLiteral(ctx, node);
    case "Interval":
      return bindInterval(env, node);
    case "Parameter":
      return bindParameter(ctx, node);
    case "ColumnRef":
      return bindColumn(env, node);
    case "Unary":
      return bindUnary(env, node);
    case "Binary":
      return bindBinary(env, node);
    case "Logical":
      return bindLogical(env, node);
    case "IsNull":
      return { kind: "IsNull", input: env.bind(node.operand), negated: node.negated, span: spanOf(ctx, node) };
    case "IsBoolean":
      return bindIsBoolean(env, node);
    case "IsDistinctFrom":
      return bindIsDistinct(env, node);
    case "Between":
      return bindBetween(env, node);
    case "InList":
      return bindInList(env, node);
    case "InSubquery":
      return bindInSubquery(env, node);
    case "Quantified":
      return bindQuantified(env, node);
    case "Exists":
      return bindExists(env, node);
    case "ScalarSubquery":
      return bindScalarSubquery(env, node);
    case "Like":
      return bindLike(env, node);
    case "Case":
      return bindCase(env, node);
    case "Cast":
      return explicitCast(ctx, env.bind(node.operand), bindType(ctx, node.type), {
        try: node.try,
        span: spanOf(ctx, node),
      });
    case "AtTimeZone":
      if (scalarFunction("timezone") === undefined) throw unsupported(ctx, "AT TIME ZONE", node);
      return callScalar(ctx, "timezone", [env.bind(node.zone), env.bind(node.operand)], node);
    case "FunctionCall":
      return bindFunctionCall(env, node);
    case "Row":
      if (node.items.length === 1 && node.items[0] !== undefined) return env.bind(node.items[0]);
      throw unsupported(ctx, "a row as a value", node);
    case "Star":
      throw bindError(ctx, "* is not allowed here", node);
    case "DefaultValue":
      throw bindError(ctx, "DEFAULT is not allowed here", node);
    case "PositionalReference":
      throw unsupported(ctx, "a column by position", node);
    case "Columns":
      throw unsupported(ctx, "COLUMNS(...)", node);
    case "FieldAccess":
      throw unsupported(ctx, "access to a field of a STRUCT", node);
    case "Subscript":
      throw unsupported(ctx, "a subscript", node);
    case "Slice":
      throw unsupported(ctx, "a slice", node);
    case "InCollection":
      throw unsupported(ctx, "IN over a list", node);
    case "ArraySubquery":
      throw unsupported(ctx, "ARRAY(SELECT ...)", node);
    case "Collate":
      throw unsupported(ctx, "COLLATE", node);
    case "ListLiteral":
      throw unsupported(ctx, "a list", node);
    case "StructLiteral":
      throw unsupported(ctx, "a struct", node);
    case "MapLiteral":
      throw unsupported(ctx, "a map", node);
    case "ListComprehension":
      throw unsupported(ctx, "a list comprehension", node);
    case "Lambda":
      throw unsupported(ctx, "a lambda function", node);
  }
}

/** The query's own columns first, then aliases of its SELECT list, then the queries around it. */
function bindColumn(env: Environment, node: ColumnRef): Expr {
  const { ctx, aliases } = env;
  const span = spanOf(ctx, node);
  const local = resolveLocally(ctx, env.scope, node.parts);
  const alias = aliasPart(node);
  if (aliases !== undefined && alias !== undefined && (local === undefined || aliases.hides(local.column))) {
    const meant = aliases.find(alias, env);
    if (meant !== undefined) return meant;
  }
  if (local !== undefined) return { kind: "Column", column: local.column, span };
  for (let level = env.scope.parent; level !== undefined; level = level.parent) {
    const outer = resolveLocally(ctx, level, node.parts);
    if (outer !== undefined) return { kind: "Column", column: outer.column, span };
  }
  throw columnNotFound(ctx, env.scope, node.parts, aliases?.names() ?? []);
}

/** The name that an alias may have: `x`, or `alias.x`. */
function aliasPart({ parts }: ColumnRef): Identifier | undefined {
  const [first, second] = parts;
  if (parts.length === 1) return first;
  return parts.length === 2 && first?.name.toLowerCase() === "alias" ? second : undefined;
}

const SCHEMAS: ReadonlySet<string> = new Set(["main", "pg_catalog", "system"]);

function bindFunctionCall(env: Environment, node: FunctionCall): Expr {
  const { ctx } = env;
  const { parts } = node.name;
  const name = parts.at(-1)?.name.toLowerCase() ?? "";
  if (node.over !== undefined) throw unsupported(ctx, "a window function", node);
  const qualifier = parts.slice(0, -1);
  const values = node.args.map(({ value }) => value);
  if (qualifier.some((part) => !SCHEMAS.has(part.name.toLowerCase()))) {
    // `column.f(x)` is f(column, x).
    const span = {
      start: qualifier[0]?.span.start ?? node.span.start,
      end: qualifier.at(-1)?.span.end ?? node.span.end,
    };
    values.unshift({ kind: "ColumnRef", parts: qualifier, span });
  }
  const label = node.args.find((arg) => arg.name !== undefined);
  if (label !== undefined) throw unsupported(ctx, "a named argument", label);
  if (aggregateFunction(name) !== undefined) return bindAggregateCall(env, name, values, node);
  if (node.distinct || node.filter !== undefined || node.orderBy !== undefined || node.withinGroup !== undefined) {
    if (scalarFunction(name) !== undefined) throw bindError(ctx, `${name} is not an aggregate function`, node);
  }
  const special = bindSpecial(env, name, values, node);
  if (special !== undefined) return special;
  if (scalarFunction(name) === undefined) {
    const hint = didYouMean(name, specialNames());
    throw hint === undefined
      ? noSuchFunction(ctx, name, node.name)
      : bindError(ctx, `there is no function "${name}"`, node.name, hint);
  }
  return callScalar(ctx, name, values.map(env.bind), node);
}
