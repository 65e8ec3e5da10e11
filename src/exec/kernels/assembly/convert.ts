/** From Parquet's physical values to the engine's lanes. All return 1, or 0 when a value does not fit its lane. */

/** i32 -> the low byte, which must hold the whole value. In-place use is fine. */
export function narrowTo8(source: usize, count: u32, target: usize, signed: bool): i32 {
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i32>(source + ((<usize>i) << 2));
    bad |= <u32>(signed ? value - <i32>(<i8>value) : value & ~0xff);
    store<u8>(target + i, <u8>value);
  }
  return bad == 0 ? 1 : 0;
}

/** i32 -> the low two bytes, which must hold the whole value. In-place use is fine. */
export function narrowTo16(source: usize, count: u32, target: usize, signed: bool): i32 {
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i32>(source + ((<usize>i) << 2));
    bad |= <u32>(signed ? value - <i32>(<i16>value) : value & ~0xffff);
    store<u16>(target + ((<usize>i) << 1), <u16>value);
  }
  return bad == 0 ? 1 : 0;
}

/** i32 -> i64, times a factor below 2^31. */
export function widen32(source: usize, count: u32, factor: i32, target: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    store<i64>(target + ((<usize>i) << 3), <i64>load<i32>(source + ((<usize>i) << 2)) * <i64>factor);
  }
}

/** i64 times a factor. */
export function multiply64(source: usize, count: u32, factor: i32, target: usize): i32 {
  const most = i64.MAX_VALUE / <i64>factor;
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(source + ((<usize>i) << 3));
    bad |= <u32>(value > most) | <u32>(value < -most);
    store<i64>(target + ((<usize>i) << 3), value * <i64>factor);
  }
  return bad == 0 ? 1 : 0;
}

/** i64 divided, rounding towards negative infinity. */
export function divide64(source: usize, count: u32, divisor: i32, target: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(source + ((<usize>i) << 3));
    const quotient = value / <i64>divisor;
    store<i64>(target + ((<usize>i) << 3), quotient - <i64>(quotient * <i64>divisor > value));
  }
}

/** i64 divided, rounding to the nearest, halves away from zero. */
export function roundedDivide64(source: usize, count: u32, divisor: i32, target: usize): void {
  const half = <i64>divisor / 2;
  for (let i: u32 = 0; i < count; i++) {
    const value = load<i64>(source + ((<usize>i) << 3));
    store<i64>(target + ((<usize>i) << 3), (value + (value < 0 ? -half : half)) / <i64>divisor);
  }
}

const UNIX_EPOCH_JULIAN: i64 = 2440588;
const MICROS_PER_DAY: i64 = 86400000000;

/** INT96 (nanoseconds of the day, Julian day) -> microseconds since 1970. */
export function int96ToMicros(source: usize, count: u32, target: usize): i32 {
  const farthest = i64.MAX_VALUE / MICROS_PER_DAY - 1;
  let bad: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const nanos = load<i64>(source);
    const day = <i64>load<i32>(source + 8) - UNIX_EPOCH_JULIAN;
    const micros = nanos / 1000 - <i64>((nanos / 1000) * 1000 > nanos);
    bad |= <u32>(day > farthest) | <u32>(day < -farthest) | <u32>(micros >= MICROS_PER_DAY) | <u32>(micros < 0);
    store<i64>(target + ((<usize>i) << 3), day * MICROS_PER_DAY + micros);
    source += 12;
  }
  return bad == 0 ? 1 : 0;
}

/** References to big-endian two's complement numbers of any length -> i64. */
export function bigEndianTo64(refs: usize, count: u32, target: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    let at = <usize>load<u32>(refs + ((<usize>i) << 3));
    const end = at + load<u32>(refs + ((<usize>i) << 3) + 4);
    let value: i64 = at < end ? <i64>load<i8>(at++) : 0;
    for (; at < end; at++) {
      if (value != (value << 8) >> 8) return 0;
      value = (value << 8) | <i64>load<u8>(at);
    }
    store<i64>(target + ((<usize>i) << 3), value);
  }
  return 1;
}

/** References to big-endian two's complement numbers of any length -> i128, low word first. */
export function bigEndianTo128(refs: usize, count: u32, target: usize): i32 {
  for (let i: u32 = 0; i < count; i++) {
    let at = <usize>load<u32>(refs + ((<usize>i) << 3));
    const end = at + load<u32>(refs + ((<usize>i) << 3) + 4);
    let low: i64 = at < end ? <i64>load<i8>(at++) : 0;
    let high: i64 = low >> 63;
    for (; at < end; at++) {
      if (high != (high << 8) >> 8) return 0;
      high = (high << 8) | <i64>(<u64>low >> 56);
      low = (low << 8) | <i64>load<u8>(at);
    }
    store<i64>(target + ((<usize>i) << 4), low);
    store<i64>(target + ((<usize>i) << 4) + 8, high);
  }
  return 1;
}

/** References to little-endian half floats -> f32. */
export function halfToFloat(refs: usize, count: u32, target: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const half = <u32>load<u16>(<usize>load<u32>(refs + ((<usize>i) << 3)));
    const sign = (half & 0x8000) << 16;
    const magnitude = half & 0x7fff;
    let bits: u32;
    if (magnitude >= 0x7c00) bits = 0x7f800000 | ((magnitude & 0x3ff) << 13);
    else if (magnitude >= 0x400) bits = (magnitude << 13) + (112 << 23);
    // Subnormal halves are normal floats: magnitude * 2^-24.
    else bits = reinterpret<u32>(<f32>magnitude * reinterpret<f32>(103 << 23));
    store<u32>(target + ((<usize>i) << 2), sign | bits);
  }
}

/** References to Parquet intervals (u32 months, days, milliseconds) -> i32 months, i32 days, i64 microseconds. */
export function toInterval(refs: usize, count: u32, target: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const from = <usize>load<u32>(refs + ((<usize>i) << 3));
    const to = target + ((<usize>i) << 4);
    store<u64>(to, load<u64>(from));
    store<i64>(to + 8, <i64>load<u32>(from + 8) * 1000);
  }
}
