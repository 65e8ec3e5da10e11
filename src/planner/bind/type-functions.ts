/** Functions of what a query says rather than of values: types and names of their arguments. */
import type { Span } from "../../error.ts";
import type { FunctionArgument } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { canCoerce } from "../types/coerce.ts";
import { BOOLEAN, sameType, type SqlType, VARCHAR } from "../types/types.ts";
import { explicitCast } from "./coercion.ts";
import { columnName } from "./column-name.ts";
import { bindError, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";

type Node = { readonly span: Span };
type Special = (env: Environment, args: readonly FunctionArgument[], node: Node) => Expr;

export const TYPE_FUNCTIONS: readonly (readonly [name: string, bind: Special])[] = [
  ["replace_type", replaceType],
  ["cast_to_type", castToType],
  ["can_cast_implicitly", canCastImplicitly],
  ["alias", aliasOf],
];

function twoArguments({ bind, ctx }: Environment, name: string, args: readonly FunctionArgument[], node: Node) {
  const [first, second, another] = args.map(({ value }) => bind(value));
  if (first === undefined || second === undefined || another !== undefined) {
    throw bindError(ctx, `${name} takes a value and one of the type that is meant`, node);
  }
  return [first, second] as const;
}

/** `cast_to_type(value, NULL::type)`. */
function castToType(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const [value, of] = twoArguments(env, "cast_to_type", args, node);
  const type = typeOf(of);
  if (type.kind === "Null") throw bindError(env.ctx, "a value cannot be cast to the type of NULL", args[1] ?? node);
  return explicitCast(env.ctx, value, type, { try: false, span: spanOf(env.ctx, node) });
}

/** `can_cast_implicitly(value, NULL::type)`. */
function canCastImplicitly(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const [value, of] = twoArguments(env, "can_cast_implicitly", args, node);
  return { kind: "Literal", value: canCoerce(typeOf(value), typeOf(of)), type: BOOLEAN, span: spanOf(env.ctx, node) };
}

/** `alias(expression)`: the name that it would have as an output. */
function aliasOf({ bind, ctx }: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const [argument, another] = args;
  if (argument === undefined || another !== undefined) throw bindError(ctx, "alias takes one expression", node);
  bind(argument.value);
  return { kind: "Literal", value: columnName(argument.value), type: VARCHAR, span: spanOf(ctx, node) };
}

/** `replace_type(value, NULL::from, NULL::to)`: the value with every type `from` in its type replaced. */
function replaceType(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const { ctx } = env;
  const [value, from, to, another] = args.map((arg) => env.bind(arg.value));
  if (value === undefined || from === undefined || to === undefined || another !== undefined) {
    throw bindError(ctx, "replace_type takes a value and two NULLs of types", node);
  }
  const [search, replacement] = [typeOf(from), typeOf(to)];
  if (replacement.kind === "Null") throw bindError(ctx, "NULL cannot be used to replace a type", args[2] ?? node);
  const type = replaced(typeOf(value), search, replacement);
  return explicitCast(ctx, value, type, { try: false, span: spanOf(ctx, node) });
}

function replaced(type: SqlType, from: SqlType, to: SqlType): SqlType {
  if (sameType(type, from)) return to;
  switch (type.kind) {
    case "List":
    case "Array":
      return { ...type, element: replaced(type.element, from, to) };
    case "Map":
      return { ...type, key: replaced(type.key, from, to), value: replaced(type.value, from, to) };
    case "Struct":
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: replaced(field.type, from, to) })) };
    default:
      return type;
  }
}
