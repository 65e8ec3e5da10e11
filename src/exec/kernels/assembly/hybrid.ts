/** Parquet's RLE / bit-packed hybrid (apache/parquet-format, Encodings.md): dictionary indices, levels, booleans. */

/** Address after the LEB128 number at `source`, or 0 when it does not end before `end` or has more than `most` bytes. */
export function varintEnd(source: usize, end: usize, most: usize): usize {
  const limit = end - source < most ? end : source + most;
  while (source < limit) if (load<u8>(source++) < 128) return source;
  return 0;
}

/** The LEB128 number at `source`, which `varintEnd` has checked. */
@inline
export function varint(source: usize): u64 {
  let value: u64 = 0;
  let shift: u64 = 0;
  let byte: u64;
  do {
    byte = load<u8>(source++);
    value |= (byte & 127) << shift;
    shift += 7;
  } while (byte > 127);
  return value;
}

/** The value that an RLE run of `width` bits repeats: the fewest whole bytes, little-endian. */
@inline
function repeatedValue(source: usize, width: u32): u32 {
  const bytes = (width + 7) >> 3;
  return bytes == 0 ? 0 : load<u32>(source) & (0xffffffff >> (32 - 8 * bytes));
}

/**
 * Expands `count` dictionary indices of `width` bits in [source, end) to the dictionary's values. Returns 1, or 0 when
 * the runs end early or an index is not below `entries`.
 */
@inline
function gather<T>(
  source: usize,
  end: usize,
  width: u32,
  count: u32,
  dictionary: usize,
  entries: u32,
  target: usize,
): i32 {
  if (width > 32) return 0;
  const size: usize = sizeof<T>();
  const bits = <u64>width;
  const mask: u64 = ((<u64>1) << bits) - 1;
  // Of indices below 2^16, those out of range make a negative difference.
  const last = <i32>min<u32>(entries, 1 << 16) - 1;
  let left = count;
  while (left > 0) {
    const next = varintEnd(source, end, 5);
    if (next == 0) return 0;
    const header = <u32>varint(source);
    source = next;
    if ((header & 1) == 0) {
      const bytes = <usize>((width + 7) >> 3);
      if (bytes > end - source) return 0;
      const index = repeatedValue(source, width);
      source += bytes;
      const run = min(header >> 1, left);
      if (run > 0) {
        if (index >= entries) return 0;
        fill<T>(target, load<T>(dictionary + <usize>index * size), run);
      }
      target += <usize>run * size;
      left -= run;
      continue;
    }

    const run = <u32>min(<u64>(header >> 1) * 8, <u64>left);
    if ((<u64>run * bits + 7) >> 3 > <u64>(end - source)) return 0;
    const runEnd = target + <usize>run * size;
    let from = source;
    if (width <= 8) {
      const whole = target + <usize>(run & ~7) * size;
      for (; target < whole; target += 8 * size) {
        let word = load<u64>(from);
        from += width;
        const a = <i32>(word & mask);
        word >>= bits;
        const b = <i32>(word & mask);
        word >>= bits;
        const c = <i32>(word & mask);
        word >>= bits;
        const d = <i32>(word & mask);
        word >>= bits;
        const e = <i32>(word & mask);
        word >>= bits;
        const f = <i32>(word & mask);
        word >>= bits;
        const g = <i32>(word & mask);
        word >>= bits;
        const h = <i32>(word & mask);
        if (((last - a) | (last - b) | (last - c) | (last - d) | (last - e) | (last - f) | (last - g) | (last - h)) < 0) {
          return 0;
        }
        store<T>(target, load<T>(dictionary + <usize>a * size));
        store<T>(target + size, load<T>(dictionary + <usize>b * size));
        store<T>(target + 2 * size, load<T>(dictionary + <usize>c * size));
        store<T>(target + 3 * size, load<T>(dictionary + <usize>d * size));
        store<T>(target + 4 * size, load<T>(dictionary + <usize>e * size));
        store<T>(target + 5 * size, load<T>(dictionary + <usize>f * size));
        store<T>(target + 6 * size, load<T>(dictionary + <usize>g * size));
        store<T>(target + 7 * size, load<T>(dictionary + <usize>h * size));
      }
    } else if (width <= 16) {
      // Four values fit one 64-bit load even from the middle of a byte.
      const whole = target + <usize>(run & ~7) * size;
      const half = <usize>(width >> 1);
      const odd = <u64>((width & 1) << 2);
      for (; target < whole; target += 8 * size) {
        let word = load<u64>(from);
        const a = <i32>(word & mask);
        word >>= bits;
        const b = <i32>(word & mask);
        word >>= bits;
        const c = <i32>(word & mask);
        word >>= bits;
        const d = <i32>(word & mask);
        word = load<u64>(from + half) >> odd;
        from += width;
        const e = <i32>(word & mask);
        word >>= bits;
        const f = <i32>(word & mask);
        word >>= bits;
        const g = <i32>(word & mask);
        word >>= bits;
        const h = <i32>(word & mask);
        if (((last - a) | (last - b) | (last - c) | (last - d) | (last - e) | (last - f) | (last - g) | (last - h)) < 0) {
          return 0;
        }
        store<T>(target, load<T>(dictionary + <usize>a * size));
        store<T>(target + size, load<T>(dictionary + <usize>b * size));
        store<T>(target + 2 * size, load<T>(dictionary + <usize>c * size));
        store<T>(target + 3 * size, load<T>(dictionary + <usize>d * size));
        store<T>(target + 4 * size, load<T>(dictionary + <usize>e * size));
        store<T>(target + 5 * size, load<T>(dictionary + <usize>f * size));
        store<T>(target + 6 * size, load<T>(dictionary + <usize>g * size));
        store<T>(target + 7 * size, load<T>(dictionary + <usize>h * size));
      }
    }
    for (let bit: u64 = 0; target < runEnd; target += size, bit += bits) {
      const index = <u32>((load<u64>(from + <usize>(bit >> 3)) >> (bit & 7)) & mask);
      if (index >= entries) return 0;
      store<T>(target, load<T>(dictionary + <usize>index * size));
    }
    source += <usize>min(<u64>(header >> 1) * bits, <u64>(end - source));
    left -= run;
  }
  return 1;
}

@inline
function fill<T>(target: usize, value: T, count: u32): void {
  const end = target + <usize>count * sizeof<T>();
  for (; target < end; target += sizeof<T>()) store<T>(target, value);
}

export function gather8(s: usize, e: usize, w: u32, n: u32, dictionary: usize, entries: u32, t: usize): i32 {
  return gather<u8>(s, e, w, n, dictionary, entries, t);
}
export function gather16(s: usize, e: usize, w: u32, n: u32, dictionary: usize, entries: u32, t: usize): i32 {
  return gather<u16>(s, e, w, n, dictionary, entries, t);
}
export function gather32(s: usize, e: usize, w: u32, n: u32, dictionary: usize, entries: u32, t: usize): i32 {
  return gather<u32>(s, e, w, n, dictionary, entries, t);
}
export function gather64(s: usize, e: usize, w: u32, n: u32, dictionary: usize, entries: u32, t: usize): i32 {
  return gather<u64>(s, e, w, n, dictionary, entries, t);
}
export function gather128(s: usize, e: usize, w: u32, n: u32, dictionary: usize, entries: u32, t: usize): i32 {
  return gather<v128>(s, e, w, n, dictionary, entries, t);
}

/** Expands `count` bits, least significant first, to bytes 0 and 1. Reads and writes whole groups of 8. */
export function unpackBooleans(source: usize, count: u32, target: usize): void {
  const end = target + count;
  for (; target < end; target += 16, source += 2) {
    const word = i16x8.splat(load<u16>(source));
    const bytes = v128.swizzle(word, i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
    const picks = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    const set = i8x16.eq(v128.and(bytes, picks), picks);
    v128.store(target, v128.and(set, i8x16.splat(1)));
  }
}

/**
 * Reads `count` one-bit definition levels as a validity bitmap from bit `offset` of `bitmap` on; may write 8 bytes
 * after it. Returns the number of ones, or -1 when the runs end early.
 */
export function levelsToBitmap(source: usize, end: usize, count: u32, bitmap: usize, offset: u32): i32 {
  let ones: u32 = 0;
  let left = count;
  while (left > 0) {
    const next = varintEnd(source, end, 5);
    if (next == 0) return -1;
    const header = <u32>varint(source);
    source = next;
    let run: u32;
    if ((header & 1) == 0) {
      if (source >= end) return -1;
      const value = load<u8>(source++);
      if (value > 1) return -1;
      run = min(header >> 1, left);
      setBits(bitmap, offset, run, value == 1);
      if (value == 1) ones += run;
    } else {
      run = <u32>min(<u64>(header >> 1) * 8, <u64>left);
      if (<usize>((<u64>run + 7) >> 3) > end - source) return -1;
      ones += appendBits(source, run, bitmap, offset);
      source += min(<usize>(header >> 1), end - source);
    }
    offset += run;
    left -= run;
  }
  return ones;
}

/** The deprecated BIT_PACKED levels: most significant bit first. Same contract as `levelsToBitmap`. */
export function packedLevelsToBitmap(source: usize, end: usize, count: u32, bitmap: usize, offset: u32): i32 {
  if (<usize>((<u64>count + 7) >> 3) > end - source) return -1;
  let ones: u32 = 0;
  for (let i: u32 = 0; i < count; i += 8) {
    const mirrored = <u32>((<u64>load<u8>(source + (i >> 3)) * 0x0202020202 & 0x010884422010) % 1023);
    const bits = min<u32>(8, count - i);
    const byte = mirrored & ((1 << bits) - 1);
    ones += popcnt(byte);
    putBits(bitmap, offset + i, byte);
  }
  return ones;
}

/** Sets `count` bits of validity from bit `offset` on. */
export function setBits(bitmap: usize, offset: u32, count: u32, value: bool): void {
  while (count > 0) {
    if ((offset & 7) == 0 && count >= 64) {
      const bytes = <usize>(count >> 3);
      memory.fill(bitmap + <usize>(offset >> 3), value ? 255 : 0, bytes);
      offset += <u32>bytes << 3;
      count &= 7;
      continue;
    }
    // Up to the next byte boundary or 56 bits, whichever fits one 64-bit store.
    const bits = min<u32>(count, count >= 64 ? 8 - (offset & 7) : 56);
    putBits(bitmap, offset, value ? ((<u64>1) << bits) - 1 : 0);
    offset += bits;
    count -= bits;
  }
}

/** Writes `bits` at bit `offset`, clearing what follows in the same 8 bytes: bitmaps are written in order. */
@inline
function putBits(bitmap: usize, offset: u32, bits: u64): void {
  const at = bitmap + <usize>(offset >> 3);
  const shift = <u64>(offset & 7);
  store<u64>(at, (load<u64>(at) & (((<u64>1) << shift) - 1)) | (bits << shift));
}

/** Appends `count` bits that start at a byte boundary; returns how many are ones. */
function appendBits(source: usize, count: u32, bitmap: usize, offset: u32): u32 {
  let ones: u32 = 0;
  while (count > 0) {
    const bits = min<u32>(count, 56);
    const word = load<u64>(source) & (((<u64>1) << bits) - 1);
    ones += <u32>popcnt(word);
    putBits(bitmap, offset, word);
    source += 7;
    offset += bits;
    count -= bits;
  }
  return ones;
}

/**
 * Moves `present` dense values in place to the slots whose validity bit is set and zeroes the others, from the end
 * backwards. Slot 0 has bit `offset` of `bitmap`, which must hold exactly `present` ones in `count` bits.
 */
@inline
function spread<T>(values: usize, count: u32, present: u32, bitmap: usize, offset: u32): void {
  const size: usize = sizeof<T>();
  let from = values + <usize>present * size;
  let to = values + <usize>count * size;
  let bit = offset + count;
  // Once both cursors meet, every remaining slot is valid.
  while (from != to) {
    bit -= 1;
    to -= size;
    if ((load<u8>(bitmap + <usize>(bit >> 3)) >> <u8>(bit & 7)) & 1) {
      from -= size;
      store<T>(to, load<T>(from));
    } else if (sizeof<T>() == 16) {
      v128.store(to, i64x2.splat(0));
    } else {
      store<T>(to, <T>0);
    }
  }
}

export function spread8(values: usize, count: u32, present: u32, bitmap: usize, offset: u32): void {
  spread<u8>(values, count, present, bitmap, offset);
}
export function spread16(values: usize, count: u32, present: u32, bitmap: usize, offset: u32): void {
  spread<u16>(values, count, present, bitmap, offset);
}
export function spread32(values: usize, count: u32, present: u32, bitmap: usize, offset: u32): void {
  spread<u32>(values, count, present, bitmap, offset);
}
export function spread64(values: usize, count: u32, present: u32, bitmap: usize, offset: u32): void {
  spread<u64>(values, count, present, bitmap, offset);
}
export function spread128(values: usize, count: u32, present: u32, bitmap: usize, offset: u32): void {
  spread<v128>(values, count, present, bitmap, offset);
}
