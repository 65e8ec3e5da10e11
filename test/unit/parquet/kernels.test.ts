import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadKernels } from "../../../src/exec/kernels/kernels.ts";
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

describe("snappy", () => {
  const { allocator, kernels } = checkedContext();
  const compressible = fc
    .array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 1, max: 300 })), { maxLength: 30 })
    .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))));

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
