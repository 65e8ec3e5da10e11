import { createHash } from "node:crypto";
import { HeadraceError } from "../../../error.ts";
import type { LocalFile } from "../../../io/stores/file.ts";

/**
 * Where reading a file has come to, and a digest of some bytes before: of its beginning, and of what was read last. A file in which they
 * are others is not the one that was read.
 */
export type FilePosition = { readonly at: number; readonly mark: string };

const HEAD = 4096;
const TAIL = 1024;

export function positionAt(file: LocalFile, at: number): FilePosition {
  const hash = createHash("sha256");
  for (const [start, end] of [
    [0, Math.min(HEAD, at)],
    [Math.max(HEAD, at - TAIL), at],
  ] as const) {
    if (end <= start) continue;
    const bytes = Buffer.alloc(end - start);
    file.readAt(bytes, start);
    hash.update(bytes);
  }
  return { at, mark: hash.digest("hex").slice(0, 16) };
}

/** Throws `io` where the file is shorter than the position, or was written anew before it. */
export function checkPosition(file: LocalFile, { at, mark }: FilePosition): void {
  if (file.size < at) {
    throw new HeadraceError(
      "io",
      `"${file.path}" shrank: it was read up to byte ${at}, and has ${file.size} bytes now`,
      {
        hint: "files that are read may only grow",
      },
    );
  }
  if (positionAt(file, at).mark === mark) return;
  throw new HeadraceError("io", `"${file.path}" was changed before byte ${at}, up to which it was read`, {
    hint: "files that are read may only grow",
  });
}

/** Throws `io` where the last record of a file that was taken for complete has grown. */
export function checkRecordEnd(file: LocalFile, { at }: FilePosition): void {
  if (at === 0 || file.size <= at) return;
  const around = Buffer.alloc(2);
  file.readAt(around, at - 1);
  const [last, next] = around;
  if (last === LF || next === LF || next === CR) return;
  throw new HeadraceError("io", `"${file.path}" goes on in the middle of a record that was read, at byte ${at}`, {
    hint: "a file that grows ends with a line feed",
  });
}

const LF = 10;
const CR = 13;
