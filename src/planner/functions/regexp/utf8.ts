/** Sets of code points as sequences of ranges of bytes. */
import type { Range, Ranges } from "./ranges.ts";

/** Sequences of bytes each of which lies in the range at its place. */
export type ByteSequence = readonly Range[];

/** The last code point that takes so many bytes. */
const LAST_OF_BYTES = [0x7f, 0x7ff, 0xffff, 0x10ffff];
const SURROGATES: Range = { low: 0xd800, high: 0xdfff };

/** All encodings of the code points; surrogates have none. No text is matched by two sequences. */
export function byteSequences(ranges: Ranges): readonly ByteSequence[] {
  return ranges.flatMap(withoutSurrogates).flatMap(({ low, high }) => {
    let from = low;
    const sequences: ByteSequence[] = [];
    for (const last of LAST_OF_BYTES) {
      if (from > last || from > high) continue;
      sequences.push(...split(encode(from), encode(Math.min(last, high))));
      from = last + 1;
    }
    return sequences;
  });
}

function withoutSurrogates({ low, high }: Range): readonly Range[] {
  const parts = [
    { low, high: Math.min(high, SURROGATES.low - 1) },
    { low: Math.max(low, SURROGATES.high + 1), high },
  ];
  return high < SURROGATES.low || low > SURROGATES.high ? [{ low, high }] : parts.filter((r) => r.low <= r.high);
}

function encode(point: number): readonly number[] {
  if (point < 0x80) return [point];
  if (point < 0x800) return [0xc0 | (point >> 6), 0x80 | (point & 63)];
  if (point < 0x10000) return [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];
  return [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];
}

/** What lies between two encodings of one length: a range of bytes may only be followed by full ranges. */
function split(low: readonly number[], high: readonly number[]): readonly ByteSequence[] {
  const [first, ...lowRest] = low as [number, ...number[]];
  const [last, ...highRest] = high as [number, ...number[]];
  const ahead = (byte: Range, rest: readonly ByteSequence[]): readonly ByteSequence[] =>
    rest.map((tail) => [byte, ...tail]);
  if (lowRest.length === 0) return [[{ low: first, high: last }]];
  if (first === last) return ahead({ low: first, high: first }, split(lowRest, highRest));
  const [least, most] = [lowRest.map(() => 0x80), lowRest.map(() => 0xbf)];
  const startsFull = lowRest.every((byte) => byte === 0x80);
  const endsFull = highRest.every((byte) => byte === 0xbf);
  const full = { low: startsFull ? first : first + 1, high: endsFull ? last : last - 1 };
  return [
    ...(startsFull ? [] : ahead({ low: first, high: first }, split(lowRest, most))),
    ...(full.low > full.high ? [] : ahead(full, split(least, most))),
    ...(endsFull ? [] : ahead({ low: last, high: last }, split(least, highRest))),
  ];
}
