/** Operations on maps and structs. */
import type { Datum } from "../../expr/expr.ts";
import { datumKey } from "../../types/datum-order.ts";
import type { SqlType } from "../../types/types.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

type Pair = readonly [key: Datum, value: Datum];
type MapType = Extract<SqlType, { kind: "Map" }>;

function checked(pairs: readonly Pair[], type: SqlType, ctx: OperationContext): readonly Pair[] {
  const seen = new Set<string>();
  for (const [key] of pairs) {
    if (key === null) return ctx.fail("a key of a map cannot be NULL");
    const id = datumKey(key, (type as MapType).key);
    if (seen.has(id)) return ctx.fail("the keys of a map must be unique");
    seen.add(id);
  }
  return pairs;
}

const makeMap: NestedOperation = ([keys = [], values = []], ctx) => {
  if (keys === null || values === null) return null;
  const [left, right] = [keys as readonly Datum[], values as readonly Datum[]];
  if (left.length !== right.length) return ctx.fail("a map needs as many keys as values");
  return checked(
    left.map((key, i): Pair => [key, right[i] as Datum]),
    ctx.returns,
    ctx,
  );
};

/** The same without errors: NULL. */
const tryMap: NestedOperation = ([keys, values], ctx) => {
  const { key: type } = ctx.returns as MapType;
  const list = keys as readonly Datum[];
  const distinct = new Set(list.map((key) => datumKey(key, type)));
  return list.includes(null) || distinct.size < list.length ? null : makeMap([keys as Datum, values as Datum], ctx);
};

/** Later entries replace earlier ones in their places. */
const concat: NestedOperation = (maps, ctx) => {
  if (maps.every((map) => map === null)) return null;
  const { key: type } = ctx.returns as MapType;
  const found = new Map<string, Pair>();
  for (const map of maps) for (const pair of (map ?? []) as readonly Pair[]) found.set(datumKey(pair[0], type), pair);
  return [...found.values()];
};

const entryOf = (map: Datum, key: Datum, type: SqlType | undefined): Pair | undefined => {
  const of = (type as MapType).key;
  const wanted = datumKey(key, of);
  return (map as readonly Pair[]).find(([own]) => datumKey(own, of) === wanted);
};

export const MAP_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  map: makeMap,
  try_map: tryMap,
  map_entries: ([map]) => map as readonly Datum[],
  map_from_entries: ([entries], ctx) => {
    const pairs = (entries as readonly Datum[]).map((entry): Pair => {
      if (entry === null) return ctx.fail("an entry of a map cannot be NULL");
      const [key = null, value = null] = entry as readonly Datum[];
      return [key, value];
    });
    return checked(pairs, ctx.returns, ctx);
  },
  map_concat: concat,
  map_extract: ([map = null, key = null], ctx) => {
    if (map === null) return null;
    const entry = key === null ? undefined : entryOf(map, key, ctx.args[0]);
    return entry === undefined ? [] : [entry[1]];
  },
  map_extract_value: ([map = null, key = null], ctx) =>
    map === null || key === null ? null : (entryOf(map, key, ctx.args[0])?.[1] ?? null),
  map_contains: ([map = null, key = null], ctx) => entryOf(map, key, ctx.args[0]) !== undefined,
  map_contains_value: ([map, value = null], ctx) => {
    const type = (ctx.args[0] as MapType).value;
    const wanted = datumKey(value, type);
    return (map as readonly Pair[]).some(([, own]) => datumKey(own, type) === wanted);
  },
  map_contains_entry: ([map, key = null, value = null], ctx) => {
    const type = ctx.args[0] as MapType;
    const entry = entryOf(map as Datum, key, type);
    return entry !== undefined && datumKey(entry[1], type.value) === datumKey(value, type.value);
  },
};
