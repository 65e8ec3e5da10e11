import type { Datum } from "../../planner/expr/expr.ts";
import { datumBytes } from "../../planner/functions/host/nested.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { ScanMemory } from "./scan-memory.ts";

const BLOCK_BYTES = 256 * 1024;

/**
 * Writes strings, BLOBs and nested values of some rows: references at `data`, the bytes elsewhere. NULL leaves the reference as it
 * is.
 */
export function writeBlocks(
  memory: ScanMemory,
  type: SqlType,
  data: number,
  count: number,
  rowOf: (i: number) => number,
  valueOf: (row: number) => Datum,
): void {
  const { view, u8 } = memory.shared;
  let at = 0;
  let left = 0;
  for (let i = 0; i < count; i++) {
    const row = rowOf(i);
    const value = valueOf(row);
    if (value === null) continue;
    const bytes = datumBytes(value, type);
    if (bytes.length > left || at === 0) {
      left = Math.max(BLOCK_BYTES, bytes.length);
      at = memory.alloc(left);
    }
    u8.set(bytes, at);
    view.setUint32(data + row * 8, at, true);
    view.setUint32(data + row * 8 + 4, bytes.length, true);
    at += bytes.length;
    left -= bytes.length;
  }
}
