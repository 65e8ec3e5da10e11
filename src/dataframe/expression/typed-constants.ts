/** Constants of types that JavaScript values do not have. */
import type { IntervalUnit } from "../../sql/ast.ts";
import { parseExpression } from "../../sql/parse.ts";
import { Column } from "./column.ts";
import { literal, NO_SPAN, typedLiteral } from "./nodes.ts";

/** A DECIMAL of as many digits as are written: `decimal("0.05")`. A number of JavaScript is an INTEGER or a DOUBLE. Throws `bind`. */
export function decimal(digits: string): Column<string, never> {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(digits)) throw new TypeError(`"${digits}" is no decimal number`);
  return new Column(parseExpression(digits.includes(".") ? digits : `${digits}.`));
}

/** A DATE: `date("1995-01-31")`. */
export function date(text: string): Column<Date, never> {
  return new Column(typedLiteral("DATE", text));
}

/** A TIMESTAMP: `timestamp("1995-01-31 12:00:00")`. A Date of JavaScript is one, too. */
export function timestamp(text: string): Column<Date, never> {
  return new Column(typedLiteral("TIMESTAMP", text));
}

/** An INTERVAL: `interval(3, "month")`, or `interval("1 year 2 days")`. */
export function interval(
  amount: number | string,
  unit?: IntervalUnit,
): Column<{ readonly months: number; readonly days: number; readonly micros: bigint }, never> {
  return new Column({ kind: "Interval", value: literal(amount), unit, to: undefined, span: NO_SPAN });
}
