/** substring, left, right: views into the string, nothing is copied. */
import { i32, i64, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { asI64 } from "../../ir/lower/rep.ts";
import { countCharacters, sliceCharacters } from "../../ir/lower/text.ts";
import type { Operand } from "../../ir/operand.ts";
import { BIGINT, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { overload, overloads } from "../overload.ts";

const LIMIT = 2n ** 30n;

/** A position or count as i32; beyond any string's length it makes no difference. */
function clamped(ctx: LowerContext, value: Operand): Ir {
  const { b } = ctx;
  const { min, max } = value.range ?? { min: 0n, max: 1n };
  if (min === max) return i32(Number(min > LIMIT ? LIMIT : min < -LIMIT ? -LIMIT : min));
  const wide = asI64(b, value);
  const low = b.let(select(num("i64.lt_s", wide, i64(-LIMIT)), i64(-LIMIT), wide));
  return b.let(num("i32.wrap_i64", select(num("i64.gt_s", low, i64(LIMIT)), i64(LIMIT), low)));
}

const isNonNegative = (value: Ir): boolean => value.op === "const" && value.value >= 0;

/** Position 1 is the first character; negative ones count from the end, position 0 lies before the first. */
function substringOf(ctx: LowerContext, args: readonly Operand[]): Operand {
  const { b } = ctx;
  const [text, startArg, lengthArg] = args as [Operand, Operand, Operand | undefined];
  const start = clamped(ctx, startArg);
  const fromLeft = num("i32.sub", start, i32(1));
  const fromRight = (): Ir => num("i32.add", countCharacters(text.lo), start);
  const first = isNonNegative(start)
    ? b.let(fromLeft)
    : b.let({
        op: "ifelse",
        type: "i32",
        cond: num("i32.ge_s", start, i32(0)),
        then: fromLeft,
        otherwise: fromRight(),
      });
  if (lengthArg === undefined) return sliceCharacters(ctx, text, first, undefined);
  const length = clamped(ctx, lengthArg);
  const end = b.let(num("i32.add", first, length));
  if (isNonNegative(length)) return sliceCharacters(ctx, text, first, end);
  const backwards = b.let(num("i32.lt_s", length, i32(0)));
  return sliceCharacters(ctx, text, b.let(select(backwards, end, first)), b.let(select(backwards, first, end)));
}

export const substring: ScalarFunction = scalar({
  name: "substring",
  aliases: ["substr", "mid"],
  category: "string",
  doc: "Characters from position `start` (1 is the first, negative counts from the end), `length` of them or all.",
  examples: [
    ["substring('hello', 2, 3)", "ell"],
    ["substring('hello' FROM 1 FOR 2)", "he"],
    ["substring('hello', 3)", "llo"],
    ["substring('hello', -3)", "llo"],
    ["substring('hello', 0, 2)", "h"],
    ["substring('hello', 2, -1)", "h"],
    ["substring('hello', -10, 7)", "he"],
    ["substring('äöü', 2, 1)", "ö"],
  ],
  resolve: overloads(overload([VARCHAR, BIGINT], VARCHAR), overload([VARCHAR, BIGINT, BIGINT], VARCHAR)),
  lower: substringOf,
});

/** The character count up to which a negative count, taken from the other end, leads. */
function endCount(ctx: LowerContext, text: Operand, count: Ir): Ir {
  const fromEnd = num("i32.add", countCharacters(text.lo), count);
  return ctx.b.let({
    op: "ifelse",
    type: "i32",
    cond: num("i32.ge_s", count, i32(0)),
    then: count,
    otherwise: fromEnd,
  });
}

export const left: ScalarFunction = scalar({
  name: "left",
  category: "string",
  doc: "The first `count` characters; a negative count drops so many from the end.",
  examples: [
    ["left('abc', 2)", "ab"],
    ["left('abc', -1)", "ab"],
    ["left('abc', -5)", ""],
  ],
  resolve: overloads(overload([VARCHAR, BIGINT], VARCHAR)),
  lower: (ctx, args) => {
    const [text, count] = args as [Operand, Operand];
    return sliceCharacters(ctx, text, i32(0), endCount(ctx, text, clamped(ctx, count)));
  },
});

export const right: ScalarFunction = scalar({
  name: "right",
  category: "string",
  doc: "The last `count` characters; a negative count drops so many from the start.",
  examples: [
    ["right('abc', 2)", "bc"],
    ["right('abc', -1)", "bc"],
    ["right('abc', 9)", "abc"],
  ],
  resolve: overloads(overload([VARCHAR, BIGINT], VARCHAR)),
  lower: (ctx, args) => {
    const [text, countArg] = args as [Operand, Operand];
    const count = clamped(ctx, countArg);
    const negative = num("i32.lt_s", count, i32(0));
    const fromEnd = num("i32.sub", countCharacters(text.lo), count);
    const dropped = num("i32.sub", i32(0), count);
    const start = ctx.b.let({ op: "ifelse", type: "i32", cond: negative, then: dropped, otherwise: fromEnd });
    return sliceCharacters(ctx, text, start, undefined);
  },
});
