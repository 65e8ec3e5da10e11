/** How the columns of events are computed: each by itself, so that only those that are read cost anything. */
import { auctionColumns } from "./auction.ts";
import { bidColumns } from "./bid.ts";
import type { EventBatch } from "./event-range.ts";
import type { EventModel, EventTable } from "./model.ts";
import { personColumns } from "./person.ts";
import { createTextPool, type TextPool } from "./text-pool.ts";

/** Values of the events of a batch. */
export type NumberColumn = {
  readonly kind: "number";
  readonly fill: (batch: EventBatch, values: Float64Array) => void;
};

/** For each event of a batch, where its text begins in the pool (in words) and how many bytes it has. */
export type TextColumn = {
  readonly kind: "text";
  readonly fill: (batch: EventBatch, first: Int32Array, bytes: Int32Array) => void;
};

export type EventColumns = { readonly [name: string]: NumberColumn | TextColumn };

export type EventGenerator = { readonly pool: TextPool; readonly columns: EventColumns };

export function createGenerator(table: EventTable, model: EventModel): EventGenerator {
  const pool = createTextPool(table, model.seed);
  return { pool, columns: MAKERS[table](model, pool) };
}

const MAKERS: { readonly [T in EventTable]: (model: EventModel, pool: TextPool) => EventColumns } = {
  person: personColumns,
  auction: auctionColumns,
  bid: bidColumns,
};
