/** Choosing an overload: the candidate whose arguments are cheapest to cast to. */
import type { Datum } from "../expr/expr.ts";
import type { SqlType } from "../types/types.ts";
import { coercionCost, commonTypeOf } from "./coercion.ts";
import type { ScalarFunction, Signature } from "./function.ts";

export type Resolve = ScalarFunction["resolve"];

/** One overload; `rest` repeats the last argument type any number of times (also none). */
export type Overload = Signature & { readonly rest?: boolean };

export const overload = (args: readonly SqlType[], returns: SqlType, rest = false): Overload => ({
  args,
  returns,
  rest,
});

/** The cheapest of the candidates; on a tie the first. */
export function overloads(...candidates: readonly Overload[]): Resolve {
  return (types, literals) => {
    let best: Signature | undefined;
    let bestCost = Number.POSITIVE_INFINITY;
    for (const candidate of candidates) {
      const args = expand(candidate, types.length);
      if (args === undefined) continue;
      const cost = totalCost(types, args, literals);
      if (cost < bestCost) {
        bestCost = cost;
        best = { args, returns: candidate.returns };
      }
    }
    return best;
  };
}

function expand({ args, rest }: Overload, count: number): readonly SqlType[] | undefined {
  if (args.length === count) return args;
  if (rest !== true || count < args.length - 1) return undefined;
  const last = args.at(-1) as SqlType;
  return Array.from({ length: count }, (_, i) => args[i] ?? last);
}

function totalCost(
  types: readonly SqlType[],
  args: readonly SqlType[],
  literals: readonly (Datum | undefined)[],
): number {
  let total = 0;
  for (const [i, type] of types.entries()) {
    total += coercionCost(type, args[i] as SqlType, literals[i]) ?? Number.POSITIVE_INFINITY;
  }
  return total;
}

/** At least `least` arguments, all brought to their common type, which is the result's too. */
export function allSame(least: number): Resolve {
  return (types, literals) => {
    const common = types.length < least ? undefined : commonTypeOf(types, literals);
    return common === undefined ? undefined : { args: types.map(() => common), returns: common };
  };
}

/** The first resolution that fits. */
export function firstOf(...resolves: readonly Resolve[]): Resolve {
  return (types, literals) => {
    for (const resolve of resolves) {
      const signature = resolve(types, literals);
      if (signature !== undefined) return signature;
    }
    return undefined;
  };
}
