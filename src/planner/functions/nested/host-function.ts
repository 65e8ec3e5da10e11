/** Functions over nested values that JavaScript computes: arguments and result are Datums (`host/nested-functions.ts`). */
import type { ErrorCode } from "../../../error.ts";
import { i32 } from "../../ir/builder.ts";
import { hostCell, operandArgs } from "../../ir/lower/host-call.ts";
import { isIntegerRep, repOf, toRep, typeRange } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import type { SqlType } from "../../types/types.ts";
import { scalar, type ScalarDefinition } from "../define.ts";
import type { LowerContext, ScalarFunction, Signature } from "../function.ts";
import type { Resolve } from "../overload.ts";

/** What generated code names such a function by. */
export type NestedCall = {
  readonly op: string;
  readonly args: readonly SqlType[];
  readonly returns: SqlType;
  /** The session's, where it is not UTC. */
  readonly timeZone?: string | undefined;
};

/** Calls the function `op`, whose errors have a code. Arguments may be NULL; so may the result. */
export function callNested(
  ctx: LowerContext,
  op: string,
  args: readonly Operand[],
  { args: types, returns }: Signature,
  code: ErrorCode = "type",
): Operand {
  const { timeZone } = ctx;
  const call: NestedCall = { op, args: types, returns, ...(timeZone === "UTC" ? {} : { timeZone }) };
  const words = args.flatMap((arg, i) => {
    const natural = isIntegerRep(arg.rep) ? toRep(ctx.b, arg, repOf(types[i] as SqlType)) : arg;
    return [arg.valid ?? i32(1), ...operandArgs(natural)];
  });
  const site = ctx.site(code, `invalid argument of ${op}`);
  const result = hostCell(ctx, `nested ${JSON.stringify(call)}`, repOf(returns), [site, ...words], true);
  return { ...result, range: typeRange(returns), stable: false };
}

/** The function with overloads that the host function `op` computes: those that it `takes`. */
export function withHostOverload(
  fn: ScalarFunction,
  takes: (signature: Signature) => boolean,
  op: (signature: Signature) => string,
  resolve: Resolve,
  examples: ScalarFunction["examples"],
  code: ErrorCode = "overflow",
): ScalarFunction {
  return {
    ...fn,
    examples: [...fn.examples, ...examples],
    resolve: (types, literals) => resolve(types, literals) ?? fn.resolve(types, literals),
    canFail: (signature, literals) => takes(signature) || fn.canFail(signature, literals),
    lower: (ctx, args, signature) =>
      takes(signature) ? callNested(ctx, op(signature), args, signature, code) : fn.lower(ctx, args, signature),
  };
}

/** A function that JavaScript computes, by its own name unless `op` is another. */
export function hostScalar({
  op,
  ...definition
}: Omit<ScalarDefinition, "lower"> & { readonly op?: string }): ScalarFunction {
  return scalar({
    canFail: true,
    ...definition,
    lower: (ctx, args, signature) => callNested(ctx, op ?? definition.name, args, signature),
  });
}
