/** Aggregates over the elements of a list: the aggregate's own code with variables for its state. */
import { get, i32 } from "../../ir/builder.ts";
import { lowerCast, nullOperand } from "../../ir/lower/cast.ts";
import { isIntegerRep, repOf, typeRange } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import { INTEGER, type SqlType } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { AggregateFunction, AggregateState, ArgumentInfo, LowerContext, ScalarFunction, Signature } from "../function.ts";
import type { Resolve } from "../overload.ts";
import { elementType, isListOrNull, readList, whereAllValid } from "./list.ts";

const infoOf = (type: SqlType): ArgumentInfo => ({
  rep: repOf(type),
  range: isIntegerRep(repOf(type)) ? typeRange(type) : undefined,
  stable: false,
  nullable: true,
});

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
    const lowering = aggregate.lower(signature.args.map(infoOf), signature, undefined);
    const fields = lowering.fields.map(({ type, init }) => b.bind({ op: "const", type, value: init }));
    const state: AggregateState = {
      get: (field) => get(fields[field] as (typeof fields)[number]),
      set: (field, value) => b.set(fields[field] as (typeof fields)[number], value),
    };
    const { count, at } = readList(ctx, list, element);
    b.forRange(i32(0), count, (i) => {
      const item = at(i);
      const wanted = signature.args[0] ?? element;
      const value = whereAllValid(ctx, [item], wanted, () =>
        element.kind === "Null" ? nullOperand(wanted) : lowerCast(ctx, { ...item, valid: undefined }, element, wanted, false),
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

/** Those that a list has under a name of their own: `list_sum`. */
const SHORTHANDS: readonly string[] = [
  ...["sum", "avg", "min", "max", "count", "first", "last", "any_value", "product", "bool_and", "bool_or"],
  ...["bit_and", "bit_or", "bit_xor", "median", "mode", "stddev_samp", "stddev_pop", "var_samp", "var_pop", "sem"],
  ...["skewness", "kurtosis", "kurtosis_pop", "entropy", "mad", "string_agg", "histogram", "approx_count_distinct"],
];

/** `list_sum` and its kin, and `list_aggregate(list, name, ...)`, for the aggregates given. */
export function listAggregates(aggregates: readonly AggregateFunction[]): readonly ScalarFunction[] {
  const byName = new Map(aggregates.flatMap((fn) => [fn.name, ...(fn.aliases ?? [])].map((name) => [name, fn] as const)));
  const shorthands = SHORTHANDS.flatMap((name): ScalarFunction[] => {
    const aggregate = byName.get(name);
    if (aggregate === undefined) return [];
    const resolve: Resolve = (types) => {
      const signature = signatureOf(aggregate, types);
      return signature === undefined ? undefined : { args: [types[0] as SqlType, ...signature.args.slice(1)], returns: signature.returns };
    };
    return [
      scalar({
        name: `list_${name}`,
        category: "list",
        doc: `The aggregate ${name} over the elements.`,
        examples: [],
        resolve,
        nulls: "custom",
        canFail: true,
        lower: (ctx, args, { args: types }) =>
          aggregateElements(ctx, aggregate, args, types, signatureOf(aggregate, types) as Signature),
      }),
    ];
  });
  const listAggregate = scalar({
    name: "list_aggregate",
    aliases: ["list_aggr", "array_aggregate", "array_aggr", "aggregate"],
    category: "list",
    doc: "The aggregate of that name over the elements of a list.",
    examples: [
      ["list_aggregate([1, 2, NULL], 'sum')", "3"],
      ["list_aggregate([1, 2], 'max')", "2"],
    ],
    resolve: (types, literals) => {
      const [list, name, ...rest] = types;
      const aggregate = byName.get(String(literals[1]).toLowerCase());
      if (list === undefined || name === undefined || aggregate === undefined) return undefined;
      const signature = signatureOf(aggregate, [list, ...rest]);
      return signature === undefined
        ? undefined
        : { args: [list, { kind: "Varchar" }, ...signature.args.slice(1)], returns: signature.returns };
    },
    nulls: "custom",
    canFail: true,
    lower: (ctx, [list, , ...rest], { args: [type, , ...others] }) => {
      const aggregate = byName.get(String(ctx.literal(1)).toLowerCase()) as AggregateFunction;
      const types = [type as SqlType, ...others];
      return aggregateElements(ctx, aggregate, [list as Operand, ...rest], types, signatureOf(aggregate, types) as Signature);
    },
  });
  return [...shorthands, listAggregate];
}
