/** CAST and TRY_CAST between all scalar types. */
import type { LowerContext } from "../../functions/function.ts";
import { callNested } from "../../functions/nested/host-function.ts";
import { dateToTimestamp, MICROS_PER_DAY, timestampToDate } from "../../functions/date/arithmetic.ts";
import { finiteFlag, whereFinite } from "../../functions/date/infinity.ts";
import { clockOf, timeTz } from "../../functions/date/time-tz.ts";
import { isInstant, localOf, toInstant, zoneOffset } from "../../functions/date/zone.ts";
import { isInteger, type SqlType, sameType, type TimestampUnit, typeName, withoutState } from "../../types/types.ts";
import { unionMember } from "../../types/coerce.ts";
import { isNested } from "../../types/nested.ts";
import { unsupported } from "../../../error.ts";
import { and, f32, f64, get, i32, i64, not, num, select } from "../builder.ts";
import { naming } from "./context.ts";
import type { Ir } from "../ir.ts";
import { type Operand, operand } from "../operand.ts";
import { floorDiv64 } from "./civil.ts";
import { checkRange, decimalToDouble, doubleToDecimal, doubleToInteger, rescale } from "./decimal.ts";
import { hostCell, operandArgs, stringArgs } from "./host-call.ts";
import { exact, type Target } from "./integer.ts";
import { castNested, toUnion } from "./nested-cast.ts";
import { asI64, integerToDouble, isIntegerRep, repOf, toRep, typeRange } from "./rep.ts";

/** What `site` tells a parsing host function: give NULL instead of an error. */
const NO_ERROR = i32(-1);

/**
 * The value in another type. The operand is not NULL where this code runs (its `valid` is ignored). The result is NULL only
 * under TRY_CAST, where the value does not fit.
 */
export function lowerCast(ctx: LowerContext, value: Operand, from: SqlType, to: SqlType, isTry: boolean): Operand {
  if (sameType(from, to)) return value;
  if (from.state !== undefined) return lowerCast(ctx, value, withoutState(from), to, isTry);
  if (from.kind === "Null") return { ...nullOperand(to), valid: i32(0) };
  if (to.kind === "UHugeInt" && isFloat(from)) {
    const op = isTry ? "try_double_to_uhugeint" : "double_to_uhugeint";
    return callNested(ctx, op, [value], { args: [from], returns: to }, "overflow");
  }
  if (to.kind === "Union" && unionMember(from, to) !== undefined)
    return toUnion(ctx, value, from, to, (inner, item, of, as) => lowerCast(inner, item, of, as, isTry));
  if (to.kind === "Json" && from.kind !== "Varchar")
    return callNested(ctx, "to_json", [value], { args: [from], returns: to });
  if (from.kind === "Json" && to.kind !== "Varchar") {
    return callNested(ctx, isTry ? "try_from_json" : "from_json", [value], { args: [from], returns: to });
  }
  if (to.kind !== "Varchar" && from.kind !== "Varchar" && (from.kind === "Bignum" || to.kind === "Bignum")) {
    const op = from.kind === "Bignum" ? "from_bignum" : "to_bignum";
    return callNested(ctx, isTry ? `try_${op}` : op, [value], { args: [from], returns: to }, "overflow");
  }
  if (to.kind !== "Varchar" && from.kind !== "Varchar" && (from.kind === "Bit" || to.kind === "Bit")) {
    const op = from.kind === "Bit" ? "from_bits" : "to_bits";
    return callNested(ctx, isTry ? `try_${op}` : op, [value], { args: [from], returns: to });
  }
  if (isNested(from) && isNested(to)) {
    return castNested(ctx, value, from, to, isTry, (inner, item, of, as) => lowerCast(inner, item, of, as, isTry));
  }
  if (!isTry) return convert(ctx, value, from, to, (code, message) => ctx.site(code, message));
  const fits = ctx.b.bind(i32(1));
  const trying: LowerContext = {
    ...ctx,
    fail: (_code, _message, when) => ctx.b.set(fits, and(get(fits), not(when))),
  };
  const result = convert(trying, value, from, to, () => NO_ERROR);
  return { ...result, valid: result.valid === undefined ? get(fits) : ctx.b.let(and(result.valid, get(fits))) };
}

/** A NULL of the type. */
export function nullOperand(type: SqlType): Operand {
  const rep = repOf(type);
  const valid = i32(0);
  switch (rep) {
    case "i32":
      return operand(rep, i32(0), { valid });
    case "f32":
      return operand(rep, f32(0), { valid });
    case "f64":
      return operand(rep, f64(0), { valid });
    case "i64":
    case "str":
      return operand(rep, i64(0), { valid, stable: true });
    case "i128":
    case "interval":
      return operand(rep, i64(0), { hi: i64(0), valid });
  }
}

type Site = LowerContext["site"];

const isExact = (type: SqlType): boolean => isInteger(type) || type.kind === "Decimal";
const isFloat = (type: SqlType): boolean => type.kind === "Real" || type.kind === "Double";
const scaleOf = (type: SqlType): number => (type.kind === "Decimal" ? type.scale : 0);

function convert(ctx: LowerContext, value: Operand, from: SqlType, to: SqlType, site: Site): Operand {
  if (to.kind === "Varchar") return toText(ctx, value, from);
  if (from.kind === "Varchar") return fromText(ctx, value, to, site);
  // Both are all of 128 bits.
  if ((from.kind === "Uuid" && to.kind === "UHugeInt") || (from.kind === "UHugeInt" && to.kind === "Uuid")) {
    return { ...toRep(ctx.b, value, "i128"), range: typeRange(to) };
  }
  if (to.kind === "Boolean") return toBoolean(ctx, value, from, to);
  if (isExact(to)) return toExact(ctx, value, from, to);
  if (isFloat(to)) return toFloat(ctx, value, from, to);
  return toTemporal(ctx, value, from, to);
}

const noSuchCast = (from: SqlType, to: SqlType): Error =>
  unsupported(`a cast from ${typeName(from)} to ${typeName(to)}`);

/** Host functions are specialised by the type, which is part of their name. */
const typeArgument = ({ timeZone }: LowerContext, type: SqlType): string => JSON.stringify([timeZone, type]);

function toText(ctx: LowerContext, value: Operand, from: SqlType): Operand {
  if (from.kind === "Json" || from.kind === "Bit") return value;
  if (from.kind === "Boolean") {
    const [yes, no] = [ctx.constantString("true"), ctx.constantString("false")];
    return operand("str", ctx.b.let(select(value.lo, yes, no)), { stable: true });
  }
  const natural = isIntegerRep(value.rep) ? toRep(ctx.b, value, repOf(from)) : value;
  return hostCell(ctx, `format ${typeArgument(ctx, from)}`, "str", operandArgs(natural));
}

function fromText(ctx: LowerContext, value: Operand, to: SqlType, site: Site): Operand {
  const rep = repOf(to);
  const at = site("type", `could not convert a string to ${typeName(to)}`);
  const isTry = at === NO_ERROR;
  const parsed = hostCell(ctx, `parse ${typeArgument(ctx, to)}`, rep, [at, ...stringArgs(value.lo)], isTry);
  return { ...parsed, range: typeRange(to) };
}

function toBoolean(ctx: LowerContext, value: Operand, from: SqlType, to: SqlType): Operand {
  const range = { min: 0n, max: 1n };
  const truth = (ir: Ir): Operand => operand("i32", ctx.b.let(not(ir)), { range });
  if (isFloat(from)) {
    const zero = from.kind === "Real" ? f32(0) : f64(0);
    return truth(num(`${value.rep}.eq`, value.lo, zero));
  }
  if (!isExact(from)) throw noSuchCast(from, to);
  if (value.rep === "i32") return truth(not(value.lo));
  const bits = value.rep === "i128" ? num("i64.or", value.lo, value.hi as Ir) : value.lo;
  return truth(num("i64.eqz", bits));
}

function toExact(unnamed: LowerContext, value: Operand, from: SqlType, to: SqlType): Operand {
  const ctx = naming(unnamed, value, from);
  const limit = typeRange(to);
  if (limit === undefined) throw noSuchCast(from, to);
  const rep = repOf(to);
  const message = `value out of range for ${typeName(to)}`;
  const narrowed = (result: Operand): Operand =>
    rep === "i32" || (rep === "i64" && result.rep === "i128") ? toRep(ctx.b, result, rep) : result;
  if (isExact(from) || from.kind === "Boolean") {
    if (from.kind === "UHugeInt" && value.rep === "i128" && to.kind !== "UHugeInt") {
      ctx.fail("overflow", message, num("i64.lt_s", value.hi as Ir, i64(0)));
      return toExact(ctx, { ...value, range: { min: 0n, max: 2n ** 127n - 1n } }, { kind: "HugeInt" }, to);
    }
    const scaled = rescale(ctx, value, scaleOf(from), scaleOf(to), { range: limit, rep: "i64", message });
    return narrowed(checkRange(ctx, scaled, limit, message));
  }
  if (isFloat(from) && to.kind !== "UHugeInt") {
    const double = toRep(ctx.b, value, "f64").lo;
    const { value: rounded, inside } =
      to.kind === "Decimal" ? doubleToDecimal(ctx, double, to.scale, limit) : doubleToInteger(ctx, double, limit);
    ctx.fail("overflow", message, not(inside));
    return narrowed(rounded);
  }
  throw noSuchCast(from, to);
}

function toFloat(unnamed: LowerContext, value: Operand, from: SqlType, to: SqlType): Operand {
  const ctx = naming(unnamed, value, from);
  const { b } = ctx;
  if (from.kind === "UHugeInt" && value.rep === "i128") {
    const signed = integerToDouble(b, value);
    const isUpperHalf = num("i64.lt_s", value.hi as Ir, i64(0));
    const double = b.let(select(isUpperHalf, num("f64.add", signed, f64(2 ** 128)), signed));
    return to.kind === "Double" ? operand("f64", double) : operand("f32", b.let(num("f32.demote_f64", double)));
  }
  if (to.kind === "Double") {
    if (from.kind === "Real") return toRep(b, value, "f64");
    if (isExact(from) || from.kind === "Boolean") return operand("f64", decimalToDouble(ctx, value, scaleOf(from)));
    throw noSuchCast(from, to);
  }
  if (isInteger(from) && value.rep !== "i128") {
    return operand("f32", b.let(num(`f32.convert_${value.rep}_s`, value.lo)));
  }
  if (!isExact(from) && from.kind !== "Boolean" && from.kind !== "Double") throw noSuchCast(from, to);
  const double = from.kind === "Double" ? value.lo : decimalToDouble(ctx, value, scaleOf(from));
  const single = b.let(num("f32.demote_f64", double));
  if (from.kind === "Double") {
    const infinity = Number.POSITIVE_INFINITY;
    const becameInfinite = num("f32.eq", num("f32.abs", single), f32(infinity));
    ctx.fail(
      "overflow",
      "value out of range for FLOAT",
      and(becameInfinite, num("f64.lt", num("f64.abs", double), f64(infinity))),
    );
  }
  return operand("f32", single);
}

const UNIT_DIGITS: { readonly [U in TimestampUnit]: number } = { s: 0, ms: 3, us: 6, ns: 9 };

/** From one timestamp unit to another: seconds and milliseconds are rounded half away from zero, finer units cut. Infinity stays. */
function changeUnit(
  ctx: LowerContext,
  value: Operand,
  from: TimestampUnit,
  to: TimestampUnit,
  target: Target,
): Operand {
  const digits = UNIT_DIGITS[to] - UNIT_DIGITS[from];
  if (digits === 0) return value;
  const factor = 10n ** BigInt(Math.abs(digits));
  return whereFinite(ctx, value, (finite) => {
    if (digits > 0) {
      return exact(ctx, "mul", finite, operand("i64", i64(factor), { range: { min: factor, max: factor } }), target);
    }
    const micros = ctx.b.let(asI64(ctx.b, finite));
    const half = to === "s" || to === "ms" ? factor / 2n : 0n;
    const away = select(num("i64.lt_s", micros, i64(0)), i64(-half), i64(half));
    const rounded = half === 0n ? micros : num("i64.add", micros, away);
    return operand("i64", ctx.b.let(num("i64.div_s", rounded, i64(factor))));
  });
}

const unitOf = (type: SqlType): TimestampUnit | undefined =>
  type.kind === "Timestamp" ? type.unit : type.kind === "TimestampTz" ? "us" : undefined;

const NANOS_PER_MICRO = 1000n;

/** What is left of whole days, which have so many units. */
function inDay({ b }: LowerContext, value: Operand, day: bigint): Operand {
  const units = asI64(b, value);
  const midnight = num("i64.mul", floorDiv64(units, day), i64(day));
  return operand("i64", b.let(num("i64.sub", units, midnight)), { range: { min: 0n, max: day - 1n } });
}

function toNanos({ b }: LowerContext, micros: Operand): Operand {
  return operand("i64", b.let(num("i64.mul", asI64(b, micros), i64(NANOS_PER_MICRO))));
}

function toTemporal(ctx: LowerContext, value: Operand, from: SqlType, to: SqlType): Operand {
  const { b } = ctx;
  const target: Target = {
    range: typeRange({ kind: "TimestampTz" }) as Target["range"],
    rep: "i64",
    message: "timestamp out of range",
  };
  const fromUnit = unitOf(from);
  const toUnit = unitOf(to);
  if (from.kind === "Date" && toUnit !== undefined) {
    const midnight = changeUnit(ctx, dateToTimestamp(ctx, value), "us", toUnit, target);
    return isInstant(to) ? toInstant(ctx, midnight) : midnight;
  }
  if (fromUnit !== undefined && toUnit !== undefined) {
    const changed = changeUnit(ctx, localOf(ctx, value, from), fromUnit, toUnit, target);
    return isInstant(to) ? toInstant(ctx, changed) : changed;
  }
  if (fromUnit !== undefined && to.kind === "Date")
    return timestampToDate(ctx, changeUnit(ctx, localOf(ctx, value, from), fromUnit, "us", target));
  if (fromUnit !== undefined) {
    const finite = finiteFlag(ctx, value);
    if (finite !== undefined) ctx.fail("type", `an infinite ${typeName(from)} has no time of day`, not(finite));
    const local = localOf(ctx, value, from);
    if (to.kind === "TimeNs" && fromUnit === "ns") return inDay(ctx, local, MICROS_PER_DAY * NANOS_PER_MICRO);
    const clock = inDay(ctx, changeUnit(ctx, local, fromUnit, "us", target), MICROS_PER_DAY);
    if (to.kind === "Time") return clock;
    if (to.kind === "TimeNs") return toNanos(ctx, clock);
    if (to.kind === "TimeTz")
      return timeTz(ctx, clock, isInstant(from) ? zoneOffset(ctx, value) : operand("i64", i64(0)));
  }
  if (from.kind === "Time" && to.kind === "TimeTz") return timeTz(ctx, value, operand("i64", i64(0)));
  if (from.kind === "Time" && to.kind === "TimeNs") return toNanos(ctx, value);
  if (from.kind === "TimeTz" && to.kind === "Time") return clockOf(ctx, value);
  if (from.kind === "TimeNs" && to.kind === "Time") {
    const rounded = num("i64.add", asI64(b, value), i64(NANOS_PER_MICRO / 2n));
    return operand("i64", b.let(num("i64.div_s", rounded, i64(NANOS_PER_MICRO))), { range: typeRange(to) });
  }
  if (from.kind === "Time" && to.kind === "Interval") return operand("interval", i64(0), { hi: asI64(b, value) });
  if (from.kind === "Interval" && to.kind === "Time") return inDay(ctx, operand("i64", value.hi as Ir), MICROS_PER_DAY);
  throw noSuchCast(from, to);
}
