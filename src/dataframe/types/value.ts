/**
 * Types of expressions. That of a column is known only when the expression meets a row, so an expression's type is a formula
 * over columns, and `Resolve` its result for the rows of a DataFrame. Nothing here exists at run time.
 */

/** The type of column N. */
export type ColumnType<N extends string> = { readonly formula: "column"; readonly name: N };
/** T; NULL where an expression of type E is NULL. */
export type NullWith<T, E> = { readonly formula: "null with"; readonly type: T; readonly from: E };
/** The sum, difference or product of A and B. */
export type Arithmetic<A, B> = { readonly formula: "arithmetic"; readonly left: A; readonly right: B };
/** One of the values of E, or NULL when there is none. */
export type OneOf<E> = { readonly formula: "one of"; readonly of: E };
/** The sum of the values of E. */
export type SumOf<E> = { readonly formula: "sum"; readonly of: E };
/** The mean of the values of E. */
export type MeanOf<E> = { readonly formula: "mean"; readonly of: E };
/** A list of the values of E. */
export type ListOf<E> = { readonly formula: "list"; readonly of: E };
/** The first of the expressions, a union, that is not NULL; NULL only if `Last` is. */
export type FirstNotNull<E, Last> = { readonly formula: "first not null"; readonly of: E; readonly last: Last };

type NullOf<T> = unknown extends T ? null : Extract<T, null>;

/** The type that expressions of type E have over rows R. */
export type Resolve<E, R> = E extends { readonly formula: string }
  ? E extends ColumnType<infer N>
    ? N extends keyof R
      ? R[N]
      : unknown
    : E extends NullWith<infer T, infer F>
      ? T | NullOf<Resolve<F, R>>
      : E extends Arithmetic<infer A, infer B>
        ? Result<Resolve<A, R>, Resolve<B, R>>
        : E extends OneOf<infer F>
          ? NonNull<Resolve<F, R>> | null
          : E extends SumOf<infer F>
            ? Sum<NonNull<Resolve<F, R>>> | null
            : E extends MeanOf<infer F>
              ? Mean<NonNull<Resolve<F, R>>> | null
              : E extends ListOf<infer F>
                ? Resolve<F, R>[] | null
                : E extends FirstNotNull<infer F, infer L>
                  ? NonNull<Resolve<F, R>> | NullOf<Resolve<L, R>>
                  : unknown
  : E;

/** `NonNullable` would make `{}` of `unknown`. */
type NonNull<T> = unknown extends T ? unknown : NonNullable<T>;

/** A number is an INTEGER, whose sum is a HUGEINT, or a DOUBLE. */
type Sum<T> = T extends number ? number | bigint : T;

type Mean<T> = T extends number | bigint | string ? number : T;

type Result<A, B> = unknown extends A | B ? unknown : ResultOf<NonNullable<A>, NonNullable<B>> | Extract<A | B, null>;

/** INTEGER and DOUBLE are both numbers, so a number and a bigint may make either; text is DECIMAL. */
type ResultOf<A, B> = [A | B] extends [number]
  ? number
  : [A | B] extends [bigint]
    ? bigint
    : [A | B] extends [string]
      ? string
      : [A | B] extends [number | bigint]
        ? number | bigint
        : [A | B] extends [number | bigint | string]
          ? number | bigint | string
          : unknown;

type Integers = "TINYINT" | "SMALLINT" | "INTEGER" | "INT" | "UTINYINT" | "USMALLINT" | "UINTEGER";
type WideIntegers = "BIGINT" | "UBIGINT" | "HUGEINT" | "UHUGEINT";
type Texts = "VARCHAR" | "TEXT" | "UUID" | "TIME" | "JSON" | "DECIMAL" | `DECIMAL(${string})` | `VARCHAR(${string})`;
type Dates = "DATE" | "TIMESTAMP" | "TIMESTAMPTZ";

/** The JavaScript type of values of the SQL type that a text names. */
export type SqlValue<T extends string> =
  Uppercase<T> extends infer U
    ? U extends `${infer E}[]`
      ? (SqlValue<E> | null)[]
      : U extends Integers | "DOUBLE" | "FLOAT" | "REAL"
        ? number
        : U extends WideIntegers
          ? bigint
          : U extends Texts
            ? string
            : U extends Dates
              ? Date
              : U extends "BOOLEAN"
                ? boolean
                : U extends "BLOB"
                  ? Uint8Array
                  : unknown
    : never;

/** What a program may hand in for a value of that SQL type. */
export type SqlInput<T extends string> =
  SqlValue<T> extends infer V ? (V extends bigint ? bigint | number : V extends Date ? Date | string : V) : never;
