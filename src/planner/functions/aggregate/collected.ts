/** Aggregates that collect their values, maybe with a parameter that is the same for all rows, and compute at the end. */
import { get, i32, not } from "../../ir/builder.ts";
import { isIntegerRep, repOf, toRep, typeRange } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import { listOf, type SqlType } from "../../types/types.ts";
import type { AggregateLowering, AggregateState, LowerContext, Signature } from "../function.ts";
import { callNested } from "../nested/host-function.ts";
import { whereAllValid } from "../nested/list.ts";
import { field, isValid, keepValue, keptValue, valueFields } from "./define.ts";
import { collect } from "./list.ts";

/**
 * Collects the first argument where it is not NULL. At the end the host function `op` gets the list (NULL where nothing was
 * collected) and the parameters, the other arguments as the first row had them; NULL where there was no row.
 */
export function collected(op: string, { args: [type, ...parameters], returns }: Signature): AggregateLowering {
  const kept = parameters.map((parameter) => ({ type: parameter, rep: repOf(parameter) }));
  const values = collect(type as SqlType, true, (_ctx, list) => list);
  const seen = values.fields.length;
  let next = seen + 1;
  const places = kept.map(({ rep }) => {
    const at = next;
    next += 1 + valueFields(rep).length;
    return at;
  });
  const copy = (ctx: LowerContext, state: AggregateState, args: readonly Operand[]): void =>
    ctx.b.if(not(state.get(seen)), () => {
      state.set(seen, i32(1));
      for (const [i, { rep }] of kept.entries()) {
        const arg = args[i] as Operand;
        const at = places[i] as number;
        keepValue(ctx, state, at + 1, isIntegerRep(rep) ? toRep(ctx.b, arg, rep) : arg);
        state.set(at, isValid(arg));
      }
    });
  const parametersOf = (ctx: LowerContext, state: AggregateState): readonly Operand[] =>
    kept.map(({ type: of, rep }, i) => {
      const at = places[i] as number;
      const valid = ctx.b.let(state.get(at));
      return keptValue(ctx.b, state, at + 1, rep, { valid, stable: true, range: typeRange(of) });
    });
  const hasParameters = kept.length > 0;
  return {
    fields: hasParameters
      ? [...values.fields, field("i32"), ...kept.flatMap(({ rep }) => [field("i32"), ...valueFields(rep)])]
      : values.fields,
    step: (ctx, state, [value, ...rest]) => {
      if (hasParameters) copy(ctx, state, rest);
      values.step(ctx, state, [value as Operand]);
    },
    merge: (ctx, state, other) => {
      if (hasParameters) {
        const there = ctx.b.bind(other.get(seen));
        ctx.b.if(get(there), () => copy(ctx, state, parametersOf(ctx, other)));
      }
      values.merge(ctx, state, other);
    },
    finish: (ctx, state) => {
      const list = values.finish(ctx, state);
      const signature = { args: [listOf(type as SqlType), ...parameters], returns };
      const result = (): Operand => callNested(ctx, op, [list, ...parametersOf(ctx, state)], signature);
      if (!hasParameters) return result();
      // Without any row the parameters are not known.
      const hasRows = { ...list, valid: ctx.b.let(state.get(seen)) };
      return whereAllValid(ctx, [hasRows], returns, result);
    },
    ...(hasParameters || values.stateValue === undefined ? {} : { stateValue: values.stateValue }),
  };
}
