import type { TableVersion } from "../exec/table/table-version.ts";
import { bytesInMemory } from "./spill.ts";

/** Rows that may wait, and memory that they may take: who pushes more waits himself. */
const MOST_ROWS = 1_000_000;
const MOST_BYTES = 2 ** 25;
/** What a batch of rows takes besides, at most: the rest of its last page, and objects that say where its columns lie. */
const BATCH_BYTES = 8192;

/** How much of what was pushed waits for an epoch. */
export class Backlog {
  rows = 0;
  private bytes = 0;

  add(batch: TableVersion): void {
    this.rows += batch.rows;
    this.bytes += bytesInMemory(batch) + BATCH_BYTES;
  }

  remove(batch: TableVersion): void {
    this.rows -= batch.rows;
    this.bytes -= bytesInMemory(batch) + BATCH_BYTES;
  }

  clear(): void {
    this.rows = 0;
    this.bytes = 0;
  }

  get isFull(): boolean {
    return this.rows > MOST_ROWS || this.bytes > MOST_BYTES;
  }
}
