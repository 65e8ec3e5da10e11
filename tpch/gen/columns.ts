/** Generated columns in Arrow's layouts, and the loops that fill them. */
import { next, pick, pickLarge } from "./random.ts";
import { POOL_SIZE } from "./text-pool.ts";

export type GeneratedColumn =
  | { readonly type: "int32"; readonly values: Int32Array }
  | { readonly type: "int64"; readonly values: BigInt64Array }
  /** Unscaled values of DECIMAL(15,2). */
  | { readonly type: "decimal"; readonly values: BigInt64Array }
  /** Days since 1970-01-01. */
  | { readonly type: "date"; readonly values: Int32Array }
  /** ASCII; value i is bytes[offsets[i]..offsets[i + 1]]. */
  | StringColumn
  /** Strings from a small fixed list. */
  | DictionaryColumn;

export type StringColumn = { readonly type: "string"; readonly offsets: Int32Array; readonly bytes: Uint8Array };
export type DictionaryColumn = {
  readonly type: "dictionary";
  readonly codes: Uint8Array;
  readonly dictionary: readonly string[];
};

/** Bytes after the end of string data that copies in 8-byte words may touch. */
const COPY_SLACK = 8;

/** One draw per row: low + [0, range). `state` is that before the first row's draw. */
export function drawColumn(state: number, rows: number, low: number, range: number): Int32Array {
  const values = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    state = next(state);
    values[row] = low + pick(state, range);
  }
  return values;
}

/** As `drawColumn`, for keys that may exceed 32 bits. */
export function drawKeys(state: number, rows: number, range: number): Float64Array {
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    state = next(state);
    values[row] = 1 + pickLarge(state, range);
  }
  return values;
}

/** Consecutive integers. */
export function sequence(first: number, rows: number): Float64Array {
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) values[row] = first + row;
  return values;
}

/** Exact integers as 64-bit lanes, written as two 32-bit halves because BigInt is slow. */
function toInt64(values: Int32Array | Float64Array): BigInt64Array {
  const lanes = new BigInt64Array(values.length);
  const words = new Int32Array(lanes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    words[2 * i] = value;
    words[2 * i + 1] = Math.floor(value / 4294967296);
  }
  return lanes;
}

export function int64Column(values: Int32Array | Float64Array): GeneratedColumn {
  return { type: "int64", values: toInt64(values) };
}

/** From unscaled values. */
export function decimalColumn(values: Int32Array | Float64Array): GeneratedColumn {
  return { type: "decimal", values: toInt64(values) };
}

export function int32Column(values: Int32Array): GeneratedColumn {
  return { type: "int32", values };
}

export function dateColumn(values: Int32Array): GeneratedColumn {
  return { type: "date", values };
}

export function dictionaryColumn(codes: Uint8Array | Int32Array, dictionary: readonly string[]): DictionaryColumn {
  return { type: "dictionary", codes: Uint8Array.from(codes), dictionary };
}

function largest(values: Float64Array | Int32Array): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, values[i]!);
  return result;
}

/** The prefix followed by each key in at least nine digits. */
export function numberedColumn(prefix: string, keys: Float64Array | Int32Array): StringColumn {
  const digits = Math.max(9, String(largest(keys)).length);
  const head = new TextEncoder().encode(prefix);
  const bytes = new Uint8Array(keys.length * (head.length + digits));
  const offsets = new Int32Array(keys.length + 1);
  let at = 0;
  for (let row = 0; row < keys.length; row++) {
    bytes.set(head, at);
    at += head.length;
    let rest = keys[row]!;
    const width = rest < 1e9 ? 9 : String(rest).length;
    for (let digit = at + width - 1; digit >= at; digit--) {
      const tenth = Math.floor(rest / 10);
      bytes[digit] = 48 + rest - 10 * tenth;
      rest = tenth;
    }
    at += width;
    offsets[row + 1] = at;
  }
  return { type: "string", offsets, bytes: bytes.subarray(0, at) };
}

const ALPHABET = new TextEncoder().encode("0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ,");
const ADDRESS_DRAWS = 9;

/** Random strings of 10 to 40 characters, 9 draws a row: the length, then one for each five characters. */
export function addressColumn(state: number, rows: number): StringColumn {
  const bytes = new Uint8Array(rows * 40);
  const offsets = new Int32Array(rows + 1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    state = next(state);
    const length = 10 + pick(state, 31);
    let left = ADDRESS_DRAWS - 1;
    let bits = 0;
    for (let i = 0; i < length; i++) {
      if (i % 5 === 0) {
        state = next(state);
        // The reference overflows here: the range [0, 2^31 - 1] becomes -2^31 wide, and the draw negative.
        bits = pick(state, -2147483648);
        left--;
      }
      bytes[at++] = ALPHABET[bits & 63]!;
      bits >>= 6;
    }
    for (; left > 0; left--) state = next(state);
    offsets[row + 1] = at;
  }
  return { type: "string", offsets, bytes: bytes.subarray(0, at) };
}

/** Phone numbers: country code = nation + 10, then three draws (clause 4.2.2.9). */
export function phoneColumn(state: number, nations: Int32Array): StringColumn {
  const width = 15;
  const bytes = new Uint8Array(nations.length * width).fill(0x2d);
  const offsets = new Int32Array(nations.length + 1);
  const digits = (at: number, count: number, value: number): void => {
    for (let i = at + count - 1; i >= at; i--) {
      const tenth = (value / 10) | 0;
      bytes[i] = 48 + value - 10 * tenth;
      value = tenth;
    }
  };
  for (let row = 0; row < nations.length; row++) {
    const at = row * width;
    digits(at, 2, 10 + nations[row]!);
    state = next(state);
    digits(at + 3, 3, 100 + pick(state, 900));
    state = next(state);
    digits(at + 7, 3, 100 + pick(state, 900));
    state = next(state);
    digits(at + 11, 4, 1000 + pick(state, 9000));
    offsets[row + 1] = at + width;
  }
  return { type: "string", offsets, bytes };
}

/**
 * Cuts from the text pool whose lengths average `averageLength`, two draws each: position and length. With `groups`,
 * group g has groups[g] values but consumes the draws of `groupSize`.
 */
export function commentColumn(
  pool: SharedArrayBuffer,
  state: number,
  rows: number,
  averageLength: number,
  groups?: { readonly counts: Int32Array; readonly groupSize: number },
): StringColumn {
  const shortest = Math.trunc(averageLength * 0.4);
  const longest = Math.trunc(averageLength * 1.6);
  const positionRange = POOL_SIZE - longest + 1;
  const lengthRange = longest - shortest + 1;
  const positions = new Int32Array(rows);
  const offsets = new Int32Array(rows + 1);
  const groupCount = groups === undefined ? 1 : groups.counts.length;
  let row = 0;
  let at = 0;
  for (let group = 0; group < groupCount; group++) {
    const count = groups === undefined ? rows : groups.counts[group]!;
    for (let i = 0; i < count; i++) {
      state = next(state);
      positions[row] = pick(state, positionRange);
      state = next(state);
      at += shortest + pick(state, lengthRange);
      offsets[++row] = at;
    }
    const unused = groups === undefined ? 0 : 2 * (groups.groupSize - count);
    for (let i = 0; i < unused; i++) state = next(state);
  }
  const bytes = new Uint8Array(at + COPY_SLACK);
  copyText(new DataView(bytes.buffer), offsets, new DataView(pool), positions);
  return { type: "string", offsets, bytes: bytes.subarray(0, at) };
}

/**
 * Copies text into consecutive places in 8-byte words, read and written as floats: no ASCII bytes form a NaN, so the
 * bits survive. A copy may reach 7 bytes past its value, which the next value overwrites.
 */
function copyText(target: DataView, offsets: Int32Array, source: DataView, positions: Int32Array): void {
  for (let row = 0; row < positions.length; row++) {
    const end = offsets[row + 1]!;
    let from = positions[row]!;
    for (let at = offsets[row]!; at < end; at += 8, from += 8)
      target.setFloat64(at, source.getFloat64(from, true), true);
  }
}
