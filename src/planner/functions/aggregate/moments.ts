/**
 * Central moments of one and two variables, updated row by row and merged as Pébay (Sandia SAND2008-6212) gives: covariance,
 * correlation, the regression family, skewness, kurtosis. Rows where an argument is NULL do not count.
 */
import { and, f64, i64, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { operand } from "../../ir/operand.ts";
import { DOUBLE, isNumeric, type SqlType, UINTEGER } from "../../types/types.ts";
import type { AggregateFunction, AggregateLowering, AggregateState, LowerContext, StateValue } from "../function.ts";
import { aggregate, field, isValid, mergeByCount } from "./define.ts";
import { countPart, doublePart, type StatePart, structPart, structValue } from "./state-value.ts";
import { toRep } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";

const add = (x: Ir, y: Ir): Ir => num("f64.add", x, y);
const sub = (x: Ir, y: Ir): Ir => num("f64.sub", x, y);
const mul = (x: Ir, y: Ir): Ir => num("f64.mul", x, y);
const div = (x: Ir, y: Ir): Ir => num("f64.div", x, y);
const double = (n: Ir): Ir => num("f64.convert_i64_s", n);
const isZero = (x: Ir): Ir => num("f64.eq", x, f64(0));
const NAN = f64(Number.NaN);

/** A DOUBLE and where it is not NULL. */
type Result = { readonly value: Ir; readonly valid: Ir };

/** Fields of the state of two variables: x is the second argument (independent), y the first. */
const N = 0;
const MEAN_X = 1;
const MEAN_Y = 2;
const SXX = 3;
const SYY = 4;
const SXY = 5;

/** The moments of a finished state. */
type Pair = {
  readonly n: Ir;
  readonly count: Ir;
  readonly meanX: Ir;
  readonly meanY: Ir;
  readonly sxx: Ir;
  readonly syy: Ir;
  readonly sxy: Ir;
};

function addPair({ b }: LowerContext, state: AggregateState, y: Ir, x: Ir): void {
  const count = b.let(num("i64.add", state.get(N), i64(1)));
  const n = b.let(double(count));
  const [dx, dy] = [b.let(sub(x, state.get(MEAN_X))), b.let(sub(y, state.get(MEAN_Y)))];
  const meanX = b.let(add(state.get(MEAN_X), div(dx, n)));
  const meanY = b.let(add(state.get(MEAN_Y), div(dy, n)));
  state.set(SXX, add(state.get(SXX), mul(dx, sub(x, meanX))));
  state.set(SYY, add(state.get(SYY), mul(dy, sub(y, meanY))));
  state.set(SXY, add(state.get(SXY), mul(dx, sub(y, meanY))));
  state.set(MEAN_X, meanX);
  state.set(MEAN_Y, meanY);
  state.set(N, count);
}

function mergePairs(ctx: LowerContext, state: AggregateState, other: AggregateState): void {
  const { b } = ctx;
  mergeByCount(ctx, state, other, 6, (ours, theirs) => {
    const total = b.let(num("i64.add", ours, theirs));
    const [p, q, all] = [ours, theirs, total].map((v) => b.let(double(v))) as [Ir, Ir, Ir];
    const dx = b.let(sub(other.get(MEAN_X), state.get(MEAN_X)));
    const dy = b.let(sub(other.get(MEAN_Y), state.get(MEAN_Y)));
    const weight = b.let(div(mul(p, q), all));
    const merged = (at: number, between: Ir): void =>
      state.set(at, add(add(state.get(at), other.get(at)), mul(between, weight)));
    merged(SXX, mul(dx, dx));
    merged(SYY, mul(dy, dy));
    merged(SXY, mul(dx, dy));
    state.set(MEAN_X, add(state.get(MEAN_X), div(mul(dx, q), all)));
    state.set(MEAN_Y, add(state.get(MEAN_Y), div(mul(dy, q), all)));
    state.set(N, total);
  });
}

const hasRows = (_ctx: LowerContext, state: AggregateState): Ir => num("i64.ne", state.get(0), i64(0));

/** Count and mean are there once in the state, twice in its value. */
const deviation = (name: string, mean: number, squares: number): StatePart =>
  structPart(name, [countPart("count", N), doublePart("mean", mean), doublePart("dsquared", squares)]);

const PAIR_VALUE: StateValue = structValue(
  [
    structPart("cov_pop", [
      countPart("count", N),
      doublePart("meanx", MEAN_X),
      doublePart("meany", MEAN_Y),
      doublePart("co_moment", SXY),
    ]),
    deviation("dev_pop_x", MEAN_X, SXX),
    deviation("dev_pop_y", MEAN_Y, SYY),
  ],
  hasRows,
);

const POWERS_VALUE: StateValue = structValue(
  [countPart("count", 0), ...["mean", "m2", "m3", "m4"].map((name, i) => doublePart(name, i + 1))],
  hasRows,
);

function ofPairs(finish: (ctx: LowerContext, pair: Pair) => Operand): AggregateLowering {
  return {
    fields: [field("i64"), field("f64"), field("f64"), field("f64"), field("f64"), field("f64")],
    step: (ctx, state, args) => {
      const [y, x] = args.map((arg) => toRep(ctx.b, arg, "f64")) as [Operand, Operand];
      ctx.b.if(and(isValid(y), isValid(x)), () => addPair(ctx, state, y.lo, x.lo));
    },
    merge: mergePairs,
    finish: (ctx, state) => {
      const { b } = ctx;
      const count = b.let(state.get(N));
      const at = (index: number): Ir => b.let(state.get(index));
      return finish(ctx, {
        count,
        n: b.let(double(count)),
        meanX: at(MEAN_X),
        meanY: at(MEAN_Y),
        sxx: at(SXX),
        syy: at(SYY),
        sxy: at(SXY),
      });
    },
    stateValue: PAIR_VALUE,
  };
}

const atLeast = (count: Ir, least: number): Ir => num("i64.ge_s", count, i64(least));

const numeric = (type: SqlType | undefined): boolean => type !== undefined && (isNumeric(type) || type.kind === "Null");

type PairSpec = {
  readonly name: string;
  readonly doc: string;
  readonly example: string;
  readonly result: (pair: Pair) => Result;
  /** Results beyond DOUBLE are an error. */
  readonly bounded?: boolean;
};

const pairAggregate = ({ name, doc, example, result, bounded = false }: PairSpec): AggregateFunction =>
  aggregate({
    name,
    category: "aggregate",
    doc,
    examples: [[`(SELECT ${name}(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x))`, example]],
    resolve: (types) =>
      types.length === 2 && types.every(numeric) ? { args: [DOUBLE, DOUBLE], returns: DOUBLE } : undefined,
    lower: () =>
      ofPairs((ctx, pair) => {
        const { value, valid } = result(pair);
        const [lo, isThere] = [ctx.b.let(value), ctx.b.let(valid)];
        if (bounded) failUnlessFinite(ctx, name, lo, isThere);
        return operand("f64", lo, { valid: isThere });
      }),
  });

function failUnlessFinite(ctx: LowerContext, name: string, value: Ir, valid: Ir): void {
  const finite = num("f64.lt", num("f64.abs", value), f64(Number.POSITIVE_INFINITY));
  ctx.fail("overflow", `${name} out of range`, and(valid, num("i32.eqz", finite)));
}

const slope = ({ sxy, sxx }: Pair): Ir => div(sxy, sxx);

/** Skewness and kurtosis: count, mean, sums of the second, third and fourth powers of the distances from the mean. */
function addPower({ b }: LowerContext, state: AggregateState, x: Ir): void {
  const before = b.let(double(state.get(0)));
  const count = b.let(num("i64.add", state.get(0), i64(1)));
  const n = b.let(double(count));
  const delta = b.let(sub(x, state.get(1)));
  const part = b.let(div(delta, n));
  const square = b.let(mul(part, part));
  const term = b.let(mul(mul(delta, part), before));
  const [m2, m3] = [b.let(state.get(2)), b.let(state.get(3))];
  const shape = add(sub(mul(n, n), mul(f64(3), n)), f64(3));
  const fourth = sub(add(mul(mul(term, square), shape), mul(f64(6), mul(square, m2))), mul(f64(4), mul(part, m3)));
  state.set(4, add(state.get(4), fourth));
  state.set(3, add(m3, sub(mul(mul(term, part), sub(n, f64(2))), mul(f64(3), mul(part, m2)))));
  state.set(2, add(m2, term));
  state.set(1, add(state.get(1), part));
  state.set(0, count);
}

function mergePowers(ctx: LowerContext, state: AggregateState, other: AggregateState): void {
  const { b } = ctx;
  mergeByCount(ctx, state, other, 5, (ours, theirs) => {
    const total = b.let(num("i64.add", ours, theirs));
    const [p, q, n] = [ours, theirs, total].map((v) => b.let(double(v))) as [Ir, Ir, Ir];
    const delta = b.let(sub(other.get(1), state.get(1)));
    const d = b.let(div(delta, n));
    const [m2, o2] = [b.let(state.get(2)), b.let(other.get(2))];
    const [m3, o3] = [b.let(state.get(3)), b.let(other.get(3))];
    const cross = b.let(mul(mul(delta, d), mul(p, q)));
    const squares = b.let(mul(d, d));
    const fourth = mul(mul(cross, squares), add(sub(mul(p, p), mul(p, q)), mul(q, q)));
    const weighted = mul(mul(f64(6), squares), add(mul(mul(p, p), o2), mul(mul(q, q), m2)));
    const thirds = mul(mul(f64(4), d), sub(mul(p, o3), mul(q, m3)));
    state.set(4, add(add(add(state.get(4), other.get(4)), fourth), add(weighted, thirds)));
    const third = mul(mul(cross, d), sub(p, q));
    state.set(3, add(add(add(m3, o3), third), mul(mul(f64(3), d), sub(mul(p, o2), mul(q, m2)))));
    state.set(2, add(add(m2, o2), cross));
    state.set(1, add(state.get(1), mul(d, q)));
    state.set(0, total);
  });
}

type Powers = { readonly count: Ir; readonly n: Ir; readonly m2: Ir; readonly m3: Ir; readonly m4: Ir };

const powerAggregate = (
  name: string,
  doc: string,
  example: string,
  result: (powers: Powers) => Result,
): AggregateFunction =>
  aggregate({
    name,
    category: "aggregate",
    doc,
    examples: [[`(SELECT round(${name}(x), 6) FROM (VALUES (1), (2), (4), (9)) t(x))`, example]],
    resolve: (types) => (types.length === 1 && numeric(types[0]) ? { args: [DOUBLE], returns: DOUBLE } : undefined),
    lower: () => ({
      fields: [field("i64"), field("f64"), field("f64"), field("f64"), field("f64")],
      step: (ctx, state, [arg]) => {
        const x = toRep(ctx.b, arg as Operand, "f64");
        ctx.b.if(isValid(x), () => addPower(ctx, state, x.lo));
      },
      merge: mergePowers,
      finish: (ctx, state) => {
        const { b } = ctx;
        const count = b.let(state.get(0));
        const [m2, m3, m4] = [2, 3, 4].map((at) => b.let(state.get(at))) as [Ir, Ir, Ir];
        const { value, valid } = result({ count, n: b.let(double(count)), m2, m3, m4 });
        const [lo, isThere] = [b.let(value), b.let(valid)];
        const overflow = num("i32.eqz", num("f64.lt", num("f64.abs", m4), f64(Number.POSITIVE_INFINITY)));
        ctx.fail("overflow", `${name} out of range`, and(isThere, overflow));
        return operand("f64", lo, { valid: isThere });
      },
      stateValue: POWERS_VALUE,
    }),
  });

/** Of the averages of the fourth and second powers. */
const excess = ({ n, m2, m4 }: Powers): Ir => div(mul(n, m4), mul(m2, m2));

export const MOMENT_AGGREGATES: readonly AggregateFunction[] = [
  pairAggregate({
    name: "covar_pop",
    doc: "The population covariance.",
    example: "1.2222222222222223",
    bounded: true,
    result: ({ n, count, sxy }) => ({ value: div(sxy, n), valid: atLeast(count, 1) }),
  }),
  pairAggregate({
    name: "covar_samp",
    doc: "The sample covariance; NULL below two rows.",
    example: "1.8333333333333335",
    bounded: true,
    result: ({ n, count, sxy }) => ({ value: div(sxy, sub(n, f64(1))), valid: atLeast(count, 2) }),
  }),
  pairAggregate({
    name: "corr",
    doc: "The coefficient of correlation; NaN where an argument does not vary.",
    example: "0.7857142857142857",
    result: ({ count, sxx, syy, sxy }) => {
      const spread = num("f64.sqrt", mul(sxx, syy));
      return { value: select(isZero(spread), NAN, div(sxy, spread)), valid: atLeast(count, 1) };
    },
  }),
  pairAggregate({
    name: "regr_avgx",
    doc: "The average of the independent (second) variable over the rows where neither is NULL.",
    example: "3.6666666666666665",
    result: ({ count, meanX }) => ({ value: meanX, valid: atLeast(count, 1) }),
  }),
  pairAggregate({
    name: "regr_avgy",
    doc: "The average of the dependent (first) variable over the rows where neither is NULL.",
    example: "2.6666666666666665",
    result: ({ count, meanY }) => ({ value: meanY, valid: atLeast(count, 1) }),
  }),
  aggregate({
    name: "regr_count",
    category: "aggregate",
    doc: "The number of rows where neither argument is NULL.",
    examples: [["(SELECT regr_count(y, x) FROM (VALUES (1, 2), (NULL, 3)) t(y, x))", "1"]],
    emptyIsNull: false,
    resolve: (types) =>
      types.length === 2 && types.every(numeric) ? { args: [DOUBLE, DOUBLE], returns: UINTEGER } : undefined,
    lower: () => ofPairs((_ctx, { count }) => operand("i64", count, { range: { min: 0n, max: 2n ** 32n - 1n } })),
  }),
  pairAggregate({
    name: "regr_intercept",
    doc: "Where the line of least squares meets the axis.",
    example: "-0.2142857142857144",
    result: (pair) => ({
      value: sub(pair.meanY, mul(slope(pair), pair.meanX)),
      valid: and(atLeast(pair.count, 1), num("i32.eqz", isZero(pair.sxx))),
    }),
  }),
  pairAggregate({
    name: "regr_r2",
    doc: "The coefficient of determination.",
    example: "0.6173469387755102",
    result: ({ count, sxx, syy, sxy }) => ({
      value: select(isZero(syy), f64(1), mul(div(sxy, sxx), div(sxy, syy))),
      valid: and(atLeast(count, 1), num("i32.eqz", isZero(sxx))),
    }),
  }),
  pairAggregate({
    name: "regr_slope",
    doc: "The slope of the line of least squares.",
    example: "0.7857142857142857",
    result: (pair) => ({ value: select(isZero(pair.sxx), NAN, slope(pair)), valid: atLeast(pair.count, 1) }),
  }),
  pairAggregate({
    name: "regr_sxx",
    doc: "The sum of squared distances of the independent (second) variable from its average.",
    example: "4.666666666666667",
    result: ({ count, sxx }) => ({ value: sxx, valid: atLeast(count, 1) }),
  }),
  pairAggregate({
    name: "regr_sxy",
    doc: "The sum of products of the distances of both variables from their averages.",
    example: "3.666666666666667",
    result: ({ count, sxy }) => ({ value: sxy, valid: atLeast(count, 1) }),
  }),
  pairAggregate({
    name: "regr_syy",
    doc: "The sum of squared distances of the dependent (first) variable from its average.",
    example: "4.666666666666667",
    result: ({ count, syy }) => ({ value: syy, valid: atLeast(count, 1) }),
  }),
  powerAggregate(
    "skewness",
    "The sample skewness; NULL below three values, or where all are equal.",
    "1.330938",
    ({ count, n, m2, m3 }) => {
      const scale = div(num("f64.sqrt", mul(n, sub(n, f64(1)))), sub(n, f64(2)));
      const shape = div(mul(num("f64.sqrt", n), m3), mul(m2, num("f64.sqrt", m2)));
      return { value: mul(scale, shape), valid: and(atLeast(count, 3), num("i32.eqz", isZero(m2))) };
    },
  ),
  powerAggregate("kurtosis", "The sample excess kurtosis; NULL below four values.", "1.5", (powers) => {
    const { count, n, m2 } = powers;
    const below = mul(sub(n, f64(2)), sub(n, f64(3)));
    const shape = sub(mul(add(n, f64(1)), excess(powers)), mul(f64(3), sub(n, f64(1))));
    const valid = and(atLeast(count, 4), num("i32.eqz", isZero(m2)));
    return { value: div(mul(sub(n, f64(1)), shape), below), valid };
  }),
  powerAggregate("kurtosis_pop", "The excess kurtosis without correction for samples.", "-1.0", (powers) => ({
    value: sub(excess(powers), f64(3)),
    valid: and(atLeast(powers.count, 2), num("i32.eqz", isZero(powers.m2))),
  })),
];
