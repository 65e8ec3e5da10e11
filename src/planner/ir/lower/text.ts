/** Strings as IR: characters are UTF-8 code points, positions bytes. The kernels are in `exec/kernels/assembly/text.ts`. */
import type { HelperContext, LowerContext } from "../../functions/function.ts";
import { and, call, FunctionBuilder, get, i32, i64, kernel, load, num, select } from "../builder.ts";
import type { FunctionRef, Ir, IrFunction } from "../ir.ts";
import { type Operand, operand } from "../operand.ts";
import { addressOf, lengthOf, makeString } from "./rep.ts";

/** (address, length, needle, needle length) -> byte offset of the first occurrence, or -1. */
const FIND = kernel("textFind", ["i32", "i32", "i32", "i32"], ["i32"]);
/** (address, length, pattern, pattern length, escape byte or -1) -> 0 or 1. */
const LIKE = kernel("textLike", ["i32", "i32", "i32", "i32", "i32"], ["i32"]);
/** (address, length) -> number of code points. */
const COUNT = kernel("textCount", ["i32", "i32"], ["i32"]);
/** (address, length, characters) -> bytes that the first so many code points take. */
const OFFSET = kernel("textOffset", ["i32", "i32", "i32"], ["i32"]);

export const findText = (haystack: Ir, length: Ir, needle: Ir): Ir =>
  call(FIND, haystack, length, addressOf(needle), lengthOf(needle));

export const matchLike = (text: Ir, pattern: Ir, escape: Ir): Ir =>
  call(LIKE, addressOf(text), lengthOf(text), addressOf(pattern), lengthOf(pattern), escape);

/** The number of code points as an i32. */
export const countCharacters = (text: Ir): Ir => call(COUNT, addressOf(text), lengthOf(text));

/** (address, length, characters) -> byte offset behind so many code points, at most the length. Short ASCII needs no call. */
const characterOffset = (ctx: HelperContext): FunctionRef => ctx.helper("character_offset", makeCharacterOffset);

function makeCharacterOffset(): IrFunction {
  const b = new FunctionBuilder("character_offset", ["i32", "i32", "i32"], ["i32"], false);
  const [address, length, characters] = [b.param(0), b.param(1), b.param(2)];
  b.if(num("i32.le_s", characters, i32(0)), () => b.return(i32(0)));
  // Whatever the characters are, there are no more of them than bytes.
  b.if(and(num("i32.le_u", characters, i32(8)), num("i32.le_u", characters, length)), () => {
    const unused = num("i64.extend_i32_u", num("i32.sub", i32(64), num("i32.shl", characters, i32(3))));
    const high = num("i64.and", load("i64.load", address), i64(0x8080808080808080n));
    b.if(num("i64.eqz", num("i64.shl", high, unused)), () => b.return(characters));
  });
  b.return(call(OFFSET, address, length, characters));
  return b.finish();
}

/** The code points in [from, to), clipped to the string; `from` and `to` are i32 and may be negative. */
export function sliceCharacters(ctx: LowerContext, text: Operand, from: Ir, to: Ir | undefined): Operand {
  const { b } = ctx;
  const offset = characterOffset(ctx);
  const [address, length] = [b.let(addressOf(text.lo)), b.let(lengthOf(text.lo))];
  const start = b.let(call(offset, address, length, from));
  const end = to === undefined ? length : b.let(call(offset, address, length, to));
  const size = select(num("i32.gt_s", end, start), num("i32.sub", end, start), i32(0));
  const word = makeString(num("i32.add", address, start), size);
  return operand("str", b.let(word), { stable: text.stable });
}

export function startsWithText(ctx: LowerContext, text: Ir, prefix: Ir, bytesEqual: FunctionRef): Ir {
  const { b } = ctx;
  const matches = b.bind(i32(0));
  b.if(num("i32.ge_u", lengthOf(text), lengthOf(prefix)), () => {
    b.callTo(bytesEqual, [addressOf(text), addressOf(prefix), lengthOf(prefix)], [matches]);
  });
  return get(matches);
}

/** What string code may read behind a string's end. */
const SLACK = 16;

/** Address of fresh memory for a string of `bytes` bytes. */
export function allocateText(ctx: Pick<LowerContext, "b" | "allocate">, bytes: Ir): Ir {
  return ctx.b.let(ctx.allocate(num("i32.add", bytes, i32(SLACK))));
}

/** No text is longer, in bytes: with what code may read behind its end it stays below 2 GB, so that lengths have no sign. */
export const MOST_TEXT_BYTES: number = 2 ** 31 - 2 ** 16;
export const TEXT_TOO_LONG = "string longer than 2 GB";

/** All pieces end to end in fresh memory. */
export function concatText(ctx: LowerContext, pieces: readonly Operand[]): Operand {
  const { b } = ctx;
  const lengths = pieces.map((p) => b.let(lengthOf(p.lo)));
  const wide = lengths.reduce<Ir>((sum, l) => num("i64.add", sum, num("i64.extend_i32_u", l)), i64(0));
  const total = b.let(wide);
  ctx.fail("out_of_memory", TEXT_TOO_LONG, num("i64.gt_u", total, i64(MOST_TEXT_BYTES)));
  const bytes = b.let(num("i32.wrap_i64", total));
  const target = allocateText(ctx, bytes);
  let at = target;
  for (const [i, piece] of pieces.entries()) {
    const length = lengths[i] as Ir;
    b.push({ op: "memory.copy", to: at, from: addressOf(piece.lo), bytes: length });
    if (i < pieces.length - 1) at = b.let(num("i32.add", at, length));
  }
  return operand("str", b.let(makeString(target, bytes)), { stable: true });
}

export const emptyText = (): Operand => operand("str", i64(0), { stable: true });
