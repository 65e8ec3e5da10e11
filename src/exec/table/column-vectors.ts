/**
 * Columns of chunks as they can lie anywhere, without addresses: the values as they lie in memory (`planner/types/lane.ts`), but of the
 * lane `str` the length of each, u32; the validity bitmap, where there are NULLs; of the lane `str` the bytes of all rows, end to
 * end. Nested values refer only to themselves.
 */
import { HeadraceError } from "../../error.ts";
import { type Lane, LANE_BYTES } from "../../planner/types/lane.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { Turns } from "./slices.ts";
import type { ChunkColumn } from "./table-version.ts";

/** Views of memory, and copies of what does not lie there as it should. */
export type ColumnVectors = {
  readonly vectors: readonly Uint8Array[];
  /** Bytes of all strings; 0 in other lanes. */
  readonly strings: number;
};

/** The memory must stay as it is while the vectors are used. */
export async function columnVectors(
  memory: SharedMemory,
  lane: Lane,
  rows: number,
  column: ChunkColumn,
  turns: Turns,
): Promise<ColumnVectors> {
  const vectors: Uint8Array[] = [];
  let strings: PackedStrings | undefined;
  if (lane === "str") {
    strings = await packStrings(memory, column.data, rows, turns);
    vectors.push(strings.lengths);
  } else {
    vectors.push(memory.u8.subarray(column.data, column.data + rows * LANE_BYTES[lane]));
  }
  if (column.values < rows) {
    const { validity } = column;
    if (validity === 0) throw new RangeError("NULLs without a bitmap");
    vectors.push(memory.u8.subarray(validity, validity + Math.ceil(rows / 8)));
  }
  if (strings !== undefined) vectors.push(...strings.parts);
  return { vectors, strings: strings?.bytes ?? 0 };
}

/**
 * References to strings that lie end to end from `address` on, at `refs`. Returns where the last one ends.
 *
 * @param lengths of each string, in bytes
 */
export function writeReferences({ u32 }: SharedMemory, refs: number, address: number, lengths: Uint32Array): number {
  let end = address;
  for (let row = 0, at = refs >>> 2; row < lengths.length; row++, at += 2) {
    const length = lengths[row] as number;
    u32[at] = length === 0 ? 0 : end;
    u32[at + 1] = length;
    end += length;
  }
  return end;
}

type PackedStrings = {
  readonly lengths: Uint8Array;
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
};

/** Ranges of memory that are worth a view each: shorter ones are copied. */
const LEAST_RANGE = 4096;
/** Bytes of a copy. */
const COPY_BYTES = 1 << 20;
/** What the strings of one chunk may come to: memory could not hold more. */
const MOST_STRINGS = 2 ** 32 - 1;
const ROWS_PER_TURN = 4096;

/** Strings that lie side by side, as those of most tables do, are one view. */
async function packStrings(memory: SharedMemory, refs: number, rows: number, turns: Turns): Promise<PackedStrings> {
  const { u32 } = memory;
  const lengths = new Uint32Array(rows);
  const gathered = new Gathering(memory.u8);
  let bytes = 0;
  let start = 0;
  let end = 0;
  for (let row = 0, at = refs >>> 2; row < rows; row++, at += 2) {
    const length = u32[at + 1] as number;
    lengths[row] = length;
    if (length === 0) continue;
    const address = u32[at] as number;
    if (address !== end) {
      gathered.add(start, end);
      start = address;
    }
    end = address + length;
    bytes += length;
    if (row % ROWS_PER_TURN === 0 && turns.isDue) await turns.take();
  }
  gathered.add(start, end);
  if (bytes > MOST_STRINGS)
    throw new HeadraceError("unsupported", `a chunk with ${bytes} bytes of strings cannot be written to a file`);
  return { lengths: new Uint8Array(lengths.buffer), parts: gathered.finish(), bytes };
}

/** Puts ranges of memory in order. */
class Gathering {
  private readonly memory: Uint8Array;
  private readonly parts: Uint8Array[] = [];
  private copy: Buffer = Buffer.alloc(0);
  private used = 0;

  constructor(memory: Uint8Array) {
    this.memory = memory;
  }

  add(start: number, end: number): void {
    if (start === end) return;
    const range = this.memory.subarray(start, end);
    if (range.length >= LEAST_RANGE) {
      this.flush();
      this.parts.push(range);
      return;
    }
    if (this.used + range.length > this.copy.length) {
      this.flush();
      this.copy = Buffer.allocUnsafeSlow(COPY_BYTES);
      this.used = 0;
    }
    this.copy.set(range, this.used);
    this.used += range.length;
  }

  finish(): readonly Uint8Array[] {
    this.flush();
    return this.parts;
  }

  /** What was copied so far is a part; what is copied from now on goes behind it. */
  private flush(): void {
    if (this.used > 0) this.parts.push(this.copy.subarray(0, this.used));
    this.copy = this.copy.subarray(this.used);
    this.used = 0;
  }
}
