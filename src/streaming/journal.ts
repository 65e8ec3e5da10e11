import { join } from "node:path";
import { crc32 } from "node:zlib";
import { HeadraceError } from "../error.ts";
import { type FileSystem, type OpenFile, removeIfThere } from "./checkpoint/file-system.ts";

/**
 * Bodies in the order they came, in a folder. Offsets count bytes from the journal's first on; a file, a segment, is named by the offset
 * of its beginning. Each entry has a header: u32 bytes, u32 rows, u32 CRC-32 of the body, u32 CRC-32 of the three before.
 */
export class Journal {
  private readonly files: FileSystem;
  private readonly path: string;
  private readonly segmentBytes: number;
  /** Where segments begin, ascending; the last one is written to. */
  private readonly starts: number[];
  private file: OpenFile;
  /** Up to here all is on disk. */
  private durable: number;
  private waiting: Pending[] = [];
  private flushing: Promise<void> | undefined;
  private broken: unknown;

  private constructor(
    files: FileSystem,
    path: string,
    segmentBytes: number,
    starts: number[],
    file: OpenFile,
    end: number,
  ) {
    this.files = files;
    this.path = path;
    this.segmentBytes = segmentBytes;
    this.starts = starts;
    this.file = file;
    this.durable = end;
  }

  /** Throws `io`. What a crash has left of an entry that was not acknowledged is cut off. */
  static async open(files: FileSystem, path: string, segmentBytes: number): Promise<Journal> {
    await files.makeDirectory(path);
    const starts = (await files.list(path)).flatMap((name) => {
      const [, digits] = SEGMENT.exec(name) ?? [];
      return digits === undefined ? [] : [Number(digits)];
    });
    if (starts.length === 0) {
      starts.push(0);
      const file = await createSegment(files, path, 0);
      return new Journal(files, path, segmentBytes, starts, file, 0);
    }
    const start = starts.at(-1)!;
    const file = await files.open(segmentPath(path, start), "update");
    try {
      const size = await file.size();
      const whole = await wholeEntries(file, size);
      if (whole < size) {
        await file.truncate(whole);
        await file.sync();
      }
      return new Journal(files, path, segmentBytes, starts, file, start + whole);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The offset behind the last entry. */
  get end(): number {
    return this.durable;
  }

  /** The offset of the first entry that is still there. */
  get start(): number {
    return this.starts[0]!;
  }

  /** Has the first entry at `offset`, of a journal that never had one. */
  async beginAt(offset: number): Promise<void> {
    if (this.durable > 0 || this.waiting.length > 0) throw new RangeError("the journal has begun");
    const next = await createSegment(this.files, this.path, offset);
    const last = this.file;
    this.file = next;
    this.starts.splice(0, this.starts.length, offset);
    this.durable = offset;
    await last.close();
    await removeIfThere(this.files, segmentPath(this.path, 0));
  }

  /**
   * Resolves with the entry's place when it is on disk, in the order of the entries; those that come at the same time share the sync.
   * Throws `io`.
   */
  append(body: Uint8Array, rows: number): Promise<EntryPlace> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    return new Promise((resolve, reject) => {
      this.waiting.push({ buffers: [headerOf(body, rows), body], resolve, reject });
      this.flushing ??= this.flush().finally(() => (this.flushing = undefined));
    });
  }

  /** How far one can read beyond `from`: whole entries of about `most` rows, one at least if there is any. */
  async advance(from: number, most: number): Promise<number> {
    this.check(from);
    let at = from;
    for (let rows = 0; at < this.durable && rows < most;) {
      const [segment, end] = this.segmentAt(at);
      const file = await this.files.open(segmentPath(this.path, segment), "read");
      try {
        const window = new FileWindow(file);
        while (at < end && rows < most) {
          const header = await readHeader(window, at - segment);
          if (header === undefined) throw this.damaged(at);
          at += HEADER + header.bytes;
          rows += header.rows;
        }
      } finally {
        await file.close();
      }
    }
    return at;
  }

  /** The bodies in [from, to), offsets of entries, of about `most` bytes at a time. */
  async *read(from: number, to: number, most: number): AsyncGenerator<readonly JournalEntry[]> {
    this.check(from);
    if (to > this.durable) throw this.damaged(this.durable);
    for (let at = from; at < to;) {
      const [segment, segmentEnd] = this.segmentAt(at);
      const end = Math.min(to, segmentEnd);
      const file = await this.files.open(segmentPath(this.path, segment), "read");
      try {
        const window = new FileWindow(file);
        while (at < end) {
          const entries: JournalEntry[] = [];
          for (let bytes = 0; at < end && bytes < most;) {
            const header = await readHeader(window, at - segment);
            if (header === undefined) throw this.damaged(at);
            const body = await window.read(at - segment + HEADER, header.bytes);
            if (body.length < header.bytes || crc32(body) !== header.crc) throw this.damaged(at);
            entries.push({ offset: at + HEADER, body });
            bytes += body.length;
            at += HEADER + body.length;
          }
          yield entries;
        }
      } finally {
        await file.close();
      }
    }
  }

  /** Removes segments that end at `offset` or before. */
  async release(offset: number): Promise<void> {
    while (this.starts.length > 1 && this.starts[1]! <= offset) {
      const start = this.starts.shift()!;
      await this.files.remove(segmentPath(this.path, start));
    }
  }

  async close(): Promise<void> {
    await this.flushing;
    await this.file.close();
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        await this.rotate();
        const buffers = group.flatMap((entry) => entry.buffers);
        await this.file.write(buffers, this.durable - this.starts.at(-1)!);
        await this.file.sync();
        for (const entry of group) {
          const start = this.durable;
          this.durable += entry.buffers.reduce((sum, { length }) => sum + length, 0);
          entry.resolve({ start, end: this.durable });
        }
      } catch (error) {
        await this.undo(error);
        for (const { reject } of group) reject(error);
      }
    }
  }

  /** Cuts off what was written of entries that nobody was told of. */
  private async undo(error: unknown): Promise<void> {
    try {
      await this.file.truncate(this.durable - this.starts.at(-1)!);
      await this.file.sync();
    } catch {
      // Nothing may be written behind entries that are there in part: opening the journal again cuts them off.
      this.broken = error;
    }
  }

  private async rotate(): Promise<void> {
    if (this.durable - this.starts.at(-1)! < this.segmentBytes) return;
    // Of an attempt that failed.
    await removeIfThere(this.files, segmentPath(this.path, this.durable));
    const [last, next] = [this.file, await createSegment(this.files, this.path, this.durable)];
    this.file = next;
    this.starts.push(this.durable);
    await last.close();
  }

  private check(offset: number): void {
    if (offset >= this.start && offset <= this.durable) return;
    const what = offset < this.start ? "was removed" : "is not there";
    throw new HeadraceError(
      "io",
      `the journal "${this.path}" goes from ${this.start} to ${this.durable}: what stood at ${offset} ${what}`,
    );
  }

  /** The beginning and the end of the segment in which an offset lies. */
  private segmentAt(offset: number): readonly [start: number, end: number] {
    const index = this.starts.findLastIndex((start) => start <= offset);
    return [this.starts[index]!, this.starts[index + 1] ?? this.durable];
  }

  private damaged(offset: number): HeadraceError {
    return new HeadraceError("io", `the journal "${this.path}" is damaged at ${offset}`);
  }
}

/** The offset of an entry, and that behind it. */
export type EntryPlace = { readonly start: number; readonly end: number };

/** `offset`: of the body. */
export type JournalEntry = { readonly offset: number; readonly body: Buffer };

type Pending = {
  readonly buffers: readonly Uint8Array[];
  readonly resolve: (place: EntryPlace) => void;
  readonly reject: (error: unknown) => void;
};

const HEADER = 16;
const SEGMENT = /^(\d{16})\.journal$/;

const segmentPath = (path: string, start: number): string => join(path, `${String(start).padStart(16, "0")}.journal`);

async function createSegment(files: FileSystem, path: string, start: number): Promise<OpenFile> {
  const file = await files.open(segmentPath(path, start), "create");
  await file.sync();
  await files.syncDirectory(path);
  return file;
}

function headerOf(body: Uint8Array, rows: number): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(rows, 4);
  header.writeUInt32LE(crc32(body), 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return header;
}

type Header = { readonly bytes: number; readonly rows: number; readonly crc: number };

/** Bytes that are read at once. */
const WINDOW = 256 * 1024;

/** Reads a file from its beginning to its end: many small pieces at once. */
class FileWindow {
  private readonly file: OpenFile;
  private bytes: Buffer = Buffer.alloc(0);
  private start = 0;

  constructor(file: OpenFile) {
    this.file = file;
  }

  /** Fewer bytes where the file ends. They stay as they are. */
  async read(position: number, count: number): Promise<Buffer> {
    if (position < this.start || position + count > this.start + this.bytes.length) {
      const bytes = Buffer.allocUnsafe(Math.max(count, WINDOW));
      this.bytes = bytes.subarray(0, await this.file.read([bytes], position));
      this.start = position;
    }
    return this.bytes.subarray(position - this.start, position - this.start + count);
  }
}

async function readHeader(window: FileWindow, position: number): Promise<Header | undefined> {
  const header = await window.read(position, HEADER);
  if (header.length < HEADER) return undefined;
  if (crc32(header.subarray(0, 12)) !== header.readUInt32LE(12)) return undefined;
  return { bytes: header.readUInt32LE(0), rows: header.readUInt32LE(4), crc: header.readUInt32LE(8) };
}

/** Bytes of entries that are there whole. */
async function wholeEntries(file: OpenFile, size: number): Promise<number> {
  const window = new FileWindow(file);
  for (let at = 0; ;) {
    const header = await readHeader(window, at);
    if (header === undefined || at + HEADER + header.bytes > size) return at;
    const body = await window.read(at + HEADER, header.bytes);
    if (crc32(body) !== header.crc) return at;
    at += HEADER + header.bytes;
  }
}
