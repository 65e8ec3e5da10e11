import type { Expression, FunctionCall, OrderBy, OrderItem } from "../../sql/ast.ts";
import { parseExpression, parseType } from "../../sql/parse.ts";
import type { LazyQuery } from "../lazy-query.ts";
import type { Arithmetic, ColumnType, NullWith, SqlValue } from "../types/value.ts";
import { binary, call, columnRef, deferredQuery, identifier, literal, NO_SPAN, orderItem } from "./nodes.ts";
import { type Window, windowOf } from "./window.ts";

/** What a constant may be: an array is a LIST. */
export type Constant = string | number | bigint | boolean | Date | Uint8Array | null | readonly Constant[];

/** A value in an operator: a Column, or a constant. */
export type Value = Column | Constant;

/** Where a column is meant, a string is its name. */
export type ColumnLike = Column | string;

/** Anything that stands for the rows of a query. */
export type Frame = { readonly lazy: LazyQuery };

/** The formula of a value's type. */
export type TypeOf<V> =
  V extends Column<infer T>
    ? T
    : V extends number
      ? number
      : V extends string
        ? string
        : V extends bigint
          ? bigint
          : V extends boolean
            ? boolean
            : V extends readonly (infer E)[]
              ? TypeOf<E>[]
              : V;

/** Names of the columns that a value reads. */
export type NamesIn<V> = V extends Column<unknown, infer N> ? N : never;

/** The formula of what a column is meant by, where strings are names. */
export type TypeLike<C> = C extends string ? ColumnType<C> : TypeOf<C>;

/** Names of the columns that it reads. */
export type NamesLike<C> = C extends string ? C : NamesIn<C>;

/** A condition's type: NULL where the operands may be. */
type Truth<T, V = never> = NullWith<boolean, T | TypeOf<V>>;

/** The expression of a value: strings are constants. */
export function toExpression(value: Value): Expression {
  return value instanceof Column ? value.expression : literal(value);
}

/** The expression of a column: strings are names, `*` all columns. */
export function toColumn(column: ColumnLike): Column {
  return typeof column === "string" ? col(column) : requireColumn(column, "this");
}

/** A program without types may hand in anything: `where` says what takes it. Throws TypeError for what is no Column. */
export function requireColumn(value: unknown, where: string): Column {
  if (value instanceof Column) return value;
  const shown = typeof value === "string" ? `"${value}"` : typeof value;
  const hint = typeof value === "string" ? `; expr(${shown}) makes one of SQL text` : "";
  throw new TypeError(`${where} takes a Column, not ${shown}${hint}`);
}

/** A column by name: `"a"`, or `"t.a"` of table or struct t. */
export function col<const N extends string>(
  name: N,
): Column<ColumnType<N>, N extends `${string}.${string}` ? never : N, N extends `${string}.${infer F}` ? F : N> {
  return new Column(columnRef(...name.split(".")));
}

/** A constant. */
export function lit<const V extends Constant>(value: V): Column<TypeOf<V>, never> {
  return new Column(literal(value));
}

/** Any SQL expression: `expr("a + 1")`. Its columns are not checked by the compiler. Throws `syntax`. */
export function expr(sql: string): Column<unknown, never> {
  return new Column(parseExpression(sql));
}

/** A call of an SQL function, aggregate or window function. Strings are constants; name columns by `col`. */
export function fn<const A extends readonly Value[]>(name: string, ...args: A): Column<unknown, NamesIn<A[number]>> {
  return new Column(call(name, args.map(toExpression)));
}

/**
 * An expression over columns. Immutable: every method makes a new one.
 *
 * `T` is the formula of its type, `N` the columns that it reads (`never`: none that the compiler would check), `A` its name in
 * results (`string`: SQL's own).
 */
export class Column<T = unknown, N extends string = string, A extends string = string> {
  /** @internal For the compiler alone. */
  declare readonly types?: { readonly type: T; readonly names: N; readonly name: A };
  readonly expression: Expression;
  /** The name of the result; undefined: SQL's own. */
  readonly name: string | undefined;
  /** How it sorts, when it is a sort key. */
  readonly order: Pick<OrderItem, "direction" | "nulls"> | undefined;

  /** @internal Use `col`, `lit`, `expr` and the functions. */
  constructor(expression: Expression, name?: string, order?: Pick<OrderItem, "direction" | "nulls">) {
    this.expression = expression;
    this.name = name;
    this.order = order;
  }

  /** Names the result. */
  as<const B extends string>(name: B): Column<T, N, B> {
    return new Column(this.expression, name, this.order);
  }
  /** The same as `as`. */
  alias<const B extends string>(name: B): Column<T, N, B> {
    return this.as(name);
  }

  add<const V extends Value>(other: V): Column<Arithmetic<T, TypeOf<V>>, N | NamesIn<V>> {
    return this.operator("+", other);
  }
  sub<const V extends Value>(other: V): Column<Arithmetic<T, TypeOf<V>>, N | NamesIn<V>> {
    return this.operator("-", other);
  }
  mul<const V extends Value>(other: V): Column<Arithmetic<T, TypeOf<V>>, N | NamesIn<V>> {
    return this.operator("*", other);
  }
  /** Always DOUBLE: SQL's `/`. By zero: NULL. */
  div<const V extends Value>(other: V): Column<number | null, N | NamesIn<V>> {
    return this.operator("/", other);
  }
  /** Integer division, truncated: SQL's `//`. By zero: NULL. */
  intDiv<const V extends Value>(other: V): Column<Arithmetic<T, TypeOf<V>> | null, N | NamesIn<V>> {
    return this.operator("//", other);
  }
  /** The remainder, with the sign of the dividend. By zero: NULL. */
  mod<const V extends Value>(other: V): Column<Arithmetic<T, TypeOf<V>> | null, N | NamesIn<V>> {
    return this.operator("%", other);
  }
  pow<const V extends Value>(other: V): Column<NullWith<number, T | TypeOf<V>>, N | NamesIn<V>> {
    return this.operator("**", other);
  }
  neg(): Column<T, N> {
    return new Column({ kind: "Unary", operator: "-", operand: this.expression, span: NO_SPAN });
  }
  /** Text or lists, one after the other: SQL's `||`. */
  concat<const V extends Value>(other: V): Column<unknown, N | NamesIn<V>> {
    return this.operator("||", other);
  }

  bitAnd<const V extends Value>(other: V): Column<Arithmetic<T, TypeOf<V>>, N | NamesIn<V>> {
    return this.operator("&", other);
  }
  bitOr<const V extends Value>(other: V): Column<Arithmetic<T, TypeOf<V>>, N | NamesIn<V>> {
    return this.operator("|", other);
  }
  bitXor<const V extends Value>(other: V): Column<Arithmetic<T, TypeOf<V>>, N | NamesIn<V>> {
    return new Column(call("xor", [this.expression, toExpression(other)]));
  }
  bitNot(): Column<T, N> {
    return new Column({ kind: "Unary", operator: "~", operand: this.expression, span: NO_SPAN });
  }
  shiftLeft<const V extends Value>(bits: V): Column<Arithmetic<T, TypeOf<V>>, N | NamesIn<V>> {
    return this.operator("<<", bits);
  }
  shiftRight<const V extends Value>(bits: V): Column<Arithmetic<T, TypeOf<V>>, N | NamesIn<V>> {
    return this.operator(">>", bits);
  }

  eq<const V extends Value>(other: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return this.operator("=", other);
  }
  ne<const V extends Value>(other: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return this.operator("<>", other);
  }
  lt<const V extends Value>(other: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return this.operator("<", other);
  }
  le<const V extends Value>(other: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return this.operator("<=", other);
  }
  gt<const V extends Value>(other: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return this.operator(">", other);
  }
  ge<const V extends Value>(other: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return this.operator(">=", other);
  }
  /** Equal, where NULL equals NULL: IS NOT DISTINCT FROM. */
  eqNullSafe<const V extends Value>(other: V): Column<boolean, N | NamesIn<V>> {
    const right = toExpression(other);
    return new Column({ kind: "IsDistinctFrom", left: this.expression, right, negated: true, span: NO_SPAN });
  }
  /** Both ends included. */
  between<const L extends Value, const H extends Value>(
    low: L,
    high: H,
  ): Column<Truth<T, L | H>, N | NamesIn<L> | NamesIn<H>> {
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
  /** One of some values, or of the rows of a DataFrame with one column. `.not()` of it is NOT IN. */
  isIn<const V extends Value>(values: readonly V[] | Frame): Column<boolean | null, N | NamesIn<V>> {
    const { expression: operand } = this;
    if ("lazy" in values)
      return new Column({
        kind: "InSubquery",
        operand,
        query: deferredQuery(values.lazy),
        negated: false,
        span: NO_SPAN,
      });
    if (values.length === 0) return new Column(literal(false));
    return new Column({ kind: "InList", operand, list: values.map(toExpression), negated: false, span: NO_SPAN });
  }
  isNull(): Column<boolean, N> {
    return new Column({ kind: "IsNull", operand: this.expression, negated: false, span: NO_SPAN });
  }
  isNotNull(): Column<boolean, N> {
    return new Column({ kind: "IsNull", operand: this.expression, negated: true, span: NO_SPAN });
  }

  /** `%` is any text, `_` any character. */
  like<const V extends Value>(pattern: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return this.likeAs("LIKE", pattern);
  }
  ilike<const V extends Value>(pattern: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return this.likeAs("ILIKE", pattern);
  }
  /** Whether a regular expression (RE2's syntax) matches somewhere. Of a RegExp the flags `i`, `m`, `s` count. */
  matches(pattern: RegExp | string): Column<Truth<T>, N> {
    if (typeof pattern === "string") return new Column(call("regexp_matches", [this.expression, literal(pattern)]));
    const { source, flags } = pattern;
    const known = /^[dgimsuvy]*$/.test(flags) && !/[vy]/.test(flags);
    if (!known) throw new TypeError(`the flags "${flags}" of a regular expression have no meaning in SQL`);
    const options = flags.replace(/[dgu]/g, "");
    const args = [this.expression, literal(source), ...(options === "" ? [] : [literal(options)])];
    return new Column(call("regexp_matches", args));
  }
  startsWith<const V extends Value>(prefix: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return new Column(call("starts_with", [this.expression, toExpression(prefix)]));
  }
  endsWith<const V extends Value>(suffix: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return new Column(call("ends_with", [this.expression, toExpression(suffix)]));
  }
  contains<const V extends Value>(part: V): Column<Truth<T, V>, N | NamesIn<V>> {
    return new Column(call("contains", [this.expression, toExpression(part)]));
  }

  and<U, M extends string>(other: Column<U, M>): Column<NullWith<boolean, T | U>, N | M> {
    return new Column(this.logical("AND", other));
  }
  or<U, M extends string>(other: Column<U, M>): Column<NullWith<boolean, T | U>, N | M> {
    return new Column(this.logical("OR", other));
  }
  not(): Column<T, N> {
    const { expression } = this;
    switch (expression.kind) {
      case "Between":
      case "InList":
      case "InSubquery":
      case "IsNull":
      case "IsDistinctFrom":
      case "Like":
        return new Column({ ...expression, negated: !expression.negated });
      default:
        return new Column({ kind: "Unary", operator: "NOT", operand: expression, span: NO_SPAN });
    }
  }

  /** CAST to an SQL type: `cast("DECIMAL(10,2)")`. */
  cast<const S extends string>(type: S): Column<NullWith<SqlValue<S>, T>, N> {
    return new Column({ kind: "Cast", operand: this.expression, type: parseType(type), try: false, span: NO_SPAN });
  }
  /** NULL where the cast fails. */
  tryCast<const S extends string>(type: S): Column<SqlValue<S> | null, N> {
    return new Column({ kind: "Cast", operand: this.expression, type: parseType(type), try: true, span: NO_SPAN });
  }
  /** An element of a list (from 1), a field of a struct, a value of a map. */
  getItem<const V extends Value>(key: V): Column<unknown, N | NamesIn<V>> {
    return new Column({ kind: "Subscript", operand: this.expression, index: toExpression(key), span: NO_SPAN });
  }
  /** A field of a struct. */
  getField(name: string): Column<unknown, N> {
    return new Column({ kind: "FieldAccess", operand: this.expression, field: identifier(name), span: NO_SPAN });
  }

  /** As a sort key: ascending. NULLs come last unless told otherwise. */
  asc(nulls?: "first" | "last"): Column<T, N, A> {
    return new Column(this.expression, this.name, { direction: "asc", nulls });
  }
  /** As a sort key: descending. NULLs come last unless told otherwise. */
  desc(nulls?: "first" | "last"): Column<T, N, A> {
    return new Column(this.expression, this.name, { direction: "desc", nulls });
  }
  nullsFirst(): Column<T, N, A> {
    return new Column(this.expression, this.name, { direction: this.order?.direction, nulls: "first" });
  }
  nullsLast(): Column<T, N, A> {
    return new Column(this.expression, this.name, { direction: this.order?.direction, nulls: "last" });
  }

  /** Only rows for which the condition holds go into this aggregate. */
  filter<M extends string>(condition: Column<unknown, M>): Column<T | null, N | M, A> {
    return new Column({ ...this.functionCall("filter"), filter: condition.expression }, this.name);
  }
  /** The aggregate over distinct values. */
  distinct(): Column<T, N, A> {
    return new Column({ ...this.functionCall("distinct"), distinct: true }, this.name);
  }
  /** The aggregate over the rows in an order: `list("x").orderBy("y")`. */
  orderBy<const C extends readonly ColumnLike[]>(...columns: C): Column<T, N | NamesLike<C[number]>, A> {
    return new Column({ ...this.functionCall("orderBy"), orderBy: orderByOf(columns) }, this.name);
  }
  /** The order that an ordered-set aggregate asks for: `fn("quantile_cont", 0.5).withinGroup("x")`. */
  withinGroup<const C extends readonly ColumnLike[]>(...columns: C): Column<T, N | NamesLike<C[number]>, A> {
    return new Column({ ...this.functionCall("withinGroup"), withinGroup: orderByOf(columns) }, this.name);
  }
  /** The window function passes over NULLs. */
  ignoreNulls(): Column<T, N, A> {
    return new Column({ ...this.functionCall("ignoreNulls"), nulls: "ignore" }, this.name);
  }
  /** The function over a window. */
  over<const P extends ColumnLike = never, const O extends ColumnLike = never>(
    window: Window<P, O> = {},
  ): Column<T, N | NamesLike<P> | NamesLike<O>, A> {
    const { partitionBy = [], orderBy = [], ...frame } = window;
    const [partitions, keys] = [listOf(partitionBy).map(toColumn), listOf(orderBy).map(toColumn)];
    const over = windowOf(
      partitions.map(({ expression }) => expression),
      keys.map((key) => key.toOrderItem()),
      frame,
    );
    return new Column({ ...this.functionCall("over"), over }, this.name);
  }

  /** @internal The column as a sort key. */
  toOrderItem(): OrderItem {
    return orderItem(this.expression, this.order?.direction, this.order?.nulls);
  }

  private operator<U, M extends string>(operator: Parameters<typeof binary>[0], other: Value): Column<U, M> {
    return new Column(binary(operator, this.expression, toExpression(other)));
  }

  /** Chains of one operator are flat, as those that are parsed. */
  private logical(operator: "AND" | "OR", other: Column): Expression {
    const operands = [this.expression, requireColumn(other, operator).expression].flatMap((operand) =>
      operand.kind === "Logical" && operand.operator === operator ? operand.operands : [operand],
    );
    return { kind: "Logical", operator, operands, span: NO_SPAN };
  }

  private likeAs<U, M extends string>(operator: "LIKE" | "ILIKE", pattern: Value): Column<U, M> {
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

  private functionCall(method: string): FunctionCall {
    if (this.expression.kind === "FunctionCall") return this.expression;
    throw new TypeError(`.${method}() follows a function call, such as sum("x")`);
  }
}

function orderByOf(columns: readonly ColumnLike[]): OrderBy {
  return { kind: "OrderByItems", items: columns.map((column) => toColumn(column).toOrderItem()), span: NO_SPAN };
}

function listOf<C extends ColumnLike>(columns: readonly C[] | C): readonly C[] {
  return Array.isArray(columns) ? (columns as readonly C[]) : [columns as C];
}
