/** product, the sums and averages of DOUBLEs by name, geometric and weighted averages. */
import { and, f64, i64, num, or } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { hostNumber } from "../../ir/lower/host-call.ts";
import { toRep } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { DOUBLE, isNumeric, type SqlType } from "../../types/types.ts";
import type { AggregateFunction, AggregateState, LowerContext } from "../function.ts";
import { aggregate, field, isValid } from "./define.ts";
import { countPart, doublePart, plainValue, structValue } from "./state-value.ts";
import { avg, sum } from "./sum.ts";

const numeric = (type: SqlType | undefined): boolean => type !== undefined && (isNumeric(type) || type.kind === "Null");

const ofDouble: AggregateFunction["resolve"] = (types) =>
  types.length === 1 && numeric(types[0]) ? { args: [DOUBLE], returns: DOUBLE } : undefined;

const hasRows = (_ctx: LowerContext, state: AggregateState): Ir => num("i64.ne", state.get(0), i64(0));

const product: AggregateFunction = aggregate({
  name: "product",
  category: "aggregate",
  doc: "The product of the values that are not NULL, as DOUBLE.",
  examples: [["(SELECT product(x) FROM (VALUES (2), (NULL), (4)) t(x))", "8.0"]],
  resolve: ofDouble,
  lower: () => ({
    fields: [field("i64"), field("f64", 1)],
    step: ({ b }, state, [arg]) => {
      const x = toRep(b, arg as Operand, "f64");
      b.if(isValid(x), () => {
        state.set(0, num("i64.add", state.get(0), i64(1)));
        state.set(1, num("f64.mul", state.get(1), x.lo));
      });
    },
    merge: (_ctx, state, other) => {
      state.set(0, num("i64.add", state.get(0), other.get(0)));
      state.set(1, num("f64.mul", state.get(1), other.get(1)));
    },
    finish: ({ b }, state) =>
      operand("f64", b.let(state.get(1)), { valid: b.let(num("i64.ne", state.get(0), i64(0))) }),
    stateValue: plainValue(doublePart("product", 1), hasRows, (state) => state.set(0, i64(1))),
  }),
});

/** Sums of DOUBLE are always compensated; these names say so. */
const ofDoubles = (
  name: string,
  aliases: readonly string[],
  doc: string,
  example: readonly [string, string],
  like: AggregateFunction,
): AggregateFunction =>
  aggregate({ name, aliases, category: "aggregate", doc, examples: [example], resolve: ofDouble, lower: like.lower });

const geomean: AggregateFunction = aggregate({
  name: "geomean",
  aliases: ["geometric_mean"],
  category: "aggregate",
  doc: "The geometric average of positive values.",
  examples: [["(SELECT round(geomean(x), 9) FROM (VALUES (2), (8)) t(x))", "4.0"]],
  resolve: ofDouble,
  lower: () => ({
    fields: [field("i64"), field("f64")],
    step: (ctx, state, [arg]) => {
      const { b } = ctx;
      const x = toRep(b, arg as Operand, "f64");
      b.if(isValid(x), () => {
        ctx.fail("type", "the geometric average is of positive numbers", num("f64.le", x.lo, f64(0)));
        state.set(0, num("i64.add", state.get(0), i64(1)));
        state.set(1, num("f64.add", state.get(1), hostNumber("ln", "f64", x.lo)));
      });
    },
    merge: (_ctx, state, other) => {
      state.set(0, num("i64.add", state.get(0), other.get(0)));
      state.set(1, num("f64.add", state.get(1), other.get(1)));
    },
    finish: ({ b }, state) => {
      const count = b.let(state.get(0));
      const average = num("f64.div", state.get(1), num("f64.convert_i64_s", count));
      return operand("f64", b.let(hostNumber("exp", "f64", average)), { valid: b.let(num("i64.ne", count, i64(0))) });
    },
    stateValue: structValue([countPart("count", 0), doublePart("logarithms", 1)], hasRows),
  }),
});

const weightedAvg: AggregateFunction = aggregate({
  name: "weighted_avg",
  aliases: ["wavg"],
  category: "aggregate",
  doc: "The average of the values, each counting as much as its weight.",
  examples: [["(SELECT weighted_avg(x, w) FROM (VALUES (1, 1), (4, 3)) t(x, w))", "3.25"]],
  resolve: (types) =>
    types.length === 2 && types.every(numeric) ? { args: [DOUBLE, DOUBLE], returns: DOUBLE } : undefined,
  lower: () => ({
    fields: [field("f64"), field("f64")],
    step: ({ b }, state, args) => {
      const [x, weight] = args.map((arg) => toRep(b, arg, "f64")) as [Operand, Operand];
      b.if(and(isValid(x), isValid(weight)), () => {
        state.set(0, num("f64.add", state.get(0), num("f64.mul", x.lo, weight.lo)));
        state.set(1, num("f64.add", state.get(1), weight.lo));
      });
    },
    merge: (_ctx, state, other) => {
      state.set(0, num("f64.add", state.get(0), other.get(0)));
      state.set(1, num("f64.add", state.get(1), other.get(1)));
    },
    finish: ({ b }, state) => {
      const weight = b.let(state.get(1));
      const value = b.let(num("f64.div", state.get(0), weight));
      return operand("f64", value, { valid: b.let(num("f64.ne", weight, f64(0))) });
    },
    // Sums of 0 are those of no rows.
    stateValue: structValue([doublePart("sum", 0), doublePart("weight", 1)], (_ctx, state) =>
      or(num("f64.ne", state.get(0), f64(0)), num("f64.ne", state.get(1), f64(0))),
    ),
  }),
});

export const AVERAGE_AGGREGATES: readonly AggregateFunction[] = [
  product,
  ofDoubles(
    "fsum",
    ["sumkahan", "kahan_sum"],
    "The sum of DOUBLEs, compensated for rounding.",
    ["(SELECT fsum(x) FROM (VALUES (0.1), (0.2), (0.3)) t(x))", "0.6"],
    sum,
  ),
  ofDoubles(
    "favg",
    [],
    "The average of DOUBLEs, compensated for rounding.",
    ["(SELECT favg(x) FROM (VALUES (1), (2)) t(x))", "1.5"],
    avg,
  ),
  geomean,
  weightedAvg,
];
