/**
 * `epochs.log`: a header and then a record for each epoch, each a frame.
 *
 * | bytes | frame |
 * |---|---|
 * | 4 | `HRLG` |
 * | 4 | length of the payload, u32 little endian |
 * | 4 | CRC-32 of the payload |
 * | 4 | CRC-32 of the 12 bytes before |
 * | | payload: JSON |
 *
 * The header's payload is `{ format, job, base }`. Frames can be found again behind a damaged one, which tells damage (something
 * whole follows: an error) from a record that a crash has cut off (dropped: nobody was told that it is there).
 */
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { HeadraceError } from "../../error.ts";
import { damaged, newerFormat } from "./damage.ts";
import { type FileSystem, type OpenFile, readWhole, removeIfThere, writeWhole } from "./file-system.ts";
import { type EpochRecord, recordFromJson, recordToJson } from "./snapshot.ts";
import { Turnstile } from "./turnstile.ts";

/** The first thing that a job makes in its directory, besides the lock. */
export const LOG_NAME = "epochs.log";
const TEMPORARY = "epochs.log.tmp";
const FORMAT = 1;
const MAGIC = Buffer.from("HRLG");
const FRAME_HEADER = 16;

type Header = { readonly format: number; readonly job: string; readonly base: number };

/** Where the record of an epoch lies in the file. */
type Entry = { readonly epoch: number; readonly start: number; readonly end: number };

/** The epochs since the oldest checkpoint, on disk before their rows are read. */
export class EpochLog {
  private readonly files: FileSystem;
  private readonly path: string;
  readonly job: string;
  private header: Header;
  private file: OpenFile;
  private entries: Entry[];
  /** End of the header, where records begin. */
  private start: number;
  private readonly turns = new Turnstile();
  private broken: HeadraceError | undefined;
  private closed = false;

  private constructor(files: FileSystem, path: string, file: OpenFile, content: Content) {
    this.files = files;
    this.path = path;
    this.file = file;
    this.header = content.header;
    this.job = content.header.job;
    this.entries = content.entries;
    this.start = content.start;
  }

  /** A new log whose records will begin behind epoch `base`. */
  static async create(files: FileSystem, directory: string, job: string, base: number): Promise<EpochLog> {
    await draftLog(files, directory, [headerFrame({ format: FORMAT, job, base })]);
    await nameLog(files, directory);
    return EpochLog.open(files, directory);
  }

  /** Throws `format` naming the place of a damaged record; one that a crash has cut off is removed. */
  static async open(files: FileSystem, directory: string): Promise<EpochLog> {
    const path = join(directory, LOG_NAME);
    const bytes = await readWhole(files, path);
    const content = readContent(bytes, path);
    const file = await files.open(path, "update");
    try {
      if (content.end < bytes.length) {
        await file.truncate(content.end);
        await file.sync();
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    return new EpochLog(files, path, file, content);
  }

  /** Records begin with the epoch behind this one; 0: with the first. */
  get base(): number {
    return this.header.base;
  }

  /** The last epoch of which there is a record, `base` if there is none. */
  get last(): number {
    return this.entries.at(-1)?.epoch ?? this.header.base;
  }

  /**
   * Returns when the record is on disk. Its epoch must be the one behind `last`. Throws `io`; the epoch was not logged then, and
   * can be tried again, unless the message says that the log must be opened anew.
   */
  append(record: EpochRecord): Promise<void> {
    return this.turns.take(async () => {
      this.check();
      if (record.epoch !== this.last + 1) throw new RangeError(`epoch ${record.epoch} behind epoch ${this.last}`);
      const bytes = frame(recordToJson(record));
      const start = this.entries.at(-1)?.end ?? this.start;
      try {
        await this.file.write([bytes], start);
      } catch (error) {
        await this.undo(start, error);
        throw error;
      }
      try {
        await this.file.sync();
      } catch (error) {
        // What the system then holds in its caches, and what it will keep of it, is anybody's guess.
        throw this.breakOff(error);
      }
      this.entries.push({ epoch: record.epoch, start, end: start + bytes.length });
    });
  }

  /**
   * The records of all epochs behind `epoch`, in order.
   *
   * @param committed the last epoch that a sink has committed: a log that ends before it has lost a record (`format`)
   */
  recordsAfter(epoch: number, committed: number = 0): Promise<readonly EpochRecord[]> {
    return this.turns.take(async () => {
      this.check();
      if (epoch < this.base)
        throw damaged(this.path, `it begins behind epoch ${this.base}, but the last checkpoint is of epoch ${epoch}`);
      if (this.last < Math.max(epoch, committed)) {
        const known = committed > epoch ? "a sink has committed epoch" : "there is a checkpoint of epoch";
        throw damaged(this.path, `it ends with epoch ${this.last}, but ${known} ${Math.max(epoch, committed)}`);
      }
      const wanted = this.entries.filter((entry) => entry.epoch > epoch);
      const bytes = await this.readFrom(wanted[0]?.start);
      return wanted.map(({ start, end }) => {
        const at = start - wanted[0]!.start;
        return recordFromJson(payload(bytes.subarray(at, at + end - start), this.path, start));
      });
    });
  }

  /** Drops the records of epochs before `epoch`, by a new file that takes the place of the old one. */
  truncateBefore(epoch: number): Promise<void> {
    return this.turns.take(async () => {
      const base = Math.min(epoch - 1, this.last);
      if (this.broken !== undefined || base <= this.base) return;
      const kept = this.entries.filter((entry) => entry.epoch > base);
      const header = headerFrame({ ...this.header, base });
      await draftLog(this.files, dirname(this.path), [header, await this.readFrom(kept[0]?.start)]);
      const old = this.file;
      try {
        await nameLog(this.files, dirname(this.path));
        this.file = await this.files.open(this.path, "update");
      } catch (error) {
        // Which of the two files has the name is not known.
        throw this.breakOff(error);
      }
      const shift = header.length - (kept[0]?.start ?? 0);
      this.header = { ...this.header, base };
      this.start = header.length;
      this.entries = kept.map((entry) => ({ ...entry, start: entry.start + shift, end: entry.end + shift }));
      await old.close();
    });
  }

  close(): Promise<void> {
    return this.turns.take(async () => {
      if (this.closed) return;
      this.closed = true;
      await this.file.close();
    });
  }

  private check(): void {
    if (this.broken !== undefined) throw this.broken;
    if (this.closed) throw new HeadraceError("cancelled", `"${this.path}" is closed`);
  }

  /** Bytes from `start` (undefined: none) to the end of the last record. */
  private async readFrom(start: number | undefined): Promise<Buffer> {
    const bytes = Buffer.alloc(start === undefined ? 0 : this.entries.at(-1)!.end - start);
    if (start !== undefined && (await this.file.read([bytes], start)) < bytes.length)
      throw damaged(this.path, `it ends before byte ${start + bytes.length}`);
    return bytes;
  }

  /** Removes what a failed write may have left. */
  private async undo(size: number, cause: unknown): Promise<void> {
    try {
      await this.file.truncate(size);
    } catch {
      throw this.breakOff(cause);
    }
  }

  private breakOff(cause: unknown): HeadraceError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.broken = new HeadraceError("io", `${reason}; the log must be opened anew`, { cause });
    return this.broken;
  }
}

/** A log that is on disk, but not under its name. */
async function draftLog(files: FileSystem, directory: string, parts: readonly Buffer[]): Promise<void> {
  const path = join(directory, TEMPORARY);
  await removeIfThere(files, path);
  await writeWhole(files, path, Buffer.concat(parts));
}

/** Puts the draft in place of the log that is there, if any. */
async function nameLog(files: FileSystem, directory: string): Promise<void> {
  await files.rename(join(directory, TEMPORARY), join(directory, LOG_NAME));
  await files.syncDirectory(directory);
}

function frame(json: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(json));
  const header = Buffer.alloc(FRAME_HEADER);
  MAGIC.copy(header);
  header.writeUInt32LE(body.length, 4);
  header.writeUInt32LE(crc32(body), 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return Buffer.concat([header, body]);
}

const headerFrame = (header: Header): Buffer => frame(header);

/** The end of the whole frame at `start`; undefined: there is none. */
function frameEnd(bytes: Buffer, start: number): number | undefined {
  if (bytes.length - start < FRAME_HEADER || bytes.compare(MAGIC, 0, 4, start, start + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(start, start + 12)) !== bytes.readUInt32LE(start + 12)) return undefined;
  const end = start + FRAME_HEADER + bytes.readUInt32LE(start + 4);
  if (end > bytes.length) return undefined;
  return crc32(bytes.subarray(start + FRAME_HEADER, end)) === bytes.readUInt32LE(start + 8) ? end : undefined;
}

function payload(bytes: Buffer, path: string, position: number): unknown {
  if (frameEnd(bytes, 0) !== bytes.length) throw damaged(path, `the record at byte ${position}`);
  return JSON.parse(bytes.toString("utf8", FRAME_HEADER));
}

type Content = {
  readonly header: Header;
  readonly start: number;
  readonly entries: Entry[];
  readonly end: number;
};

function readContent(bytes: Buffer, path: string): Content {
  const start = frameEnd(bytes, 0);
  if (start === undefined) throw damaged(path, "its header");
  const header = payload(bytes.subarray(0, start), path, 0) as Header;
  if (header.format > FORMAT) throw newerFormat(path, header.format, FORMAT);
  const entries: Entry[] = [];
  let at = start;
  while (at < bytes.length) {
    const end = frameEnd(bytes, at);
    const place = `the record of epoch ${header.base + entries.length + 1} at byte ${at}`;
    if (end === undefined) {
      const next = nextFrame(bytes, at + 1);
      if (next !== undefined) throw damaged(path, `${place}; the next whole one begins at byte ${next}`);
      break;
    }
    const { epoch } = payload(bytes.subarray(at, end), path, at) as { readonly epoch: number };
    if (epoch !== header.base + entries.length + 1) throw damaged(path, `${place} is of epoch ${epoch}`);
    entries.push({ epoch, start: at, end });
    at = end;
  }
  return { header, start, entries, end: at };
}

function nextFrame(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(MAGIC, from); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    if (frameEnd(bytes, at) !== undefined) return at;
  }
  return undefined;
}
