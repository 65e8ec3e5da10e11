/** Aggregates over the elements of a list: the aggregate's own code with variables for its state. */
import { i32 } from "../../ir/builder.ts";
import { lowerCast, nullOperand } from "../../ir/lower/cast.ts";
import type { Operand } from "../../ir/operand.ts";
import { INTEGER, type SqlType } from "../../types/types.ts";
import { scalar } from "../define.ts";
import { anyArgument, stateInLocals } from "../aggregate/define.ts";
import type { AggregateFunction, LowerContext, ScalarFunction, Signature } from "../function.ts";
import type { Resolve } from "../overload.ts";
import { elementType, isListOrNull, readList, whereAllValid } from "./list.ts";

/** The result of the aggregate over the elements of a list. */
function aggregateElements(
  ctx: LowerContext,
  aggregate: AggregateFunction,
  args: readonly Operand[],
  types: readonly SqlType[],
  signature: Signature,
): Operand {
  const { b } = ctx;
  const [list, ...rest] = args as [Operand, ...Operand[]];
  const element = elementType(types[0] as SqlType);
  return whereAllValid(ctx, [list], signature.returns, () => {
    const lowering = aggregate.lower(signature.args.map(anyArgument), signature, undefined);
    const state = stateInLocals(b, lowering);
    const { count, at } = readList(ctx, list, element);
    b.forRange(i32(0), count, (i) => {
      const item = at(i);
      const wanted = signature.args[0] ?? element;
      const value = whereAllValid(ctx, [item], wanted, () =>
        element.kind === "Null"
          ? nullOperand(wanted)
          : lowerCast(ctx, { ...item, valid: undefined }, element, wanted, false),
      );
      lowering.step(ctx, state, [value, ...rest]);
    });
    return lowering.finish(ctx, state);
  });
}

/** The aggregate's signature over a list and further arguments. */
function signatureOf(aggregate: AggregateFunction, types: readonly SqlType[]): Signature | undefined {
  const [list, ...rest] = types;
  if (!isListOrNull(list)) return undefined;
  const element = elementType(list);
  const signature = aggregate.resolve([element, ...rest]);
  // Over nothing but NULLs any type will do.
  return signature ?? (element.kind === "Null" ? aggregate.resolve([INTEGER, ...rest]) : undefined);
}

/** The scalar function that is the aggregate of this name over the elements of a list. */
export const listAggregateName = (aggregate: string): string => `list_${aggregate}`;

/** `list_sum` and its kin, for the aggregates given: what `list_aggregate` calls too. */
export function listAggregates(aggregates: readonly AggregateFunction[]): readonly ScalarFunction[] {
  return aggregates.map((aggregate) => {
    const resolve: Resolve = (types) => {
      const signature = signatureOf(aggregate, types);
      if (signature === undefined) return undefined;
      return { args: [types[0] as SqlType, ...signature.args.slice(1)], returns: signature.returns };
    };
    return scalar({
      name: listAggregateName(aggregate.name),
      category: "list",
      doc: `The aggregate ${aggregate.name} over the elements of a list.`,
      examples: [],
      resolve,
      nulls: "custom",
      canFail: true,
      lower: (ctx, args, { args: types }) =>
        aggregateElements(ctx, aggregate, args, types, signatureOf(aggregate, types) as Signature),
    });
  });
}
