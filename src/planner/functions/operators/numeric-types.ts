/** Result types of arithmetic on numbers, as DuckDB's binder computes them. */
import { isInteger, isNumeric, type SqlType } from "../../types/types.ts";
import type { Datum } from "../../expr/expr.ts";
import { asDecimal, type DecimalType, MAX_INT64_PRECISION, MAX_PRECISION } from "../coercion.ts";
import type { Signature } from "../function.ts";
import { overload, overloads, type Resolve } from "../overload.ts";

const INTEGERS: readonly SqlType[] = [
  { kind: "TinyInt" },
  { kind: "SmallInt" },
  { kind: "Integer" },
  { kind: "BigInt" },
  { kind: "HugeInt" },
  { kind: "UTinyInt" },
  { kind: "USmallInt" },
  { kind: "UInteger" },
  { kind: "UBigInt" },
  { kind: "UHugeInt" },
];
const FLOATS: readonly SqlType[] = [{ kind: "Real" }, { kind: "Double" }];

const twice = (type: SqlType) => overload([type, type], type);

/** Two integers or two floats of one type. */
export const integerPairs: Resolve = overloads(...INTEGERS.map(twice));
export const numberPairs: Resolve = overloads(...INTEGERS.map(twice), ...FLOATS.map(twice));
export const doublePairs: Resolve = overloads(...FLOATS.map(twice));

/** Numbers only: text and temporal values have their own rules. */
export const areNumbers = (types: readonly SqlType[]): boolean => types.every((t) => isNumeric(t) || t.kind === "Null");

const hasDecimal = (types: readonly SqlType[]): boolean =>
  types.some((t) => t.kind === "Decimal") && types.every((t) => asDecimal(t) !== undefined || t.kind === "Null");

const ZERO_DIGITS: DecimalType = { kind: "Decimal", precision: 1, scale: 0 };
const operandsOf = (types: readonly SqlType[]): readonly DecimalType[] => types.map((t) => asDecimal(t) ?? ZERO_DIGITS);

/** The precision is capped to what an int64 holds as long as the operands fit there, then to 38; overflow is checked. */
function capped(wanted: number, operands: readonly DecimalType[]): number {
  const narrow = operands.every(({ precision }) => precision <= MAX_INT64_PRECISION);
  return Math.min(wanted, narrow ? MAX_INT64_PRECISION : MAX_PRECISION);
}

/** Sum and difference: the larger scale, one digit more. */
export function decimalSum(types: readonly SqlType[]): Signature | undefined {
  if (!hasDecimal(types)) return undefined;
  const args = operandsOf(types);
  const scale = Math.max(...args.map((t) => t.scale));
  const whole = Math.max(...args.map((t) => t.precision - t.scale));
  return { args, returns: { kind: "Decimal", precision: capped(whole + scale + 1, args), scale } };
}

/** Product: scales and precisions add; undefined when the scale passes 38. */
export function decimalProduct(types: readonly SqlType[]): Signature | undefined {
  if (!hasDecimal(types)) return undefined;
  const args = operandsOf(types);
  const scale = args.reduce((sum, t) => sum + t.scale, 0);
  if (scale > MAX_PRECISION) return undefined;
  const precision = args.reduce((sum, t) => sum + t.precision, 0);
  return { args, returns: { kind: "Decimal", precision: Math.max(capped(precision, args), scale), scale } };
}

/** Remainder: both at the larger scale. */
export function decimalRemainder(types: readonly SqlType[]): Signature | undefined {
  if (!hasDecimal(types)) return undefined;
  const args = operandsOf(types);
  const scale = Math.max(...args.map((t) => t.scale));
  const whole = Math.max(...args.map((t) => t.precision - t.scale));
  return { args, returns: { kind: "Decimal", precision: Math.min(MAX_PRECISION, whole + scale), scale } };
}

/** The narrowest integer type of both, integer literals taking the other side's type where they fit. */
export function integerResult(
  types: readonly SqlType[],
  literals: readonly (Datum | undefined)[],
): Signature | undefined {
  return types.every((t) => isInteger(t) || t.kind === "Null") ? integerPairs(types, literals) : undefined;
}
