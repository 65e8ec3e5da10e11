/** Aggregates that keep every value: list and the arrays and objects of JSON. */
import { get, i32, not, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { appendSlot, blockOf, listCount, loadElement, makeStruct, packList } from "../../ir/lower/nested.ts";
import { addressOf, lengthOf, makeString } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import { slotBytes } from "../../types/nested.ts";
import { INTEGER, JSON_TYPE, listOf, type SqlType } from "../../types/types.ts";
import type { AggregateFunction, AggregateLowering, AggregateState, LowerContext } from "../function.ts";
import { callNested } from "../nested/host-function.ts";
import { aggregate, field, isValid } from "./define.ts";

/** State: addresses of the slots and of the validity of the values so far, their number, how many there is room for. */
const SLOTS = 0;
const VALIDITY = 1;
const COUNT = 2;
const CAPACITY = 3;
const FIRST_CAPACITY = 4;

/** What keeps the values of a type; `skipNulls`: those that are not NULL. */
export function collect(
  type: SqlType,
  skipNulls: boolean,
  finish: (ctx: LowerContext, list: Operand) => Operand,
): AggregateLowering {
  const bytes = slotBytes(type);
  /** Makes room for so many more values. */
  const reserve = (ctx: LowerContext, state: AggregateState, count: Ir, more: Ir): void => {
    const { b } = ctx;
    const wanted = b.let(num("i32.add", count, more));
    b.if(num("i32.gt_u", wanted, state.get(CAPACITY)), () => {
      const doubled = b.let(num("i32.shl", wanted, i32(1)));
      const capacity = b.let(select(num("i32.gt_u", doubled, i32(FIRST_CAPACITY)), doubled, i32(FIRST_CAPACITY)));
      ctx.fail("out_of_memory", "too many values in one list", num("i32.gt_u", capacity, i32(2 ** 27)));
      const slots = b.let(ctx.allocate(num("i32.mul", capacity, i32(bytes + 1))));
      const validity = b.let(num("i32.add", slots, num("i32.mul", capacity, i32(bytes))));
      b.push({ op: "memory.copy", to: slots, from: state.get(SLOTS), bytes: num("i32.mul", count, i32(bytes)) });
      b.push({ op: "memory.copy", to: validity, from: state.get(VALIDITY), bytes: count });
      state.set(SLOTS, slots);
      state.set(VALIDITY, validity);
      state.set(CAPACITY, capacity);
    });
  };
  const append = (ctx: LowerContext, state: AggregateState, value: Operand): void => {
    const { b } = ctx;
    const count = b.let(state.get(COUNT));
    reserve(ctx, state, count, i32(1));
    appendSlot(b, b.let(state.get(SLOTS)), b.let(state.get(VALIDITY)), count, kept(ctx, value), type);
    state.set(COUNT, num("i32.add", count, i32(1)));
  };
  const add = (ctx: LowerContext, state: AggregateState, item: Operand): void => {
    if (skipNulls) ctx.b.if(isValid(item), () => append(ctx, state, { ...item, valid: undefined }));
    else append(ctx, state, item);
  };
  const packed = (ctx: LowerContext, state: AggregateState): Operand => {
    const { b } = ctx;
    const count = b.let(state.get(COUNT));
    const list = packList(ctx, type, b.let(state.get(SLOTS)), b.let(state.get(VALIDITY)), count);
    return { ...list, valid: b.let(not(not(count))) };
  };
  return {
    fields: [field("i32"), field("i32"), field("i32"), field("i32")],
    step: (ctx, state, [value]) => add(ctx, state, value as Operand),
    merge: (ctx, state, other) => {
      const { b } = ctx;
      const [count, more] = [b.let(state.get(COUNT)), b.let(other.get(COUNT))];
      reserve(ctx, state, count, more);
      const slots = num("i32.add", state.get(SLOTS), num("i32.mul", count, i32(bytes)));
      b.push({ op: "memory.copy", to: slots, from: other.get(SLOTS), bytes: num("i32.mul", more, i32(bytes)) });
      b.push({
        op: "memory.copy",
        to: num("i32.add", state.get(VALIDITY), count),
        from: other.get(VALIDITY),
        bytes: more,
      });
      state.set(COUNT, num("i32.add", count, more));
    },
    finish: (ctx, state) => {
      const list = packed(ctx, state);
      return { ...finish(ctx, { ...list, valid: undefined }), valid: list.valid };
    },
    stateValue: {
      type: listOf(type),
      save: packed,
      load: (ctx, state, value) => {
        const { b } = ctx;
        const block = blockOf(b, value);
        const count = b.let(listCount(block));
        b.forRange(i32(0), count, (i) => add(ctx, state, loadElement(b, block, count, i, type, value.stable)));
      },
    },
  };
}

/** The value with bytes that stay. */
function kept(ctx: LowerContext, value: Operand): Operand {
  if (value.rep !== "str" || value.stable) return value;
  const { b } = ctx;
  const word = b.bind({ op: "const", type: "i64", value: 0n });
  b.if(isValid(value), () => {
    const length = b.let(lengthOf(value.lo));
    const target = b.let(ctx.allocate(length));
    b.push({ op: "memory.copy", to: target, from: addressOf(value.lo), bytes: length });
    b.set(word, makeString(target, length));
  });
  return { ...value, lo: get(word), stable: true };
}

const known = (type: SqlType): SqlType => (type.kind === "Null" ? INTEGER : type);

export const list: AggregateFunction = aggregate({
  name: "list",
  aliases: ["array_agg"],
  category: "aggregate",
  doc: "The list of all values, NULLs among them, in the order of the rows or of ORDER BY.",
  examples: [["(SELECT list(x) FROM (VALUES (1), (NULL), (4)) t(x))", "[1, NULL, 4]"]],
  ordered: true,
  resolve: (types) => {
    const [type] = types;
    if (type === undefined || types.length !== 1) return undefined;
    return { args: [known(type)], returns: listOf(known(type)) };
  },
  lower: (_args, { args: [type] }) => collect(type as SqlType, false, (_ctx, values) => values),
});

const jsonGroupArray: AggregateFunction = aggregate({
  name: "json_group_array",
  category: "aggregate",
  doc: "The JSON array of all values.",
  examples: [["(SELECT json_group_array(x) FROM (VALUES (1), (NULL), (4)) t(x))", "[1,null,4]"]],
  ordered: true,
  resolve: (types) => {
    const [type] = types;
    return type === undefined || types.length !== 1 ? undefined : { args: [known(type)], returns: JSON_TYPE };
  },
  lower: (_args, { args: [type], returns }) =>
    collect(type as SqlType, false, (ctx, values) =>
      callNested(ctx, "json_group_array", [values], { args: [listOf(type as SqlType)], returns }),
    ),
});

const jsonGroupObject: AggregateFunction = aggregate({
  name: "json_group_object",
  category: "aggregate",
  doc: "The JSON object of keys and values.",
  examples: [["(SELECT json_group_object(k, v) FROM (VALUES ('a', 1), ('b', 2)) t(k, v))", '{"a":1,"b":2}']],
  ordered: true,
  resolve: (types) => {
    const [key, value] = types;
    if (key === undefined || value === undefined || types.length !== 2) return undefined;
    return { args: [known(key), known(value)], returns: JSON_TYPE };
  },
  lower: (_args, { args: types, returns }) => {
    const pair: SqlType = {
      kind: "Struct",
      fields: types.map((type, i) => ({ name: i === 0 ? "key" : "value", type })),
    };
    const collected = collect(pair, false, (ctx, values) =>
      callNested(ctx, "json_group_object", [values], { args: [listOf(pair)], returns }),
    );
    return { ...collected, step: (ctx, state, args) => collected.step(ctx, state, [makeStruct(ctx, args, types)]) };
  },
});

export const LIST_AGGREGATES: readonly AggregateFunction[] = [list, jsonGroupArray, jsonGroupObject];
