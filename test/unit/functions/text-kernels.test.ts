/** The string kernels against JavaScript's own strings. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instantiateKernels, loadKernels } from "../../../src/exec/kernels/kernels.ts";

const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true });
const kernels = instantiateKernels(loadKernels(), memory);
const bytes = new Uint8Array(memory.buffer);
const TEXT = 4096;
const OTHER = 65_536;

/** Writes text, with bytes behind it that must not matter. */
function put(address: number, text: string): number {
  const encoded = new TextEncoder().encode(text);
  bytes.fill(0x61, address, address + encoded.length + 32);
  bytes.set(encoded, address);
  return encoded.length;
}

const small = fc.string({ unit: fc.constantFrom("a", "b", "ä", "🦆"), maxLength: 60 });
const needle = fc.string({ unit: fc.constantFrom("a", "b", "ä"), maxLength: 6 });

describe("textFind", () => {
  test("finds the first occurrence", () => {
    fc.assert(
      fc.property(small, needle, fc.nat(40), (text, part, padding) => {
        const whole = "b".repeat(padding) + text;
        const wanted = Buffer.from(whole).indexOf(Buffer.from(part));
        expect(kernels.textFind(TEXT, put(TEXT, whole), OTHER, put(OTHER, part))).toBe(wanted);
      }),
      { numRuns: 500 },
    );
  });
});

/** LIKE as a regular expression. */
function likePattern(pattern: string, escape: string | undefined): RegExp | undefined {
  let source = "";
  const points = [...pattern];
  for (let i = 0; i < points.length; i++) {
    const c = points[i] as string;
    if (c === escape) {
      const next = points[++i];
      if (next === undefined) return undefined;
      source += next.replace(/[%$_]/u, "\\$&").replaceAll("\\%", "%").replaceAll("\\_", "_");
    } else source += c === "%" ? ".*" : c === "_" ? "." : c === "$" ? "\\$" : c;
  }
  return new RegExp(`^${source}$`, "su");
}

describe("textLike", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "ä", "%", "_"), maxLength: 8 });
  test("matches as the pattern says", () => {
    fc.assert(
      fc.property(small, pattern, (text, like) => {
        const wanted = likePattern(like, undefined)?.test(text) === true ? 1 : 0;
        expect(kernels.textLike(TEXT, put(TEXT, text), OTHER, put(OTHER, like), -1)).toBe(wanted);
      }),
      { numRuns: 1000 },
    );
  });
  test("with an escape character", () => {
    const escaped = fc.string({ unit: fc.constantFrom("a", "%", "_", "$"), maxLength: 6 });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "%", "_", "$"), maxLength: 6 }), escaped, (text, like) => {
        const regexp = likePattern(like, "$");
        const wanted = regexp?.test(text) === true ? 1 : 0;
        const found = kernels.textLike(TEXT, put(TEXT, text), OTHER, put(OTHER, like), 36);
        // A pattern that ends in the escape character matches nothing.
        expect(found).toBe(wanted);
      }),
      { numRuns: 1000 },
    );
  });
  test("a hostile pattern takes no exponential time", () => {
    const text = "a".repeat(2000);
    const like = `${"%a".repeat(200)}b`;
    expect(kernels.textLike(TEXT, put(TEXT, text), OTHER, put(OTHER, like), -1)).toBe(0);
  });
});

test("textCount and textOffset go by code points", () => {
  fc.assert(
    fc.property(small, fc.nat(70), (text, count) => {
      const length = put(TEXT, text);
      const points = [...text];
      expect(kernels.textCount(TEXT, length)).toBe(points.length);
      expect(kernels.textOffset(TEXT, length, count)).toBe(Buffer.byteLength(points.slice(0, count).join("")));
    }),
  );
});

test("textReplace and textOccurrences", () => {
  fc.assert(
    fc.property(
      small,
      needle.filter((n) => n !== ""),
      needle,
      (text, part, by) => {
        const length = put(TEXT, text);
        const partLength = put(OTHER, part);
        const byLength = put(OTHER + 1024, by);
        const target = OTHER + 4096;
        const end = kernels.textReplace(TEXT, length, OTHER, partLength, OTHER + 1024, byLength, target);
        expect(Buffer.from(bytes.slice(target, end)).toString()).toBe(text.replaceAll(part, by));
        expect(kernels.textOccurrences(TEXT, length, OTHER, partLength, 1e9)).toBe(text.split(part).length - 1);
      },
    ),
  );
});

describe("textHash", () => {
  test("depends on the bytes alone", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70 }), (text) => {
        const length = put(TEXT, text);
        const hash = kernels.textHash(TEXT, length);
        bytes.fill(0xff, OTHER, OTHER + 400);
        bytes.copyWithin(OTHER + 3, TEXT, TEXT + length);
        expect(kernels.textHash(OTHER + 3, length)).toBe(hash);
      }),
    );
  });

  test("spreads similar strings over high and low bits", () => {
    const low = new Set<bigint>();
    const high = new Set<bigint>();
    const all = new Set<bigint>();
    for (let i = 0; i < 20_000; i++) {
      const hash = BigInt.asUintN(64, kernels.textHash(TEXT, put(TEXT, `Customer#${String(i).padStart(9, "0")}`)));
      all.add(hash);
      low.add(hash & 0xffffn);
      high.add(hash >> 48n);
    }
    expect(all.size).toBe(20_000);
    // 20,000 balls in 65,536 bins leave about 17,240 bins filled.
    for (const set of [low, high]) expect(Math.abs(set.size - 17_240)).toBeLessThan(400);
  });
});
