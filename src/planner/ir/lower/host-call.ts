/** Calls of JavaScript host functions (`functions/host`). Results that are no plain number come in a cell in memory. */
import type { LowerContext } from "../../functions/function.ts";
import { call, host, i32, load, not } from "../builder.ts";
import type { Ir, ValueType } from "../ir.ts";
import { type Operand, operand, type Rep } from "../operand.ts";
import { addressOf, lengthOf } from "./rep.ts";

/** The two arguments as which a host function takes a string: address, byte length. */
export const stringArgs = (str: Ir): readonly [Ir, Ir] => [addressOf(str), lengthOf(str)];

/** A call with one plain result. The value is not repeatable: bind it. */
export function hostNumber(name: string, result: ValueType, ...args: readonly Ir[]): Ir {
  return call(
    host(
      name,
      args.map((a) => a.type),
      [result],
    ),
    ...args,
  );
}

/**
 * A call whose result is in a cell: a string (u32 address, u32 length), one i64, or the two words of i128 and interval.
 * `nullable`: the function returns cell 0 for NULL; the first words of memory are then read and ignored.
 */
export function hostCell(
  ctx: Pick<LowerContext, "b">,
  name: string,
  rep: Extract<Rep, "str" | "i64" | "i128" | "interval">,
  args: readonly Ir[],
  nullable = false,
): Operand {
  const cell = ctx.b.let(hostNumber(name, "i32", ...args));
  return operand(rep, ctx.b.let(load("i64.load", cell)), {
    hi: rep === "i128" || rep === "interval" ? ctx.b.let(load("i64.load", cell, 8)) : undefined,
    valid: nullable ? ctx.b.let(not(not(cell))) : undefined,
  });
}

export const flag = (value: boolean): Ir => i32(value ? 1 : 0);
