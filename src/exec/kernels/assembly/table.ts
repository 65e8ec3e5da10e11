/**
 * Columns of in-memory tables: analysing strided values, gathering them into narrow lanes, string dictionaries.
 *
 * A source column is `count` values at `values`, `stride` bytes apart: a field of rows, or a column (stride = lane bytes).
 * Its validity is one byte a value at `valid`, `validStride` bytes apart; a column that is never NULL has stride 0 at a
 * byte that is 1. NULL slots may hold anything.
 */

import { hashBytes, sameBytes } from "./encode";
import { storeRef } from "./strings";

/** Layout of an analysis state, see `COLUMN_STATE` in `../../table/analyze.ts`. Bounds are meaningless while `values` is 0. */
const MIN: usize = 0;
const MAX: usize = 16;
/** u32: values that are not NULL. */
const VALUES: usize = 32;
/** u32: NaNs. */
const NANS: usize = 36;
/** u64: bytes of strings. */
const BYTES: usize = 40;
/** u8 registers of a HyperLogLog sketch. */
const REGISTERS: usize = 64;
const REGISTER_BITS: u64 = 11;
/** u32: not 0: nobody asks for the sketch, nor for the bounds of strings. */
const PLAIN: usize = REGISTERS + 2048;

@inline
function sketch(state: usize, hash: u64): void {
  const register = state + REGISTERS + <usize>(hash >> (64 - REGISTER_BITS));
  // The lowest bit put in bounds the rank.
  const rank = <u32>clz((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))) + 1;
  if (rank > <u32>load<u8>(register)) store<u8>(register, rank);
}

/** The finaliser of MurmurHash3. */
@inline
function mix(value: u64): u64 {
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
  return value ^ (value >> 33);
}

@inline
function isValid(valid: usize): bool {
  return load<u8>(valid) != 0;
}

/** Bounds are kept as i64. */
@inline
function analyzeIntegers<T>(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, state: usize): void {
  let seen = load<u32>(state + VALUES);
  let least = seen == 0 ? i64.MAX_VALUE : load<i64>(state + MIN);
  let most = seen == 0 ? i64.MIN_VALUE : load<i64>(state + MAX);
  let previous: i64 = 0;
  let fresh = true;
  const plain = load<u32>(state + PLAIN) != 0;
  for (; count != 0; count--, values += stride, valid += validStride) {
    if (!isValid(valid)) continue;
    const value = <i64>load<T>(values);
    seen += 1;
    if (value == previous && !fresh) continue;
    fresh = false;
    previous = value;
    least = min(least, value);
    most = max(most, value);
    if (!plain) sketch(state, mix(<u64>value));
  }
  store<i64>(state + MIN, least);
  store<i64>(state + MAX, most);
  store<u32>(state + VALUES, seen);
}

export function analyzeI32(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, state: usize): void {
  analyzeIntegers<i32>(values, stride, count, valid, validStride, state);
}
export function analyzeI64(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, state: usize): void {
  analyzeIntegers<i64>(values, stride, count, valid, validStride, state);
}

/** Bounds are kept as i128, low word first. A value that fits 64 bits is sketched as such. */
export function analyzeI128(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, state: usize): void {
  let seen = load<u32>(state + VALUES);
  let leastLow: u64 = seen == 0 ? u64.MAX_VALUE : load<u64>(state + MIN);
  let leastHigh: i64 = seen == 0 ? i64.MAX_VALUE : load<i64>(state + MIN + 8);
  let mostLow: u64 = seen == 0 ? 0 : load<u64>(state + MAX);
  let mostHigh: i64 = seen == 0 ? i64.MIN_VALUE : load<i64>(state + MAX + 8);
  const plain = load<u32>(state + PLAIN) != 0;
  for (; count != 0; count--, values += stride, valid += validStride) {
    if (!isValid(valid)) continue;
    const low = load<u64>(values);
    const high = load<i64>(values + 8);
    seen += 1;
    if (high < leastHigh || (high == leastHigh && low < leastLow)) {
      leastLow = low;
      leastHigh = high;
    }
    if (high > mostHigh || (high == mostHigh && low > mostLow)) {
      mostLow = low;
      mostHigh = high;
    }
    if (plain) continue;
    const hash = mix(low);
    sketch(state, high == <i64>low >> 63 ? hash : mix(hash ^ <u64>high));
  }
  store<u64>(state + MIN, leastLow);
  store<i64>(state + MIN + 8, leastHigh);
  store<u64>(state + MAX, mostLow);
  store<i64>(state + MAX + 8, mostHigh);
  store<u32>(state + VALUES, seen);
}

/** Bounds are kept as f64, without NaNs, which are counted. */
@inline
function analyzeFloats<T>(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, state: usize): void {
  let seen = load<u32>(state + VALUES);
  let nans = load<u32>(state + NANS);
  let least: f64 = seen == 0 ? Infinity : load<f64>(state + MIN);
  let most: f64 = seen == 0 ? -Infinity : load<f64>(state + MAX);
  const plain = load<u32>(state + PLAIN) != 0;
  for (; count != 0; count--, values += stride, valid += validStride) {
    if (!isValid(valid)) continue;
    const value = <f64>load<T>(values);
    seen += 1;
    nans += <u32>(value != value);
    if (value < least) least = value;
    if (value > most) most = value;
    // Adding 0 makes -0 into 0.
    if (!plain) sketch(state, mix(reinterpret<u64>(value + 0.0)));
  }
  store<f64>(state + MIN, least);
  store<f64>(state + MAX, most);
  store<u32>(state + NANS, nans);
  store<u32>(state + VALUES, seen);
}

export function analyzeF32(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, state: usize): void {
  analyzeFloats<f32>(values, stride, count, valid, validStride, state);
}
export function analyzeF64(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, state: usize): void {
  analyzeFloats<f64>(values, stride, count, valid, validStride, state);
}

/** Whether string `a` comes before `b` in byte order. */
@inline
function isBefore(a: u64, b: u64): bool {
  const aLength = <u32>(a >> 32);
  const bLength = <u32>(b >> 32);
  const common = min(aLength, bLength);
  const order = memory.compare(<usize>(<u32>a), <usize>(<u32>b), common);
  return order == 0 ? aLength < bLength : order < 0;
}

/** The first 8 bytes as a big-endian number, zeros behind the end. Reads up to 7 bytes beyond. */
@inline
function prefixOf(ref: u64): u64 {
  const length = ref >> 32;
  if (length == 0) return 0;
  const bytes = bswap<u64>(load<u64>(<usize>(<u32>ref)));
  return length >= 8 ? bytes : bytes & ~(u64.MAX_VALUE >> (length << 3));
}

/** Bounds are kept as references. */
export function analyzeStrings(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, state: usize): void {
  let seen = load<u32>(state + VALUES);
  let bytes = load<u64>(state + BYTES);
  let least = load<u64>(state + MIN);
  let most = load<u64>(state + MAX);
  if (load<u32>(state + PLAIN) != 0) {
    for (; count != 0; count--, values += stride, valid += validStride) {
      if (!isValid(valid)) continue;
      bytes += load<u32>(values + 4);
      seen += 1;
    }
    store<u32>(state + VALUES, seen);
    store<u64>(state + BYTES, bytes);
    return;
  }
  let leastPrefix = seen == 0 ? u64.MAX_VALUE : prefixOf(least);
  let mostPrefix = seen == 0 ? 0 : prefixOf(most);
  for (; count != 0; count--, values += stride, valid += validStride) {
    if (!isValid(valid)) continue;
    const ref = load<u64>(values);
    bytes += ref >> 32;
    const prefix = prefixOf(ref);
    if (prefix <= leastPrefix && (seen == 0 || prefix < leastPrefix || isBefore(ref, least))) {
      least = ref;
      leastPrefix = prefix;
    }
    if (prefix >= mostPrefix && (seen == 0 || prefix > mostPrefix || isBefore(most, ref))) {
      most = ref;
      mostPrefix = prefix;
    }
    seen += 1;
    sketch(state, mix(hashBytes(<usize>(<u32>ref), <u32>(ref >> 32))));
  }
  store<u64>(state + MIN, least);
  store<u64>(state + MAX, most);
  store<u32>(state + VALUES, seen);
  store<u64>(state + BYTES, bytes);
}

/**
 * Numbers strings through a hash table of 2^`slotBits` u32 slots (code + 1, 0 = empty), which must have more slots than
 * `limit`. New strings go to `dictionary` (references). Writes u16 codes, 0 for NULL, counts values and bytes in `state`.
 * Returns the number of entries, or -1 when there would be more than `limit`; then `state` is untouched, and the
 * dictionary holds `limit` entries.
 */
export function internStrings(
  values: usize,
  stride: u32,
  count: u32,
  valid: usize,
  validStride: u32,
  state: usize,
  slots: usize,
  slotBits: u32,
  dictionary: usize,
  entries: u32,
  limit: u32,
  codes: usize,
): i32 {
  const mask = ((<u32>1) << slotBits) - 1;
  const shift = <u64>(64 - slotBits);
  let seen: u32 = 0;
  let bytes: u64 = 0;
  for (; count != 0; count--, values += stride, valid += validStride, codes += 2) {
    if (!isValid(valid)) {
      store<u16>(codes, 0);
      continue;
    }
    const ref = load<u64>(values);
    const at = <usize>(<u32>ref);
    const length = <u32>(ref >> 32);
    seen += 1;
    bytes += length;
    let slot = <u32>(hashBytes(at, length) >> shift);
    let entry: u32;
    for (;;) {
      entry = load<u32>(slots + (<usize>slot << 2));
      if (entry == 0) {
        if (entries == limit) return -1;
        store<u64>(dictionary + (<usize>entries << 3), ref);
        entries += 1;
        entry = entries;
        store<u32>(slots + (<usize>slot << 2), entry);
        break;
      }
      const other = load<u64>(dictionary + (<usize>(entry - 1) << 3));
      if (<u32>(other >> 32) == length && sameBytes(<usize>(<u32>other), at, length)) break;
      slot = (slot + 1) & mask;
    }
    store<u16>(codes, entry - 1);
  }
  store<u32>(state + VALUES, load<u32>(state + VALUES) + seen);
  store<u64>(state + BYTES, load<u64>(state + BYTES) + bytes);
  return <i32>entries;
}

/** Strings of codes of `codeBytes` bytes (1, 2 or 4); NULL becomes the empty string at address 0. */
export function gatherRefs(
  values: usize,
  stride: u32,
  count: u32,
  valid: usize,
  validStride: u32,
  codeBytes: u32,
  dictionary: usize,
  target: usize,
): void {
  for (; count != 0; count--, values += stride, valid += validStride, target += 8) {
    const code = codeBytes == 1 ? <u32>load<u8>(values) : codeBytes == 2 ? <u32>load<u16>(values) : load<u32>(values);
    store<u64>(target, isValid(valid) ? load<u64>(dictionary + (<usize>code << 3)) : 0);
  }
}

/** Bytes of all strings; a float: it may pass 4 GiB. */
export function sumLengths(values: usize, stride: u32, count: u32, valid: usize, validStride: u32): f64 {
  let bytes: u64 = 0;
  for (; count != 0; count--, values += stride, valid += validStride) {
    if (isValid(valid)) bytes += <u64>load<u32>(values + 4);
  }
  return <f64>bytes;
}

/** Bytes up to which a loop copies faster than a call. */
const SHORT: u32 = 256;

/** Copies strings side by side to `bytes` and their references to `refs`; returns the address behind the last. Writes up to 15 bytes more. */
export function copyStrings(
  values: usize,
  stride: u32,
  count: u32,
  valid: usize,
  validStride: u32,
  refs: usize,
  bytes: usize,
): usize {
  for (; count != 0; count--, values += stride, valid += validStride, refs += 8) {
    const at = <usize>load<u32>(values);
    const length = isValid(valid) ? load<u32>(values + 4) : 0;
    if (length <= SHORT) {
      for (let k: usize = 0; k < length; k += 16) v128.store(bytes + k, v128.load(at + k));
    } else {
      memory.copy(bytes, at, length);
    }
    storeRef(refs, length == 0 ? 0 : bytes, length);
    bytes += length;
  }
  return bytes;
}

@inline
function gather<T>(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, target: usize): void {
  for (; count != 0; count--, values += stride, valid += validStride, target += sizeof<T>()) {
    const value = load<T>(values);
    store<T>(target, isValid(valid) ? value : <T>0);
  }
}

function gather128Bits(values: usize, stride: u32, count: u32, valid: usize, validStride: u32, target: usize): void {
  for (; count != 0; count--, values += stride, valid += validStride, target += 16) {
    v128.store(target, isValid(valid) ? v128.load(values) : i64x2.splat(0));
  }
}

@inline
function loadWide(at: usize, bytes: u32, signed: bool): i64 {
  if (bytes == 1) return signed ? <i64>load<i8>(at) : <i64>load<u8>(at);
  if (bytes == 2) return signed ? <i64>load<i16>(at) : <i64>load<u16>(at);
  if (bytes == 4) return signed ? <i64>load<i32>(at) : <i64>load<u32>(at);
  return load<i64>(at);
}

@inline
function storeLow(at: usize, bytes: u32, value: i64): void {
  if (bytes == 2) store<i16>(at, <i16>value);
  else if (bytes == 4) store<i32>(at, <i32>value);
  else store<i64>(at, value);
}

/**
 * Values of `bytes` bytes side by side to `target` as values of `targetBytes` bytes; NULL becomes 0. Narrowing keeps the
 * low bytes: the caller knows that the values fit. Widening extends by the sign where `signed`, else by zeros.
 */
export function gatherFixed(
  values: usize,
  stride: u32,
  count: u32,
  valid: usize,
  validStride: u32,
  bytes: u32,
  signed: bool,
  target: usize,
  targetBytes: u32,
): void {
  if (targetBytes <= bytes) {
    if (targetBytes == 1) gather<u8>(values, stride, count, valid, validStride, target);
    else if (targetBytes == 2) gather<u16>(values, stride, count, valid, validStride, target);
    else if (targetBytes == 4) gather<u32>(values, stride, count, valid, validStride, target);
    else if (targetBytes == 8) gather<u64>(values, stride, count, valid, validStride, target);
    else gather128Bits(values, stride, count, valid, validStride, target);
    return;
  }
  for (; count != 0; count--, values += stride, valid += validStride, target += targetBytes) {
    const value = isValid(valid) ? loadWide(values, bytes, signed) : 0;
    if (targetBytes == 16) {
      store<i64>(target, value);
      store<i64>(target + 8, signed ? value >> 63 : 0);
    } else {
      storeLow(target, targetBytes, value);
    }
  }
}

/** Validity bytes -> bits from bit `offset` of `bitmap` on, which must be 0 before. */
export function packValidity(valid: usize, validStride: u32, count: u32, bitmap: usize, offset: u32): void {
  for (; count != 0 && (offset & 7) != 0; count--, offset++, valid += validStride) {
    const at = bitmap + <usize>(offset >> 3);
    store<u8>(at, load<u8>(at) | (<u8>isValid(valid) << <u8>(offset & 7)));
  }
  let at = bitmap + <usize>(offset >> 3);
  for (; count >= 8; count -= 8, at++) {
    let byte: u32 = 0;
    for (let k: u32 = 0; k < 8; k++, valid += validStride) byte |= <u32>isValid(valid) << k;
    store<u8>(at, byte);
  }
  for (let k: u32 = 0; k < count; k++, valid += validStride) store<u8>(at, load<u8>(at) | (<u8>isValid(valid) << <u8>k));
}

/** Bits from bit `offset` of `bitmap` on -> bytes 0 and 1. */
export function unpackValidity(bitmap: usize, offset: u32, count: u32, target: usize): void {
  for (let i: u32 = 0; i < count; i++, offset++) {
    store<u8>(target + i, (load<u8>(bitmap + <usize>(offset >> 3)) >> <u8>(offset & 7)) & 1);
  }
}

@inline
function storeWide(at: usize, bytes: u32, value: i64, signed: bool): void {
  if (bytes == 16) {
    store<i64>(at, value);
    store<i64>(at + 8, signed ? value >> 63 : 0);
  } else {
    storeLow(at, bytes, value);
  }
}

/**
 * Rows of a column by their numbers: the u32 at `picks` (0: the rows from number `first` on). `bitmap`: the column's
 * validity, 0: no NULLs. Values go to `target` as values of `targetBytes` bytes (see `gatherFixed`), one validity byte each
 * to `valid`.
 */
export function pickRows(
  data: usize,
  bytes: u32,
  signed: bool,
  bitmap: usize,
  picks: usize,
  first: u32,
  count: u32,
  target: usize,
  targetBytes: u32,
  valid: usize,
): void {
  for (let i: u32 = 0; i < count; i++, target += targetBytes) {
    const row = picks == 0 ? first + i : load<u32>(picks + (<usize>i << 2));
    const present: u8 = bitmap == 0 ? 1 : (load<u8>(bitmap + <usize>(row >> 3)) >> <u8>(row & 7)) & 1;
    store<u8>(valid + i, present);
    if (bytes == 16) v128.store(target, v128.load(data + (<usize>row << 4)));
    else storeWide(target, targetBytes, loadWide(data + <usize>row * bytes, bytes, signed), signed);
  }
}

/**
 * Values of new rows over those at `target`: where the u32 at `rows` is not 0 it is the address of a row with a value of
 * `bytes` bytes at `offset` and its validity byte at `validOffset` (negative: never NULL). `dictionary` not 0: the values are
 * codes into the string references there.
 */
export function overlayRows(
  rows: usize,
  count: u32,
  offset: u32,
  validOffset: i32,
  bytes: u32,
  dictionary: usize,
  target: usize,
  targetBytes: u32,
  valid: usize,
): void {
  for (let i: u32 = 0; i < count; i++, target += targetBytes) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (row == 0) continue;
    const present: u8 = validOffset < 0 ? 1 : load<u8>(row + <usize>validOffset);
    store<u8>(valid + i, present);
    const at = row + offset;
    if (dictionary != 0) store<u64>(target, present != 0 ? load<u64>(dictionary + (<usize>load<u32>(at) << 3)) : 0);
    else if (bytes == 16 && targetBytes == 16) v128.store(target, v128.load(at));
    else storeWide(target, targetBytes, loadWide(at, bytes, true), true);
  }
}
