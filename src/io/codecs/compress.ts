import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Kernels } from "../../exec/kernels/kernels.ts";
import type { ExtentScope } from "../../exec/memory/allocator.ts";

/** Codecs that Parquet files can be written with. */
export type WriteCodec = "none" | "snappy" | "gzip" | "brotli" | "lz4_raw";

/** Sizes of the scratch that `snappyCompress` and `lz4Compress` want. */
const SNAPPY_TABLE = 32 * 1024;
export const LZ4_TABLE: number = 64 * 1024;

/** The bytes [address, address + bytes) of `memory` compressed, as a copy outside of it. */
export function compress(
  codec: WriteCodec,
  address: number,
  bytes: number,
  memory: WebAssembly.Memory,
  kernels: Kernels,
  scope: ExtentScope,
): Uint8Array {
  switch (codec) {
    case "none":
      return new Uint8Array(memory.buffer, address, bytes).slice();
    case "snappy": {
      const target = scope.alloc(32 + bytes + Math.ceil(bytes / 6));
      const table = scope.alloc(SNAPPY_TABLE);
      const size = kernels.snappyCompress(address, address + bytes, target, table) >>> 0;
      const result = new Uint8Array(memory.buffer, target, size).slice();
      scope.release(table);
      scope.release(target);
      return result;
    }
    case "lz4_raw": {
      const target = scope.alloc(32 + bytes + Math.ceil(bytes / 255));
      const table = scope.alloc(LZ4_TABLE);
      const size = kernels.lz4Compress(address, address + bytes, target, table) >>> 0;
      const result = new Uint8Array(memory.buffer, target, size).slice();
      scope.release(table);
      scope.release(target);
      return result;
    }
    case "gzip":
      return gzipSync(new Uint8Array(memory.buffer, address, bytes));
    case "brotli":
      // The default quality of 11 takes a hundred times as long.
      return brotliCompressSync(new Uint8Array(memory.buffer, address, bytes), {
        params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
      });
  }
}
