/** A small encoder and decoder of LZ4 frames for tests: greedy matches, blocks of 64 KiB that may refer to those before them. */

const BLOCK = 65_536;

export function encodeLz4Frame(input: Uint8Array, independent = false): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x04, 0x22, 0x4d, 0x18, independent ? 0x60 : 0x40, 0x40, 0)];
  for (let start = 0; start < input.length; start += BLOCK) {
    const end = Math.min(input.length, start + BLOCK);
    const block = encodeBlock(input, independent ? start : 0, start, end);
    const stored = block.length >= end - start;
    const body = stored ? input.subarray(start, end) : block;
    const head = Buffer.alloc(4);
    head.writeUInt32LE(stored ? (body.length | 0x80000000) >>> 0 : body.length);
    parts.push(head, body);
  }
  parts.push(new Uint8Array(4));
  return Buffer.concat(parts);
}

function encodeBlock(input: Uint8Array, history: number, start: number, end: number): Uint8Array {
  const out: number[] = [];
  const seen = new Map<number, number>();
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  for (let i = Math.max(history, start - 60_000); i < start - 4; i++) seen.set(view.getUint32(i), i);
  let anchor = start;
  const length = (value: number): void => {
    for (let left = value - 15; left >= 0; left -= 255) out.push(Math.min(left, 255));
  };
  // The last match begins at least 12 bytes before the end, the last 5 bytes are literals.
  for (let i = start; i < end - 12;) {
    const key = view.getUint32(i);
    const found = seen.get(key);
    seen.set(key, i);
    if (found === undefined || i - found > 65_535 || found < history) {
      i++;
      continue;
    }
    let match = 4;
    while (i + match < end - 5 && input[found + match] === input[i + match]) match++;
    const literals = i - anchor;
    out.push((Math.min(literals, 15) << 4) | Math.min(match - 4, 15));
    if (literals >= 15) length(literals);
    out.push(...input.subarray(anchor, i), (i - found) & 255, (i - found) >> 8);
    if (match - 4 >= 15) length(match - 4);
    i += match;
    anchor = i;
  }
  const literals = end - anchor;
  out.push(Math.min(literals, 15) << 4);
  if (literals >= 15) length(literals);
  out.push(...input.subarray(anchor, end));
  return Uint8Array.from(out);
}

/** Frames without checksums of their blocks or their content, a byte at a time. */
export function decodeLz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint32(0, true) !== 0x184d2204 || ((frame[4] ?? 0) & 0b1101_1100) !== 0b0100_0000)
    throw new Error("no such frame");
  let out: Uint8Array = new Uint8Array(1024);
  let size = 0;
  const put = (byte: number | undefined): void => {
    if (byte === undefined) throw new Error("a reference to what is not there");
    if (size === out.length) {
      const larger = new Uint8Array(size * 2);
      larger.set(out);
      out = larger;
    }
    out[size++] = byte;
  };
  let at = 7;
  for (;;) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) break;
    const end = at + (word & 0x7fffffff);
    if (word >= 2 ** 31) for (; at < end; at++) put(frame[at]);
    const length = (nibble: number): number => {
      let total = nibble;
      for (let byte = nibble === 15 ? 255 : 0; byte === 255; total += byte) byte = frame[at++] ?? 0;
      return total;
    };
    const start = size;
    while (at < end) {
      const token = frame[at++] ?? 0;
      for (let n = length(token >> 4); n > 0; n--) put(frame[at++]);
      if (at >= end) break;
      const offset = view.getUint16(at, true);
      at += 2;
      if (offset === 0 || offset > size - start) throw new Error("a reference outside of the block");
      for (let n = length(token & 15) + 4; n > 0; n--) put(out[size - offset]);
    }
  }
  return out.slice(0, size);
}
