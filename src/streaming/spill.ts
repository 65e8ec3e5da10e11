import type { SharedMemory } from "../exec/memory/shared-memory.ts";
import type { SpilledChunk } from "../exec/table/spilled-chunks.ts";
import { spillChunks } from "./spill-file.ts";
import { Turns } from "../exec/table/slices.ts";
import type { Lane } from "../planner/types/lane.ts";
import { type Chunk, type TableVersion, withChunks } from "../exec/table/table-version.ts";

/** Of the memory that there may be, what may be in use between epochs: the rest is for their queries. */
const SHARE = 0.5;
const LEAST_BYTES = 1 << 20;
/** Bytes of a file, about. */
const FILE_BYTES = 128 << 20;

export type SpillOptions = {
  /** The path of a file that is not there yet. */
  readonly newPath: () => string;
  /** Bytes in use from which on states go to files; half of the memory's limit. */
  readonly threshold?: number | undefined;
  /** What one query may take of the memory beside the states, about; a quarter of the threshold. */
  readonly room?: number | undefined;
  /** Smaller chunks stay, in bytes: they will soon be joined to larger ones; a megabyte. */
  readonly leastBytes?: number | undefined;
};

/** Moves states to files when memory gets scarce. */
export class Spill {
  private readonly memory: SharedMemory;
  private readonly options: SpillOptions;

  constructor(memory: SharedMemory, options: SpillOptions) {
    this.memory = memory;
    this.options = options;
  }

  get isDue(): boolean {
    return this.memory.usedBytes > this.threshold;
  }

  get room(): number {
    return this.options.room ?? this.threshold / 4;
  }

  /**
   * A version with the oldest chunks in a file, which may then be let go of in memory; undefined: all that is worth it is there already.
   * Throws `io`.
   */
  async moveOut(version: TableVersion): Promise<TableVersion | undefined> {
    const { chunks, spilled, columns } = version;
    const some = this.oldest(chunks);
    if (some.length === 0) return undefined;
    const lanes = columns.map(({ lane }) => lane);
    const moved = await this.write(lanes, some);
    const gone = new Set(some);
    return withChunks(
      version,
      chunks.filter((chunk) => !gone.has(chunk)),
      [...spilled, ...moved],
    );
  }

  /** Copies of chunks in a file. */
  write(lanes: readonly Lane[], chunks: readonly Chunk[]): Promise<readonly SpilledChunk[]> {
    return spillChunks(this.memory, this.options.newPath(), lanes, chunks, new Turns());
  }

  /** Bytes of memory that `moveOut` could free. */
  spillableBytes({ chunks }: TableVersion): number {
    return bytesOf(this.worthIt(chunks));
  }

  private worthIt(chunks: readonly Chunk[]): readonly Chunk[] {
    const bytesPerRow = bytesOf(chunks) / chunks.reduce((sum, { rows }) => sum + rows, 0);
    return chunks.filter(({ rows }) => rows * bytesPerRow >= (this.options.leastBytes ?? LEAST_BYTES));
  }

  /** What is worth a file, of the oldest chunks. */
  private oldest(chunks: readonly Chunk[]): readonly Chunk[] {
    const some: Chunk[] = [];
    const extents = new Set();
    let bytes = 0;
    for (const chunk of this.worthIt(chunks)) {
      if (bytes >= FILE_BYTES) break;
      some.push(chunk);
      for (const { extent } of chunk.columns) {
        if (!extents.has(extent)) bytes += extent.bytes;
        extents.add(extent);
      }
    }
    return some;
  }

  private get threshold(): number {
    return this.options.threshold ?? this.memory.limitBytes * SHARE;
  }
}

export function bytesInMemory({ chunks }: TableVersion): number {
  return bytesOf(chunks);
}

export function spilledBytes({ spilled }: TableVersion): number {
  let sum = 0;
  for (const { columns } of spilled)
    for (const { data, validity, strings } of columns) sum += data + validity + strings;
  return sum;
}

export function bytesOf(chunks: readonly Chunk[]): number {
  const extents = new Set(chunks.flatMap(({ columns }) => columns.map(({ extent }) => extent)));
  return [...extents].reduce((sum, { bytes }) => sum + bytes, 0);
}
