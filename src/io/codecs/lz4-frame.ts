import type { Kernels } from "../../exec/kernels/kernels.ts";
import { type Allocator, ExtentScope } from "../../exec/memory/allocator.ts";
import { LZ4_TABLE } from "./compress.ts";

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

/** Magic number; version 1 and independent blocks, blocks of up to 4 MiB, the checksum of these two bytes. */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73);
const BLOCK_BYTES = 4 * 2 ** 20;

/** The bytes as an LZ4 frame; blocks that do not become smaller are stored. */
export function compressLz4Frame(input: Uint8Array, kernels: Kernels, allocator: Allocator): Uint8Array {
  const parts: Uint8Array[] = [HEADER];
  const scope = new ExtentScope(allocator);
  try {
    const most = Math.min(BLOCK_BYTES, input.length);
    const source = scope.alloc(most);
    const target = scope.alloc(32 + most + Math.ceil(most / 255));
    const table = scope.alloc(LZ4_TABLE);
    const memory = new Uint8Array(allocator.memory.buffer);
    for (let at = 0; at < input.length; at += BLOCK_BYTES) {
      const block = input.subarray(at, at + BLOCK_BYTES);
      memory.set(block, source);
      const size = kernels.lz4Compress(source, source + block.length, target, table) >>> 0;
      const stored = size >= block.length;
      const head = new Uint8Array(4);
      new DataView(head.buffer).setUint32(0, stored ? block.length + 2 ** 31 : size, true);
      parts.push(head, stored ? block : memory.slice(target, target + size));
    }
  } finally {
    scope.releaseAll();
  }
  return Buffer.concat([...parts, new Uint8Array(4)]);
}
