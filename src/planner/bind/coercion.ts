import type { Span } from "../../error.ts";
import type { Datum, Expr, Literal } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { canCast, canCoerce, commonType, comparisonType, fitsInteger } from "../types/coerce.ts";
import { castDatum } from "../types/convert.ts";
import { BOOLEAN, isInteger, isNumeric, NULL_TYPE, sameType, type SqlType, typeName, VARCHAR } from "../types/types.ts";
import { type BindContext, bindError, zonesOf } from "./context.ts";

/** The value of an untyped literal (see `BindContext.untyped`) or of a constant list, for choosing overloads; undefined otherwise. */
export function untypedValue(ctx: BindContext, expr: Expr): Datum | undefined {
  if (expr.kind === "Literal" && expr.type.kind === "List") return expr.value;
  return expr.kind === "Literal" && ctx.untyped.has(expr) ? expr.value : undefined;
}

/** A string literal or VARCHAR parameter that takes any type. */
export function isUntypedString(ctx: BindContext, expr: Expr): boolean {
  return ctx.untyped.has(expr) && typeOf(expr).kind === "Varchar";
}

function isUntypedInteger(ctx: BindContext, expr: Expr): expr is Literal {
  return expr.kind === "Literal" && isInteger(expr.type) && ctx.untyped.has(expr);
}

/**
 * The expression in another type: the same if it has it, a constant converted now, else a Cast. An untyped string that does
 * not fit is an error at its place. The caller has checked that the types convert.
 */
export function convert(ctx: BindContext, expr: Expr, type: SqlType): Expr {
  if (sameType(typeOf(expr), type)) return expr;
  const span = expr.span;
  // What has no type but NULL holds nothing else; a call may still do something (error, setseed).
  if (typeOf(expr).kind === "Null" && expr.kind !== "Call" && expr.kind !== "Column")
    return { kind: "Literal", value: null, type, ...(span === undefined ? {} : { span }) };
  if (expr.kind === "Literal") {
    const value = castDatum(expr.value, expr.type, type, zonesOf(ctx));
    if (value !== undefined) return { kind: "Literal", value, type, ...(span === undefined ? {} : { span }) };
    if (isUntypedString(ctx, expr)) throw badLiteral(ctx, String(expr.value), type, span);
  }
  return { kind: "Cast", input: expr, type, try: false, ...(span === undefined ? {} : { span }) };
}

export function badLiteral(ctx: BindContext, text: string, type: SqlType, span: Span | undefined): Error {
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return bindError(
    ctx,
    `'${shown}' is not a valid ${typeName(type)}`,
    { span: span ?? { start: 0, end: 0 } },
    undefined,
    "type",
  );
}

/** Whether the expression may stand where `type` is wanted. */
export function coerces(ctx: BindContext, expr: Expr, type: SqlType): boolean {
  if (isUntypedString(ctx, expr)) return true;
  if (isUntypedInteger(ctx, expr) && fitsInteger(BigInt(expr.value as number | bigint), type)) return true;
  return canCoerce(typeOf(expr), type);
}

/** Coerces to a boolean: numbers are true unless 0, text is parsed. */
export function toBoolean(ctx: BindContext, expr: Expr, where: string): Expr {
  const type = typeOf(expr);
  if (type.kind === "Boolean") return expr;
  if (type.kind === "Null" || type.kind === "Varchar" || isNumeric(type)) return convert(ctx, expr, BOOLEAN);
  throw bindError(ctx, `${where} must be BOOLEAN, not ${typeName(type)}`, nodeOf(expr), undefined, "type");
}

/** The place of an expression, for errors. */
export function nodeOf(expr: Expr): { readonly span: Span } {
  return { span: expr.span ?? { start: 0, end: 0 } };
}

type Combine = (a: SqlType, b: SqlType) => SqlType | undefined;

/**
 * The one type for all expressions. Untyped literals give way: strings take the others' type, integers do not widen an
 * integer type that holds them. undefined when there is none; Null when all are NULL.
 */
function unify(ctx: BindContext, exprs: readonly Expr[], combine: Combine): SqlType | undefined {
  let common: SqlType | undefined = NULL_TYPE;
  const integers: Literal[] = [];
  let strings = false;
  for (const expr of exprs) {
    if (isUntypedString(ctx, expr)) strings = true;
    else if (isUntypedInteger(ctx, expr)) integers.push(expr);
    else common = common === undefined ? undefined : combine(common, typeOf(expr));
  }
  for (const literal of integers) {
    if (common === undefined) return undefined;
    if (!fitsInteger(BigInt(literal.value as number | bigint), common)) common = combine(common, literal.type);
  }
  if (!strings) return common;
  return common?.kind === "Null" || common?.kind === "Enum" ? VARCHAR : common;
}

/** For CASE, COALESCE, VALUES: all expressions in their common type, or an error naming the construct. */
export function toCommonType(
  ctx: BindContext,
  exprs: readonly Expr[],
  construct: string,
): { readonly type: SqlType; readonly exprs: readonly Expr[] } {
  const type = unify(ctx, exprs, commonType);
  if (type === undefined) {
    const types = [...new Set(exprs.map((expr) => typeName(typeOf(expr))))].slice(0, 4).join(" and ");
    const at = exprs.findIndex((_, i) => unify(ctx, exprs.slice(0, i + 1), commonType) === undefined);
    const message = `${construct} mixes ${types}: an explicit cast is required`;
    throw bindError(ctx, message, nodeOf(exprs[Math.max(at, 0)] as Expr), undefined, "type");
  }
  return { type, exprs: exprs.map((expr) => convert(ctx, expr, type)) };
}

/** The ENUM of all expressions but of string literals that are among its values: their equality is that of the texts. */
function enumOf(ctx: BindContext, exprs: readonly Expr[]): SqlType | undefined {
  const typed = exprs.filter((expr) => !isUntypedString(ctx, expr));
  const [type] = typed.map(typeOf);
  if (type?.kind !== "Enum" || !typed.every((expr) => sameType(typeOf(expr), type))) return undefined;
  const isValue = (expr: Expr): boolean => expr.kind === "Literal" && type.values.includes(String(expr.value));
  return exprs.every((expr) => typed.includes(expr) || isValue(expr)) ? type : undefined;
}

/** All expressions in the type in which they are compared with each other; undefined when they are not comparable. */
export function toComparable(ctx: BindContext, exprs: readonly Expr[], equality: boolean): readonly Expr[] | undefined {
  const type =
    (equality ? enumOf(ctx, exprs) : undefined) ?? unify(ctx, exprs, (a, b) => comparisonType(a, b, equality));
  return type === undefined ? undefined : exprs.map((expr) => convert(ctx, expr, type));
}

/** CAST(expr AS type). Constants are converted now where they fit; others fail when (and if) they are evaluated. */
export function explicitCast(
  ctx: BindContext,
  expr: Expr,
  type: SqlType,
  options: { readonly try: boolean; readonly span: Span },
): Expr {
  const from = typeOf(expr);
  if (sameType(from, type)) return expr.kind === "Literal" ? { ...expr, span: options.span } : expr;
  if (!canCast(from, type)) {
    throw bindError(ctx, `cannot cast ${typeName(from)} to ${typeName(type)}`, options, undefined, "type");
  }
  if (expr.kind === "Literal") {
    const value = castDatum(expr.value, expr.type, type, zonesOf(ctx));
    if (value !== undefined) return { kind: "Literal", value, type, span: options.span };
  }
  return { kind: "Cast", input: expr, type, try: options.try, span: options.span };
}
