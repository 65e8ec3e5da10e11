import { HeadraceError } from "../../error.ts";
import { canCoerce } from "../types/coerce.ts";
import type { SqlType } from "../types/types.ts";
import { and, call, host, i32, not, num } from "../ir/builder.ts";
import type { FunctionRef, Ir } from "../ir/ir.ts";
import { hostCell, hostNumber, operandArgs } from "../ir/lower/host-call.ts";
import { repOf, toRep } from "../ir/lower/rep.ts";
import { operand, type Operand } from "../ir/operand.ts";
import type { JavaScriptFunction, LowerContext, ScalarFunction, Signature } from "./function.ts";
import { type JavaScriptSpec, NULL_I32 } from "./host/javascript.ts";

/**
 * A user's JavaScript function as a function of the library. It may fail, and is costly: calls are taken out of their expressions
 * (`optimize/rules/extract-javascript.ts`), and what is left of them is lowered here, to a call for every row.
 */
export function javaScriptFunction(javaScript: JavaScriptFunction, volatile: boolean): ScalarFunction {
  const { name, args, returns, callOnNull } = javaScript.spec;
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
    lower: (ctx, operands, signature) => lowerJavaScript(ctx, javaScript.spec, operands, signature),
    javaScript,
  };
}

function lowerJavaScript(
  ctx: LowerContext,
  spec: JavaScriptSpec,
  operands: readonly Operand[],
  { args, returns }: Signature,
): Operand {
  if (spec.isAsync || spec.vectorized)
    throw new HeadraceError(
      "unsupported",
      `calling the ${spec.isAsync ? "async" : "vectorized"} function ${spec.name} here is not supported`,
      { hint: "call it in a subquery: not in a lambda, nor in the condition of an outer join" },
    );
  const { b } = ctx;
  const argument = JSON.stringify(spec);
  const values = operands.flatMap((value, i) => {
    const words = operandArgs(toRep(b, value, repOf(args[i] as SqlType)));
    return spec.callOnNull ? [value.valid ?? i32(1), ...words] : words;
  });
  const site = ctx.site("function", `the function ${spec.name} failed`);
  return callForValue(ctx, `js ${argument}`, returns, [site, ...values]);
}

/** A call of a host function that gives a user's value, see `plainResult`. */
export function callForValue(ctx: LowerContext, name: string, returns: SqlType, args: readonly Ir[]): Operand {
  const { b } = ctx;
  const rep = repOf(returns);
  if (rep !== "i32" && rep !== "f64") return hostCell(ctx, name, rep, args, true);
  // Plain numbers come back as such. What NULL comes back as may also be a value: only then it is asked for.
  const result = b.let(hostNumber(name, rep, ...args));
  const wasNull: FunctionRef = host("jsWasNull", [], ["i32"]);
  const suspicious = rep === "f64" ? num("f64.ne", result, result) : num("i32.eq", result, i32(NULL_I32));
  const isNull = b.bind(i32(0), "isNull");
  b.if(suspicious, () => b.set(isNull, call(wasNull)));
  const valid = b.let(and(i32(1), not({ op: "get", type: "i32", local: isNull })));
  return operand(rep, result, { valid });
}
