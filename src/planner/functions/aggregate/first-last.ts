/** first and last: NULLs count as values. */
import { get, i32, not, num } from "../../ir/builder.ts";
import type { Operand } from "../../ir/operand.ts";
import { isIntegerRep, toRep, typeRange } from "../../ir/lower/rep.ts";
import type { SqlType } from "../../types/types.ts";
import type { AggregateFunction, AggregateLowering, AggregateState, ArgumentInfo, LowerContext } from "../function.ts";
import { aggregate, field, isValid, keepValue, keptValue, valueFields } from "./define.ts";
import { structValue } from "./state-value.ts";

/** State: 0 nothing seen, 1 NULL, 3 a value; then the value. */
const NOTHING = 0;
const SEEN = 1;

function keepEnd(arg: ArgumentInfo, type: SqlType, last: boolean): AggregateLowering {
  const { rep } = arg;
  const take = (ctx: LowerContext, state: AggregateState, value: Operand): void => {
    keepValue(ctx, state, 1, value);
    state.set(0, num("i32.or", i32(SEEN), num("i32.shl", isValid(value), i32(1))));
  };
  const when = (ctx: LowerContext, state: AggregateState, then: () => void): void => {
    if (last) then();
    else ctx.b.if(num("i32.eq", state.get(0), i32(NOTHING)), then);
  };
  return {
    fields: [field("i32"), ...valueFields(rep)],
    step: (ctx, state, [value]) =>
      when(ctx, state, () =>
        take(ctx, state, isIntegerRep(rep) ? toRep(ctx.b, value as Operand, rep) : (value as Operand)),
      ),
    merge: (ctx, state, other) => {
      const kept = ctx.b.bind(other.get(0));
      ctx.b.if(get(kept), () =>
        when(ctx, state, () => {
          const valid = ctx.b.let(num("i32.shr_u", get(kept), i32(1)));
          take(ctx, state, keptValue(ctx.b, other, 1, rep, { valid, stable: true }));
        }),
      );
    },
    finish: ({ b }, state) =>
      keptValue(b, state, 1, rep, {
        valid: b.let(not(not(num("i32.and", state.get(0), i32(2))))),
        range: arg.range,
        stable: true,
      }),
    stateValue: structValue(
      [
        {
          name: "value",
          type,
          nullable: true,
          get: ({ b }, state) => {
            const valid = b.let(num("i32.shr_u", state.get(0), i32(1)));
            return keptValue(b, state, 1, rep, { valid, range: typeRange(type), stable: true });
          },
          set: (ctx, state, value) => {
            const natural = isIntegerRep(rep) ? toRep(ctx.b, value, rep) : value;
            take(ctx, state, natural);
          },
        },
      ],
      (_ctx, state) => num("i32.ne", state.get(0), i32(NOTHING)),
    ),
  };
}

const define = (
  name: string,
  aliases: readonly string[],
  doc: string,
  example: string,
  last: boolean,
): AggregateFunction =>
  aggregate({
    name,
    aliases,
    category: "aggregate",
    doc,
    examples: [[`(SELECT ${name}(x) FROM (VALUES (1), (NULL), (4)) t(x))`, example]],
    ordered: true,
    resolve: (types) => {
      const [type] = types;
      if (type === undefined || types.length !== 1) return undefined;
      const known: SqlType = type.kind === "Null" ? { kind: "Integer" } : type;
      return { args: [known], returns: known };
    },
    lower: (args, { returns }) => keepEnd(args[0] as ArgumentInfo, returns, last),
  });

export const first: AggregateFunction = define(
  "first",
  ["arbitrary"],
  "The first value, which may be NULL.",
  "1",
  false,
);
export const last: AggregateFunction = define("last", [], "The last value, which may be NULL.", "4", true);
