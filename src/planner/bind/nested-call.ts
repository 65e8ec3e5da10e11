/** Calls over nested values whose result depends on the names of arguments or on constants. */
import type { FunctionArgument } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { TO_STATE } from "../functions/aggregate/state-functions.ts";
import { listAggregateName } from "../functions/nested/list-aggregate.ts";
import { aggregateFunction } from "../functions/registry.ts";
import { sessionAggregate } from "../functions/session-function.ts";
import { isUnnamed } from "../types/coerce.ts";
import { namedType } from "../types/type-names.ts";
import { isJsonArray, isJsonObject, type JsonValue, parseJson } from "../types/json.ts";
import { JSON_TYPE, listOf, type SqlType, type StructField, VARCHAR } from "../types/types.ts";
import { bindToState } from "./aggregate-state.ts";
import { explicitCast } from "./coercion.ts";
import { type BindContext, bindError, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";
import { callScalar } from "./function-call.ts";
import { type Field, fieldAt, findField, make, structOf, subscript, unionMember, unionOf } from "./nested.ts";
import { TYPE_FUNCTIONS } from "./type-functions.ts";

type Node = Parameters<typeof spanOf>[1];
type Special = (env: Environment, args: readonly FunctionArgument[], node: Node) => Expr;

/** Functions whose result depends on the names of arguments or on constants. */
const SPECIAL: ReadonlyMap<string, Special> = new Map<string, Special>([
  [TO_STATE, bindToState],
  ...TYPE_FUNCTIONS,
  ["array_to_string_comma_default", joinWithComma],
  ["struct_values", structValues],
  ...["list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate"].map((name): [string, Special] => [
    name,
    aggregateList,
  ]),
  ...["json_transform", "from_json"].map((name): [string, Special] => [
    name,
    (env, args, node) => fromJson(env, args, node, true),
  ]),
  ...["json_transform_strict", "from_json_strict"].map((name): [string, Special] => [
    name,
    (env, args, node) => fromJson(env, args, node, false),
  ]),
  [
    "struct_pack",
    (env, args, node) =>
      structOf(
        env.ctx,
        args.map((arg) => namedField(env, arg)),
        node,
      ),
  ],
  [
    "union_value",
    (env, args, node) => {
      const [member, ...more] = args;
      if (member === undefined || more.length > 0)
        throw bindError(env.ctx, "union_value takes one argument: name := value", node);
      return unionOf(env.ctx, namedField(env, member), node);
    },
  ],
  [
    "union_extract",
    (env, args, node) => {
      const [union, name, ...more] = args.map(({ value }) => env.bind(value));
      if (union === undefined || name === undefined || more.length > 0)
        throw bindError(env.ctx, "union_extract takes a UNION and the name of a member", node);
      return unionMember(env.ctx, union, name, node);
    },
  ],
  ["struct_insert", (env, args, node) => changeStruct(env, args, node, true)],
  ["struct_update", (env, args, node) => changeStruct(env, args, node, false)],
  ["struct_extract", (env, args, node) => extract(env, args, node)],
  ["struct_extract_at", (env, args, node) => extract(env, args, node)],
  ["struct_concat", concatStructs],
  ["struct_keys", structKeys],
  ["struct_position", (env, args, node) => searchStruct(env, args, node, true)],
  ["struct_indexof", (env, args, node) => searchStruct(env, args, node, true)],
  ["struct_contains", (env, args, node) => searchStruct(env, args, node, false)],
  ["struct_has", (env, args, node) => searchStruct(env, args, node, false)],
  ["element_at", (env, args, node) => extract(env, args, node)],
  ["array_extract", (env, args, node) => extract(env, args, node)],
  ["list_extract", (env, args, node) => extract(env, args, node)],
  ["list_element", (env, args, node) => extract(env, args, node)],
]);

/** The function of this name over nested values; undefined: it is an ordinary one. */
export function bindNestedCall(
  env: Environment,
  name: string,
  args: readonly FunctionArgument[],
  node: Node,
): Expr | undefined {
  return SPECIAL.get(name)?.(env, args, node);
}

/** `json_transform(text, structure)`: the text as a value of the type that the structure, a JSON constant, spells out. */
function fromJson(env: Environment, args: readonly FunctionArgument[], node: Node, lenient: boolean): Expr {
  const { ctx } = env;
  const [text, structure] = args.map(({ value }) => env.bind(value));
  const json =
    structure?.kind === "Literal" && typeof structure.value === "string" ? parseJson(structure.value) : undefined;
  const type = json === undefined ? undefined : typeOfStructure(json);
  if (text === undefined || type === undefined) {
    throw bindError(ctx, "a JSON text and its structure, a constant like '[\"INTEGER\"]', are needed here", node);
  }
  const options = { try: lenient, span: spanOf(ctx, node) };
  return explicitCast(ctx, explicitCast(ctx, text, JSON_TYPE, { ...options, try: false }), type, options);
}

function typeOfStructure(value: JsonValue): SqlType | undefined {
  if (typeof value === "string") return namedType(value.toLowerCase());
  if (isJsonArray(value)) {
    const element = value.length === 1 ? typeOfStructure(value[0] as JsonValue) : undefined;
    return element === undefined ? undefined : listOf(element);
  }
  if (!isJsonObject(value)) return undefined;
  const fields = value.entries.map(([name, of]) => ({ name, type: typeOfStructure(of) }));
  return fields.every((field): field is StructField => field.type !== undefined)
    ? { kind: "Struct", fields }
    : undefined;
}

/** `array_to_string_comma_default(list, sep := ',')`. */
function joinWithComma(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const { ctx } = env;
  const [list, separator, another] = args;
  const isNamed = separator?.name === undefined || separator.name.name.toLowerCase() === "sep";
  if (list === undefined || list.name !== undefined || another !== undefined || !isNamed) {
    throw bindError(ctx, "array_to_string_comma_default takes a list and sep, the separator", node);
  }
  const written = separator === undefined ? undefined : env.bind(separator.value);
  if (written !== undefined && written.kind !== "Literal")
    throw bindError(ctx, "sep must be a constant", separator ?? node);
  const comma: Expr = { kind: "Literal", value: ",", type: VARCHAR };
  const joined = written === undefined || written.value === null ? comma : written;
  return callScalar(ctx, "array_to_string", [env.bind(list.value), joined], node);
}

/** `list_aggregate(list, 'sum', ...)`. */
function aggregateList(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const { ctx } = env;
  const [list, name, ...rest] = args.map(({ value }) => env.bind(value));
  if (list === undefined || name?.kind !== "Literal" || typeof name.value !== "string") {
    throw bindError(ctx, "a list and the name of an aggregate are needed here", node);
  }
  const aggregate = aggregateFunction(name.value.toLowerCase());
  if (sessionAggregate(ctx.functions, name.value.toLowerCase()) !== undefined)
    throw bindError(ctx, `the aggregate "${name.value}" over lists is not supported`, node, undefined, "unsupported");
  if (aggregate === undefined) throw bindError(ctx, `there is no aggregate "${name.value}"`, node);
  return callScalar(ctx, listAggregateName(aggregate.name), [list, ...rest], node);
}

function namedField(env: Environment, { name, value, span }: FunctionArgument): Field {
  const own = name ?? (value.kind === "ColumnRef" ? value.parts.at(-1) : undefined);
  if (own === undefined) throw bindError(env.ctx, "a field needs a name: name := value", { span });
  return { name: own, value: env.bind(value) };
}

function structArgument(
  env: Environment,
  arg: FunctionArgument | undefined,
  node: Node,
): { readonly expr: Expr; readonly fields: readonly StructField[] } {
  const expr = arg === undefined ? undefined : env.bind(arg.value);
  const type = expr === undefined ? undefined : typeOf(expr);
  if (expr === undefined || type?.kind !== "Struct")
    throw bindError(env.ctx, "a STRUCT is needed here", arg ?? node, undefined, "type");
  return { expr, fields: type.fields };
}

function fieldsOf(ctx: BindContext, expr: Expr, fields: readonly StructField[], node: Node): readonly Field[] {
  return fields.map(({ name }, i) => ({
    name: { kind: "Identifier", name, quoted: true, span: node.span },
    value: fieldAt(ctx, expr, fields, i, node),
  }));
}

/** New fields behind the old ones; `insert` forbids names that are there, update replaces them. */
function changeStruct(env: Environment, args: readonly FunctionArgument[], node: Node, insert: boolean): Expr {
  const { ctx } = env;
  const [first, ...rest] = args;
  const { expr, fields } = structArgument(env, first, node);
  const added = rest.map((arg) => namedField(env, arg));
  const key = ({ name }: Field): string => name.name.toLowerCase();
  const own = fieldsOf(ctx, expr, fields, node);
  if (insert) return structOf(ctx, [...own, ...added], node);
  const byName = new Map(added.map((field) => [key(field), field]));
  const kept = own.map((field) => byName.get(key(field)) ?? field);
  const names = new Set(own.map(key));
  return structOf(ctx, [...kept, ...added.filter((field) => !names.has(key(field)))], node);
}

/** NULL where the struct is. */
function whereNotNull(ctx: BindContext, struct: Expr, result: Expr, node: Node): Expr {
  if (struct.kind === "Literal" && struct.value !== null) return result;
  const type = typeOf(result);
  const when: Expr = { kind: "IsNull", input: struct, negated: true };
  const otherwise: Expr = { kind: "Literal", value: null, type };
  return { kind: "Case", branches: [{ when, then: result }], otherwise, type, span: spanOf(ctx, node) };
}

function concatStructs(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const { ctx } = env;
  const parts = args.map((arg) => structArgument(env, arg, node));
  const fields = parts.flatMap(({ expr, fields: own }) => fieldsOf(ctx, expr, own, node));
  if (parts.length === 0) throw bindError(ctx, "struct_concat needs a STRUCT", node);
  const unnamed = parts.filter(({ fields: own }) => isUnnamed(own)).length;
  if (unnamed > 0 && unnamed < parts.length) {
    throw bindError(ctx, "struct_concat cannot mix structs with and without names", node, undefined, "type");
  }
  if (unnamed > 0) {
    const type: SqlType = { kind: "Struct", fields: fields.map(({ value }) => ({ name: "", type: typeOf(value) })) };
    return make(
      ctx,
      "row",
      fields.map(({ value }) => value),
      type,
      node,
    );
  }
  return structOf(ctx, fields, node);
}

/** The position of the first field that equals a value, or whether there is one. */
function searchStruct(env: Environment, args: readonly FunctionArgument[], node: Node, position: boolean): Expr {
  const { ctx } = env;
  const [struct, value] = args.map((arg) => env.bind(arg.value));
  if (struct === undefined || value === undefined || args.length !== 2) {
    throw bindError(ctx, "a STRUCT and a value are needed here", node);
  }
  return findField(ctx, struct, value, node, position);
}

/** The fields without their names. */
function structValues(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const { expr, fields } = structArgument(env, args[0], node);
  const type: SqlType = { kind: "Struct", fields: fields.map((field) => ({ ...field, name: "" })) };
  return explicitCast(env.ctx, expr, type, { try: false, span: spanOf(env.ctx, node) });
}

function structKeys(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const [argument] = args;
  if (argument !== undefined && typeOf(env.bind(argument.value)).kind === "Null") {
    return { kind: "Literal", value: null, type: listOf(VARCHAR), span: spanOf(env.ctx, node) };
  }
  const { expr, fields } = structArgument(env, argument, node);
  if (isUnnamed(fields)) throw bindError(env.ctx, "the fields of a row have no names", node, undefined, "type");
  const names: Expr = {
    kind: "Literal",
    value: fields.map(({ name }) => name),
    type: listOf(VARCHAR),
    span: spanOf(env.ctx, node),
  };
  return whereNotNull(env.ctx, expr, names, node);
}

/** A subscript written as a call. */
function extract(env: Environment, args: readonly FunctionArgument[], node: Node): Expr {
  const [operand, index] = args.map(({ value }) => env.bind(value));
  if (operand === undefined || index === undefined || args.length !== 2) {
    throw bindError(env.ctx, "a value and a position or key are needed here", node);
  }
  return subscript(env.ctx, operand, index, node, true);
}
