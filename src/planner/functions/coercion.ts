/** What choosing an overload costs, as in DuckDB: its `cast_rules.cpp` states the prices. */
import type { Datum } from "../expr/expr.ts";
import { canCoerce, coercionPrice, commonType, decimalOfInteger, fitsInteger } from "../types/coerce.ts";
import { isInteger, NULL_TYPE, type SqlType, sameType, VARCHAR } from "../types/types.ts";

export const MAX_PRECISION = 38;
/** The most digits that an int64 always holds. */
export const MAX_INT64_PRECISION = 18;

export type DecimalType = Extract<SqlType, { kind: "Decimal" }>;

/** The DECIMAL that holds every value of an integer type, or the decimal itself; undefined for other types. */
export function asDecimal(type: SqlType): DecimalType | undefined {
  if (type.kind === "Decimal") return type;
  return isInteger(type) ? decimalOfInteger(type.kind) : undefined;
}

/**
 * The price of converting an argument; undefined: it takes a written cast. `literal` is the argument's constant when it is an
 * untyped literal: a string takes any type, an integer any integer type that holds it.
 */
export function coercionCost(from: SqlType, to: SqlType, literal?: Datum): number | undefined {
  if (sameType(from, to)) return 0;
  const price = coercionPrice(to);
  if (from.kind === "Varchar" && typeof literal === "string") return 20;
  if (
    isInteger(from) &&
    (typeof literal === "number" || typeof literal === "bigint") &&
    fitsInteger(BigInt(literal), to)
  ) {
    return price - 90;
  }
  return canCoerce(from, to) ? price : undefined;
}

/** The common type of several values; string literals follow the others. undefined when there is none. */
export function commonTypeOf(types: readonly SqlType[], literals: readonly (Datum | undefined)[]): SqlType | undefined {
  const isString = (i: number): boolean => types[i]?.kind === "Varchar" && typeof literals[i] === "string";
  let common: SqlType | undefined = NULL_TYPE;
  for (const [i, type] of types.entries()) {
    if (common !== undefined && !isString(i)) common = commonType(common, type);
  }
  if (!types.some((_, i) => isString(i))) return common;
  return common?.kind === "Null" || common?.kind === "Enum" ? VARCHAR : common;
}
