/** Writing aggregates: words of a state as fields, values kept in them. */
import type { FunctionBuilder } from "../../ir/builder.ts";
import { get, i32, i64, num } from "../../ir/builder.ts";
import type { Ir, Local } from "../../ir/ir.ts";
import { addressOf, isIntegerRep, lengthOf, makeString, repOf, typeRange, wordsOf } from "../../ir/lower/rep.ts";
import { allocateText } from "../../ir/lower/text.ts";
import { type Operand, operand, type Range, type Rep } from "../../ir/operand.ts";
import type {
  AggregateFunction,
  AggregateLowering,
  AggregateState,
  ArgumentInfo,
  FunctionDoc,
  LowerContext,
  StateField,
} from "../function.ts";
import type { SqlType } from "../../types/types.ts";

export type Field = AggregateLowering["fields"][number];

export const field = (type: StateField, init: number | bigint = type === "i64" ? 0n : 0): Field => ({ type, init });

export function aggregate(
  definition: FunctionDoc &
    Pick<AggregateFunction, "resolve" | "lower" | "ordered" | "constantFrom"> & { readonly emptyIsNull?: boolean },
): AggregateFunction {
  return { kind: "aggregate", emptyIsNull: true, ...definition };
}

/** The fields that hold a value of the representation, REAL widened to f64. */
export function valueFields(rep: Rep): readonly Field[] {
  return wordsOf(rep).map((type) => field(type === "f32" ? "f64" : (type as StateField)));
}

/** The value kept in fields from `at` on. */
export function keptValue(
  b: FunctionBuilder,
  state: AggregateState,
  at: number,
  rep: Rep,
  extra: Partial<Operand>,
): Operand {
  const lo = state.get(at);
  return operand(rep, b.let(rep === "f32" ? num("f32.demote_f64", lo) : lo), {
    ...extra,
    hi: wordsOf(rep).length === 2 ? b.let(state.get(at + 1)) : undefined,
  });
}

/** Keeps a value in fields from `at` on; string bytes that may go away are copied. */
export function keepValue(ctx: LowerContext, state: AggregateState, at: number, value: Operand): void {
  const { b } = ctx;
  if (value.rep === "str" && !value.stable) {
    const length = b.let(lengthOf(value.lo));
    const target = allocateText(ctx, length);
    b.push({ op: "memory.copy", to: target, from: addressOf(value.lo), bytes: length });
    state.set(at, makeString(target, length));
    return;
  }
  state.set(at, value.rep === "f32" ? num("f64.promote_f32", value.lo) : value.lo);
  if (value.hi !== undefined) state.set(at + 1, value.hi);
}

/**
 * Adds another state where that one has rows; where ours has none we take theirs as it is, for `infinity * 0` would be NaN.
 * Field 0 is the count.
 */
export function mergeByCount(
  { b }: LowerContext,
  state: AggregateState,
  other: AggregateState,
  fields: number,
  merge: (ours: Ir, theirs: Ir) => void,
): void {
  const [ours, theirs] = [b.let(state.get(0)), b.let(other.get(0))];
  b.if(num("i64.ne", theirs, i64(0)), () =>
    b.if(
      num("i64.eqz", ours),
      () => {
        for (let at = 0; at < fields; at++) state.set(at, other.get(at));
      },
      () => merge(ours, theirs),
    ),
  );
}

/** What is known of an argument of which only the type is. */
export const anyArgument = (type: SqlType): ArgumentInfo => ({
  rep: repOf(type),
  range: isIntegerRep(repOf(type)) ? typeRange(type) : undefined,
  stable: false,
  nullable: true,
});

/** A fresh state in local variables. */
export function stateInLocals(b: FunctionBuilder, { fields }: AggregateLowering): AggregateState {
  const locals = fields.map(({ type, init }) => b.bind({ op: "const", type, value: init }));
  return {
    get: (at) => get(locals[at] as Local),
    set: (at, value) => b.set(locals[at] as Local, value),
  };
}

export const isValid = (value: Operand): Ir => value.valid ?? i32(1);

/** As `maxRows`: states may come from values, so that no number of rows bounds what is in them. */
export const FOREIGN_STATES: bigint = 2n ** 127n;

/** The bounds of a sum of at most `rows` values; undefined when no bound on the rows is known. */
export function sumRange(range: Range | undefined, rows: bigint | undefined): Range | undefined {
  if (range === undefined || rows === undefined) return undefined;
  return { min: range.min < 0n ? range.min * rows : 0n, max: range.max > 0n ? range.max * rows : 0n };
}
