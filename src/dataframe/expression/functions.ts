import { call, literal, star } from "./nodes.ts";
import { Column, type ColumnLike, toColumn, toExpression, type Value } from "./column.ts";

/** Aggregates and functions that programs use most; all others are `fn("name", ...)`. Strings name columns here. */

const unary =
  (name: string) =>
  (column: ColumnLike): Column =>
    new Column(call(name, [toColumn(column).expression]));

export const sum: (column: ColumnLike) => Column = unary("sum");
export const avg: (column: ColumnLike) => Column = unary("avg");
export const min: (column: ColumnLike) => Column = unary("min");
export const max: (column: ColumnLike) => Column = unary("max");
export const median: (column: ColumnLike) => Column = unary("median");
export const stddev: (column: ColumnLike) => Column = unary("stddev");
export const variance: (column: ColumnLike) => Column = unary("variance");
export const first: (column: ColumnLike) => Column = unary("first");
export const last: (column: ColumnLike) => Column = unary("last");
export const anyValue: (column: ColumnLike) => Column = unary("any_value");
export const list: (column: ColumnLike) => Column = unary("list");
export const abs: (column: ColumnLike) => Column = unary("abs");
export const lower: (column: ColumnLike) => Column = unary("lower");
export const upper: (column: ColumnLike) => Column = unary("upper");
export const length: (column: ColumnLike) => Column = unary("length");

/** Rows, or the values of a column that are not NULL. */
export function count(column?: ColumnLike): Column {
  return new Column(call("count", [column === undefined ? star() : toColumn(column).expression]));
}

export function countDistinct(column: ColumnLike): Column {
  return count(column).distinct();
}

export function round(column: ColumnLike, digits: number = 0): Column {
  return new Column(call("round", [toColumn(column).expression, literal(digits)]));
}

/** The first that is not NULL. */
export function coalesce(...values: readonly Value[]): Column {
  return new Column(call("coalesce", values.map(toExpression)));
}

export const rowNumber = (): Column => new Column(call("row_number", []));
export const rank = (): Column => new Column(call("rank", []));
export const denseRank = (): Column => new Column(call("dense_rank", []));

export function lag(column: ColumnLike, offset: number = 1, otherwise?: Value): Column {
  return shifted("lag", column, offset, otherwise);
}

export function lead(column: ColumnLike, offset: number = 1, otherwise?: Value): Column {
  return shifted("lead", column, offset, otherwise);
}

function shifted(name: string, column: ColumnLike, offset: number, otherwise: Value | undefined): Column {
  const args = [toColumn(column).expression, literal(offset)];
  return new Column(call(name, otherwise === undefined ? args : [...args, toExpression(otherwise)]));
}
