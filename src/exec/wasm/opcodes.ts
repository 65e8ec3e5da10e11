/** Opcodes of the WebAssembly core specification 2.0 (sections 5.4.6-5.4.9) and the threads proposal, by text-format name. */

const table = (first: number, names: string): [string, number][] =>
  names
    .trim()
    .split(/\s+/)
    .map((name, i): [string, number] => [name, first + i])
    .filter(([name]) => name !== "-");

/** Instructions without immediates, one byte. */
export const NUMERIC: ReadonlyMap<string, number> = new Map([
  ...table(
    0x45,
    `i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
     i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
     f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
     i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor
     i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
     i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor
     i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
     f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
     f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
     i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
     i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
     f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
     f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
     i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
     i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`,
  ),
]);

/** Saturating truncations, prefix 0xfc. */
export const SATURATING: ReadonlyMap<string, number> = new Map(
  table(
    0,
    `i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
     i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u`,
  ),
);

/** Loads and stores: opcode and natural alignment (log2). */
export const MEMORY: ReadonlyMap<string, readonly [opcode: number, align: number]> = new Map([
  ["i32.load", [0x28, 2]],
  ["i64.load", [0x29, 3]],
  ["f32.load", [0x2a, 2]],
  ["f64.load", [0x2b, 3]],
  ["i32.load8_s", [0x2c, 0]],
  ["i32.load8_u", [0x2d, 0]],
  ["i32.load16_s", [0x2e, 1]],
  ["i32.load16_u", [0x2f, 1]],
  ["i64.load8_s", [0x30, 0]],
  ["i64.load8_u", [0x31, 0]],
  ["i64.load16_s", [0x32, 1]],
  ["i64.load16_u", [0x33, 1]],
  ["i64.load32_s", [0x34, 2]],
  ["i64.load32_u", [0x35, 2]],
  ["i32.store", [0x36, 2]],
  ["i64.store", [0x37, 3]],
  ["f32.store", [0x38, 2]],
  ["f64.store", [0x39, 3]],
  ["i32.store8", [0x3a, 0]],
  ["i32.store16", [0x3b, 1]],
  ["i64.store8", [0x3c, 0]],
  ["i64.store16", [0x3d, 1]],
  ["i64.store32", [0x3e, 2]],
]);

/** SIMD loads and stores, prefix 0xfd. */
export const SIMD_MEMORY: ReadonlyMap<string, readonly [opcode: number, align: number]> = new Map([
  ["v128.load", [0x00, 0]],
  ["v128.load8x8_s", [0x01, 0]],
  ["v128.load8x8_u", [0x02, 0]],
  ["v128.load16x4_s", [0x03, 0]],
  ["v128.load16x4_u", [0x04, 0]],
  ["v128.load32x2_s", [0x05, 0]],
  ["v128.load32x2_u", [0x06, 0]],
  ["v128.load32_zero", [0x5c, 0]],
  ["v128.load64_zero", [0x5d, 0]],
  ["v128.store", [0x0b, 0]],
]);

/** SIMD instructions without immediates, prefix 0xfd; `-` marks unassigned opcodes. */
export const SIMD: ReadonlyMap<string, number> = new Map([
  ["i8x16.swizzle", 0x0e],
  ...table(0x0f, "i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat"),
  ...table(
    0x23,
    `i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u
     i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u
     i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u
     f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge
     f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
     v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true`,
  ),
  ...table(0x63, "i8x16.all_true i8x16.bitmask"),
  ...table(0x83, "i16x8.all_true i16x8.bitmask"),
  ...table(
    0x87,
    "i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u",
  ),
  ...table(0xa3, "i32x4.all_true i32x4.bitmask"),
  ...table(
    0xa7,
    "i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u",
  ),
  ...table(0xae, "i32x4.add"),
  ...table(0xb1, "i32x4.sub"),
  ...table(0xb5, "i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u"),
  ...table(0xc3, "i64x2.all_true i64x2.bitmask"),
  ...table(
    0xc7,
    "i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u",
  ),
  ...table(0xce, "i64x2.add"),
  ...table(0xd1, "i64x2.sub"),
  ...table(0xd5, "i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s"),
  ...table(
    0xdc,
    "i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u",
  ),
  ...table(0xf0, "f64x2.add f64x2.sub f64x2.mul f64x2.div"),
]);

/** SIMD lane access, prefix 0xfd, lane indices follow. */
export const SIMD_LANE: ReadonlyMap<string, number> = new Map([
  ["i8x16.shuffle", 0x0d],
  ["i32x4.extract_lane", 0x1b],
  ["i32x4.replace_lane", 0x1c],
  ["i64x2.extract_lane", 0x1d],
  ["i64x2.replace_lane", 0x1e],
  ["f64x2.extract_lane", 0x21],
  ["f64x2.replace_lane", 0x22],
]);

/** Atomics, prefix 0xfe: opcode and alignment. */
export const ATOMIC: ReadonlyMap<string, readonly [opcode: number, align: number]> = new Map([
  ["i32.atomic.load", [0x10, 2]],
  ["i64.atomic.load", [0x11, 3]],
  ["i32.atomic.store", [0x17, 2]],
  ["i64.atomic.store", [0x18, 3]],
  ["i32.atomic.rmw.add", [0x1e, 2]],
  ["i64.atomic.rmw.add", [0x1f, 3]],
  ["i32.atomic.rmw8.or_u", [0x35, 0]],
  ["i32.atomic.rmw.or", [0x33, 2]],
  ["i32.atomic.rmw.xchg", [0x41, 2]],
  ["i64.atomic.rmw.xchg", [0x42, 3]],
  ["i32.atomic.rmw.cmpxchg", [0x48, 2]],
  ["i64.atomic.rmw.cmpxchg", [0x49, 3]],
]);
