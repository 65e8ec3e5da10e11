import type { SharedMemory } from "../exec/memory/shared-memory.ts";
import type { SpilledChunk } from "../exec/table/spilled-chunks.ts";
import { spillChunks } from "./spill-file.ts";
import { Turns } from "../exec/table/slices.ts";
import type { Lane } from "../planner/types/lane.ts";
import {
  type Chunk,
  CHUNK_ROWS,
  type SharedExtent,
  type TableVersion,
  withChunks,
} from "../exec/table/table-version.ts";

/** Of the memory that there may be, what may be in use between epochs: the rest is for their queries. */
const SHARE = 0.5;
/** With less memory than this chunks are smaller, down to a part of their rows: a thread that reads one from a file has it whole. */
const FULL_CHUNKS_BYTES = 2 ** 30;
const LEAST_CHUNK = 1 / 16;
/** Chunks with less than half of the rows of a full one are small, if they have fewer bytes than this. */
const SMALL_BYTES = 1 << 20;
/** Bytes of a file, about. */
const FILE_BYTES = 128 << 20;

export type SpillOptions = {
  /** The path of a file that is not there yet. */
  readonly newPath: () => string;
  /** Bytes in use from which on states go to files; half of the memory's limit. */
  readonly threshold?: number | undefined;
  /** What one query may take of the memory beside the states, about; a quarter of the threshold. */
  readonly room?: number | undefined;
  /** Chunks of fewer bytes may be small; a megabyte. */
  readonly smallBytes?: number | undefined;
};

/** Moves states to files when memory gets scarce. */
export class Spill {
  private readonly memory: SharedMemory;
  private readonly options: SpillOptions;
  /** What was moved out, which somebody else may still read, such as a checkpoint: it goes when he has done so. */
  private readonly leaving = new Set<SharedExtent>();

  constructor(memory: SharedMemory, options: SpillOptions) {
    this.memory = memory;
    this.options = options;
  }

  get isDue(): boolean {
    return this.memory.usedBytes - this.leavingBytes() > this.threshold;
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
    const kept = chunks.filter((chunk) => !gone.has(chunk));
    const needed = extentsOf(kept);
    for (const extent of extentsOf(some)) if (!needed.has(extent)) this.leaving.add(extent);
    return withChunks(version, kept, [...spilled, ...moved]);
  }

  private leavingBytes(): number {
    let sum = 0;
    for (const extent of this.leaving) {
      if (extent.references === 0) this.leaving.delete(extent);
      else sum += extent.bytes;
    }
    return sum;
  }

  /** Copies of chunks in a file. */
  write(lanes: readonly Lane[], chunks: readonly Chunk[]): Promise<readonly SpilledChunk[]> {
    return spillChunks(this.memory, this.options.newPath(), lanes, chunks, new Turns());
  }

  /** Bytes of memory that `moveOut` could free. */
  spillableBytes({ chunks }: TableVersion): number {
    return bytesOf(chunks.filter((chunk) => !this.isSmall(chunk)));
  }

  /** Rows of a state's chunk, at most. */
  get chunkRows(): number {
    const share = this.memory.limitBytes / FULL_CHUNKS_BYTES;
    return Math.round(CHUNK_ROWS * Math.max(LEAST_CHUNK, Math.min(1, share)));
  }

  /**
   * Whether a chunk is to be joined to others, and stays in memory until then. Chunks that were made together share their memory: what
   * they have of it counts for each of them.
   */
  isSmall(chunk: Chunk): boolean {
    return chunk.rows < this.chunkRows / 2 && bytesOf([chunk]) < (this.options.smallBytes ?? SMALL_BYTES);
  }

  /** The oldest chunks that are worth a file. */
  private oldest(chunks: readonly Chunk[]): readonly Chunk[] {
    const some: Chunk[] = [];
    const extents = new Set();
    let bytes = 0;
    for (const chunk of chunks) {
      if (this.isSmall(chunk)) continue;
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
  return [...extentsOf(chunks)].reduce((sum, { bytes }) => sum + bytes, 0);
}

function extentsOf(chunks: readonly Chunk[]): ReadonlySet<SharedExtent> {
  return new Set(chunks.flatMap(({ columns }) => columns.map(({ extent }) => extent)));
}
