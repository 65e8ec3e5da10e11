/** gcd, lcm, factorial, bit_count. */
import { get, i32, i64, load, num, or, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { exact } from "../../ir/lower/integer.ts";
import { addressOf, asI64, INT64, toRep } from "../../ir/lower/rep.ts";
import { type Operand, operand, type Rep } from "../../ir/operand.ts";
import { BIGINT, HUGEINT, INTEGER, isInteger, SMALLINT, type SqlType, TINYINT } from "../../types/types.ts";
import { scalar, targetOf } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import { COUNT_OF_BITS, withBits } from "../operators/bit-strings.ts";
import { overload, overloads } from "../overload.ts";

const MOST_FACTORIAL = 33;

const magnitude = (x: Ir): Ir => select(num("i64.lt_s", x, i64(0)), num("i64.sub", i64(0), x), x);

/** Euclid's algorithm on magnitudes, unsigned. */
function greatestDivisor({ b }: LowerContext, x: Ir, y: Ir): Ir {
  const m = b.bind(magnitude(x));
  const n = b.bind(magnitude(y));
  const rest = b.local("i64");
  b.while(
    () => num("i64.ne", get(n), i64(0)),
    () => {
      b.set(rest, num("i64.rem_u", get(m), get(n)));
      b.set(m, get(n));
      b.set(n, get(rest));
    },
  );
  return get(m);
}

const pairs = overloads(overload([BIGINT, BIGINT], BIGINT));

export const gcd: ScalarFunction = scalar({
  name: "gcd",
  aliases: ["greatest_common_divisor"],
  category: "numeric",
  doc: "The greatest common divisor.",
  examples: [["gcd(42, 57)", "3"]],
  resolve: pairs,
  canFail: true,
  lower: (ctx, args) => {
    const [x, y] = args.map((a) => asI64(ctx.b, a)) as [Ir, Ir];
    const result = greatestDivisor(ctx, x, y);
    ctx.fail("overflow", "overflow in gcd of BIGINT", num("i64.lt_s", result, i64(0)));
    return operand("i64", result, { range: { min: 0n, max: INT64.max } });
  },
});

export const lcm: ScalarFunction = scalar({
  name: "lcm",
  aliases: ["least_common_multiple"],
  category: "numeric",
  doc: "The least common multiple.",
  examples: [["lcm(42, 57)", "798"]],
  resolve: pairs,
  canFail: true,
  lower: (ctx, args) => {
    const { b } = ctx;
    const [x, y] = args.map((a) => asI64(b, a)) as [Ir, Ir];
    const divisor = greatestDivisor(ctx, x, y);
    const smallest = or(num("i64.eq", x, i64(INT64.min)), num("i64.eq", y, i64(INT64.min)));
    ctx.fail("overflow", "overflow in lcm of BIGINT", smallest);
    const range = { min: 0n, max: INT64.max };
    const part = num("i64.div_u", magnitude(x), select(num("i64.eqz", divisor), i64(1), divisor));
    const left = operand("i64", b.let(part), { range });
    return exact(ctx, "mul", left, operand("i64", b.let(magnitude(y)), { range }), targetOf(BIGINT, "lcm"));
  },
});

export const factorial: ScalarFunction = scalar({
  name: "factorial",
  category: "numeric",
  doc: "The product of all whole numbers from 1 to x.",
  examples: [
    ["factorial(5)", "120"],
    ["factorial(33)", "8683317618811886495518194401280000000"],
  ],
  resolve: overloads(overload([INTEGER], HUGEINT)),
  canFail: true,
  lower: (ctx, [arg]) => {
    const { b } = ctx;
    const x = (arg as Operand).lo;
    const given = { operand: arg as Operand, type: INTEGER };
    ctx.fail("type", "the factorial of a negative number is undefined", num("i32.lt_s", x, i32(0)), given);
    ctx.fail("overflow", "overflow in factorial", num("i32.gt_s", x, i32(MOST_FACTORIAL)), given);
    const table = new BigInt64Array((MOST_FACTORIAL + 1) * 2);
    let product = 1n;
    for (let i = 0; i <= MOST_FACTORIAL; i++) {
      if (i > 0) product *= BigInt(i);
      table[2 * i] = BigInt.asIntN(64, product);
      table[2 * i + 1] = product >> 64n;
    }
    const base = addressOf(ctx.constantString(new Uint8Array(table.buffer)));
    const at = b.let(num("i32.add", base, num("i32.shl", x, i32(4))));
    return operand("i128", b.let(load("i64.load", at)), {
      hi: b.let(load("i64.load", at, 8)),
      range: { min: 1n, max: product },
    });
  },
});

const REPS: Partial<Record<SqlType["kind"], Rep>> = {
  BigInt: "i64",
  HugeInt: "i128",
  UHugeInt: "i128",
  UBigInt: "i128",
};
const MASKS: Partial<Record<SqlType["kind"], bigint>> = { TinyInt: 0xffn, SmallInt: 0xffffn, Integer: 0xffff_ffffn };

export const bitCount: ScalarFunction = withBits(
  scalar({
    name: "bit_count",
    category: "bitwise",
    doc: "The number of bits that are set in the value's two's complement.",
    examples: [
      ["bit_count(31)", "5"],
      ["bit_count(-1::TINYINT)", "8"],
    ],
    resolve: (types) => {
      const [type] = types;
      return type !== undefined && types.length === 1 && isInteger(type)
        ? { args: [type], returns: REPS[type.kind] === "i128" && type.kind !== "UBigInt" ? SMALLINT : TINYINT }
        : undefined;
    },
    lower: (ctx, [arg], { args }) => {
      const { b } = ctx;
      const kind = (args[0] as SqlType).kind;
      // The value may come in fewer bits than its type has, or in more.
      const rep = REPS[kind];
      const value = rep === undefined ? (arg as Operand) : toRep(b, arg as Operand, rep);
      const mask = MASKS[kind] ?? -1n;
      const range = { min: 0n, max: 128n };
      if (value.rep === "i32") {
        return operand(
          "i32",
          b.let(num("i32.popcnt", num("i32.and", value.lo, i32(Number(BigInt.asIntN(32, mask)))))),
          { range },
        );
      }
      const low = num("i64.popcnt", num("i64.and", value.lo, i64(mask)));
      const count = value.hi === undefined ? low : num("i64.add", low, num("i64.popcnt", value.hi));
      return operand("i32", b.let(num("i32.wrap_i64", count)), { range });
    },
  }),
  "bits_count",
  COUNT_OF_BITS,
  [["bit_count('1101'::BIT)", "3"]],
);
