/** Functions of maps. */
import { and, i32, num } from "../../ir/builder.ts";
import { blockOf, listCount, loadField } from "../../ir/lower/nested.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BOOLEAN, listOf, NULL_TYPE, type SqlType, UBIGINT } from "../../types/types.ts";
import { fieldTypes } from "../../types/nested.ts";
import { commonTypeOf } from "../coercion.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import type { Resolve } from "../overload.ts";
import { hostScalar } from "./host-function.ts";
import { elementType, isListOrNull } from "./list.ts";

type MapType = Extract<SqlType, { readonly kind: "Map" }>;

const EMPTY_MAP: MapType = { kind: "Map", key: NULL_TYPE, value: NULL_TYPE };

const asMap = (type: SqlType | undefined): MapType | undefined =>
  type?.kind === "Map" ? type : type?.kind === "Null" ? EMPTY_MAP : undefined;

const ofMap =
  (returns: (map: MapType) => SqlType): Resolve =>
  (types) => {
    const map = types.length === 1 ? asMap(types[0]) : undefined;
    return map === undefined ? undefined : { args: [map], returns: returns(map) };
  };

/** A map and a key of it. */
const ofKey =
  (returns: (map: MapType) => SqlType): Resolve =>
  (types, literals) => {
    const map = types.length === 2 ? asMap(types[0]) : undefined;
    const key = map === undefined ? undefined : commonTypeOf([map.key, types[1] as SqlType], [undefined, literals[1]]);
    if (map === undefined || key === undefined) return undefined;
    const type: MapType = { ...map, key };
    return { args: [type, key], returns: returns(type) };
  };

const entryOf = (map: MapType): SqlType => ({
  kind: "Struct",
  fields: [
    { name: "key", type: map.key },
    { name: "value", type: map.value },
  ],
});

/** The list of the keys (0) or of the values (1). */
function sideOf(ctx: LowerContext, map: Operand, type: SqlType | undefined, which: number): Operand {
  const { b } = ctx;
  const list = loadField(b, blockOf(b, map), fieldTypes(type as MapType), which, map.stable);
  return map.valid === undefined ? list : { ...list, valid: b.let(and(map.valid, list.valid ?? i32(1))) };
}

function side(name: string, doc: string, index: number, examples: ScalarFunction["examples"]): ScalarFunction {
  return scalar({
    name,
    category: "map",
    doc,
    examples,
    resolve: ofMap((map) => listOf(index === 0 ? map.key : map.value)),
    nulls: "custom",
    lower: (ctx, [map], { args: [type] }) => sideOf(ctx, map as Operand, type, index),
  });
}

export const MAP_FUNCTIONS: readonly ScalarFunction[] = [
  hostScalar({
    name: "is_histogram_other_bin",
    category: "map",
    doc: "Whether a key of a histogram stands for all values outside its bins.",
    examples: [
      ["is_histogram_other_bin('')", "true"],
      ["is_histogram_other_bin(10)", "false"],
    ],
    resolve: ([type, ...rest]) =>
      type === undefined || rest.length > 0 ? undefined : { args: [type], returns: BOOLEAN },
    nulls: "propagate",
    canFail: false,
  }),
  hostScalar({
    name: "map",
    category: "map",
    doc: "The map from the elements of the first list to those of the second.",
    examples: [
      ["map([1, 2], ['a', 'b'])", "{1=a, 2=b}"],
      ["MAP {'x': 1}", "{x=1}"],
    ],
    resolve: (types) => {
      if (types.length === 0) return { args: [], returns: EMPTY_MAP };
      const [keys, values] = types;
      if (types.length !== 2 || !isListOrNull(keys) || !isListOrNull(values)) return undefined;
      const [key, value] = [elementType(keys), elementType(values)];
      return { args: [listOf(key), listOf(value)], returns: { kind: "Map", key, value } };
    },
    nulls: "custom",
  }),
  side("map_keys", "The keys of a map.", 0, [["map_keys(MAP {'a': 1, 'b': 2})", "[a, b]"]]),
  side("map_values", "The values of a map.", 1, [["map_values(MAP {'a': 1, 'b': NULL})", "[1, NULL]"]]),
  scalar({
    name: "cardinality",
    category: "map",
    doc: "The number of entries of a map.",
    examples: [["cardinality(MAP {'a': 1, 'b': 2})", "2"]],
    resolve: ofMap(() => UBIGINT),
    nulls: "custom",
    lower: (ctx, [map], { args: [type] }) => {
      const { b } = ctx;
      const keys = sideOf(ctx, map as Operand, type, 0);
      const count = b.let(num("i64.extend_i32_u", listCount(blockOf(b, keys))));
      return operand("i64", count, { valid: (map as Operand).valid, range: { min: 0n, max: 2n ** 32n } });
    },
  }),
  hostScalar({
    name: "map_entries",
    category: "map",
    doc: "The entries of a map as structs of key and value.",
    examples: [["map_entries(MAP {'a': 1})", "[{'key': a, 'value': 1}]"]],
    resolve: ofMap((map) => listOf(entryOf(map))),
  }),
  hostScalar({
    name: "map_from_entries",
    category: "map",
    doc: "The map of a list of structs of two fields, key and value.",
    examples: [["map_from_entries([(1, 'a'), (2, 'b')])", "{1=a, 2=b}"]],
    resolve: (types) => {
      const [list] = types;
      const entry = isListOrNull(list) ? elementType(list) : undefined;
      if (entry?.kind === "Null") return { args: [listOf(entryOf(EMPTY_MAP))], returns: EMPTY_MAP };
      const [key, value, ...more] = entry?.kind === "Struct" ? entry.fields : [];
      const isEntry = types.length === 1 && key !== undefined && value !== undefined && more.length === 0;
      if (list === undefined || !isEntry) return undefined;
      return { args: [listOf(entry as SqlType)], returns: { kind: "Map", key: key.type, value: value.type } };
    },
  }),
  hostScalar({
    name: "map_concat",
    category: "map",
    doc: "The entries of all maps; of the same key the last.",
    examples: [["map_concat(MAP {1: 2}, MAP {1: 3, 4: 5})", "{1=3, 4=5}"]],
    resolve: (types) => {
      const maps = types.map(asMap);
      if (maps.length === 0 || maps.includes(undefined)) return undefined;
      const known = maps as readonly MapType[];
      const key = commonTypeOf(
        known.map((map) => map.key),
        [],
      );
      const value = commonTypeOf(
        known.map((map) => map.value),
        [],
      );
      if (key === undefined || value === undefined) return undefined;
      const type: MapType = { kind: "Map", key, value };
      return { args: types.map(() => type), returns: type };
    },
    nulls: "custom",
  }),
  hostScalar({
    name: "map_extract",
    category: "map",
    doc: "The list of the value of a key; an empty list when the map has no such key.",
    examples: [
      ["map_extract(MAP {'a': 1}, 'a')", "[1]"],
      ["map_extract(MAP {'a': 1}, 'b')", "[]"],
    ],
    resolve: ofKey((map) => listOf(map.value)),
    nulls: "custom",
  }),
  hostScalar({
    name: "map_extract_value",
    category: "map",
    doc: "The value of a key; NULL when the map has no such key.",
    examples: [["MAP {'a': 1}['a']", "1"]],
    resolve: ofKey((map) => map.value),
    nulls: "custom",
  }),
  hostScalar({
    name: "map_contains",
    category: "map",
    doc: "Whether a map has a key.",
    examples: [["map_contains(MAP {'a': 1}, 'a')", "true"]],
    resolve: ofKey(() => BOOLEAN),
  }),
  hostScalar({
    name: "map_contains_value",
    category: "map",
    doc: "Whether a map has a value.",
    examples: [["map_contains_value(MAP {'a': 1}, 1)", "true"]],
    resolve: (types, literals) => {
      const map = types.length === 2 ? asMap(types[0]) : undefined;
      const value =
        map === undefined ? undefined : commonTypeOf([map.value, types[1] as SqlType], [undefined, literals[1]]);
      return map === undefined || value === undefined
        ? undefined
        : { args: [{ ...map, value }, value], returns: BOOLEAN };
    },
  }),
  hostScalar({
    name: "map_contains_entry",
    category: "map",
    doc: "Whether a map has a key with a value.",
    examples: [["map_contains_entry(MAP {'a': 1}, 'a', 1)", "true"]],
    resolve: (types) => {
      const map = types.length === 3 ? asMap(types[0]) : undefined;
      return map === undefined ? undefined : { args: [map, map.key, map.value], returns: BOOLEAN };
    },
  }),
];
