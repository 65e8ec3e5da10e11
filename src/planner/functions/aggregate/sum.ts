import { f64, i32, i64, not, num, or, select } from "../../ir/builder.ts";
import { power10 } from "../../ir/lower/decimal.ts";
import { divide, outside } from "../../ir/lower/integer.ts";
import { integerToDouble, rangeOf, toRep, typeRange, within } from "../../ir/lower/rep.ts";
import type { Ir } from "../../ir/ir.ts";
import { type Operand, operand, type Range } from "../../ir/operand.ts";
import { decimal, DOUBLE, HUGEINT, isInteger, type SqlType, TIMESTAMP, typeName } from "../../types/types.ts";
import { MAX_PRECISION } from "../coercion.ts";
import type { AggregateFunction, AggregateLowering, AggregateState, ArgumentInfo, LowerContext } from "../function.ts";
import { targetOf } from "../define.ts";
import { collected } from "./collected.ts";
import { aggregate, field, isValid } from "./define.ts";
import { type ExactSum, exactSum } from "./exact-sum.ts";
import { addFloat, floatSum, floatSumFields, mergeFloat } from "./float-sum.ts";
import { countPart, doublePart, markedValue, plainValue, type StatePart, structValue } from "./state-value.ts";

/** The sum and the error that it has to be corrected by. */
const floatSumParts: readonly StatePart[] = [doublePart("sum", 0), doublePart("error", 1)];

const isFloat = (type: SqlType): boolean => type.kind === "Real" || type.kind === "Double";
const scaleOf = (type: SqlType | undefined): number => (type?.kind === "Decimal" ? type.scale : 0);

/** DOUBLE, or 0 where the value is NULL. */
function floatOrZero(ctx: LowerContext, value: Operand): Ir {
  const wide = toRep(ctx.b, value, "f64").lo;
  return value.valid === undefined ? wide : ctx.b.let(select(value.valid, wide, f64(0)));
}

/** Exact for integers and decimals, compensated for DOUBLE. */
export const sum: AggregateFunction = aggregate({
  name: "sum",
  category: "aggregate",
  doc: "The sum of the values that are not NULL. Of integers a HUGEINT, of DECIMAL(p,s) a DECIMAL(38,s), else a DOUBLE.",
  examples: [["(SELECT sum(x) FROM (VALUES (1), (NULL), (4)) t(x))", "5"]],
  resolve: (types) => {
    const [type] = types;
    if (type === undefined || types.length !== 1) return undefined;
    if (type.kind === "Null") return { args: [{ kind: "Integer" }], returns: HUGEINT };
    // HUGEINT does not hold their upper half.
    if (type.kind === "UHugeInt") return { args: [DOUBLE], returns: DOUBLE };
    if (isInteger(type) || type.kind === "Boolean") return { args: [type], returns: HUGEINT };
    if (type.kind === "Decimal") return { args: [type], returns: { ...type, precision: MAX_PRECISION } };
    if (type.kind === "Bignum") return { args: [type], returns: type };
    return isFloat(type) ? { args: [DOUBLE], returns: DOUBLE } : undefined;
  },
  lower: ([arg], signature, maxRows) => {
    const { returns } = signature;
    if (returns.kind === "Bignum") return collected("sum_bignum", signature);
    return isFloat(returns) ? sumFloats(arg as ArgumentInfo) : sumExact(arg as ArgumentInfo, returns, maxRows);
  },
});

/** The exact sum as a value of a type whose bounds it must keep. */
function sumPart(total: ExactSum, type: SqlType): StatePart {
  return {
    name: "sum",
    type,
    get: (ctx, state) => checkedSum(ctx, total.get(ctx, state), type),
    set: total.put,
  };
}

/** 128 bits hold more than the 38 digits of a DECIMAL. */
function checkedSum(ctx: LowerContext, value: Operand, type: SqlType): Operand {
  const limit = typeRange(type) as Range;
  if (within(rangeOf(value), limit)) return value;
  ctx.fail("overflow", `overflow in sum of ${typeName(type)}`, outside(ctx, value, limit));
  return { ...value, range: limit };
}

function sumExact(arg: ArgumentInfo, returns: SqlType, maxRows: bigint | undefined): AggregateLowering {
  const total = exactSum(arg, maxRows);
  const seen = total.fields.length;
  return {
    fields: arg.nullable ? [...total.fields, field("i32")] : total.fields,
    step: (ctx, state, [value]) => {
      total.add(ctx, state, value as Operand);
      if (arg.nullable) state.set(seen, or(state.get(seen), isValid(value as Operand)));
    },
    merge: (ctx, state, other) => {
      total.merge(ctx, state, other);
      if (arg.nullable) state.set(seen, or(state.get(seen), other.get(seen)));
    },
    finish: (ctx, state) => ({
      ...total.get(ctx, state),
      valid: arg.nullable ? ctx.b.let(state.get(seen)) : undefined,
    }),
    ...(arg.nullable
      ? {
          stateValue: plainValue(
            sumPart(total, returns),
            (_ctx, state) => state.get(seen),
            (state) => state.set(seen, i32(1)),
          ),
        }
      : {}),
  };
}

function sumFloats(arg: ArgumentInfo): AggregateLowering {
  return {
    fields: arg.nullable ? [...floatSumFields, field("i32")] : floatSumFields,
    step: (ctx, state, [value]) => {
      addFloat(ctx, state, 0, floatOrZero(ctx, value as Operand));
      if (arg.nullable) state.set(2, or(state.get(2), isValid(value as Operand)));
    },
    merge: (ctx, state, other) => {
      mergeFloat(ctx, state, other, 0);
      if (arg.nullable) state.set(2, or(state.get(2), other.get(2)));
    },
    finish: (ctx, state) =>
      operand("f64", floatSum(ctx, state, 0), { valid: arg.nullable ? ctx.b.let(state.get(2)) : undefined }),
    ...(arg.nullable ? { stateValue: markedValue(floatSumParts, 2) } : {}),
  };
}

/** The exact or compensated sum over the count. */
export const avg: AggregateFunction = aggregate({
  name: "avg",
  aliases: ["mean"],
  category: "aggregate",
  doc: "The mean of the values that are not NULL, as DOUBLE; of dates and timestamps a timestamp, of times and intervals one of them.",
  examples: [
    ["(SELECT avg(x) FROM (VALUES (1), (NULL), (4)) t(x))", "2.5"],
    ["(SELECT avg(x) FROM (VALUES (DATE '2020-01-01'), (DATE '2020-01-04')) t(x))", "2020-01-02 12:00:00"],
  ],
  resolve: (types) => {
    const [type] = types;
    if (type === undefined || types.length !== 1) return undefined;
    if (type.kind === "UHugeInt") return { args: [DOUBLE], returns: DOUBLE };
    if (isInteger(type) || type.kind === "Decimal") return { args: [type], returns: DOUBLE };
    if (isFloat(type) || type.kind === "Null" || type.kind === "Bignum") return { args: [DOUBLE], returns: DOUBLE };
    if (type.kind === "Date" || type.kind === "Timestamp") return { args: [TIMESTAMP], returns: TIMESTAMP };
    const keeps = type.kind === "TimestampTz" || type.kind === "Time" || type.kind === "Interval";
    return keeps ? { args: [type], returns: type } : undefined;
  },
  lower: ([arg], signature, maxRows) => {
    const { args, returns } = signature;
    if (returns.kind === "Interval") return collected("avg_interval", signature);
    if (!isFloat(returns)) return averageMoments(arg as ArgumentInfo, returns, maxRows);
    return isFloat(args[0] as SqlType) ? averageFloats() : averageExact(arg as ArgumentInfo, scaleOf(args[0]), maxRows);
  },
});

/** Whole units, towards zero. */
function averageMoments(arg: ArgumentInfo, returns: SqlType, maxRows: bigint | undefined): AggregateLowering {
  const exact = averageExact(arg, 0, maxRows);
  const total = exactSum(arg, maxRows);
  return {
    ...exact,
    finish: (ctx, state) => {
      const rows = operand("i64", ctx.b.let(state.get(total.fields.length)), {
        range: { min: 0n, max: 2n ** 63n - 1n },
      });
      const mean = divide(ctx, "div", total.get(ctx, state), rows, targetOf(returns, "avg"));
      return { ...toRep(ctx.b, { ...mean, range: typeRange(returns) }, "i64"), valid: mean.valid };
    },
  };
}

const hasRows =
  (count: number) =>
  (_ctx: LowerContext, state: AggregateState): Ir =>
    num("i64.ne", state.get(count), i64(0));

const addCount = (count: Ir, value: Operand): Ir => num("i64.add", count, num("i64.extend_i32_u", isValid(value)));

function quotient(ctx: LowerContext, total: Ir, count: Ir, unit: number): Operand {
  const { b } = ctx;
  const rows = b.let(count);
  const divisor = num("f64.mul", num("f64.convert_i64_s", rows), f64(unit));
  return operand("f64", b.let(num("f64.div", total, divisor)), { valid: b.let(not(num("i64.eqz", rows))) });
}

function averageExact(arg: ArgumentInfo, scale: number, maxRows: bigint | undefined): AggregateLowering {
  const total = exactSum(arg, maxRows);
  const count = total.fields.length;
  return {
    fields: [...total.fields, field("i64")],
    step: (ctx, state, [value]) => {
      total.add(ctx, state, value as Operand);
      state.set(count, addCount(state.get(count), value as Operand));
    },
    merge: (ctx, state, other) => {
      total.merge(ctx, state, other);
      state.set(count, num("i64.add", state.get(count), other.get(count)));
    },
    finish: (ctx, state) => {
      const value = integerToDouble(ctx.b, total.get(ctx, state));
      return quotient(ctx, value, state.get(count), Number(power10(scale)));
    },
    stateValue: structValue(
      [sumPart(total, scale === 0 ? HUGEINT : decimal(MAX_PRECISION, scale)), countPart("count", count)],
      hasRows(count),
    ),
  };
}

function averageFloats(): AggregateLowering {
  return {
    fields: [...floatSumFields, field("i64")],
    step: (ctx, state, [value]) => {
      addFloat(ctx, state, 0, floatOrZero(ctx, value as Operand));
      state.set(2, addCount(state.get(2), value as Operand));
    },
    merge: (ctx, state, other) => {
      mergeFloat(ctx, state, other, 0);
      state.set(2, num("i64.add", state.get(2), other.get(2)));
    },
    finish: (ctx, state) => quotient(ctx, floatSum(ctx, state, 0), state.get(2), 1),
    stateValue: structValue([...floatSumParts, countPart("count", 2)], hasRows(2)),
  };
}
