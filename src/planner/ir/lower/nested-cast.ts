/** Casts between nested types: of their elements, fields, keys and values. */
import type { LowerContext } from "../../functions/function.ts";
import { callNested } from "../../functions/nested/host-function.ts";
import { unsupported } from "../../../error.ts";
import { matchFields } from "../../types/coerce.ts";
import { isList, type NestedType } from "../../types/nested.ts";
import { listOf, sameType, type SqlType, typeName } from "../../types/types.ts";
import { i32, num } from "../builder.ts";
import type { Operand } from "../operand.ts";
import { blockOf, buildList, cell, listCount, loadElement, loadField, makeStruct } from "./nested.ts";
import { addressOf } from "./rep.ts";
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
  throw unsupported(`a cast from ${typeName(from)} to ${typeName(to)}`);
}

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
