import type { SortKey } from "../../../planner/expr/expr.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import { type FunctionBuilder, get, i32, i64, load, not, num, select } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import { addressOf, asI64, INT64, lengthOf, rangeOf } from "../../../planner/ir/lower/rep.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { SqlType } from "../../../planner/types/types.ts";
import { loadField, type RowLayout } from "../../codegen/row-layout.ts";

const WORD = 64;

/** `width` bits that order values as the key does; `exact`: equal bits mean equal values. */
type Part = { readonly bits: Ir; readonly width: number; readonly isExact: boolean };

/**
 * The first 64 bits of a row's normalised sort keys: unsigned, they order rows as the keys do as far as they reach. `isExact`:
 * they hold all of the keys.
 */
export type KeyPrefix = { readonly bits: Ir; readonly isExact: boolean };

export function emitKeyPrefix(
  b: FunctionBuilder,
  layout: RowLayout,
  keys: readonly SortKey[],
  keyIds: readonly number[],
  row: Ir,
): KeyPrefix {
  let bits: Ir = i64(0);
  let free = WORD;
  for (const [i, key] of keys.entries()) {
    const value = loadField(b, row, layout.field(keyIds[i] as number));
    const part = keyPart(b, value, typeOf(key.expr), key);
    if (part === undefined) return { bits, isExact: false };
    if (part.width > free) {
      const dropped = part.width - free;
      if (free > 0) bits = joined(b, bits, free, b.let(num("i64.shr_u", part.bits, i64(dropped))));
      return { bits, isExact: false };
    }
    bits = joined(b, bits, part.width, part.bits);
    free -= part.width;
    if (!part.isExact) return { bits, isExact: false };
  }
  return { bits, isExact: true };
}

function joined(b: FunctionBuilder, high: Ir, width: number, low: Ir): Ir {
  return width === WORD ? low : b.let(num("i64.or", num("i64.shl", high, i64(width)), low));
}

/** The value with its direction, and where NULLs go. */
function keyPart(b: FunctionBuilder, value: Operand, type: SqlType, key: SortKey): Part | undefined {
  const plain = valuePart(b, value, type);
  if (plain === undefined) return undefined;
  const { width, isExact } = plain;
  const mask = width === WORD ? -1n : 2n ** BigInt(width) - 1n;
  const directed = key.descending ? b.let(num("i64.xor", plain.bits, i64(mask))) : plain.bits;
  const { valid } = value;
  if (valid === undefined) return { bits: directed, width, isExact };
  // One bit more tells NULLs from values; a whole word gives its last bit away for it.
  const isWhole = width === WORD;
  const shortened = isWhole ? num("i64.shr_u", directed, i64(1)) : directed;
  const kept = isWhole ? WORD - 1 : width;
  const flag = num("i64.extend_i32_u", key.nullsFirst ? valid : not(valid));
  const bits = num("i64.or", num("i64.shl", flag, i64(kept)), select(valid, b.let(shortened), i64(0)));
  return { bits: b.let(bits), width: kept + 1, isExact: isExact && !isWhole };
}

/** The value's bits, ascending; undefined for types without such. */
function valuePart(b: FunctionBuilder, value: Operand, type: SqlType): Part | undefined {
  switch (type.kind) {
    case "Varchar":
    case "Blob":
    case "Bit":
    case "Bignum":
      return value.rep === "str" ? { bits: stringBits(b, value.lo), width: WORD, isExact: false } : undefined;
    case "Real":
    case "Double":
      return floatPart(b, value);
    case "Uuid":
    case "UHugeInt":
      return undefined;
    default:
      return value.rep === "i32" || value.rep === "i64" || value.rep === "i128" ? integerPart(b, value) : undefined;
  }
}

function integerPart(b: FunctionBuilder, value: Operand): Part {
  const { min, max } = rangeOf(value);
  const width = (max - min).toString(2).length;
  if (width <= WORD && (value.rep !== "i128" || (min >= INT64.min && max <= INT64.max))) {
    return { bits: b.let(num("i64.sub", asI64(b, value), i64(min))), width, isExact: true };
  }
  return { bits: b.let(num("i64.xor", value.hi as Ir, i64(INT64.min))), width: WORD, isExact: false };
}

/** Negative numbers with all bits inverted come before positive ones; -0 is 0, and every NaN is the same and last. */
function floatPart(b: FunctionBuilder, value: Operand): Part {
  const isReal = value.rep === "f32";
  const type = isReal ? "f32" : "f64";
  const zero: Ir = { op: "const", type, value: 0 };
  const x = b.let(num(`${type}.add`, value.lo, zero));
  const isNumber = num(`${type}.eq`, x, x);
  if (isReal) {
    const word = b.let(select(isNumber, num("i32.reinterpret_f32", x), i32(0x7fc00000)));
    const flip = num("i32.or", num("i32.shr_s", word, i32(31)), i32(-(2 ** 31)));
    return { bits: b.let(num("i64.extend_i32_u", num("i32.xor", word, flip))), width: 32, isExact: true };
  }
  const word = b.let(select(isNumber, num("i64.reinterpret_f64", x), i64(0x7ff8000000000000n)));
  const flip = num("i64.or", num("i64.shr_s", word, i64(63)), i64(INT64.min));
  return { bits: b.let(num("i64.xor", word, flip)), width: WORD, isExact: true };
}

/** The first 8 bytes, most significant first, zeros behind the end. Reads up to 7 bytes behind the string. */
function stringBits(b: FunctionBuilder, string: Ir): Ir {
  const result = b.bind(i64(0), "prefix");
  const length = b.let(lengthOf(string));
  b.if(length, () => {
    const word = b.let(load("i64.load", addressOf(string)));
    const swapped = swapBytes(b, word);
    const unused = num("i64.extend_i32_u", num("i32.shl", num("i32.sub", i32(8), length), i32(3)));
    const cleared = num("i64.shl", num("i64.shr_u", swapped, b.let(unused)), b.let(unused));
    b.set(result, select(num("i32.lt_u", length, i32(8)), cleared, swapped));
  });
  return get(result);
}

function swapBytes(b: FunctionBuilder, word: Ir): Ir {
  const step = (x: Ir, bits: number, mask: bigint): Ir =>
    b.let(
      num(
        "i64.or",
        num("i64.shl", num("i64.and", x, i64(mask)), i64(bits)),
        num("i64.and", num("i64.shr_u", x, i64(bits)), i64(mask)),
      ),
    );
  const bytes = step(word, 8, 0x00ff00ff00ff00ffn);
  const halves = step(bytes, 16, 0x0000ffff0000ffffn);
  return b.let(num("i64.rotl", halves, i64(32)));
}
