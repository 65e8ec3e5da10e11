import type { Cast, Interval, Literal as LiteralNode, NumberLiteral, Parameter } from "../../sql/ast.ts";
import type { Datum, Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { bignumOf } from "../types/bignum.ts";
import { integerLiteralType } from "../types/coerce.ts";
import { integerDatum, parseDatum } from "../types/literals.ts";
import { intervalOf, parseInterval } from "../types/interval.ts";
import { parseIntervalRange } from "../types/interval-range.ts";
import { parseScaled } from "../types/numbers.ts";
import {
  BIGINT,
  BIGNUM,
  BLOB,
  BOOLEAN,
  decimal,
  DOUBLE,
  HUGEINT,
  INTEGER,
  INTERVAL,
  isInteger,
  isNumeric,
  NULL_TYPE,
  type SqlType,
  typeName,
  VARCHAR,
} from "../types/types.ts";
import { badLiteral, explicitCast } from "./coercion.ts";
import { type BindContext, bindError, type ParameterValue, spanOf, zonesOf } from "./context.ts";
import type { Environment } from "./environment.ts";
import { callScalar } from "./function-call.ts";
import { bindType } from "./type-name.ts";

/** A constant as written. */
export function bindLiteral(ctx: BindContext, node: LiteralNode): Expr {
  const span = spanOf(ctx, node);
  const literal = (value: Datum, type: SqlType): Expr => ({ kind: "Literal", value, type, span });
  const untyped = (value: Datum, type: SqlType): Expr => {
    const expr = literal(value, type);
    ctx.untyped.add(expr);
    return expr;
  };
  switch (node.kind) {
    case "NumberLiteral":
      return bindNumber(ctx, node, false);
    case "StringLiteral":
      return untyped(node.value, VARCHAR);
    case "BlobLiteral":
      return literal(Uint8Array.from(Buffer.from(node.hex, "hex")), BLOB);
    case "BooleanLiteral":
      return literal(node.value, BOOLEAN);
    case "NullLiteral":
      return literal(null, NULL_TYPE);
    case "TypedLiteral": {
      const type = bindType(ctx, node.type);
      const value = parseDatum(node.value, type, zonesOf(ctx));
      if (value === undefined) throw badLiteral(ctx, node.value, type, span);
      return literal(value, type);
    }
  }
}

/**
 * Integers are INTEGER, BIGINT or HUGEINT by size, with a point DECIMAL of just their digits, with an exponent (or too long
 * for the others) DOUBLE. `-5` is a literal too; its type is that of 5.
 */
export function bindNumber(ctx: BindContext, node: NumberLiteral, negative: boolean): Expr {
  const span = spanOf(ctx, node);
  const sign = negative ? -1n : 1n;
  if (node.form === "integer") {
    const magnitude = BigInt(node.text);
    const value = sign * magnitude;
    const type = value === -(2n ** 63n) ? BIGINT : value === -(2n ** 127n) ? HUGEINT : integerLiteralType(magnitude);
    if (type !== undefined && isInteger(type)) {
      const expr: Expr = { kind: "Literal", value: integerDatum(value, type.kind) as Datum, type, span };
      ctx.untyped.add(expr);
      return expr;
    }
  }
  if (node.form === "decimal") {
    const [whole = "", fraction = ""] = node.text.split(".");
    const precision = whole.length + fraction.length;
    if (precision <= 38) {
      const unscaled = sign * (parseScaled(node.text, fraction.length) as bigint);
      return { kind: "Literal", value: unscaled, type: decimal(precision, fraction.length), span };
    }
  }
  return { kind: "Literal", value: (negative ? -1 : 1) * Number(node.text), type: DOUBLE, span };
}

/** The cast of an integer literal of any length to BIGNUM, where a DOUBLE would be too coarse; undefined for other operands. */
export function bindBignum(ctx: BindContext, node: Cast): Expr | undefined {
  const { operand } = node;
  const isNegative = operand.kind === "Unary" && operand.operator === "-";
  const number = isNegative ? operand.operand : operand;
  if (number.kind !== "NumberLiteral" || number.form !== "integer") return undefined;
  const magnitude = BigInt(number.text);
  const value = bignumOf(isNegative ? -magnitude : magnitude);
  return value === undefined ? undefined : { kind: "Literal", value, type: BIGNUM, span: spanOf(ctx, node) };
}

/** A reference to a value given with the statement. */
export function bindParameter(ctx: BindContext, node: Parameter): Expr {
  const { parameters } = ctx;
  let found: ParameterValue | undefined;
  let index = node.index - 1;
  if (node.name === undefined)
    found = Array.isArray(parameters) ? (parameters as readonly ParameterValue[])[index] : undefined;
  else if (!Array.isArray(parameters)) {
    const named = parameters as ReadonlyMap<string, ParameterValue>;
    index = [...named.keys()].indexOf(node.name);
    found = named.get(node.name);
  }
  if (found === undefined) {
    throw bindError(ctx, `there is no value for parameter $${node.name ?? node.index}`, node);
  }
  const expr: Expr = { kind: "Parameter", index, type: found.type, span: spanOf(ctx, node) };
  if (found.type.kind === "Varchar") ctx.untyped.add(expr);
  return expr;
}

/** The value of a parameter that the plan itself needs; undefined: not known yet. */
export function parameterValue(ctx: BindContext, index: number): ParameterValue | undefined {
  return [...ctx.parameters.values()][index];
}

const PLURALS: { readonly [unit: string]: string } = { century: "centuries", millennium: "millennia" };

/** INTERVAL '3' MONTH is a constant; INTERVAL (x) MONTH a call of to_months. */
export function bindInterval(env: Environment, node: Interval): Expr {
  const { ctx } = env;
  const span = spanOf(ctx, node);
  const { unit, to } = node;
  const text = constantText(node);
  if (unit !== undefined && to !== undefined) {
    if (text === undefined) throw bindError(ctx, `an INTERVAL of ${unit}s to ${to}s is a constant text`, node.value);
    const value = parseIntervalRange(text, unit, to);
    if (value === undefined) throw badLiteral(ctx, `${text} ${unit} to ${to}`, INTERVAL, spanOf(ctx, node.value));
    return { kind: "Literal", value, type: INTERVAL, span };
  }
  if (unit === undefined) {
    if (text === undefined) return explicitCast(ctx, env.bind(node.value), INTERVAL, { try: false, span });
    const value = parseInterval(text);
    if (value === undefined) throw badLiteral(ctx, text, INTERVAL, spanOf(ctx, node.value));
    return { kind: "Literal", value, type: INTERVAL, span };
  }
  const fractional = unit === "second" || unit === "millisecond" || unit === "microsecond";
  if (text !== undefined) {
    const amount = Number(text.trim() === "" ? Number.NaN : text);
    const value = Number.isFinite(amount) ? intervalOf(fractional ? amount : Math.trunc(amount), unit) : undefined;
    if (value === undefined) throw badLiteral(ctx, `${text} ${unit}`, INTERVAL, spanOf(ctx, node.value));
    return { kind: "Literal", value, type: INTERVAL, span };
  }
  const value = env.bind(node.value);
  const type = typeOf(value);
  if (!isNumeric(type) && type.kind !== "Null" && type.kind !== "Varchar") {
    throw bindError(
      ctx,
      `an INTERVAL needs a number of ${unit}s, not ${typeName(type)}`,
      node.value,
      undefined,
      "type",
    );
  }
  let amount = value;
  if (!isInteger(type)) {
    const double = explicitCast(ctx, value, DOUBLE, { try: false, span });
    const whole = fractional ? double : callScalar(ctx, "trunc", [double], node);
    amount = fractional ? whole : explicitCast(ctx, whole, INTEGER, { try: false, span });
  }
  return callScalar(ctx, `to_${PLURALS[unit] ?? `${unit}s`}`, [amount], node);
}

/** The text of a constant amount: `'3'`, `3`, `-3`, `1.5`. */
function constantText({ value }: Interval): string | undefined {
  if (value.kind === "StringLiteral") return value.value;
  if (value.kind === "NumberLiteral") return value.text;
  if (value.kind === "Unary" && value.operator === "-" && value.operand.kind === "NumberLiteral")
    return `-${value.operand.text}`;
  return undefined;
}
