import { channel } from "node:diagnostics_channel";
import { HeadraceError } from "../../../error.ts";
import type { SharedMemory } from "../../../exec/memory/shared-memory.ts";
import { CHUNK_ROWS, type TableVersion } from "../../../exec/table/table-version.ts";
import { sleep } from "../sleep.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "../source.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { createGenerator } from "./columns.ts";
import { createBatch, type EventBatch, EventCursor, eventsOfPartition } from "./event-range.ts";
import { EVENT_COLUMNS } from "./model.ts";
import type { NexmarkOptions } from "./options.ts";

/** What was made, sent to subscribers of the diagnostics channel: for benchmarks. */
export type Generated = {
  readonly table: string;
  readonly rows: number;
  /** How long it took. */
  readonly ms: number;
  /** When the first and the last of the events were due, by `performance.now`; where they are not paced, when they were made. */
  readonly since: number;
  readonly until: number;
};

export const GENERATED_CHANNEL = "headrace:nexmark.generated";

/** Rows of a batch: events are made in steps of about ten milliseconds. */
const BATCH_ROWS = CHUNK_ROWS;
const IDLE_MS = 1000;

/**
 * The events of one table. A position is a number of events of the partition, those of the other tables included, and a limit
 * counts these as well: sources of the three tables advance in step, whatever each gives of an epoch.
 */
export class NexmarkSource implements Source {
  private readonly options: NexmarkOptions;
  private readonly partitions: readonly string[];
  private readonly writer: ChunkWriter;
  private readonly batch: EventBatch = createBatch(BATCH_ROWS);
  private readonly generated = channel(GENERATED_CHANNEL);
  /** When event number 0 is due, by the clock; undefined before anybody asked. */
  private start: number | undefined;

  /** @param layout a table without rows: those columns, found by their names, that somebody reads */
  constructor(options: NexmarkOptions, memory: SharedMemory, layout: TableVersion) {
    this.options = options;
    const { partitions } = options.order;
    this.partitions = Array.from({ length: partitions }, (_, i) => `${i}/${partitions}`);
    const columns = layout.columns.map(({ name, type }) => {
      const own = EVENT_COLUMNS[options.table].find((column) => column.name.toLowerCase() === name.toLowerCase())!;
      const scale = type.kind === "Timestamp" && type.unit === "us" ? 1000 : 1;
      return { name: own.name, scale };
    });
    this.writer = new ChunkWriter(memory, layout, createGenerator(options.table, options.model), columns);
  }

  async advance(from: Positions, limit: number): Promise<Advance> {
    const { order } = this.options;
    const done = this.eventsBefore(from);
    const events = Math.min(done + limit, order.events, Math.max(done, this.due(done)));
    const to = new Map<string, Position>();
    const finished = new Set<string>();
    this.partitions.forEach((name, i) => {
      const at = Math.max(position(from.get(name)), eventsOfPartition(order, i, events));
      to.set(name, at);
      if (at >= eventsOfPartition(order, i, order.events)) finished.add(name);
    });
    return { to, finished, ended: finished.size === this.partitions.length };
  }

  async *read(partition: string, from: Position | undefined, to: Position): AsyncGenerator<SourceRows> {
    const { batch } = this;
    const { order, table } = this.options;
    const index = this.partitions.indexOf(partition);
    if (index < 0) throw noPartition(partition);
    const cursor = new EventCursor(order, index, table, position(from), position(to));
    for (;;) {
      const began = performance.now();
      cursor.fill(batch);
      if (batch.count === 0) return;
      const rows = this.writer.write(batch);
      if (this.generated.hasSubscribers) this.publish(began);
      yield { rows, weights: undefined };
    }
  }

  async wait(from: Positions, signal: AbortSignal): Promise<void> {
    const done = this.eventsBefore(from);
    const { order, model } = this.options;
    if (done < order.events && this.due(done) > done) return;
    const next = (this.start ?? 0) + ((done + 1) * 1000) / model.rate - performance.now();
    await sleep(done < order.events ? Math.min(Math.max(next, 1), IDLE_MS) : IDLE_MS, signal);
  }

  async close(): Promise<void> {}

  /** Events that were read, of all partitions. */
  private eventsBefore(positions: Positions): number {
    for (const name of positions.keys()) if (!this.partitions.includes(name)) throw noPartition(name);
    return [...positions.values()].reduce<number>((sum, value) => sum + position(value), 0);
  }

  private publish(began: number): void {
    const { table, paced, model } = this.options;
    const { count: rows, numbers } = this.batch;
    const now = performance.now();
    const dueAt = (number: number): number => (paced ? (this.start ?? began) + (number * 1000) / model.rate : began);
    const [since, until] = [dueAt(numbers[0]!), dueAt(numbers[rows - 1]!)];
    this.generated.publish({ table, rows, ms: now - began, since, until } satisfies Generated);
  }

  /** Events that are due by now. The first question starts the clock, where the events go on from `done`. */
  private due(done: number): number {
    const { paced, model } = this.options;
    if (!paced) return Infinity;
    const now = performance.now();
    this.start ??= now - (done * 1000) / model.rate;
    return Math.floor(((now - this.start) * model.rate) / 1000);
  }
}

const noPartition = (name: string): HeadraceError =>
  new HeadraceError("io", `nexmark has no partition "${name}"`, {
    hint: 'the option "partitions" must stay what it was',
  });

const position = (value: Position | undefined): number => (typeof value === "number" ? value : 0);
