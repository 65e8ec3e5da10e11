/** Encoding columns for Parquet: dictionaries, the RLE / bit-packed hybrid, bounds. */

import { storeRef } from "./strings";

/** References from Arrow-style u32 offsets into [bytes, bytesEnd). Returns 1, or 0 when an offset is out of order. */
export function refsFromOffsets(bytes: usize, bytesEnd: usize, offsets: usize, count: u32, refs: usize): i32 {
  let from = load<u32>(offsets);
  for (let i: u32 = 0; i < count; i++) {
    offsets += 4;
    const to = load<u32>(offsets);
    if (to < from || to > <u32>(bytesEnd - bytes)) return 0;
    storeRef(refs + (<usize>i << 3), bytes + from, to - from);
    from = to;
  }
  return 1;
}

/** Ones among `count` bits from bit `offset`, a multiple of 8, on. */
export function countOnes(bitmap: usize, offset: u32, count: u32): u32 {
  let at = bitmap + <usize>(offset >> 3);
  let ones: u32 = 0;
  for (; count >= 64; count -= 64, at += 8) ones += <u32>popcnt(load<u64>(at));
  return count == 0 ? ones : ones + <u32>popcnt(load<u64>(at) & (((<u64>1) << (<u64>count)) - 1));
}

/** Drops the values whose validity bit is 0; returns how many are left. `target` may be `values`. */
@inline
function compact<T>(values: usize, count: u32, bitmap: usize, target: usize): u32 {
  const start = target;
  for (let i: u32 = 0; i < count; i++) {
    store<T>(target, load<T>(values + <usize>i * sizeof<T>()));
    target += ((load<u8>(bitmap + (i >> 3)) >> <u8>(i & 7)) & 1) * sizeof<T>();
  }
  return <u32>((target - start) / sizeof<T>());
}

export function compact8(values: usize, count: u32, bitmap: usize, target: usize): u32 {
  return compact<u8>(values, count, bitmap, target);
}
export function compact32(values: usize, count: u32, bitmap: usize, target: usize): u32 {
  return compact<u32>(values, count, bitmap, target);
}
export function compact64(values: usize, count: u32, bitmap: usize, target: usize): u32 {
  return compact<u64>(values, count, bitmap, target);
}
export function compact128(values: usize, count: u32, bitmap: usize, target: usize): u32 {
  return compact<v128>(values, count, bitmap, target);
}

@inline
function widen<T>(source: usize, count: u32, target: usize): void {
  for (let i: u32 = 0; i < count; i++) store<i32>(target + (<usize>i << 2), <i32>load<T>(source + <usize>i * sizeof<T>()));
}

/** i8, u8, i16 or u16 -> i32. */
export function widenTo32(source: usize, bytes: u32, signed: bool, count: u32, target: usize): void {
  if (bytes == 1) {
    if (signed) widen<i8>(source, count, target);
    else widen<u8>(source, count, target);
  } else {
    if (signed) widen<i16>(source, count, target);
    else widen<u16>(source, count, target);
  }
}

/** i64 -> i32. Returns 1, or 0 when a value does not fit. */
export function narrow64To32(source: usize, count: u32, target: usize): i32 {
  let bad: i64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(source + (<usize>i << 3));
    bad |= value - <i64>(<i32>value);
    store<i32>(target + (<usize>i << 2), <i32>value);
  }
  return bad == 0 ? 1 : 0;
}

/** i128, low word first -> 16 bytes big-endian. */
export function toBigEndian128(source: usize, count: u32, target: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = <usize>i << 4;
    const value = v128.load(source + at);
    v128.store(target + at, v128.swizzle(value, i8x16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)));
  }
}

/** Bytes 0 and 1 -> bits, least significant first; the last byte is filled with zeros. */
export function packBooleans(source: usize, count: u32, target: usize): void {
  for (let i: u32 = 0; i < count; i += 8, target += 1) {
    let byte: u32 = 0;
    const n = min<u32>(8, count - i);
    for (let k: u32 = 0; k < n; k++) byte |= (<u32>load<u8>(source + i + k) & 1) << k;
    store<u8>(target, byte);
  }
}

/** Writes the least and the greatest of `count` > 0 values to `target`. Returns 0 when a float is NaN, else 1. */
@inline
function bounds<T>(values: usize, count: u32, target: usize): i32 {
  let least = load<T>(values);
  let most = least;
  let unordered: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<T>(values + <usize>i * sizeof<T>());
    if (isFloat<T>()) unordered |= <u32>(value != value);
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  store<T>(target, least);
  store<T>(target + sizeof<T>(), most);
  return unordered == 0 ? 1 : 0;
}

export function boundsU8(values: usize, count: u32, target: usize): i32 {
  return bounds<u8>(values, count, target);
}
export function boundsI32(values: usize, count: u32, target: usize): i32 {
  return bounds<i32>(values, count, target);
}
export function boundsU32(values: usize, count: u32, target: usize): i32 {
  return bounds<u32>(values, count, target);
}
export function boundsI64(values: usize, count: u32, target: usize): i32 {
  return bounds<i64>(values, count, target);
}
export function boundsU64(values: usize, count: u32, target: usize): i32 {
  return bounds<u64>(values, count, target);
}
export function boundsF32(values: usize, count: u32, target: usize): i32 {
  return bounds<f32>(values, count, target);
}
export function boundsF64(values: usize, count: u32, target: usize): i32 {
  return bounds<f64>(values, count, target);
}

/** Writes the least and the greatest of `count` > 0 16-byte big-endian numbers to `target`. */
export function boundsBigEndian(values: usize, count: u32, signed: bool, target: usize): void {
  const flip: u64 = signed ? 0x8000000000000000 : 0;
  let least = values;
  let most = values;
  for (let i: u32 = 1; i < count; i++) {
    const at = values + (<usize>i << 4);
    if (belowBigEndian(at, least, flip)) least = at;
    if (belowBigEndian(most, at, flip)) most = at;
  }
  v128.store(target, v128.load(least));
  v128.store(target + 16, v128.load(most));
}

@inline
function belowBigEndian(a: usize, b: usize, flip: u64): bool {
  const highA = bswap(load<u64>(a)) ^ flip;
  const highB = bswap(load<u64>(b)) ^ flip;
  if (highA != highB) return highA < highB;
  return bswap(load<u64>(a + 8)) < bswap(load<u64>(b + 8));
}

/** True when string a sorts before b by its bytes. Reads up to 7 bytes beyond both. */
@inline
function isBefore(a: usize, lengthA: u32, b: usize, lengthB: u32): bool {
  const common = min(lengthA, lengthB);
  for (let i: u32 = 0; i < common; i += 8) {
    let x = bswap(load<u64>(a + i));
    let y = bswap(load<u64>(b + i));
    if (common - i < 8) {
      const cut = (<u64>(8 - (common - i))) << 3;
      x >>= cut;
      y >>= cut;
    }
    if (x != y) return x < y;
  }
  return lengthA < lengthB;
}

/** Writes the references of the least and the greatest of `count` > 0 strings to `target`. */
export function boundsStrings(refs: usize, count: u32, target: usize): void {
  let least = load<u64>(refs);
  let most = least;
  for (let i: u32 = 1; i < count; i++) {
    const ref = load<u64>(refs + (<usize>i << 3));
    const at = <usize>(<u32>ref);
    const length = <u32>(ref >> 32);
    if (isBefore(at, length, <usize>(<u32>least), <u32>(least >> 32))) least = ref;
    else if (isBefore(<usize>(<u32>most), <u32>(most >> 32), at, length)) most = ref;
  }
  store<u64>(target, least);
  store<u64>(target + 8, most);
}

const GOLDEN: u64 = 0x9e3779b97f4a7c15;

/**
 * Numbers the distinct values in order of appearance. `slots` is scratch of 4 << slotBits bytes and must have more
 * slots than `limit`. Writes distinct values to `dictionary` and an index per value to `indices`. Returns the number
 * of distinct values, or -1 when there are more than `limit`.
 */
@inline
function number<T>(
  values: usize,
  count: u32,
  slots: usize,
  slotBits: u32,
  dictionary: usize,
  limit: u32,
  indices: usize,
): i32 {
  memory.fill(slots, 0, (<usize>4) << <usize>slotBits);
  const mask = ((<u32>1) << slotBits) - 1;
  const shift = <u64>(64 - slotBits);
  let entries: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<T>(values + <usize>i * sizeof<T>());
    let slot = <u32>((<u64>value * GOLDEN) >> shift);
    let entry: u32;
    for (;;) {
      entry = load<u32>(slots + (<usize>slot << 2));
      if (entry == 0) {
        if (entries == limit) return -1;
        store<T>(dictionary + <usize>entries * sizeof<T>(), value);
        entries += 1;
        entry = entries;
        store<u32>(slots + (<usize>slot << 2), entry);
        break;
      }
      if (load<T>(dictionary + <usize>(entry - 1) * sizeof<T>()) == value) break;
      slot = (slot + 1) & mask;
    }
    store<u32>(indices + (<usize>i << 2), entry - 1);
  }
  return entries;
}

export function number32(v: usize, n: u32, slots: usize, bits: u32, dictionary: usize, limit: u32, out: usize): i32 {
  return number<u32>(v, n, slots, bits, dictionary, limit, out);
}
export function number64(v: usize, n: u32, slots: usize, bits: u32, dictionary: usize, limit: u32, out: usize): i32 {
  return number<u64>(v, n, slots, bits, dictionary, limit, out);
}

@inline
export function hashBytes(at: usize, length: u32): u64 {
  let hash: u64 = <u64>length * GOLDEN;
  const end = at + length;
  for (; at + 8 <= end; at += 8) {
    hash = (hash ^ load<u64>(at)) * GOLDEN;
    hash ^= hash >> 32;
  }
  if (at < end) {
    hash = (hash ^ (load<u64>(at) & (0xffffffffffffffff >> ((<u64>(8 - (end - at))) << 3)))) * GOLDEN;
    hash ^= hash >> 32;
  }
  return hash * GOLDEN;
}

@inline
export function sameBytes(a: usize, b: usize, length: u32): bool {
  const end = a + length;
  for (; a + 8 <= end; a += 8, b += 8) if (load<u64>(a) != load<u64>(b)) return false;
  if (a == end) return true;
  return ((load<u64>(a) ^ load<u64>(b)) << ((<u64>(8 - (end - a))) << 3)) == 0;
}

/** `number` for strings: `refs` and `dictionary` hold references. Reads up to 7 bytes beyond strings. */
export function numberStrings(
  refs: usize,
  count: u32,
  slots: usize,
  slotBits: u32,
  dictionary: usize,
  limit: u32,
  indices: usize,
): i32 {
  memory.fill(slots, 0, (<usize>4) << <usize>slotBits);
  const mask = ((<u32>1) << slotBits) - 1;
  const shift = <u64>(64 - slotBits);
  let entries: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const ref = load<u64>(refs + (<usize>i << 3));
    const at = <usize>(<u32>ref);
    const length = <u32>(ref >> 32);
    let slot = <u32>(hashBytes(at, length) >> shift);
    let entry: u32;
    for (;;) {
      entry = load<u32>(slots + (<usize>slot << 2));
      if (entry == 0) {
        if (entries == limit) return -1;
        store<u64>(dictionary + (<usize>entries << 3), ref);
        entries += 1;
        entry = entries;
        store<u32>(slots + (<usize>slot << 2), entry);
        break;
      }
      const other = load<u64>(dictionary + (<usize>(entry - 1) << 3));
      if (<u32>(other >> 32) == length && sameBytes(<usize>(<u32>other), at, length)) break;
      slot = (slot + 1) & mask;
    }
    store<u32>(indices + (<usize>i << 2), entry - 1);
  }
  return entries;
}

/**
 * Writes `count` numbers of `width` <= 32 bits as runs of the hybrid; returns the address behind them. `target` needs
 * `(count / 8 + 1) * (width + 8)` bytes.
 */
export function hybridEncode(indices: usize, count: u32, width: u32, target: usize): usize {
  const end = indices + (<usize>count << 2);
  const bytes: usize = (width + 7) >> 3;
  let header: usize = 0;
  let groups: u32 = 0;
  while (indices < end) {
    const value = load<u32>(indices);
    let runEnd = indices + 4;
    while (runEnd < end && load<u32>(runEnd) == value) runEnd += 4;
    const run = <u32>((runEnd - indices) >> 2);
    if (run >= 8) {
      groups = 0;
      let head = run << 1;
      while (head > 127) {
        store<u8>(target++, (head & 127) | 128);
        head >>= 7;
      }
      store<u8>(target++, head);
      store<u32>(target, value);
      target += bytes;
      indices = runEnd;
      continue;
    }
    // A header of one byte counts up to 63 groups of 8.
    if (groups == 0) header = target++;
    groups += 1;
    let word: u64 = 0;
    let bits: u32 = 0;
    for (let k: usize = 0; k < 8; k++) {
      if (indices < end) {
        word |= <u64>load<u32>(indices) << <u64>bits;
        indices += 4;
      }
      bits += width;
      for (; bits >= 32; bits -= 32) {
        store<u32>(target, <u32>word);
        target += 4;
        word >>= 32;
      }
    }
    for (; bits >= 8; bits -= 8) {
      store<u8>(target++, <u8>word);
      word >>= 8;
    }
    store<u8>(header, (groups << 1) | 1);
    if (groups == 63) groups = 0;
  }
  return target;
}

/** Bytes that `count` strings take in PLAIN encoding; a float: it may pass 4 GiB. */
export function plainStringsBytes(refs: usize, count: u32): f64 {
  let bytes: u64 = <u64>count * 4;
  for (let i: u32 = 0; i < count; i++) bytes += <u64>load<u32>(refs + (<usize>i << 3) + 4);
  return <f64>bytes;
}

/** Writes strings in PLAIN encoding; returns the address behind them. Writes up to 15 bytes more. */
export function plainStringsEncode(refs: usize, count: u32, target: usize): usize {
  for (let i: u32 = 0; i < count; i++) {
    const ref = load<u64>(refs + (<usize>i << 3));
    const at = <usize>(<u32>ref);
    const length = <u32>(ref >> 32);
    store<u32>(target, length);
    target += 4;
    if (length <= 64) {
      for (let k: usize = 0; k < length; k += 16) v128.store(target + k, v128.load(at + k));
    } else {
      memory.copy(target, at, length);
    }
    target += length;
  }
  return target;
}

/** Writes a LEB128 number; returns the address after it. */
function writeVarint(target: usize, value: u64): usize {
  for (; value > 127; value >>= 7) store<u8>(target++, <u8>(value | 128));
  store<u8>(target, <u8>value);
  return target + 1;
}

const DELTA_BLOCK: u32 = 128;
const DELTA_MINIBLOCK: u32 = 32;

/**
 * Writes `count` integers as DELTA_BINARY_PACKED, differences wrapping around at the width of T; returns the address
 * after them. `target` needs `(count / 128 + 1) * (128 * width + 16) + 48` bytes.
 */
@inline
function deltaEncode<T>(values: usize, count: u32, target: usize): usize {
  const size: usize = sizeof<T>();
  target = writeVarint(target, DELTA_BLOCK);
  target = writeVarint(target, DELTA_BLOCK / DELTA_MINIBLOCK);
  target = writeVarint(target, count);
  const first = count == 0 ? 0 : <i64>load<T>(values);
  target = writeVarint(target, <u64>((first << 1) ^ (first >> 63)));
  const end = values + <usize>count * size;
  values += size;
  while (values < end) {
    const blockEnd = min<usize>(values + <usize>DELTA_BLOCK * size, end);
    let least = <T>(load<T>(values) - load<T>(values - size));
    for (let at = values + size; at < blockEnd; at += size) {
      const delta = <T>(load<T>(at) - load<T>(at - size));
      least = delta < least ? delta : least;
    }
    const signed = <i64>least;
    target = writeVarint(target, <u64>((signed << 1) ^ (signed >> 63)));
    let widths = target;
    store<u32>(widths, 0);
    target += DELTA_BLOCK / DELTA_MINIBLOCK;
    while (values < blockEnd) {
      const miniblockEnd = min<usize>(values + <usize>DELTA_MINIBLOCK * size, blockEnd);
      let all: u64 = 0;
      for (let at = values; at < miniblockEnd; at += size) all |= offsetFrom<T>(at, least);
      const width = <u32>(64 - clz(all));
      store<u8>(widths++, width);
      const targetEnd = target + ((DELTA_MINIBLOCK * width) >> 3);
      let word: u64 = 0;
      let bits: u32 = 0;
      for (; values < miniblockEnd; values += size) {
        const offset = offsetFrom<T>(values, least);
        word |= offset << <u64>bits;
        bits += width;
        if (bits >= 64) {
          store<u64>(target, word);
          target += 8;
          bits -= 64;
          // What of the offset did not fit; a shift by 64 would be none.
          word = bits == 0 ? 0 : offset >> <u64>(width - bits);
        }
      }
      while (target < targetEnd) {
        store<u8>(target++, <u8>word);
        word >>= 8;
      }
    }
  }
  return target;
}

/** How far the difference at `at` to its predecessor lies above `least`, unsigned at the width of T. */
@inline
function offsetFrom<T>(at: usize, least: T): u64 {
  const delta = <T>(load<T>(at) - load<T>(at - sizeof<T>()));
  return sizeof<T>() == 4 ? <u64>(<u32>(delta - least)) : <u64>(delta - least);
}

export function deltaEncode32(values: usize, count: u32, target: usize): usize {
  return deltaEncode<i32>(values, count, target);
}
export function deltaEncode64(values: usize, count: u32, target: usize): usize {
  return deltaEncode<i64>(values, count, target);
}
