/** Functions that take a lambda, and list comprehensions. */
import type { Expression, Identifier, Lambda as LambdaNode, ListComprehension } from "../../sql/ast.ts";
import type { Expr, Lambda, LambdaParameter } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { LAMBDA_FUNCTIONS } from "../ir/lower/lambda.ts";
import { commonType } from "../types/coerce.ts";
import { isList } from "../types/nested.ts";
import { BIGINT, BOOLEAN, listOf, NULL_TYPE, sameType, type SqlType, typeName } from "../types/types.ts";
import { convert, explicitCast, toBoolean } from "./coercion.ts";
import { bindError, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";

type Node = Parameters<typeof spanOf>[1];

/** The parameters of a lambda and of those around it, the innermost first. */
export type LambdaScope = { readonly parameters: readonly LambdaParameter[]; readonly parent: LambdaScope | undefined };

/** Parameters per lambda, at most; ids of different depths are apart. */
const MAX_PARAMETERS = 4;

/** The parameter of this name. */
export function findParameter(scope: LambdaScope | undefined, name: Identifier): LambdaParameter | undefined {
  const key = name.name.toLowerCase();
  for (let level = scope; level !== undefined; level = level.parent) {
    const found = level.parameters.find((parameter) => parameter.name.toLowerCase() === key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Binds a lambda over values of these types; it may take fewer parameters than there are types. */
function bindLambda(
  env: Environment,
  names: readonly Identifier[],
  body: Expression,
  types: readonly SqlType[],
  least: number,
  node: Node,
  finish: (body: Expr) => Expr,
): Lambda {
  const { ctx } = env;
  if (names.length < least || names.length > types.length) {
    const wanted = least === types.length ? String(least) : `${least} to ${types.length}`;
    throw bindError(ctx, `a lambda of ${wanted} parameters is needed here, not of ${names.length}`, node);
  }
  let depth = 0;
  for (let level = env.lambdas; level !== undefined; level = level.parent) depth++;
  const parameters = names.map(({ name }, i): LambdaParameter => ({
    kind: "LambdaParameter",
    id: depth * MAX_PARAMETERS + i,
    name,
    type: types[i] as SqlType,
  }));
  const bound = finish(env.within({ parameters, parent: env.lambdas }).bind(body));
  return { kind: "Lambda", parameters, body: bound, type: typeOf(bound), span: spanOf(ctx, node) };
}

function listArgument(env: Environment, node: Expression): { readonly list: Expr; readonly element: SqlType } {
  const bound = env.bind(node);
  const type = typeOf(bound);
  if (type.kind === "Null") return { list: convert(env.ctx, bound, listOf(NULL_TYPE)), element: NULL_TYPE };
  if (!isList(type)) throw bindError(env.ctx, `a list is needed here, not ${typeName(type)}`, node, undefined, "type");
  return { list: convert(env.ctx, bound, listOf(type.element)), element: type.element };
}

/** `list_transform`, `list_filter` and `list_reduce` under all their names; undefined for another name. */
export function bindLambdaCall(
  env: Environment,
  name: string,
  args: readonly Expression[],
  node: Node,
): Expr | undefined {
  const canonical = LAMBDA_FUNCTIONS.get(name);
  if (canonical === undefined) return undefined;
  const { ctx } = env;
  const [source, lambda, initial] = args;
  if (source === undefined || lambda?.kind !== "Lambda" || args.length > (canonical === "list_reduce" ? 3 : 2)) {
    throw bindError(ctx, `${name} takes a list and a lambda: ${name}(list, lambda x: ...)`, node);
  }
  const { list, element } = listArgument(env, source);
  const span = spanOf(ctx, node);
  switch (canonical) {
    case "list_transform":
      return transform(env, list, element, lambda.parameters, lambda.body, lambda);
    case "list_filter":
      return {
        kind: "Call",
        name: canonical,
        args: [list, condition(env, element, lambda.parameters, lambda.body, lambda)],
        type: typeOf(list),
        span,
      };
    case "list_reduce": {
      const start = initial === undefined ? undefined : env.bind(initial);
      const first = start === undefined ? element : typeOf(start);
      const reduced = reduction(env, lambda, first, start === undefined ? undefined : element);
      const { type } = reduced;
      // Without an initial value the first element is one.
      const values = start === undefined ? convert(ctx, list, listOf(type)) : list;
      const call = [values, reduced, ...(start === undefined ? [] : [convert(ctx, start, type)])];
      return { kind: "Call", name: canonical, args: call, type, span };
    }
  }
}

/**
 * The lambda of a reduction, which takes and gives what the reduction carries along: values of the type of its start or, where the
 * lambda gives wider ones, of theirs. `element`: of the list; undefined: the elements become what is carried along.
 */
function reduction(env: Environment, node: LambdaNode, start: SqlType, element: SqlType | undefined): Lambda {
  const bindOver = (type: SqlType): Lambda =>
    bindLambda(env, node.parameters, node.body, [type, element ?? type, BIGINT], 2, node, (body) => body);
  const giving = (lambda: Lambda, type: SqlType): Lambda => {
    const options = { try: false, span: spanOf(env.ctx, node) };
    return { ...lambda, body: explicitCast(env.ctx, lambda.body, type, options), type };
  };
  const lambda = bindOver(start);
  const common = commonType(start, lambda.type) ?? start;
  return sameType(common, start) ? giving(lambda, start) : giving(bindOver(common), common);
}

function transform(
  env: Environment,
  list: Expr,
  element: SqlType,
  names: readonly Identifier[],
  body: Expression,
  node: Node,
  wanted: readonly Expr[] = [],
): Expr {
  const lambda = bindLambda(env, names, body, [element, BIGINT], 1, node, (expr) => expr);
  const args = [list, lambda, ...wanted];
  return { kind: "Call", name: "list_transform", args, type: listOf(lambda.type), span: spanOf(env.ctx, node) };
}

/** A lambda that says of every element whether it is wanted. */
function condition(
  env: Environment,
  element: SqlType,
  names: readonly Identifier[],
  body: Expression,
  node: Node,
): Lambda {
  const { ctx } = env;
  return bindLambda(env, names, body, [element, BIGINT], 1, node, (expr) =>
    typeOf(expr).kind === "Null" ? convert(ctx, expr, BOOLEAN) : toBoolean(ctx, expr, "the result of the lambda"),
  );
}

/** `[result for x in list if condition]`: a transformation of the elements for which the condition holds. */
export function bindComprehension(env: Environment, node: ListComprehension): Expr {
  const { list, element } = listArgument(env, node.source);
  const kept = node.filter === undefined ? [] : [condition(env, element, node.variables, node.filter, node)];
  return transform(env, list, element, node.variables, node.result, node, kept);
}
