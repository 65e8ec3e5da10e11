import type { Datum, Expr, Literal } from "../../expr/expr.ts";
import { typeOf } from "../../expr/type-of.ts";
import { castDatum } from "../../types/convert.ts";
import { MICROS_PER_DAY } from "../../types/date-time.ts";
import { INTEGER_RANGE, isInteger, type SqlType } from "../../types/types.ts";
import { comparison, literal, mirroredComparison } from "../predicates.ts";
import { rewriteExpressions } from "../rewrite-expressions.ts";
import type { PlanRule } from "../rule.ts";

/**
 * `x::TIMESTAMP < TIMESTAMP '1995-01-01'` compares `x` itself with a DATE, `i::BIGINT = 3` with an INTEGER: the literal is cast
 * instead, so that statistics apply and nothing is converted per row.
 */
export const unwrapCasts: PlanRule = {
  name: "UnwrapCasts",
  on: "Plan",
  apply: (plan) => rewriteExpressions(plan, unwrap),
};

function unwrap(expr: Expr): Expr {
  if (expr.kind === "InList") {
    const inner = keepsOrder(expr.input);
    if (inner === undefined) return expr;
    const values = expr.values.flatMap((value) => exactly(value, typeOf(inner)) ?? []);
    return values.length === expr.values.length ? { ...expr, input: inner, values } : expr;
  }
  if (expr.kind !== "Call" || mirroredComparison(expr.name) === undefined) return expr;
  const [left, right] = expr.args;
  if (left === undefined || right?.kind !== "Literal" || right.value === null) return expr;
  const inner = keepsOrder(left);
  if (inner === undefined) return expr;
  const value = exactly(right, typeOf(inner));
  if (value !== undefined) return { ...expr, args: [inner, value] };
  return asDay(expr.name, inner, right) ?? expr;
}

/** What the cast is of, if the cast maps values one to one and in order. */
function keepsOrder(expr: Expr): Expr | undefined {
  if (expr.kind !== "Cast" || expr.try) return undefined;
  const from = typeOf(expr.input);
  return isWidening(from, expr.type) ? expr.input : undefined;
}

function isWidening(from: SqlType, to: SqlType): boolean {
  if (isInteger(from) && isInteger(to)) {
    return (
      INTEGER_RANGE[to.kind].min <= INTEGER_RANGE[from.kind].min &&
      INTEGER_RANGE[to.kind].max >= INTEGER_RANGE[from.kind].max
    );
  }
  if (to.kind === "Decimal") {
    const digits = to.precision - to.scale;
    if (from.kind === "Decimal") return to.scale >= from.scale && digits >= from.precision - from.scale;
    return isInteger(from) && INTEGER_RANGE[from.kind].max.toString().length <= digits;
  }
  return from.kind === "Date" && to.kind === "Timestamp" && to.unit === "us";
}

/** The literal in the narrower type, when that loses nothing. */
function exactly(value: Literal, type: SqlType): Literal | undefined {
  if (value.value === null) return literal(null, type);
  try {
    const narrow = castDatum(value.value, value.type, type);
    if (narrow === undefined || narrow === null) return undefined;
    return sameDatum(castDatum(narrow, type, value.type), value.value) ? literal(narrow, type) : undefined;
  } catch {
    // Out of the narrower type's range.
    return undefined;
  }
}

function sameDatum(a: Datum | undefined, b: Datum): boolean {
  return a === b && typeof a !== "object";
}

/** A timestamp against a date: within a day, `date < ts` holds for the timestamp's own day too. */
function asDay(name: string, date: Expr, value: Literal): Expr | undefined {
  if (
    typeOf(date).kind !== "Date" ||
    value.type.kind !== "Timestamp" ||
    value.type.unit !== "us" ||
    typeof value.value !== "bigint"
  )
    return undefined;
  const inDay = ((value.value % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  const day = literal(Number((value.value - inDay) / MICROS_PER_DAY), typeOf(date));
  if (inDay === 0n) return comparison(name, date, day);
  if (name === "<" || name === "<=") return comparison("<=", date, day);
  return name === ">" || name === ">=" ? comparison(">", date, day) : undefined;
}
