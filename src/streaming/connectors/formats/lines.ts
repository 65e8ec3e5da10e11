/** Records that are lines. */
import type { Kernels } from "../../../exec/kernels/kernels.ts";
import type { ByteRange } from "./record-reader.ts";

/** Whole lines in [address, end), at most `most`. */
export function scanLines(
  kernels: Kernels,
  address: number,
  end: number,
  most: number,
): { readonly records: number; readonly bytes: number } {
  const total = kernels.csvCountLines(address, end);
  const records = Math.min(total, most);
  if (records === 0) return { records: 0, bytes: 0 };
  // Halves the range that has the last one's line feed.
  let [low, high, left] = [address, end, records];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const before = kernels.csvCountLines(low, middle);
    if (before >= left) high = middle;
    else {
      left -= before;
      low = middle;
    }
  }
  return { records, bytes: high - address };
}

const LF = 10;

/** Lines that are not blank. */
export function lineRanges(text: Uint8Array): ByteRange[] {
  const ranges: ByteRange[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf(LF, start);
    const end = newline < 0 ? text.length : newline;
    if (!isBlank(text, start, end)) ranges.push({ start, end });
    start = end + 1;
  }
  return ranges;
}

function isBlank(text: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = text[i]!;
    if (byte !== 32 && byte !== 9 && byte !== 13) return false;
  }
  return true;
}

/** The last line that begins at `at` or before. */
export function lineAt(starts: readonly number[], at: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
