import { corrupt } from "./thrift-reader.ts";

/**
 * Reads levels from 0 to `most` in the RLE / bit-packed hybrid (Encodings.md) until `levels` is full. Throws `format` where they end
 * early or are greater.
 */
export function readLevels(bytes: Uint8Array, most: number, levels: Uint8Array): void {
  const width = 32 - Math.clz32(most);
  let at = 0;
  let filled = 0;
  while (filled < levels.length) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) throw corrupt("bad levels");
      header += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    if ((header & 1) === 0) {
      const value = bytes[at++];
      const end = filled + Math.floor(header / 2);
      if (value === undefined || value > most || end === filled) throw corrupt("bad levels");
      levels.fill(value, filled, end);
      filled = Math.min(end, levels.length);
      continue;
    }
    const groups = Math.floor(header / 2);
    // The last group may be cut behind the last level.
    const count = Math.min(groups * 8, levels.length - filled);
    if (count === 0 || at + Math.ceil((count * width) / 8) > bytes.length) throw corrupt("bad levels");
    for (let i = 0; i < count; i++) {
      const bit = i * width;
      const byte = at + (bit >> 3);
      const word = (bytes[byte] as number) | ((bytes[byte + 1] ?? 0) << 8);
      const value = (word >> (bit & 7)) & ((1 << width) - 1);
      if (value > most) throw corrupt("bad levels");
      levels[filled++] = value;
    }
    at += groups * width;
  }
}
