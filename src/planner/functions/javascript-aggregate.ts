import { HeadraceError } from "../../error.ts";
import { and, host, i32, call } from "../ir/builder.ts";
import type { Ir } from "../ir/ir.ts";
import { operandArgs } from "../ir/lower/host-call.ts";
import { repOf, toRep } from "../ir/lower/rep.ts";
import { canCoerce } from "../types/coerce.ts";
import type { SqlType } from "../types/types.ts";
import { field } from "./aggregate/define.ts";
import type { AggregateFunction, AggregateState, LowerContext } from "./function.ts";
import type { AggregatePart, JavaScriptAggregateSpec } from "./host/javascript-aggregate.ts";
import { callForValue } from "./javascript.ts";

/**
 * A user's JavaScript aggregate as one of the library. Its state is one word, the number of a JavaScript value. Without `merge` its
 * rows come to one place, in their order.
 */
export function javaScriptAggregate(spec: Omit<JavaScriptAggregateSpec, "isLocal">): AggregateFunction {
  const { name, args, returns, callOnNull, merge } = spec;
  return {
    kind: "aggregate",
    name,
    category: "javascript",
    doc: "A JavaScript aggregate.",
    examples: [],
    emptyIsNull: false,
    ordered: merge === undefined,
    javaScript: spec,
    resolve: (types) => {
      const fits = types.length === args.length && types.every((type, i) => canCoerce(type, args[i] as SqlType));
      return fits ? { args, returns } : undefined;
    },
    lower: (_infos, _signature, _maxRows, isLocal = false) => {
      const argument = JSON.stringify({ ...spec, isLocal: isLocal || merge === undefined });
      const hostName = (part: AggregatePart): string => `js_${part} ${argument}`;
      const change = (ctx: LowerContext, part: AggregatePart, state: AggregateState, words: readonly Ir[]): void => {
        const all = [siteOf(ctx), ctx.b.let(state.get(0)), ...words];
        const ref = host(
          hostName(part),
          all.map((word) => word.type),
          ["i32"],
        );
        state.set(0, ctx.b.let(call(ref, ...all)));
      };
      const siteOf = (ctx: LowerContext): Ir => ctx.site("function", `the aggregate ${name} failed`);
      return {
        fields: [field("i32")],
        step: (ctx, state, values) => {
          const { b } = ctx;
          const converted = values.map((value, i) => toRep(b, value, repOf(args[i] as SqlType)));
          const add = (): void => {
            const words = converted.flatMap((value) =>
              callOnNull ? [value.valid ?? i32(1), ...operandArgs(value)] : operandArgs(value),
            );
            change(ctx, "step", state, words);
          };
          const valid = converted.reduce<Ir | undefined>(
            (all, value) => (value.valid === undefined ? all : all === undefined ? value.valid : and(all, value.valid)),
            undefined,
          );
          if (callOnNull || valid === undefined) add();
          else b.if(valid, add);
        },
        merge: (ctx, state, other) => {
          if (merge === undefined)
            throw new HeadraceError("unsupported", `the aggregate ${name} over such frames is not supported`, {
              hint: "give it a `merge` function",
            });
          change(ctx, "merge", state, [ctx.b.let(other.get(0))]);
        },
        finish: (ctx, state) => callForValue(ctx, hostName("finish"), returns, [siteOf(ctx), ctx.b.let(state.get(0))]),
      };
    },
  };
}
