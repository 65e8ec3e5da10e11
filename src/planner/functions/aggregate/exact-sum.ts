/** The sum of integers or unscaled decimals, exact: one i64 where the range proves that it suffices, else 128 bits. */
import { i64, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { wordsOfOperand } from "../../ir/lower/integer.ts";
import { asI64, INT128, INT64, within } from "../../ir/lower/rep.ts";
import { addWords, type Words } from "../../ir/lower/wide.ts";
import { type Operand, operand, type Range } from "../../ir/operand.ts";
import type { AggregateState, ArgumentInfo, LowerContext } from "../function.ts";
import { type Field, field, FOREIGN_STATES, sumRange } from "./define.ts";

export type ExactSum = {
  readonly fields: readonly Field[];
  /** Adds a value where it is valid; state fields start at 0. */
  readonly add: (ctx: LowerContext, state: AggregateState, value: Operand) => void;
  readonly merge: (ctx: LowerContext, state: AggregateState, other: AggregateState) => void;
  /** Sets the sum to a value that is not NULL. */
  readonly put: (ctx: LowerContext, state: AggregateState, value: Operand) => void;
  /** Never NULL. */
  readonly get: (ctx: LowerContext, state: AggregateState) => Operand;
};

const OVERFLOW = "overflow in sum";

export function exactSum(arg: ArgumentInfo, maxRows: bigint | undefined): ExactSum {
  const bounds = arg.range ?? (arg.rep === "i128" ? INT128 : arg.rep === "i64" ? INT64 : undefined);
  const isBounded = maxRows === undefined || (maxRows > 2n ** 63n && maxRows !== FOREIGN_STATES);
  const rows = isBounded ? 2n ** 63n : maxRows;
  const range = sumRange(bounds ?? { min: -(2n ** 31n), max: 2n ** 31n - 1n }, rows) as Range;
  return within(range, INT64) ? narrowSum(range) : wideSum(within(range, INT128) ? range : undefined);
}

function narrowSum(range: Range): ExactSum {
  return {
    fields: [field("i64")],
    add: ({ b }, state, value) => {
      const wide = asI64(b, value);
      const added = value.valid === undefined ? wide : b.let(select(value.valid, wide, i64(0)));
      state.set(0, b.let(num("i64.add", state.get(0), added)));
    },
    merge: (_ctx, state, other) => state.set(0, num("i64.add", state.get(0), other.get(0))),
    put: ({ b }, state, value) => state.set(0, asI64(b, value)),
    get: ({ b }, state) => operand("i64", b.let(state.get(0)), { range }),
  };
}

/** Two words; without a range the sum may leave 128 bits, which is checked. */
function wideSum(range: Range | undefined): ExactSum {
  const addTo = (ctx: LowerContext, state: AggregateState, x: Words): void => {
    const old = { lo: ctx.b.let(state.get(0)), hi: ctx.b.let(state.get(1)) };
    const sum = addWords(ctx.b, old, x);
    if (range === undefined) {
      const changed = num("i64.and", num("i64.xor", old.hi, sum.hi), num("i64.xor", x.hi, sum.hi));
      ctx.fail("overflow", OVERFLOW, num("i64.lt_s", changed, i64(0)));
    }
    state.set(0, sum.lo);
    state.set(1, sum.hi);
  };
  const whereValid = (ctx: LowerContext, value: Operand): Words => {
    const x = wordsOfOperand(ctx, value);
    if (value.valid === undefined) return x;
    const mask = ctx.b.let(num("i64.sub", i64(0), num("i64.extend_i32_u", value.valid)));
    const masked = (word: Ir): Ir => ctx.b.let(num("i64.and", word, mask));
    return { lo: masked(x.lo), hi: masked(x.hi) };
  };
  return {
    fields: [field("i64"), field("i64")],
    add: (ctx, state, value) => addTo(ctx, state, whereValid(ctx, value)),
    merge: (ctx, state, other) => addTo(ctx, state, { lo: ctx.b.let(other.get(0)), hi: ctx.b.let(other.get(1)) }),
    put: (ctx, state, value) => {
      const { lo, hi } = wordsOfOperand(ctx, value);
      state.set(0, lo);
      state.set(1, hi);
    },
    get: ({ b }, state) => operand("i128", b.let(state.get(0)), { hi: b.let(state.get(1)), range: range ?? INT128 }),
  };
}
