/** Rows as text: CSV and JSON (`../../table/row-text.ts`). */

import { copyVectors } from "./bytes";

/** Kinds of columns. */
const RAW: u32 = 0; // strings as they are
const TEXT: u32 = 1; // strings that may need quotes
const BOOLEAN: u32 = 2;
const INTEGER: u32 = 3; // of 1, 2, 4 or 8 bytes
const UNSIGNED: u32 = 4;
const DECIMAL: u32 = 5; // of 8 bytes
const DATE: u32 = 6; // i32 days
const TIMESTAMP: u32 = 7; // i64, the scale being its microseconds

/** A column, 32 bytes of u32s: its kind, data, validity (0: no NULLs), its scale or width, what stands before its values, whether in quotes. */
const COLUMN: usize = 32;
const DATA: usize = 4;
const VALIDITY: usize = 8;
const SCALE: usize = 12;
const PREFIX: usize = 16;
const PREFIX_BYTES: usize = 20;
const QUOTED: usize = 24;

/** The layout, u32s: bytes that make quotes necessary, whether strings are JSON, what NULL is and what ends a row; results. */
const DELIMITER: usize = 0;
const QUOTE: usize = 4;
const ESCAPE: usize = 8;
const IS_JSON: usize = 12;
const NULL_TEXT: usize = 16;
const NULL_BYTES: usize = 20;
const ROW_END: usize = 24;
const ROW_END_BYTES: usize = 28;
const END: usize = 32;
const FAILED: usize = 36;

/** The most that a value takes which is no string, and what copies may write behind. */
const FIXED_BYTES: usize = 64;

@inline
function put(target: usize, byte: u32): usize {
  store<u8>(target, byte);
  return target + 1;
}

@inline
function copyText(target: usize, text: usize, bytes: usize): usize {
  if (bytes <= 64) copyVectors(target, text, bytes);
  else memory.copy(target, text, bytes);
  return target + bytes;
}

@inline
function twoDigits(value: u32): u16 {
  const tens = (value * 103) >> 10;
  return <u16>((48 + tens) | ((48 + value - tens * 10) << 8));
}

/** The last `digits` digits of a value. */
@inline
function putPadded(target: usize, value: u32, digits: u32): usize {
  const end = target + digits;
  let at = end;
  for (; digits >= 2; digits -= 2) {
    const rest = value / 100;
    at -= 2;
    store<u16>(at, twoDigits(value - rest * 100));
    value = rest;
  }
  if (digits == 1) store<u8>(at - 1, 48 + (value % 10));
  return end;
}

function putU32(target: usize, value: u32): usize {
  let digits: u32 = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits += 1;
  return putPadded(target, value, digits);
}

const BILLION: u64 = 1_000_000_000;

function putU64(target: usize, value: u64): usize {
  if (value <= 0xffffffff) return putU32(target, <u32>value);
  const high = value / BILLION;
  return putPadded(putU64(target, high), <u32>(value - high * BILLION), 9);
}

/** The digits of `value` behind a point, which has `scale` of them. */
function putFraction(target: usize, value: u64, scale: u32): usize {
  if (scale <= 9) return putPadded(target, <u32>value, scale);
  const high = value / BILLION;
  return putPadded(putFraction(target, high, scale - 9), <u32>(value - high * BILLION), 9);
}

function putSigned(target: usize, value: i64): usize {
  if (value >= 0) return putU64(target, <u64>value);
  return putU64(put(target, 45), 0 - <u64>value);
}

function putDecimal(target: usize, value: i64, scale: u32): usize {
  if (scale == 0) return putSigned(target, value);
  let absolute = <u64>value;
  if (value < 0) {
    absolute = 0 - absolute;
    target = put(target, 45);
  }
  let unit: u64 = 10;
  for (let i: u32 = 1; i < scale; i++) unit *= 10;
  const whole = absolute / unit;
  return putFraction(put(putU64(target, whole), 46), absolute - whole * unit, scale);
}

const LEAST_DAY: i32 = -719_162; // 0001-01-01
const GREATEST_DAY: i32 = 2_932_896; // 9999-12-31

/** From LEAST_DAY to GREATEST_DAY (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function putDate(target: usize, days: i32): usize {
  const shifted = <u32>(days + 719_468);
  const era = shifted / 146_097;
  const day = shifted - era * 146_097;
  const year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
  const inYear = day - (365 * year + year / 4 - year / 100);
  const march = (5 * inYear + 2) / 153;
  const month = march < 10 ? march + 3 : march - 9;
  target = putPadded(target, year + era * 400 + (month <= 2 ? 1 : 0), 4);
  target = putPadded(put(target, 45), month, 2);
  return putPadded(put(target, 45), inYear - (153 * march + 2) / 5 + 1, 2);
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/** Behind the date the clock, and the fraction of a second without zeros at its end. */
function putTimestamp(target: usize, days: i32, micros: u64): usize {
  target = put(putDate(target, days), 32);
  const seconds = <u32>(micros / 1_000_000);
  let fraction = <u32>(micros - <u64>seconds * 1_000_000);
  target = putPadded(target, seconds / 3600, 2);
  target = putPadded(put(target, 58), (seconds / 60) % 60, 2);
  target = putPadded(put(target, 58), seconds % 60, 2);
  if (fraction == 0) return target;
  let digits: u32 = 6;
  for (; fraction % 10 == 0; fraction /= 10) digits -= 1;
  return putPadded(put(target, 46), fraction, digits);
}

/** Whether a bit is set for one of the first `bytes` bytes of a vector. */
@inline
function among(matches: v128, bytes: usize): bool {
  const bits = <u32>i8x16.bitmask(matches);
  return (bytes >= 16 ? bits : bits & ((<u32>1 << <u32>bytes) - 1)) != 0;
}

/** Whether a text of CSV has a delimiter, a quote or an end of line. Reads up to 15 bytes beyond. */
function hasSpecial(text: usize, bytes: usize, delimiter: u32, quote: u32): bool {
  const a = i8x16.splat(<i8>delimiter);
  const b = i8x16.splat(<i8>quote);
  const lf = i8x16.splat(10);
  const cr = i8x16.splat(13);
  for (let i: usize = 0; i < bytes; i += 16) {
    const vector = v128.load(text + i);
    const one = v128.or(i8x16.eq(vector, a), i8x16.eq(vector, b));
    const other = v128.or(i8x16.eq(vector, lf), i8x16.eq(vector, cr));
    if (among(v128.or(one, other), bytes - i)) return true;
  }
  return false;
}

/** Whether a string of JSON has a quote, a backslash or a control character. Reads up to 15 bytes beyond. */
function hasEscapes(text: usize, bytes: usize): bool {
  const quote = i8x16.splat(34);
  const backslash = i8x16.splat(92);
  const space = i8x16.splat(32);
  for (let i: usize = 0; i < bytes; i += 16) {
    const vector = v128.load(text + i);
    const marks = v128.or(i8x16.eq(vector, quote), i8x16.eq(vector, backslash));
    if (among(v128.or(marks, i8x16.lt_u(vector, space)), bytes - i)) return true;
  }
  return false;
}

function sameText(a: usize, b: usize, bytes: usize): bool {
  for (let i: usize = 0; i < bytes; i += 1) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

function putCsvText(target: usize, text: usize, bytes: usize, layout: usize): usize {
  const quote = load<u32>(layout, QUOTE);
  const nullBytes = <usize>load<u32>(layout, NULL_BYTES);
  const isNullText = bytes == nullBytes && sameText(text, load<u32>(layout, NULL_TEXT), bytes);
  if (bytes > 0 && !isNullText && !hasSpecial(text, bytes, load<u32>(layout, DELIMITER), quote))
    return copyText(target, text, bytes);
  const escape = load<u32>(layout, ESCAPE);
  target = put(target, quote);
  for (let i: usize = 0; i < bytes; i += 1) {
    const byte = <u32>load<u8>(text + i);
    if (byte == quote || byte == escape) target = put(target, escape);
    target = put(target, byte);
  }
  return put(target, quote);
}

@inline
function hexDigit(value: u32): u32 {
  return value < 10 ? 48 + value : 87 + value;
}

function putJsonText(target: usize, text: usize, bytes: usize): usize {
  target = put(target, 34);
  if (!hasEscapes(text, bytes)) return put(copyText(target, text, bytes), 34);
  for (let i: usize = 0; i < bytes; i += 1) {
    const byte = <u32>load<u8>(text + i);
    if (byte >= 32 && byte != 34 && byte != 92) {
      target = put(target, byte);
      continue;
    }
    target = put(target, 92);
    if (byte == 8) target = put(target, 98);
    else if (byte == 9) target = put(target, 116);
    else if (byte == 10) target = put(target, 110);
    else if (byte == 12) target = put(target, 102);
    else if (byte == 13) target = put(target, 114);
    else if (byte >= 32) target = put(target, byte);
    else {
      target = putPadded(put(target, 117), 0, 2);
      target = put(put(target, hexDigit(byte >> 4)), hexDigit(byte & 15));
    }
  }
  return put(target, 34);
}

/** A value that is no string; 0: a date that is written in another way. */
function putFixed(target: usize, kind: u32, data: usize, row: u32, scale: u32): usize {
  switch (kind) {
    case BOOLEAN: {
      const yes = load<u8>(data + row) != 0;
      store<u32>(target, yes ? 0x65757274 : 0x736c6166); // "true", "fals"
      if (yes) return target + 4;
      return put(target + 4, 101);
    }
    case INTEGER:
      if (scale == 1) return putSigned(target, load<i8>(data + row));
      if (scale == 2) return putSigned(target, load<i16>(data + (<usize>row << 1)));
      if (scale == 4) return putSigned(target, load<i32>(data + (<usize>row << 2)));
      return putSigned(target, load<i64>(data + (<usize>row << 3)));
    case UNSIGNED:
      if (scale == 1) return putU32(target, load<u8>(data + row));
      if (scale == 2) return putU32(target, load<u16>(data + (<usize>row << 1)));
      if (scale == 4) return putU32(target, load<u32>(data + (<usize>row << 2)));
      return putU64(target, load<u64>(data + (<usize>row << 3)));
    case DECIMAL:
      return putDecimal(target, load<i64>(data + (<usize>row << 3)), scale);
    case DATE: {
      const days = load<i32>(data + (<usize>row << 2));
      return days < LEAST_DAY || days > GREATEST_DAY ? 0 : putDate(target, days);
    }
    default: {
      const value = load<i64>(data + (<usize>row << 3));
      const unitsPerDay = MICROS_PER_DAY / <i64>scale;
      let days = value / unitsPerDay;
      if (days * unitsPerDay > value) days -= 1;
      if (days < LEAST_DAY || days > GREATEST_DAY) return 0;
      return putTimestamp(target, <i32>days, <u64>(value - days * unitsPerDay) * <u64>scale);
    }
  }
}

/**
 * Writes the rows [first, count) of `width` columns to [target, limit), as many as fit, and returns how many. Where they end goes to
 * END of the layout; FAILED is 1 where a value cannot be written, and nothing of the result is of use.
 */
export function formatRows(
  columns: usize,
  width: u32,
  first: u32,
  count: u32,
  layout: usize,
  target: usize,
  limit: usize,
): u32 {
  const isJson = load<u32>(layout, IS_JSON) != 0;
  const nullText = <usize>load<u32>(layout, NULL_TEXT);
  const nullBytes = <usize>load<u32>(layout, NULL_BYTES);
  const rowEnd = <usize>load<u32>(layout, ROW_END);
  const rowEndBytes = <usize>load<u32>(layout, ROW_END_BYTES);
  const last = columns + <usize>width * COLUMN;
  store<u32>(layout, 0, FAILED);
  let row = first;
  for (; row < count; row++) {
    let at = target;
    for (let column = columns; column < last; column += COLUMN) {
      const prefixBytes = <usize>load<u32>(column, PREFIX_BYTES);
      if (at + prefixBytes + nullBytes + rowEndBytes + FIXED_BYTES > limit) {
        at = limit;
        break;
      }
      at = copyText(at, load<u32>(column, PREFIX), prefixBytes);
      const validity = <usize>load<u32>(column, VALIDITY);
      if (validity != 0 && ((load<u8>(validity + (row >> 3)) >> <u8>(row & 7)) & 1) == 0) {
        at = copyText(at, nullText, nullBytes);
        continue;
      }
      const kind = load<u32>(column);
      const data = <usize>load<u32>(column, DATA);
      if (kind <= TEXT) {
        const ref = load<u64>(data + (<usize>row << 3));
        const text = <usize>(<u32>ref);
        const bytes = <usize>(ref >> 32);
        // Control characters become six bytes in JSON.
        if (at + bytes * (kind == RAW ? 1 : isJson ? 6 : 2) + rowEndBytes + FIXED_BYTES > limit) {
          at = limit;
          break;
        }
        if (kind == RAW) at = copyText(at, text, bytes);
        else at = isJson ? putJsonText(at, text, bytes) : putCsvText(at, text, bytes, layout);
        continue;
      }
      const quoted = load<u32>(column, QUOTED) != 0;
      if (quoted) at = put(at, 34);
      at = putFixed(at, kind, data, row, load<u32>(column, SCALE));
      if (at == 0) {
        store<u32>(layout, 1, FAILED);
        return row - first;
      }
      if (quoted) at = put(at, 34);
    }
    if (at + rowEndBytes + FIXED_BYTES > limit) break;
    target = copyText(at, rowEnd, rowEndBytes);
  }
  store<u32>(layout, <u32>target, END);
  return row - first;
}
