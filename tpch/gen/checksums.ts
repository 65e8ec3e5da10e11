/** The SHA-256 of the reference generator's .tbl files, for scale factors 0.01, 0.1 and 1. */
import { readFileSync } from "node:fs";
import type { TableName } from "./schema.ts";

export type Checksum = { readonly table: TableName; readonly sha256: string; readonly bytes: number };

export function referenceChecksums(scaleFactor: number): readonly Checksum[] {
  const text = readFileSync(new URL(`./checksums/checksums-sf${scaleFactor}.txt`, import.meta.url), "utf8");
  return Array.from(text.matchAll(/^(\w+) +(\w+)\.tbl +(\d+) bytes$/gm), ([, sha256, table, bytes]) => ({
    table: table as TableName,
    sha256: sha256!,
    bytes: Number(bytes),
  }));
}
