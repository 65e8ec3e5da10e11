import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadKernels } from "../../../src/exec/kernels/kernels.ts";
import { ExtentScope } from "../../../src/exec/memory/allocator.ts";
import { compressLz4Frame, decompressLz4Frame } from "../../../src/io/codecs/lz4-frame.ts";
import { decodeLz4Frame } from "../../support/lz4-frame.ts";
import { checkedContext } from "../../support/parquet.ts";

describe("the kernels module", () => {
  const module = loadKernels();

  it("imports a memory and nothing else", () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
  });

  it("has no data segments: every instance would rewrite them", async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const bytes = new Uint8Array(memory.buffer).fill(0xa5);
    expect(new WebAssembly.Instance(module, { env: { memory } }).exports).toBeTypeOf("object");
    expect(bytes.every((byte) => byte === 0xa5)).toBe(true);
  });

  it("exports functions only", () => {
    const kinds = new Set(WebAssembly.Module.exports(module).map(({ kind }) => kind));
    expect([...kinds]).toEqual(["function"]);
  });
});

describe("conversions that no writer at hand can test", () => {
  const { allocator, kernels } = checkedContext();
  const source = allocator.alloc(256);
  const target = allocator.alloc(256);
  const view = new DataView(allocator.memory.buffer);
  const refsTo = (items: readonly number[][]): number => {
    let at = source + 128;
    items.forEach((bytes, i) => {
      view.setUint32(source + i * 8, at, true);
      view.setUint32(source + i * 8 + 4, bytes.length, true);
      for (const byte of bytes) view.setUint8(at++, byte);
    });
    return source;
  };

  it("INT96 to microseconds, floored", () => {
    const write = (i: number, nanos: bigint, day: number): void => {
      view.setBigInt64(source + i * 12, nanos, true);
      view.setInt32(source + i * 12 + 8, day, true);
    };
    write(0, 1_500n, 2440588);
    write(1, 86_399_999_999_999n, 2440587);
    expect(kernels.int96ToMicros(source, 2, target)).toBe(1);
    expect([view.getBigInt64(target, true), view.getBigInt64(target + 8, true)]).toEqual([1n, -1n]);
    write(0, 0n, 2 ** 31 - 1);
    expect(kernels.int96ToMicros(source, 1, target)).toBe(0);
    write(0, 86_400_000_000_000n, 2440588);
    expect(kernels.int96ToMicros(source, 1, target)).toBe(0);
  });

  it("half floats", () => {
    const halves = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x8000, 0x7c00, 0x3555];
    kernels.halfToFloat(refsTo(halves.map((half) => [half & 255, half >> 8])), halves.length, target);
    const floats = halves.map((_, i) => view.getFloat32(target + i * 4, true));
    expect(floats).toEqual([1, -2, 65504, 2 ** -24, 2 ** -14, -0, Infinity, 0.333251953125]);
  });

  it("big-endian numbers of any length, refused when they do not fit", () => {
    const items = [[], [0xff], [0x80, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f], [0x7f, 255, 255, 255, 255, 255, 255, 255]];
    expect(kernels.bigEndianTo64(refsTo(items), items.length, target)).toBe(1);
    const values = items.map((_, i) => view.getBigInt64(target + i * 8, true));
    expect(values).toEqual([0n, -1n, -32768n, 127n, 2n ** 63n - 1n]);
    const wide = [
      [1, 0, 0, 0, 0, 0, 0, 0, 0],
      [0xfe, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    expect(kernels.bigEndianTo128(refsTo(wide), 2, target)).toBe(1);
    expect([0, 8, 16, 24].map((at) => view.getBigInt64(target + at, true))).toEqual([0n, 1n, 0n, -2n]);
    expect(kernels.bigEndianTo64(refsTo(wide), 1, target)).toBe(0);
    expect(kernels.bigEndianTo128(refsTo([[1, ...Array.from({ length: 16 }, () => 0)]]), 1, target)).toBe(0);
  });

  it("BIT_PACKED levels, most significant bit first, at any bit of the bitmap", () => {
    view.setUint8(source, 0b1010_0110);
    view.setUint8(source + 1, 0b1111_1111);
    view.setUint8(target, 0b101);
    expect(kernels.packedLevelsToBitmap(source, source + 2, 11, target, 3)).toBe(7);
    expect(view.getUint16(target, true).toString(2)).toBe("11101100101101");
    expect(kernels.packedLevelsToBitmap(source, source + 1, 11, target, 3)).toBe(-1);
  });
});

/** Repetitions of short pieces. */
const compressible = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 1, max: 300 })), { maxLength: 30 })
  .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))));

describe("snappy", () => {
  const { allocator, kernels } = checkedContext();
  it("restores what it compressed", () => {
    const roundTrip = (bytes: Uint8Array): void => {
      const view = (address: number, length: number): Uint8Array =>
        new Uint8Array(allocator.memory.buffer, address, length);
      const most = 32 + bytes.length + Math.ceil(bytes.length / 6);
      const sizes = [bytes.length + 32, most + 32, 32768, bytes.length + 32] as const;
      const [source, compressed, table, target] = sizes.map((size) => allocator.alloc(size)) as [
        number,
        number,
        number,
        number,
      ];
      view(source, bytes.length).set(bytes);
      const size = kernels.snappyCompress(source, source + bytes.length, compressed, table) >>> 0;
      expect(size).toBeLessThanOrEqual(most);
      expect(kernels.snappyDecompress(compressed, compressed + size, target, target + bytes.length)).toBe(1);
      expect(Buffer.compare(view(target, bytes.length), bytes)).toBe(0);
      const cut = kernels.snappyDecompress(compressed, compressed + size - 1, target, target + bytes.length);
      expect(cut).toBe(0);
      [source, compressed, table, target].forEach((address, i) => allocator.release(address, sizes[i] ?? 0));
    };
    fc.assert(fc.property(compressible, roundTrip), { numRuns: 200 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), roundTrip), { numRuns: 100 });
    roundTrip(new Uint8Array(300_000).map((_, i) => (i * i) >> 7));
  });
});

describe("LZ4", () => {
  const { allocator, kernels } = checkedContext();

  it("frames come back, here and elsewhere", () => {
    const roundTrip = (bytes: Uint8Array): void => {
      const frame = compressLz4Frame(bytes, kernels, allocator);
      expect(frame.length).toBeLessThanOrEqual(bytes.length + 19);
      expect(Buffer.compare(decodeLz4Frame(frame), bytes)).toBe(0);
      const scope = new ExtentScope(allocator);
      const [source, target] = [scope.alloc(frame.length), scope.alloc(bytes.length)];
      const memory = new Uint8Array(allocator.memory.buffer);
      memory.set(frame, source);
      const view = new DataView(memory.buffer);
      const end = target + bytes.length;
      expect(decompressLz4Frame(view, kernels, source, source + frame.length, target, end)).toBe(true);
      expect(Buffer.compare(memory.subarray(target, end), bytes)).toBe(0);
      scope.releaseAll();
      expect(allocator.live.size).toBe(0);
    };
    fc.assert(fc.property(compressible, roundTrip), { numRuns: 200 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), roundTrip), { numRuns: 100 });
    for (const size of [0, 1, 12, 13, 14, 20, 300, 65_535, 65_549, 200_000]) roundTrip(new Uint8Array(size));
    roundTrip(new Uint8Array(300_000).map((_, i) => (i * i) >> 7));
    // Matches that are too far away, long literals, and a frame of several blocks.
    roundTrip(new Uint8Array(140_000).map((_, i) => (Math.imul(i % 70_000, 0x9e3779b1) >>> 24) & 255));
    roundTrip(new Uint8Array(5_000_000).map((_, i) => (i >> 12) + (i % 7)));
  });
});

describe("DELTA_BINARY_PACKED", () => {
  const { allocator, kernels } = checkedContext();

  /** Encodes and decodes; returns what came back. */
  function roundTrip<T extends Int32Array | BigInt64Array>(values: T): T {
    const { BYTES_PER_ELEMENT: width, length } = values;
    const most = (Math.floor(length / 128) + 1) * (128 * width + 16) + 48;
    const sizes = [values.byteLength + 32, most + 32, values.byteLength + 32] as const;
    const [source, encoded, target] = sizes.map((size) => allocator.alloc(size)) as [number, number, number];
    const view = new Uint8Array(allocator.memory.buffer);
    view.set(new Uint8Array(values.buffer), source);
    const [encode, decode] =
      width === 4 ? [kernels.deltaEncode32, kernels.deltaDecode32] : [kernels.deltaEncode64, kernels.deltaDecode64];
    const end = encode(source, length, encoded);
    expect(end - encoded).toBeLessThanOrEqual(most);
    expect(decode(encoded, end, length, target)).toBe(end);
    const result = values.slice() as T;
    new Uint8Array(result.buffer).set(view.subarray(target, target + values.byteLength));
    [source, encoded, target].forEach((address, i) => allocator.release(address, sizes[i] ?? 0));
    return result;
  }

  it("restores 32-bit integers", () => {
    const values = fc.oneof(
      fc.array(fc.integer(), { maxLength: 700 }),
      fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 700 }),
      fc.array(fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0), { maxLength: 300 }),
    );
    const restores = (list: number[]): void => {
      expect(roundTrip(Int32Array.from(list))).toEqual(Int32Array.from(list));
    };
    fc.assert(fc.property(values, restores));
  });

  it("restores 64-bit integers", () => {
    const values = fc.oneof(
      fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 700 }),
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 40n }), { maxLength: 300 }),
      fc.array(fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n), { maxLength: 300 }),
    );
    const restores = (list: bigint[]): void => {
      expect(roundTrip(BigInt64Array.from(list))).toEqual(BigInt64Array.from(list));
    };
    fc.assert(fc.property(values, restores));
  });
});
