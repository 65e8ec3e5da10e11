import type { Span } from "../../error.ts";
import type { Case, Expression } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { NULL_TYPE } from "../types/types.ts";
import { toBoolean, toCommonType } from "./coercion.ts";
import { compare } from "./comparison.ts";
import { type BindContext, bindError, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";

/** CASE, simple or searched. */
export function bindCase(env: Environment, node: Case): Expr {
  const { ctx } = env;
  const operand = node.operand === undefined ? undefined : env.bind(node.operand);
  const conditions = node.branches.map(({ when }) =>
    operand === undefined
      ? toBoolean(ctx, env.bind(when), "a condition of CASE")
      : compare(ctx, "=", operand, env.bind(when), when),
  );
  const results = node.branches.map(({ then }) => env.bind(then));
  results.push(node.otherwise === undefined ? nullLiteral() : env.bind(node.otherwise));
  return searched(ctx, conditions, results, "CASE", node);
}

/** `results` has one more than `conditions`: the last is ELSE. */
function searched(
  ctx: BindContext,
  conditions: readonly Expr[],
  results: readonly Expr[],
  construct: string,
  node: { readonly span: Span },
): Expr {
  const { type, exprs } = toCommonType(ctx, results, construct);
  return {
    kind: "Case",
    branches: conditions.map((when, i) => ({ when, then: exprs[i] as Expr })),
    otherwise: exprs.at(-1) as Expr,
    type,
    span: spanOf(ctx, node),
  };
}

function nullLiteral(): Expr {
  return { kind: "Literal", value: null, type: NULL_TYPE };
}

function isNotNull(input: Expr): Expr {
  return { kind: "IsNull", input, negated: true };
}

type Special = (env: Environment, args: readonly Expression[], node: { readonly span: Span }) => Expr;

/** Functions that evaluate their arguments only where needed: they become CASE. */
const SPECIAL: ReadonlyMap<string, { readonly least: number; readonly most: number; readonly bind: Special }> = new Map(
  [
    ["coalesce", { least: 1, most: Number.POSITIVE_INFINITY, bind: bindCoalesce }],
    ["ifnull", { least: 2, most: 2, bind: bindCoalesce }],
    ["nvl", { least: 2, most: 2, bind: bindCoalesce }],
    ["nullif", { least: 2, most: 2, bind: bindNullIf }],
    ["if", { least: 3, most: 3, bind: bindIf }],
    ["switch", { least: 2, most: 3, bind: bindSwitch }],
  ],
);

/** The special function of this (lower-case) name applied, or undefined when it is an ordinary name. */
export function bindSpecial(
  env: Environment,
  name: string,
  args: readonly Expression[],
  node: { readonly span: Span },
): Expr | undefined {
  const special = SPECIAL.get(name);
  if (special === undefined) return undefined;
  if (args.length < special.least || args.length > special.most) {
    throw bindError(env.ctx, `${name} does not take ${args.length} argument${args.length === 1 ? "" : "s"}`, node);
  }
  return special.bind(env, args, node);
}

/** The names that `bindSpecial` knows, for "did you mean". */
export function specialNames(): readonly string[] {
  return [...SPECIAL.keys()];
}

function bindCoalesce(env: Environment, args: readonly Expression[], node: { readonly span: Span }): Expr {
  const { exprs } = toCommonType(env.ctx, args.map(env.bind), "COALESCE");
  if (exprs.length === 1) return exprs[0] as Expr;
  return searched(env.ctx, exprs.slice(0, -1).map(isNotNull), exprs, "COALESCE", node);
}

/** NULL where both are equal, else the first, whose type it keeps. */
function bindNullIf(env: Environment, args: readonly Expression[], node: { readonly span: Span }): Expr {
  const [first, second] = args.map(env.bind) as [Expr, Expr];
  const equal = compare(env.ctx, "=", first, second, node);
  return {
    kind: "Case",
    branches: [{ when: equal, then: { kind: "Literal", value: null, type: typeOf(first) } }],
    otherwise: first,
    type: typeOf(first),
    span: spanOf(env.ctx, node),
  };
}

function bindIf(env: Environment, args: readonly Expression[], node: { readonly span: Span }): Expr {
  const [condition, then, otherwise] = args.map(env.bind) as [Expr, Expr, Expr];
  return searched(env.ctx, [toBoolean(env.ctx, condition, "the condition of IF")], [then, otherwise], "IF", node);
}

/** `switch(x, MAP {1: 'one'}, 'other')`: a CASE whose values are constants. */
function bindSwitch(env: Environment, args: readonly Expression[], node: { readonly span: Span }): Expr {
  const { ctx } = env;
  const [operand, cases, otherwise] = args;
  if (cases?.kind !== "MapLiteral" || cases.entries.length === 0)
    throw bindError(ctx, "switch needs a map of constants, written as MAP {value: result}", cases ?? node);
  const branches = cases.entries.map(({ key, value }) => {
    if (key.kind === "NullLiteral") throw bindError(ctx, "the keys of a map are not NULL", key);
    if (!isConstant(key)) throw bindError(ctx, "the values of switch are constants", key);
    return { when: key, then: value };
  });
  return bindCase(env, { kind: "Case", operand, branches, otherwise, span: node.span });
}

function isConstant(node: Expression): boolean {
  switch (node.kind) {
    case "NumberLiteral":
    case "StringLiteral":
    case "BooleanLiteral":
    case "BlobLiteral":
    case "TypedLiteral":
      return true;
    case "Cast":
    case "Unary":
      return isConstant(node.operand);
    default:
      return false;
  }
}
