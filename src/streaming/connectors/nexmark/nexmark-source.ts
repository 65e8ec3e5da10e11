import { channel } from "node:diagnostics_channel";
import { setTimeout as sleep } from "node:timers/promises";
import type { SharedMemory } from "../../../exec/memory/shared-memory.ts";
import { CHUNK_ROWS, type TableVersion } from "../../../exec/table/table-version.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "../source.ts";
import { ChunkWriter } from "./chunk-writer.ts";
import { createGenerator } from "./columns.ts";
import { createBatch, type EventBatch, EventCursor, eventsOfPartition } from "./event-range.ts";
import { EVENT_COLUMNS } from "./model.ts";
import type { NexmarkOptions } from "./options.ts";

/** What was made, and how long it took: sent to subscribers of the diagnostics channel, for benchmarks. */
export type Generated = { readonly table: string; readonly rows: number; readonly ms: number };

export const GENERATED_CHANNEL = "headrace:nexmark.generated";

/** Rows of a batch: events are made in steps of about ten milliseconds. */
const BATCH_ROWS = CHUNK_ROWS;
const WAIT_MS = 100;

/**
 * The events of one table. A position is a number of events of the partition, those of the other tables included, and a limit
 * counts these as well: sources of the three tables advance in step, whatever each gives of an epoch.
 */
export class NexmarkSource implements Source {
  private readonly options: NexmarkOptions;
  private readonly writer: ChunkWriter;
  private readonly batch: EventBatch = createBatch(BATCH_ROWS);
  private readonly generated = channel(GENERATED_CHANNEL);
  /** When event number 0 is due, by the clock; undefined before anybody asked. */
  private start: number | undefined;

  /**
   * @param layout a table without rows of columns with these names
   * @param read names of the columns that somebody reads, the others are NULL; undefined: all
   */
  constructor(
    options: NexmarkOptions,
    memory: SharedMemory,
    layout: TableVersion,
    read: ReadonlySet<string> | undefined,
  ) {
    this.options = options;
    const columns = layout.columns.map(({ name, type }) => {
      const own = EVENT_COLUMNS[options.table].find((column) => column.name.toLowerCase() === name.toLowerCase())!;
      const scale = type.kind === "Timestamp" && type.unit === "us" ? 1000 : 1;
      return { name: own.name, scale, unread: read !== undefined && !read.has(name) };
    });
    this.writer = new ChunkWriter(memory, layout, createGenerator(options.table, options.model), columns);
  }

  advance(from: Positions, limit: number): Promise<Advance> {
    const { order } = this.options;
    const done = this.eventsBefore(from);
    const events = Math.min(done + limit, order.events, Math.max(done, this.due(done)));
    const to = new Map<string, Position>();
    for (let partition = 0; partition < order.partitions; partition++) {
      const name = String(partition);
      to.set(name, Math.max(position(from.get(name)), eventsOfPartition(order, partition, events)));
    }
    return Promise.resolve({ to, ended: events >= order.events });
  }

  async *read(partition: string, from: Position | undefined, to: Position): AsyncGenerator<SourceRows> {
    const { batch } = this;
    const { order, table } = this.options;
    const cursor = new EventCursor(order, Number(partition), table, position(from), position(to));
    for (;;) {
      const started = performance.now();
      cursor.fill(batch);
      if (batch.count === 0) return;
      const rows = this.writer.write(batch);
      if (this.generated.hasSubscribers) {
        this.generated.publish({ table, rows: rows.rows, ms: performance.now() - started } satisfies Generated);
      }
      yield { rows, weights: undefined };
    }
  }

  async wait(from: Positions, signal: AbortSignal): Promise<void> {
    const done = this.eventsBefore(from);
    if (!this.options.paced && done < this.options.order.events) return;
    const next = (this.start ?? 0) + ((done + 1) * 1000) / this.options.model.rate - performance.now();
    await sleep(Math.min(Math.max(next, 1), WAIT_MS), undefined, { signal }).catch(() => undefined);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private eventsBefore(positions: Positions): number {
    return [...positions.values()].reduce<number>((sum, value) => sum + position(value), 0);
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

const position = (value: Position | undefined): number => (typeof value === "number" ? value : 0);
