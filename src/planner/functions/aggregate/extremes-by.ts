/** arg_min and arg_max: the value of one expression where another is least or greatest; the first row of several. */
import { and, i32, not, or } from "../../ir/builder.ts";
import { compareOperands } from "../../ir/lower/compare.ts";
import { makeStruct } from "../../ir/lower/nested.ts";
import { isIntegerRep, repOf, toRep, typeRange } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import { canCoerce } from "../../types/coerce.ts";
import { BIGINT, INTEGER, listOf, type SqlType } from "../../types/types.ts";
import type { AggregateFunction, AggregateLowering, AggregateState, LowerContext, Signature } from "../function.ts";
import { collected } from "./collected.ts";
import { aggregate, field, isValid, keepValue, keptValue, valueFields } from "./define.ts";
import { markedValue, valuePart } from "./state-value.ts";

/** Which rows count: those where neither is NULL, those where the key is not, or all with NULL keys last. */
type Nulls = "skip" | "keep value" | "keep both";

/** State: whether there is a row, validity and words of its value, validity and words of its key. */
function keepBest(op: "<" | ">", nulls: Nulls, { args }: Signature): AggregateLowering {
  const [valueType, keyType] = args as [SqlType, SqlType];
  const [valueRep, keyRep] = [repOf(valueType), repOf(keyType)];
  const VALUE = 1;
  const KEY = VALUE + 1 + valueFields(valueRep).length;
  const keptKey = (ctx: LowerContext, state: AggregateState, extra: Partial<Operand>): Operand =>
    keptValue(ctx.b, state, KEY + 1, keyRep, extra);
  const natural = (ctx: LowerContext, value: Operand, type: SqlType): Operand =>
    isIntegerRep(value.rep) ? toRep(ctx.b, value, repOf(type)) : value;
  const offer = (ctx: LowerContext, state: AggregateState, value: Operand, key: Operand): void => {
    const { b } = ctx;
    const counts =
      nulls === "keep both" ? i32(1) : nulls === "skip" ? b.let(and(isValid(value), isValid(key))) : isValid(key);
    b.if(counts, () => {
      const kept = keptKey(ctx, state, { range: typeRange(keyType) });
      const isFirst = b.let(not(state.get(0)));
      // A key beats NULL, NULL beats nothing.
      const better = b.let(compareOperands(ctx, op, { ...key, valid: undefined }, kept, keyType));
      const replaces = nulls === "keep both" ? and(isValid(key), or(not(state.get(KEY)), better)) : better;
      b.if(or(isFirst, replaces), () => {
        b.if(isValid(value), () => keepValue(ctx, state, VALUE + 1, { ...value, valid: undefined }));
        state.set(VALUE, isValid(value));
        b.if(isValid(key), () => keepValue(ctx, state, KEY + 1, { ...key, valid: undefined }));
        state.set(KEY, isValid(key));
        state.set(0, i32(1));
      });
    });
  };
  return {
    fields: [field("i32"), field("i32"), ...valueFields(valueRep), field("i32"), ...valueFields(keyRep)],
    step: (ctx, state, [value, key]) =>
      offer(ctx, state, natural(ctx, value as Operand, valueType), natural(ctx, key as Operand, keyType)),
    merge: (ctx, state, other) =>
      ctx.b.if(ctx.b.let(other.get(0)), () => {
        const valid = ctx.b.let(other.get(VALUE));
        const value = keptValue(ctx.b, other, VALUE + 1, valueRep, {
          valid,
          stable: true,
          range: typeRange(valueType),
        });
        const key = { valid: ctx.b.let(other.get(KEY)), stable: true, range: typeRange(keyType) };
        offer(ctx, state, value, keptKey(ctx, other, key));
      }),
    finish: ({ b }, state) =>
      keptValue(b, state, VALUE + 1, valueRep, {
        valid: b.let(and(state.get(0), state.get(VALUE))),
        range: typeRange(valueType),
        stable: true,
      }),
    stateValue: markedValue(
      [
        { ...valuePart("arg", valueType, VALUE + 1, VALUE), nullable: nulls !== "skip" },
        { ...valuePart("by", keyType, KEY + 1, KEY), nullable: nulls === "keep both" },
      ],
      0,
    ),
  };
}

const known = (type: SqlType): SqlType => (type.kind === "Null" ? INTEGER : type);

/** arg_min(value, key, n): the values of the first n rows by key. */
function collectBest(op: "<" | ">", nulls: Nulls, { args, returns }: Signature): AggregateLowering {
  const types = args.slice(0, 2);
  const pair: SqlType = { kind: "Struct", fields: types.map((type, i) => ({ name: i === 0 ? "value" : "key", type })) };
  const name = op === "<" ? "least_by" : "greatest_by";
  const inner = collected(name, { args: [pair, BIGINT], returns });
  return {
    ...inner,
    step: (ctx, state, [value, key, count]) => {
      const counts = nulls === "keep both" ? i32(1) : and(isValid(value as Operand), isValid(key as Operand));
      ctx.b.if(counts, () =>
        inner.step(ctx, state, [makeStruct(ctx, [value as Operand, key as Operand], types), count as Operand]),
      );
    },
  };
}

const define = (
  name: string,
  aliases: readonly string[],
  op: "<" | ">",
  nulls: Nulls,
  doc: string,
  result: string,
): AggregateFunction =>
  aggregate({
    name,
    aliases,
    category: "aggregate",
    doc,
    examples: [[`(SELECT ${name}(a, b) FROM (VALUES ('x', 3), ('y', 1), ('z', NULL)) t(a, b))`, result]],
    ordered: true,
    resolve: (types) => {
      const [value, key, count] = types;
      if (value === undefined || key === undefined || types.length > 3) return undefined;
      const args = [known(value), known(key)];
      if (count === undefined) return { args, returns: known(value) };
      return nulls !== "keep value" && canCoerce(count, BIGINT)
        ? { args: [...args, BIGINT], returns: listOf(known(value)) }
        : undefined;
    },
    lower: (_args, signature) =>
      signature.args.length === 3 ? collectBest(op, nulls, signature) : keepBest(op, nulls, signature),
  });

const WHERE = "of the rows where neither is NULL";

export const EXTREME_BY_AGGREGATES: readonly AggregateFunction[] = [
  define(
    "arg_min",
    ["argmin", "min_by"],
    "<",
    "skip",
    `The value of the first argument where the second is least, ${WHERE}; with a count the list of the first ones.`,
    "y",
  ),
  define(
    "arg_max",
    ["argmax", "max_by"],
    ">",
    "skip",
    `The value of the first argument where the second is greatest, ${WHERE}; with a count the list of the first ones.`,
    "x",
  ),
  define(
    "arg_min_null",
    [],
    "<",
    "keep value",
    "The value, maybe NULL, of the first argument where the second is least.",
    "y",
  ),
  define(
    "arg_max_null",
    [],
    ">",
    "keep value",
    "The value, maybe NULL, of the first argument where the second is greatest.",
    "x",
  ),
  define(
    "arg_min_nulls_last",
    [],
    "<",
    "keep both",
    "The value of the first argument where the second is least, NULL coming last.",
    "y",
  ),
  define(
    "arg_max_nulls_last",
    [],
    ">",
    "keep both",
    "The value of the first argument where the second is greatest, NULL coming last.",
    "x",
  ),
];
