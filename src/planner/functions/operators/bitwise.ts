/** `& | << >> ~` and xor on integers and BIT. */
import { i32, i64, num, or, select } from "../../ir/builder.ts";
import { wordsOfOperand } from "../../ir/lower/integer.ts";
import { repOf, toRep, typeRange } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIT, isInteger } from "../../types/types.ts";
import { scalar, targetOf } from "../define.ts";
import { exact } from "../../ir/lower/integer.ts";
import type { LowerContext, ScalarFunction, Signature } from "../function.ts";
import { callNested } from "../nested/host-function.ts";
import type { Resolve } from "../overload.ts";
import { BITS_AND_BITS, BITS_AND_COUNT, withBits } from "./bit-strings.ts";
import { integerResult } from "./numeric-types.ts";

const pairs: Resolve = (types, literals) => (types.length === 2 ? integerResult(types, literals) : undefined);

function wordwise(
  ctx: LowerContext,
  op: "and" | "or" | "xor",
  args: readonly Operand[],
  { returns }: Signature,
): Operand {
  const rep = repOf(returns);
  const range = typeRange(returns);
  if (rep === "i128") {
    const [x, y] = args.map((a) => wordsOfOperand(ctx, a)) as [
      ReturnType<typeof wordsOfOperand>,
      ReturnType<typeof wordsOfOperand>,
    ];
    return operand("i128", ctx.b.let(num(`i64.${op}`, x.lo, y.lo)), {
      hi: ctx.b.let(num(`i64.${op}`, x.hi, y.hi)),
      range,
    });
  }
  const [a, b] = args.map((arg) => toRep(ctx.b, arg, rep)) as [Operand, Operand];
  return operand(rep, ctx.b.let(num(`${rep}.${op}`, a.lo, b.lo)), { range });
}

const bitwise = (
  name: string,
  op: "and" | "or" | "xor",
  doc: string,
  sample: readonly [string, string],
  ofBits: readonly [string, string],
): ScalarFunction =>
  withBits(
    scalar({
      name,
      category: "bitwise",
      doc,
      examples: [sample],
      resolve: pairs,
      lower: (ctx, args, signature) => wordwise(ctx, op, args, signature),
    }),
    `bits_${op}`,
    BITS_AND_BITS,
    [ofBits],
  );

export const bitAnd: ScalarFunction = bitwise(
  "&",
  "and",
  "Bitwise AND.",
  ["91 & 15", "11"],
  ["'10101'::BIT & '10001'::BIT", "10001"],
);
export const bitOr: ScalarFunction = bitwise(
  "|",
  "or",
  "Bitwise OR.",
  ["32 | 3", "35"],
  ["'1011'::BIT | '0001'::BIT", "1011"],
);
export const xor: ScalarFunction = bitwise(
  "xor",
  "xor",
  "Bitwise exclusive OR.",
  ["xor(17, 5)", "20"],
  ["xor('101'::BIT, '001'::BIT)", "100"],
);

export const bitNot: ScalarFunction = withBits(
  scalar({
    name: "~",
    category: "bitwise",
    doc: "Bitwise complement.",
    examples: [["~15", "-16"]],
    resolve: (types, literals) => {
      const [type] = types;
      if (type === undefined || types.length !== 1) return undefined;
      const signature = isInteger(type) ? integerResult([type, type], literals) : undefined;
      return signature === undefined ? undefined : { args: [type], returns: type };
    },
    lower: (ctx, args, { returns }) => {
      // Unsigned types: all ones minus the value.
      const range = typeRange(returns);
      const ones = range !== undefined && range.min === 0n ? range.max : -1n;
      const rep = repOf(returns);
      const x = args[0] as Operand;
      const constant = operand(rep, rep === "i32" ? i32(Number(ones)) : i64(ones), {
        hi: rep === "i128" ? i64(ones >> 64n) : undefined,
        range: { min: ones, max: ones },
      });
      return exact(ctx, "sub", constant, x, targetOf(returns, "complement"));
    },
  }),
  "bits_not",
  { args: [BIT], returns: BIT },
  [["~'101'::BIT", "010"]],
);

const shifts: Resolve = pairs;

/** Shifts are computed in 64 bits, those of wider numbers in JavaScript; counts from the number of bits on give 0. */
function shift(ctx: LowerContext, op: "shl" | "shr_s", args: readonly Operand[], signature: Signature): Operand {
  const { b } = ctx;
  const { returns } = signature;
  if (repOf(returns) === "i128") return callNested(ctx, op === "shl" ? "shift_left" : "shift_right", args, signature);
  const [x, by] = args.map((arg) => toRep(b, arg, "i64").lo) as [Operand["lo"], Operand["lo"]];
  if (op === "shl") {
    const shifted = b.let(num("i64.shl", x, by));
    const tooFar = or(num("i64.ge_u", by, i64(63)), num("i64.ne", num("i64.shr_s", shifted, by), x));
    ctx.fail("overflow", "overflow in left shift", or(num("i64.lt_s", x, i64(0)), tooFar));
    const range = { min: 0n, max: 2n ** 63n - 1n };
    return exact(
      ctx,
      "add",
      operand("i64", shifted, { range }),
      operand("i64", i64(0), { range: { min: 0n, max: 0n } }),
      targetOf(returns, "left shift"),
    );
  }
  const shifted = b.let(select(num("i64.ge_u", by, i64(64)), i64(0), num("i64.shr_s", x, by)));
  return toRep(b, operand("i64", shifted, { range: typeRange(returns) }), repOf(returns));
}

export const shiftLeft: ScalarFunction = withBits(
  scalar({
    name: "<<",
    category: "bitwise",
    doc: "Shift to the left; an error when bits are lost.",
    examples: [["1 << 4", "16"]],
    resolve: shifts,
    canFail: true,
    lower: (ctx, args, signature) => shift(ctx, "shl", args, signature),
  }),
  "bits_shift_left",
  BITS_AND_COUNT,
  [["'1001011'::BIT << 3", "1011000"]],
);

export const shiftRight: ScalarFunction = withBits(
  scalar({
    name: ">>",
    category: "bitwise",
    doc: "Shift to the right, keeping the sign.",
    examples: [["8 >> 2", "2"]],
    resolve: shifts,
    canFail: ({ returns }) => repOf(returns) === "i128",
    lower: (ctx, args, signature) => shift(ctx, "shr_s", args, signature),
  }),
  "bits_shift_right",
  BITS_AND_COUNT,
  [["'1001011'::BIT >> 3", "0001001"]],
);
