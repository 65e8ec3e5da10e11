/** Functions of BIT, and what operators on integers do with it. */
import { BIGINT, BIT, INTEGER, type SqlType } from "../../types/types.ts";
import type { ScalarFunction, Signature } from "../function.ts";
import { hostScalar, withHostOverload } from "../nested/host-function.ts";
import { overload, overloads } from "../overload.ts";

/** The function with an overload for BIT, which the host function `op` computes. */
export const withBits = (
  fn: ScalarFunction,
  op: string,
  signature: Signature,
  examples: ScalarFunction["examples"],
): ScalarFunction => {
  const resolve = overloads(signature);
  const isBit = (type: SqlType | undefined): boolean => type?.kind === "Bit";
  return withHostOverload(
    fn,
    ({ args }) => isBit(args[0]),
    () => op,
    (types, literals) => (types.some(isBit) ? resolve(types, literals) : undefined),
    examples,
    "type",
  );
};

export const BITS_AND_BITS: Signature = { args: [BIT, BIT], returns: BIT };
export const BITS_AND_COUNT: Signature = { args: [BIT, INTEGER], returns: BIT };

export const BIT_STRING_FUNCTIONS: readonly ScalarFunction[] = [
  hostScalar({
    name: "get_bit",
    category: "bitwise",
    doc: "The bit at a position, counted from 0 on from the left.",
    examples: [["get_bit('0110010'::BIT, 2)", "1"]],
    resolve: overloads(overload([BIT, INTEGER], INTEGER)),
  }),
  hostScalar({
    name: "set_bit",
    category: "bitwise",
    doc: "The bits with the one at a position, counted from 0 on from the left, replaced.",
    examples: [["set_bit('0110010'::BIT, 2, 0)", "0100010"]],
    resolve: overloads(overload([BIT, INTEGER, INTEGER], BIT)),
  }),
  hostScalar({
    name: "bit_position",
    category: "bitwise",
    doc: "Where the first bits stand in the second, counted from 1; 0: nowhere.",
    examples: [["bit_position('010'::BIT, '1110101'::BIT)", "4"]],
    resolve: overloads(overload([BIT, BIT], INTEGER)),
    canFail: false,
  }),
  hostScalar({
    name: "bitstring",
    category: "bitwise",
    doc: "The bits with zeros before them up to a length.",
    examples: [["bitstring('1010'::BIT, 7)", "0001010"]],
    resolve: overloads(overload([BIT, INTEGER], BIT)),
  }),
];

/** For bit_count. */
export const COUNT_OF_BITS: Signature = { args: [BIT], returns: BIGINT };
