/** How the types of rows follow from what is done to DataFrames. Nothing here exists at run time. */
import type { Column } from "../expression/column.ts";
import type { Resolve } from "./value.ts";

/** A row whose columns are not known to the compiler. */
export type Row = Record<string, unknown>;

/** Names of a row's columns; any text where they are not known. */
export type ColumnName<R> = keyof R & string;

/** The same type, written out: keeps hints short and chains cheap to check. */
type Flat<T> = { [K in keyof T]: T[K] };

/** What the compiler shows for a name that no column has. */
export type NoSuchColumn<N extends string> = { readonly "there is no column": N };

/** Nothing more to ask of an expression over R's columns; `string` stands for names that are not known before the program runs. */
export type Known<R, N extends string> = [string] extends [N]
  ? unknown
  : [N] extends [ColumnName<R>]
    ? unknown
    : NoSuchColumn<Exclude<N, ColumnName<R>>>;

/** The same for an argument that may be a Column. */
export type KnownIn<R, C> = C extends Column<unknown, infer N> ? Known<R, N> : unknown;

/** Arguments that are names or expressions, each checked against the columns of R. */
export type KnownColumns<R, C extends readonly unknown[]> = { readonly [I in keyof C]: C[I] & KnownIn<R, C[I]> };

/** An object of expressions, each checked against the columns of R. */
export type KnownRecord<R, A> = { readonly [K in keyof A]: A[K] & KnownIn<R, A[K]> };

type OutputName<C, R> = C extends "*"
  ? keyof R
  : C extends string
    ? C
    : C extends Column<unknown, string, infer A>
      ? A
      : never;

/** Columns without a name that the compiler could know are `unknown`, under any name. */
type OutputType<C, R, K> = string extends K
  ? unknown
  : C extends "*"
    ? K extends keyof R
      ? R[K]
      : never
    : C extends keyof R
      ? R[C]
      : C extends Column<infer T>
        ? Resolve<T, R>
        : unknown;

/** One column of the output, as [name, type] pairs. */
type Output<R, C> = C extends unknown
  ? OutputName<C, R> extends infer K
    ? K extends PropertyKey
      ? [K, OutputType<C, R, K>]
      : never
    : never
  : never;

/** The row that `select(...columns)` gives. */
export type Selected<R, C extends readonly unknown[]> = {
  [P in Output<R, C[number]> as P[0]]: P[1];
};

/** R with the columns of A added or replaced. */
export type With<R, A> = string extends keyof R
  ? Row
  : Flat<
      Omit<R, keyof A> & {
        -readonly [K in keyof A]: A[K] extends Column<infer T> ? Resolve<T, R> : unknown;
      }
    >;

export type Without<R, K> = string extends keyof R ? Row : Flat<Omit<R, K & keyof R>>;

/** R under new names: M is new names by old names. */
export type Renamed<R, M> = string extends keyof R
  ? Row
  : { [K in keyof R as K extends keyof M ? (M[K] extends string ? M[K] : K) : K]: R[K] };

/** The row of `groupBy(...keys).agg(aggregates)`. */
export type Aggregated<R, K extends readonly unknown[], A> = Flat<
  Selected<R, K> & { -readonly [N in keyof A]: A[N] extends Column<infer T> ? Resolve<T, R> : unknown }
>;

/** Keys of ROLLUP, CUBE and GROUPING SETS are NULL in the rows of their totals. */
export type Nullable<R> = { [K in keyof R]: R[K] | null };

export type JoinHow = "inner" | "left" | "right" | "full" | "semi" | "anti";

/** The other side's columns beside R's: names that R has, too, get the suffix `_1`. */
type Beside<R, S, Keys> = { [K in Exclude<keyof S, Keys> as K extends keyof R & string ? `${K}_1` : K]: S[K] };

type LeftOf<R, Keys, How> = How extends "right" | "full"
  ? Nullable<Omit<R, Keys & keyof R>> & Pick<R, Keys & keyof R>
  : R;

type RightOf<S, How> = How extends "left" | "full" ? Nullable<S> : S;

/** The row of a join; `Keys`: columns of USING, which come once. */
export type Joined<R, S, How, Keys = never> = How extends "semi" | "anti"
  ? R
  : string extends keyof R | keyof S
    ? Row
    : Flat<LeftOf<R, Keys, How> & RightOf<Beside<R, S, Keys>, How>>;

/** The row of a union by name. */
export type ByName<R, S> = string extends keyof R | keyof S
  ? Row
  : {
      [K in keyof R | keyof S]: (K extends keyof R ? R[K] : null) | (K extends keyof S ? S[K] : null);
    };

/** R without NULL in the columns K. */
export type NotNull<R, K> = { [P in keyof R]: P extends K ? NonNullable<R[P]> : R[P] };

/** R with V in the place of NULL in the columns K. */
export type Filled<R, V, K> = {
  [P in keyof R]: P extends K ? (null extends R[P] ? NonNullable<R[P]> | V : R[P]) : R[P];
};

/** R with V in the place of NULL in the columns that have values of its kind, which the compiler does not know. */
export type MaybeFilled<R, V> = { [P in keyof R]: null extends R[P] ? R[P] | V : R[P] };

/** R with a list of the column K taken apart. */
export type Exploded<R, K, Empty> = {
  [P in keyof R]: P extends K
    ? NonNullable<R[P]> extends readonly (infer E)[]
      ? E | (Empty extends true ? null : never)
      : unknown
    : R[P];
};
