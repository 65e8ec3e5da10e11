/** Results as apache-arrow batches, copied out of the shared memory. The library is loaded at the first use. */
import type { DataType, Field, RecordBatch, Schema, Table } from "apache-arrow";
import { countRows, type ResultRows } from "../../exec/table/result-rows.ts";
import { arrowColumn, type ColumnBuilder, type Arrow } from "./arrow-columns.ts";
import { uniqueNames } from "./names.ts";

const BATCH_ROWS = 65_536;
/** Arrow's offsets of strings are 32 bits. */
const MAX_STRING_BYTES = 2 ** 31 - 1;

/** All rows. */
export async function arrowTable(rows: ResultRows): Promise<Table> {
  const encoder = await arrowEncoder(rows);
  const batches = [...encoder.batches()];
  const { arrow, schema } = encoder;
  return batches.length === 0 ? new arrow.Table(schema) : new arrow.Table(schema, batches);
}

/** Batches of up to 64 Ki rows, none when there are no rows. */
export async function* arrowBatches(rows: ResultRows): AsyncGenerator<RecordBatch> {
  const { batches } = await arrowEncoder(rows);
  yield* batches();
}

type ArrowEncoder = { readonly arrow: Arrow; readonly schema: Schema; readonly batches: () => Generator<RecordBatch> };

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
    *batches() {
      for (const addresses of batchAddresses(rows, builders)) {
        const children = builders.map(({ build }) => build(addresses));
        const data = arrow.makeData({
          type: new arrow.Struct<Record<string, DataType>>(fields),
          length: addresses.length,
          nullCount: 0,
          children,
        });
        yield new arrow.RecordBatch(schema, data);
      }
    },
  };
}

/** The rows of each batch. */
function* batchAddresses(rows: ResultRows, builders: readonly ColumnBuilder[]): Generator<Float64Array> {
  const total = countRows(rows);
  let batch = new Float64Array(Math.min(BATCH_ROWS, total));
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
