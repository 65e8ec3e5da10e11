/** `x IN (constants)`: comparisons, a bit mask, or a binary search in a sorted constant table. */
import type { Datum, Literal } from "../../expr/expr.ts";
import type { LowerContext } from "../../functions/function.ts";
import { and, call, FunctionBuilder, get, i32, i64, load, not, num, or } from "../builder.ts";
import type { FunctionRef, Ir } from "../ir.ts";
import type { Operand } from "../operand.ts";
import { compareOperands, stringOrder } from "./compare.ts";
import { doubleBits } from "./hash.ts";
import { isNested } from "../../types/nested.ts";
import { addressOf, asI64, INT64, isIntegerRep, makeString } from "./rep.ts";

const FEW = 8;
const MASK_BITS = 64n;

/** Whether the value, which is not NULL, equals one of the (non-NULL) values: i32 0 or 1. `constant` lowers a literal. */
export function isInList(
  ctx: LowerContext,
  value: Operand,
  values: readonly Literal[],
  constant: (literal: Literal) => Operand,
): Ir {
  const type = values[0]?.type;
  if (isIntegerRep(value.rep)) return inIntegers(ctx, value, values, constant);
  if (value.rep === "str" && values.length > FEW && type !== undefined && !isNested(type))
    return inStrings(ctx, value, values);
  if (value.rep === "f64" && values.length > FEW) return inDoubles(ctx, value, values);
  const found = ctx.b.bind(i32(0));
  for (const [i, literal] of values.entries()) {
    const test = (): void => ctx.b.set(found, compareOperands(ctx, "=", value, constant(literal), type));
    if (i === 0) test();
    else ctx.b.if(not(get(found)), test);
  }
  return get(found);
}

const asBigInt = (value: Datum): bigint => BigInt(value as number | bigint | boolean);

function inIntegers(
  ctx: LowerContext,
  value: Operand,
  literals: readonly Literal[],
  constant: (literal: Literal) => Operand,
): Ir {
  const { b } = ctx;
  const numbers = [...new Set(literals.map((l) => asBigInt(l.value)))].toSorted((x, y) => (x < y ? -1 : x > y ? 1 : 0));
  const least = numbers[0];
  const most = numbers.at(-1);
  if (least === undefined || most === undefined) return i32(0);
  if (numbers.length <= 2 || least < INT64.min || most > INT64.max) {
    return b.let(literals.map((literal) => compareOperands(ctx, "=", value, constant(literal))).reduce(or));
  }
  const word = b.let(asI64(b, value));
  // A 128-bit value is in the list only where it fits 64 bits.
  const fits = value.rep === "i128" ? num("i64.eq", value.hi as Ir, num("i64.shr_s", word, i64(63))) : i32(1);
  if (most - least < MASK_BITS) {
    const mask = numbers.reduce((bits, n) => bits | (1n << (n - least)), 0n);
    const offset = b.let(num("i64.sub", word, i64(least)));
    const bit = num("i32.and", num("i32.wrap_i64", num("i64.shr_u", i64(mask), offset)), i32(1));
    return b.let(and(fits, and(num("i64.lt_u", offset, i64(MASK_BITS)), bit)));
  }
  const table = sortedTable(numbers);
  const address = b.let(addressOf(ctx.constantString(new Uint8Array(table.buffer))));
  return b.let(and(fits, call(searchIntegers(ctx), address, i32(numbers.length), word)));
}

/** Doubles by their bits, which are equal where the values are (see `doubleBits`). */
function inDoubles(ctx: LowerContext, value: Operand, literals: readonly Literal[]): Ir {
  const { b } = ctx;
  const bits = new DataView(new ArrayBuffer(8));
  const words = literals.map(({ value: v }) => {
    bits.setFloat64(0, (v as number) + 0);
    return bits.getBigInt64(0);
  });
  const table = sortedTable(words);
  const address = b.let(addressOf(ctx.constantString(new Uint8Array(table.buffer))));
  return b.let(call(searchIntegers(ctx), address, i32(table.length), doubleBits(ctx, value.lo)));
}

const sortedTable = (values: readonly bigint[]): BigInt64Array => new BigInt64Array(new Set(values)).sort();

/** (table, entries, value) -> 1 when the sorted i64 table holds the value. */
const searchIntegers = (ctx: Pick<LowerContext, "helper">): FunctionRef =>
  ctx.helper("search_i64", () => {
    const b = new FunctionBuilder("search_i64", ["i32", "i32", "i64"], ["i32"], false);
    binarySearch(b, (at) => {
      const entry = b.let(load("i64.load", num("i32.add", b.param(0), num("i32.shl", at, i32(3)))));
      return num("i32.sub", num("i64.gt_s", b.param(2), entry), num("i64.lt_s", b.param(2), entry));
    });
    return b.finish();
  });

/** Body of a search over entries [0, param 1): `order` says how the value compares with entry `at`. */
function binarySearch(b: FunctionBuilder, order: (at: Ir) => Ir): void {
  const low = b.bind(i32(0));
  const high = b.bind(b.param(1));
  b.while(
    () => num("i32.lt_u", get(low), get(high)),
    () => {
      const middle = b.let(num("i32.shr_u", num("i32.add", get(low), get(high)), i32(1)));
      const compared = b.let(order(middle));
      b.if(not(compared), () => b.return(i32(1)));
      b.if(
        num("i32.gt_s", compared, i32(0)),
        () => b.set(low, num("i32.add", middle, i32(1))),
        () => b.set(high, middle),
      );
    },
  );
  b.return(i32(0));
}

/** The constant table: per entry u32 offset from the table and u32 length, sorted by bytes; then the bytes. */
function inStrings(ctx: LowerContext, value: Operand, literals: readonly Literal[]): Ir {
  const { b } = ctx;
  const encoder = new TextEncoder();
  const entries = literals
    .map(({ value: v }) => (v instanceof Uint8Array ? v : encoder.encode(String(v))))
    .sort((x, y) => Buffer.compare(x, y));
  const bytes = new Uint8Array(entries.reduce((sum, e) => sum + e.length, entries.length * 8));
  const view = new DataView(bytes.buffer);
  let at = entries.length * 8;
  for (const [i, entry] of entries.entries()) {
    view.setUint32(i * 8, at, true);
    view.setUint32(i * 8 + 4, entry.length, true);
    bytes.set(entry, at);
    at += entry.length;
  }
  const address = b.let(addressOf(ctx.constantString(bytes)));
  return b.let(call(searchStrings(ctx), address, i32(entries.length), value.lo));
}

const searchStrings = (ctx: Pick<LowerContext, "helper">): FunctionRef =>
  ctx.helper("search_text", (helpers) => {
    const b = new FunctionBuilder("search_text", ["i32", "i32", "i64"], ["i32"], false);
    const order = stringOrder(helpers);
    binarySearch(b, (at) => {
      const entry = b.let(num("i32.add", b.param(0), num("i32.shl", at, i32(3))));
      const text = makeString(num("i32.add", b.param(0), load("i32.load", entry)), load("i32.load", entry, 4));
      return call(order, b.param(2), text);
    });
    return b.finish();
  });
