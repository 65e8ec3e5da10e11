/**
 * Byte primitives shared by the kernels (AssemblyScript).
 *
 * The contract of every kernel: source ranges are followed by at least 16 readable bytes and destination ranges by at
 * least 16 writable bytes of the same extent (`SLACK` in `exec/memory/allocator.ts`), so whole vectors may be moved at
 * the ends; everything else is checked against the given ends, because a shared memory does not trap on wild addresses.
 */

/** Copies `length` bytes in 16-byte steps between ranges that overlap by no less than 16 bytes; may write 15 more. */
@inline
export function copyVectors(target: usize, source: usize, length: usize): void {
  v128.store(target, v128.load(source));
  for (let i: usize = 16; i < length; i += 16) v128.store(target + i, v128.load(source + i));
}

/** Appends `length` bytes found `offset` bytes before `target`, which may repeat themselves; may write 15 more. */
@inline
export function copyMatch(target: usize, offset: usize, length: usize): void {
  if (offset >= 16) {
    copyVectors(target, target - offset, length);
    return;
  }
  const pattern = v128.swizzle(v128.load(target - offset), repeatPattern(<u32>offset));
  const step: usize = 16 - (16 % offset);
  for (let i: usize = 0; i < length; i += step) v128.store(target + i, pattern);
}

/** Lane i is `i mod period`: swizzles the first `period` bytes of a vector into a repetition. A table in code: no static data. */
function repeatPattern(period: u32): v128 {
  switch (period) {
    case 1:
      return i8x16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    case 2:
      return i8x16(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1);
    case 3:
      return i8x16(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0);
    case 4:
      return i8x16(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    case 5:
      return i8x16(0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0);
    case 6:
      return i8x16(0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3);
    case 7:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1);
    case 8:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
    case 9:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6);
    case 10:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5);
    case 11:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4);
    case 12:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3);
    case 13:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 1, 2);
    case 14:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1);
    default:
      return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0);
  }
}

export function copyBytes(target: usize, source: usize, length: usize): void {
  memory.copy(target, source, length);
}
export function fillBytes(target: usize, byte: u8, length: usize): void {
  memory.fill(target, byte, length);
}
