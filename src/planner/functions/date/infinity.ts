/** The dates and timestamps `infinity` and `-infinity`: the largest value of their word, and its negative. */
import { and, f64, i32, i64, not, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { rangeOf } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { DATE_INFINITY, TIMESTAMP_INFINITY } from "../../types/date-time.ts";
import { BOOLEAN, DATE, DOUBLE, REAL, TIMESTAMP, TIMESTAMPTZ } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";

type Context = Pick<LowerContext, "b">;

/** 1 where a date (i32) or timestamp (i64) is finite; undefined where its bounds prove that. */
export function finiteFlag({ b }: Context, value: Operand): Ir | undefined {
  const { min, max } = rangeOf(value);
  const limit = value.rep === "i32" ? BigInt(DATE_INFINITY) : TIMESTAMP_INFINITY;
  const tests: Ir[] = [];
  const differs = (infinity: bigint): Ir =>
    value.rep === "i32" ? num("i32.ne", value.lo, i32(Number(infinity))) : num("i64.ne", value.lo, i64(infinity));
  if (max >= limit) tests.push(differs(limit));
  if (min <= -limit) tests.push(differs(-limit));
  const [first, second] = tests;
  if (first === undefined) return undefined;
  return b.let(second === undefined ? first : and(first, second));
}

/** The value, 0 in place of an infinite one. */
export function finiteOrZero(ctx: Context, value: Operand): Operand {
  const flag = finiteFlag(ctx, value);
  if (flag === undefined) return value;
  const zero = value.rep === "i32" ? i32(0) : i64(0);
  return { ...value, lo: ctx.b.let(select(flag, value.lo, zero)) };
}

/** The value; an error where it is infinite. */
export function finiteOnly(ctx: Pick<LowerContext, "b" | "fail">, value: Operand, message: string): Operand {
  const flag = finiteFlag(ctx, value);
  if (flag !== undefined) ctx.fail("overflow", message, not(flag));
  return value;
}

/** What `emit` makes of a finite value; an infinite one stays. The representation stays too. */
export function whereFinite(ctx: Context, value: Operand, emit: (finite: Operand) => Operand): Operand {
  const flag = finiteFlag(ctx, value);
  if (flag === undefined) return emit(value);
  const zero = value.rep === "i32" ? i32(0) : i64(0);
  const result = emit({ ...value, lo: ctx.b.let(select(flag, value.lo, zero)) });
  return operand(result.rep, ctx.b.let(select(flag, result.lo, value.lo)), { valid: result.valid });
}

/** The value, NULL where one of the others is infinite. */
export function nullWhereInfinite(ctx: Context, others: readonly Operand[], value: Operand): Operand {
  let { valid } = value;
  for (const other of others) {
    const flag = finiteFlag(ctx, other);
    if (flag !== undefined) valid = valid === undefined ? flag : ctx.b.let(and(valid, flag));
  }
  return { ...value, valid };
}

const INFINITY = f64(Number.POSITIVE_INFINITY);

const test = (
  name: string,
  doc: string,
  examples: ScalarFunction["examples"],
  ofNumber: (magnitude: Ir) => Ir,
  ofFinite: (flag: Ir) => Ir,
): ScalarFunction =>
  scalar({
    name,
    category: "numeric",
    doc,
    examples,
    resolve: overloads(...[DOUBLE, REAL, DATE, TIMESTAMP, TIMESTAMPTZ].map((type) => overload([type], BOOLEAN))),
    lower: ({ b }, [x]) => {
      const value = x as Operand;
      const double = value.rep === "f32" ? num("f64.promote_f32", value.lo) : value.lo;
      const isNumber = value.rep === "f32" || value.rep === "f64";
      const result = isNumber ? ofNumber(num("f64.abs", double)) : ofFinite(finiteFlag({ b }, value) ?? i32(1));
      return operand("i32", b.let(result), { range: { min: 0n, max: 1n } });
    },
  });

export const INFINITY_FUNCTIONS: readonly ScalarFunction[] = [
  test(
    "isinf",
    "Whether a number, date or timestamp is infinite.",
    [
      ["isinf('-inf'::DOUBLE)", "true"],
      ["isinf(DATE 'infinity')", "true"],
    ],
    (magnitude) => num("f64.eq", magnitude, INFINITY),
    (flag) => num("i32.eqz", flag),
  ),
  test(
    "isfinite",
    "Whether a number, date or timestamp is neither infinite nor NaN.",
    [
      ["isfinite(1)", "true"],
      ["isfinite(TIMESTAMP '-infinity')", "false"],
    ],
    (magnitude) => num("f64.lt", magnitude, INFINITY),
    (flag) => flag,
  ),
];
