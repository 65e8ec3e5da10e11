/** Variances and standard deviations by Welford's method, merged as Chan, Golub and LeVeque (1979) do. */
import { and, f64, get, i32, i64, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { toRep } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { isNumeric, DOUBLE } from "../../types/types.ts";
import type { AggregateFunction, AggregateLowering } from "../function.ts";
import { aggregate, field, isValid, mergeByCount } from "./define.ts";
import { countPart, doublePart, structValue } from "./state-value.ts";

/** State: count, mean, sum of squared distances from the mean. */
function squares(sample: boolean, root: boolean, ofMean: boolean = false): AggregateLowering {
  return {
    fields: [field("i64"), field("f64"), field("f64")],
    step: ({ b }, state, [arg]) => {
      const value = toRep(b, arg as Operand, "f64");
      b.if(isValid(value), () => {
        const count = b.let(num("i64.add", state.get(0), i64(1)));
        const mean = b.let(state.get(1));
        const off = b.let(num("f64.sub", value.lo, mean));
        const moved = b.let(num("f64.add", mean, num("f64.div", off, num("f64.convert_i64_s", count))));
        state.set(2, num("f64.add", state.get(2), num("f64.mul", off, num("f64.sub", value.lo, moved))));
        state.set(0, count);
        state.set(1, moved);
      });
    },
    merge: (ctx, state, other) => {
      const { b } = ctx;
      mergeByCount(ctx, state, other, 3, (n, m) => {
        const total = b.let(num("i64.add", n, m));
        const [x, y, all] = [n, m, total].map((v) => b.let(num("f64.convert_i64_s", v))) as [Ir, Ir, Ir];
        const [mean, otherMean] = [b.let(state.get(1)), b.let(other.get(1))];
        const apart = b.let(num("f64.sub", otherMean, mean));
        const between = num("f64.div", num("f64.mul", num("f64.mul", apart, apart), num("f64.mul", x, y)), all);
        state.set(2, num("f64.add", num("f64.add", state.get(2), other.get(2)), between));
        const weighted = num("f64.add", num("f64.mul", mean, x), num("f64.mul", otherMean, y));
        state.set(1, num("f64.div", weighted, all));
        state.set(0, total);
      });
    },
    finish: (ctx, state) => {
      const { b } = ctx;
      const count = b.let(state.get(0));
      const least = sample ? 2 : 1;
      const valid = b.let(num("i64.ge_s", count, i64(least)));
      const rows = num("f64.convert_i64_s", sample ? num("i64.sub", count, i64(1)) : count);
      const one = num("i64.eq", count, i64(1));
      const variance = b.bind(select(sample ? i32(0) : one, f64(0), num("f64.div", state.get(2), rows)));
      const spread = ofMean ? num("f64.div", get(variance), num("f64.convert_i64_s", count)) : get(variance);
      const result = root ? num("f64.sqrt", spread) : spread;
      const bounded = num("f64.lt", num("f64.abs", result), f64(Number.POSITIVE_INFINITY));
      ctx.fail("overflow", "variance out of range", and(valid, num("i32.eqz", bounded)));
      return operand("f64", b.let(result), { valid });
    },
    stateValue: structValue([countPart("count", 0), doublePart("mean", 1), doublePart("dsquared", 2)], (_ctx, state) =>
      num("i64.ne", state.get(0), i64(0)),
    ),
  };
}

const define = (
  name: string,
  aliases: readonly string[],
  sample: boolean,
  root: boolean,
  doc: string,
  example: string,
  ofMean: boolean = false,
): AggregateFunction =>
  aggregate({
    name,
    aliases,
    category: "aggregate",
    doc,
    examples: [[`(SELECT ${name}(x) FROM (VALUES (1), (3), (5)) t(x))`, example]],
    resolve: (types) => {
      const [type] = types;
      const fits = type !== undefined && types.length === 1 && (isNumeric(type) || type.kind === "Null");
      return fits ? { args: [DOUBLE], returns: DOUBLE } : undefined;
    },
    lower: () => squares(sample, root, ofMean),
  });

export const VARIANCE_AGGREGATES: readonly AggregateFunction[] = [
  define("var_samp", ["variance"], true, false, "The sample variance; NULL below two values.", "4.0"),
  define("var_pop", [], false, false, "The population variance.", "2.6666666666666665"),
  define("stddev_samp", ["stddev"], true, true, "The sample standard deviation; NULL below two values.", "2.0"),
  define("stddev_pop", [], false, true, "The population standard deviation.", "1.632993161855452"),
  define("sem", [], false, true, "The standard error of the mean.", "0.9428090415820634", true),
];
