import type { Column } from "../../planner/expr/expr.ts";
import { type FunctionBuilder, i32, i64, load, num, select } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { type Operand, operand, type Range, type Rep } from "../../planner/ir/operand.ts";
import type { Dictionary } from "./program.ts";

/** A field of the rows that pipeline breakers keep. `dictionary`: the field holds a u32 code instead of the string. */
export type RowField = {
  readonly offset: number;
  readonly rep: Rep;
  readonly range: Range | undefined;
  /** Offset of the byte that is 1 when the value is not NULL; undefined: never NULL. */
  readonly validOffset: number | undefined;
  readonly dictionary: Dictionary | undefined;
};

export const REP_BYTES: { readonly [R in Rep]: number } = {
  i32: 4,
  i64: 8,
  i128: 16,
  f32: 4,
  f64: 8,
  str: 8,
  interval: 16,
};

/** Lays fields out behind a header of `headerBytes` bytes. Strides are multiples of 8. */
export class RowLayout {
  readonly headerBytes: number;
  private size: number;
  private readonly fields = new Map<number, RowField>();

  constructor(headerBytes: number) {
    this.headerBytes = headerBytes;
    this.size = headerBytes;
  }

  get stride(): number {
    return Math.ceil(this.size / 8) * 8;
  }

  /** Reserves `bytes` bytes (aligned to at most 8) and returns their offset. */
  reserve(bytes: number): number {
    const align = Math.min(8, bytes);
    const offset = Math.ceil(this.size / align) * align;
    this.size = offset + bytes;
    return offset;
  }

  add(key: number, like: Pick<Operand, "rep" | "range">, nullable: boolean, dictionary?: Dictionary): RowField {
    const field: RowField = {
      offset: this.reserve(dictionary === undefined ? REP_BYTES[like.rep] : 4),
      rep: like.rep,
      range: like.range,
      validOffset: nullable ? this.reserve(1) : undefined,
      dictionary,
    };
    this.fields.set(key, field);
    return field;
  }

  field(column: Column | number): RowField {
    const field = this.fields.get(typeof column === "number" ? column : column.id);
    if (field === undefined)
      throw new Error(`row has no field for column ${typeof column === "number" ? column : column.name}`);
    return field;
  }

  has(column: number): boolean {
    return this.fields.has(column);
  }

  entries(): IterableIterator<[number, RowField]> {
    return this.fields.entries();
  }
}

/** Stores a value (not its validity) of `rep` at `address + offset`. */
export function storeValue(
  b: FunctionBuilder,
  address: Ir,
  offset: number,
  value: Pick<Operand, "rep" | "lo" | "hi">,
): void {
  switch (value.rep) {
    case "i32":
      return b.store("i32.store", address, value.lo, offset);
    case "i64":
    case "str":
      return b.store("i64.store", address, value.lo, offset);
    case "f32":
      return b.store("f32.store", address, value.lo, offset);
    case "f64":
      return b.store("f64.store", address, value.lo, offset);
    case "i128":
    case "interval":
      b.store("i64.store", address, value.lo, offset);
      return b.store("i64.store", address, value.hi ?? i64(0), offset + 8);
  }
}

/** Loads a value of `rep`; `lo` and `hi` are bound. */
export function loadValue(b: FunctionBuilder, address: Ir, offset: number, rep: Rep): { lo: Ir; hi: Ir | undefined } {
  switch (rep) {
    case "i32":
      return { lo: b.let(load("i32.load", address, offset)), hi: undefined };
    case "i64":
    case "str":
      return { lo: b.let(load("i64.load", address, offset)), hi: undefined };
    case "f32":
      return { lo: b.let(load("f32.load", address, offset)), hi: undefined };
    case "f64":
      return { lo: b.let(load("f64.load", address, offset)), hi: undefined };
    case "i128":
    case "interval":
      return { lo: b.let(load("i64.load", address, offset)), hi: b.let(load("i64.load", address, offset + 8)) };
  }
}

/** Brings a value into a wider representation of the same value. */
export function widen(value: Operand, rep: Rep, b: FunctionBuilder): Operand {
  if (value.rep === rep) return value;
  const asI64 = value.rep === "i32" ? b.let(num("i64.extend_i32_s", value.lo)) : value.lo;
  if (rep === "i64" && value.rep === "i32") return { ...value, rep, lo: asI64 };
  if (rep === "i128" && (value.rep === "i32" || value.rep === "i64")) {
    return { ...value, rep, lo: asI64, hi: b.let(num("i64.shr_s", asI64, i64(63))) };
  }
  throw new Error(`cannot widen ${value.rep} to ${rep}`);
}

/** Writes value and validity of a field. For dictionary fields `value.lo` is the code. */
export function storeField(b: FunctionBuilder, row: Ir, field: RowField, value: Operand): void {
  if (field.dictionary !== undefined) b.store("i32.store", row, value.lo, field.offset);
  else storeValue(b, row, field.offset, widen(value, field.rep, b));
  if (field.validOffset !== undefined) b.store("i32.store8", row, value.valid ?? i32(1), field.validOffset);
  else if (value.valid !== undefined) throw new Error("a nullable value in a field that is never NULL");
}

/** Reads the field of a row; `row` must be readable. Kept strings are stable. */
export function loadField(b: FunctionBuilder, row: Ir, field: RowField): Operand {
  const valid = field.validOffset === undefined ? undefined : b.let(load("i32.load8_u", row, field.validOffset));
  if (field.dictionary !== undefined) {
    const code = load("i32.load", row, field.offset);
    return operand("str", dictionaryString(b, field.dictionary, code), { valid, stable: true });
  }
  const { lo, hi } = loadValue(b, row, field.offset, field.rep);
  return operand(field.rep, lo, { hi, valid, range: field.range, stable: true });
}

/** The string a code stands for. Code 0 is always readable. */
export function dictionaryString(b: FunctionBuilder, dictionary: Dictionary, code: Ir): Ir {
  const base = b.entry(load("i32.load", b.param(0), dictionary.slot), `dict${dictionary.slot}`);
  return b.let(load("i64.load", num("i32.add", base, num("i32.shl", code, i32(3)))));
}

/** The row of a field, or an all-zero row when the pointer is 0 (the missing side of an outer join). */
export function loadNullableField(b: FunctionBuilder, row: Ir, field: RowField): Operand {
  const present = b.let(num("i32.ne", row, i32(0)));
  const value = loadField(b, row, field);
  const valid = value.valid === undefined ? present : b.let(num("i32.and", present, value.valid));
  const lo = value.rep === "str" ? b.let(select(present, value.lo, i64(0))) : value.lo;
  return { ...value, lo, valid };
}
