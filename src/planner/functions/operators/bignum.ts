/** What operators and functions of numbers do with BIGNUM: arithmetic stays exact, all else takes it as a DOUBLE. */
import { BIGNUM, DOUBLE, isInteger, type SqlType } from "../../types/types.ts";
import type { ScalarFunction } from "../function.ts";
import { withHostOverload } from "../nested/host-function.ts";
import type { Resolve } from "../overload.ts";

const isBignum = (type: SqlType | undefined): boolean => type?.kind === "Bignum";
const isWhole = (type: SqlType): boolean => type.kind === "Bignum" || type.kind === "Null" || isInteger(type);

const asDouble =
  (fn: ScalarFunction): Resolve =>
  (types, literals) =>
    fn.resolve(
      types.map((type) => (type.kind === "Bignum" ? DOUBLE : type)),
      literals,
    );

/** The function with overloads for BIGNUM: of one argument the host function `op.one` computes it, of two `op.two`. */
export function withBignum(
  fn: ScalarFunction,
  op: { readonly one?: string; readonly two?: string },
  examples: ScalarFunction["examples"],
): ScalarFunction {
  const whole =
    (count: number): Resolve =>
    (types) =>
      types.length === count && types.every(isWhole) ? { args: types.map(() => BIGNUM), returns: BIGNUM } : undefined;
  const double = asDouble(fn);
  const none: Resolve = () => undefined;
  const [one, two] = [op.one === undefined ? none : whole(1), op.two === undefined ? none : whole(2)];
  return withHostOverload(
    fn,
    ({ args }) => isBignum(args[0]),
    ({ args }) => (args.length === 1 ? op.one : op.two) as string,
    (types, literals) =>
      types.some(isBignum) ? (one(types, literals) ?? two(types, literals) ?? double(types, literals)) : undefined,
    examples,
  );
}
