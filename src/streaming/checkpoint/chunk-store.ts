import { join } from "node:path";
import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import type { SpilledChunk } from "../../exec/table/spilled-chunks.ts";
import { Turns } from "../../exec/table/slices.ts";
import { type Chunk, CHUNK_ROWS, type TableVersion } from "../../exec/table/table-version.ts";
import type { Lane } from "../../planner/types/lane.ts";
import { typeName } from "../../planner/types/types.ts";
import { chunkEntry, chunkFileHead, type Directory, packColumn, type PackedColumn, packSpilled } from "./chunk-file.ts";
import { type FileSystem, removeIfThere } from "./file-system.ts";
import type { ChunkFileInfo, ChunkPlace } from "./manifest.ts";

/** Bytes of vectors that make a file full. */
const FILE_BYTES = 16 * 2 ** 20;
/** Chunks of fewer rows have files of their own, since they will soon be joined to larger ones. */
const SMALL = CHUNK_ROWS / 2;
/** Files that are written at the same time. */
const MOST_WRITING = 3;

/** Writes each chunk once: it knows by identity which ones are in the directory. */
export class ChunkStore {
  private readonly files: FileSystem;
  readonly directory: string;
  private readonly memory: SharedMemory;
  private readonly places = new WeakMap<Chunk, ChunkPlace>();
  /** Names of all files in the directory. */
  private readonly names: Set<string>;
  private lastId: number;

  private constructor(files: FileSystem, directory: string, memory: SharedMemory, names: readonly string[]) {
    this.files = files;
    this.directory = directory;
    this.memory = memory;
    this.names = new Set(names);
    this.lastId = names.reduce((last, name) => Math.max(last, /^\d{1,15}$/.test(name) ? Number(name) : 0), 0);
  }

  static async open(files: FileSystem, directory: string, memory: SharedMemory): Promise<ChunkStore> {
    await files.makeDirectory(directory);
    return new ChunkStore(files, directory, memory, await files.list(directory));
  }

  has(file: string): boolean {
    return this.names.has(file);
  }

  /** These chunks have been read from there. */
  learn(places: ReadonlyMap<Chunk, ChunkPlace>): void {
    for (const [chunk, place] of places) this.places.set(chunk, place);
  }

  /** Begins to write chunks: nothing is learned of them before all is well. */
  writer(): ChunkWriter {
    return new ChunkWriter(this.files, this.directory, this.memory, {
      placeOf: (chunk) => {
        const place = this.places.get(chunk);
        return place !== undefined && this.names.has(place.file.id) ? place : undefined;
      },
      newName: () => {
        const name = String(++this.lastId);
        this.names.add(name);
        return name;
      },
    });
  }

  /** Removes files, those that are there. */
  async remove(names: Iterable<string>): Promise<void> {
    for (const name of names) {
      await removeIfThere(this.files, join(this.directory, name));
      this.names.delete(name);
    }
  }

  /** Removes all files but these. */
  retain(kept: ReadonlySet<string>): Promise<void> {
    return this.remove([...this.names].filter((name) => !kept.has(name)));
  }
}

type Names = {
  /** Where a chunk is already. */
  readonly placeOf: (chunk: Chunk) => ChunkPlace | undefined;
  readonly newName: () => string;
};

/** The chunks of one checkpoint. */
export class ChunkWriter {
  private readonly files: FileSystem;
  private readonly directory: string;
  private readonly memory: SharedMemory;
  private readonly names: Names;
  private readonly turns = new Turns();
  private readonly writing = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;
  /** Chunks that were not there before. */
  readonly made: Map<Chunk, ChunkPlace> = new Map<Chunk, ChunkPlace>();
  /** Names of the files begun so far. */
  readonly begun: string[] = [];
  bytes: number = 0;

  constructor(files: FileSystem, directory: string, memory: SharedMemory, names: Names) {
    this.files = files;
    this.directory = directory;
    this.memory = memory;
    this.names = names;
  }

  /** Puts the chunks of a version into files; they are there when `finish` returns. */
  async add({ chunks, spilled, columns }: TableVersion): Promise<void> {
    const isNew = (chunk: Chunk): boolean => !this.made.has(chunk) && this.names.placeOf(chunk) === undefined;
    const files = new Map(spilled.map((chunk) => [chunk.origin, chunk]));
    const added = [...new Set([...files.keys(), ...chunks])].filter(isNew);
    const format = { types: columns.map(({ type }) => typeName(type)), lanes: columns.map(({ lane }) => lane) };
    for (const group of [added.filter(({ rows }) => rows >= SMALL), added.filter(({ rows }) => rows < SMALL)]) {
      let file = new FileDraft();
      for (const chunk of group) {
        file.add(chunk, await this.pack(chunk, files.get(chunk), format.lanes));
        if (file.bytes >= FILE_BYTES) {
          await this.write(file, format);
          file = new FileDraft();
        }
      }
      await this.write(file, format);
    }
  }

  private async pack(chunk: Chunk, inFile: SpilledChunk | undefined, lanes: readonly Lane[]): Promise<PackedColumn[]> {
    const packed: PackedColumn[] = [];
    if (inFile !== undefined)
      for (const column of inFile.columns) packed.push(await packSpilled(inFile.file, column, this.turns));
    else
      for (const [i, column] of chunk.columns.entries())
        packed.push(await packColumn(this.memory, lanes[i]!, chunk.rows, column, this.turns));
    return packed;
  }

  /** Returns when all is on disk, names included. */
  async finish(): Promise<void> {
    await Promise.all(this.writing);
    this.check();
    if (this.begun.length > 0) await this.files.syncDirectory(this.directory);
  }

  /** Waits for what is being written, after a failure. */
  async abandon(): Promise<void> {
    await Promise.all(this.writing);
  }

  /** Where a chunk is, or will be when `finish` has returned. */
  placeOf(chunk: Chunk): ChunkPlace {
    const place = this.made.get(chunk) ?? this.names.placeOf(chunk);
    if (place === undefined) throw new RangeError("a chunk that was not written");
    return place;
  }

  private async write({ chunks, columns, bytes }: FileDraft, format: Omit<Directory, "chunks">): Promise<void> {
    if (chunks.length === 0) return;
    while (this.writing.size >= MOST_WRITING) await Promise.race(this.writing);
    this.check();
    const head = chunkFileHead({ ...format, chunks: chunks.map((chunk, i) => chunkEntry(chunk, columns[i]!)) });
    const id = this.names.newName();
    const info: ChunkFileInfo = { id, bytes: head.bytes.length + bytes, checksum: head.checksum };
    chunks.forEach((chunk, index) => this.made.set(chunk, { file: info, index }));
    this.begun.push(id);
    this.bytes += info.bytes;
    const vectors = columns.flatMap((packed) => packed.flatMap((column) => column.vectors));
    const work: Promise<void> = this.writeFile(id, [head.bytes, ...vectors])
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.writing.delete(work));
    this.writing.add(work);
  }

  private async writeFile(id: string, parts: readonly Uint8Array[]): Promise<void> {
    const file = await this.files.open(join(this.directory, id), "create");
    try {
      await file.write(parts, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  private check(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }
}

/** Chunks that will be a file. */
class FileDraft {
  readonly chunks: Chunk[] = [];
  readonly columns: (readonly PackedColumn[])[] = [];
  bytes: number = 0;

  add(chunk: Chunk, columns: readonly PackedColumn[]): void {
    this.chunks.push(chunk);
    this.columns.push(columns);
    for (const { vectors } of columns) for (const vector of vectors) this.bytes += vector.length;
  }
}
