/**
 * Delimited text (RFC 4180 with the usual liberties): a quote opens a field only at its beginning; inside, two quotes are one
 * quote (or an escape character takes the next byte literally). Records end with LF or CRLF.
 */
import { isUtf8 } from "./strings";

const LF: u32 = 10;
const CR: u32 = 13;

@inline
function maskOf(at: usize, a: v128, b: v128): u32 {
  const block = v128.load(at);
  return i8x16.bitmask(v128.or(i8x16.eq(block, a), i8x16.eq(block, b)));
}

/**
 * Goes through [at, end) in search of the first record that begins at `target` or later, and returns its address, or `end + 1`
 * when there is none. `state` is {u32 inside quotes: 0, 1, or 2 just behind a quote that may close; u32 last byte}: what is
 * left at the end goes on with the next piece of the file.
 */
export function csvBoundary(at: usize, end: usize, target: usize, delimiter: u32, quote: u32, escape: u32, state: usize): usize {
  const quotes = i8x16.splat(<i8>quote);
  const newlines = i8x16.splat(<i8>LF);
  let inside = load<u32>(state);
  let last = load<u32>(state, 4);
  let pos = at;
  while (pos < end) {
    if (inside == 2) {
      // Behind a quote: another one is part of the field, anything else is outside.
      inside = <u32>load<u8>(pos) == quote ? 1 : 0;
      if (inside == 1) {
        last = quote;
        pos++;
        continue;
      }
    }
    let mask = maskOf(pos, quotes, inside == 0 ? newlines : quotes);
    if (end - pos < 16) mask &= (1 << <u32>(end - pos)) - 1;
    if (inside == 1 && escape != quote) {
      // A byte at a time: escapes are rare.
      const byte = <u32>load<u8>(pos);
      if (byte == escape) pos += 2;
      else {
        if (byte == quote) inside = 0;
        pos++;
      }
      last = byte;
      continue;
    }
    if (mask == 0) {
      const step: usize = end - pos < 16 ? end - pos : 16;
      pos += step;
      last = load<u8>(pos - 1);
      continue;
    }
    const found = pos + ctz(mask);
    if (found > pos) last = load<u8>(found - 1);
    const byte = <u32>load<u8>(found);
    pos = found + 1;
    if (inside == 1) inside = 2;
    else if (byte == LF) {
      last = LF;
      if (pos >= target) {
        store<u32>(state, 0);
        store<u32>(state, LF, 4);
        return pos;
      }
      continue;
    } else if (last == delimiter || last == LF) inside = 1;
    last = byte;
  }
  store<u32>(state, inside);
  store<u32>(state, last, 4);
  return end + 1;
}

/** Line feeds in [at, end): at least as many as records, less one. */
export function csvCountLines(at: usize, end: usize): u32 {
  const newlines = i8x16.splat(<i8>LF);
  let count: u32 = 0;
  for (let pos = at; pos < end; pos += 16) {
    let mask: u32 = i8x16.bitmask(i8x16.eq(v128.load(pos), newlines));
    if (end - pos < 16) mask &= (1 << <u32>(end - pos)) - 1;
    count += popcnt(mask);
  }
  return count;
}

/** Offsets in the configuration of `csvParse`, all u32. */
const DELIMITER: usize = 0;
const QUOTE: usize = 4;
const ESCAPE: usize = 8;
const COLUMNS: usize = 12;
/** Address of an i32 per column: its slot, or -1. */
const SLOTS: usize = 16;
/** Address of a u32 per slot: its references. */
const REFS: usize = 20;
const CAPACITY: usize = 24;
/** Pad records that are too short with NULLs. */
const PAD: usize = 28;
/** Leave records of the wrong length out. */
const SKIP_BAD: usize = 32;
/** Results: rows, and of the first error the code, record, column and byte offset. */
const RECORDS: usize = 36;
const ERROR_COLUMN: usize = 40;
const ERROR_OFFSET: usize = 44;
const SKIPPED: usize = 48;
/** Nothing may stand between a closing quote and the delimiter. */
const STRICT: usize = 52;
/** Address of {u32 code, u32 start, u32 end, u32 fields} per record that is left out; 0: nobody wants to know. */
const REJECTS: usize = 56;

const OK: i32 = 0;
const TOO_FEW: i32 = 1;
const TOO_MANY: i32 = 2;
const UNTERMINATED: i32 = 3;
const BAD_QUOTE: i32 = 4;

/**
 * Cuts the records in [at, end) into references {u32 address, u32 length} per wanted column: address 0 is a missing value (an
 * empty field without quotes). Quoted fields are unescaped in place. Returns 0, or why it stopped.
 */
export function csvParse(at: usize, end: usize, config: usize): i32 {
  const delimiter = load<u32>(config, DELIMITER);
  const quote = load<u32>(config, QUOTE);
  const escape = load<u32>(config, ESCAPE);
  const columns = load<u32>(config, COLUMNS);
  const slots = <usize>load<u32>(config, SLOTS);
  const refs = <usize>load<u32>(config, REFS);
  const capacity = load<u32>(config, CAPACITY);
  const pad = load<u32>(config, PAD) != 0;
  const skipBad = load<u32>(config, SKIP_BAD) != 0;
  const strict = load<u32>(config, STRICT) != 0;
  const rejects = <usize>load<u32>(config, REJECTS);
  /** What is wrong with the record at hand, where such are left out. */
  let wrong = OK;
  const delimiters = i8x16.splat(<i8>delimiter);
  const newlines = i8x16.splat(<i8>LF);
  let row: u32 = 0;
  let skipped: u32 = 0;
  let column: u32 = 0;
  let field = at;
  let recordStart = at;
  let error = OK;
  while (field < end || column > 0) {
    let length: usize = 0;
    let start = field;
    let stop = field;
    let quoted = false;
    if (field < end && <u32>load<u8>(field) == quote && quote != 0) {
      quoted = true;
      start = field + 1;
      let from = start;
      let to = start;
      let closed = false;
      while (from < end) {
        const byte = <u32>load<u8>(from);
        if (byte == escape && from + 1 < end && (<u32>load<u8>(from + 1) == quote || (escape != quote && <u32>load<u8>(from + 1) == escape))) {
          store<u8>(to++, load<u8>(from + 1));
          from += 2;
        } else if (byte == quote) {
          closed = true;
          from++;
          break;
        } else {
          store<u8>(to++, <u8>byte);
          from++;
        }
      }
      if (!closed) {
        if (!skipBad) {
          error = UNTERMINATED;
          break;
        }
        wrong = UNTERMINATED;
      }
      // What stands between the closing quote and the delimiter belongs to the field.
      while (from < end) {
        const byte = <u32>load<u8>(from);
        if (byte == delimiter || byte == LF || (byte == CR && (from + 1 == end || <u32>load<u8>(from + 1) == LF))) break;
        if (strict) wrong = BAD_QUOTE;
        store<u8>(to++, <u8>byte);
        from++;
      }
      if (wrong == BAD_QUOTE && !skipBad) {
        error = BAD_QUOTE;
        break;
      }
      length = to - start;
      stop = from;
      if (stop < end && <u32>load<u8>(stop) == CR) stop++;
    } else {
      let pos = field;
      while (true) {
        let mask = maskOf(pos, delimiters, newlines);
        if (pos >= end) mask = 0;
        else if (end - pos < 16) mask &= (1 << <u32>(end - pos)) - 1;
        if (mask != 0) {
          stop = pos + ctz(mask);
          break;
        }
        pos += 16;
        if (pos >= end) {
          stop = end;
          break;
        }
      }
      length = stop - field;
      if (length > 0 && (stop == end || <u32>load<u8>(stop) == LF) && <u32>load<u8>(stop - 1) == CR) length--;
    }
    const atEnd = stop >= end;
    const endsRecord = atEnd || <u32>load<u8>(stop) == LF;
    if (endsRecord && column == 0 && length == 0 && !quoted && (columns > 1 || atEnd)) {
      // An empty line.
      field = stop + 1;
      recordStart = field;
      continue;
    }
    // A delimiter at the end of the record is no further field.
    const trailing = endsRecord && column == columns && length == 0 && !quoted;
    if (column < columns) {
      const slot = load<i32>(slots + (<usize>column << 2));
      if (slot >= 0 && row < capacity) {
        const ref = <usize>load<u32>(refs + (<usize>slot << 2)) + (<usize>row << 3);
        store<u32>(ref, length == 0 && !quoted ? 0 : <u32>start);
        store<u32>(ref, <u32>length, 4);
      }
    } else if (!trailing && !skipBad) {
      error = TOO_MANY;
      break;
    }
    if (!trailing) column++;
    field = stop + 1;
    if (!endsRecord) continue;
    if (column < columns && pad) {
      for (; column < columns; column++) {
        const slot = load<i32>(slots + (<usize>column << 2));
        if (slot >= 0) store<u64>(<usize>load<u32>(refs + (<usize>slot << 2)) + (<usize>row << 3), 0);
      }
    }
    if (column == columns && wrong == OK) row++;
    else if (skipBad) {
      if (rejects != 0) {
        const reject = rejects + (<usize>skipped << 4);
        store<u32>(reject, wrong != OK ? wrong : column < columns ? TOO_FEW : TOO_MANY);
        store<u32>(reject, <u32>(recordStart - at), 4);
        store<u32>(reject, <u32>((field < end ? field : end) - at), 8);
        store<u32>(reject, column, 12);
      }
      skipped++;
    } else {
      error = TOO_FEW;
      break;
    }
    wrong = OK;
    column = 0;
    recordStart = field;
    if (atEnd) break;
  }
  store<u32>(config, row, RECORDS);
  store<u32>(config, column, ERROR_COLUMN);
  store<u32>(config, <u32>(recordStart - at), ERROR_OFFSET);
  store<u32>(config, skipped, SKIPPED);
  return error;
}

@inline
function setValid(validity: usize, i: u32): void {
  const at = validity + (i >> 3);
  store<u8>(at, <u8>(<u32>load<u8>(at) | (1 << (i & 7))));
}

@inline
function isSpace(byte: u32): bool {
  return byte == 32 || (byte >= 9 && byte <= 13);
}

/**
 * The number in [at, end) as an integer with `scale` digits behind an optional point, rounded half away from zero, in a cell of
 * {i64}; `exact`: further digits must be zeros. False: it is none, or does not lie in [min, max].
 */
@inline
function scaledInteger(from: usize, to: usize, scale: u32, exact: bool, min: i64, max: i64, target: usize, width: u32): bool {
  let at = from;
  let end = to;
  while (at < end && isSpace(load<u8>(at))) at++;
  while (end > at && isSpace(load<u8>(end - 1))) end--;
  let negative = false;
  if (at < end && (load<u8>(at) == 45 || load<u8>(at) == 43)) negative = load<u8>(at++) == 45;
  let magnitude: u64 = 0;
  let fraction: u32 = 0;
  let up = false;
  const begin = at;
  let digit: u32 = 0;
  // Up to 18 digits cannot overflow.
  const plain = end - at > 18 ? at + 18 : end;
  while (at < plain) {
    digit = <u32>load<u8>(at) - 48;
    if (digit > 9) break;
    magnitude = magnitude * 10 + digit;
    at++;
  }
  while (at < end) {
    digit = <u32>load<u8>(at) - 48;
    if (digit > 9) break;
    if (magnitude > 922337203685477580) return false;
    magnitude = magnitude * 10 + digit;
    at++;
  }
  let digits = at - begin;
  if (at < end) {
    if (<u32>load<u8>(at) != 46) return false;
    at++;
    digits += end - at;
    while (at < end && fraction < scale) {
      digit = <u32>load<u8>(at) - 48;
      if (digit > 9 || magnitude > 922337203685477580) return false;
      magnitude = magnitude * 10 + digit;
      fraction++;
      at++;
    }
    for (let first = true; at < end; at++) {
      digit = <u32>load<u8>(at) - 48;
      if (digit > 9 || (exact && digit != 0)) return false;
      if (first) up = digit >= 5;
      first = false;
    }
  }
  if (digits == 0) return false;
  for (; fraction < scale; fraction++) {
    if (magnitude > 922337203685477580) return false;
    magnitude *= 10;
  }
  if (up) magnitude++;
  if (magnitude > <u64>i64.MAX_VALUE + (negative ? 1 : 0)) return false;
  const value: i64 = negative ? 0 - <i64>magnitude : <i64>magnitude;
  if (value < min || value > max) return false;
  if (width == 8) store<i64>(target, value);
  else if (width == 4) store<i32>(target, <i32>value);
  else if (width == 2) store<i16>(target, <i16>value);
  else store<i8>(target, <i8>value);
  return true;
}

/**
 * Integers of `width` bytes (1, 2, 4, 8), unscaled DECIMALs with `scale` digits behind the point. The numbers of records that
 * are none go to `slow`; returns how many. `validity` must be zero.
 */
export function csvIntegers(refs: usize, count: u32, width: u32, scale: u32, exact: u32, min: i64, max: i64, target: usize, validity: usize, slow: usize): u32 {
  let others: u32 = 0;
  for (let i: u32 = 0; i < count; i++, target += width) {
    const at = <usize>load<u32>(refs + (<usize>i << 3));
    if (at != 0) {
      setValid(validity, i);
      const end = at + <usize>load<u32>(refs + (<usize>i << 3), 4);
      if (scaledInteger(at, end, scale, exact != 0, min, max, target, width)) continue;
      store<u32>(slow + (<usize>(others++) << 2), i);
    }
    if (width == 8) store<i64>(target, 0);
    else if (width == 4) store<i32>(target, 0);
    else if (width == 2) store<i16>(target, 0);
    else store<i8>(target, 0);
  }
  return others;
}

/** 10^n, exact for 0 <= n <= 22. */
function power10(n: u32): f64 {
  let result: f64 = 1;
  for (let i: u32 = 0; i < n; i++) result *= 10;
  return result;
}

/**
 * Doubles: at most 15 digits and a small exponent are exact by one multiplication or division (Clinger 1990); the numbers of all
 * other records go to `slow` (u32 each), for somebody else to read. Returns how many.
 */
export function csvDoubles(refs: usize, count: u32, target: usize, validity: usize, slow: usize): u32 {
  let others: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    let at = <usize>load<u32>(refs + (<usize>i << 3));
    if (at == 0) {
      store<f64>(target + (<usize>i << 3), 0);
      continue;
    }
    setValid(validity, i);
    const end = at + <usize>load<u32>(refs + (<usize>i << 3), 4);
    let negative = false;
    if (at < end && load<u8>(at) == 45) {
      negative = true;
      at++;
    }
    let mantissa: u64 = 0;
    let digits: u32 = 0;
    let fraction: u32 = 0;
    let point = false;
    let fine = at < end;
    for (; at < end; at++) {
      const byte = <u32>load<u8>(at);
      if (byte == 46 && !point) {
        point = true;
        continue;
      }
      if (byte - 48 > 9 || digits == 15) {
        fine = false;
        break;
      }
      mantissa = mantissa * 10 + (byte - 48);
      digits++;
      if (point) fraction++;
    }
    if (!fine || digits == 0) {
      store<u32>(slow + (<usize>(others++) << 2), i);
      continue;
    }
    const value = <f64>mantissa / power10(fraction);
    store<f64>(target + (<usize>i << 3), negative ? -value : value);
  }
  return others;
}

/** Days since 1970-01-01 of a civil date (Hinnant, "chrono-compatible low-level date algorithms"). */
function daysOf(year: i32, month: i32, day: i32): i32 {
  const y = month <= 2 ? year - 1 : year;
  const era = (y >= 0 ? y : y - 399) / 400;
  const yoe = y - era * 400;
  const doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + (yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

@inline
function twoDigits(at: usize): i32 {
  const tens = <i32>load<u8>(at) - 48;
  const ones = <i32>load<u8>(at + 1) - 48;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

function lastDay(year: i32, month: i32): i32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

const NO_DATE: i32 = i32.MIN_VALUE;

/** The day of `YYYY-MM-DD`, or NO_DATE for anything else. */
function isoDate(at: usize): i32 {
  const century = twoDigits(at);
  const rest = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  if (century < 0 || rest < 0 || load<u8>(at + 4) != 45 || load<u8>(at + 7) != 45) return NO_DATE;
  const year = century * 100 + rest;
  if (month < 1 || month > 12 || day < 1 || day > lastDay(year, month)) return NO_DATE;
  return daysOf(year, month, day);
}

/** Dates `YYYY-MM-DD` as i32 days; the numbers of other records go to `slow`. Returns how many. */
export function csvDates(refs: usize, count: u32, target: usize, validity: usize, slow: usize): u32 {
  let others: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = <usize>load<u32>(refs + (<usize>i << 3));
    let days: i32 = 0;
    if (at != 0) {
      setValid(validity, i);
      days = load<u32>(refs + (<usize>i << 3), 4) == 10 ? isoDate(at) : NO_DATE;
      if (days == NO_DATE) store<u32>(slow + (<usize>(others++) << 2), i);
    }
    store<i32>(target + (<usize>i << 2), days);
  }
  return others;
}

/**
 * Timestamps `YYYY-MM-DD HH:MM:SS[.ffffff]` (or T; `zulu`: a Z may follow) as i64 micros; the numbers of other records go to `slow`.
 */
export function csvTimestamps(refs: usize, count: u32, zulu: u32, target: usize, validity: usize, slow: usize): u32 {
  let others: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = <usize>load<u32>(refs + (<usize>i << 3));
    let length = load<u32>(refs + (<usize>i << 3), 4);
    let micros: i64 = 0;
    if (at != 0) {
      setValid(validity, i);
      if (zulu != 0 && length > 0 && load<u8>(at + length - 1) == 90) length--;
      let fine = length == 19 || (length > 20 && length <= 26 && load<u8>(at + 19) == 46);
      if (fine) {
        const days = isoDate(at);
        const separator = load<u8>(at + 10);
        const hour = twoDigits(at + 11);
        const minute = twoDigits(at + 14);
        const second = twoDigits(at + 17);
        fine = days != NO_DATE && (separator == 32 || separator == 84) && hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
        fine = fine && second >= 0 && second < 60 && load<u8>(at + 13) == 58 && load<u8>(at + 16) == 58;
        let fraction: i64 = 0;
        let unit: i64 = 100000;
        for (let j: u32 = 20; j < length && fine; j++) {
          const digit = <i64>load<u8>(at + j) - 48;
          fine = digit >= 0 && digit <= 9;
          fraction += digit * unit;
          unit /= 10;
        }
        micros = ((<i64>days * 24 + hour) * 60 + minute) * 60 + second;
        micros = micros * 1000000 + fraction;
      }
      if (!fine) store<u32>(slow + (<usize>(others++) << 2), i);
    }
    store<i64>(target + (<usize>i << 3), micros);
  }
  return others;
}

/** `true` and `false` as bytes 1 and 0; the numbers of other records go to `slow`. Returns how many. */
export function csvBooleans(refs: usize, count: u32, target: usize, validity: usize, slow: usize): u32 {
  let others: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = <usize>load<u32>(refs + (<usize>i << 3));
    let value: u32 = 0;
    if (at != 0) {
      setValid(validity, i);
      const length = load<u32>(refs + (<usize>i << 3), 4);
      if (length == 4 && load<u32>(at) == 0x65757274) value = 1;
      else if (length != 5 || load<u8>(at) != 102 || load<u32>(at, 1) != 0x65736c61) store<u32>(slow + (<usize>(others++) << 2), i);
    }
    store<u8>(target + i, <u8>value);
  }
  return others;
}

/** The validity of references to strings; the numbers of records that are no UTF-8 go to `slow`. Returns how many. */
export function csvStrings(refs: usize, count: u32, validity: usize, slow: usize): u32 {
  let others: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const at = <usize>load<u32>(refs + (<usize>i << 3));
    if (at == 0) continue;
    setValid(validity, i);
    if (!isUtf8(at, load<u32>(refs + (<usize>i << 3), 4))) store<u32>(slow + (<usize>(others++) << 2), i);
  }
  return others;
}
