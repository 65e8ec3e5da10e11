import { describe, expect, test } from "vitest";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import type { AggregateState } from "../../../src/planner/functions/function.ts";
import { aggregateFunction } from "../../../src/planner/functions/registry.ts";
import { get, i64, f64, i32 } from "../../../src/planner/ir/builder.ts";
import { openProgram, resultTypes, returnOperand } from "../../../src/planner/ir/evaluate.ts";
import { callContext, type ExpressionContext } from "../../../src/planner/ir/lower/context.ts";
import { repOf } from "../../../src/planner/ir/lower/rep.ts";
import { formatDatum } from "../../../src/planner/types/literals.ts";
import {
  BIGINT,
  BOOLEAN,
  decimal,
  DOUBLE,
  HUGEINT,
  INTEGER,
  REAL,
  type SqlType,
  VARCHAR,
} from "../../../src/planner/types/types.ts";
import { type Engine, NOW, runProgram } from "./evaluate.ts";

/** The aggregate of rows that two workers share: the first `split` rows are one's. */
async function aggregate(
  name: string,
  type: SqlType,
  rows: readonly Datum[],
  split: number,
  engine: Engine,
): Promise<string> {
  const fn = aggregateFunction(name);
  const signature = fn?.resolve([type]);
  if (fn === undefined || signature === undefined) throw new Error(name);
  const argType = signature.args[0] as SqlType;
  const row = new Map(rows.map((value, i) => [i, value]));
  const open = openProgram(resultTypes(signature.returns), NOW, row);
  const { ctx } = open;
  const call = callContext(ctx, undefined);
  const lowering = fn.lower(
    [{ rep: repOf(argType), range: undefined, stable: false, nullable: true }],
    signature,
    undefined,
  );
  const states = [newState(ctx, lowering.fields), newState(ctx, lowering.fields)] as const;
  for (const i of rows.keys()) {
    const value = ctx.column({ id: i, name: `r${i}`, type: argType, nullable: true });
    lowering.step(call, i < split ? states[0] : states[1], [{ ...value, range: undefined }]);
  }
  lowering.merge(call, states[0], states[1]);
  returnOperand(open, lowering.finish(call, states[0]), signature.returns);
  return formatDatum(await runProgram(open.finish(), signature.returns, engine), signature.returns);
}

type Fields = readonly { readonly type: "i32" | "i64" | "f64"; readonly init: number | bigint }[];

function newState({ b }: ExpressionContext, fields: Fields): AggregateState {
  const locals = fields.map(({ type, init }) =>
    b.bind(type === "i64" ? i64(BigInt(init)) : type === "i32" ? i32(Number(init)) : f64(Number(init))),
  );
  const at = (field: number) => {
    const local = locals[field];
    if (local === undefined) throw new RangeError(`field ${field}`);
    return local;
  };
  return { get: (field) => get(at(field)), set: (field, value) => b.set(at(field), value) };
}

const MONEY = decimal(15, 2);
const WIDE = decimal(38, 2);
const TEN38 = 10n ** 38n - 1n;

const CASES: readonly (readonly [name: string, type: SqlType, rows: readonly Datum[], result: string])[] = [
  ["count", INTEGER, [1, null, 3], "2"],
  ["sum", INTEGER, [1, null, 3], "4"],
  ["sum", INTEGER, [null], "NULL"],
  ["sum", INTEGER, [], "NULL"],
  ["sum", BIGINT, [2n ** 63n - 1n, 2n ** 63n - 1n, -5n], String(2n ** 64n - 7n)],
  ["sum", BIGINT, [-(2n ** 63n), -(2n ** 63n)], String(-(2n ** 64n))],
  ["sum", HUGEINT, [2n ** 100n, 2n ** 100n], String(2n ** 101n)],
  ["sum", MONEY, [123456n, -56n, null], "1234.00"],
  ["sum", WIDE, [TEN38 / 2n, TEN38 / 2n], "999999999999999999999999999999999999.98"],
  ["sum", DOUBLE, [1e100, 1, -1e100], "1.0"],
  ["sum", DOUBLE, [0.1, 0.2, 0.3], "0.6"],
  ["sum", DOUBLE, [Number.POSITIVE_INFINITY, 1], "inf"],
  ["sum", DOUBLE, [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], "nan"],
  ["avg", INTEGER, [1, 2, null], "1.5"],
  ["avg", MONEY, [150n, 250n], "2.0"],
  ["avg", DOUBLE, [], "NULL"],
  ["min", INTEGER, [3, null, -1], "-1"],
  ["max", INTEGER, [3, null, -1], "3"],
  ["min", VARCHAR, ["b", "ab", null, "aa", "c"], "aa"],
  ["max", VARCHAR, ["b", "ab", null, "aa", "c"], "c"],
  ["max", VARCHAR, [""], ""],
  ["max", VARCHAR, [], "NULL"],
  ["max", DOUBLE, [1, Number.NaN, Number.POSITIVE_INFINITY], "nan"],
  ["min", DOUBLE, [1, Number.NaN], "1.0"],
  ["max", REAL, [1.5, null], "1.5"],
  ["min", HUGEINT, [2n ** 100n, -(2n ** 100n)], String(-(2n ** 100n))],
  ["max", BOOLEAN, [false, true], "true"],
  ["any_value", VARCHAR, [null, "x"], "x"],
  ["first", INTEGER, [7, 8, 9], "7"],
  ["first", INTEGER, [null, 8], "NULL"],
  ["last", INTEGER, [7, 8, 9], "9"],
  ["bool_and", BOOLEAN, [true, null], "true"],
  ["bool_and", BOOLEAN, [true, false], "false"],
  ["bool_or", BOOLEAN, [null, null], "NULL"],
  ["bit_and", INTEGER, [7, 5, null], "5"],
  ["bit_or", BIGINT, [1n, 4n], "5"],
  ["bit_xor", HUGEINT, [2n ** 100n, 1n], String(2n ** 100n + 1n)],
  ["count_if", BOOLEAN, [true, null, false, true], "2"],
  ["var_samp", INTEGER, [1, 2, 3, 4], "1.6666666666666667"],
  ["var_pop", INTEGER, [1, 2, 3, 4], "1.25"],
  ["stddev", INTEGER, [1], "NULL"],
  ["stddev_pop", INTEGER, [1], "0.0"],
];

describe("aggregates over rows split between two states", () => {
  test.each(CASES)("%s #%#", async (name, type, rows, result) => {
    for (const split of new Set([0, 1, rows.length])) {
      for (const engine of ["interpreter", "wasm"] as const) {
        expect(await aggregate(name, type, rows, split, engine)).toBe(result);
      }
    }
  });

  test("a sum beyond 128 bits is an error", async () => {
    const rows = Array.from({ length: 3 }, () => 2n ** 126n);
    await expect(aggregate("sum", HUGEINT, rows, 3, "wasm")).rejects.toMatchObject({ code: "overflow" });
  });
});
