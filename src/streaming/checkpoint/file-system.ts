import { HeadraceError } from "../../error.ts";

/** A file that is open; positions and sizes are bytes. */
export interface OpenFile {
  size(): Promise<number>;
  /** Fills the buffers one after the other (views of shared memory are fine); returns fewer bytes only at the end of the file. */
  read(buffers: readonly Uint8Array[], position: number): Promise<number>;
  /** Writes all of the buffers, which must not change meanwhile. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Returns when what was written would survive a loss of power; a new file's name does not before `syncDirectory`. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * All that checkpoints ask of a file system, so that tests can fail and forget at every step. Everything throws `io` naming the
 * file, with the system's error as its cause.
 */
export interface FileSystem {
  /** `create` fails where something is there. */
  open(path: string, mode: "read" | "create" | "update"): Promise<OpenFile>;
  /** The names in a directory, in order. */
  list(path: string): Promise<readonly string[]>;
  /** Makes a directory and those above it that are missing; their names survive a loss of power. */
  makeDirectory(path: string): Promise<void>;
  /** Atomic; replaces a file that is there. */
  rename(from: string, to: string): Promise<void>;
  /** Another name for a file, or where there are no such names a copy of it. Fails where something is there. */
  link(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  removeTree(path: string): Promise<void>;
  /** Makes the names in the directory survive a loss of power. */
  syncDirectory(path: string): Promise<void>;
}

/** Whether the system said `code` ("ENOENT"). */
export function isSystemError(error: unknown, code: string): boolean {
  const cause = error instanceof HeadraceError ? error.cause : error;
  return cause instanceof Error && "code" in cause && cause.code === code;
}

/** The whole of a small file. */
export async function readWhole(files: FileSystem, path: string): Promise<Buffer> {
  const file = await files.open(path, "read");
  try {
    const bytes = Buffer.alloc(await file.size());
    return bytes.subarray(0, await file.read([bytes], 0));
  } finally {
    await file.close();
  }
}

/** A new file, on disk when this returns but for its name. */
export async function writeWhole(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.open(path, "create");
  try {
    await file.write([bytes], 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes a file if it is there. */
export async function removeIfThere(files: FileSystem, path: string): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}
