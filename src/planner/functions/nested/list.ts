/** Functions that make lists of lists, in IR. */
import { and, f64, get, i32, i64, not, num, or, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { compareOperands } from "../../ir/lower/compare.ts";
import { blockOf, buildList, cell, listCount, loadElement } from "../../ir/lower/nested.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { commonType } from "../../types/coerce.ts";
import { isList, type ListType } from "../../types/nested.ts";
import {
  BIGINT,
  BOOLEAN,
  INTEGER,
  INTERVAL,
  isInteger,
  listOf,
  NULL_TYPE,
  type SqlType,
  TIMESTAMP,
  TIMESTAMPTZ,
} from "../../types/types.ts";
import { commonTypeOf } from "../coercion.ts";
import { finiteOnly } from "../date/infinity.ts";
import { daysOf, microsOf, monthsOf } from "../date/interval.ts";
import { add } from "../operators/arithmetic.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction, Signature } from "../function.ts";
import type { Resolve } from "../overload.ts";

/** A list being read. */
type Reading = { readonly count: Ir; readonly at: (index: Ir) => Operand };

export function readList(ctx: LowerContext, list: Operand, element: SqlType): Reading {
  const { b } = ctx;
  const block = blockOf(b, list);
  const count = b.let(listCount(block));
  return { count, at: (index) => loadElement(b, block, count, index, element, list.stable) };
}

/** The result of `emit` where the values are not NULL. */
export function whereAllValid(
  ctx: LowerContext,
  values: readonly Operand[],
  type: SqlType,
  emit: () => Operand,
): Operand {
  const { b } = ctx;
  const result = cell(b, type, true);
  const valid = values.reduce<Ir>((all, value) => (value.valid === undefined ? all : and(all, value.valid)), i32(1));
  b.if(b.let(valid), () => result.set(emit()));
  return result.value();
}

const asList = (type: SqlType): SqlType => (type.kind === "Array" ? listOf(type.element) : type);
export const isListOrNull = (type: SqlType | undefined): type is SqlType =>
  type !== undefined && (isList(type) || type.kind === "Null");
export const elementType = (type: SqlType): SqlType => (isList(type) ? type.element : NULL_TYPE);

/** Lists of one common type. */
const lists: Resolve = (types) => {
  if (types.length === 0 || !types.every(isListOrNull)) return undefined;
  const common = types
    .map(asList)
    .reduce<SqlType | undefined>((all, type) => (all === undefined ? undefined : commonType(all, type)), NULL_TYPE);
  if (common === undefined) return undefined;
  const type = common.kind === "Null" ? listOf(NULL_TYPE) : common;
  return { args: types.map(() => type), returns: type };
};

/** A list and a value of its elements' type. */
export function withElement(
  types: readonly SqlType[],
  literals: readonly unknown[],
  listAt: number,
): { readonly list: SqlType; readonly element: SqlType } | undefined {
  const [list, value] = [types[listAt], types[1 - listAt]];
  if (types.length !== 2 || !isListOrNull(list) || value === undefined) return undefined;
  const own = elementType(list);
  const literal = literals[1 - listAt] as Parameters<typeof commonTypeOf>[1][number];
  const element = commonTypeOf([own, value], [undefined, literal]);
  return element === undefined ? undefined : { list: listOf(element), element };
}

function concatLists(ctx: LowerContext, args: readonly Operand[], { returns }: Signature): Operand {
  const { b } = ctx;
  const element = elementType(returns);
  const parts = args.map((list) => readList(ctx, list, element));
  const total = parts.reduce<Ir>((sum, { count }) => b.let(num("i32.add", sum, count)), i32(0));
  const made = buildList(ctx, element, total);
  for (const { count, at } of parts) b.forRange(i32(0), count, (i) => made.append(at(i)));
  return made.finish();
}

export const listConcat: ScalarFunction = scalar({
  name: "list_concat",
  aliases: ["list_cat", "array_concat", "array_cat"],
  category: "list",
  doc: "The elements of all lists; a NULL list has none.",
  examples: [
    ["list_concat([1, 2], [3])", "[1, 2, 3]"],
    ["list_concat([1], NULL)", "[1]"],
  ],
  resolve: lists,
  nulls: "custom",
  canFail: true,
  lower: concatLists,
});

/** `||` of two lists. */
export const concatListsOperator: Pick<ScalarFunction, "resolve" | "lower"> = {
  resolve: (types, literals) => {
    if (types.length !== 2 || !types.some((type) => isList(type))) return undefined;
    return lists(types, literals);
  },
  lower: (ctx, args, signature) => whereAllValid(ctx, args, signature.returns, () => concatLists(ctx, args, signature)),
};

function adding(name: string, aliases: readonly string[], atFront: boolean): ScalarFunction {
  const listAt = atFront ? 1 : 0;
  return scalar({
    name,
    aliases,
    category: "list",
    doc: `The list with one more element at its ${atFront ? "front" : "end"}.`,
    examples: atFront ? [["list_prepend(1, [2])", "[1, 2]"]] : [["list_append([1], 2)", "[1, 2]"]],
    resolve: (types, literals) => {
      const found = withElement(types, literals, listAt);
      if (found === undefined) return undefined;
      const { list, element } = found;
      return { args: atFront ? [element, list] : [list, element], returns: list };
    },
    nulls: "custom",
    canFail: true,
    lower: (ctx, args, { returns }) => {
      const { b } = ctx;
      const element = elementType(returns);
      const value = args[1 - listAt] as Operand;
      const { count, at } = readList(ctx, args[listAt] as Operand, element);
      const made = buildList(ctx, element, num("i32.add", count, i32(1)));
      if (atFront) made.append(value);
      b.forRange(i32(0), count, (i) => made.append(at(i)));
      if (!atFront) made.append(value);
      return made.finish();
    },
  });
}

/** The 0-based index of the first element equal to the value (NULL equals NULL where `nulls`); `count` when there is none. */
function findElement(ctx: LowerContext, list: Reading, value: Operand, type: SqlType, nulls: boolean): Ir {
  const { b } = ctx;
  const found = b.bind(list.count);
  b.block((leave) => {
    b.forRange(i32(0), list.count, (i) => {
      const item = list.at(i);
      const [x, y] = [item.valid ?? i32(1), value.valid ?? i32(1)];
      const same = b.bind(nulls ? not(or(x, y)) : i32(0));
      b.if(and(x, y), () =>
        b.set(same, compareOperands(ctx, "=", { ...item, valid: undefined }, { ...value, valid: undefined }, type)),
      );
      b.if(get(same), () => {
        b.set(found, i);
        b.br(leave);
      });
    });
  });
  return get(found);
}

const elementResolve =
  (returns: SqlType): Resolve =>
  (types, literals) => {
    const found = withElement(types, literals, 0);
    return found === undefined ? undefined : { args: [found.list, found.element], returns };
  };

/** Whether a list, which is not NULL, holds the value. */
export const containsElement: Pick<ScalarFunction, "resolve" | "lower"> = {
  resolve: elementResolve(BOOLEAN),
  lower: (ctx, args, { args: [type] }) => {
    const [list, value] = args as [Operand, Operand];
    return whereAllValid(ctx, args, BOOLEAN, () => {
      const reading = readList(ctx, list, elementType(type as SqlType));
      const at = findElement(ctx, reading, value, elementType(type as SqlType), false);
      return operand("i32", ctx.b.let(num("i32.lt_u", at, reading.count)), { range: { min: 0n, max: 1n } });
    });
  },
};

const listContains: ScalarFunction = scalar({
  name: "list_contains",
  aliases: ["list_has", "array_contains", "array_has"],
  category: "list",
  doc: "Whether the list holds the value.",
  examples: [
    ["list_contains([1, 2], 2)", "true"],
    ["list_contains([1, NULL], 2)", "false"],
    ["list_contains([1, 2], NULL)", "NULL"],
  ],
  nulls: "custom",
  ...containsElement,
});

const listPosition: ScalarFunction = scalar({
  name: "list_position",
  aliases: ["list_indexof", "array_position", "array_indexof"],
  category: "list",
  doc: "The position of the value's first occurrence, from 1; NULL when there is none. NULL is found too.",
  examples: [
    ["list_position([4, 5], 5)", "2"],
    ["list_position([4, NULL], NULL)", "2"],
    ["list_position([4], 5)", "NULL"],
  ],
  resolve: elementResolve(INTEGER),
  nulls: "custom",
  lower: (ctx, args, { args: [type] }) => {
    const [list, value] = args as [Operand, Operand];
    return whereAllValid(ctx, [list], INTEGER, () => {
      const reading = readList(ctx, list, elementType(type as SqlType));
      const at = ctx.b.let(findElement(ctx, reading, value, elementType(type as SqlType), true));
      return operand("i32", ctx.b.let(num("i32.add", at, i32(1))), {
        valid: ctx.b.let(num("i32.lt_u", at, reading.count)),
      });
    });
  },
});

/** `range` and `generate_series` as lists of BIGINT. */
function series(name: string, inclusive: boolean): ScalarFunction {
  const moments = momentSeries(inclusive);
  return scalar({
    name,
    category: "list",
    doc: `The list of numbers from start to stop, ${inclusive ? "that included" : "that left out"}, by step.`,
    examples: inclusive
      ? [["generate_series(1, 3)", "[1, 2, 3]"]]
      : [
          ["range(3)", "[0, 1, 2]"],
          ["range(3, 0, -1)", "[3, 2, 1]"],
        ],
    resolve: (types, literals) => {
      const fits = types.every((type) => type.kind === "Null" || isInteger(type));
      if (!fits) return moments.resolve(types, literals);
      if (types.length < 1 || types.length > 3) return undefined;
      return { args: types.map(() => BIGINT), returns: listOf(BIGINT) };
    },
    canFail: true,
    lower: (ctx, args, signature) => {
      if (signature.args[0]?.kind !== "BigInt") return moments.lower(ctx, args, signature);
      const { b } = ctx;
      const [first, second, third] = args.map((arg) => asI64(b, arg)) as [Ir, Ir | undefined, Ir | undefined];
      const [start, stop] = second === undefined ? [i64(0), first] : [first, second];
      const step = b.let(third ?? i64(1));
      const up = b.let(num("i64.gt_s", step, i64(0)));
      // Distance and stride are unsigned, so that no start and stop overflow.
      const distance = b.let(select(up, num("i64.sub", stop, start), num("i64.sub", start, stop)));
      const stride = b.let(select(up, step, num("i64.sub", i64(0), step)));
      const ahead = select(up, num("i64.le_s", start, stop), num("i64.le_s", stop, start));
      const count = b.bind(i64(0));
      b.if(and(ahead, num("i64.ne", step, i64(0))), () => {
        const whole = b.let(num("i64.div_u", distance, stride));
        const rest = num("i64.ne", num("i64.rem_u", distance, stride), i64(0));
        const more = inclusive ? i64(1) : num("i64.extend_i32_u", rest);
        b.set(count, num("i64.add", whole, more));
      });
      ctx.fail("out_of_memory", `${name} makes too long a list`, num("i64.gt_u", get(count), i64(2 ** 26)));
      const elements = b.let(num("i32.wrap_i64", get(count)));
      const made = buildList(ctx, BIGINT, elements);
      const next = b.bind(start);
      b.forRange(i32(0), elements, () => {
        made.append(operand("i64", get(next)));
        b.set(next, num("i64.add", get(next), step));
      });
      return made.finish();
    },
  });
}

const MOST_MOMENTS = 2 ** 26;
const SERIES_TOO_LONG = "the series is too long";
const whole = (value: Ir): Ir => num("f64.abs", num("f64.convert_i32_s", value));

/** Series of moments, by an interval; moments are microseconds. */
const momentSeries = (inclusive: boolean): Pick<ScalarFunction, "resolve" | "lower"> => ({
  resolve: (types) => {
    const [start, stop, step] = types;
    if (start === undefined || stop === undefined || step === undefined || types.length !== 3) return undefined;
    const moments = [start, stop].filter((type) => type.kind !== "Null");
    const fits = moments.every(({ kind }) => kind === "Date" || kind === "Timestamp" || kind === "TimestampTz");
    if (!fits || (step.kind !== "Interval" && step.kind !== "Null")) return undefined;
    if (moments.length === 0 && step.kind === "Null") return undefined;
    const moment = moments.some(({ kind }) => kind === "TimestampTz") ? TIMESTAMPTZ : TIMESTAMP;
    return { args: [moment, moment, INTERVAL], returns: listOf(moment) };
  },
  lower: (ctx, args, { args: [moment] }) => {
    const { b } = ctx;
    const [start, stop, step] = args as [Operand, Operand, Operand];
    const type = moment as SqlType;
    const signature = { args: [type, INTERVAL], returns: type };
    for (const end of [start, stop]) finiteOnly(ctx, end, "the ends of a series must be finite");
    const parts = [monthsOf(step), daysOf(step), microsOf(step)].map((part) => b.let(part));
    const some = (test: string): Ir =>
      parts.map((part) => num(`${part.type}.${test}`, part, part.type === "i64" ? i64(0) : i32(0))).reduce(or);
    ctx.fail("type", "the step of a series must not mix signs", and(some("lt_s"), some("gt_s")));
    const next = (at: Ir): Ir => b.let(add.lower(ctx, [operand("i64", at), step], signature).lo);
    const second = b.let(next(start.lo));
    const up = b.let(num("i64.gt_s", second, start.lo));
    const moves = b.let(num("i64.ne", second, start.lo));
    const at = b.bind(start.lo);
    const suffix = inclusive ? "e" : "t";
    const inside = (): Ir =>
      and(moves, select(up, num(`i64.l${suffix}_s`, get(at), stop.lo), num(`i64.g${suffix}_s`, get(at), stop.lo)));
    // No step is wider than this: a series that is far too long is not counted out.
    const widest = [num("f64.mul", whole(monthsOf(step)), f64(31)), whole(daysOf(step))].reduce((days, more) =>
      num("f64.add", days, more),
    );
    const width = num(
      "f64.add",
      num("f64.mul", widest, f64(86_400_000_000)),
      num("f64.abs", num("f64.convert_i64_s", microsOf(step))),
    );
    const distance = num(
      "f64.abs",
      num("f64.sub", num("f64.convert_i64_s", stop.lo), num("f64.convert_i64_s", start.lo)),
    );
    const isTooLong = num("f64.gt", distance, num("f64.mul", width, f64(MOST_MOMENTS)));
    ctx.fail("out_of_memory", SERIES_TOO_LONG, and(inside(), isTooLong));
    const count = b.bind(i32(0));
    b.while(inside, () => {
      b.set(count, num("i32.add", get(count), i32(1)));
      ctx.fail("out_of_memory", SERIES_TOO_LONG, num("i32.gt_u", get(count), i32(MOST_MOMENTS)));
      b.set(at, next(get(at)));
    });
    const made = buildList(ctx, type, get(count));
    b.set(at, start.lo);
    b.forRange(i32(0), b.copy(get(count)), () => {
      made.append(operand("i64", get(at)));
      b.set(at, next(get(at)));
    });
    return made.finish();
  },
});

/** `repeat` of a list. */
export const repeatList: Pick<ScalarFunction, "resolve" | "lower"> = {
  resolve: ([list, times, ...rest]) =>
    list !== undefined && isList(list) && times !== undefined && rest.length === 0
      ? { args: [asList(list), BIGINT], returns: asList(list) }
      : undefined,
  lower: (ctx, args, { returns }) => {
    const { b } = ctx;
    const [list, times] = args as [Operand, Operand];
    const element = elementType(returns);
    const { count, at } = readList(ctx, list, element);
    const wanted = b.let(asI64(b, times));
    const rounds = b.let(select(num("i64.gt_s", wanted, i64(0)), wanted, i64(0)));
    const total = b.let(num("i64.mul", num("i64.extend_i32_u", count), rounds));
    const tooLong = or(num("i64.gt_u", rounds, i64(2 ** 32)), num("i64.gt_u", total, i64(2 ** 26)));
    ctx.fail("out_of_memory", "repeat makes too long a list", and(tooLong, num("i64.ne", total, i64(0))));
    const made = buildList(ctx, element, b.let(num("i32.wrap_i64", total)));
    b.if(num("i64.ne", total, i64(0)), () => {
      b.forRange(i32(0), b.let(num("i32.wrap_i64", rounds)), () => {
        b.forRange(i32(0), count, (i) => made.append(at(i)));
      });
    });
    return made.finish();
  },
};

const listReverse: ScalarFunction = scalar({
  name: "list_reverse",
  aliases: ["array_reverse"],
  category: "list",
  doc: "The elements from last to first.",
  examples: [["list_reverse([1, 2, NULL])", "[NULL, 2, 1]"]],
  resolve: (types) => {
    const [list] = types;
    return types.length === 1 && isListOrNull(list) ? { args: [asList(list)], returns: asList(list) } : undefined;
  },
  canFail: true,
  lower: (ctx, [list], { returns }) => {
    const { b } = ctx;
    const { count, at } = readList(ctx, list as Operand, (returns as ListType).element);
    const made = buildList(ctx, (returns as ListType).element, count);
    b.forRange(i32(0), count, (i) => made.append(at(b.let(num("i32.sub", num("i32.sub", count, i32(1)), i)))));
    return made.finish();
  },
});

const flatten: ScalarFunction = scalar({
  name: "flatten",
  category: "list",
  doc: "The elements of the lists in a list.",
  examples: [["flatten([[1], [2, NULL], NULL, []])", "[1, 2, NULL]"]],
  resolve: (types) => {
    const [outer] = types;
    if (outer?.kind === "Null") return { args: [listOf(listOf(NULL_TYPE))], returns: listOf(NULL_TYPE) };
    if (types.length !== 1 || outer === undefined || !isList(outer)) return undefined;
    const inner = outer.element;
    if (inner.kind === "Null") return { args: [listOf(listOf(NULL_TYPE))], returns: listOf(NULL_TYPE) };
    return isList(inner) ? { args: [outer], returns: listOf(inner.element) } : undefined;
  },
  canFail: true,
  lower: (ctx, [outer], { args: [type], returns }) => {
    const { b } = ctx;
    const element = (returns as ListType).element;
    const { count, at } = readList(ctx, outer as Operand, elementType(type as SqlType));
    const total = b.bind(i32(0));
    b.forRange(i32(0), count, (i) => {
      b.set(total, num("i32.add", get(total), listCount(blockOf(b, at(i)))));
    });
    const made = buildList(ctx, element, get(total));
    b.forRange(i32(0), count, (i) => {
      const inner = readList(ctx, at(i), element);
      b.forRange(i32(0), inner.count, (k) => made.append(inner.at(k)));
    });
    return made.finish();
  },
});

export const LIST_FUNCTIONS: readonly ScalarFunction[] = [
  listConcat,
  adding("list_append", ["array_append", "array_push_back"], false),
  adding("list_prepend", ["array_prepend", "array_push_front"], true),
  listContains,
  listPosition,
  series("range", false),
  series("generate_series", true),
  listReverse,
  flatten,
];
