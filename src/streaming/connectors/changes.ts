/** What sinks make of an epoch's rows. */
import { eachRow, eachRowInSlices } from "../../exec/table/each-row.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import type { ResultRows } from "../../exec/table/result-rows.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { datumKey } from "../../planner/types/datum-order.ts";
import type { SinkColumn } from "./sink.ts";

export type Row = readonly Datum[];

/** A row that came (`weight` times) or went (minus `weight` times). */
export type Change = { readonly row: Row; readonly weight: number };

/** The rows as values; those of weight 0 are no changes. */
export async function decodeChanges(rows: ResultRows): Promise<Change[]> {
  const changes = await eachRowInSlices(rows, changeReader(rows));
  return changes.filter((change) => change.weight !== 0);
}

/** Whether every row came once. */
export function areAdded(rows: ResultRows): boolean {
  const weight = datumReader(rows, rows.columns.at(-1)!);
  return eachRow(rows, weight).every((value) => value === 1n);
}

/** The rows as the table has them. */
export function withoutWeight(rows: ResultRows): ResultRows {
  return { ...rows, columns: rows.columns.slice(0, -1) };
}

/** Reads the row at an address. */
function changeReader(rows: ResultRows): (row: number) => Change {
  const readers = rows.columns.map((column) => datumReader(rows, column));
  const weight = readers.pop()!;
  return (row) => ({ row: readers.map((read) => read(row)), weight: Number(weight(row)) });
}

/** What became of one row: no `before` where it is new, no `after` where it is gone. */
export type Update =
  | { readonly before: Row; readonly after: Row }
  | { readonly before: Row; readonly after: undefined }
  | { readonly before: undefined; readonly after: Row };

/**
 * Changes one by one; where one row of a key goes and another one comes, the first became the other. In the order in which keys come
 * first.
 *
 * @param key ordinals of the primary key; empty: nothing is known to be the same row
 */
export function updatesOf(
  changes: readonly Change[],
  columns: readonly SinkColumn[],
  key: readonly number[],
): Update[] {
  if (key.length === 0) return changes.flatMap(({ row, weight }) => single(row, weight));
  const byKey = new Map<string, { readonly gone: Row[]; readonly come: Row[] }>();
  for (const { row, weight } of changes) {
    const text = keyText(row, columns, key);
    let entry = byKey.get(text);
    if (entry === undefined) byKey.set(text, (entry = { gone: [], come: [] }));
    for (let n = Math.abs(weight); n > 0; n--) (weight > 0 ? entry.come : entry.gone).push(row);
  }
  return [...byKey.values()].flatMap(({ gone, come }) =>
    Array.from({ length: Math.max(gone.length, come.length) }, (_, i) => {
      const [before, after] = [gone[i], come[i]];
      return { before, after } as Update;
    }),
  );
}

function single(row: Row, weight: number): Update[] {
  const update: Update = weight > 0 ? { before: undefined, after: row } : { before: row, after: undefined };
  return Array.from({ length: Math.abs(weight) }, () => update);
}

/** Equal keys have equal texts. */
export function keyText(row: Row, columns: readonly SinkColumn[], key: readonly number[]): string {
  return JSON.stringify(key.map((i) => datumKey(row[i]!, columns[i]!.type)));
}

/** Ordinals of the columns that these names have. */
export function keyOrdinals(columns: readonly SinkColumn[], names: readonly string[]): number[] {
  return names.map((name) => columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase()));
}
