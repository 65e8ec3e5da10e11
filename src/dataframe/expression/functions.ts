import type { FirstNotNull, ListOf, MeanOf, NullWith, OneOf, SumOf } from "../types/value.ts";
import { Column, type ColumnLike, type NamesIn, type NamesLike, toColumn, toExpression } from "./column.ts";
import type { TypeLike, TypeOf, Value } from "./column.ts";
import { call, literal, star } from "./nodes.ts";

/** Aggregates and functions that programs use most; all others are in `functions`. Strings name columns here. */

const unary = (name: string, column: ColumnLike): Column<never, never> =>
  new Column(call(name, [toColumn(column).expression]));

/** An aggregate over one column that gives one of its values, or NULL when there is none. */
type Chooses = <const C extends ColumnLike>(column: C) => Column<OneOf<TypeLike<C>>, NamesLike<C>>;

/** Of integers a HUGEINT, of DECIMAL one of 38 digits, of floats a DOUBLE; NULL without values. */
export function sum<const C extends ColumnLike>(column: C): Column<SumOf<TypeLike<C>>, NamesLike<C>> {
  return unary("sum", column);
}
/** The mean: a DOUBLE, of dates and times one of them; NULL without values. */
export function avg<const C extends ColumnLike>(column: C): Column<MeanOf<TypeLike<C>>, NamesLike<C>> {
  return unary("avg", column);
}
export const min: Chooses = (column) => unary("min", column);
export const max: Chooses = (column) => unary("max", column);
/** The value in the middle, or the mean of the two. */
export function median<const C extends ColumnLike>(column: C): Column<MeanOf<TypeLike<C>>, NamesLike<C>> {
  return unary("median", column);
}
/** The standard deviation of a sample. */
export function stddev<const C extends ColumnLike>(column: C): Column<number | null, NamesLike<C>> {
  return unary("stddev", column);
}
/** The variance of a sample. */
export function variance<const C extends ColumnLike>(column: C): Column<number | null, NamesLike<C>> {
  return unary("variance", column);
}
/** The value of the first row. */
export const first: Chooses = (column) => unary("first", column);
/** The value of the last row. */
export const last: Chooses = (column) => unary("last", column);
/** Some value that is not NULL. */
export const anyValue: Chooses = (column) => unary("any_value", column);
/** All values, NULLs included. */
export function list<const C extends ColumnLike>(column: C): Column<ListOf<TypeLike<C>>, NamesLike<C>> {
  return unary("list", column);
}
export function abs<const C extends ColumnLike>(column: C): Column<TypeLike<C>, NamesLike<C>> {
  return unary("abs", column);
}
export function lower<const C extends ColumnLike>(column: C): Column<NullWith<string, TypeLike<C>>, NamesLike<C>> {
  return unary("lower", column);
}
export function upper<const C extends ColumnLike>(column: C): Column<NullWith<string, TypeLike<C>>, NamesLike<C>> {
  return unary("upper", column);
}
/** Characters of a text, elements of a list. */
export function length<const C extends ColumnLike>(column: C): Column<NullWith<bigint, TypeLike<C>>, NamesLike<C>> {
  return unary("length", column);
}

/** Rows, or the values of a column that are not NULL. */
export function count<const C extends ColumnLike = never>(column?: C): Column<bigint, NamesLike<C>> {
  return new Column(call("count", [column === undefined ? star() : toColumn(column).expression]));
}

/** Different values, NULL not counted. */
export function countDistinct<const C extends ColumnLike>(column: C): Column<bigint, NamesLike<C>> {
  return count(column).distinct();
}

export function round<const C extends ColumnLike>(column: C, digits: number = 0): Column<TypeLike<C>, NamesLike<C>> {
  return new Column(call("round", [toColumn(column).expression, literal(digits)]));
}

/** The first that is not NULL. Strings are constants here. */
export function coalesce<const A extends readonly Value[]>(
  ...values: A
): Column<
  FirstNotNull<TypeOf<A[number]>, A extends readonly [...unknown[], infer L] ? TypeOf<L> : TypeOf<A[number]>>,
  NamesIn<A[number]>
> {
  return new Column(call("coalesce", values.map(toExpression)));
}

/** The number of the row in its window, from 1. */
export const rowNumber = (): Column<bigint, never> => new Column(call("row_number", []));
/** The number of rows before this one's equals in ORDER BY, plus 1. */
export const rank = (): Column<bigint, never> => new Column(call("rank", []));
/** The number of different rows up to this one in ORDER BY. */
export const denseRank = (): Column<bigint, never> => new Column(call("dense_rank", []));

/** The value `offset` rows before; `otherwise`, or NULL, where there is none. */
export function lag<const C extends ColumnLike>(
  column: C,
  offset: number = 1,
  otherwise?: Value,
): Column<OneOf<TypeLike<C>>, NamesLike<C>> {
  return shifted("lag", column, offset, otherwise);
}

/** The value `offset` rows behind; `otherwise`, or NULL, where there is none. */
export function lead<const C extends ColumnLike>(
  column: C,
  offset: number = 1,
  otherwise?: Value,
): Column<OneOf<TypeLike<C>>, NamesLike<C>> {
  return shifted("lead", column, offset, otherwise);
}

function shifted(name: string, column: ColumnLike, offset: number, otherwise: Value | undefined): Column<never, never> {
  const args = [toColumn(column).expression, literal(offset)];
  return new Column(call(name, otherwise === undefined ? args : [...args, toExpression(otherwise)]));
}
