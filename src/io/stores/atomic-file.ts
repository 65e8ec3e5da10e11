import { type FileHandle, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { createGzip, type Gzip } from "node:zlib";
import { HeadraceError } from "../../error.ts";
import { ioError } from "./file.ts";

/** A name beside `path` that nobody else takes. */
function temporaryName(path: string): string {
  return `${path.replace(/\/+$/, "")}.${process.pid}.${Date.now().toString(36)}.tmp`;
}

/**
 * A new file that appears under its name, whole, when `finish` returns; `abort` leaves nothing. A symbolic link stays, and what it points
 * to is replaced. What is there but no file, a pipe or a device, takes the bytes as they come.
 */
export class AtomicFile {
  readonly path: string;
  /** Where the bytes are until the end, and what then is replaced by them. */
  private readonly aside: { readonly temporary: string; readonly target: string } | undefined;
  private readonly file: FileHandle;
  private readonly gzip: GzipBuffer | undefined;
  private written = 0;

  private constructor(path: string, aside: AtomicFile["aside"], file: FileHandle, gzip: GzipBuffer | undefined) {
    this.path = path;
    this.aside = aside;
    this.file = file;
    this.gzip = gzip;
  }

  /** Throws `io`. */
  static async create(path: string, compression: "none" | "gzip" = "none"): Promise<AtomicFile> {
    const gzip = compression === "gzip" ? new GzipBuffer() : undefined;
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) throw new HeadraceError("io", `cannot write "${path}": is a directory`);
    try {
      const stream = found?.isFile() === false || /^\/(dev|proc)\//.test(path);
      if (stream) return new AtomicFile(path, undefined, await open(path, "a"), gzip);
      const target = found === undefined ? path : await realpath(path);
      const temporary = temporaryName(target);
      return new AtomicFile(path, { temporary, target }, await open(temporary, "wx"), gzip);
    } catch (cause) {
      throw ioError("write", path, cause);
    }
  }

  /** Bytes in the file so far. */
  get size(): number {
    return this.written;
  }

  /** Call again only after the promise resolved. Throws `io`. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.put(this.gzip === undefined ? bytes : await this.gzip.add(bytes));
  }

  async finish(): Promise<void> {
    if (this.gzip !== undefined) await this.put(await this.gzip.end());
    try {
      await this.file.close();
      if (this.aside !== undefined) await rename(this.aside.temporary, this.aside.target);
    } catch (cause) {
      throw ioError("write", this.path, cause);
    }
  }

  async abort(): Promise<void> {
    await this.file.close().catch(() => undefined);
    if (this.aside !== undefined) await rm(this.aside.temporary, { force: true });
  }

  private async put(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.file.write(bytes, done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw ioError("write", this.path, cause);
    }
    this.written += bytes.length;
  }
}

/** One gzip stream, made of pieces. */
class GzipBuffer {
  private readonly stream: Gzip = createGzip();
  private made: Buffer[] = [];

  constructor() {
    this.stream.on("data", (chunk: Buffer) => this.made.push(chunk));
  }

  async add(bytes: Uint8Array): Promise<Uint8Array> {
    await new Promise<void>((resolve, reject) => {
      this.stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    return this.take();
  }

  async end(): Promise<Uint8Array> {
    await new Promise<void>((resolve, reject) => {
      this.stream.once("end", resolve).once("error", reject);
      this.stream.end();
    });
    return this.take();
  }

  private take(): Uint8Array {
    return Buffer.concat(this.made.splice(0));
  }
}

/** What happens to files that are there already. */
export type Existing =
  /** Nothing may be there. */
  | "error"
  /** They go. */
  | "overwrite"
  /** They stay, but for those whose names are written. */
  | "merge";

/** A new folder of files that appears, whole, when `finish` returns; `abort` leaves nothing. */
export class AtomicFolder {
  readonly path: string;
  /** Where the files are to be written. */
  readonly temporary: string;
  private readonly existing: Existing;

  private constructor(path: string, temporary: string, existing: Existing) {
    this.path = path;
    this.temporary = temporary;
    this.existing = existing;
  }

  /** Throws `io`, also where something is there that must not be. */
  static async create(path: string, existing: Existing): Promise<AtomicFolder> {
    const folder = new AtomicFolder(path, temporaryName(path), existing);
    await folder.check();
    try {
      await mkdir(folder.temporary);
    } catch (cause) {
      throw ioError("write", path, cause);
    }
    return folder;
  }

  async finish(): Promise<void> {
    await this.check();
    try {
      if (this.existing === "merge" && (await isThere(this.path))) await this.merge();
      else if (this.existing === "overwrite" && (await isThere(this.path))) await this.replace();
      else await rename(this.temporary, this.path);
    } catch (cause) {
      throw ioError("write", this.path, cause);
    }
  }

  async abort(): Promise<void> {
    await rm(this.temporary, { recursive: true, force: true });
  }

  private async check(): Promise<void> {
    const found = await stat(this.path).catch(() => undefined);
    if (found === undefined) return;
    if (!found.isDirectory()) throw new HeadraceError("io", `cannot write "${this.path}": it is a file, not a folder`);
    if (this.existing === "error" && (await readdir(this.path)).length > 0)
      throw new HeadraceError("io", `cannot write "${this.path}": the folder is not empty`, {
        hint: "OVERWRITE replaces what is there, OVERWRITE_OR_IGNORE writes beside it",
      });
  }

  private async replace(): Promise<void> {
    const old = temporaryName(`${this.path}.old`);
    await rename(this.path, old);
    await rename(this.temporary, this.path);
    await rm(old, { recursive: true, force: true });
  }

  /** Each file appears whole. */
  private async merge(): Promise<void> {
    for (const entry of await readdir(this.temporary, { recursive: true, withFileTypes: true })) {
      if (entry.isDirectory()) continue;
      const from = join(entry.parentPath, entry.name);
      const to = join(this.path, relative(this.temporary, from));
      await mkdir(dirname(to), { recursive: true });
      await rename(from, to);
    }
    await this.abort();
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
