/**
 * How LIST, ARRAY, STRUCT, MAP and UNION values lie in memory: a block of bytes that refers only to itself, so that whatever copies
 * strings copies it. A block is referred to like a string (lane `str`).
 *
 * | type | block |
 * |---|---|
 * | LIST, ARRAY | u32 count, `count` validity bytes (0 or 1), `count` slots, variable part |
 * | STRUCT | a validity byte per field, a slot per field, variable part |
 * | MAP | the STRUCT of the list of its keys and the list of its values |
 * | UNION | the STRUCT of a UTINYINT, which counts to the member that is there, and all members |
 *
 * A slot holds a value as a column's lane does; of a string or nested value u32 offset from the block's start and u32
 * length, its bytes lying in the variable part in the order of the slots, end to end. Nothing is aligned. Blocks are canonical:
 * a NULL's slot is all zero, an empty string's offset is 0, -0 is 0 and every NaN the same, so that equal values (but for
 * INTERVALs of different parts and one length) are equal bytes.
 */
import type { Datum } from "../expr/expr.ts";
import { LANE_BYTES, laneOf } from "./lane.ts";
import { listOf, type SqlType, UTINYINT } from "./types.ts";

export type NestedType = Extract<SqlType, { readonly kind: "List" | "Array" | "Struct" | "Map" | "Union" }>;
export type ListType = Extract<SqlType, { readonly kind: "List" | "Array" }>;

export function isNested(type: SqlType): type is NestedType {
  return isList(type) || type.kind === "Struct" || type.kind === "Map" || type.kind === "Union";
}

export function isList(type: SqlType): type is ListType {
  return type.kind === "List" || type.kind === "Array";
}

/** Bytes of a list block before the validity of its elements. */
export const LIST_HEADER = 4;

/** Bytes of a value's slot. */
export function slotBytes(type: SqlType): number {
  return LANE_BYTES[laneOf(type)];
}

/** Whether the value's bytes lie in the variable part. */
export function isVariable(type: SqlType): boolean {
  return laneOf(type) === "str";
}

/** Field i: validity at byte i, slot at `slots[i]`; `bytes`: where the variable part begins. */
export type StructLayout = { readonly slots: readonly number[]; readonly bytes: number };

export function structLayout(types: readonly SqlType[]): StructLayout {
  const slots: number[] = [];
  let at = types.length;
  for (const type of types) {
    slots.push(at);
    at += slotBytes(type);
  }
  return { slots, bytes: at };
}

/** The types of the fields of the block of a STRUCT, MAP or UNION. */
export function fieldTypes(type: Exclude<NestedType, ListType>): readonly SqlType[] {
  switch (type.kind) {
    case "Struct":
      return type.fields.map((field) => field.type);
    case "Map":
      return [listOf(type.key), listOf(type.value)];
    case "Union":
      return [UTINYINT, ...type.members.map((member) => member.type)];
  }
}

/** Whether a constant is one of a nested type. */
export function isNestedDatum(value: Datum): value is readonly Datum[] {
  return Array.isArray(value);
}
