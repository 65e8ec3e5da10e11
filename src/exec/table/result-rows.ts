import type { ResultColumn } from "../codegen/program.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";

/** A query's result, or any rows of one layout in shared memory: the concatenation of `segments`. */
export type ResultRows = {
  readonly memory: SharedMemory;
  readonly segments: readonly { readonly address: number; readonly rows: number }[];
  /** Bytes from one row to the next. */
  readonly stride: number;
  readonly columns: readonly ResultColumn[];
  /** Address of the string references of a field's dictionary, by its slot. */
  readonly dictionaryRefs: (slot: number) => number;
};

export function countRows({ segments }: ResultRows): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
}

/** The rows in parts of at most `limit`. */
export function* rowParts(rows: ResultRows, limit: number): Generator<ResultRows> {
  let segments: { readonly address: number; readonly rows: number }[] = [];
  let filled = 0;
  for (const segment of rows.segments) {
    for (let done = 0; done < segment.rows;) {
      const count = Math.min(segment.rows - done, limit - filled);
      segments.push({ address: segment.address + done * rows.stride, rows: count });
      done += count;
      filled += count;
      if (filled < limit) continue;
      yield { ...rows, segments };
      segments = [];
      filled = 0;
    }
  }
  if (filled > 0) yield { ...rows, segments };
}
