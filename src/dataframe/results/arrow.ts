/** Results as apache-arrow batches, copied out of the shared memory. The library is loaded at the first use. */
import type { Data, DataType, Field, RecordBatch, Schema, Table } from "apache-arrow";
import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import { runInSlices, Turns } from "../../exec/table/slices.ts";
import { arrowColumn, type ColumnBuilder, type Arrow } from "./arrow-columns.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { arrowMetadata, arrowType } from "./arrow-nested.ts";
import { uniqueNames } from "./names.ts";

const BATCH_ROWS = 65_536;
const FIRST_ROWS = 8192;
/** Arrow's offsets of strings are 32 bits. */
const MAX_STRING_BYTES = 2 ** 31 - 1;

/** Loading the library takes longer than planning most queries: who will need it begins now. A failure shows when it is used. */
export function expectArrow(): void {
  import("apache-arrow").catch(() => undefined);
}

/** All rows. */
export async function arrowTable(rows: ResultRows, signal?: AbortSignal): Promise<Table> {
  const batches: RecordBatch[] = [];
  const { arrow, schema, groups, steps } = await arrowEncoder(rows);
  const turns = new Turns(signal);
  for (const addresses of groups()) batches.push(await runInSlices(steps(addresses), signal, turns));
  return batches.length === 0 ? new arrow.Table(schema) : new arrow.Table(schema, batches);
}

/** Batches of up to 64 Ki rows, none when there are no rows. `first`: whether these are the first rows of all, of which a few come soon. */
export async function* arrowBatches(
  rows: ResultRows,
  signal?: AbortSignal,
  first = false,
): AsyncGenerator<RecordBatch> {
  const { groups, steps } = await arrowEncoder(rows);
  const turns = new Turns(signal);
  for (const addresses of groups(first ? FIRST_ROWS : BATCH_ROWS))
    yield await runInSlices(steps(addresses), signal, turns);
}

/** The fields of columns. */
export async function arrowFields(
  columns: readonly { readonly name: string; readonly type: SqlType; readonly nullable: boolean }[],
): Promise<readonly Field[]> {
  const arrow: Arrow = await import("apache-arrow");
  const names = uniqueNames(columns.map(({ name }) => name));
  return columns.map(({ type, nullable }, i) => {
    const name = names[i] as string;
    return new arrow.Field(name, arrowType(arrow, type), nullable || type.kind === "Null", arrowMetadata(type));
  });
}

type ArrowEncoder = {
  readonly arrow: Arrow;
  readonly schema: Schema;
  /** The addresses of each batch's rows. */
  readonly groups: (firstRows?: number) => Generator<Float64Array>;
  /** Makes a batch, column by column. */
  readonly steps: (addresses: Float64Array) => Generator<void, RecordBatch>;
};

async function arrowEncoder(rows: ResultRows): Promise<ArrowEncoder> {
  const arrow: Arrow = await import("apache-arrow");
  const names = uniqueNames(rows.columns.map(({ name }) => name));
  const builders = rows.columns.map((column) => arrowColumn(arrow, rows, column));
  const fields = builders.map(({ type, metadata }, i): Field => {
    const nullable = rows.columns[i]?.field.validOffset !== undefined || arrow.DataType.isNull(type);
    return new arrow.Field(names[i] as string, type, nullable, metadata);
  });
  const schema = new arrow.Schema(fields);
  return {
    arrow,
    schema,
    groups: (firstRows = BATCH_ROWS) => batchAddresses(rows, builders, firstRows),
    *steps(addresses) {
      const children: Data[] = [];
      for (const { build } of builders) {
        children.push(build(addresses));
        yield;
      }
      const type = new arrow.Struct<Record<string, DataType>>(fields);
      const data = arrow.makeData({ type, length: addresses.length, nullCount: 0, children });
      return new arrow.RecordBatch(schema, data);
    },
  };
}

/** The rows of each batch. */
function* batchAddresses(
  rows: ResultRows,
  builders: readonly ColumnBuilder[],
  firstRows: number,
): Generator<Float64Array> {
  const total = countRows(rows);
  let batch = new Float64Array(Math.min(firstRows, total));
  let filled = 0;
  let left = total;
  for (const { address, rows: count } of rows.segments) {
    for (let i = 0; i < count; i++) {
      batch[filled++] = address + i * rows.stride;
      if (filled < batch.length) continue;
      yield* fitting(batch, builders);
      left -= filled;
      batch = new Float64Array(Math.min(BATCH_ROWS, left));
      filled = 0;
    }
  }
}

/** Halves a batch until its strings have 32-bit offsets. */
function* fitting(batch: Float64Array, builders: readonly ColumnBuilder[]): Generator<Float64Array> {
  if (batch.length === 1 || builders.every(({ bytes }) => bytes === undefined || bytes(batch) <= MAX_STRING_BYTES)) {
    yield batch;
    return;
  }
  const half = batch.length >>> 1;
  yield* fitting(batch.subarray(0, half), builders);
  yield* fitting(batch.subarray(half), builders);
}
