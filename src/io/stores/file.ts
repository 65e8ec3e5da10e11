import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { HeadraceError } from "../../error.ts";

/** Bytes that can be read at any position. Synchronous: workers read, and may block. */
export type RandomAccess = {
  /** What users know the file by. */
  readonly path: string;
  readonly size: number;
  /** Fills the whole of `target` (a view of shared memory is fine). Throws `io`. */
  readAt(target: Uint8Array, position: number): void;
};

/** Node refuses to read 2 GiB at once. */
const MOST_AT_ONCE = 2 ** 30;

export class LocalFile implements RandomAccess {
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;

  /** @param name what users know the file by, where it is not its path */
  constructor(path: string, name: string = path) {
    this.path = name;
    try {
      this.#descriptor = openSync(path, "r");
    } catch (cause) {
      throw ioError("open", name, cause);
    }
    const stat = fstatSync(this.#descriptor);
    this.size = stat.size;
    if (!stat.isFile()) {
      this.close();
      throw new HeadraceError("io", `cannot read "${name}": not a file`);
    }
  }

  readAt(target: Uint8Array, position: number): void {
    let done = 0;
    while (done < target.length) {
      let count: number;
      try {
        count = readSync(this.#descriptor, target, done, Math.min(MOST_AT_ONCE, target.length - done), position + done);
      } catch (cause) {
        throw ioError("read", this.path, cause);
      }
      if (count === 0) throw new HeadraceError("io", `"${this.path}" ends before byte ${position + target.length}`);
      done += count;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

const REASONS: { readonly [code: string]: string } = {
  ENOENT: "no such file",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOTDIR: "a folder in its path is a file",
  EEXIST: "there is a file of that name",
  ENOSPC: "no space left on the device",
  EDQUOT: "the quota is used up",
  EFBIG: "the file would be too large",
  EROFS: "the file system can only be read",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
};

/** A system error as `io`, in words. */
export function ioError(action: string, path: string, cause: unknown): HeadraceError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reason = REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new HeadraceError("io", `cannot ${action} "${path}": ${reason}`, { cause });
}
