import { constants } from "node:fs";
import { copyFile, type FileHandle, link, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ioError } from "../../io/stores/file.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";

/** Bytes of one call: a thread of the pool is not kept for long. */
const CALL_BYTES = 8 * 2 ** 20;
const FLAGS = { read: "r", create: "wx+", update: "r+" } as const;
/** What systems say that have no links. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"]);

/** The machine's own file system. */
export const localFiles: FileSystem = {
  open: (path, mode) =>
    naming(
      mode === "read" ? "open" : "write",
      path,
      async () => new LocalOpenFile(path, await open(path, FLAGS[mode])),
    ),
  list: (path) => naming("read", path, async () => (await readdir(path)).sort()),
  makeDirectory: (path) => naming("create", path, () => makeDirectory(path)),
  rename: (from, to) => naming("write", to, () => rename(from, to)),
  link: (from, to) => naming("write", to, () => linkOrCopy(from, to)),
  remove: (path) => naming("remove", path, () => unlink(path)),
  removeTree: (path) => naming("remove", path, () => rm(path, { recursive: true, force: true })),
  syncDirectory: (path) => naming("write", path, () => syncDirectory(path)),
};

class LocalOpenFile implements OpenFile {
  private readonly path: string;
  private readonly handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.handle = handle;
  }

  size(): Promise<number> {
    return naming("read", this.path, async () => (await this.handle.stat()).size);
  }

  read(buffers: readonly Uint8Array[], position: number): Promise<number> {
    return naming("read", this.path, () =>
      inCalls(buffers, async (part, done) => (await this.handle.readv(part, position + done)).bytesRead),
    );
  }

  write(buffers: readonly Uint8Array[], position: number): Promise<void> {
    return naming("write", this.path, async () => {
      await inCalls(buffers, async (part, done) => (await this.handle.writev(part, position + done)).bytesWritten);
    });
  }

  truncate(size: number): Promise<void> {
    return naming("write", this.path, () => this.handle.truncate(size));
  }

  sync(): Promise<void> {
    return naming("write", this.path, () => this.handle.datasync());
  }

  close(): Promise<void> {
    return naming("close", this.path, () => this.handle.close());
  }
}

async function naming<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw ioError(action, path, cause);
  }
}

/** Moves bytes in calls of a bounded size until all are done or a call does none; returns their number. */
async function inCalls(
  buffers: readonly Uint8Array[],
  call: (part: readonly Uint8Array[], done: number) => Promise<number>,
): Promise<number> {
  let done = 0;
  let index = 0;
  let within = 0;
  for (;;) {
    const part: Uint8Array[] = [];
    let bytes = 0;
    for (let i = index, from = within; i < buffers.length && bytes < CALL_BYTES; i++, from = 0) {
      const buffer = buffers[i] as Uint8Array;
      const length = Math.min(buffer.length - from, CALL_BYTES - bytes);
      if (length > 0) part.push(buffer.subarray(from, from + length));
      bytes += length;
    }
    if (bytes === 0) return done;
    let moved = await call(part, done);
    if (moved === 0) return done;
    done += moved;
    while (moved > 0) {
      const left = (buffers[index] as Uint8Array).length - within;
      if (moved < left) {
        within += moved;
        break;
      }
      moved -= left;
      index++;
      within = 0;
    }
  }
}

async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = resolve(path); made.length >= resolve(first).length; made = dirname(made))
    await syncDirectory(dirname(made));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && NO_LINKS.has(String(error.code)))) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
    const copy = await open(to, "r+");
    try {
      await copy.datasync();
    } finally {
      await copy.close();
    }
  }
}

/** Windows keeps names without being asked, and does not open directories. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
