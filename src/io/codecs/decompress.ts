import { brotliDecompressSync, unzipSync } from "node:zlib";
import { HeadraceError, unsupported } from "../../error.ts";
import { type Kernels, ZSTD_SCRATCH } from "../../exec/kernels/kernels.ts";
import type { Extent, ExtentScope } from "../../exec/memory/allocator.ts";
import type { Codec } from "../formats/parquet/metadata.ts";

/**
 * Decompresses `source` to exactly fill `target`; both lie in `memory` and have `SLACK` behind them. Takes scratch
 * memory from `scope`. Throws `format` when the bytes are corrupt or make another number of bytes.
 */
export function decompress(
  codec: Codec,
  source: Extent,
  target: Extent,
  memory: WebAssembly.Memory,
  kernels: Kernels,
  scope: ExtentScope,
): void {
  if (!run(codec, source, target, memory, kernels, scope)) throw new HeadraceError("format", `corrupt ${codec} data`);
}

function run(
  codec: Codec,
  source: Extent,
  target: Extent,
  memory: WebAssembly.Memory,
  kernels: Kernels,
  scope: ExtentScope,
): boolean {
  const sourceEnd = source.address + source.bytes;
  const targetEnd = target.address + target.bytes;
  switch (codec) {
    case "none":
      if (source.bytes !== target.bytes) return false;
      kernels.copyBytes(target.address, source.address, source.bytes);
      return true;
    case "snappy":
      return kernels.snappyDecompress(source.address, sourceEnd, target.address, targetEnd) === 1;
    case "lz4_raw":
      return kernels.lz4Decompress(source.address, sourceEnd, target.address, targetEnd) === target.bytes;
    case "lz4":
      return (
        hadoopLz4(source, target, memory, kernels) ||
        kernels.lz4Decompress(source.address, sourceEnd, target.address, targetEnd) === target.bytes
      );
    case "gzip":
      return viaZlib(unzipSync, source, target, memory);
    case "brotli":
      return viaZlib(brotliDecompressSync, source, target, memory);
    case "zstd": {
      const work = scope.alloc(ZSTD_SCRATCH);
      const bytes = kernels.zstdDecompress(source.address, sourceEnd, target.address, targetEnd, work);
      scope.release(work);
      return bytes === target.bytes;
    }
    case "lzo":
      throw unsupported("LZO compression");
  }
}

type ZlibFunction = (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

function viaZlib(inflate: ZlibFunction, source: Extent, target: Extent, memory: WebAssembly.Memory): boolean {
  let output: Uint8Array;
  try {
    output = inflate(view(memory, source), { maxOutputLength: Math.max(1, target.bytes) });
  } catch {
    return false;
  }
  if (output.length !== target.bytes) return false;
  view(memory, target).set(output);
  return true;
}

/** The framing of Parquet's deprecated LZ4 codec: blocks behind their big-endian plain and compressed sizes. */
function hadoopLz4(source: Extent, target: Extent, memory: WebAssembly.Memory, kernels: Kernels): boolean {
  const bytes = new DataView(memory.buffer, source.address, source.bytes);
  const targetEnd = target.address + target.bytes;
  let at = 0;
  let to = target.address;
  while (source.bytes - at >= 8) {
    const plain = bytes.getUint32(at);
    const compressed = bytes.getUint32(at + 4);
    at += 8;
    if (compressed > source.bytes - at || plain > targetEnd - to) return false;
    const from = source.address + at;
    if (kernels.lz4Decompress(from, from + compressed, to, to + plain) !== plain) return false;
    at += compressed;
    to += plain;
  }
  return at === source.bytes && to === targetEnd;
}

function view(memory: WebAssembly.Memory, { address, bytes }: Extent): Uint8Array {
  return new Uint8Array(memory.buffer, address, bytes);
}
