import type { Expression, FunctionArgument, FunctionCall, Lambda } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { aggregateFunction, scalarFunction } from "../functions/registry.ts";
import { sessionAggregate, sessionScalar } from "../functions/session-function.ts";
import { bindAggregateCall, bindGrouping } from "./aggregate-call.ts";
import { bindCollate } from "./collation.ts";
import { bindColumn, bindPosition } from "./column-ref.ts";
import { builtinMacro } from "./builtin-macros.ts";
import { bindCase, bindSpecial, specialNames } from "./case.ts";
import { explicitCast } from "./coercion.ts";
import { bindBetween, bindInList, bindIsBoolean, bindIsDistinct } from "./comparison.ts";
import { type BindContext, bindError, spanOf, unsupported } from "./context.ts";
import type {
  AggregateSink,
  AggregatesForbidden,
  AliasLookup,
  Environment,
  WindowSink,
  WindowsForbidden,
} from "./environment.ts";
import { callScalar, noSuchFunction } from "./function-call.ts";
import { bindBignum, bindInterval, bindLiteral, bindParameter } from "./literal.ts";
import { bindBinary, bindLike, bindLogical, bindUnary } from "./operator.ts";
import { bindComprehension, bindLambdaCall, type LambdaScope } from "./lambda.ts";
import { bindNestedCall } from "./nested-call.ts";
import {
  bindFieldAccess,
  bindInCollection,
  bindListLiteral,
  bindMapLiteral,
  bindRow,
  bindSlice,
  bindStructLiteral,
  bindSubscript,
} from "./nested.ts";
import type { Scope } from "./scope.ts";
import { bindArraySubquery, bindExists, bindInSubquery, bindQuantified, bindScalarSubquery } from "./subquery.ts";
import { bindScalarMacro } from "./macro.ts";
import { bindSessionFunction } from "./session-function.ts";
import { didYouMean } from "./suggest.ts";
import { bindType } from "./type-name.ts";
import { bindUnnest, type UnnestCollector } from "./unnest.ts";
import { bindWindowCall } from "./window.ts";
import { withoutGroup } from "./within-group.ts";

const NO_WINDOWS: WindowsForbidden = { kind: "forbidden", reason: "window functions are not allowed here" };

/** A place for expressions over `scope`. Without a sink, aggregates and window functions are an error with the reason given. */
export function makeEnvironment(
  ctx: BindContext,
  scope: Scope,
  aggregates: AggregateSink | AggregatesForbidden,
  aliases?: AliasLookup,
  windows: WindowSink | WindowsForbidden = NO_WINDOWS,
  unnests?: UnnestCollector,
): Environment {
  return placeIn({ ctx, scope, aggregates, aliases, windows, unnests }, undefined);
}

type Place = Pick<Environment, "ctx" | "scope" | "aggregates" | "aliases" | "windows" | "unnests">;

function placeIn(place: Place, lambdas: LambdaScope | undefined): Environment {
  const env: Environment = {
    ...place,
    lambdas,
    within: (inner) => placeIn({ ...place, unnests: undefined }, inner),
    withoutUnnest: () => placeIn({ ...place, unnests: undefined }, lambdas),
    bind: (node) => bindExpression(env, node),
  };
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
    case "Cast": {
      const type = bindType(ctx, node.type);
      const exact = type.kind === "Bignum" ? bindBignum(ctx, node) : undefined;
      return exact ?? explicitCast(ctx, env.bind(node.operand), type, { try: node.try, span: spanOf(ctx, node) });
    }
    case "AtTimeZone":
      if (scalarFunction("timezone") === undefined) throw unsupported(ctx, "AT TIME ZONE", node);
      return callScalar(ctx, "timezone", [env.bind(node.zone), env.bind(node.operand)], node);
    case "FunctionCall":
      return bindFunctionCall(env, node);
    case "Row":
      return bindRow(env, node);
    case "Star":
      throw bindError(ctx, "* is not allowed here", node);
    case "DefaultValue":
      throw bindError(ctx, "DEFAULT is not allowed here", node);
    case "PositionalReference":
      return bindPosition(env, node);
    case "Columns":
      throw unsupported(ctx, "COLUMNS(...)", node);
    case "FieldAccess":
      return bindFieldAccess(env, node);
    case "Subscript":
      return bindSubscript(env, node);
    case "Slice":
      return bindSlice(env, node);
    case "InCollection":
      return bindInCollection(env, node);
    case "ArraySubquery":
      return bindArraySubquery(env, node);
    case "Collate":
      return bindCollate(env, node);
    case "ListLiteral":
      return bindListLiteral(env, node);
    case "StructLiteral":
      return bindStructLiteral(env, node);
    case "MapLiteral":
      return bindMapLiteral(env, node);
    case "ListComprehension":
      return bindComprehension(env, node);
    case "Lambda":
      return bindArrow(env, node);
  }
}

/** An argument that has no name. */
const POSITIONAL: Pick<FunctionArgument, "kind" | "name"> = { kind: "FunctionArgument", name: undefined };

/** A lambda where none is wanted: `x -> y` is the operator of JSON. */
function bindArrow(env: Environment, node: Lambda): Expr {
  const [parameter] = node.parameters;
  if (!node.arrow || parameter === undefined || node.parameters.length !== 1) {
    throw bindError(
      env.ctx,
      "a lambda is no value: it belongs into a call like list_transform(list, lambda x: ...)",
      node,
    );
  }
  const left: Expression = { kind: "ColumnRef", parts: [parameter], span: parameter.span };
  return env.bind({ kind: "Binary", operator: "->", left, right: node.body, span: node.span });
}

const SCHEMAS: ReadonlySet<string> = new Set(["main", "pg_catalog", "system"]);

function bindFunctionCall(env: Environment, node: FunctionCall): Expr {
  const { ctx } = env;
  const { parts } = node.name;
  const name = parts.at(-1)?.name.toLowerCase() ?? "";
  if (node.withinGroup !== undefined) return bindFunctionCall(env, withoutGroup(ctx, name, node));
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
  const own = bindScalarMacro(env, node) ?? bindSessionFunction(env, name, values, node);
  if (own !== undefined) return own;
  if (name === "unnest" && node.over === undefined) return bindUnnest(env, node);
  const macro = node.over === undefined ? builtinMacro(name, values, node.span) : undefined;
  if (macro !== undefined) return env.bind(macro);
  const isAggregate = aggregateFunction(name) !== undefined || sessionAggregate(ctx.functions, name) !== undefined;
  if (!isAggregate && node.over === undefined) {
    const args = values.map((value, i) => ({
      ...(node.args[i + node.args.length - values.length] ?? POSITIONAL),
      value,
      span: value.span,
    }));
    const nested = bindNestedCall(env, name, args, node) ?? bindLambdaCall(env, name, values, node);
    if (nested !== undefined) return nested;
  }
  if (node.over !== undefined) return bindWindowCall(env, name, values, node);
  const label = node.args.find((arg) => arg.name !== undefined);
  if (label !== undefined) throw unsupported(ctx, "a named argument", label);
  if (name === "grouping" || name === "grouping_id") return bindGrouping(env, values, node);
  if (isAggregate) return bindAggregateCall(env, name, values, node);
  if (node.distinct || node.filter !== undefined || node.orderBy !== undefined || node.nulls !== undefined) {
    if (scalarFunction(name) !== undefined) throw bindError(ctx, `${name} is not an aggregate function`, node);
  }
  const special = bindSpecial(env, name, values, node);
  if (special !== undefined) return special;
  if (scalarFunction(name) === undefined && sessionScalar(env.ctx.functions, name) === undefined) {
    const hint = didYouMean(name, specialNames());
    throw hint === undefined
      ? noSuchFunction(ctx, name, node.name)
      : bindError(ctx, `there is no function "${name}"`, node.name, hint);
  }
  return callScalar(ctx, name, values.map(env.bind), node);
}
