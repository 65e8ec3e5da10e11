/** Results as JavaScript values. */
import { eachRowInSlices } from "../../exec/table/each-row.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import type { Reader } from "../../exec/table/row-fields.ts";
import type { ValueOptions } from "../../planner/types/js-values.ts";
import { uniqueNames } from "./names.ts";
import { valueReader } from "./values.ts";

/** One array a row. The event loop turns meanwhile. */
export async function decodeRows(
  rows: ResultRows,
  options: ValueOptions = {},
  signal?: AbortSignal,
): Promise<unknown[][]> {
  const readers = rows.columns.map((column) => valueReader(rows, column, options));
  return eachRowInSlices(rows, (row) => readers.map((read) => read(row)), signal);
}

/** One object a row, without a prototype; columns of the same name are `a`, `a_1`. */
export async function decodeObjects(
  rows: ResultRows,
  options: ValueOptions = {},
  signal?: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const readers = rows.columns.map((column) => valueReader(rows, column, options));
  const names = uniqueNames(rows.columns.map(({ name }) => name));
  const { length } = readers;
  const decode = (row: number): Record<string, unknown> => {
    // Several times faster than Object.create(null), which makes a hash table.
    const values = Object.setPrototypeOf({}, null) as Record<string, unknown>;
    for (let i = 0; i < length; i++) values[names[i] as string] = (readers[i] as Reader<unknown>)(row);
    return values;
  };
  return eachRowInSlices(rows, decode, signal);
}
