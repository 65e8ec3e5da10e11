import { SLACK } from "../../../exec/memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../../../exec/memory/shared-memory.ts";
import {
  type ChunkColumn,
  CHUNK_ROWS,
  type SharedExtent,
  type TableVersion,
  withChunks,
} from "../../../exec/table/table-version.ts";
import type { EventGenerator, NumberColumn, TextColumn } from "./columns.ts";
import type { EventBatch } from "./event-range.ts";

/** A column of the table that is written. */
export type WrittenColumn = {
  readonly name: string;
  /** What a number is multiplied by: events have times in milliseconds, a table may want microseconds. */
  readonly scale: number;
};

type Piece = { readonly first: Int32Array; readonly bytes: Int32Array; readonly words: number };

/** Writes events into chunks of shared memory, all columns of a chunk in one extent. */
export class ChunkWriter {
  private readonly memory: SharedMemory;
  private readonly layout: TableVersion;
  private readonly generator: EventGenerator;
  private readonly columns: readonly WrittenColumn[];
  private readonly values: Float64Array = new Float64Array(CHUNK_ROWS);
  private readonly pieces: readonly (Piece | undefined)[];

  /** @param columns those of `layout`, a fixed table without rows */
  constructor(
    memory: SharedMemory,
    layout: TableVersion,
    generator: EventGenerator,
    columns: readonly WrittenColumn[],
  ) {
    this.memory = memory;
    this.layout = layout;
    this.generator = generator;
    this.columns = columns;
    this.pieces = columns.map(({ name }) =>
      this.column(name).kind === "number"
        ? undefined
        : { first: new Int32Array(CHUNK_ROWS), bytes: new Int32Array(CHUNK_ROWS), words: 0 },
    );
  }

  /** A version that holds the batch: at least one event, at most a chunk's. */
  write(batch: EventBatch): TableVersion {
    const { memory } = this;
    const { count } = batch;
    const lane = align(count * 8);
    const pieces = this.pieces.map((piece, i) => piece && this.choose(batch, piece, this.columns[i]!.name));
    const text = pieces.reduce((sum, piece) => sum + (piece?.words ?? 0) * 4, 0);
    const bytes = this.columns.length * lane + text + SLACK;
    const address = memory.allocate(bytes, OWNER_TABLES);
    const extent: SharedExtent = { address, bytes, references: 0 };
    let texts = address + this.columns.length * lane;
    const columns = this.columns.map((column, i): ChunkColumn => {
      const at = address + i * lane;
      const piece = pieces[i];
      if (piece === undefined) this.putNumbers(batch, this.column(column.name) as NumberColumn, column.scale, at);
      else texts = this.putTexts(count, piece, at, texts);
      return { data: at, validity: 0, zone: undefined, values: count, extent };
    });
    return withChunks(this.layout, [{ rows: count, columns }]);
  }

  private column(name: string): NumberColumn | TextColumn {
    return this.generator.columns[name]!;
  }

  private choose(batch: EventBatch, piece: Piece, name: string): Piece {
    const { first, bytes } = piece;
    (this.column(name) as TextColumn).fill(batch, first, bytes);
    let words = 0;
    for (let i = 0; i < batch.count; i++) words += (bytes[i]! + 3) >>> 2;
    return { first, bytes, words };
  }

  private putNumbers(batch: EventBatch, column: NumberColumn, scale: number, address: number): void {
    const { values } = this;
    const { i32 } = this.memory;
    column.fill(batch, values);
    let at = address >>> 2;
    for (let i = 0; i < batch.count; i++) {
      const value = values[i]! * scale;
      i32[at++] = value;
      i32[at++] = Math.floor(value / 2 ** 32);
    }
  }

  /** Writes references at `address` and the texts themselves at `end`. Returns where they end. */
  private putTexts(count: number, { first, bytes }: Piece, address: number, end: number): number {
    const { i32, u32 } = this.memory;
    const { words } = this.generator.pool;
    let at = address >>> 2;
    let to = end >>> 2;
    for (let i = 0; i < count; i++) {
      const size = bytes[i]!;
      u32[at++] = to << 2;
      u32[at++] = size;
      let from = first[i]!;
      for (const last = from + ((size + 3) >>> 2); from < last; from++) i32[to++] = words[from]!;
    }
    return to * 4;
  }
}

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;
