import { join } from "node:path";
import { SLACK } from "../../exec/memory/allocator.ts";
import { writeReferences } from "../../exec/table/column-vectors.ts";
import { OWNER_TABLES, type SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { Turns } from "../../exec/table/slices.ts";
import type { Chunk, ChunkColumn, SharedExtent } from "../../exec/table/table-version.ts";
import { type Lane, LANE_BYTES } from "../../planner/types/lane.ts";
import {
  CHUNK_FILE_HEADER,
  checksumOf,
  type ChunkEntry,
  columnBytes,
  type ColumnEntry,
  type Directory,
  directoryEnd,
  readDirectory,
  vectorBytes,
  zoneFromJson,
} from "./chunk-file.ts";
import { asDamage, damaged } from "./damage.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";
import type { ChunkFileInfo } from "./manifest.ts";

/** What is read at first: most directories end within. */
const FIRST_READ = 64 * 1024;
/** Chunks share extents up to this size: a page for each column of each small chunk would be too much. */
const EXTENT_BYTES = 1 << 20;

export type ReadContext = {
  readonly files: FileSystem;
  /** Where the files are. */
  readonly directory: string;
  readonly memory: SharedMemory;
  /** Takes all that is allocated. */
  readonly extents: SharedExtent[];
  readonly turns: Turns;
};

/**
 * Chunks of one file, by their numbers in it. Throws `format` for whatever is not as it was written, and `out_of_memory`.
 *
 * @param lanes of the columns that the chunks must have
 */
export async function readChunks(
  context: ReadContext,
  info: ChunkFileInfo,
  lanes: readonly Lane[],
  wanted: readonly number[],
): Promise<ReadonlyMap<number, Chunk>> {
  const path = join(context.directory, info.id);
  try {
    const file = await context.files.open(path, "read");
    try {
      return await new ChunkFileReader(context, file, path, info, lanes).read(wanted);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw asDamage(path, error);
  }
}

/** A column's place in memory. */
type Target = {
  readonly lane: Lane;
  readonly rows: number;
  readonly entry: ColumnEntry;
  readonly data: number;
  readonly validity: number;
  readonly strings: number;
  /** Of the lane `str`. */
  readonly lengths: Uint32Array;
};

class ChunkFileReader {
  private readonly context: ReadContext;
  private readonly file: OpenFile;
  private readonly path: string;
  private readonly info: ChunkFileInfo;
  private readonly lanes: readonly Lane[];

  constructor(context: ReadContext, file: OpenFile, path: string, info: ChunkFileInfo, lanes: readonly Lane[]) {
    this.context = context;
    this.file = file;
    this.path = path;
    this.info = info;
    this.lanes = lanes;
  }

  async read(wanted: readonly number[]): Promise<ReadonlyMap<number, Chunk>> {
    const size = await this.file.size();
    if (size !== this.info.bytes) throw damaged(this.path, `it has ${size} bytes instead of ${this.info.bytes}`);
    const { directory, end } = await this.readDirectory();
    if (directory.lanes.join() !== this.lanes.join())
      throw damaged(this.path, `its columns are (${directory.types.join()})`);
    const positions = [end];
    for (const [i, chunk] of directory.chunks.entries()) positions.push(positions[i]! + this.bytesOf(chunk));
    if (positions.at(-1) !== size) throw damaged(this.path, `its header speaks of ${positions.at(-1)} bytes`);
    const chunks = new Map<number, Chunk>();
    for (const group of neighbours(wanted, positions)) {
      const entries = group.map((number) => directory.chunks[number]);
      if (!entries.every((entry) => entry !== undefined))
        throw damaged(this.path, `it has ${directory.chunks.length} chunks, but not number ${group.join()}`);
      const made = await this.readGroup(entries, positions[group[0]!]!);
      made.forEach((chunk, i) => chunks.set(group[i]!, chunk));
    }
    return chunks;
  }

  private async readDirectory(): Promise<{ readonly directory: Directory; readonly end: number }> {
    let head = await this.readHead(Math.min(FIRST_READ, this.info.bytes));
    const end = directoryEnd(head.subarray(0, CHUNK_FILE_HEADER));
    if (!(end <= this.info.bytes)) throw damaged(this.path, "its header");
    if (end > head.length) head = await this.readHead(end);
    return { directory: readDirectory(head.subarray(0, end), this.path, this.info.checksum), end };
  }

  private async readHead(bytes: number): Promise<Buffer> {
    const head = Buffer.alloc(bytes);
    await this.readInto([head], 0);
    return head;
  }

  private bytesOf({ rows, columns }: ChunkEntry): number {
    return columns.reduce((sum, entry, i) => sum + columnBytes(entry, rows, this.lanes[i]!), 0);
  }

  /** Chunks that follow each other in the file, into one extent. */
  private async readGroup(entries: readonly ChunkEntry[], position: number): Promise<Chunk[]> {
    const { memory, extents } = this.context;
    const targets = entries.map(({ rows, columns }) =>
      columns.map((entry, i) => ({
        entry,
        rows,
        lane: this.lanes[i]!,
        ...vectorsInMemory(entry, rows, this.lanes[i]!),
      })),
    );
    const bytes = targets.flat().reduce((sum, { size }) => sum + size, SLACK);
    const extent: SharedExtent = { address: memory.allocate(bytes, OWNER_TABLES), bytes, references: 0 };
    extents.push(extent);
    let address = extent.address;
    const placed = targets.map((columns) =>
      columns.map(({ entry, rows, lane, validity, strings, size }): Target => {
        const data = address;
        address += size;
        if (validity !== undefined) memory.u8.fill(0, data + validity, data + strings);
        return {
          lane,
          rows,
          entry,
          data,
          validity: validity === undefined ? 0 : data + validity,
          strings: data + strings,
          lengths: new Uint32Array(lane === "str" ? rows : 0),
        };
      }),
    );
    const vectors = placed.map((columns) => columns.map((target) => this.vectorsOf(target)));
    await this.readInto(vectors.flat(2), position);
    const chunks: Chunk[] = [];
    for (const [i, columns] of placed.entries()) {
      const made: ChunkColumn[] = [];
      for (const [k, target] of columns.entries()) made.push(await this.finish(target, vectors[i]![k]!, extent));
      chunks.push({ rows: entries[i]!.rows, columns: made });
    }
    return chunks;
  }

  /** Where a column's vectors are read to, in the order of the file. */
  private vectorsOf({ lane, rows, entry, data, validity, strings, lengths }: Target): readonly Uint8Array[] {
    const { u8 } = this.context.memory;
    const bytes = vectorBytes(entry, rows, lane);
    const vectors = [lane === "str" ? new Uint8Array(lengths.buffer) : u8.subarray(data, data + bytes.data)];
    if (validity !== 0) vectors.push(u8.subarray(validity, validity + bytes.validity));
    if (bytes.strings > 0) vectors.push(u8.subarray(strings, strings + bytes.strings));
    return vectors;
  }

  private async finish(target: Target, vectors: readonly Uint8Array[], extent: SharedExtent): Promise<ChunkColumn> {
    const { memory, turns } = this.context;
    const { lane, entry, data, validity, strings, lengths } = target;
    let checksum = 0;
    for (const vector of vectors) checksum = await checksumOf(vector, checksum, turns);
    if (checksum !== entry.checksum) throw damaged(this.path, "a column does not match its checksum");
    if (lane === "str") {
      if (writeReferences(memory, data, strings, lengths) !== strings + entry.strings)
        throw damaged(this.path, "its strings have other lengths");
    }
    return { data, validity, zone: zoneFromJson(entry.zone), values: entry.values, extent };
  }

  private async readInto(buffers: readonly Uint8Array[], position: number): Promise<void> {
    const bytes = buffers.reduce((sum, { length }) => sum + length, 0);
    const done = await this.file.read(buffers, position);
    if (done < bytes) throw damaged(this.path, `it ends at byte ${position + done}`);
  }
}

/** The numbers of chunks in groups of those that follow each other and may share an extent. `positions`: where each begins. */
function neighbours(wanted: readonly number[], positions: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const number of wanted.toSorted((a, b) => a - b)) {
    const group = groups.at(-1);
    const bytes = positions[number + 1]! - positions[group?.[0] ?? number]!;
    if (group !== undefined && group.at(-1) === number - 1 && bytes <= EXTENT_BYTES) group.push(number);
    else groups.push([number]);
  }
  return groups;
}

/** Offsets of a column's vectors from where it begins in memory, and its size there. */
function vectorsInMemory(
  entry: ColumnEntry,
  rows: number,
  lane: Lane,
): { readonly validity: number | undefined; readonly strings: number; readonly size: number } {
  const bytes = vectorBytes(entry, rows, lane);
  const data = align(rows * LANE_BYTES[lane]);
  const bitmap = align(bytes.validity);
  return {
    validity: bitmap === 0 ? undefined : data,
    strings: data + bitmap,
    size: data + bitmap + align(bytes.strings),
  };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
