/** Calls of JavaScript host functions (`functions/host`). Results that are no plain number come in a cell in memory. */
import type { LowerContext } from "../../functions/function.ts";
import { call, host, load, not } from "../builder.ts";
import type { Ir, ValueType } from "../ir.ts";
import { type Operand, operand, type Rep } from "../operand.ts";
import { addressOf, lengthOf } from "./rep.ts";

/** The two arguments as which a host function takes a string: address, byte length. */
export const stringArgs = (str: Ir): readonly [Ir, Ir] => [addressOf(str), lengthOf(str)];

/** An operand as arguments: its words, a string as address and length. */
export function operandArgs(value: Operand): readonly Ir[] {
  if (value.rep === "str") return stringArgs(value.lo);
  return value.hi === undefined ? [value.lo] : [value.lo, value.hi];
}

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
 * A call whose result is in a cell: a string as u32 address and u32 length, a number as its one or two words. `nullable`: the
 * function may return cell 0 for NULL; the first words of memory, which are zero, are then read and ignored.
 */
export function hostCell(
  ctx: Pick<LowerContext, "b">,
  name: string,
  rep: Rep,
  args: readonly Ir[],
  nullable = false,
): Operand {
  const cell = ctx.b.let(hostNumber(name, "i32", ...args));
  const word = rep === "i32" || rep === "f32" || rep === "f64" ? rep : "i64";
  return operand(rep, ctx.b.let(load(`${word}.load`, cell)), {
    hi: rep === "i128" || rep === "interval" ? ctx.b.let(load("i64.load", cell, 8)) : undefined,
    valid: nullable ? ctx.b.let(not(not(cell))) : undefined,
    // Host functions write to memory of the morsel.
    stable: false,
  });
}
