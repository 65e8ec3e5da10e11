/** The events of a table as rows of JavaScript values: for files, and for tables that batch queries read. */
import type { TableProvider } from "../../src/index.ts";
import { createGenerator, type NumberColumn, type TextColumn } from "../../src/streaming/connectors/nexmark/columns.ts";
import { createBatch, type EventBatch, EventCursor } from "../../src/streaming/connectors/nexmark/event-range.ts";
import {
  EVENT_COLUMNS,
  type EventColumn,
  type EventModel,
  type EventTable,
  PLACES,
  EVENTS_PER_CYCLE,
} from "../../src/streaming/connectors/nexmark/model.ts";
import { typeName } from "../../src/planner/types/types.ts";

const BATCH_ROWS = 4096;

/** The rows of a table among the first `events` events, in order; for `register`. */
export function eventsProvider(table: EventTable, model: EventModel, events: number): TableProvider {
  const { first, end } = PLACES[table];
  return {
    schema: Object.fromEntries(EVENT_COLUMNS[table].map(({ name, type }) => [name, typeName(type)])),
    statistics: { rows: Math.round((events * (end - first)) / EVENTS_PER_CYCLE) },
    scan: ({ columns }) => eventRows(table, model, events, columns),
  };
}

/** Rows in batches, each an array of the table's values in order, undefined where a column is not among `columns`. */
export function* eventRows(
  table: EventTable,
  model: EventModel,
  events: number,
  columns: readonly string[] = EVENT_COLUMNS[table].map(({ name }) => name),
): Generator<unknown[][]> {
  const { pool, columns: known } = createGenerator(table, model);
  const text = Buffer.from(pool.words.buffer);
  const batch = createBatch(BATCH_ROWS);
  const makers = EVENT_COLUMNS[table].map((column) =>
    columns.includes(column.name) ? valueMaker(column, known[column.name]!, text) : undefined,
  );
  const cursor = new EventCursor({ events, partitions: 1, shuffled: 1 }, 0, table, 0, events);
  for (;;) {
    cursor.fill(batch);
    if (batch.count === 0) return;
    const values = makers.map((make) => make?.(batch));
    yield Array.from({ length: batch.count }, (_, row) => values.map((value) => value?.(row)));
  }
}

/** Computes a batch's column, then gives its values by row. */
function valueMaker(
  { type }: EventColumn,
  column: NumberColumn | TextColumn,
  text: Buffer,
): (batch: EventBatch) => (row: number) => unknown {
  if (column.kind === "text") {
    const [first, bytes] = [new Int32Array(BATCH_ROWS), new Int32Array(BATCH_ROWS)];
    return (batch) => {
      column.fill(batch, first, bytes);
      return (row) => text.toString("latin1", first[row]! * 4, first[row]! * 4 + bytes[row]!);
    };
  }
  const values = new Float64Array(BATCH_ROWS);
  return (batch) => {
    column.fill(batch, values);
    if (type.kind === "Timestamp") return (row) => new Date(values[row]!);
    return (row) => BigInt(values[row]!);
  };
}
