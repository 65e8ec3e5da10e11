import { HeadraceError } from "../../../error.ts";
import { SLACK } from "../../../exec/memory/allocator.ts";
import { LineCounter } from "../../../exec/worker/open-files.ts";
import { SCAN_OWNER } from "../../../exec/worker/csv-scan.ts";
import { releaseVersion } from "../../../exec/table/table-version.ts";
import { Turns } from "../../../exec/table/slices.ts";
import { LocalFile } from "../../../io/stores/file.ts";
import { BadRecords, type BadRecordPolicy } from "../bad-records.ts";
import type { ConnectorContext, ConnectorTable } from "../connector.ts";
import { decodeRecords } from "../formats/decode-records.ts";
import type { RecordReader } from "../formats/record-reader.ts";
import { sleep } from "../sleep.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "../source.ts";
import { checkPosition, checkRecordEnd, type FilePosition, positionAt } from "./read-marks.ts";
import { WatchedFiles, type WatchOptions } from "./watched-files.ts";

/** How the records of a file are read, which its beginning may say. */
export type FileRecords = {
  readonly reader: RecordReader;
  /** Bytes before the first record. */
  readonly start: number;
};

export type LineFileOptions = WatchOptions & {
  readonly path: string;
  /** Files get no longer: what follows the last line feed is a record too. */
  readonly complete: boolean;
  readonly badRecords: BadRecordPolicy;
  /** Undefined: the file is too short to tell, of a complete one: it is empty. Throws `format`, `unsupported`. */
  readonly open: (file: LocalFile, complete: boolean) => FileRecords | undefined;
};

/** Bytes that are decoded at once. */
const PIECE_BYTES = 2 ** 20;
/** Bytes by which it goes on at once. */
const MOST_BYTES = 64 * 2 ** 20;
const SCAN_BYTES = 2 ** 20;

/** Records in files that grow. A partition is a file by its path; a position, behind a whole record. */
export class LineFiles implements Source {
  private readonly options: LineFileOptions;
  private readonly table: ConnectorTable;
  private readonly context: ConnectorContext;
  private readonly watched: WatchedFiles;
  private readonly badRecords: BadRecords;
  private readonly records = new Map<string, FileRecords>();
  /** The version of a file whose read part was last found to be as it was. */
  private readonly checked = new Map<string, string>();
  /** Whether the last look left something for the next one. */
  private more = true;

  constructor(options: LineFileOptions, table: ConnectorTable, context: ConnectorContext) {
    this.options = options;
    this.table = table;
    this.context = context;
    this.watched = new WatchedFiles(options.path, options);
    this.badRecords = new BadRecords(options.badRecords);
  }

  /** `limit` counts records, bad ones and empty lines included. */
  async advance(from: Positions, limit: number): Promise<Advance> {
    await this.watched.refresh();
    const { files, closed } = this.watched;
    const to = new Map(from);
    // Of files that are gone nothing will come.
    const finished = new Set([...from.keys()].filter((name) => !files.has(name)));
    let records = limit;
    let bytes = MOST_BYTES;
    const turns = new Turns();
    this.more = false;
    for (const [path, { size, version }] of files) {
      const position = from.get(path) as FilePosition | undefined;
      const complete = closed || this.options.complete;
      if (position?.at === size && this.checked.get(path) === version) {
        if (complete) finished.add(path);
        continue;
      }
      using file = new LocalFile(path);
      if (position !== undefined) {
        checkPosition(file, position);
        checkRecordEnd(file, position);
      }
      this.checked.set(path, version);
      if (records <= 0 || bytes <= 0) {
        this.more = true;
        continue;
      }
      const known = this.open(file, complete);
      if (known === undefined) {
        if (complete) finished.add(path);
        continue;
      }
      const start = position?.at ?? known.start;
      const range = { start, size: Math.min(size, file.size), complete };
      const next = await this.scan(file, known.reader, range, records, bytes, turns);
      records -= next.records;
      bytes -= next.at - start;
      if ((records <= 0 || bytes <= 0) && next.at < size) this.more = true;
      if (next.at > start) to.set(path, positionAt(file, next.at));
      if (complete && next.at === size) finished.add(path);
    }
    return { to, finished, ended: closed && [...files.keys()].every((path) => finished.has(path)) };
  }

  async *read(partition: string, from: Position | undefined, to: Position): AsyncIterable<SourceRows> {
    using file = new LocalFile(partition);
    const end = to as FilePosition;
    checkPosition(file, end);
    const known = this.open(file, true);
    if (known === undefined) throw new HeadraceError("format", `"${partition}" has no header`);
    const { reader, start } = known;
    const turns = new Turns();
    for (let at = (from as FilePosition | undefined)?.at ?? start; at < end.at;) {
      if (turns.isDue) await turns.take();
      const bytes = await this.piece(file, reader, at, end.at, turns);
      const position = at;
      const { rows, weights, bad } = decodeRecords(this.table, this.context, reader, bytes, (target) =>
        file.readAt(target, position),
      );
      const placed = bad.map((record) => ({ ...record, position: position + record.start }));
      try {
        await this.badRecords.take(partition, placed, (record) => {
          const line = new LineCounter(partition).lineAt(record.position);
          return `"${partition}" line ${line} (byte ${record.position})`;
        });
      } catch (error) {
        releaseVersion(this.context.memory, rows);
        throw error;
      }
      if (rows.rows > 0) yield { rows, weights };
      at += bytes;
    }
  }

  /** A record has a byte at least. */
  firstRow(from: Position | undefined): bigint {
    return BigInt((from as FilePosition | undefined)?.at ?? 0);
  }

  async wait(_from: Positions, signal: AbortSignal): Promise<void> {
    if (!this.more) await sleep(Math.max(1, this.watched.rest), signal);
  }

  async close(): Promise<void> {
    await this.badRecords.close();
  }

  private open(file: LocalFile, complete: boolean): FileRecords | undefined {
    let known = this.records.get(file.path);
    if (known === undefined) {
      known = this.options.open(file, complete);
      if (known !== undefined) this.records.set(file.path, known);
    }
    return known;
  }

  /** How far whole records go. */
  private async scan(
    file: LocalFile,
    reader: RecordReader,
    { start, size, complete }: { readonly start: number; readonly size: number; readonly complete: boolean },
    mostRecords: number,
    mostBytes: number,
    turns: Turns,
  ): Promise<{ readonly at: number; readonly records: number }> {
    const { memory } = this.context;
    let at = start;
    let records = 0;
    let block = SCAN_BYTES;
    while (at < size && records < mostRecords && at - start < mostBytes) {
      const length = Math.min(block, size - at);
      const address = memory.allocate(length + SLACK, SCAN_OWNER);
      let found: { readonly records: number; readonly bytes: number };
      try {
        file.readAt(new Uint8Array(memory.memory.buffer, address, length), at);
        found = reader.scan(address, address + length, mostRecords - records);
      } finally {
        memory.release(address, length + SLACK);
      }
      if (turns.isDue) await turns.take();
      at += found.bytes;
      records += found.records;
      if (found.bytes > 0) continue;
      if (length === size - at) {
        if (!complete) break;
        return { at: size, records: records + 1 };
      }
      block *= 2;
      if (block > MOST_BYTES) throw tooLong(file.path, at);
    }
    return { at, records };
  }

  /** Bytes of whole records at `at` that are decoded at once; all those before `end` are whole. */
  private async piece(file: LocalFile, reader: RecordReader, at: number, end: number, turns: Turns): Promise<number> {
    if (end - at <= PIECE_BYTES) return end - at;
    const found = await this.scan(file, reader, { start: at, size: end, complete: true }, Infinity, PIECE_BYTES, turns);
    return found.at - at;
  }
}

function tooLong(path: string, at: number): HeadraceError {
  return new HeadraceError("format", `"${path}" has a record of more than ${MOST_BYTES} bytes at byte ${at}`, {
    hint: "a quoted field may have no end",
  });
}
