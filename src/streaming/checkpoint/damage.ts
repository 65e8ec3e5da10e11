import { HeadraceError } from "../../error.ts";
import { isSystemError } from "./file-system.ts";

/** A file that does not hold what was once written to it. */
export function damaged(path: string, what: string): HeadraceError {
  return new HeadraceError("format", `"${path}" is damaged: ${what}`);
}

/** A file that is whole, but not ours to understand. */
export function newerFormat(path: string, format: number, known: number): HeadraceError {
  return new HeadraceError(
    "unsupported",
    `"${path}" was written by a newer version: its format is ${format}, this version knows ${known}`,
  );
}

/** Whether an older checkpoint may do instead: the file is damaged, but for all we know the disk and our rights are in order. */
export function isDamage(error: unknown): error is HeadraceError {
  return error instanceof HeadraceError && error.code === "format";
}

/** A file that should be there but is not, or that the disk cannot read, is a damaged one. */
export function asDamage(path: string, error: unknown): unknown {
  if (isSystemError(error, "ENOENT")) return damaged(path, "the file is missing");
  if (isSystemError(error, "EIO")) return damaged(path, "the device cannot read it");
  return error;
}
