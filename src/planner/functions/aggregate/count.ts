import { i64, num } from "../../ir/builder.ts";
import { operand } from "../../ir/operand.ts";
import { BIGINT, BOOLEAN } from "../../types/types.ts";
import type { AggregateFunction, StateValue } from "../function.ts";
import { aggregate, field } from "./define.ts";
import { countPart, plainValue } from "./state-value.ts";

const mostRows = (maxRows: bigint | undefined): bigint => {
  const most = 2n ** 63n - 1n;
  return maxRows === undefined || maxRows > most ? most : maxRows;
};

const countValue: StateValue = plainValue(
  countPart("count", 0),
  (_ctx, state) => num("i64.ne", state.get(0), i64(0)),
  () => {},
);

/** count(*) and count(x). */
export const count: AggregateFunction = aggregate({
  name: "count",
  aliases: ["count_star"],
  category: "aggregate",
  doc: "The number of rows, or of those where the argument is not NULL.",
  examples: [
    ["(SELECT count(*) FROM (VALUES (1), (NULL), (4)) t(x))", "3"],
    ["(SELECT count(x) FROM (VALUES (1), (NULL), (4)) t(x))", "2"],
  ],
  emptyIsNull: false,
  resolve: (types) => (types.length <= 1 ? { args: types, returns: BIGINT } : undefined),
  lower: (_args, _signature, maxRows) => ({
    fields: [field("i64")],
    step: ({ b }, state, [arg]) => {
      const one = arg?.valid === undefined ? i64(1) : num("i64.extend_i32_u", arg.valid);
      state.set(0, b.let(num("i64.add", state.get(0), one)));
    },
    merge: (_ctx, state, other) => state.set(0, num("i64.add", state.get(0), other.get(0))),
    finish: ({ b }, state) => operand("i64", b.let(state.get(0)), { range: { min: 0n, max: mostRows(maxRows) } }),
    stateValue: countValue,
  }),
});

/** count_if(condition). */
export const countIf: AggregateFunction = aggregate({
  name: "count_if",
  aliases: ["countif"],
  category: "aggregate",
  doc: "The number of rows for which the condition is TRUE.",
  examples: [["(SELECT count_if(x > 1) FROM (VALUES (1), (NULL), (4)) t(x))", "1"]],
  emptyIsNull: false,
  resolve: (types) => (types.length === 1 ? { args: [BOOLEAN], returns: { kind: "HugeInt" } } : undefined),
  lower: (_args, _signature, maxRows) => ({
    fields: [field("i64")],
    step: ({ b }, state, [arg]) => {
      if (arg === undefined) return;
      const one = arg.valid === undefined ? arg.lo : num("i32.and", arg.lo, arg.valid);
      state.set(0, b.let(num("i64.add", state.get(0), num("i64.extend_i32_u", one))));
    },
    merge: (_ctx, state, other) => state.set(0, num("i64.add", state.get(0), other.get(0))),
    finish: ({ b }, state) => operand("i64", b.let(state.get(0)), { range: { min: 0n, max: mostRows(maxRows) } }),
    stateValue: countValue,
  }),
});
