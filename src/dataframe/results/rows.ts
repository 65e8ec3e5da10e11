/** Results as JavaScript values. */
import type { ResultRows } from "../../exec/table/result-rows.ts";
import type { ValueOptions } from "../options.ts";
import type { Reader } from "./fields.ts";
import { uniqueNames } from "./names.ts";
import { valueReader } from "./values.ts";

/** One array a row. */
export function decodeRows(rows: ResultRows, options: ValueOptions = {}): unknown[][] {
  const readers = rows.columns.map((column) => valueReader(rows, column, options));
  return eachRow(rows, (row) => readers.map((read) => read(row)));
}

/** One object a row, without a prototype; columns of the same name are `a`, `a_1`. */
export function decodeObjects(rows: ResultRows, options: ValueOptions = {}): Record<string, unknown>[] {
  const readers = rows.columns.map((column) => valueReader(rows, column, options));
  const names = uniqueNames(rows.columns.map(({ name }) => name));
  const { length } = readers;
  return eachRow(rows, (row) => {
    // Several times faster than Object.create(null), which makes a hash table.
    const values = Object.setPrototypeOf({}, null) as Record<string, unknown>;
    for (let i = 0; i < length; i++) values[names[i] as string] = (readers[i] as Reader<unknown>)(row);
    return values;
  });
}

export function eachRow<T>(rows: ResultRows, decode: (row: number) => T): T[] {
  const { segments, stride } = rows;
  const values: T[] = [];
  for (const { address, rows: count } of segments) {
    for (let row = address, end = address + count * stride; row < end; row += stride) values.push(decode(row));
  }
  return values;
}
