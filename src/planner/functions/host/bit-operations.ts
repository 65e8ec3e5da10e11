/** Functions of strings of bits over Datums. */
import type { Datum } from "../../expr/expr.ts";
import { fromBits, toBits } from "../../types/bits.ts";
import { typeName } from "../../types/types.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

type Combine = "AND" | "OR" | "XOR";

const FLIPPED: { readonly [bit: string]: string } = { "0": "1", "1": "0" };

function combine(op: Combine, a: string, b: string, { fail }: OperationContext): string {
  if (a.length !== b.length) return fail(`cannot ${op} strings of ${a.length} and ${b.length} bits`);
  let result = "";
  for (let i = 0; i < a.length; i++) {
    const ones = Number(a[i] === "1") + Number(b[i] === "1");
    result += ones === 0 || (ones === 1 && op === "AND") || (ones === 2 && op === "XOR") ? "0" : "1";
  }
  return result;
}

const ofTwo =
  (op: Combine): NestedOperation =>
  ([a, b], ctx) =>
    combine(op, a as string, b as string, ctx);

const ofAll =
  (op: Combine): NestedOperation =>
  ([list], ctx) =>
    list === null ? null : (list as readonly string[]).reduce((all, bits) => combine(op, all, bits, ctx));

function checkIndex(bits: string, index: Datum, { fail }: OperationContext): number {
  const at = Number(index);
  return at >= 0 && at < bits.length
    ? at
    : fail(`there is no bit ${at}: bits are numbered from 0 to ${bits.length - 1}`);
}

/** The most bits of a result that is given its size. */
const MOST_BITS = 2 ** 29;

const bitstringAggregate: NestedOperation = ([list, min, max], { fail }) => {
  if (list === null) return null;
  if (min === null || max === null) return fail("the bounds of bitstring_agg must not be NULL");
  const [low, high] = [BigInt(min as number | bigint), BigInt(max as number | bigint)];
  if (low > high) return fail("the first bound of bitstring_agg is greater than the second");
  if (high - low >= MOST_BITS) return fail(`bitstring_agg makes at most ${MOST_BITS} bits`);
  const bits = Buffer.alloc(Number(high - low) + 1, "0");
  for (const item of list as readonly (number | bigint)[]) {
    const value = BigInt(item);
    if (value < low || value > high) return fail(`${value} lies outside of the bounds ${low} and ${high}`);
    bits[Number(value - low)] = 49;
  }
  return bits.toString("latin1");
};

export const BIT_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  to_bits: ([value], { args: [type], fail }) =>
    toBits(value as Exclude<Datum, null>, type ?? { kind: "Null" }) ?? fail("an empty BLOB is no BIT"),
  try_to_bits: ([value], { args: [type] }) => toBits(value as Exclude<Datum, null>, type ?? { kind: "Null" }) ?? null,
  from_bits: ([bits], { returns, fail }) =>
    fromBits(bits as string, returns) ?? fail(`${(bits as string).length} bits do not fit ${typeName(returns)}`),
  try_from_bits: ([bits], { returns }) => fromBits(bits as string, returns) ?? null,
  bits_and: ofTwo("AND"),
  bits_or: ofTwo("OR"),
  bits_xor: ofTwo("XOR"),
  bits_not: ([bits]) => Array.from(bits as string, (bit) => FLIPPED[bit]).join(""),
  bits_shift_left: ([bits, by], { fail }) => {
    if (Number(by) < 0) return fail(`cannot shift left by ${Number(by)}`);
    const text = bits as string;
    return text.slice(Number(by)).padEnd(text.length, "0");
  },
  // As a shift of an integer: counts out of range leave no bit.
  bits_shift_right: ([bits, by]) => {
    const text = bits as string;
    const count = Number(by) < 0 ? text.length : Math.min(Number(by), text.length);
    return text.slice(0, text.length - count).padStart(text.length, "0");
  },
  bits_count: ([bits]) => BigInt((bits as string).replaceAll("0", "").length),
  get_bit: ([bits, index], ctx) => Number((bits as string)[checkIndex(bits as string, index as Datum, ctx)]),
  set_bit: ([bits, index, bit], ctx) => {
    const text = bits as string;
    const at = checkIndex(text, index as Datum, ctx);
    if (bit !== 0 && bit !== 1) return ctx.fail("the new bit must be 0 or 1");
    return text.slice(0, at) + String(bit) + text.slice(at + 1);
  },
  bit_position: ([part, bits]) => (bits as string).indexOf(part as string) + 1,
  bitstring: ([bits, length], { fail }) => {
    const text = bits as string;
    if (Number(length) > MOST_BITS) return fail(`a bitstring has at most ${MOST_BITS} bits`);
    if (Number(length) < text.length) return fail(`${text.length} bits do not fit a length of ${Number(length)}`);
    return text.padStart(Number(length), "0");
  },
  all_bits_and: ofAll("AND"),
  all_bits_or: ofAll("OR"),
  all_bits_xor: ofAll("XOR"),
  bitstring_agg: bitstringAggregate,
};
