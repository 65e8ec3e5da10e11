import type { Kernels } from "../../exec/kernels/kernels.ts";

const MAGIC = 0x184d2204;

/**
 * Decompresses an LZ4 frame (lz4/lz4, lz4_Frame_format.md) at [source, sourceEnd) to exactly fill [target, targetEnd); false: it is
 * corrupt, or makes another number of bytes. Checksums are not verified.
 */
export function decompressLz4Frame(
  view: DataView,
  kernels: Kernels,
  source: number,
  sourceEnd: number,
  target: number,
  targetEnd: number,
): boolean {
  if (sourceEnd - source < 11 || view.getUint32(source, true) !== MAGIC) return false;
  const flags = view.getUint8(source + 4);
  if (flags >> 6 !== 1) return false;
  const has = (bit: number): boolean => ((flags >> bit) & 1) === 1;
  // Flags and block size; then content size, dictionary and the header's checksum.
  let at = source + 6 + (has(3) ? 8 : 0) + (has(0) ? 4 : 0) + 1;
  let to = target;
  while (sourceEnd - at >= 4) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) return to === targetEnd;
    const bytes = word & 0x7fffffff;
    if (bytes > sourceEnd - at) return false;
    if (word >>> 31 === 1) {
      if (bytes > targetEnd - to) return false;
      kernels.copyBytes(to, at, bytes);
      to += bytes;
    } else {
      // Blocks may refer to those before them unless they are independent.
      const made = kernels.lz4Block(at, at + bytes, has(5) ? to : target, to, targetEnd);
      if (made < 0) return false;
      to += made;
    }
    at += bytes + (has(4) ? 4 : 0);
  }
  return false;
}
