/** Functions of text that take lists too. */
import { isNested } from "../../types/nested.ts";
import { BIGINT } from "../../types/types.ts";
import type { Operand } from "../../ir/operand.ts";
import type { ScalarFunction } from "../function.ts";
import { countElements } from "./access.ts";
import { concatListsOperator, containsElement, isListOrNull, listConcat, repeatList } from "./list.ts";

type Overloads = Pick<ScalarFunction, "resolve" | "lower">;

const lengthOfList: Overloads = {
  resolve: ([list, ...rest]) =>
    rest.length === 0 && list?.kind !== "Null" && isListOrNull(list) ? { args: [list], returns: BIGINT } : undefined,
  lower: (ctx, [list]) => countElements(ctx, list as Operand),
};

/** Whether one of the arguments is nested: else the text function is meant. */
const nestedOnly = (overloads: Overloads): Overloads => ({
  ...overloads,
  resolve: (types, literals) => (types.some(isNested) ? overloads.resolve(types, literals) : undefined),
});

const OVERLOADS: ReadonlyMap<string, Overloads> = new Map([
  ["length", lengthOfList],
  ["contains", nestedOnly(containsElement)],
  ["||", nestedOnly(concatListsOperator)],
  ["+", nestedOnly(concatListsOperator)],
  ["concat", nestedOnly(listConcat)],
  ["repeat", nestedOnly(repeatList)],
]);

/** The function with its overloads for lists, if it has any. */
export function withListOverloads(fn: ScalarFunction): ScalarFunction {
  const lists = OVERLOADS.get(fn.name);
  if (lists === undefined) return fn;
  return {
    ...fn,
    resolve: (types, literals) => lists.resolve(types, literals) ?? fn.resolve(types, literals),
    canFail: (signature, literals) => signature.args.some(isNested) || fn.canFail(signature, literals),
    lower: (ctx, args, signature) =>
      signature.args.some(isNested) ? lists.lower(ctx, args, signature) : fn.lower(ctx, args, signature),
  };
}
