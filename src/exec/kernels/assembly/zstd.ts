/** Zstandard decompression (RFC 8878), without dictionaries. */

import { copyMatch, copyVectors } from "./bytes";
import { xxHash64 } from "./xxhash";

/**
 * Layout of the scratch memory, `ZSTD_SCRATCH` bytes of the caller. Decoding tables have entries of 8 bytes: u32 base
 * value, u16 base of the next state, u8 bits of the next state, u8 extra bits of the value.
 */
const HUFFMAN: usize = 0; // 2048 entries of u8 symbol, u8 bits
const LITERAL_LENGTHS: usize = 4096; // 512 entries
const MATCH_LENGTHS: usize = LITERAL_LENGTHS + 4096; // 512 entries
const OFFSETS: usize = MATCH_LENGTHS + 4096; // 256 entries
const WEIGHT_STATES: usize = OFFSETS + 2048; // 64 entries
const COUNTS: usize = WEIGHT_STATES + 512; // i16 per symbol
const NEXT: usize = COUNTS + 512; // u16 per symbol
const WEIGHTS: usize = NEXT + 512; // u8 per symbol
const STATE: usize = WEIGHTS + 256; // the variables below, kept between blocks
const LITERALS: usize = STATE + 64; // a block's decoded literals

const HUFFMAN_LOG: usize = STATE;
const LITERAL_LENGTH_LOG: usize = STATE + 4;
const MATCH_LENGTH_LOG: usize = STATE + 8;
const OFFSET_LOG: usize = STATE + 12;
const REPEAT_1: usize = STATE + 16;
const REPEAT_2: usize = STATE + 20;
const REPEAT_3: usize = STATE + 24;
const SECTION_END: usize = STATE + 28;
const LITERALS_AT: usize = STATE + 32;
const LITERALS_SIZE: usize = STATE + 36;
const ACCURACY: usize = STATE + 40;

const MOST_BLOCK: u32 = 128 * 1024;
/** A table that was not set yet in this frame. */
const NO_TABLE: u32 = 255;

/** Decompresses all frames of [source, sourceEnd). Returns the bytes written, or -1 when the input is corrupt. */
export function zstdDecompress(
  source: usize,
  sourceEnd: usize,
  target: usize,
  targetEnd: usize,
  scratch: usize,
): i32 {
  const start = target;
  while (source < sourceEnd) {
    if (sourceEnd - source < 8) return -1;
    const magic = load<u32>(source);
    source += 4;
    if ((magic & 0xfffffff0) == 0x184d2a50) {
      const size: usize = load<u32>(source);
      source += 4;
      if (size > sourceEnd - source) return -1;
      source += size;
      continue;
    }
    if (magic != 0xfd2fb528) return -1;
    const descriptor = <u32>load<u8>(source++);
    const single = (descriptor >> 5) & 1;
    const dictionary = descriptor & 3;
    if ((descriptor & 8) != 0 || dictionary != 0) return -1;
    const sizeFlag = descriptor >> 6;
    const sizeBytes: usize = sizeFlag == 0 ? <usize>single : (<usize>1) << <usize>sizeFlag;
    const header: usize = (single == 0 ? 1 : 0) + sizeBytes;
    if (header > sourceEnd - source) return -1;
    source += header;
    let content = u64.MAX_VALUE;
    if (sizeBytes == 1) content = load<u8>(source - 1);
    else if (sizeBytes == 2) content = <u64>load<u16>(source - 2) + 256;
    else if (sizeBytes == 4) content = load<u32>(source - 4);
    else if (sizeBytes == 8) content = load<u64>(source - 8);

    const frame = target;
    zstdBegin(scratch);
    for (let last: u32 = 0; last == 0; ) {
      if (sourceEnd - source < 3) return -1;
      const block = load<u32>(source) & 0xffffff;
      source += 3;
      last = block & 1;
      const size: usize = block >> 3;
      const type = (block >> 1) & 3;
      if (type == 1) {
        if (source >= sourceEnd || size > targetEnd - target) return -1;
        memory.fill(target, load<u8>(source), size);
        source += 1;
        target += size;
        continue;
      }
      if (size > sourceEnd - source) return -1;
      if (type == 0) {
        if (size > targetEnd - target) return -1;
        memory.copy(target, source, size);
        target += size;
      } else if (type == 2) {
        target = decodeBlock(source, source + size, frame, target, targetEnd, scratch);
        if (target == 0) return -1;
      } else {
        return -1;
      }
      source += size;
    }
    if (sizeBytes > 0 && content != <u64>(target - frame)) return -1;
    if ((descriptor & 4) != 0) {
      if (sourceEnd - source < 4 || load<u32>(source) != <u32>xxHash64(frame, target - frame)) return -1;
      source += 4;
    }
  }
  return <i32>(target - start);
}

/** Prepares the scratch memory for a frame. */
export function zstdBegin(scratch: usize): void {
  store<u32>(scratch + HUFFMAN_LOG, NO_TABLE);
  store<u32>(scratch + LITERAL_LENGTH_LOG, NO_TABLE);
  store<u32>(scratch + MATCH_LENGTH_LOG, NO_TABLE);
  store<u32>(scratch + OFFSET_LOG, NO_TABLE);
  store<u32>(scratch + REPEAT_1, 1);
  store<u32>(scratch + REPEAT_2, 4);
  store<u32>(scratch + REPEAT_3, 8);
}

/** Decompresses a block of a frame whose output so far is [frame, target). Returns the end of the output, or 0. */
export function zstdBlock(source: usize, end: usize, frame: usize, target: usize, targetEnd: usize, scratch: usize): usize {
  return decodeBlock(source, end, frame, target, targetEnd, scratch);
}

/** Returns the end of the block's output, or 0. */
function decodeBlock(source: usize, end: usize, frame: usize, target: usize, targetEnd: usize, scratch: usize): usize {
  if (!decodeLiterals(source, end, scratch)) return 0;
  source = load<u32>(scratch + SECTION_END);
  if (source >= end) return 0;
  let sequences = <u32>load<u8>(source++);
  if (sequences > 127) {
    if (sequences < 255) {
      if (source >= end) return 0;
      sequences = ((sequences - 128) << 8) | load<u8>(source);
      source += 1;
    } else {
      if (end - source < 2) return 0;
      sequences = <u32>load<u16>(source) + 0x7f00;
      source += 2;
    }
  }
  const literals: usize = load<u32>(scratch + LITERALS_AT);
  const size: usize = load<u32>(scratch + LITERALS_SIZE);
  if (sequences == 0) {
    if (source != end || size > targetEnd - target) return 0;
    memory.copy(target, literals, size);
    return target + size;
  }
  if (source >= end) return 0;
  const modes = <u32>load<u8>(source++);
  if ((modes & 3) != 0) return 0;
  if ((source = readTable(modes >> 6, 0, source, end, scratch)) == 0) return 0;
  if ((source = readTable((modes >> 4) & 3, 1, source, end, scratch)) == 0) return 0;
  if ((source = readTable((modes >> 2) & 3, 2, source, end, scratch)) == 0) return 0;
  return runSequences(source, end, sequences, literals, literals + size, frame, target, targetEnd, scratch);
}

/** Bits below the end mark of a stream that is read backwards, or -1. */
@inline
function backwardBits(source: usize, end: usize): i32 {
  if (source >= end) return -1;
  const last = <u32>load<u8>(end - 1);
  return last == 0 ? -1 : <i32>((end - source) << 3) - 8 + <i32>(31 - clz(last));
}

/** `count` <= 56 bits from bit `at` >= 0 of the stream on. */
@inline
function bitsAt(stream: usize, at: i32, count: u32): u64 {
  return (load<u64>(stream + <usize>(at >> 3)) >> <u64>(at & 7)) & (((<u64>1) << <u64>count) - 1);
}

function runSequences(
  stream: usize,
  end: usize,
  count: u32,
  literals: usize,
  literalsEnd: usize,
  frame: usize,
  target: usize,
  targetEnd: usize,
  scratch: usize,
): usize {
  let at = backwardBits(stream, end);
  if (at < 0) return 0;
  const lengthLog = load<u32>(scratch + LITERAL_LENGTH_LOG);
  const offsetLog = load<u32>(scratch + OFFSET_LOG);
  const matchLog = load<u32>(scratch + MATCH_LENGTH_LOG);
  at -= <i32>(lengthLog + offsetLog + matchLog);
  if (at < 0) return 0;
  let lengthState = <usize>bitsAt(stream, at + <i32>(offsetLog + matchLog), lengthLog);
  let offsetState = <usize>bitsAt(stream, at + <i32>matchLog, offsetLog);
  let matchState = <usize>bitsAt(stream, at, matchLog);
  let repeat1 = load<u32>(scratch + REPEAT_1);
  let repeat2 = load<u32>(scratch + REPEAT_2);
  let repeat3 = load<u32>(scratch + REPEAT_3);

  for (;;) {
    const lengthEntry = load<u64>(scratch + LITERAL_LENGTHS + (lengthState << 3));
    const offsetEntry = load<u64>(scratch + OFFSETS + (offsetState << 3));
    const matchEntry = load<u64>(scratch + MATCH_LENGTHS + (matchState << 3));

    const offsetBits = <u32>(offsetEntry >> 56);
    const matchBits = <u32>(matchEntry >> 56);
    const lengthBits = <u32>(lengthEntry >> 56);
    at -= <i32>(offsetBits + matchBits + lengthBits);
    if (at < 0) return 0;
    let offset = <u32>offsetEntry + <u32>bitsAt(stream, at + <i32>(matchBits + lengthBits), offsetBits);
    const match: usize = <u32>matchEntry + <u32>bitsAt(stream, at + <i32>lengthBits, matchBits);
    const length: usize = <u32>lengthEntry + <u32>bitsAt(stream, at, lengthBits);

    if (offset > 3) {
      offset -= 3;
      repeat3 = repeat2;
      repeat2 = repeat1;
      repeat1 = offset;
    } else {
      const which = offset + (length == 0 ? 1 : 0);
      if (which == 1) {
        offset = repeat1;
      } else {
        offset = which == 2 ? repeat2 : which == 3 ? repeat3 : repeat1 - 1;
        if (which > 2) repeat3 = repeat2;
        repeat2 = repeat1;
        repeat1 = offset;
      }
    }

    if (length > literalsEnd - literals || length > targetEnd - target) return 0;
    if (length <= 32) copyVectors(target, literals, length);
    else memory.copy(target, literals, length);
    literals += length;
    target += length;
    if (offset == 0 || <usize>offset > target - frame || match > targetEnd - target) return 0;
    copyMatch(target, <usize>offset, match);
    target += match;

    if (--count == 0) break;
    const lengthNext = <u32>(lengthEntry >> 48) & 255;
    const matchNext = <u32>(matchEntry >> 48) & 255;
    const offsetNext = <u32>(offsetEntry >> 48) & 255;
    at -= <i32>(lengthNext + matchNext + offsetNext);
    if (at < 0) return 0;
    const bits = bitsAt(stream, at, lengthNext + matchNext + offsetNext);
    offsetState = (<usize>(offsetEntry >> 32) & 0xffff) + <usize>(bits & (((<u64>1) << <u64>offsetNext) - 1));
    matchState =
      (<usize>(matchEntry >> 32) & 0xffff) +
      <usize>((bits >> <u64>offsetNext) & (((<u64>1) << <u64>matchNext) - 1));
    lengthState = (<usize>(lengthEntry >> 32) & 0xffff) + <usize>(bits >> <u64>(offsetNext + matchNext));
  }
  if (at != 0) return 0;
  store<u32>(scratch + REPEAT_1, repeat1);
  store<u32>(scratch + REPEAT_2, repeat2);
  store<u32>(scratch + REPEAT_3, repeat3);
  const rest = literalsEnd - literals;
  if (rest > targetEnd - target) return 0;
  memory.copy(target, literals, rest);
  return target + rest;
}

/** Sets LITERALS_AT, LITERALS_SIZE and SECTION_END. */
function decodeLiterals(source: usize, end: usize, scratch: usize): bool {
  if (source >= end) return false;
  const head = load<u64>(source);
  const type = <u32>head & 3;
  const format = <u32>(head >> 2) & 3;
  if (type < 2) {
    const bytes: usize = format == 1 ? 2 : format == 3 ? 3 : 1;
    const size: u32 = format == 1 ? <u32>(head >> 4) & 0xfff : format == 3 ? <u32>(head >> 4) & 0xfffff : <u32>(head >> 3) & 31;
    if (bytes > end - source || size > MOST_BLOCK) return false;
    source += bytes;
    if (type == 0) {
      if (<usize>size > end - source) return false;
      store<u32>(scratch + LITERALS_AT, <u32>source);
      store<u32>(scratch + SECTION_END, <u32>(source + size));
    } else {
      if (source >= end) return false;
      memory.fill(scratch + LITERALS, load<u8>(source), size);
      store<u32>(scratch + LITERALS_AT, <u32>(scratch + LITERALS));
      store<u32>(scratch + SECTION_END, <u32>(source + 1));
    }
    store<u32>(scratch + LITERALS_SIZE, size);
    return true;
  }

  const bits: u64 = format < 2 ? 10 : format == 2 ? 14 : 18;
  const bytes: usize = format < 2 ? 3 : format == 2 ? 4 : 5;
  const size = <u32>(head >> 4) & ((1 << <u32>bits) - 1);
  const compressed = <usize>((head >> (4 + bits)) & (((<u64>1) << bits) - 1));
  if (bytes > end - source || compressed > end - source - bytes || size > MOST_BLOCK || size == 0) return false;
  source += bytes;
  end = source + compressed;
  store<u32>(scratch + LITERALS_AT, <u32>(scratch + LITERALS));
  store<u32>(scratch + LITERALS_SIZE, size);
  store<u32>(scratch + SECTION_END, <u32>end);
  if (type == 2) {
    source = readHuffmanTable(source, end, scratch);
    if (source == 0) return false;
  } else if (load<u32>(scratch + HUFFMAN_LOG) == NO_TABLE) {
    return false;
  }
  const target = scratch + LITERALS;
  if (format == 0) return decodeStream(source, end, target, target + size, scratch);

  if (end - source < 6) return false;
  const first: usize = load<u16>(source);
  const second: usize = load<u16>(source + 2);
  const third: usize = load<u16>(source + 4);
  source += 6;
  if (first + second + third > end - source) return false;
  const quarter: usize = (size + 3) >> 2;
  if (quarter * 3 > <usize>size) return false;
  return decodeFourStreams(
    source,
    source + first,
    source + first + second,
    source + first + second + third,
    end,
    target,
    quarter,
    target + size,
    scratch,
  );
}

/** Decodes one symbol at bit `at` (the stream's rest is [0, at)); `at` may be less than the table's log. */
@inline
function peek(stream: usize, at: i32, log: i32): usize {
  return at >= log
    ? <usize>bitsAt(stream, at - log, log)
    : <usize>((load<u64>(stream) & (((<u64>1) << <u64>at) - 1)) << <u64>(log - at));
}

/** Decodes the end of a Huffman stream, from bit `at` downwards, to exactly [target, targetEnd). */
function finishStream(stream: usize, at: i32, target: usize, targetEnd: usize, scratch: usize): bool {
  const log = <i32>load<u32>(scratch + HUFFMAN_LOG);
  while (target < targetEnd) {
    if (at <= 0) return false;
    const entry = <u32>load<u16>(scratch + HUFFMAN + (peek(stream, at, log) << 1));
    store<u8>(target++, entry);
    at -= <i32>(entry >> 8);
  }
  return at == 0;
}

function decodeStream(stream: usize, end: usize, target: usize, targetEnd: usize, scratch: usize): bool {
  const at = backwardBits(stream, end);
  return at >= 0 && finishStream(stream, at, target, targetEnd, scratch);
}

/** Decodes four symbols from the 44 bits below `at`; returns the bits that they took. */
@inline
function decodeFour(stream: usize, at: i32, target: usize, table: usize, shift: u64, mask: u64): i32 {
  const word = bitsAt(stream, at - 44, 56);
  const a = <u64>load<u16>(table + (<usize>((word >> shift) & mask) << 1));
  let used = a >> 8;
  const b = <u64>load<u16>(table + (<usize>((word >> (shift - used)) & mask) << 1));
  used += b >> 8;
  const c = <u64>load<u16>(table + (<usize>((word >> (shift - used)) & mask) << 1));
  used += c >> 8;
  const d = <u64>load<u16>(table + (<usize>((word >> (shift - used)) & mask) << 1));
  used += d >> 8;
  store<u32>(target, <u32>((a & 255) | ((b & 255) << 8) | ((c & 255) << 16) | (d << 24)));
  return <i32>used;
}

/** Four streams side by side: their loads do not wait for each other. */
function decodeFourStreams(
  s1: usize,
  s2: usize,
  s3: usize,
  s4: usize,
  end: usize,
  target: usize,
  quarter: usize,
  targetEnd: usize,
  scratch: usize,
): bool {
  let at1 = backwardBits(s1, s2);
  let at2 = backwardBits(s2, s3);
  let at3 = backwardBits(s3, s4);
  let at4 = backwardBits(s4, end);
  if (at1 < 0 || at2 < 0 || at3 < 0 || at4 < 0) return false;
  const log = load<u32>(scratch + HUFFMAN_LOG);
  const shift = <u64>(44 - log);
  const mask = ((<u64>1) << <u64>log) - 1;
  const table = scratch + HUFFMAN;
  const t2 = target + quarter;
  const t3 = t2 + quarter;
  const t4 = t3 + quarter;
  // The last stream is the shortest one.
  const most = targetEnd - t4;
  let done: usize = 0;
  while (done + 4 <= most && at1 >= 44 && at2 >= 44 && at3 >= 44 && at4 >= 44) {
    at1 -= decodeFour(s1, at1, target + done, table, shift, mask);
    at2 -= decodeFour(s2, at2, t2 + done, table, shift, mask);
    at3 -= decodeFour(s3, at3, t3 + done, table, shift, mask);
    at4 -= decodeFour(s4, at4, t4 + done, table, shift, mask);
    done += 4;
  }
  return (
    finishStream(s1, at1, target + done, t2, scratch) &&
    finishStream(s2, at2, t2 + done, t3, scratch) &&
    finishStream(s3, at3, t3 + done, t4, scratch) &&
    finishStream(s4, at4, t4 + done, targetEnd, scratch)
  );
}

/** Reads a Huffman tree description and builds its table. Returns the address after it, or 0. */
function readHuffmanTable(source: usize, end: usize, scratch: usize): usize {
  if (source >= end) return 0;
  const head = <u32>load<u8>(source++);
  const weights = scratch + WEIGHTS;
  let symbols: u32;
  if (head < 128) {
    if (<usize>head > end - source) return 0;
    symbols = readWeights(source, source + head, scratch);
    if (symbols == 0) return 0;
    source += head;
  } else {
    symbols = head - 127;
    const bytes: usize = (symbols + 1) >> 1;
    if (bytes > end - source) return 0;
    for (let i: u32 = 0; i < symbols; i++) {
      const pair = <u32>load<u8>(source + (i >> 1));
      store<u8>(weights + i, (i & 1) == 0 ? pair >> 4 : pair & 15);
    }
    source += bytes;
  }

  let sum: u32 = 0;
  for (let i: u32 = 0; i < symbols; i++) {
    const weight = <u32>load<u8>(weights + i);
    if (weight > 11) return 0;
    if (weight > 0) sum += 1 << (weight - 1);
  }
  if (sum == 0) return 0;
  const log: u32 = 32 - clz(sum);
  if (log > 11) return 0;
  // The last weight is what completes a power of two.
  const rest = (1 << log) - sum;
  if ((rest & (rest - 1)) != 0) return 0;
  store<u8>(weights + symbols, 32 - clz(rest));
  symbols += 1;

  let entry = scratch + HUFFMAN;
  for (let weight: u32 = 1; weight <= log; weight++) {
    const bits = log + 1 - weight;
    for (let symbol: u32 = 0; symbol < symbols; symbol++) {
      if (<u32>load<u8>(weights + symbol) != weight) continue;
      const entryEnd = entry + ((<usize>1) << <usize>weight);
      for (; entry < entryEnd; entry += 2) store<u16>(entry, <u16>(symbol | (bits << 8)));
    }
  }
  store<u32>(scratch + HUFFMAN_LOG, log);
  return source;
}

/** Decodes FSE-compressed weights, which fill [source, end). Returns how many, or 0. */
function readWeights(source: usize, end: usize, scratch: usize): u32 {
  const stream = readCounts(source, end, 6, 255, scratch);
  if (stream == 0) return 0;
  const log = <i32>load<u32>(scratch + ACCURACY);
  buildTable(scratch + WEIGHT_STATES, log, 3, scratch);
  let at = backwardBits(stream, end);
  at -= 2 * log;
  if (at < 0) return 0;
  let one = <usize>bitsAt(stream, at + log, log);
  let two = <usize>bitsAt(stream, at, log);
  const weights = scratch + WEIGHTS;
  let symbols: u32 = 0;
  // The states take turns until the stream lacks bits for the next one; then the other gives the last symbol.
  while (symbols < 254) {
    const entry = load<u64>(scratch + WEIGHT_STATES + (one << 3));
    store<u8>(weights + symbols++, <u8>entry);
    const bits = <i32>((entry >> 48) & 255);
    at -= bits;
    if (at < 0) {
      store<u8>(weights + symbols++, <u8>load<u64>(scratch + WEIGHT_STATES + (two << 3)));
      return symbols;
    }
    const next = (<usize>(entry >> 32) & 0xffff) + <usize>bitsAt(stream, at, bits);
    one = two;
    two = next;
  }
  return 0;
}

/** Which: 0 literal lengths, 1 offsets, 2 match lengths. Returns the address after the description, or 0. */
function readTable(mode: u32, which: u32, source: usize, end: usize, scratch: usize): usize {
  const table = scratch + (which == 0 ? LITERAL_LENGTHS : which == 1 ? OFFSETS : MATCH_LENGTHS);
  const logAt = scratch + (which == 0 ? LITERAL_LENGTH_LOG : which == 1 ? OFFSET_LOG : MATCH_LENGTH_LOG);
  const mostSymbol: u32 = which == 0 ? 35 : which == 1 ? 31 : 52;
  if (mode == 3) return load<u32>(logAt) == NO_TABLE ? 0 : source;
  if (mode == 1) {
    if (source >= end) return 0;
    const symbol = <u32>load<u8>(source);
    if (symbol > mostSymbol) return 0;
    store<u64>(table, valueOf(which, symbol));
    store<u32>(logAt, 0);
    return source + 1;
  }
  let log: u32;
  if (mode == 0) {
    setDefaultCounts(which, scratch + COUNTS);
    log = which == 1 ? 5 : 6;
  } else {
    source = readCounts(source, end, which == 1 ? 8 : 9, mostSymbol, scratch);
    if (source == 0) return 0;
    log = load<u32>(scratch + ACCURACY);
  }
  buildTable(table, log, which, scratch);
  store<u32>(logAt, log);
  return source;
}

/** A symbol's base value and, in the top byte, its extra bits. `which` 3: the symbol itself. */
function valueOf(which: u32, symbol: u32): u64 {
  if (which == 3) return symbol;
  if (which == 1) return <u64>((<u32>1) << symbol) | (<u64>symbol << 56);
  let code = which == 0 ? <u32>16 : <u32>32;
  if (symbol < code) return which == 0 ? symbol : symbol + 3;
  let base = which == 0 ? <u32>16 : <u32>35;
  for (; code < symbol; code++) base += 1 << (which == 0 ? literalLengthBits(code) : matchLengthBits(code));
  return <u64>base | (<u64>(which == 0 ? literalLengthBits(code) : matchLengthBits(code)) << 56);
}

function literalLengthBits(code: u32): u32 {
  if (code < 20) return 1;
  if (code < 22) return 2;
  if (code < 24) return 3;
  return code == 24 ? 4 : code - 19;
}

function matchLengthBits(code: u32): u32 {
  if (code < 36) return 1;
  if (code < 38) return 2;
  if (code < 40) return 3;
  if (code < 42) return 4;
  return code == 42 ? 5 : code - 36;
}

/** The predefined distributions (RFC 8878, section 3.1.1.3.2.2). */
function setDefaultCounts(which: u32, counts: usize): void {
  for (let symbol: usize = 0; symbol < 256; symbol++) {
    let count: i16 = 0;
    if (which == 0) {
      if (symbol == 0) count = 4;
      else if (symbol == 1 || symbol == 25) count = 3;
      else if ((symbol >= 13 && symbol <= 15) || (symbol >= 27 && symbol <= 31)) count = 1;
      else if (symbol <= 26) count = 2;
      else if (symbol <= 35) count = -1;
    } else if (which == 1) {
      if (symbol >= 6 && symbol <= 8) count = 2;
      else if (symbol <= 23) count = 1;
      else if (symbol <= 28) count = -1;
    } else {
      if (symbol == 1) count = 4;
      else if (symbol == 2) count = 3;
      else if (symbol >= 3 && symbol <= 8) count = 2;
      else if (symbol <= 45) count = 1;
      else if (symbol <= 52) count = -1;
    }
    store<i16>(counts + (symbol << 1), count);
  }
}

/**
 * Reads a distribution of at most `mostSymbol` + 1 symbols to COUNTS and its logarithm to ACCURACY. Returns the
 * address after it, or 0.
 */
function readCounts(source: usize, end: usize, mostLog: u32, mostSymbol: u32, scratch: usize): usize {
  if (source >= end) return 0;
  const counts = scratch + COUNTS;
  memory.fill(counts, 0, 512);
  const available = <u32>((end - source) << 3);
  const log = (<u32>load<u8>(source) & 15) + 5;
  if (log > mostLog) return 0;
  let at: u32 = 4;
  let remaining: i32 = (1 << log) + 1;
  let threshold: i32 = 1 << log;
  let bits: u32 = log + 1;
  let symbol: u32 = 0;
  while (remaining > 1) {
    if (at >= available || symbol > mostSymbol) return 0;
    const word = <i32>(load<u64>(source + (at >> 3)) >> <u64>(at & 7));
    const most = 2 * threshold - 1 - remaining;
    let count = word & (threshold - 1);
    if (count < most) {
      at += bits - 1;
    } else {
      count = word & (2 * threshold - 1);
      if (count >= threshold) count -= most;
      at += bits;
    }
    count -= 1;
    remaining -= count < 0 ? 1 : count;
    store<i16>(counts + (<usize>symbol << 1), <i16>count);
    symbol += 1;
    if (count == 0) {
      let zeros: u32;
      do {
        if (at >= available) return 0;
        zeros = <u32>(load<u16>(source + (at >> 3)) >> <u16>(at & 7)) & 3;
        at += 2;
        symbol += zeros;
      } while (zeros == 3);
    }
    while (remaining < threshold && bits > 1) {
      bits -= 1;
      threshold >>= 1;
    }
  }
  if (remaining != 1 || at > available || symbol > mostSymbol + 1) return 0;
  store<u32>(scratch + ACCURACY, log);
  return source + ((at + 7) >> 3);
}

/** Spreads the symbols of COUNTS, which add up to 1 << log, over a decoding table. */
function buildTable(table: usize, log: u32, which: u32, scratch: usize): void {
  const counts = scratch + COUNTS;
  const next = scratch + NEXT;
  const size: u32 = 1 << log;
  const mask = size - 1;
  let high = mask;
  for (let symbol: usize = 0; symbol < 256; symbol++) {
    const count = load<i16>(counts + (symbol << 1));
    store<u16>(next + (symbol << 1), count < 0 ? 1 : <u16>count);
    if (count < 0) {
      store<u64>(table + (<usize>high << 3), symbol);
      high -= 1;
    }
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at: u32 = 0;
  for (let symbol: usize = 0; symbol < 256; symbol++) {
    const count = <i32>load<i16>(counts + (symbol << 1));
    for (let i = 0; i < count; i++) {
      store<u64>(table + (<usize>at << 3), symbol);
      do at = (at + step) & mask;
      while (at > high);
    }
  }
  for (let state: u32 = 0; state < size; state++) {
    const entry = table + (<usize>state << 3);
    const symbol = load<u32>(entry);
    const turn = <u32>load<u16>(next + (<usize>symbol << 1));
    store<u16>(next + (<usize>symbol << 1), <u16>(turn + 1));
    const bits = log - (31 - clz(turn));
    const base = (turn << bits) - size;
    store<u64>(entry, valueOf(which, symbol) | (<u64>base << 32) | (<u64>bits << 48));
  }
}
