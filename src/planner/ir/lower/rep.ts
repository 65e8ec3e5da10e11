/** Representations: which one a type has, and changing from one to another. */
import { INTEGER_RANGE, isInteger, type SqlType } from "../../types/types.ts";
import { laneOf } from "../../types/lane.ts";
import { type FunctionBuilder, get, i32, i64, load, num, select } from "../builder.ts";
import type { Ir, Local, ValueType } from "../ir.ts";
import { type Operand, operand, type Range, type Rep } from "../operand.ts";

export const INT32: Range = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
export const INT64: Range = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
export const INT128: Range = { min: -(2n ** 127n), max: 2n ** 127n - 1n };

export const within = (inner: Range, outer: Range): boolean => inner.min >= outer.min && inner.max <= outer.max;

/** The representation of a type whose values have no proven bounds beyond the type's own. */
export function repOf(type: SqlType): Rep {
  switch (laneOf(type)) {
    case "bool":
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
      return "i32";
    case "u32":
      return type.kind === "Enum" ? "i32" : "i64";
    case "i64":
      return "i64";
    case "u64":
    case "i128":
      return "i128";
    case "f32":
      return "f32";
    case "f64":
      return "f64";
    case "str":
      return "str";
    case "interval":
      return "interval";
  }
}

/** The bounds that the type alone gives; undefined where values are no integers. */
export function typeRange(type: SqlType): Range | undefined {
  if (isInteger(type)) return INTEGER_RANGE[type.kind];
  switch (type.kind) {
    case "Boolean":
      return { min: 0n, max: 1n };
    case "Decimal": {
      const max = 10n ** BigInt(type.precision) - 1n;
      return { min: -max, max };
    }
    case "Date":
      return INT32;
    case "Enum":
      return { min: 0n, max: BigInt(Math.max(0, type.values.length - 1)) };
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Timestamp":
    case "TimestampTz":
      return INT64;
    default:
      return undefined;
  }
}

/** The proven bounds of an integer operand: its own, or what its representation can hold. */
export function rangeOf(value: Operand): Range {
  if (value.range !== undefined) return value.range;
  return value.rep === "i32" ? INT32 : value.rep === "i64" ? INT64 : INT128;
}

/** The narrowest of `i64` and `i128` that holds the range. */
export const wideRep = (range: Range): "i64" | "i128" => (within(range, INT64) ? "i64" : "i128");

export const isIntegerRep = (rep: Rep): rep is "i32" | "i64" | "i128" =>
  rep === "i32" || rep === "i64" || rep === "i128";

/** The IR value types that hold a representation: one, or two for i128 and interval. */
export function wordsOf(rep: Rep): readonly ValueType[] {
  switch (rep) {
    case "i32":
    case "f32":
    case "f64":
      return [rep];
    case "i64":
    case "str":
      return ["i64"];
    case "i128":
    case "interval":
      return ["i64", "i64"];
  }
}

/** An integer operand's value as an i32; the value must fit. */
export function asI32(b: FunctionBuilder, value: Operand): Ir {
  return value.rep === "i32" ? value.lo : b.let(num("i32.wrap_i64", value.lo));
}

/** An integer operand's value as an i64; the value must fit. */
export function asI64(b: FunctionBuilder, value: Operand): Ir {
  return value.rep === "i32" ? b.let(num("i64.extend_i32_s", value.lo)) : value.lo;
}

/** The high word of an integer operand's 128-bit value. */
export function highWord(b: FunctionBuilder, value: Operand): Ir {
  if (value.rep === "i128") return value.hi as Ir;
  const { min, max } = rangeOf(value);
  if (min >= 0n) return i64(0);
  if (max < 0n) return i64(-1);
  return b.let(num("i64.shr_s", asI64(b, value), i64(63)));
}

/** The same value in another representation; integers must fit, which the caller has proven or checked. */
export function toRep(b: FunctionBuilder, value: Operand, rep: Rep): Operand {
  if (value.rep === rep) return value;
  switch (rep) {
    case "i32":
      return { ...value, rep, lo: asI32(b, value), hi: undefined };
    case "i64":
      return { ...value, rep, lo: asI64(b, value), hi: undefined };
    case "i128":
      return { ...value, rep, lo: asI64(b, value), hi: highWord(b, value) };
    case "f64":
      if (value.rep === "f32") return { ...value, rep, lo: b.let(num("f64.promote_f32", value.lo)) };
      return { ...value, rep, lo: integerToDouble(b, value), hi: undefined, range: undefined };
    default:
      throw new TypeError(`no way from ${value.rep} to ${rep}`);
  }
}

/** An integer operand's value as the nearest DOUBLE. */
export function integerToDouble(b: FunctionBuilder, value: Operand): Ir {
  if (value.rep === "i32") return b.let(num("f64.convert_i32_s", value.lo));
  if (value.rep === "i64" || within(rangeOf(value), INT64)) return b.let(num("f64.convert_i64_s", value.lo));
  return wideToDouble(b, value.lo, value.hi as Ir);
}

/** The upper 64 bits of the magnitude, rounded once: the lowest of them stands for all that is below. */
function wideToDouble(b: FunctionBuilder, lo: Ir, hi: Ir): Ir {
  const result = b.bind(num("f64.convert_i64_s", lo));
  b.if(num("i64.ne", hi, num("i64.shr_s", lo, i64(63))), () => {
    const sign = b.let(num("i64.shr_s", hi, i64(63)));
    const low = b.let(num("i64.sub", num("i64.xor", lo, sign), sign));
    const carry = num("i64.and", num("i64.extend_i32_u", num("i64.eqz", low)), sign);
    const high = b.let(num("i64.add", num("i64.xor", hi, sign), carry));
    const zeros = b.let(num("i64.clz", high));
    const below = num("i64.shr_u", num("i64.shr_u", low, i64(1)), num("i64.sub", i64(63), zeros));
    const rest = num("i64.extend_i32_u", num("i64.ne", num("i64.shl", low, zeros), i64(0)));
    const top = num("i64.or", num("i64.or", num("i64.shl", high, zeros), below), rest);
    const power = num("f64.reinterpret_i64", num("i64.shl", num("i64.sub", i64(1023 + 64), zeros), i64(52)));
    const large = num("f64.mul", num("f64.convert_i64_u", top), power);
    const magnitude = b.let(select(num("i64.eqz", high), num("f64.convert_i64_u", low), large));
    b.set(result, select(num("i64.eqz", sign), magnitude, num("f64.neg", magnitude)));
  });
  return b.let(get(result));
}

/** A constant integer in the narrowest way that `type` allows. */
export function integerConstant(value: bigint, rep: Rep): Operand {
  const range = { min: value, max: value };
  if (rep === "i32") return operand("i32", i32(Number(value)), { range });
  if (within(range, INT64)) return operand("i64", i64(value), { range });
  return operand("i128", i64(value), { hi: i64(value >> 64n), range });
}

/** Fresh variables for a representation; unset they hold zero. */
export function variablesOf(b: FunctionBuilder, rep: Rep): readonly Local[] {
  return wordsOf(rep).map((type) => b.local(type));
}

/** The same, of zero from here on: before it they may share a place with others, see `localSlots`. */
export function zeroVariables(b: FunctionBuilder, rep: Rep): readonly Local[] {
  return wordsOf(rep).map((type) => b.bind(zero(type)));
}

export function zero(type: ValueType): Ir {
  return { op: "const", type, value: type === "i64" ? 0n : 0 };
}

export function setVariables(b: FunctionBuilder, variables: readonly Local[], value: Operand): void {
  b.set(variables[0] as Local, value.lo);
  if (variables[1] !== undefined) b.set(variables[1], value.hi as Ir);
}

/** An operand over variables. */
export function fromVariables(rep: Rep, variables: readonly Local[], extra: Partial<Operand>): Operand {
  const [lo, hi] = variables;
  return operand(rep, get(lo as Local), { ...extra, hi: hi === undefined ? undefined : get(hi) });
}

/** `cond ? a : b` on operands of one representation; both are evaluated already. */
export function selectOperand(b: FunctionBuilder, cond: Ir, then: Operand, otherwise: Operand): Operand {
  return {
    rep: then.rep,
    lo: b.let(select(cond, then.lo, otherwise.lo)),
    hi: then.hi === undefined ? undefined : b.let(select(cond, then.hi, otherwise.hi as Ir)),
    valid: selectValid(b, cond, then.valid, otherwise.valid),
    range: unionRange(then, otherwise),
    stable: then.stable && otherwise.stable,
  };
}

function selectValid(b: FunctionBuilder, cond: Ir, then: Ir | undefined, otherwise: Ir | undefined): Ir | undefined {
  if (then === undefined && otherwise === undefined) return undefined;
  return b.let(select(cond, then ?? i32(1), otherwise ?? i32(1)));
}

/** The bounds of either value; undefined when one is no integer. */
export function unionRange(a: Operand, b: Operand): Range | undefined {
  if (!isIntegerRep(a.rep) || !isIntegerRep(b.rep)) return undefined;
  const [x, y] = [rangeOf(a), rangeOf(b)];
  return { min: x.min < y.min ? x.min : y.min, max: x.max > y.max ? x.max : y.max };
}

/** The validity of a value that is NULL when any of the operands is. */
export function bothValid(b: FunctionBuilder, values: readonly Operand[]): Ir | undefined {
  let valid: Ir | undefined;
  for (const value of values) {
    if (value.valid === undefined) continue;
    valid = valid === undefined ? value.valid : b.let(num("i32.and", valid, value.valid));
  }
  return valid;
}

/** The byte address of a `str` word. */
export const addressOf = (str: Ir): Ir => num("i32.wrap_i64", str);
/** The byte length of a `str` word. */
export const lengthOf = (str: Ir): Ir => num("i32.wrap_i64", num("i64.shr_u", str, i64(32)));
/** A `str` word. */
export const makeString = (address: Ir, length: Ir): Ir =>
  num("i64.or", num("i64.extend_i32_u", address), num("i64.shl", num("i64.extend_i32_u", length), i64(32)));

/** Reads a string result that a host function left in a cell: u32 address, u32 length. */
export const loadCell = (cell: Ir): Ir => load("i64.load", cell);
