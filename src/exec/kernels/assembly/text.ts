/**
 * Strings as UTF-8 bytes at an address: search, LIKE, code points, case, hashing. Up to 15 bytes behind a string are read
 * and ignored (memory there exists: `SLACK`); nothing is written outside the given ranges.
 */

/** Bit i is set where byte i of the 16 at `at` equals `byte`. */
@inline
function equalBytes(at: usize, byte: v128): u32 {
  return i8x16.bitmask(i8x16.eq(v128.load(at), byte));
}

/** 64 - 8 * bytes: how far a word of `bytes` (1 to 8) bytes is shifted to drop the others. */
@inline
function unused(bytes: u32): u64 {
  return <u64>(64 - (bytes << 3));
}

/** Whether `length` bytes are equal. */
@inline
function sameBytes(a: usize, b: usize, length: u32): bool {
  while (length >= 16) {
    if (v128.any_true(v128.xor(v128.load(a), v128.load(b)))) return false;
    a += 16;
    b += 16;
    length -= 16;
  }
  if (length == 0) return true;
  const differing = i8x16.bitmask(i8x16.ne(v128.load(a), v128.load(b)));
  return (differing & ((1 << length) - 1)) == 0;
}

/**
 * Byte offset of the first occurrence of the needle, or -1; an empty one is found at 0. Candidates are positions where the
 * needle's first and last byte match, sixteen at a time (Mula, "SIMD-friendly algorithms for substring searching").
 */
export function textFind(text: usize, length: u32, needle: usize, needleLength: u32): i32 {
  if (needleLength == 0) return 0;
  if (needleLength > length) return -1;
  const first = i8x16.splat(load<i8>(needle));
  const last = i8x16.splat(load<i8>(needle + needleLength - 1));
  const toLast: usize = needleLength - 1;
  const positions = length - needleLength + 1;
  const inner: u32 = needleLength > 2 ? needleLength - 2 : 0;
  for (let i: u32 = 0; i < positions; i += 16) {
    const at = text + i;
    let candidates: u32 = equalBytes(at, first);
    if (candidates == 0) continue;
    candidates &= equalBytes(at + toLast, last);
    if (positions - i < 16) candidates &= (1 << (positions - i)) - 1;
    while (candidates != 0) {
      const offset = ctz(candidates);
      if (inner == 0 || sameBytes(at + offset + 1, needle + 1, inner)) return i + offset;
      candidates &= candidates - 1;
    }
  }
  return -1;
}

/** Bytes of the code point that begins with this byte; 1 for a stray continuation byte. */
@inline
function pointBytes(lead: u32): u32 {
  return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/**
 * LIKE: `%` any characters, `_` one code point; `escape` (a byte, or -1) makes the next character stand for itself. A greedy
 * match that falls back to the last `%` only, so time is at most text x pattern. A pattern ending in the escape matches nothing.
 */
export function textLike(text: usize, length: u32, pattern: usize, patternLength: u32, escape: i32): i32 {
  const end = text + length;
  const patternEnd = pattern + patternLength;
  let at = text;
  let p = pattern;
  let retryPattern: usize = 0;
  let retryText: usize = 0;
  while (true) {
    if (p < patternEnd) {
      let wanted: i32 = load<u8>(p);
      if (wanted == 37 /* % */ && escape != 37) {
        retryPattern = ++p;
        if (p == patternEnd) return 1;
        retryText = at;
        continue;
      }
      if (wanted == 95 /* _ */ && escape != 95) {
        if (at < end) {
          at = min(end, at + pointBytes(load<u8>(at)));
          p++;
          continue;
        }
      } else {
        let next = p;
        let complete = true;
        if (wanted == escape) {
          if (++next == patternEnd) complete = false;
          else wanted = load<u8>(next);
        }
        if (complete && at < end && <i32>load<u8>(at) == wanted) {
          at++;
          p = next + 1;
          continue;
        }
      }
    } else if (at == end) return 1;
    if (retryPattern == 0 || retryText >= end) return 0;
    retryText = min(end, retryText + pointBytes(load<u8>(retryText)));
    at = retryText;
    p = retryPattern;
  }
}

/** The number of code points: bytes that continue none. */
export function textCount(text: usize, length: u32): i32 {
  const limit = i8x16.splat(-65);
  let count: u32 = 0;
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) count += popcnt(i8x16.bitmask(i8x16.gt_s(v128.load(text + i), limit)));
  if (i < length) {
    const mask: u32 = i8x16.bitmask(i8x16.gt_s(v128.load(text + i), limit));
    count += popcnt(mask & ((1 << (length - i)) - 1));
  }
  return count;
}

/** Bytes that the first `characters` code points take; the whole length when there are no more. */
export function textOffset(text: usize, length: u32, characters: i32): i32 {
  if (characters <= 0) return 0;
  const limit = i8x16.splat(-65);
  let left: u32 = characters;
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) {
    const points: u32 = popcnt(i8x16.bitmask(i8x16.gt_s(v128.load(text + i), limit)));
    if (points >= left) break;
    left -= points;
  }
  // The wanted one begins within the next bytes; what follows it ends it.
  for (; i < length; i++) {
    if ((load<u8>(text + i) & 0xc0) == 0x80) continue;
    if (left == 0) return i;
    left--;
  }
  return length;
}

/** Copies ASCII text, flipping the case of the 26 letters from `first` on; 0 at the first byte that is not ASCII, else 1. */
export function textMapCase(source: usize, length: u32, target: usize, first: i32): i32 {
  for (let i: u32 = 0; i < length; i++) {
    const byte: u32 = load<u8>(source + i);
    if (byte > 127) return 0;
    const isLetter: u32 = u32(byte - first < 26);
    store<u8>(target + i, byte ^ (isLetter << 5));
  }
  return 1;
}

/** Trims characters of the set from the left (`sides` bit 0) and right (bit 1); both are ASCII sets of 128 bits. The result is start offset | end offset << 32. */
export function textTrim(text: usize, length: u32, low: u64, high: u64, sides: u32): u64 {
  let start: u32 = 0;
  let end = length;
  if (sides & 1) while (start < end && inSet(load<u8>(text + start), low, high)) start++;
  if (sides & 2) while (end > start && inSet(load<u8>(text + end - 1), low, high)) end--;
  return (<u64>start) | ((<u64>end) << 32);
}

@inline
function inSet(byte: u32, low: u64, high: u64): bool {
  if (byte > 127) return false;
  const word = byte < 64 ? low : high;
  return ((word >> (<u64>(byte & 63))) & 1) != 0;
}

/** Reverses code points into `target`, which has room for `length` bytes. */
export function textReverse(text: usize, length: u32, target: usize): void {
  let i: u32 = 0;
  while (i < length) {
    const bytes = min(pointBytes(load<u8>(text + i)), length - i);
    memory.copy(target + length - i - bytes, text + i, bytes);
    i += bytes;
  }
}

/** How often the needle occurs, not overlapping; at most `limit`. */
export function textOccurrences(text: usize, length: u32, needle: usize, needleLength: u32, limit: u32): u32 {
  if (needleLength == 0) return 0;
  let count: u32 = 0;
  while (count < limit) {
    const at = textFind(text, length, needle, needleLength);
    if (at < 0) break;
    count++;
    text += at + needleLength;
    length -= at + needleLength;
  }
  return count;
}

/** Copies the text with every occurrence of the needle replaced; returns the end of what was written. */
export function textReplace(
  text: usize,
  length: u32,
  needle: usize,
  needleLength: u32,
  by: usize,
  byLength: u32,
  target: usize,
): usize {
  while (true) {
    const at = textFind(text, length, needle, needleLength);
    if (at < 0) break;
    memory.copy(target, text, at);
    memory.copy(target + at, by, byLength);
    target += at + byLength;
    text += at + needleLength;
    length -= at + needleLength;
  }
  memory.copy(target, text, length);
  return target + length;
}

const PHI: u64 = 0x9e3779b97f4a7c15;
const SECOND: u64 = 0xd6e8feb86659fd93;

@inline
function absorb(hash: u64, word: u64): u64 {
  const mixed = (hash ^ word) * PHI;
  return mixed ^ (mixed >> 32);
}

/** The 64-bit hash of a string, version 1 (see planner/ir/lower/hash.ts). Two lanes of words keep the multiplier busy. */
export function textHash(text: usize, length: u32): u64 {
  let a: u64 = SECOND ^ <u64>length;
  let left = length;
  if (left > 16) {
    let b: u64 = PHI;
    while (left > 16) {
      a = absorb(a, load<u64>(text));
      b = absorb(b, load<u64>(text + 8));
      text += 16;
      left -= 16;
    }
    a = absorb(a, rotl<u64>(b, 31));
  }
  if (left > 8) {
    a = absorb(a, load<u64>(text));
    text += 8;
    left -= 8;
  }
  if (left > 0) a = absorb(a, (load<u64>(text) << unused(left)) >> unused(left));
  a *= SECOND;
  return a ^ (a >> 29);
}
