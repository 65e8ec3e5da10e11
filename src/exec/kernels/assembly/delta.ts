/** Parquet's DELTA_BINARY_PACKED, DELTA_BYTE_ARRAY and BYTE_STREAM_SPLIT (apache/parquet-format, Encodings.md). */

import { isUtf8, storeRef } from "./strings";
import { varint, varintEnd } from "./hybrid";

@inline
function zigzag(value: u64): u64 {
  return (value >> 1) ^ (0 - (value & 1));
}

/**
 * Decodes exactly `count` DELTA_BINARY_PACKED values to integers of T's width, wrapping around. Returns the address
 * after the last miniblock, or 0 when the input is corrupt or holds another number of values.
 */
@inline
function deltaDecode<T>(source: usize, end: usize, count: u32, target: usize): usize {
  let next = varintEnd(source, end, 10);
  if (next == 0) return 0;
  const blockSize = varint(source);
  source = next;
  if ((next = varintEnd(source, end, 10)) == 0) return 0;
  const miniblocks = varint(source);
  source = next;
  if ((next = varintEnd(source, end, 10)) == 0) return 0;
  const total = varint(source);
  source = next;
  if ((next = varintEnd(source, end, 10)) == 0) return 0;
  let value = zigzag(varint(source));
  source = next;
  if (total != <u64>count) return 0;
  if (count == 0) return source;
  if (miniblocks == 0 || blockSize > 1 << 24 || blockSize % miniblocks != 0) return 0;
  const perMiniblock = <u32>(blockSize / miniblocks);
  if (perMiniblock == 0 || (perMiniblock & 7) != 0) return 0;

  store<T>(target, <T>value);
  target += sizeof<T>();
  let left = count - 1;
  while (left > 0) {
    if ((next = varintEnd(source, end, 10)) == 0) return 0;
    const least = zigzag(varint(source));
    source = next;
    if (miniblocks > <u64>(end - source)) return 0;
    let widths = source;
    source += <usize>miniblocks;
    const widthsEnd = source;
    for (; widths < widthsEnd && left > 0; widths += 1) {
      const width = <u32>load<u8>(widths);
      if (width > 64) return 0;
      const n = min(perMiniblock, left);
      const bits = <u64>width;
      if ((<u64>n * bits + 7) >> 3 > <u64>(end - source)) return 0;
      const targetEnd = target + <usize>n * sizeof<T>();
      if (width == 0) {
        for (; target < targetEnd; target += sizeof<T>()) {
          value += least;
          store<T>(target, <T>value);
        }
      } else {
        const mask: u64 = 0xffffffffffffffff >> (64 - bits);
        for (let bit: u64 = 0; target < targetEnd; target += sizeof<T>(), bit += bits) {
          const from = source + <usize>(bit >> 3);
          const shift = bit & 7;
          let delta = load<u64>(from) >> shift;
          if (shift + bits > 64) delta |= (<u64>load<u8>(from + 8)) << (64 - shift);
          value += least + (delta & mask);
          store<T>(target, <T>value);
        }
      }
      source += <usize>min((<u64>perMiniblock * bits) >> 3, <u64>(end - source));
      left -= n;
    }
  }
  return source;
}

export function deltaDecode32(source: usize, end: usize, count: u32, target: usize): usize {
  return deltaDecode<i32>(source, end, count, target);
}
export function deltaDecode64(source: usize, end: usize, count: u32, target: usize): usize {
  return deltaDecode<i64>(source, end, count, target);
}

/**
 * Total bytes of `count` strings given as i32 lengths of the prefix shared with the previous string and of the suffix,
 * or -1 when a length is negative or a prefix is longer than the previous string. A float: it may pass 4 GiB.
 */
export function deltaStringBytes(prefixes: usize, suffixes: usize, count: u32): f64 {
  let total: u64 = 0;
  let previous: i64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const prefix = <i64>load<i32>(prefixes + (<usize>i << 2));
    const suffix = <i64>load<i32>(suffixes + (<usize>i << 2));
    if (prefix < 0 || suffix < 0 || prefix > previous) return -1;
    previous = prefix + suffix;
    total += previous;
  }
  return <f64>total;
}

/**
 * Rebuilds strings whose lengths `deltaStringBytes` has checked and summed: suffixes lie in [source, end), whole
 * strings go to `bytes`, their references to `refs`. Returns 1, 0 when the suffixes end early, -1 for invalid UTF-8.
 */
export function deltaStrings(
  prefixes: usize,
  suffixes: usize,
  count: u32,
  source: usize,
  end: usize,
  bytes: usize,
  refs: usize,
  utf8: bool,
): i32 {
  let previous = bytes;
  for (let i: u32 = 0; i < count; i++) {
    const prefix = load<u32>(prefixes + (<usize>i << 2));
    const suffix = load<u32>(suffixes + (<usize>i << 2));
    if (suffix > <u32>(end - source)) return 0;
    memory.copy(bytes, previous, prefix);
    memory.copy(bytes + prefix, source, suffix);
    source += suffix;
    const length = prefix + suffix;
    if (utf8 && !isUtf8(bytes, length)) return -1;
    storeRef(refs + (<usize>i << 3), bytes, length);
    previous = bytes;
    bytes += length;
  }
  return 1;
}

/** Joins `count` values of `width` bytes from `width` streams of their first, second, ... bytes. */
export function byteStreamJoin(source: usize, count: u32, width: u32, target: usize): void {
  for (let stream: u32 = 0; stream < width; stream++) {
    let to = target + stream;
    const sourceEnd = source + count;
    for (; source < sourceEnd; source += 1, to += width) store<u8>(to, load<u8>(source));
  }
}
