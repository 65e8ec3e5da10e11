import type { Expression, TypeName } from "../../sql/ast.ts";
import { namedType, typeNames } from "../types/type-names.ts";
import { decimal, listOf, type SqlType } from "../types/types.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";
import { didYouMean } from "./suggest.ts";

const LATER: ReadonlySet<string> = new Set([...["timestamptz_ns", "variant", "geometry"]]);

/** The type that a written type means. */
export function bindType(ctx: BindContext, type: TypeName): SqlType {
  switch (type.kind) {
    case "NamedType":
      return bindNamedType(ctx, type);
    case "ListType":
      return listOf(bindType(ctx, type.element));
    case "ArrayType":
      return { kind: "Array", element: bindType(ctx, type.element), length: type.size };
    case "StructType":
      return {
        kind: "Struct",
        fields: type.fields.map((field) => ({ name: field.name?.name ?? "", type: bindType(ctx, field.type) })),
      };
    case "MapType":
      return { kind: "Map", key: bindType(ctx, type.key), value: bindType(ctx, type.value) };
    case "EnumType":
      if ("kind" in type.values) throw unsupported(ctx, "ENUM (SELECT ...)", type);
      return { kind: "Enum", values: type.values };
    case "UnionType":
      return bindUnionType(ctx, type);
  }
}

/** Members of a UNION are counted in a byte. */
const MOST_MEMBERS = 256;

function bindUnionType(ctx: BindContext, type: Extract<TypeName, { kind: "UnionType" }>): SqlType {
  const members = type.members.map((member) => ({ name: member.name?.name ?? "", type: bindType(ctx, member.type) }));
  const names = new Set(members.map(({ name }) => name.toLowerCase()));
  if (names.has("") || names.size < members.length)
    throw bindError(ctx, "every member of a UNION has a name of its own", type, undefined, "type");
  if (members.length > MOST_MEMBERS)
    throw bindError(ctx, `a UNION has at most ${MOST_MEMBERS} members`, type, undefined, "type");
  return { kind: "Union", members };
}

function bindNamedType(ctx: BindContext, type: Extract<TypeName, { kind: "NamedType" }>): SqlType {
  const name = type.name.parts.at(-1)?.name.toLowerCase() ?? "";
  if (name === "decimal" || name === "numeric" || name === "dec") {
    const [precision = 18, scale = type.modifiers.length === 1 ? 0 : 3] = type.modifiers.map((modifier) =>
      integer(ctx, modifier),
    );
    if (precision < 1 || precision > 38)
      throw bindError(ctx, "the width of a DECIMAL is between 1 and 38", type, undefined, "type");
    if (scale > precision) throw bindError(ctx, "the scale of a DECIMAL is at most its width", type, undefined, "type");
    return decimal(precision, scale);
  }
  if (name === "float" && type.modifiers.length === 1) {
    const bits = integer(ctx, type.modifiers[0] as Expression);
    return { kind: bits <= 24 ? "Real" : "Double" };
  }
  if (LATER.has(name)) throw unsupported(ctx, `the type ${name.toUpperCase()}`, type);
  const found = namedType(name);
  if (found === undefined) {
    const own = ctx.catalog.type?.(type.name.parts.map((part) => part.name.toLowerCase()));
    if (own !== undefined) return own;
    throw bindError(
      ctx,
      `there is no type "${type.name.parts.at(-1)?.name ?? ""}"`,
      type,
      didYouMean(name, typeNames()),
      "type",
    );
  }
  return found;
}

function integer(ctx: BindContext, modifier: Expression): number {
  if (modifier.kind === "NumberLiteral" && modifier.form === "integer") return Number(modifier.text);
  throw bindError(ctx, "a type's modifier must be an integer", modifier, undefined, "type");
}
