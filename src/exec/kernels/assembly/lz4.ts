/** LZ4's block format (lz4/lz4, lz4_Block_format.md). */

import { copyMatch, copyVectors } from "./bytes";

/** Decompresses [source, sourceEnd) into [target, targetEnd). Returns the bytes written, or -1 when the input is corrupt. */
export function lz4Decompress(source: usize, sourceEnd: usize, target: usize, targetEnd: usize): i32 {
  return lz4Block(source, sourceEnd, target, target, targetEnd);
}

/** The same for a block that may refer to what [history, target) has. */
export function lz4Block(source: usize, sourceEnd: usize, history: usize, target: usize, targetEnd: usize): i32 {
  const start = target;
  while (source < sourceEnd) {
    const token = <u32>load<u8>(source++);
    let size: usize = token >> 4;
    if (size == 15) {
      let byte: u32;
      do {
        if (source >= sourceEnd || size > targetEnd - target) return -1;
        byte = load<u8>(source++);
        size += byte;
      } while (byte == 255);
    }
    if (size > sourceEnd - source || size > targetEnd - target) return -1;
    if (size <= 64) copyVectors(target, source, size);
    else memory.copy(target, source, size);
    source += size;
    target += size;
    // The last sequence has literals only.
    if (source == sourceEnd) return <i32>(target - start);

    if (sourceEnd - source < 2) return -1;
    const offset: usize = load<u16>(source);
    source += 2;
    size = token & 15;
    if (size == 15) {
      let byte: u32;
      do {
        if (source >= sourceEnd || size > targetEnd - target) return -1;
        byte = load<u8>(source++);
        size += byte;
      } while (byte == 255);
    }
    size += 4;
    if (offset == 0 || offset > target - history || size > targetEnd - target) return -1;
    copyMatch(target, offset, size);
    target += size;
  }
  return -1;
}

const HASH_BITS: u32 = 14;
/** The farthest that a match can lie back. */
const MOST_OFFSET: usize = 65535;

/** The rest of a length beyond the 15 that a token holds. */
@inline
function emitLength(target: usize, length: usize): usize {
  for (; length >= 255; length -= 255) store<u8>(target++, 255);
  store<u8>(target, <u8>length);
  return target + 1;
}

/** The literals [from, to), and room for the size of a match in the token. */
@inline
function emitLiterals(target: usize, from: usize, to: usize, matchToken: u32): usize {
  const size = to - from;
  store<u8>(target++, ((size < 15 ? <u32>size : 15) << 4) | matchToken);
  if (size >= 15) target = emitLength(target, size - 15);
  if (size <= 64) copyVectors(target, from, size);
  else memory.copy(target, from, size);
  return target + size;
}

/**
 * Compresses [source, sourceEnd) to one block at `target`, which must hold `32 + n + n / 255` bytes. `table` is 64 KiB of scratch.
 * Returns the compressed size. Greedy matching, with growing steps through incompressible bytes.
 */
export function lz4Compress(source: usize, sourceEnd: usize, target: usize, table: usize): usize {
  const start = target;
  let literal = source;
  // The last match begins at least 12 bytes before the end, and the last 5 bytes are literals.
  if (sourceEnd - source > 12) {
    memory.fill(table, 0, 4 << HASH_BITS);
    const limit = sourceEnd - 12;
    const matchEnd = sourceEnd - 5;
    let at = source + 1;
    let skip: usize = 32;
    while (at < limit) {
      const bytes = load<u32>(at);
      const slot = table + (<usize>((bytes * 0x9e3779b1) >> (32 - HASH_BITS)) << 2);
      const candidate = source + load<u32>(slot);
      store<u32>(slot, <u32>(at - source));
      if (at - candidate > MOST_OFFSET || load<u32>(candidate) != bytes) {
        at += skip >> 5;
        skip += 1;
        continue;
      }
      let size: usize = 4;
      let difference: u64 = 0;
      while (at + size + 8 <= matchEnd) {
        difference = load<u64>(at + size) ^ load<u64>(candidate + size);
        if (difference != 0) {
          size += <usize>(ctz(difference) >> 3);
          break;
        }
        size += 8;
      }
      if (difference == 0) {
        while (at + size < matchEnd && load<u8>(at + size) == load<u8>(candidate + size)) size += 1;
      }
      const more = size - 4;
      target = emitLiterals(target, literal, at, more < 15 ? <u32>more : 15);
      store<u16>(target, <u16>(at - candidate));
      target += 2;
      if (more >= 15) target = emitLength(target, more - 15);
      at += size;
      literal = at;
      skip = 32;
    }
  }
  return emitLiterals(target, literal, sourceEnd, 0) - start;
}
