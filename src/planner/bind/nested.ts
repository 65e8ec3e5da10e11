/** Lists, structs and maps as written, and reaching into them. */
import type {
  FieldAccess,
  Identifier,
  InCollection,
  ListLiteral,
  MapLiteral,
  Row,
  Slice,
  StructLiteral,
  Subscript,
} from "../../sql/ast.ts";
import type { Datum, Expr, Literal } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { commonType, isUnnamed } from "../types/coerce.ts";
import { isList } from "../types/nested.ts";
import {
  BIGINT,
  BOOLEAN,
  INTEGER,
  listOf,
  type SqlType,
  type StructField,
  typeName,
  UTINYINT,
  VARCHAR,
} from "../types/types.ts";
import { unionDatum } from "../types/union.ts";
import { explicitCast, toCommonType } from "./coercion.ts";
import { type BindContext, bindError, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";
import { callScalar } from "./function-call.ts";
import { not } from "./logic.ts";
import { didYouMean } from "./suggest.ts";

type Node = Parameters<typeof spanOf>[1];

const isLiteral = (expr: Expr): expr is Literal => expr.kind === "Literal";

/** The call, or its constant where all parts are. */
export function make(ctx: BindContext, name: string, args: readonly Expr[], type: SqlType, node: Node): Expr {
  const span = spanOf(ctx, node);
  if (args.every(isLiteral)) return { kind: "Literal", value: args.map(({ value }) => value), type, span };
  return { kind: "Call", name, args, type, span };
}

export function bindListLiteral(env: Environment, node: ListLiteral): Expr {
  const { ctx } = env;
  const items = node.items.map(env.bind);
  const { type, exprs } = toCommonType(ctx, items, "a list");
  return make(ctx, "list_value", exprs, listOf(type), node);
}

export function bindStructLiteral(env: Environment, node: StructLiteral): Expr {
  return structOf(
    env.ctx,
    node.fields.map(({ name, value }) => ({ name, value: env.bind(value) })),
    node,
  );
}

export type Field = { readonly name: Identifier; readonly value: Expr };

export function structOf(ctx: BindContext, fields: readonly Field[], node: Node): Expr {
  const seen = new Set<string>();
  for (const { name } of fields) {
    const key = name.name.toLowerCase();
    if (seen.has(key)) throw bindError(ctx, `the field "${name.name}" appears twice`, name);
    seen.add(key);
  }
  const values = fields.map(({ value }) => value);
  const type: SqlType = {
    kind: "Struct",
    fields: fields.map(({ name, value }) => ({ name: name.name, type: typeOf(value) })),
  };
  return make(ctx, "struct_pack", values, type, node);
}

/** `(1, 2)`, `ROW(1)`: a struct whose fields have no names. */
export function bindRow(env: Environment, node: Row): Expr {
  const { ctx } = env;
  const values = node.items.map(env.bind);
  const fields = values.map((value): StructField => ({ name: "", type: typeOf(value) }));
  return make(ctx, "row", values, { kind: "Struct", fields }, node);
}

export function bindMapLiteral(env: Environment, node: MapLiteral): Expr {
  const { ctx } = env;
  const keys = toCommonType(
    ctx,
    node.entries.map(({ key }) => env.bind(key)),
    "the keys of a map",
  );
  const values = toCommonType(
    ctx,
    node.entries.map(({ value }) => env.bind(value)),
    "the values of a map",
  );
  const lists = [keys, values].map(({ type, exprs }) => make(ctx, "list_value", exprs, listOf(type), node));
  return callScalar(ctx, "map", lists, node);
}

/** What comes before the members of a UNION. */
const TAG: StructField = { name: "", type: UTINYINT };

/** A field of a struct or member of a union by name; a member that is not there is NULL. */
export function fieldOf(ctx: BindContext, expr: Expr, field: Identifier): Expr {
  const type = typeOf(expr);
  if (type.kind === "Json") {
    const key: Expr = { kind: "Literal", value: `$.${JSON.stringify(field.name)}`, type: VARCHAR };
    return callScalar(ctx, "->", [expr, key], field);
  }
  if (type.kind !== "Struct" && type.kind !== "Union") {
    throw bindError(ctx, `${typeName(type)} has no field "${field.name}": it is no STRUCT`, field, undefined, "type");
  }
  const fields = type.kind === "Struct" ? type.fields : [TAG, ...type.members];
  const key = field.name.toLowerCase();
  const index = fields.findIndex((own) => own !== TAG && own.name.toLowerCase() === key);
  if (index < 0) {
    const names = fields.map(({ name }) => name);
    throw bindError(ctx, `${typeName(type)} has no field "${field.name}"`, field, didYouMean(field.name, names));
  }
  return fieldAt(ctx, expr, fields, index, field);
}

/** Field `index` (from 0) of a struct. */
export function fieldAt(ctx: BindContext, expr: Expr, fields: readonly StructField[], index: number, node: Node): Expr {
  const type = fields[index]?.type as SqlType;
  const span = spanOf(ctx, node);
  if (expr.kind === "Literal") {
    const value = expr.value === null ? null : ((expr.value as readonly Datum[])[index] ?? null);
    return { kind: "Literal", value, type, span };
  }
  const position: Expr = { kind: "Literal", value: index, type: INTEGER };
  return { kind: "Call", name: "struct_extract", args: [expr, position], type, span };
}

export function bindFieldAccess(env: Environment, node: FieldAccess): Expr {
  return fieldOf(env.ctx, env.bind(node.operand), node.field);
}

/** `list[i]`, `struct['field']`, `map[key]`, `text[i]`. */
export function bindSubscript(env: Environment, node: Subscript): Expr {
  return subscript(env.ctx, env.bind(node.operand), env.bind(node.index), node);
}

/** `asCall`: `element_at` of a map gives a list. */
export function subscript(ctx: BindContext, operand: Expr, index: Expr, node: Node, asCall = false): Expr {
  const type = typeOf(operand);
  switch (type.kind) {
    case "Struct":
      return structField(ctx, operand, type.fields, index, node);
    case "Union":
      return unionMember(ctx, operand, index, node);
    case "Map":
      return callScalar(ctx, asCall ? "map_extract" : "map_extract_value", [operand, index], node);
    case "Json":
      return callScalar(ctx, "->", [operand, index], node);
    case "List":
    case "Array":
      return callScalar(ctx, "list_extract", [operand, wholeIndex(ctx, index, node)], node);
    case "Varchar":
    case "Null":
      return callScalar(
        ctx,
        "list_extract",
        [explicitCast(ctx, operand, VARCHAR, { try: false, span: spanOf(ctx, node) }), index],
        node,
      );
    default:
      throw bindError(ctx, `${typeName(type)} has no elements`, node, undefined, "type");
  }
}

function wholeIndex(ctx: BindContext, index: Expr, node: Node): Expr {
  return explicitCast(ctx, index, BIGINT, { try: false, span: spanOf(ctx, node) });
}

/** A field by a constant: its name, or its position from 1. */
function structField(ctx: BindContext, struct: Expr, fields: readonly StructField[], index: Expr, node: Node): Expr {
  if (index.kind !== "Literal" || index.value === null) {
    throw bindError(ctx, "the field of a STRUCT must be a constant", node, undefined, "type");
  }
  if (typeof index.value === "string") {
    const name: Identifier = { kind: "Identifier", name: index.value, quoted: true, span: node.span };
    return fieldOf(ctx, struct, name);
  }
  const at = Number(index.value);
  if (!Number.isInteger(at) || at < 1 || at > fields.length) {
    throw bindError(ctx, `a struct of ${fields.length} fields has no field ${String(index.value)}`, node);
  }
  return fieldAt(ctx, struct, fields, at - 1, node);
}

/** A member by a constant, its name. */
export function unionMember(ctx: BindContext, union: Expr, name: Expr, node: Node): Expr {
  if (typeOf(union).kind !== "Union" || name.kind !== "Literal" || typeof name.value !== "string") {
    throw bindError(ctx, "a UNION and the name of a member, a constant, are needed here", node, undefined, "type");
  }
  return fieldOf(ctx, union, { kind: "Identifier", name: name.value, quoted: true, span: node.span });
}

/** `union_value(name := value)`: a UNION of one member. */
export function unionOf(ctx: BindContext, { name, value }: Field, node: Node): Expr {
  const type: SqlType = { kind: "Union", members: [{ name: name.name, type: typeOf(value) }] };
  const span = spanOf(ctx, node);
  if (isLiteral(value)) return { kind: "Literal", value: unionDatum(type, 0, value.value), type, span };
  return { kind: "Call", name: "union_value", args: [value], type, span };
}

/** `list[a:b:step]`; bounds that are not written are the ends. */
export function bindSlice(env: Environment, node: Slice): Expr {
  const { ctx } = env;
  const written = [node.lower, node.upper].map((bound) => (bound === undefined ? undefined : env.bind(bound)));
  const [lower, upper] = written;
  const step = node.step === undefined ? [] : [env.bind(node.step)];
  const bounds = written.filter((bound) => bound !== undefined);
  const name =
    lower !== undefined && upper !== undefined
      ? "list_slice"
      : `slice_${lower === undefined ? "" : "a"}${upper === undefined ? "" : "b"}`;
  return callScalar(ctx, name, [env.bind(node.operand), ...bounds, ...step], node);
}

/** `x IN list`, without parentheses; of a map: whether it has the key. */
export function bindInCollection(env: Environment, node: InCollection): Expr {
  const { ctx } = env;
  const [operand, collection] = [env.bind(node.operand), env.bind(node.collection)];
  const type = typeOf(collection);
  if (type.kind === "Struct") {
    const isField = findField(ctx, collection, operand, node, false);
    return node.negated ? not(isField, spanOf(ctx, node)) : isField;
  }
  const name = type.kind === "Map" ? "map_contains" : "contains";
  if (!isList(type) && type.kind !== "Map" && type.kind !== "Varchar") {
    throw bindError(ctx, `IN needs a list, not ${typeName(type)}`, node.collection, undefined, "type");
  }
  const found = callScalar(ctx, name, [collection, operand], node);
  return node.negated ? not(found, spanOf(ctx, node)) : found;
}

/** The position of the first field of a row that equals a value, or whether there is one. */
export function findField(ctx: BindContext, struct: Expr, value: Expr, node: Node, position: boolean): Expr {
  const type = typeOf(struct);
  const result = position ? INTEGER : BOOLEAN;
  const span = spanOf(ctx, node);
  const literal = (of: Datum): Expr => ({ kind: "Literal", value: of, type: result });
  if (type.kind === "Null") return literal(null);
  if (type.kind !== "Struct" || !isUnnamed(type.fields)) {
    throw bindError(ctx, `a row without names is needed here, not ${typeName(type)}`, node, undefined, "type");
  }
  const found = type.fields.flatMap((field, i) => {
    const common = commonType(field.type, typeOf(value));
    const isText = (of: SqlType): boolean => of.kind === "Varchar";
    if (common === undefined || (common.kind === "Varchar" && !(isText(field.type) || isText(typeOf(value)))))
      return [];
    const sides = [fieldAt(ctx, struct, type.fields, i, node), value];
    const args = sides.map((side) => explicitCast(ctx, side, common, { try: false, span }));
    const when: Expr = { kind: "Call", name: position ? "is_not_distinct" : "=", args, type: BOOLEAN, span };
    return [{ when, then: literal(position ? i + 1 : true) }];
  });
  const known = position ? [struct] : [struct, value];
  const missing = known.map((input) => ({
    when: { kind: "IsNull", input, negated: false } as const,
    then: literal(null),
  }));
  const otherwise = literal(position ? null : false);
  return { kind: "Case", branches: [...missing, ...found], otherwise, type: result, span };
}
