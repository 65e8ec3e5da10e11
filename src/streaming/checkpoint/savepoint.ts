import { dirname, join } from "node:path";
import { type FileSystem, isSystemError } from "./file-system.ts";
import { filesOf, type Manifest, writeManifest } from "./manifest.ts";
import { CHUNKS, TEMPORARY } from "./names.ts";

export const savepointName = (number: number): string => `savepoint-${number}`;

/** The number of the checkpoint that a savepoint of this name is a copy of; undefined: it is none. */
export function savepointNumber(name: string): number | undefined {
  const digits = /^savepoint-([1-9]\d{0,14})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A directory with all that a checkpoint consists of; it appears whole. Nothing is left when that fails. */
export async function writeSavepoint(
  files: FileSystem,
  manifest: Manifest,
  chunks: string,
  target: string,
): Promise<void> {
  const draft = `${target}${TEMPORARY}`;
  await files.removeTree(draft);
  try {
    await files.makeDirectory(join(draft, CHUNKS));
    for (const id of filesOf(manifest)) await files.link(join(chunks, id), join(draft, CHUNKS, id));
    await files.syncDirectory(join(draft, CHUNKS));
    await writeManifest(files, draft, manifest);
    await files.rename(draft, target);
    await files.syncDirectory(dirname(target));
  } catch (error) {
    await files.removeTree(draft).catch(() => undefined);
    throw error;
  }
}

/** Whether there is a file or directory. */
export async function isThere(files: FileSystem, path: string): Promise<boolean> {
  try {
    await files.list(path);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    if (isSystemError(error, "ENOTDIR")) return true;
    throw error;
  }
}
