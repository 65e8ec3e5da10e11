/** Operations on lists that are too rare or too long for generated code. */
import type { Datum } from "../../expr/expr.ts";
import { compareDatums, datumKey } from "../../types/datum-order.ts";
import { isList } from "../../types/nested.ts";
import { NULL_TYPE, type SqlType } from "../../types/types.ts";
import { VECTOR_OPERATIONS } from "./vectors.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

type List = readonly Datum[];

const elementOf = (type: SqlType | undefined): SqlType =>
  type !== undefined && isList(type) ? type.element : NULL_TYPE;

/** `asc`, `desc` and `nulls first`, `nulls last`, abbreviated or not. */
function isWord(value: Datum, words: readonly string[], ctx: OperationContext): boolean {
  const word = String(value).trim().toLowerCase();
  if (words.includes(word)) return true;
  if (["asc", "ascending", "desc", "descending", "nulls first", "nulls last", "default"].includes(word)) return false;
  return ctx.fail(`'${String(value)}' is no sorting order`);
}

/** Positions in order. */
function sorted(list: List, type: SqlType, descending: boolean, nullsFirst: boolean): readonly number[] {
  return [...list.keys()].sort((i, k) => {
    const [x, y] = [list[i] ?? null, list[k] ?? null];
    if (x === null || y === null) return (Number(x === null) - Number(y === null)) * (nullsFirst ? -1 : 1) || i - k;
    const order = compareDatums(x, y, type);
    return (descending ? -order : order) || i - k;
  });
}

function sortOptions(args: readonly Datum[], ctx: OperationContext, reverse: boolean): readonly [boolean, boolean] {
  const [, first, second] = args;
  const descending = !reverse && first !== undefined && isWord(first, ["desc", "descending"], ctx);
  const nulls = reverse ? first : second;
  const nullsFirst = nulls !== undefined && isWord(nulls, ["nulls first"], ctx);
  return [reverse || descending, nullsFirst];
}

const sort =
  (reverse: boolean): NestedOperation =>
  (args, ctx) => {
    const list = args[0] as List;
    const [descending, nullsFirst] = sortOptions(args, ctx, reverse);
    return sorted(list, elementOf(ctx.args[0]), descending, nullsFirst).map((i) => list[i] as Datum);
  };

/** The different elements that are not NULL, each as it first occurs. */
function distinct(list: List, type: SqlType): readonly Datum[] {
  const seen = new Map<string, Datum>();
  for (const item of list) {
    const key = datumKey(item, type);
    if (item !== null && !seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}

function keysOf(list: List, type: SqlType): ReadonlySet<string> {
  return new Set(list.filter((item) => item !== null).map((item) => datumKey(item, type)));
}

/** A position from 1 (negative: from the end) as one from 0, within [0, length]. */
function slice(list: List, from: Datum, to: Datum, step: bigint): readonly Datum[] {
  const length = BigInt(list.length);
  const place = (value: bigint): bigint => (value < 0n ? length + value + 1n : value);
  const clip = (value: bigint, low: bigint, high: bigint): bigint => (value < low ? low : value > high ? high : value);
  const result: Datum[] = [];
  if (step > 0n) {
    const start = clip(from === null ? 1n : place(from as bigint), 1n, length + 1n);
    const end = clip(to === null ? length : place(to as bigint), 0n, length);
    for (let i = start; i <= end; i += step) result.push(list[Number(i) - 1] as Datum);
  } else {
    const [low, high] = [to === null ? 1n : place(to as bigint), from === null ? length : place(from as bigint)];
    const [start, end] = [clip(high, 0n, length), clip(low, 1n, length + 1n)];
    for (let i = start; i >= end; i += step) result.push(list[Number(i) - 1] as Datum);
  }
  return result;
}

/** A bound that was not written is NULL at run time too: the call says which are there by their number in `op`. */
const sliceOp =
  (hasFrom: boolean, hasTo: boolean): NestedOperation =>
  (args, ctx) => {
    const [value = null, ...bounds] = args;
    const from = hasFrom ? (bounds.shift() ?? null) : undefined;
    const to = hasTo ? (bounds.shift() ?? null) : undefined;
    const step = bounds.length === 0 ? 1n : (bounds[0] as bigint | null);
    if (value === null || from === null || to === null || step === null) return null;
    if (step === 0n) return ctx.fail("the step of a slice cannot be 0");
    if (value instanceof Uint8Array) {
      return Uint8Array.from(slice([...value], from ?? null, to ?? null, step) as readonly number[]);
    }
    if (typeof value !== "string") return slice(value as List, from ?? null, to ?? null, step);
    return slice([...value], from ?? null, to ?? null, step).join("");
  };

const resize: NestedOperation = ([list = null, size = null, fill = null], ctx) => {
  if (list === null) return null;
  const count = size === null ? 0n : (size as bigint);
  if (count < 0n || count > 2n ** 26n) return ctx.fail(`a list cannot be resized to ${String(count)}`);
  return Array.from({ length: Number(count) }, (_, i) =>
    i < (list as List).length ? ((list as List)[i] as Datum) : fill,
  );
};

const zip: NestedOperation = (args, ctx) => {
  const last = args.at(-1);
  const hasFlag = ctx.args.at(-1)?.kind === "Boolean";
  const lists = (hasFlag ? args.slice(0, -1) : args).map((list) => (list ?? []) as List);
  const lengths = lists.map(({ length }) => length);
  const count = lengths.length === 0 ? 0 : hasFlag && last === true ? Math.min(...lengths) : Math.max(...lengths);
  return Array.from({ length: count }, (_, i) => lists.map((list) => list[i] ?? null));
};

const where: NestedOperation = ([list, mask], ctx) => {
  const flags = mask as List;
  if (flags.includes(null)) return ctx.fail("NULLs are not allowed as list elements in the second argument");
  if (flags.length > (list as List).length && flags.slice((list as List).length).includes(true)) {
    return [
      ...(list as List).filter((_, i) => flags[i] === true),
      ...flags
        .slice((list as List).length)
        .filter(Boolean)
        .map(() => null),
    ];
  }
  return (list as List).filter((_, i) => flags[i] === true);
};

const select: NestedOperation = ([list, positions], ctx) =>
  (positions as List).map((position) => {
    if (position === null) return ctx.fail("NULLs are not allowed as list elements in the second argument");
    const at = position as bigint;
    const length = BigInt((list as List).length);
    return (list as List)[Number(at < 0n ? length + at : at - 1n)] ?? null;
  });

const joined: NestedOperation = ([list, separator]) => {
  const items = (list as List).filter((item) => item !== null);
  return items.length === 0 && (list as List).length > 0 ? null : items.join(separator as string);
};

const intersect: NestedOperation = ([left, right], ctx) => {
  if (left === null || right === null) return left === null ? null : [];
  const type = elementOf(ctx.args[0]);
  const keys = keysOf(right as List, type);
  return distinct(left as List, type).filter((item) => keys.has(datumKey(item, type)));
};

export const LIST_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  list_sort: sort(false),
  list_reverse_sort: sort(true),
  list_grade_up: (args, ctx) => {
    const [descending, nullsFirst] = sortOptions(args, ctx, false);
    return sorted(args[0] as List, elementOf(ctx.args[0]), descending, nullsFirst).map((i) => BigInt(i + 1));
  },
  list_distinct: ([list], ctx) => distinct(list as List, elementOf(ctx.args[0])),
  list_unique: ([list], ctx) => BigInt(distinct(list as List, elementOf(ctx.args[0])).length),
  list_has_any: ([left, right], ctx) => {
    const type = elementOf(ctx.args[0]);
    const keys = keysOf(left as List, type);
    return (right as List).some((item) => item !== null && keys.has(datumKey(item, type)));
  },
  list_has_all: ([left, right], ctx) => {
    const type = elementOf(ctx.args[0]);
    const keys = keysOf(left as List, type);
    return (right as List).every((item) => item === null || keys.has(datumKey(item, type)));
  },
  list_intersect: intersect,
  array_to_string: joined,
  list_zip: zip,
  list_resize: resize,
  list_where: where,
  list_select: select,
  list_pop_back: ([list]) => (list as List).slice(0, -1),
  list_pop_front: ([list]) => (list as List).slice(1),
  ...VECTOR_OPERATIONS,
  "slice ..": sliceOp(false, false),
  "slice a.": sliceOp(true, false),
  "slice .b": sliceOp(false, true),
  "slice ab": sliceOp(true, true),
};
