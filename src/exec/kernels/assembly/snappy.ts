/** Snappy's raw format (google/snappy, format_description.txt). */

import { copyMatch, copyVectors } from "./bytes";

/** Decompresses [source, sourceEnd) to exactly [target, targetEnd). Returns 1, or 0 when the input is corrupt. */
export function snappyDecompress(source: usize, sourceEnd: usize, target: usize, targetEnd: usize): i32 {
  let length: u64 = 0;
  let shift: u64 = 0;
  for (;;) {
    if (source >= sourceEnd || shift > 28) return 0;
    const byte = load<u8>(source++);
    length |= <u64>(byte & 127) << shift;
    if (byte < 128) break;
    shift += 7;
  }
  const start = target;
  if (length != <u64>(targetEnd - target)) return 0;

  while (source < sourceEnd) {
    const tag = <u32>load<u8>(source++);
    let size: usize = (tag >> 2) + 1;
    if ((tag & 3) == 0) {
      if (size <= 60) {
        if (size > sourceEnd - source || size > targetEnd - target) return 0;
        copyVectors(target, source, size);
      } else {
        const extra = size - 60;
        if (extra > sourceEnd - source) return 0;
        const last: usize = load<u32>(source) & ((<u32>0xffffffff) >> (32 - 8 * <u32>extra));
        source += extra;
        if (last >= sourceEnd - source || last >= targetEnd - target) return 0;
        size = last + 1;
        memory.copy(target, source, size);
      }
      source += size;
    } else {
      let offset: usize;
      if ((tag & 3) == 1) {
        if (source >= sourceEnd) return 0;
        size = 4 + ((tag >> 2) & 7);
        offset = ((tag >> 5) << 8) | load<u8>(source);
        source += 1;
      } else if ((tag & 3) == 2) {
        if (sourceEnd - source < 2) return 0;
        offset = load<u16>(source);
        source += 2;
      } else {
        if (sourceEnd - source < 4) return 0;
        offset = load<u32>(source);
        source += 4;
      }
      if (offset == 0 || offset > target - start || size > targetEnd - target) return 0;
      copyMatch(target, offset, size);
    }
    target += size;
  }
  return target == targetEnd ? 1 : 0;
}

const HASH_BITS: u32 = 14;
const BLOCK: usize = 1 << 16;

@inline
function hash(bytes: u32): usize {
  return (bytes * 0x1e35a7bd) >> (32 - HASH_BITS);
}

/** Writes the literal [from, to) as one element; returns the address after it. */
@inline
function emitLiteral(target: usize, from: usize, to: usize): usize {
  const size = to - from;
  const last = <u32>(size - 1);
  if (last < 60) {
    store<u8>(target, last << 2);
    target += 1;
    copyVectors(target, from, size);
  } else {
    if (last < 256) {
      store<u8>(target, 60 << 2);
      store<u8>(target + 1, last);
      target += 2;
    } else {
      store<u8>(target, 61 << 2);
      store<u16>(target + 1, <u16>last);
      target += 3;
    }
    memory.copy(target, from, size);
  }
  return target + size;
}

/** Writes a back-reference of `size` >= 4 bytes at distance `offset` < 65536; returns the address after it. */
@inline
function emitCopy(target: usize, offset: usize, size: usize): usize {
  while (size >= 68) {
    store<u8>(target, (63 << 2) | 2);
    store<u16>(target + 1, <u16>offset);
    target += 3;
    size -= 64;
  }
  if (size > 64) {
    // Leaves at least 4 bytes for the last element.
    store<u8>(target, (59 << 2) | 2);
    store<u16>(target + 1, <u16>offset);
    target += 3;
    size -= 60;
  }
  if (size >= 12 || offset >= 2048) {
    store<u8>(target, (<u32>(size - 1) << 2) | 2);
    store<u16>(target + 1, <u16>offset);
    return target + 3;
  }
  store<u8>(target, (<u32>(offset >> 8) << 5) | (<u32>(size - 4) << 2) | 1);
  store<u8>(target + 1, <u32>offset & 255);
  return target + 2;
}

/**
 * Compresses [source, sourceEnd) to `target`, which must hold `32 + n + n / 6` bytes. `table` is 32 KiB of scratch.
 * Returns the compressed size. Greedy matching over 64 KiB blocks, with growing steps through incompressible bytes.
 */
export function snappyCompress(source: usize, sourceEnd: usize, target: usize, table: usize): usize {
  const start = target;
  let left = sourceEnd - source;
  while (left >= 128) {
    store<u8>(target++, (left & 127) | 128);
    left >>= 7;
  }
  store<u8>(target++, left);

  while (source < sourceEnd) {
    const block = source;
    const blockEnd = sourceEnd - source > BLOCK ? source + BLOCK : sourceEnd;
    let literal = source;
    if (blockEnd - block >= 32) {
      memory.fill(table, 0, 2 << HASH_BITS);
      // Matching stops early enough that every 8-byte load stays inside the block.
      const limit = blockEnd - 16;
      let at = block + 1;
      let skip: usize = 32;
      while (at < limit) {
        const bytes = load<u32>(at);
        const slot = table + (hash(bytes) << 1);
        const candidate = block + load<u16>(slot);
        store<u16>(slot, <u16>(at - block));
        if (load<u32>(candidate) != bytes) {
          at += skip >> 5;
          skip += 1;
          continue;
        }
        let size: usize = 4;
        while (at + size + 8 <= blockEnd) {
          const difference = load<u64>(at + size) ^ load<u64>(candidate + size);
          if (difference != 0) {
            size += <usize>(ctz(difference) >> 3);
            break;
          }
          size += 8;
        }
        if (at + size + 8 > blockEnd) {
          while (at + size < blockEnd && load<u8>(at + size) == load<u8>(candidate + size)) size += 1;
        }
        if (literal < at) target = emitLiteral(target, literal, at);
        target = emitCopy(target, at - candidate, size);
        at += size;
        literal = at;
        skip = 32;
        if (at < limit) store<u16>(table + (hash(load<u32>(at - 1)) << 1), <u16>(at - 1 - block));
      }
    }
    if (literal < blockEnd) target = emitLiteral(target, literal, blockEnd);
    source = blockEnd;
  }
  return target - start;
}
