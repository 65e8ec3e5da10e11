/** References to strings (u32 address, u32 length) and UTF-8 validation. */

@inline
export function storeRef(ref: usize, address: usize, length: u32): void {
  store<u64>(ref, <u64>address | (<u64>length << 32));
}

/** True when the bytes are well-formed UTF-8 (Unicode 15, table 3-7). Quick for ASCII; reads up to 15 bytes beyond. */
@inline
export function isUtf8(address: usize, length: u32): bool {
  let high: u32;
  if (length <= 16) {
    high = <u32>i8x16.bitmask(v128.load(address)) & ((1 << length) - 1);
  } else {
    const last = address + length - 16;
    let bits = v128.load(last);
    for (let at = address; at < last; at += 16) bits = v128.or(bits, v128.load(at));
    high = <u32>i8x16.bitmask(bits);
  }
  return high == 0 || isWellFormed(address, address + length);
}

function isWellFormed(at: usize, end: usize): bool {
  while (at < end) {
    const lead = <u32>load<u8>(at++);
    if (lead < 0x80) continue;
    let more: usize;
    // Bounds of the second byte: excludes overlong forms, surrogates and code points beyond U+10FFFF.
    let low: u32 = 0x80;
    let high: u32 = 0xbf;
    if (lead < 0xc2 || lead > 0xf4) return false;
    if (lead < 0xe0) {
      more = 1;
    } else if (lead < 0xf0) {
      more = 2;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else {
      more = 3;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    }
    if (more > end - at) return false;
    const second = <u32>load<u8>(at++);
    if (second < low || second > high) return false;
    for (; more > 1; more--) if ((load<u8>(at++) & 0xc0) != 0x80) return false;
  }
  return true;
}

/**
 * References to `count` strings stored as u32 length and bytes, one after the other. Returns 1, 0 when they do not lie
 * within [source, end), -1 for invalid UTF-8 where `utf8` asks for it.
 */
export function plainStrings(source: usize, end: usize, count: u32, refs: usize, utf8: bool): i32 {
  const refsEnd = refs + (<usize>count << 3);
  for (; refs < refsEnd; refs += 8) {
    if (end - source < 4) return 0;
    const length = load<u32>(source);
    source += 4;
    if (<usize>length > end - source) return 0;
    if (utf8 && !isUtf8(source, length)) return -1;
    storeRef(refs, source, length);
    source += length;
  }
  return 1;
}

/** References to `count` strings that lie side by side in [source, end), given their i32 lengths. Results as above. */
export function adjacentStrings(lengths: usize, source: usize, end: usize, count: u32, refs: usize, utf8: bool): i32 {
  const refsEnd = refs + (<usize>count << 3);
  for (; refs < refsEnd; refs += 8, lengths += 4) {
    const length = load<u32>(lengths);
    if (<usize>length > end - source) return 0;
    if (utf8 && !isUtf8(source, length)) return -1;
    storeRef(refs, source, length);
    source += length;
  }
  return 1;
}

/** References to `count` strings of `width` bytes each; the caller has checked the range. Results as above. */
export function fixedStrings(source: usize, width: u32, count: u32, refs: usize, utf8: bool): i32 {
  const refsEnd = refs + (<usize>count << 3);
  for (; refs < refsEnd; refs += 8, source += width) {
    if (utf8 && !isUtf8(source, width)) return -1;
    storeRef(refs, source, width);
  }
  return 1;
}
