/** Nested values as IR: reading and making the blocks that `types/nested.ts` describes. */
import type { HelperContext, LowerContext } from "../../functions/function.ts";
import { laneOf } from "../../types/lane.ts";
import { isVariable, LIST_HEADER, slotBytes, structLayout } from "../../types/nested.ts";
import type { SqlType } from "../../types/types.ts";
import { call, f32, f64, FunctionBuilder, get, i32, i64, load, num, select } from "../builder.ts";
import type { FunctionRef, Ir, Local } from "../ir.ts";
import { type Operand, operand } from "../operand.ts";
import { addressOf, isIntegerRep, lengthOf, makeString, repOf, toRep, typeRange } from "./rep.ts";

/**
 * The block of a value that may be NULL: that of NULL is address 0, where the first words of memory are zero (an empty list,
 * fields that are NULL).
 */
export function blockOf(b: FunctionBuilder, value: Operand): Ir {
  const address = addressOf(value.lo);
  return b.let(value.valid === undefined ? address : select(value.valid, address, i32(0)));
}

/** The number of elements. */
export const listCount = (block: Ir): Ir => load("i32.load", block);

/** Element `index` (0-based, an i32 below `count`) of a list block. */
export function loadElement(
  b: FunctionBuilder,
  block: Ir,
  count: Ir,
  index: Ir,
  type: SqlType,
  stable: boolean,
): Operand {
  const base = b.let(num("i32.add", block, index));
  const valid = b.let(load("i32.load8_u", base, LIST_HEADER));
  const bytes = slotBytes(type);
  const slot = b.let(num("i32.add", num("i32.add", block, count), num("i32.mul", index, i32(bytes))));
  return { ...loadSlot(b, block, slot, LIST_HEADER, type, stable), valid };
}

/** Field `field` of a struct block of these field types. */
export function loadField(
  b: FunctionBuilder,
  block: Ir,
  types: readonly SqlType[],
  field: number,
  stable: boolean,
): Operand {
  const { slots } = structLayout(types);
  const valid = b.let(load("i32.load8_u", block, field));
  return { ...loadSlot(b, block, block, slots[field] as number, types[field] as SqlType, stable), valid };
}

/** The value in the slot at `at + offset`. */
function loadSlot(b: FunctionBuilder, block: Ir, at: Ir, offset: number, type: SqlType, stable: boolean): Operand {
  const lane = laneOf(type);
  const rep = repOf(type);
  const range = typeRange(type);
  const word = (name: string): Operand => operand(rep, b.let(load(name, at, offset)), { range });
  switch (lane) {
    case "bool":
    case "u8":
      return word("i32.load8_u");
    case "i8":
      return word("i32.load8_s");
    case "i16":
      return word("i32.load16_s");
    case "u16":
      return word("i32.load16_u");
    case "i32":
      return word("i32.load");
    case "u32":
      return word(rep === "i32" ? "i32.load" : "i64.load32_u");
    case "i64":
      return word("i64.load");
    case "f32":
      return word("f32.load");
    case "f64":
      return word("f64.load");
    case "u64":
      return operand(rep, b.let(load("i64.load", at, offset)), { hi: i64(0), range });
    case "i128":
    case "interval":
      return operand(rep, b.let(load("i64.load", at, offset)), { hi: b.let(load("i64.load", at, offset + 8)), range });
    case "str": {
      const relative = load("i64.load", at, offset);
      return operand(rep, b.let(num("i64.add", relative, num("i64.extend_i32_u", block))), { stable });
    }
  }
}

/** Writes a value that is no string into its slot, zero where it is NULL. */
function storeSlot(b: FunctionBuilder, at: Ir, offset: number, value: Operand, type: SqlType): void {
  const lane = laneOf(type);
  const natural = isIntegerRep(value.rep) ? toRep(b, value, repOf(type)) : value;
  const { valid } = value;
  const orZero = (word: Ir): Ir => {
    if (valid === undefined) return word;
    const zero = word.type === "i64" ? i64(0) : word.type === "f64" ? f64(0) : word.type === "f32" ? f32(0) : i32(0);
    return select(valid, word, zero);
  };
  switch (lane) {
    case "bool":
    case "i8":
    case "u8":
      return b.store("i32.store8", at, orZero(natural.lo), offset);
    case "i16":
    case "u16":
      return b.store("i32.store16", at, orZero(natural.lo), offset);
    case "i32":
      return b.store("i32.store", at, orZero(natural.lo), offset);
    case "u32":
      if (natural.rep === "i32") return b.store("i32.store", at, orZero(natural.lo), offset);
      return b.store("i64.store32", at, orZero(natural.lo), offset);
    case "i64":
    case "u64":
    case "str":
      return b.store("i64.store", at, orZero(natural.lo), offset);
    case "f32":
    case "f64":
      return b.store(`${lane}.store`, at, orZero(canonical(b, natural.lo, lane)), offset);
    case "i128":
    case "interval":
      b.store("i64.store", at, orZero(natural.lo), offset);
      return b.store("i64.store", at, orZero(natural.hi as Ir), offset + 8);
  }
}

/** -0 as 0, every NaN as one. */
function canonical(b: FunctionBuilder, value: Ir, lane: "f32" | "f64"): Ir {
  const constant = lane === "f32" ? f32 : f64;
  const plain = b.let(num(`${lane}.add`, value, constant(0)));
  return select(num(`${lane}.eq`, plain, plain), plain, constant(Number.NaN));
}

const isValid = (value: Operand): Ir => value.valid ?? i32(1);

/** The most bytes of a block. */
const MAX_BYTES = 2 ** 31 - 2 ** 16;
/** The most elements of a list that code makes. */
const MAX_COUNT = 2 ** 26;

const TOO_LONG = "a list or struct is longer than 2 GB";

/** The struct of these fields. */
export function makeStruct(ctx: LowerContext, fields: readonly Operand[], types: readonly SqlType[]): Operand {
  const { slots, bytes } = structLayout(types);
  return makeBlock(ctx, fields, types, { validity: 0, slots, bytes }, () => {});
}

/** The list of these elements. */
export function makeList(ctx: LowerContext, elements: readonly Operand[], type: SqlType): Operand {
  const first = LIST_HEADER + elements.length;
  const slots = elements.map((_, i) => first + i * slotBytes(type));
  const layout = { validity: LIST_HEADER, slots, bytes: first + elements.length * slotBytes(type) };
  return makeBlock(
    ctx,
    elements,
    elements.map(() => type),
    layout,
    (block) => {
      ctx.b.store("i32.store", block, i32(elements.length));
    },
  );
}

function makeBlock(
  ctx: LowerContext,
  values: readonly Operand[],
  types: readonly SqlType[],
  layout: { readonly validity: number; readonly slots: readonly number[]; readonly bytes: number },
  header: (block: Ir) => void,
): Operand {
  const { b } = ctx;
  const lengths = values.map((value, i) => {
    if (!isVariable(types[i] as SqlType)) return undefined;
    const length = lengthOf(value.lo);
    return b.let(value.valid === undefined ? length : select(value.valid, length, i32(0)));
  });
  let total: Ir = i64(layout.bytes);
  for (const length of lengths)
    if (length !== undefined) total = b.let(num("i64.add", total, num("i64.extend_i32_u", length)));
  if (total.op !== "const") ctx.fail("out_of_memory", TOO_LONG, num("i64.gt_u", total, i64(MAX_BYTES)));
  const bytes = b.let(num("i32.wrap_i64", total));
  const block = b.let(ctx.allocate(bytes));
  header(block);
  const end = lengths.some((length) => length !== undefined) ? b.bind(i32(layout.bytes)) : undefined;
  for (const [i, value] of values.entries()) {
    const slot = layout.slots[i] as number;
    b.store("i32.store8", block, isValid(value), layout.validity + i);
    const length = lengths[i];
    if (length === undefined || end === undefined) storeSlot(b, block, slot, value, types[i] as SqlType);
    else {
      b.store("i64.store", block, select(length, makeString(get(end), length), i64(0)), slot);
      b.push({ op: "memory.copy", to: num("i32.add", block, get(end)), from: addressOf(value.lo), bytes: length });
      b.set(end, num("i32.add", get(end), length));
    }
  }
  return operand("str", b.let(makeString(block, bytes)), { stable: true });
}

/** A list under construction: elements are appended one by one, strings by reference, and packed into a block at the end. */
export type ListBuilder = {
  readonly append: (value: Operand) => void;
  readonly finish: () => Operand;
};

/** `capacity` (an i32): the most elements there will be. What is appended must stay readable until `finish`. */
export function buildList(ctx: LowerContext, type: SqlType, capacity: Ir): ListBuilder {
  const { b } = ctx;
  const bytes = slotBytes(type);
  const room = b.let(capacity);
  ctx.fail("out_of_memory", TOO_LONG, num("i32.gt_u", room, i32(MAX_COUNT)));
  const slots = b.let(ctx.allocate(b.let(num("i32.mul", room, i32(bytes + 1)))));
  const validity = b.let(num("i32.add", slots, num("i32.mul", room, i32(bytes))));
  const count = b.bind(i32(0), "count");
  return {
    append: (value) => {
      appendSlot(b, slots, validity, get(count), value, type);
      b.set(count, num("i32.add", get(count), i32(1)));
    },
    finish: () => packList(ctx, type, slots, validity, get(count)),
  };
}

/** Writes element `index` of what `packList` packs. */
export function appendSlot(
  b: FunctionBuilder,
  slots: Ir,
  validity: Ir,
  index: Ir,
  value: Operand,
  type: SqlType,
): void {
  const slot = b.let(num("i32.add", slots, num("i32.mul", index, i32(slotBytes(type)))));
  storeSlot(b, slot, 0, value, type);
  b.store("i32.store8", num("i32.add", validity, index), isValid(value));
}

/** The block of `count` elements in `slots` (strings by address and length, NULLs zero) and `validity`. */
export function packList(ctx: LowerContext, type: SqlType, slots: Ir, validity: Ir, count: Ir): Operand {
  const { b } = ctx;
  const bytes = slotBytes(type);
  const elements = num("i64.mul", num("i64.extend_i32_u", count), i64(bytes + 1));
  const fixed = b.let(num("i64.add", i64(LIST_HEADER), elements));
  const total = isVariable(type) ? b.let(num("i64.add", fixed, call(variableBytes(ctx), slots, count))) : fixed;
  ctx.fail("out_of_memory", TOO_LONG, num("i64.gt_u", total, i64(MAX_BYTES)));
  const size = b.let(num("i32.wrap_i64", total));
  const block = b.let(ctx.allocate(size));
  b.store("i32.store", block, count);
  b.push({ op: "memory.copy", to: num("i32.add", block, i32(LIST_HEADER)), from: validity, bytes: count });
  if (isVariable(type)) b.call(packStrings(ctx), block, slots, count);
  else {
    const target = num("i32.add", num("i32.add", block, i32(LIST_HEADER)), count);
    b.push({ op: "memory.copy", to: target, from: slots, bytes: num("i32.mul", count, i32(bytes)) });
  }
  return operand("str", b.let(makeString(block, size)), { stable: true });
}

const STRING_SLOT = 8;

/** (slots, count) -> the bytes of all strings. */
function variableBytes(ctx: HelperContext): FunctionRef {
  return ctx.helper("list_string_bytes", () => {
    const b = new FunctionBuilder("list_string_bytes", ["i32", "i32"], ["i64"], false);
    const total = b.bind(i64(0));
    b.forRange(i32(0), b.param(1), (i) => {
      const word = load("i64.load", num("i32.add", b.param(0), num("i32.mul", i, i32(STRING_SLOT))));
      b.set(total, num("i64.add", get(total), num("i64.shr_u", word, i64(32))));
    });
    b.return(get(total));
    return b.finish();
  });
}

/** (block, slots, count): the slots and the strings behind them. */
function packStrings(ctx: HelperContext): FunctionRef {
  return ctx.helper("list_pack_strings", () => {
    const b = new FunctionBuilder("list_pack_strings", ["i32", "i32", "i32"], [], false);
    const [block, slots, count] = [b.param(0), b.param(1), b.param(2)];
    const first = b.let(num("i32.add", i32(LIST_HEADER), count));
    const end = b.bind(num("i32.add", first, num("i32.mul", count, i32(STRING_SLOT))));
    b.forRange(i32(0), count, (i) => {
      const step = b.let(num("i32.mul", i, i32(STRING_SLOT)));
      const word = b.let(load("i64.load", num("i32.add", slots, step)));
      const length = b.let(lengthOf(word));
      const slot = num("i32.add", num("i32.add", block, first), step);
      b.store("i64.store", slot, select(length, makeString(get(end), length), i64(0)));
      b.push({ op: "memory.copy", to: num("i32.add", block, get(end)), from: addressOf(word), bytes: length });
      b.set(end, num("i32.add", get(end), length));
    });
    return b.finish();
  });
}

/** Variables for a value that a loop or branch sets; NULL while unset. */
export type Cell = { readonly set: (value: Operand) => void; readonly value: () => Operand };

export function cell(b: FunctionBuilder, type: SqlType, stable: boolean): Cell {
  const rep = repOf(type);
  const range = typeRange(type);
  const lo = b.local(rep === "i32" || rep === "f32" || rep === "f64" ? rep : "i64");
  const hi: Local | undefined = rep === "i128" || rep === "interval" ? b.local("i64") : undefined;
  // Wasm's locals start at zero, but a loop comes back here.
  const valid = b.bind(i32(0));
  const zero = lo.type === "i64" ? i64(0) : lo.type === "f64" ? f64(0) : lo.type === "f32" ? f32(0) : i32(0);
  b.set(lo, zero);
  return {
    set: (value) => {
      const natural = isIntegerRep(value.rep) ? toRep(b, value, rep) : value;
      b.set(lo, natural.lo);
      if (hi !== undefined) b.set(hi, natural.hi as Ir);
      b.set(valid, isValid(value));
    },
    value: () =>
      operand(rep, get(lo), { hi: hi === undefined ? undefined : get(hi), valid: get(valid), range, stable }),
  };
}
