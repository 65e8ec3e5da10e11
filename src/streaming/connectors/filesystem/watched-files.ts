import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename } from "node:path";
import { HeadraceError } from "../../../error.ts";
import { runInSlices } from "../../../exec/table/slices.ts";
import { ioError } from "../../../io/stores/file.ts";
import { expandGlob, isGlob } from "../../../io/stores/glob.ts";

export type FileState = {
  readonly size: number;
  /** Changes whenever the file does. */
  readonly version: string;
};

export type WatchOptions = {
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  /** Look once, and never again. */
  readonly once: boolean;
};

/** Says that nothing will come any more to the folder it lies in. */
const CLOSED = "_SUCCESS";

/** The files of a path (a file, a folder or a pattern), as they were when last looked at. Hidden and temporary ones are left out. */
export class WatchedFiles {
  private readonly path: string;
  private readonly options: WatchOptions;
  private looked = -Infinity;
  /** In order of their names. */
  files: ReadonlyMap<string, FileState> = new Map();
  /** Nothing changes any more. */
  closed = false;

  constructor(path: string, options: WatchOptions) {
    this.path = path.length > 1 ? path.replace(/\/+$/, "") : path;
    this.options = options;
  }

  /** Looks again if it is time to. Throws `io`. */
  async refresh(): Promise<void> {
    const { intervalMs, once } = this.options;
    if (this.closed || performance.now() - this.looked < intervalMs) return;
    const { paths, closed } = await this.list();
    const files = new Map<string, FileState>();
    for (const path of paths) {
      const found = await stat(path).catch((cause: unknown) => {
        // Gone since it was listed.
        if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
        throw ioError("read", path, cause);
      });
      if (found?.isFile() !== true) continue;
      files.set(path, { size: found.size, version: versionOf(found) });
    }
    this.files = files;
    this.closed = once || closed;
    this.looked = performance.now();
  }

  /** Milliseconds until the next look. */
  get rest(): number {
    return Math.max(0, this.looked + this.options.intervalMs - performance.now());
  }

  private async list(): Promise<{ readonly paths: readonly string[]; readonly closed: boolean }> {
    const { path } = this;
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) return { paths: [path], closed: false };
    if (found?.isDirectory() === true) {
      // What is there when the mark is seen is all.
      const names = await readdir(path).catch((cause: unknown) => {
        throw ioError("read", path, cause);
      });
      const paths = names
        .filter(isData)
        .sort()
        .map((name) => `${path}/${name}`);
      return { paths, closed: names.includes(CLOSED) };
    }
    if (isGlob(path)) {
      const paths = await runInSlices(expandGlob(path));
      return { paths: paths.filter((name) => isData(basename(name))), closed: false };
    }
    throw new HeadraceError("io", `cannot read "${path}": no such file or folder`);
  }
}

/** Changes whenever a file does. */
export function versionOf({ ino, size, mtimeMs }: Pick<Stats, "ino" | "size" | "mtimeMs">): string {
  return `${ino}/${size}/${mtimeMs}`;
}

function isData(name: string): boolean {
  return !/^[._]|\.tmp$/.test(name);
}
