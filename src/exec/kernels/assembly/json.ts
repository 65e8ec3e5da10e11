/**
 * JSON texts (RFC 8259): values one after the other, one a line, or the items of one array. Everything is checked, also what
 * nobody asked for, but for the UTF-8 of strings, which the conversions look at.
 */
import { storeRef } from "./strings";

const LF: u32 = 10;
const QUOTE: u32 = 34;
const COMMA: u32 = 44;
const COLON: u32 = 58;
const BACKSLASH: u32 = 92;
const OPEN_LIST: u32 = 91;
const CLOSE_LIST: u32 = 93;
const OPEN_OBJECT: u32 = 123;
const CLOSE_OBJECT: u32 = 125;

@inline
function isSpace(byte: u32): bool {
  return byte == 32 || byte == LF || byte == 13 || byte == 9;
}

/**
 * Goes through [at, end) in search of the first place at `target` or later where nothing is open: behind a value or before what
 * separates two. Returns its address, or `end + 1`. `state` is {u32 depth, u32 0 outside of strings, 1 inside, 2 behind a
 * backslash, u32 at least the number of values so far, u32 1 behind a separator}.
 */
export function jsonBoundary(at: usize, end: usize, target: usize, state: usize): usize {
  let depth = load<u32>(state);
  let inside = load<u32>(state, 4);
  let values = load<u32>(state, 8);
  let apart = load<u32>(state, 12);
  const quotes = i8x16.splat(<i8>QUOTE);
  const escapes = i8x16.splat(<i8>BACKSLASH);
  let pos = at;
  let found = end + 1;
  while (pos < end) {
    if (inside == 2) {
      inside = 1;
      pos++;
      continue;
    }
    if (inside == 1) {
      const block = v128.load(pos);
      let mask: u32 = i8x16.bitmask(v128.or(i8x16.eq(block, quotes), i8x16.eq(block, escapes)));
      if (end - pos < 16) mask &= (1 << <u32>(end - pos)) - 1;
      if (mask == 0) {
        pos += 16;
        continue;
      }
      pos += ctz(mask);
      inside = <u32>load<u8>(pos++) == QUOTE ? 0 : 2;
      continue;
    }
    const byte = <u32>load<u8>(pos++);
    if (byte == QUOTE) {
      inside = 1;
      if (depth == 0) values++;
    } else if (byte == OPEN_OBJECT || byte == OPEN_LIST) {
      if (depth++ == 0) values++;
    } else if (byte == CLOSE_OBJECT || byte == CLOSE_LIST) {
      // At depth 0 it closes the array around the values.
      if (depth == 0) continue;
      if (--depth == 0 && pos >= target) {
        found = pos;
        break;
      }
    } else if (depth == 0) {
      const separates = byte == COMMA || isSpace(byte);
      if (separates && pos > target) {
        found = pos - 1;
        break;
      }
      if (!separates && apart != 0) values++;
      apart = separates ? 1 : 0;
    }
  }
  store<u32>(state, depth);
  store<u32>(state, inside, 4);
  store<u32>(state, values, 8);
  store<u32>(state, found > end ? apart : 1, 12);
  return found;
}

/** Offsets in the configuration of `jsonParse`, all u32. */
const FLAGS: usize = 0;
const COLUMNS: usize = 4;
/** Address of {u32 address, u32 length} per column: its key. */
const NAMES: usize = 8;
/** Address of a u32 per bucket: 1 + a column; open addressing by `keyHash`. */
const BUCKETS: usize = 12;
const BUCKET_MASK: usize = 16;
/** Address of an i32 per column: its slot, or -1. */
const SLOTS: usize = 20;
/** Address of a byte per slot: 1 for texts as written, quotes included. */
const RAW: usize = 24;
/** Address of a u32 per slot: its references. */
const REFS: usize = 28;
const CAPACITY: usize = 32;
/** Address of a zeroed u32 per column, for finding keys that come twice. */
const MARKS: usize = 36;
/** Results: rows, and of the first error the offsets of the value and of the place, and the length of the key. */
const ROWS: usize = 40;
const VALUE_OFFSET: usize = 44;
const ERROR_OFFSET: usize = 48;
const KEY_LENGTH: usize = 52;
const SKIPPED: usize = 56;
/** A bit per level of nesting: 1 inside an object. */
const STACK: usize = 64;
/** Address of {u32 code, u32 value, u32 place, u32 length of the key} per line that is left out; 0: nobody wants to know. */
const REJECTS: usize = 192;

/** One value a line, which lies in it whole. */
const LINES: u32 = 1;
/** The items of an array, behind its opening bracket. */
const ARRAY: u32 = 2;
/** Values are objects whose keys are the columns; otherwise they are the only column. */
const RECORDS: u32 = 4;
/** Keys that are no columns are errors. */
const STRICT: u32 = 8;
/** Lines that are malformed are left out. */
const SKIP: u32 = 16;
/** The piece begins behind the array's opening bracket, ends at the file's end. */
const FIRST: u32 = 32;
const LAST: u32 = 64;

const OK: i32 = 0;
const MALFORMED: i32 = 1;
const UNKNOWN_KEY: i32 = 2;
const DUPLICATE_KEY: i32 = 3;
const NO_OBJECT: i32 = 4;
const TOO_DEEP: i32 = 5;
const MAX_DEPTH: u32 = 1000;

/** The first line feed in [at, end), or `end`. */
function lineEnd(at: usize, end: usize): usize {
  const newlines = i8x16.splat(<i8>LF);
  for (let pos = at; pos < end; pos += 16) {
    let mask: u32 = i8x16.bitmask(i8x16.eq(v128.load(pos), newlines));
    if (end - pos < 16) mask &= (1 << <u32>(end - pos)) - 1;
    if (mask != 0) return pos + ctz(mask);
  }
  return end;
}

@inline
export function skipSpace(at: usize, end: usize): usize {
  while (at < end && isSpace(load<u8>(at))) at++;
  return at;
}

/** FNV-1a. */
export function jsonKeyHash(at: usize, length: u32): u32 {
  let hash: u32 = 2166136261;
  for (let i: usize = 0; i < <usize>length; i++) hash = (hash ^ <u32>load<u8>(at + i)) * 16777619;
  return hash;
}

/** The address of the closing quote of the string that begins at `at`, behind its opening one; 0: malformed at `config`'s place. */
export function stringEnd(at: usize, end: usize, config: usize): usize {
  const quotes = i8x16.splat(<i8>QUOTE);
  const escapes = i8x16.splat(<i8>BACKSLASH);
  const spaces = i8x16.splat(32);
  let pos = at;
  while (pos < end) {
    const block = v128.load(pos);
    const special = v128.or(v128.or(i8x16.eq(block, quotes), i8x16.eq(block, escapes)), i8x16.lt_u(block, spaces));
    let mask: u32 = i8x16.bitmask(special);
    if (end - pos < 16) mask &= (1 << <u32>(end - pos)) - 1;
    if (mask == 0) {
      pos += 16;
      continue;
    }
    pos += ctz(mask);
    const byte = <u32>load<u8>(pos);
    if (byte == QUOTE) return pos;
    if (byte != BACKSLASH || end - pos < 2) break;
    const escape = <u32>load<u8>(pos + 1);
    if (escape == 117) {
      if (end - pos < 6 || hexAt(pos + 2) < 0) break;
      pos += 6;
    } else if (escape == QUOTE || escape == BACKSLASH || escape == 47 || escape == 98 || escape == 102 || escape == 110 || escape == 114 || escape == 116) pos += 2;
    else break;
  }
  store<u32>(config, <u32>(pos < end ? pos : end), ERROR_OFFSET);
  return 0;
}

/** The number that four hexadecimal digits make, or -1. */
function hexAt(at: usize): i32 {
  let value: i32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const byte = <i32>load<u8>(at + i);
    const digit = byte - 48;
    const letter = (byte | 32) - 97;
    if (digit >= 0 && digit <= 9) value = value * 16 + digit;
    else if (letter >= 0 && letter <= 5) value = value * 16 + letter + 10;
    else return -1;
  }
  return value;
}

/** Whether there is a backslash in [at, end). */
export function hasEscape(at: usize, end: usize): bool {
  for (let pos = at; pos < end; pos += 16) {
    let mask: u32 = i8x16.bitmask(i8x16.eq(v128.load(pos), i8x16.splat(<i8>BACKSLASH)));
    if (end - pos < 16) mask &= (1 << <u32>(end - pos)) - 1;
    if (mask != 0) return true;
  }
  return false;
}

/** Replaces the escapes of the checked string [at, end) where it lies; the new end, or 0 where half a surrogate pair stands. */
export function unescape(at: usize, end: usize): usize {
  let to = at;
  let from = at;
  while (from < end) {
    const byte = <u32>load<u8>(from);
    if (byte != BACKSLASH) {
      store<u8>(to++, <u8>byte);
      from++;
      continue;
    }
    const escape = <u32>load<u8>(from + 1);
    if (escape != 117) {
      const plain: u32 = escape == 98 ? 8 : escape == 102 ? 12 : escape == 110 ? LF : escape == 114 ? 13 : escape == 116 ? 9 : escape;
      store<u8>(to++, <u8>plain);
      from += 2;
      continue;
    }
    let code = <u32>hexAt(from + 2);
    from += 6;
    if (code >= 0xd800 && code < 0xe000) {
      if (code >= 0xdc00 || end - from < 6 || <u32>load<u16>(from) != 0x755c) return 0;
      const low = <u32>hexAt(from + 2);
      if (low < 0xdc00 || low >= 0xe000) return 0;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      from += 6;
    }
    if (code < 0x80) store<u8>(to++, <u8>code);
    else if (code < 0x800) {
      store<u8>(to++, <u8>(0xc0 | (code >> 6)));
      store<u8>(to++, <u8>(0x80 | (code & 63)));
    } else if (code < 0x10000) {
      store<u8>(to++, <u8>(0xe0 | (code >> 12)));
      store<u8>(to++, <u8>(0x80 | ((code >> 6) & 63)));
      store<u8>(to++, <u8>(0x80 | (code & 63)));
    } else {
      store<u8>(to++, <u8>(0xf0 | (code >> 18)));
      store<u8>(to++, <u8>(0x80 | ((code >> 12) & 63)));
      store<u8>(to++, <u8>(0x80 | ((code >> 6) & 63)));
      store<u8>(to++, <u8>(0x80 | (code & 63)));
    }
  }
  return to;
}

@inline
function isDigit(at: usize, end: usize): bool {
  return at < end && <u32>load<u8>(at) - 48 <= 9;
}

/** The end of the number, word or string at `at`; 0: malformed. */
export function scalarEnd(at: usize, end: usize, config: usize): usize {
  const byte: u32 = at < end ? <u32>load<u8>(at) : 0;
  if (byte == QUOTE) {
    const close = stringEnd(at + 1, end, config);
    return close == 0 ? 0 : close + 1;
  }
  if (byte == 116 && end - at >= 4 && load<u32>(at) == 0x65757274) return at + 4;
  if (byte == 110 && end - at >= 4 && load<u32>(at) == 0x6c6c756e) return at + 4;
  if (byte == 102 && end - at >= 5 && load<u32>(at + 1) == 0x65736c61) return at + 5;
  let pos = at;
  if (byte == 45) pos++;
  // No JSON, but what Python and DuckDB write.
  if (end - pos >= 8 && load<u64>(pos) == 0x7974696e69666e49) return pos + 8;
  if (byte == 78 && end - at >= 3 && load<u16>(at + 1) == 0x4e61) return at + 3;
  if (isDigit(pos, end)) {
    if (<u32>load<u8>(pos) == 48) pos++;
    else while (isDigit(pos, end)) pos++;
    let fine = true;
    if (pos < end && <u32>load<u8>(pos) == 46) {
      pos++;
      fine = isDigit(pos, end);
      while (isDigit(pos, end)) pos++;
    }
    if (fine && pos < end && ((<u32>load<u8>(pos)) | 32) == 101) {
      pos++;
      if (pos < end && (<u32>load<u8>(pos) == 43 || <u32>load<u8>(pos) == 45)) pos++;
      fine = isDigit(pos, end);
      while (isDigit(pos, end)) pos++;
    }
    if (fine) return pos;
  }
  store<u32>(config, <u32>pos, ERROR_OFFSET);
  return 0;
}

/** The end of the value at `at`; 0: malformed or nested too deeply. */
export function valueEnd(at: usize, end: usize, config: usize): usize {
  const first: u32 = at < end ? <u32>load<u8>(at) : 0;
  if (first != OPEN_OBJECT && first != OPEN_LIST) return scalarEnd(at, end, config);
  let depth: u32 = 0;
  let pos = at;
  // Each turn reads one value; what follows it is read until another value must come.
  while (true) {
    pos = skipSpace(pos, end);
    const byte: u32 = pos < end ? <u32>load<u8>(pos) : 0;
    if (byte == OPEN_OBJECT || byte == OPEN_LIST) {
      if (depth == MAX_DEPTH) {
        store<u32>(config, <u32>pos, ERROR_OFFSET);
        return 1;
      }
      const word = config + STACK + <usize>((depth >> 5) << 2);
      const bit: u32 = 1 << (depth & 31);
      store<u32>(word, byte == OPEN_OBJECT ? load<u32>(word) | bit : load<u32>(word) & ~bit);
      depth++;
      pos = skipSpace(pos + 1, end);
      const next: u32 = pos < end ? <u32>load<u8>(pos) : 0;
      if (next == byte + 2) {
        pos++;
        depth--;
      } else {
        if (byte == OPEN_LIST) continue;
        pos = keyEnd(pos, end, config);
        if (pos == 0) return 0;
        continue;
      }
    } else {
      pos = scalarEnd(pos, end, config);
      if (pos == 0) return 0;
    }
    while (true) {
      if (depth == 0) return pos;
      const object = ((load<u32>(config + STACK + <usize>(((depth - 1) >> 5) << 2)) >> ((depth - 1) & 31)) & 1) != 0;
      pos = skipSpace(pos, end);
      const next: u32 = pos < end ? <u32>load<u8>(pos) : 0;
      if (next == COMMA) {
        pos++;
        if (object) {
          pos = keyEnd(skipSpace(pos, end), end, config);
          if (pos == 0) return 0;
        }
        break;
      }
      if (next != (object ? CLOSE_OBJECT : CLOSE_LIST)) {
        store<u32>(config, <u32>pos, ERROR_OFFSET);
        return 0;
      }
      pos++;
      depth--;
    }
  }
}

/** Behind the colon of the key at `at`; 0: malformed. */
function keyEnd(at: usize, end: usize, config: usize): usize {
  let pos = at;
  if (pos < end && <u32>load<u8>(pos) == QUOTE) {
    pos = stringEnd(pos + 1, end, config);
    if (pos == 0) return 0;
    pos = skipSpace(pos + 1, end);
    if (pos < end && <u32>load<u8>(pos) == COLON) return pos + 1;
  }
  store<u32>(config, <u32>pos, ERROR_OFFSET);
  return 0;
}

@inline
export function sameBytes(a: usize, b: usize, length: u32): bool {
  let i: usize = 0;
  for (; i + 8 <= <usize>length; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  const rest = <u64>(<usize>length - i);
  return rest == 0 || ((load<u64>(a + i) ^ load<u64>(b + i)) << (64 - 8 * rest)) == 0;
}

/** The column of a key; `guess` is tried first, as keys mostly come in the same order. -1: none. */
function columnOf(at: usize, length: u32, guess: u32, config: usize): i32 {
  const names = <usize>load<u32>(config, NAMES);
  if (guess < load<u32>(config, COLUMNS)) {
    const name = names + (<usize>guess << 3);
    if (load<u32>(name, 4) == length && sameBytes(at, load<u32>(name), length)) return guess;
  }
  const buckets = <usize>load<u32>(config, BUCKETS);
  const mask = load<u32>(config, BUCKET_MASK);
  let bucket = jsonKeyHash(at, length) & mask;
  while (true) {
    const entry = load<u32>(buckets + (<usize>bucket << 2));
    if (entry == 0) return -1;
    const name = names + (<usize>(entry - 1) << 3);
    if (load<u32>(name, 4) == length && sameBytes(at, load<u32>(name), length)) return entry - 1;
    bucket = (bucket + 1) & mask;
  }
}

/** Notes the value [at, end) of a slot; false: a string in it has half a surrogate pair. */
function storeValue(slot: i32, row: u32, at: usize, end: usize, config: usize): bool {
  const ref = <usize>load<u32>(<usize>load<u32>(config, REFS) + (<usize>slot << 2)) + (<usize>row << 3);
  const byte = <u32>load<u8>(at);
  if (byte == 110) {
    store<u64>(ref, 0);
    return true;
  }
  if (byte != QUOTE || load<u8>(<usize>load<u32>(config, RAW) + slot) != 0) {
    storeRef(ref, at, <u32>(end - at));
    return true;
  }
  const start = at + 1;
  let close = end - 1;
  if (hasEscape(start, close)) {
    close = unescape(start, close);
    if (close == 0) {
      store<u32>(config, <u32>start, ERROR_OFFSET);
      return false;
    }
  }
  storeRef(ref, start, <u32>(close - start));
  return true;
}

/** The members of the object at `at`, behind its brace, as the columns of `row`. The end, or 0 with the error in ROWS' place. */
function readObject(at: usize, end: usize, row: u32, config: usize, error: usize): usize {
  const slots = <usize>load<u32>(config, SLOTS);
  const marks = <usize>load<u32>(config, MARKS);
  const strict = (load<u32>(config, FLAGS) & STRICT) != 0;
  let guess: u32 = 0;
  let pos = skipSpace(at, end);
  if (pos < end && <u32>load<u8>(pos) == CLOSE_OBJECT) return pos + 1;
  while (true) {
    if (pos >= end || <u32>load<u8>(pos) != QUOTE) break;
    const key = pos + 1;
    let close = stringEnd(key, end, config);
    if (close == 0) return 0;
    pos = skipSpace(close + 1, end);
    if (pos >= end || <u32>load<u8>(pos) != COLON) break;
    let column = columnOf(key, <u32>(close - key), guess, config);
    if (column < 0) {
      for (let i = key; i < close; i++) {
        if (<u32>load<u8>(i) != BACKSLASH) continue;
        close = unescape(key, close);
        if (close == 0) {
          store<u32>(config, <u32>key, ERROR_OFFSET);
          return 0;
        }
        column = columnOf(key, <u32>(close - key), guess, config);
        break;
      }
    }
    if (column < 0 && strict) {
      store<u32>(config, <u32>key, ERROR_OFFSET);
      store<u32>(config, <u32>(close - key), KEY_LENGTH);
      store<i32>(error, UNKNOWN_KEY);
      return 0;
    }
    pos = skipSpace(pos + 1, end);
    const value = pos;
    pos = valueEnd(pos, end, config);
    if (pos <= 1) {
      if (pos == 1) store<i32>(error, TOO_DEEP);
      return 0;
    }
    if (column >= 0) {
      guess = <u32>column + 1;
      const mark = marks + (<usize>column << 2);
      if (load<u32>(mark) == row + 1) {
        store<u32>(config, <u32>key, ERROR_OFFSET);
        store<u32>(config, <u32>(close - key), KEY_LENGTH);
        store<i32>(error, DUPLICATE_KEY);
        return 0;
      }
      store<u32>(mark, row + 1);
      const slot = load<i32>(slots + (<usize>column << 2));
      if (slot >= 0 && !storeValue(slot, row, value, pos, config)) return 0;
    }
    pos = skipSpace(pos, end);
    if (pos < end && <u32>load<u8>(pos) == CLOSE_OBJECT) return pos + 1;
    if (pos >= end || <u32>load<u8>(pos) != COMMA) break;
    pos = skipSpace(pos + 1, end);
  }
  store<u32>(config, <u32>pos, ERROR_OFFSET);
  return 0;
}

/**
 * Cuts the values in [at, end) into references {u32 address, u32 length} per wanted column: address 0 is null or missing. Strings
 * are unescaped where they lie, but for columns that want texts as written. Returns 0, or why it stopped.
 */
export function jsonParse(at: usize, end: usize, config: usize): i32 {
  const flags = load<u32>(config, FLAGS);
  const columns = load<u32>(config, COLUMNS);
  const slots = <usize>load<u32>(config, SLOTS);
  const marks = <usize>load<u32>(config, MARKS);
  const refs = <usize>load<u32>(config, REFS);
  const capacity = load<u32>(config, CAPACITY);
  const error = config + KEY_LENGTH + 8;
  const rejects = <usize>load<u32>(config, REJECTS);
  let row: u32 = 0;
  let skipped: u32 = 0;
  let comma = (flags & FIRST) == 0;
  let open = (flags & ARRAY) != 0;
  let result = OK;
  let pos = at;
  let value = at;
  store<u32>(config, 0, KEY_LENGTH);
  while (true) {
    pos = skipSpace(pos, end);
    value = pos;
    if (pos >= end) break;
    if ((flags & ARRAY) != 0) {
      const byte = <u32>load<u8>(pos);
      if (!open) {
        store<u32>(config, <u32>pos, ERROR_OFFSET);
        result = MALFORMED;
        break;
      }
      if (byte == CLOSE_LIST && (flags & LAST) != 0) {
        open = false;
        pos++;
        continue;
      }
      if (comma) {
        if (byte != COMMA) {
          store<u32>(config, <u32>pos, ERROR_OFFSET);
          result = MALFORMED;
          break;
        }
        pos = skipSpace(pos + 1, end);
        value = pos;
      }
      comma = true;
    }
    store<i32>(error, MALFORMED);
    const limit = (flags & LINES) != 0 ? lineEnd(pos, end) : end;
    let next: usize = 0;
    if (row >= capacity) store<u32>(config, <u32>pos, ERROR_OFFSET);
    else if ((flags & RECORDS) == 0) {
      next = valueEnd(pos, limit, config);
      if (next == 1) {
        store<i32>(error, TOO_DEEP);
        next = 0;
      }
      const slot = load<i32>(slots);
      if (next != 0 && slot >= 0 && !storeValue(slot, row, pos, next, config)) next = 0;
    } else if (pos < end && <u32>load<u8>(pos) == OPEN_OBJECT) {
      for (let column: u32 = 0; column < columns; column++) {
        const slot = load<i32>(slots + (<usize>column << 2));
        if (slot >= 0) store<u64>(<usize>load<u32>(refs + (<usize>slot << 2)) + (<usize>row << 3), 0);
      }
      next = readObject(pos + 1, limit, row, config, error);
    } else {
      store<u32>(config, <u32>pos, ERROR_OFFSET);
      if (valueEnd(pos, limit, config) > 1) {
        store<u32>(config, <u32>pos, ERROR_OFFSET);
        store<i32>(error, NO_OBJECT);
      }
    }
    if (next != 0 && (flags & LINES) != 0) {
      // Nothing but white space follows in the line.
      let rest = next;
      while (rest < limit && isSpace(load<u8>(rest))) rest++;
      if (rest < limit) {
        store<u32>(config, <u32>rest, ERROR_OFFSET);
        next = 0;
      }
    }
    if (next != 0) {
      row++;
      pos = next;
      continue;
    }
    if ((flags & SKIP) == 0) {
      result = load<i32>(error);
      break;
    }
    if (rejects != 0) {
      const reject = rejects + (<usize>skipped << 4);
      store<u32>(reject, load<u32>(error));
      store<u32>(reject, <u32>(value - at), 4);
      store<u32>(reject, load<u32>(config, ERROR_OFFSET) - <u32>at, 8);
      store<u32>(reject, load<u32>(config, KEY_LENGTH), 12);
    }
    skipped++;
    for (let column: u32 = 0; column < columns; column++) store<u32>(marks + (<usize>column << 2), 0);
    // Where the line ended before a string of it got line feeds of its own.
    pos = (flags & LINES) != 0 ? limit : lineEnd(pos, end);
  }
  if (result == OK && open && (flags & LAST) != 0) {
    store<u32>(config, <u32>end, ERROR_OFFSET);
    result = MALFORMED;
  }
  store<u32>(config, row, ROWS);
  store<u32>(config, <u32>(value - at), VALUE_OFFSET);
  store<u32>(config, load<u32>(config, ERROR_OFFSET) - <u32>at, ERROR_OFFSET);
  store<u32>(config, skipped, SKIPPED);
  return result;
}
