import type { Expression, OrderItem, WindowFrame, WindowSpecification } from "../../sql/ast.ts";
import { parseExpression, parseType } from "../../sql/parse.ts";
import { binary, call, columnRef, literal, NO_SPAN, orderItem } from "./nodes.ts";

/** A value in an operator: a Column, or a constant. */
export type Value = Column | string | number | bigint | boolean | Date | Uint8Array | null;

/** Where a column is meant, a string is its name. */
export type ColumnLike = Column | string;

/** The expression of a value: strings are constants. */
export function toExpression(value: Value): Expression {
  return value instanceof Column ? value.expression : literal(value);
}

/** The expression of a column: strings are names, `*` all columns. */
export function toColumn(column: ColumnLike): Column {
  return column instanceof Column ? column : col(column);
}

/** A column by name: `"a"`, or `"t.a"` of table or struct t. */
export function col(name: string): Column {
  return new Column(columnRef(...name.split(".")));
}

/** A constant. */
export function lit(value: Exclude<Value, Column> | readonly unknown[]): Column {
  return new Column(literal(value));
}

/** Any SQL expression: `expr("a + 1")`. Throws `syntax`. */
export function expr(sql: string): Column {
  return new Column(parseExpression(sql));
}

/** A condition's value; go on with `.when(...)`, `.otherwise(...)`. */
export function when(condition: Column, value: Value): CaseColumn {
  return new CaseColumn([{ when: condition.expression, then: toExpression(value) }]);
}

/** A call of an SQL function, aggregate or window function. Strings are constants; name columns by `col`. */
export function fn(name: string, ...args: readonly Value[]): Column {
  return new Column(call(name, args.map(toExpression)));
}

/** A window for `Column.over`. */
export type Window = {
  readonly partitionBy?: readonly ColumnLike[] | ColumnLike;
  readonly orderBy?: readonly ColumnLike[] | ColumnLike;
  /** `rows: [-2, 0]`: from two rows before to this one; `null` is unbounded. */
  readonly rows?: readonly [number | null, number | null];
  readonly range?: readonly [number | null, number | null];
};

/** An expression over columns. Immutable: every method makes a new one. */
export class Column {
  readonly expression: Expression;
  /** The name of the result; undefined: SQL's own. */
  readonly alias: string | undefined;
  /** How it sorts, when it is a sort key. */
  readonly order: Pick<OrderItem, "direction" | "nulls"> | undefined;

  /** @internal Use `col`, `lit`, `expr` and the functions. */
  constructor(expression: Expression, alias?: string, order?: Pick<OrderItem, "direction" | "nulls">) {
    this.expression = expression;
    this.alias = alias;
    this.order = order;
  }

  /** Names the result. */
  as(name: string): Column {
    return new Column(this.expression, name, this.order);
  }

  add(other: Value): Column {
    return this.binary("+", other);
  }
  sub(other: Value): Column {
    return this.binary("-", other);
  }
  mul(other: Value): Column {
    return this.binary("*", other);
  }
  /** Always DOUBLE (or DECIMAL's DOUBLE): SQL's `/`. */
  div(other: Value): Column {
    return this.binary("/", other);
  }
  /** Integer division, truncated: SQL's `//`. */
  intDiv(other: Value): Column {
    return this.binary("//", other);
  }
  mod(other: Value): Column {
    return this.binary("%", other);
  }
  pow(other: Value): Column {
    return this.binary("**", other);
  }
  concat(other: Value): Column {
    return this.binary("||", other);
  }
  neg(): Column {
    return new Column({ kind: "Unary", operator: "-", operand: this.expression, span: NO_SPAN });
  }

  eq(other: Value): Column {
    return this.binary("=", other);
  }
  ne(other: Value): Column {
    return this.binary("<>", other);
  }
  lt(other: Value): Column {
    return this.binary("<", other);
  }
  le(other: Value): Column {
    return this.binary("<=", other);
  }
  gt(other: Value): Column {
    return this.binary(">", other);
  }
  ge(other: Value): Column {
    return this.binary(">=", other);
  }
  /** Equal, where NULL equals NULL. */
  eqNullSafe(other: Value): Column {
    const right = toExpression(other);
    return new Column({ kind: "IsDistinctFrom", left: this.expression, right, negated: true, span: NO_SPAN });
  }
  between(low: Value, high: Value): Column {
    return new Column({
      kind: "Between",
      operand: this.expression,
      low: toExpression(low),
      high: toExpression(high),
      negated: false,
      symmetric: false,
      span: NO_SPAN,
    });
  }
  isIn(values: readonly Value[]): Column {
    if (values.length === 0) return lit(false);
    const list = values.map(toExpression);
    return new Column({ kind: "InList", operand: this.expression, list, negated: false, span: NO_SPAN });
  }
  isNull(): Column {
    return new Column({ kind: "IsNull", operand: this.expression, negated: false, span: NO_SPAN });
  }
  isNotNull(): Column {
    return new Column({ kind: "IsNull", operand: this.expression, negated: true, span: NO_SPAN });
  }
  like(pattern: Value): Column {
    return this.likeAs("LIKE", pattern);
  }
  ilike(pattern: Value): Column {
    return this.likeAs("ILIKE", pattern);
  }
  startsWith(prefix: Value): Column {
    return new Column(call("starts_with", [this.expression, toExpression(prefix)]));
  }
  endsWith(suffix: Value): Column {
    return new Column(call("ends_with", [this.expression, toExpression(suffix)]));
  }
  contains(part: Value): Column {
    return new Column(call("contains", [this.expression, toExpression(part)]));
  }

  and(other: Column): Column {
    return new Column({
      kind: "Logical",
      operator: "AND",
      operands: [this.expression, other.expression],
      span: NO_SPAN,
    });
  }
  or(other: Column): Column {
    return new Column({
      kind: "Logical",
      operator: "OR",
      operands: [this.expression, other.expression],
      span: NO_SPAN,
    });
  }
  not(): Column {
    return new Column({ kind: "Unary", operator: "NOT", operand: this.expression, span: NO_SPAN });
  }

  /** CAST to an SQL type: `cast("DECIMAL(10,2)")`. */
  cast(type: string): Column {
    return new Column({ kind: "Cast", operand: this.expression, type: parseType(type), try: false, span: NO_SPAN });
  }
  /** NULL where the cast fails. */
  tryCast(type: string): Column {
    return new Column({ kind: "Cast", operand: this.expression, type: parseType(type), try: true, span: NO_SPAN });
  }
  /** An element of a list (from 1), a field of a struct, a value of a map. */
  getItem(key: Value): Column {
    return new Column({ kind: "Subscript", operand: this.expression, index: toExpression(key), span: NO_SPAN });
  }

  asc(nulls?: "first" | "last"): Column {
    return new Column(this.expression, this.alias, { direction: "asc", nulls });
  }
  desc(nulls?: "first" | "last"): Column {
    return new Column(this.expression, this.alias, { direction: "desc", nulls });
  }

  /** Only rows for which the condition holds go into this aggregate. */
  filter(condition: Column): Column {
    return new Column({ ...this.functionCall("filter"), filter: condition.expression }, this.alias);
  }
  /** The aggregate over distinct values. */
  distinct(): Column {
    return new Column({ ...this.functionCall("distinct"), distinct: true }, this.alias);
  }
  /** The function over a window. */
  over(window: Window = {}): Column {
    return new Column({ ...this.functionCall("over"), over: windowOf(window) }, this.alias);
  }

  /** The column as a sort key. */
  toOrderItem(): OrderItem {
    return orderItem(this.expression, this.order?.direction, this.order?.nulls);
  }

  private binary(operator: Parameters<typeof binary>[0], other: Value): Column {
    return new Column(binary(operator, this.expression, toExpression(other)));
  }

  private likeAs(operator: "LIKE" | "ILIKE", pattern: Value): Column {
    return new Column({
      kind: "Like",
      operator,
      operand: this.expression,
      pattern: toExpression(pattern),
      escape: undefined,
      negated: false,
      span: NO_SPAN,
    });
  }

  private functionCall(method: string): Extract<Expression, { kind: "FunctionCall" }> {
    if (this.expression.kind === "FunctionCall") return this.expression;
    throw new TypeError(`.${method}() follows a function call, such as sum("x")`);
  }
}

/** CASE WHEN ... without its ELSE yet; as it is, the rest is NULL. */
export class CaseColumn extends Column {
  private readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];

  /** @internal Use `when`. */
  constructor(branches: readonly { readonly when: Expression; readonly then: Expression }[]) {
    super({ kind: "Case", operand: undefined, branches, otherwise: undefined, span: NO_SPAN });
    this.branches = branches;
  }

  when(condition: Column, value: Value): CaseColumn {
    return new CaseColumn([...this.branches, { when: condition.expression, then: toExpression(value) }]);
  }

  otherwise(value: Value): Column {
    const { branches } = this;
    return new Column({ kind: "Case", operand: undefined, branches, otherwise: toExpression(value), span: NO_SPAN });
  }
}

function windowOf({ partitionBy = [], orderBy = [], rows, range }: Window): WindowSpecification {
  const list = (columns: readonly ColumnLike[] | ColumnLike): readonly Column[] =>
    (Array.isArray(columns) ? (columns as readonly ColumnLike[]) : [columns as ColumnLike]).map(toColumn);
  const items = list(orderBy).map((column) => column.toOrderItem());
  return {
    kind: "WindowSpecification",
    base: undefined,
    partitionBy: list(partitionBy).map(({ expression }) => expression),
    orderBy: items.length === 0 ? undefined : { kind: "OrderByItems", items, span: NO_SPAN },
    frame: rows !== undefined ? frameOf("rows", rows) : range !== undefined ? frameOf("range", range) : undefined,
    span: NO_SPAN,
  };
}

function frameOf(unit: "rows" | "range", [from, to]: readonly [number | null, number | null]): WindowFrame {
  const bound = (offset: number | null, open: "UnboundedPreceding" | "UnboundedFollowing"): WindowFrame["start"] => {
    if (offset === null) return { kind: open, span: NO_SPAN };
    if (offset === 0) return { kind: "CurrentRow", span: NO_SPAN };
    return { kind: offset < 0 ? "Preceding" : "Following", offset: literal(Math.abs(offset)), span: NO_SPAN };
  };
  const [start, end] = [bound(from, "UnboundedPreceding"), bound(to, "UnboundedFollowing")];
  return { kind: "WindowFrame", unit, start, end, exclude: "no others", span: NO_SPAN };
}
