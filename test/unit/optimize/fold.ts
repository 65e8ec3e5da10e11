import type { Datum, Expr, IntervalValue, Literal } from "../../../src/planner/expr/expr.ts";
import { castDatum } from "../../../src/planner/types/convert.ts";
import { civilFromDays, daysFromCivil, daysInMonth, MICROS_PER_DAY } from "../../../src/planner/types/date-time.ts";

/** A constant folder for what the tests' queries need: casts, integer arithmetic, dates with intervals. */
export function foldSimply(expr: Expr): Literal | undefined {
  if (expr.kind === "Cast" && expr.input.kind === "Literal") {
    const value = castDatum(expr.input.value, expr.input.type, expr.type);
    return value === undefined ? undefined : { kind: "Literal", value, type: expr.type };
  }
  if (expr.kind !== "Call") return undefined;
  const [left, right] = expr.args.map((arg) => (arg.kind === "Literal" ? arg : undefined));
  if (left === undefined || right === undefined) return undefined;
  const value = evaluate(expr.name, left, right);
  return value === undefined ? undefined : { kind: "Literal", value, type: expr.type };
}

function evaluate(name: string, left: Literal, right: Literal): Datum | undefined {
  if (left.value === null || right.value === null)
    return name === "is_not_distinct" || name === "is_distinct" ? undefined : null;
  if (left.type.kind === "Date" && right.type.kind === "Interval" && (name === "+" || name === "-")) {
    return dateWithInterval(left.value as number, right.value as IntervalValue, name === "+" ? 1 : -1);
  }
  if (typeof left.value === "number" && typeof right.value === "number") {
    switch (name) {
      case "+":
        return left.value + right.value;
      case "-":
        return left.value - right.value;
      case "*":
        return left.value * right.value;
      case "=":
        return left.value === right.value;
      case "<>":
        return left.value !== right.value;
      case "<":
        return left.value < right.value;
      case ">":
        return left.value > right.value;
    }
  }
  if (typeof left.value === "bigint" && typeof right.value === "bigint" && left.type.kind === "Decimal") {
    if (name === "+") return left.value + right.value;
    if (name === "-") return left.value - right.value;
  }
  return undefined;
}

function dateWithInterval(days: number, interval: IntervalValue, sign: number): bigint {
  const { year, month, day } = civilFromDays(days);
  const months = year * 12 + (month - 1) + sign * interval.months;
  const [toYear, toMonth] = [Math.floor(months / 12), (((months % 12) + 12) % 12) + 1];
  const moved = daysFromCivil(toYear, toMonth, Math.min(day, daysInMonth(toYear, toMonth))) + sign * interval.days;
  return BigInt(moved) * MICROS_PER_DAY + BigInt(sign) * interval.micros;
}
