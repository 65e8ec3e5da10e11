/** Casts between nested types: of their elements, fields, keys and values. */
import type { LowerContext } from "../../functions/function.ts";
import { callNested } from "../../functions/nested/host-function.ts";
import { unsupported } from "../../../error.ts";
import { matchFields, unionMember } from "../../types/coerce.ts";
import { findMember, type UnionType } from "../../types/union.ts";
import { fieldTypes, isList, type NestedType } from "../../types/nested.ts";
import { listOf, sameType, type SqlType, type StructField, typeName } from "../../types/types.ts";
import { i32, num, select } from "../builder.ts";
import { type Operand, operand } from "../operand.ts";
import { blockOf, buildList, cell, listCount, loadElement, loadField, makeStruct } from "./nested.ts";
import { addressOf, integerConstant } from "./rep.ts";
import { nullOperand } from "./cast.ts";

/** Casts a value that is not NULL. */
type CastValue = (ctx: LowerContext, value: Operand, from: SqlType, to: SqlType) => Operand;

/** The value, which is not NULL, in another nested type. */
export function castNested(
  ctx: LowerContext,
  value: Operand,
  from: NestedType,
  to: NestedType,
  isTry: boolean,
  cast: CastValue,
): Operand {
  if (isList(from) && isList(to)) {
    if (to.kind === "Array" && from.kind !== "Array") {
      const wrong = num("i32.ne", listCount(addressOf(value.lo)), i32(to.length));
      ctx.fail("type", `a list that is not ${to.length} long does not fit ${typeName(to)}`, wrong);
    }
    return castElements(ctx, value, from.element, to.element, cast);
  }
  if (from.kind === "Map" && to.kind === "Map") {
    const types = [listOf(from.key), listOf(from.value)];
    const block = blockOf(ctx.b, value);
    const lists = [to.key, to.value].map((type, i) =>
      castElements(ctx, loadField(ctx.b, block, types, i, value.stable), i === 0 ? from.key : from.value, type, cast),
    );
    const of = [listOf(to.key), listOf(to.value)];
    if (sameType(from.key, to.key)) return makeStruct(ctx, lists, of);
    // Different keys may have become equal or, under TRY_CAST, NULL.
    return callNested(ctx, isTry ? "try_map" : "map", lists, { args: of, returns: to });
  }
  if (from.kind === "Struct" && to.kind === "Struct") {
    const block = blockOf(ctx.b, value);
    const types = from.fields.map((field) => field.type);
    const sources = matchFields(from.fields, to.fields);
    const fields = to.fields.map((field, i) => {
      const source = sources?.[i];
      if (source === undefined) return nullOperand(field.type);
      const loaded = loadField(ctx.b, block, types, source, value.stable);
      return castWhereValid(ctx, loaded, types[source] as SqlType, field.type, cast);
    });
    return makeStruct(
      ctx,
      fields,
      to.fields.map((field) => field.type),
    );
  }
  if (from.kind === "Union" && to.kind === "Union") return castUnion(ctx, value, from, to, cast);
  throw unsupported(`a cast from ${typeName(from)} to ${typeName(to)}`);
}

/** The value as the member of the union that takes its type. */
export function toUnion(ctx: LowerContext, value: Operand, from: SqlType, to: UnionType, cast: CastValue): Operand {
  const tag = unionMember(from, to);
  if (tag === undefined) throw unsupported(`a cast from ${typeName(from)} to ${typeName(to)}`);
  const member = cast(ctx, value, from, (to.members[tag] as StructField).type);
  const union = makeUnion(ctx, tag, member, to);
  return member.valid === undefined ? union : { ...union, valid: member.valid };
}

/** The value, which may be NULL, as member `tag`. */
export function makeUnion(ctx: LowerContext, tag: number, value: Operand, type: UnionType): Operand {
  const members = type.members.map((member, i) => (i === tag ? value : nullOperand(member.type)));
  return makeStruct(ctx, [integerConstant(BigInt(tag), "i32"), ...members], fieldTypes(type));
}

/** Members take the places of those of their names. */
function castUnion(ctx: LowerContext, value: Operand, from: UnionType, to: UnionType, cast: CastValue): Operand {
  const { b } = ctx;
  const block = blockOf(b, value);
  const types = fieldTypes(from);
  const places = from.members.map(({ name }) => findMember(to, name));
  const tag = loadField(b, block, types, 0, value.stable).lo;
  const newTag = b.let(places.reduce((rest, place, i) => select(num("i32.eq", tag, i32(i)), i32(place), rest), i32(0)));
  const members = to.members.map((member, place) => {
    const source = places.indexOf(place);
    if (source < 0) return nullOperand(member.type);
    const loaded = loadField(b, block, types, source + 1, value.stable);
    return castWhereValid(ctx, loaded, types[source + 1] as SqlType, member.type, cast);
  });
  return makeStruct(ctx, [operand("i32", newTag, { range: TAG_RANGE }), ...members], fieldTypes(to));
}

const TAG_RANGE = { min: 0n, max: 255n };

function castElements(ctx: LowerContext, value: Operand, from: SqlType, to: SqlType, cast: CastValue): Operand {
  const { b } = ctx;
  const block = blockOf(b, value);
  const count = b.let(listCount(block));
  const list = buildList(ctx, to, count);
  b.forRange(i32(0), count, (i) => {
    list.append(castWhereValid(ctx, loadElement(b, block, count, i, from, value.stable), from, to, cast));
  });
  return list.finish();
}

function castWhereValid(ctx: LowerContext, value: Operand, from: SqlType, to: SqlType, cast: CastValue): Operand {
  const { b } = ctx;
  const result = cell(b, to, true);
  b.if(value.valid ?? i32(1), () => result.set(cast(ctx, { ...value, valid: undefined }, from, to)));
  return { ...result.value(), stable: value.stable };
}
