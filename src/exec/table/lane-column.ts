/** Columns of values in lanes, on their way into shared memory. */
import { type Lane, LANE_BYTES } from "../../planner/types/lane.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";

/** Values of one column outside of shared memory. */
export type LaneColumn = {
  readonly rows: number;
  /** The values in the natural lane of the column's type, 0 where NULL; strings are pairs of u32: where in `text`, how long. */
  readonly data: Uint8Array;
  /** A bit for each row, set where there is a value; undefined: there are no NULLs. */
  readonly validity: Uint8Array | undefined;
  readonly text: Uint8Array;
};

/** Rows of a column, and the part of its text that they need. */
export type LaneSlice = {
  readonly values: LaneColumn;
  readonly first: number;
  readonly rows: number;
  readonly textStart: number;
  readonly textBytes: number;
};

/** `first` is a multiple of 8. */
export function sliceColumn(values: LaneColumn, lane: Lane, first: number, rows: number): LaneSlice {
  const whole = first === 0 && rows === values.rows;
  if (lane !== "str" || whole) {
    return { values, first, rows, textStart: 0, textBytes: lane === "str" ? values.text.length : 0 };
  }
  const refs = refsOf(values);
  let start = values.text.length;
  let end = 0;
  for (let i = 2 * first; i < 2 * (first + rows); i += 2) {
    const [at, length] = [refs[i]!, refs[i + 1]!];
    if (length === 0) continue;
    if (at < start) start = at;
    if (at + length > end) end = at + length;
  }
  return { values, first, rows, textStart: start, textBytes: Math.max(0, end - start) };
}

/** Bytes of the validity bitmap of a slice; 0: it has no NULLs. */
export function validityBytes({ values, first, rows }: LaneSlice): number {
  const { validity } = values;
  if (validity === undefined) return 0;
  const last = first + rows;
  for (let i = first; i < last; i++) {
    // Whole bytes of values are skipped.
    if ((i & 7) === 0 && i + 8 <= last && validity[i >>> 3] === 255) i += 7;
    else if ((validity[i >>> 3]! & (1 << (i & 7))) === 0) return Math.ceil(rows / 8);
  }
  return 0;
}

/** Where a column goes in shared memory; `validity` 0: it has no NULLs. */
export type ColumnPlace = { readonly data: number; readonly validity: number; readonly text: number };

export function writeColumn(memory: SharedMemory, slice: LaneSlice, lane: Lane, place: ColumnPlace): void {
  const { values, first, rows, textStart, textBytes } = slice;
  const { u8, u32 } = memory;
  if (place.validity !== 0 && values.validity !== undefined) {
    const bytes = Math.ceil(rows / 8);
    u8.set(values.validity.subarray(first >>> 3, (first >>> 3) + bytes), place.validity);
    // No bits behind the last row.
    if ((rows & 7) !== 0) u8[place.validity + bytes - 1]! &= (1 << (rows & 7)) - 1;
  }
  if (lane !== "str") {
    const bytes = LANE_BYTES[lane];
    return u8.set(values.data.subarray(first * bytes, (first + rows) * bytes), place.data);
  }
  u8.set(values.text.subarray(textStart, textStart + textBytes), place.text);
  const refs = refsOf(values);
  const moved = place.text - textStart;
  let to = place.data >>> 2;
  for (let i = 2 * first; i < 2 * (first + rows); i += 2) {
    const length = refs[i + 1]!;
    u32[to++] = length === 0 ? 0 : refs[i]! + moved;
    u32[to++] = length;
  }
}

function refsOf({ data, rows }: LaneColumn): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, 2 * rows);
}
