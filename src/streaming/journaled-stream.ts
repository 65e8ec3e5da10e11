import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { HeadraceError } from "../error.ts";
import type { SharedMemory } from "../exec/memory/shared-memory.ts";
import { encodeColumns } from "../exec/table/encode-columns.ts";
import { releaseVersion, retainVersion, type TableVersion } from "../exec/table/table-version.ts";
import type { Datum } from "../planner/expr/expr.ts";
import { typeName } from "../planner/types/types.ts";
import { Backlog } from "./backlog.ts";
import type { FileSystem } from "./checkpoint/file-system.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "./connectors/source.ts";
import { type EntryPlace, Journal } from "./journal.ts";
import { JournalPartition } from "./journal-partition.ts";
import type { StreamColumn } from "./stream-source.ts";

/** Rows that were pushed together, by column, and how they lie in memory. */
export type PushedRows = {
  readonly count: number;
  readonly columns: readonly (readonly Datum[])[];
  readonly version: TableVersion;
  /** 1: they are added, -1: taken back. */
  readonly weight: 1 | -1;
};

/** An entry of the journal that nobody has read yet. */
type Recent = EntryPlace & { readonly rows: SourceRows };

/** What an entry is: the columns by their checksum, the weight of all rows, and the values by column. */
type Body = readonly [columns: number, weight: 1 | -1, values: readonly (readonly Datum[])[]];

const PARTITION = "0";
const SEGMENT_BYTES = 16 * 2 ** 20;
const PIECE_BYTES = 2 ** 20;

/**
 * A stream whose rows are pushed by the program, for a query that survives a crash: they are in a journal before `push` resolves. Its
 * positions are offsets in that. Rows that were not read yet are in memory as well, so that the journal is read after a crash only.
 */
export class JournaledStream implements Source {
  private readonly journal: Journal;
  private readonly partition: JournalPartition;
  private readonly memory: SharedMemory;
  /** A fixed table without rows of the stream's columns. */
  private readonly layout: TableVersion;
  private readonly name: string;
  private readonly checksum: number;
  private readonly recent: Recent[] = [];
  private readonly backlog = new Backlog();
  private hasRoom: () => void = () => undefined;
  private room: Promise<void> | undefined;

  private constructor(
    journal: Journal,
    memory: SharedMemory,
    layout: TableVersion,
    name: string,
    columns: readonly StreamColumn[],
  ) {
    this.journal = journal;
    this.partition = new JournalPartition(journal, PARTITION);
    this.memory = memory;
    this.layout = layout;
    this.name = name;
    this.checksum = crc32(columns.map((column) => `${column.name} ${typeName(column.type)}`).join(", "));
  }

  /** @param path a folder for the journal, this query's alone. Throws `io` */
  static async open(
    files: FileSystem,
    path: string,
    memory: SharedMemory,
    layout: TableVersion,
    { name, columns }: { readonly name: string; readonly columns: readonly StreamColumn[] },
  ): Promise<JournaledStream> {
    return new JournaledStream(await Journal.open(files, path, SEGMENT_BYTES), memory, layout, name, columns);
  }

  /** Resolves when the rows are on disk and there is room for more. Throws `io`: then none of them is there. */
  async push({ count, columns, version, weight }: PushedRows): Promise<void> {
    const body: Body = [this.checksum, weight, columns];
    retainVersion(version);
    let place: EntryPlace;
    try {
      place = await this.journal.append(serialize(body), count);
    } catch (error) {
      releaseVersion(this.memory, version);
      throw error;
    }
    this.recent.push({ ...place, rows: { rows: version, weights: weightsOf(weight, count) } });
    this.backlog.add(version);
    this.partition.wake();
    while (this.backlog.isFull) await (this.room ??= new Promise((resolve) => (this.hasRoom = resolve)));
  }

  async begin(from: Positions): Promise<void> {
    const offset = this.partition.startOf(from);
    // From the savepoint of another job, which has a journal of its own.
    if (offset > 0 && this.journal.end === 0) await this.journal.beginAt(offset);
  }

  /** `limit` counts rows; it goes by what was pushed together. */
  async advance(from: Positions, limit: number): Promise<Advance> {
    const start = this.partition.startOf(from);
    const first = this.recent.findIndex((entry) => entry.start === start);
    let end = start;
    if (first < 0) end = await this.journal.advance(start, limit);
    else {
      for (let rows = 0, i = first; rows < limit && i < this.recent.length; i++) {
        const entry = this.recent[i]!;
        rows += entry.rows.rows.rows;
        end = entry.end;
      }
    }
    return this.partition.advanced(from, end);
  }

  async *read(_partition: string, from: Position | undefined, to: Position): AsyncIterable<SourceRows> {
    const end = this.partition.startAt(to);
    let at = this.partition.startAt(from);
    while (at < end) {
      // What was read from the journal though it had just come.
      while (this.recent[0] !== undefined && this.recent[0].start < at)
        releaseVersion(this.memory, this.taken(this.recent.shift()!).rows);
      const [entry] = this.recent;
      if (entry?.start === at) {
        this.recent.shift();
        at = entry.end;
        yield this.taken(entry);
        continue;
      }
      const stop = Math.min(end, entry?.start ?? end);
      for await (const entries of this.journal.read(at, stop, PIECE_BYTES))
        for (const { offset, body } of entries) yield this.decoded(offset, body);
      at = stop;
    }
  }

  wait(from: Positions, signal: AbortSignal): Promise<void> {
    return this.partition.wait(from, signal);
  }

  release(positions: Positions): Promise<void> {
    return this.partition.release(positions);
  }

  async close(): Promise<void> {
    await this.journal.close();
    for (const { rows } of this.recent.splice(0)) releaseVersion(this.memory, rows.rows);
    this.backlog.clear();
    this.room = undefined;
    this.hasRoom();
  }

  private taken({ rows }: Recent): SourceRows {
    this.backlog.remove(rows.rows);
    if (this.room !== undefined && !this.backlog.isFull) {
      this.room = undefined;
      this.hasRoom();
    }
    return rows;
  }

  private decoded(offset: number, bytes: Buffer): SourceRows {
    let body: Body;
    try {
      body = deserialize(bytes) as Body;
    } catch (cause) {
      const message = `the journal of the stream "${this.name}" has something else than rows at ${offset}`;
      throw new HeadraceError("format", message, { cause });
    }
    const [checksum, weight, columns] = body;
    if (checksum !== this.checksum) {
      throw new HeadraceError("bind", `the journal of the stream "${this.name}" has rows of other columns`, {
        hint: "give the stream the columns that it had, and stop the job when it has read all rows",
      });
    }
    const count = columns[0]!.length;
    return { rows: encodeColumns(this.memory, this.layout, count, columns), weights: weightsOf(weight, count) };
  }
}

/** As sources give them: undefined for rows that are added. */
export const weightsOf = (weight: 1 | -1, count: number): BigInt64Array | undefined =>
  weight === 1 ? undefined : new BigInt64Array(count).fill(-1n);
