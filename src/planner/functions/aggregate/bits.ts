/** bool_and, bool_or, bit_and, bit_or, bit_xor, bitstring_agg. */
import { i32, i64, num, or, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { repOf, toRep, typeRange, wordsOf } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import { BIT, BOOLEAN, isInteger, type SqlType } from "../../types/types.ts";
import type { AggregateFunction, AggregateLowering } from "../function.ts";
import { collected } from "./collected.ts";
import { aggregate, field, isValid, keptValue } from "./define.ts";
import { markedValue, valuePart } from "./state-value.ts";

type Op = "and" | "or" | "xor";

/** State: whether a value was seen, then the words combined so far. */
function combine(op: Op, type: SqlType): AggregateLowering {
  const rep = repOf(type);
  const words = wordsOf(rep) as readonly ("i32" | "i64")[];
  const neutral = op === "and" ? (type.kind === "Boolean" ? 1n : -1n) : 0n;
  const constant = (word: "i32" | "i64"): Ir => (word === "i32" ? i32(Number(neutral)) : i64(neutral));
  return {
    fields: [field("i32"), ...words.map((word) => field(word, word === "i32" ? Number(neutral) : neutral))],
    step: ({ b }, state, [arg]) => {
      const value = toRep(b, arg as Operand, rep);
      for (const [i, word] of words.entries()) {
        const x = (i === 0 ? value.lo : value.hi) as Ir;
        const masked = value.valid === undefined ? x : select(value.valid, x, constant(word));
        state.set(i + 1, b.let(num(`${word}.${op}`, state.get(i + 1), masked)));
      }
      state.set(0, or(state.get(0), isValid(value)));
    },
    merge: (_ctx, state, other) => {
      for (const [i, word] of words.entries())
        state.set(i + 1, num(`${word}.${op}`, state.get(i + 1), other.get(i + 1)));
      state.set(0, or(state.get(0), other.get(0)));
    },
    finish: ({ b }, state) => keptValue(b, state, 1, rep, { valid: b.let(state.get(0)), range: typeRange(type) }),
    stateValue: markedValue([valuePart("value", type, 1)], 0),
  };
}

const ofIntegers = (name: string, op: Op, doc: string, example: string): AggregateFunction =>
  aggregate({
    name,
    category: "aggregate",
    doc,
    examples: [[`(SELECT ${name}(x) FROM (VALUES (6), (3)) t(x))`, example]],
    resolve: (types) => {
      const [type] = types;
      const fits = type !== undefined && types.length === 1 && (isInteger(type) || type.kind === "Bit");
      return fits ? { args: [type], returns: type } : undefined;
    },
    lower: (_args, signature) =>
      signature.returns.kind === "Bit" ? collected(`all_bits_${op}`, signature) : combine(op, signature.returns),
  });

const ofBooleans = (
  name: string,
  aliases: readonly string[],
  op: Op,
  doc: string,
  example: string,
): AggregateFunction =>
  aggregate({
    name,
    aliases,
    category: "aggregate",
    doc,
    examples: [[`(SELECT ${name}(x) FROM (VALUES (true), (NULL), (false)) t(x))`, example]],
    resolve: (types) => {
      const fits = types.length === 1 && (types[0]?.kind === "Boolean" || types[0]?.kind === "Null");
      return fits ? { args: [BOOLEAN], returns: BOOLEAN } : undefined;
    },
    lower: () => combine(op, BOOLEAN),
  });

const bitstringAgg: AggregateFunction = aggregate({
  name: "bitstring_agg",
  category: "aggregate",
  doc: "A BIT with a place for every integer from one bound to the other, set where a value is that integer.",
  examples: [["(SELECT bitstring_agg(x, 0, 5) FROM (VALUES (1), (3)) t(x))", "010100"]],
  resolve: (types) => {
    const [type] = types;
    const fits = type !== undefined && isInteger(type) && types.length === 3;
    return fits ? { args: [type, type, type], returns: BIT } : undefined;
  },
  lower: (_args, signature) => collected("bitstring_agg", signature),
});

export const BIT_AGGREGATES: readonly AggregateFunction[] = [
  ofIntegers("bit_and", "and", "Bitwise AND of the values that are not NULL.", "2"),
  ofIntegers("bit_or", "or", "Bitwise OR of the values that are not NULL.", "7"),
  ofIntegers("bit_xor", "xor", "Bitwise exclusive OR of the values that are not NULL.", "5"),
  ofBooleans("bool_and", ["every"], "and", "Whether all values that are not NULL are TRUE.", "false"),
  ofBooleans("bool_or", [], "or", "Whether some value is TRUE.", "true"),
  bitstringAgg,
];
