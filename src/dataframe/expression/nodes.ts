import type { Span } from "../../error.ts";
import type {
  BinaryOperator,
  ColumnRef,
  Expression,
  FunctionCall,
  Identifier,
  NumberLiteral,
  ObjectName,
  OrderItem,
  Query,
  Select,
  SelectItem,
  Star,
  TableRef,
  TypedLiteral,
} from "../../sql/ast.ts";
import { makeCall, makeQuery, makeSelect, makeStar } from "../../sql/make.ts";
import { HeadraceError } from "../../error.ts";
import type { LazyQuery } from "../lazy-query.ts";

/** Nodes made by the DataFrame API stand in no text. */
export const NO_SPAN: Span = { start: 0, end: 0 };

export function identifier(name: string): Identifier {
  return { kind: "Identifier", name, quoted: true, span: NO_SPAN };
}

export function objectName(...parts: readonly string[]): ObjectName {
  return { kind: "ObjectName", parts: parts.map(identifier), span: NO_SPAN };
}

export function columnRef(...parts: readonly string[]): ColumnRef {
  return { kind: "ColumnRef", parts: parts.map(identifier), span: NO_SPAN };
}

export function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return { kind: "Binary", operator, left, right, span: NO_SPAN };
}

export function call(name: string, args: readonly Expression[], extra: Partial<FunctionCall> = {}): FunctionCall {
  return { ...makeCall(name, args, NO_SPAN), ...extra };
}

export function selectItem(expression: Expression, alias?: string): SelectItem {
  return { kind: "SelectItem", expression, alias: alias === undefined ? undefined : identifier(alias), span: NO_SPAN };
}

export function star(qualifier?: string): Star {
  return { ...makeStar(NO_SPAN), qualifier: qualifier === undefined ? undefined : objectName(qualifier) };
}

export function select(from: readonly TableRef[], items: readonly SelectItem[], extra: Partial<Select> = {}): Select {
  return makeSelect(items, { from, ...extra }, NO_SPAN);
}

export function query(body: Query["body"], extra: Partial<Query> = {}): Query {
  return { ...makeQuery(body, NO_SPAN), ...extra };
}

export function subquery(inner: Query, alias: string): TableRef {
  return {
    kind: "TableSubquery",
    query: inner,
    lateral: false,
    alias: { kind: "TableAlias", name: identifier(alias), columns: [], span: NO_SPAN },
    sample: undefined,
    span: NO_SPAN,
  };
}

/** The query of a DataFrame inside an expression: it is built when it is known what names mean, see `settle`. */
export type DeferredQuery = Query & { readonly deferred: LazyQuery };

export function deferredQuery(deferred: LazyQuery): DeferredQuery {
  return { ...query(select([], [])), deferred };
}

export function orderItem(expression: Expression, direction?: "asc" | "desc", nulls?: "first" | "last"): OrderItem {
  return { kind: "OrderItem", expression, direction, nulls, span: NO_SPAN };
}

export function numberLiteral(value: number | bigint): Expression {
  if (value < 0 || Object.is(value, -0)) {
    return { kind: "Unary", operator: "-", operand: numberLiteral(-value), span: NO_SPAN };
  }
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return numberNode("integer", String(value));
  if (!Number.isFinite(value)) return typedLiteral("DOUBLE", Number.isNaN(value) ? "NaN" : "Infinity");
  const text = String(value);
  return numberNode("double", text.includes("e") ? text : `${text}e0`);
}

function numberNode(form: NumberLiteral["form"], text: string): Expression {
  return { kind: "NumberLiteral", form, text, span: NO_SPAN };
}

/** `DATE '1995-01-01'`. */
export function typedLiteral(type: string, value: string): TypedLiteral {
  const name: ObjectName = {
    kind: "ObjectName",
    parts: [{ kind: "Identifier", name: type, quoted: false, span: NO_SPAN }],
    span: NO_SPAN,
  };
  return {
    kind: "TypedLiteral",
    type: { kind: "NamedType", name, modifiers: [], span: NO_SPAN },
    value,
    span: NO_SPAN,
  };
}

/** A JavaScript value as an SQL constant. Throws `bind` for what is none. */
export function literal(value: unknown): Expression {
  switch (typeof value) {
    case "number":
    case "bigint":
      return numberLiteral(value);
    case "string":
      return { kind: "StringLiteral", value, span: NO_SPAN };
    case "boolean":
      return { kind: "BooleanLiteral", value, span: NO_SPAN };
    case "object":
      if (value === null) return { kind: "NullLiteral", span: NO_SPAN };
      if (value instanceof Date) return typedLiteral("TIMESTAMP", dateText(value));
      if (value instanceof Uint8Array)
        return { kind: "BlobLiteral", hex: Buffer.from(value).toString("hex"), span: NO_SPAN };
      if (Array.isArray(value)) return { kind: "ListLiteral", items: value.map(literal), span: NO_SPAN };
      break;
    default:
      break;
  }
  throw new HeadraceError("bind", `${typeof value} is no SQL value`, {
    hint: value === undefined ? "use null for NULL" : undefined,
  });
}

function dateText(value: Date): string {
  if (Number.isNaN(value.getTime())) throw new HeadraceError("bind", "an invalid Date is no SQL value");
  return value.toISOString().replace("T", " ").replace("Z", "");
}
