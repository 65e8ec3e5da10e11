/**
 * The sum of DOUBLEs, compensated (Neumaier 1974, with Knuth's branch-free error term): the sum and the error that its
 * roundings left. Order and partition of the rows show in the last digit at most.
 */
import { f64, num, select } from "../../ir/builder.ts";
import type { FunctionBuilder } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import type { AggregateState, LowerContext } from "../function.ts";
import { type Field, field } from "./define.ts";

export const floatSumFields: readonly Field[] = [field("f64"), field("f64")];

/** Adds a value to the sum in fields `at` and `at + 1`. */
export function addFloat({ b }: LowerContext, state: AggregateState, at: number, value: Ir): void {
  addWithError(b, state, at, value);
}

function addWithError(b: FunctionBuilder, state: AggregateState, at: number, value: Ir): void {
  const old = b.let(state.get(at));
  const v = b.let(value);
  const sum = b.let(num("f64.add", old, v));
  const added = b.let(num("f64.sub", sum, old));
  const error = num("f64.add", num("f64.sub", old, num("f64.sub", sum, added)), num("f64.sub", v, added));
  state.set(at + 1, num("f64.add", state.get(at + 1), error));
  state.set(at, sum);
}

export function mergeFloat({ b }: LowerContext, state: AggregateState, other: AggregateState, at: number): void {
  addWithError(b, state, at, other.get(at));
  state.set(at + 1, num("f64.add", state.get(at + 1), other.get(at + 1)));
}

/** Infinities and NaN leave a meaningless error term behind. */
export function floatSum({ b }: LowerContext, state: AggregateState, at: number): Ir {
  const sum = b.let(state.get(at));
  const isFinite = num("f64.lt", num("f64.abs", sum), f64(Number.POSITIVE_INFINITY));
  return b.let(select(isFinite, num("f64.add", sum, state.get(at + 1)), sum));
}
