/** Making lists and structs, and reaching into them. */
import { blockOf, cell, listCount, loadElement, loadField, makeList, makeStruct } from "../../ir/lower/nested.ts";
import { and, get, i32, i64, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { countCharacters, sliceCharacters } from "../../ir/lower/text.ts";
import { asI32, asI64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { fieldTypes, isList, type ListType } from "../../types/nested.ts";
import { BIGINT, listOf, type SqlType, type StructField, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { allSame, firstOf, type Resolve } from "../overload.ts";

const listValue: ScalarFunction = scalar({
  name: "list_value",
  aliases: ["list_pack", "unpivot_list"],
  category: "list",
  doc: "The list of the arguments.",
  examples: [
    ["list_value(1, NULL, 3)", "[1, NULL, 3]"],
    ["[1, 2.5]", "[1.0, 2.5]"],
  ],
  resolve: (types, literals) => {
    if (types.length === 0) return { args: [], returns: listOf({ kind: "Null" }) };
    const same = allSame(1)(types, literals);
    return same === undefined ? undefined : { args: same.args, returns: listOf(same.returns) };
  },
  nulls: "custom",
  canFail: true,
  lower: (ctx, args, { returns }) => makeList(ctx, args, (returns as ListType).element),
});

const arrayValue: ScalarFunction = scalar({
  name: "array_value",
  category: "list",
  doc: "The arguments as an ARRAY of fixed length.",
  examples: [["array_value(1, 2)", "[1, 2]"]],
  resolve: (types, literals) => {
    const same = allSame(1)(types, literals);
    if (same === undefined) return undefined;
    return { args: same.args, returns: { kind: "Array", element: same.returns, length: types.length } };
  },
  nulls: "custom",
  canFail: true,
  lower: (ctx, args, { returns }) => makeList(ctx, args, (returns as ListType).element),
});

const structPack: ScalarFunction = scalar({
  name: "struct_pack",
  category: "struct",
  doc: "The struct of the named arguments: `struct_pack(a := 1)`, `{'a': 1}`.",
  examples: [
    ["struct_pack(a := 1, b := 'x')", "{'a': 1, 'b': x}"],
    ["{'a': [1]}", "{'a': [1]}"],
  ],
  // The binder knows the names and makes the call itself.
  resolve: () => undefined,
  nulls: "custom",
  canFail: true,
  lower: (ctx, args, { args: types }) => makeStruct(ctx, args, types),
});

const row: ScalarFunction = scalar({
  name: "row",
  category: "struct",
  doc: "The struct of the arguments, without names.",
  examples: [["row(1, 'a')", "(1, a)"]],
  resolve: (types) =>
    types.length === 0
      ? undefined
      : { args: types, returns: { kind: "Struct", fields: types.map((type): StructField => ({ name: "", type })) } },
  nulls: "custom",
  canFail: true,
  lower: (ctx, args, { args: types }) => makeStruct(ctx, args, types),
});

/** Field `index` of a struct that may be NULL. */
export function extractField(ctx: LowerContext, struct: Operand, types: readonly SqlType[], index: number): Operand {
  const { b } = ctx;
  const field = loadField(b, blockOf(b, struct), types, index, struct.stable);
  if (struct.valid === undefined) return field;
  return { ...field, valid: b.let(and(struct.valid, field.valid ?? i32(1))) };
}

const structExtract: ScalarFunction = scalar({
  name: "struct_extract",
  category: "struct",
  doc: "A field of a struct, by its name or its position from 1.",
  examples: [
    ["struct_extract({'a': 1}, 'a')", "1"],
    ["struct_extract(row(1, 2), 2)", "2"],
    ["{'a': {'b': 5}}.a.b", "5"],
  ],
  // The binder finds the field and makes the call itself: (struct, 0-based position).
  resolve: () => undefined,
  nulls: "custom",
  lower: (ctx, [struct], { args: [type] }) => {
    const types = type?.kind === "Struct" || type?.kind === "Union" ? fieldTypes(type) : [];
    return extractField(ctx, struct as Operand, types, Number(ctx.literal(1)));
  },
});

/** The 0-based index of a 1-based position, from the end where it is negative: (index, whether there is an element). */
function indexOf(ctx: LowerContext, position: Operand, count: Ir): { readonly index: Ir; readonly inside: Ir } {
  const { b } = ctx;
  const at = b.let(asI64(b, position));
  const size = b.let(num("i64.extend_i32_u", count));
  const wide = b.let(select(num("i64.lt_s", at, i64(0)), num("i64.add", at, size), num("i64.sub", at, i64(1))));
  return { index: b.let(num("i32.wrap_i64", wide)), inside: b.let(num("i64.lt_u", wide, size)) };
}

/** Element `position` of a list; NULL where there is none. */
export function extractElement(ctx: LowerContext, list: Operand, position: Operand, type: ListType): Operand {
  const { b } = ctx;
  const block = blockOf(b, list);
  const count = b.let(listCount(block));
  const { index, inside } = indexOf(ctx, position, count);
  const found = position.valid === undefined ? inside : b.let(and(position.valid, inside));
  const result = cell(b, type.element, list.stable);
  b.if(found, () => result.set(loadElement(b, block, count, index, type.element, list.stable)));
  return result.value();
}

const elementOf: Resolve = (types) => {
  const [list, position] = types;
  if (list === undefined || position === undefined || types.length !== 2 || !isList(list)) return undefined;
  return { args: [list, BIGINT], returns: list.element };
};
const characterOf: Resolve = ([text, position], literals) =>
  text?.kind === "Varchar" && position !== undefined && literals.length === 2
    ? { args: [VARCHAR, BIGINT], returns: VARCHAR }
    : undefined;

const listExtract: ScalarFunction = scalar({
  name: "list_extract",
  aliases: ["list_element", "array_extract"],
  category: "list",
  doc: "An element by its position from 1, from the end where that is negative; NULL where there is none.",
  examples: [
    ["list_extract([4, 5, 6], 2)", "5"],
    ["[4, 5, 6][-1]", "6"],
    ["[4, 5, 6][0]", "NULL"],
    ["'abc'[2]", "b"],
  ],
  resolve: firstOf(elementOf, characterOf),
  nulls: "custom",
  lower: (ctx, args, { args: [type] }) => {
    const [value, position] = args as [Operand, Operand];
    if (type !== undefined && isList(type)) return extractElement(ctx, value, position, type);
    return characterAt(ctx, value, position);
  },
});

function characterAt(ctx: LowerContext, text: Operand, position: Operand): Operand {
  const { b } = ctx;
  const at = asI32(b, position);
  const result = cell(b, VARCHAR, text.stable);
  const valid = and(text.valid ?? i32(1), position.valid ?? i32(1));
  b.if(valid, () => {
    const end = b.bind(at);
    b.if(num("i32.lt_s", at, i32(0)), () => {
      b.set(end, num("i32.add", num("i32.add", countCharacters(text.lo), at), i32(1)));
    });
    const from = num("i32.sub", get(end), i32(1));
    result.set(sliceCharacters(ctx, { ...text, valid: undefined }, b.let(from), get(end)));
  });
  return result.value();
}

const COUNT_RANGE = { min: 0n, max: 2n ** 31n - 1n };

/** The number of elements as BIGINT; the list is not NULL. */
export function countElements({ b }: LowerContext, list: Operand): Operand {
  const count = b.let(num("i64.extend_i32_u", listCount(blockOf(b, list))));
  return operand("i64", count, { valid: list.valid, range: COUNT_RANGE });
}

const arrayLength: ScalarFunction = scalar({
  name: "array_length",
  category: "list",
  doc: "The number of elements of a list.",
  examples: [["array_length([1, NULL, 3])", "3"]],
  resolve: (types) => {
    const [list, dimension] = types;
    if (list === undefined || !isList(list) || types.length > 2) return undefined;
    return { args: dimension === undefined ? [list] : [list, BIGINT], returns: BIGINT };
  },
  nulls: "custom",
  lower: (ctx, [list]) => countElements(ctx, list as Operand),
});

export const ACCESS_FUNCTIONS: readonly ScalarFunction[] = [
  listValue,
  arrayValue,
  structPack,
  row,
  structExtract,
  listExtract,
  arrayLength,
];
