import { SLACK } from "../exec/memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../exec/memory/shared-memory.ts";
import {
  type Chunk,
  type ChunkColumn,
  CHUNK_ROWS,
  type SharedExtent,
  type TableVersion,
  withChunks,
} from "../exec/table/table-version.ts";
import { LANE_BYTES, type Lane } from "../planner/types/lane.ts";
import type { Input } from "./incremental/plan.ts";
import type { Time } from "./time/bound.ts";
import { type SavedWatermarks, Watermarks } from "./time/watermarks.ts";

/** Rows of one partition of a stream, in order. */
export type FeedRows = {
  readonly partition: string;
  readonly rows: TableVersion;
  /** Where the rows have the stream's columns, by ordinal of the stream. */
  readonly columns: ReadonlyMap<number, number>;
  /** Where they have their weights; undefined: all are added. */
  readonly weight: number | BigInt64Array | undefined;
};

/** Makes an epoch's delta of what came from a stream: the columns that a query reads, and what is known of each row beside them. */
export class Feed {
  readonly input: Input;
  readonly watermarks: Watermarks | undefined;
  private readonly memory: SharedMemory;
  private readonly ones: Constant;

  /** @param delay of the watermark, in microseconds */
  constructor(memory: SharedMemory, input: Input, delay: bigint | undefined) {
    const { source } = input;
    const time = source.stream?.eventTime;
    this.memory = memory;
    this.input = input;
    this.ones = new Constant(memory, 1n);
    this.watermarks =
      time === undefined || delay === undefined ? undefined : new Watermarks(source.schema[time.ordinal]!.type, delay);
  }

  /** The rows as a version of the delta; `arrival` is the processing time in microseconds. */
  delta(batches: readonly FeedRows[], arrival: bigint): TableVersion {
    const { source, ordinals, delta } = this.input;
    const facts = source.stream!;
    const arrivals = new Constant(this.memory, arrival);
    const chunks: Chunk[] = [];
    for (const { partition, rows, columns: at, weight } of batches) {
      let first = 0;
      for (const chunk of rows.chunks) {
        // Every row moves the watermark, whether the query asks for it or not.
        const watermark = this.watermarkOf(partition, chunk, at);
        const made = ordinals.map((ordinal): ChunkColumn => {
          if (ordinal === facts.eventTime?.watermark) return watermark!;
          if (ordinal === facts.arrival) return arrivals.column(chunk.rows);
          return chunk.columns[at.get(ordinal)!]!;
        });
        made.push(this.weights(weight, chunk, first));
        chunks.push({ rows: chunk.rows, columns: made });
        first += chunk.rows;
      }
    }
    const version = withChunks(delta.source.handle as TableVersion, chunks);
    arrivals.close();
    return version;
  }

  get time(): Time {
    return this.watermarks?.current() ?? "none";
  }

  save(): SavedWatermarks | undefined {
    return this.watermarks?.save();
  }

  close(): void {
    this.ones.close();
  }

  private weights(weight: FeedRows["weight"], chunk: Chunk, first: number): ChunkColumn {
    if (weight === undefined) return this.ones.column(chunk.rows);
    if (typeof weight === "number") return chunk.columns[weight]!;
    const column = this.allocate("i64", chunk.rows);
    this.memory.i64.set(weight.subarray(first, first + chunk.rows), column.data / 8);
    return column;
  }

  private watermarkOf(partition: string, chunk: Chunk, at: ReadonlyMap<number, number>): ChunkColumn | undefined {
    const { watermarks, memory, input } = this;
    const time = input.source.stream!.eventTime;
    if (watermarks === undefined || time === undefined) return undefined;
    const { data, validity } = chunk.columns[at.get(time.ordinal)!]!;
    const isValid =
      validity === 0
        ? undefined
        : (row: number): boolean => ((memory.u8[validity + (row >>> 3)]! >>> (row & 7)) & 1) === 1;
    const times = memory.i32.subarray(data / 4, data / 4 + 2 * chunk.rows);
    if (!input.ordinals.includes(time.watermark)) {
      watermarks.assign(partition, times, isValid, undefined, chunk.rows);
      return undefined;
    }
    const column = this.allocate("i64", chunk.rows);
    const into = memory.i32.subarray(column.data / 4, column.data / 4 + 2 * chunk.rows);
    watermarks.assign(partition, times, isValid, into, chunk.rows);
    return column;
  }

  private allocate(lane: Lane, rows: number): ChunkColumn {
    const bytes = LANE_BYTES[lane] * rows + SLACK;
    const address = this.memory.allocate(bytes, OWNER_TABLES);
    return { data: address, validity: 0, zone: undefined, values: rows, extent: { address, bytes, references: 0 } };
  }
}

/** A column with one value in 64 bits, whose chunks all lie in one place. */
class Constant {
  private readonly memory: SharedMemory;
  private readonly value: bigint;
  private extent: SharedExtent | undefined;

  constructor(memory: SharedMemory, value: bigint) {
    this.memory = memory;
    this.value = value;
  }

  column(rows: number): ChunkColumn {
    if (this.extent === undefined) {
      const bytes = 8 * CHUNK_ROWS + SLACK;
      const address = this.memory.allocate(bytes, OWNER_TABLES);
      this.memory.i64.fill(this.value, address / 8, address / 8 + CHUNK_ROWS);
      this.extent = { address, bytes, references: 1 };
    }
    return { data: this.extent.address, validity: 0, zone: undefined, values: rows, extent: this.extent };
  }

  close(): void {
    const { extent } = this;
    this.extent = undefined;
    if (extent === undefined || --extent.references > 0) return;
    this.memory.release(extent.address, extent.bytes);
  }
}
