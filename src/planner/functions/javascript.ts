import type { FunctionRef } from "../ir/ir.ts";
import { and, call, host, i32, not, num } from "../ir/builder.ts";
import { hostCell, hostNumber, operandArgs } from "../ir/lower/host-call.ts";
import { repOf, toRep } from "../ir/lower/rep.ts";
import { operand, type Operand } from "../ir/operand.ts";
import type { SqlType } from "../types/types.ts";
import { canCoerce } from "../types/coerce.ts";
import type { LowerContext, ScalarFunction, Signature } from "./function.ts";
import { type JavaScriptCode, type JavaScriptSpec, NULL_I32 } from "./host/javascript.ts";

export type JavaScriptDefinition = {
  readonly name: string;
  readonly args: readonly SqlType[];
  readonly returns: SqlType;
  /** Called with NULLs too; otherwise the result is NULL where an argument is. */
  readonly callOnNull: boolean;
  readonly volatile: boolean;
  readonly code: JavaScriptCode;
};

/** A user's JavaScript function as a function of the library. It may fail, and counts as costly: it is evaluated last. */
export function javaScriptFunction(definition: JavaScriptDefinition): ScalarFunction {
  const { name, args, returns, callOnNull, volatile, code } = definition;
  return {
    kind: "scalar",
    name,
    category: "javascript",
    doc: "A JavaScript function.",
    examples: [],
    resolve: (types) => {
      const fits = types.length === args.length && types.every((type, i) => canCoerce(type, args[i] as SqlType));
      return fits ? { args, returns } : undefined;
    },
    nulls: callOnNull ? "custom" : "propagate",
    canFail: () => true,
    // Never folded: it belongs to the workers. "volatile" also keeps it where it stands.
    volatility: volatile ? "volatile" : "stable",
    lower: (ctx, operands, signature) =>
      lowerJavaScript(ctx, { name, code, args, returns, callOnNull }, operands, signature),
  };
}

function lowerJavaScript(
  ctx: LowerContext,
  spec: JavaScriptSpec,
  operands: readonly Operand[],
  { args, returns }: Signature,
): Operand {
  const { b } = ctx;
  const argument = JSON.stringify(spec);
  const values = operands.flatMap((value, i) => {
    const words = operandArgs(toRep(b, value, repOf(args[i] as SqlType)));
    return spec.callOnNull ? [value.valid ?? i32(1), ...words] : words;
  });
  const site = ctx.site("function", `the function ${spec.name} failed`);
  const rep = repOf(returns);
  if (rep !== "i32" && rep !== "f64") return hostCell(ctx, `js ${argument}`, rep, [site, ...values], true);
  // Plain numbers come back as such. What NULL comes back as may also be a value: only then it is asked for.
  const result = b.let(hostNumber(`js ${argument}`, rep, site, ...values));
  const wasNull: FunctionRef = host("jsWasNull", [], ["i32"]);
  const suspicious = rep === "f64" ? num("f64.ne", result, result) : num("i32.eq", result, i32(NULL_I32));
  const isNull = b.bind(i32(0), "isNull");
  b.if(suspicious, () => b.set(isNull, call(wasNull)));
  const valid = b.let(and(i32(1), not({ op: "get", type: "i32", local: isNull })));
  return operand(rep, result, { valid });
}
