/** Writing function definitions with the usual defaults. */
import type { FunctionDoc, ScalarFunction, Signature } from "./function.ts";
import { repOf, typeRange } from "../ir/lower/rep.ts";
import type { Target } from "../ir/lower/integer.ts";
import { type SqlType, typeName } from "../types/types.ts";

export type ScalarDefinition = FunctionDoc &
  Pick<ScalarFunction, "resolve" | "lower" | "ofStates"> & {
    /** Default: `propagate`. */
    readonly nulls?: ScalarFunction["nulls"];
    /** Default: false. */
    readonly canFail?: boolean | ScalarFunction["canFail"];
    /** Default: `immutable`. */
    readonly volatility?: ScalarFunction["volatility"];
  };

export function scalar({ nulls, canFail, volatility, ...definition }: ScalarDefinition): ScalarFunction {
  return {
    kind: "scalar",
    nulls: nulls ?? "propagate",
    canFail: typeof canFail === "function" ? canFail : () => canFail === true,
    volatility: volatility ?? "immutable",
    ...definition,
  };
}

/** The limits of an exact numeric type; leaving them is `overflow in <what> of <type>`. */
export function targetOf(type: SqlType, what: string): Target {
  const range = typeRange(type);
  if (range === undefined) throw new TypeError(`${typeName(type)} is not exact`);
  return { range, rep: repOf(type), message: `overflow in ${what} of ${typeName(type)}` };
}

export const returnsFloat = ({ returns }: Signature): boolean => returns.kind === "Double" || returns.kind === "Real";
