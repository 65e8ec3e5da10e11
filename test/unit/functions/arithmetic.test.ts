/** Exact arithmetic against bigint: every width of computation, with and without overflow. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Datum, Expr } from "../../../src/planner/expr/expr.ts";
import { scalarFunction } from "../../../src/planner/functions/registry.ts";
import { typeRange } from "../../../src/planner/ir/lower/rep.ts";
import { rescale } from "../../../src/planner/types/convert.ts";
import {
  BIGINT,
  decimal,
  HUGEINT,
  INTEGER,
  SMALLINT,
  type SqlType,
  TINYINT,
  typeName,
  UBIGINT,
  UINTEGER,
  UTINYINT,
} from "../../../src/planner/types/types.ts";
import { run } from "./evaluate.ts";

const scaleOf = (type: SqlType): number => (type.kind === "Decimal" ? type.scale : 0);
const datum = (value: bigint, type: SqlType): Datum =>
  ["TinyInt", "SmallInt", "Integer", "UTinyInt", "UInteger"].includes(type.kind) ? Number(value) : value;

/** Values at the edges of the type and of the words that hold it, and random ones of every size. */
function valuesOf(type: SqlType): fc.Arbitrary<bigint> {
  const range = typeRange(type) as { min: bigint; max: bigint };
  const inside = (v: bigint): boolean => v >= range.min && v <= range.max;
  const edges = [
    range.min,
    range.min + 1n,
    range.max,
    range.max - 1n,
    0n,
    1n,
    -1n,
    2n,
    10n,
    2n ** 31n,
    2n ** 32n,
    2n ** 63n,
    -(2n ** 63n),
    2n ** 64n,
    2n ** 64n - 1n,
    3_037_000_500n,
    -3_037_000_500n,
  ];
  const sized = fc
    .tuple(fc.integer({ min: 1, max: 128 }), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.boolean())
    .map(([bits, value, negative]) => (negative ? -1n : 1n) * (value & (2n ** BigInt(bits) - 1n)))
    .filter(inside);
  return fc.oneof(fc.constantFrom(...edges.filter(inside)), sized, fc.bigInt(range));
}

type Outcome = string;

async function outcome(promise: Promise<Datum>): Promise<Outcome> {
  try {
    return String(await promise);
  } catch (error) {
    return `error ${(error as { code?: string }).code ?? String(error)}`;
  }
}

/** The exact result by bigint: numerator and scale rules are those of SQL. */
function expected(op: string, a: bigint, b: bigint, types: readonly SqlType[], returns: SqlType): Outcome {
  const scale = scaleOf(returns);
  const [x, y] =
    op === "*"
      ? [a, b]
      : [rescale(a, scaleOf(types[0] as SqlType), scale), rescale(b, scaleOf(types[1] as SqlType), scale)];
  // Operands are brought to one scale within 128 bits first.
  if ([x, y].some((v) => BigInt.asIntN(128, v) !== v)) return "error overflow";
  if ((op === "//" || op === "%") && y === 0n) return "null";
  const value = op === "+" ? x + y : op === "-" ? x - y : op === "*" ? x * y : op === "//" ? x / y : x % y;
  const limit = typeRange(returns) as { min: bigint; max: bigint };
  return value < limit.min || value > limit.max ? "error overflow" : String(value);
}

const PAIRS: readonly (readonly [SqlType, SqlType])[] = [
  [TINYINT, TINYINT],
  [SMALLINT, TINYINT],
  [INTEGER, INTEGER],
  [UINTEGER, UINTEGER],
  [UTINYINT, UTINYINT],
  [BIGINT, BIGINT],
  [INTEGER, BIGINT],
  [UBIGINT, UBIGINT],
  [HUGEINT, HUGEINT],
  [BIGINT, HUGEINT],
  [decimal(15, 2), decimal(15, 2)],
  [decimal(18, 6), decimal(9, 3)],
  [decimal(38, 10), decimal(38, 2)],
  [decimal(30, 5), INTEGER],
];

describe("exact arithmetic is that of bigint", () => {
  for (const [left, right] of PAIRS) {
    for (const op of ["+", "-", "*", "//", "%"]) {
      const signature = scalarFunction(op)?.resolve([left, right], []);
      if (signature === undefined || signature.returns.kind === "Double") continue;
      test(`${typeName(left)} ${op} ${typeName(right)}`, async () => {
        await fc.assert(
          fc.asyncProperty(valuesOf(left), valuesOf(right), async (a, b) => {
            const types = [left, right];
            const column = (id: number): Expr => {
              const type = types[id] as SqlType;
              const input: Expr = { kind: "Column", column: { id, name: `c${id}`, type, nullable: true } };
              return { kind: "Cast", input, type: signature.args[id] as SqlType, try: false };
            };
            const expr: Expr = { kind: "Call", name: op, args: [column(0), column(1)], type: signature.returns };
            const row = new Map([
              [0, datum(a, left)],
              [1, datum(b, right)],
            ]);
            const wanted = expected(op, a, b, signature.args, signature.returns);
            expect(await outcome(run(expr, "wasm", row))).toBe(wanted);
            expect(await outcome(run(expr, "interpreter", row))).toBe(wanted);
          }),
          { numRuns: 60 },
        );
      });
    }
  }
});
