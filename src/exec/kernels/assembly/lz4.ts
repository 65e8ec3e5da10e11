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
