/** min, max and the aggregates that keep one of the values as it is. */
import { i32, not, num, or } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { compareOperands } from "../../ir/lower/compare.ts";
import { INT128, INT32, INT64, isIntegerRep, toRep, typeRange, within } from "../../ir/lower/rep.ts";
import type { Operand, Rep } from "../../ir/operand.ts";
import { canCoerce } from "../../types/coerce.ts";
import { BIGINT, listOf, type SqlType } from "../../types/types.ts";
import type { AggregateFunction, AggregateLowering, ArgumentInfo, LowerContext } from "../function.ts";
import { collected } from "./collected.ts";
import { aggregate, field, isValid, keepValue, keptValue, valueFields } from "./define.ts";
import { markedValue, valuePart } from "./state-value.ts";

/** Whether `value` replaces what is kept; asked only when there is something kept. */
type Replaces = (ctx: LowerContext, value: Operand, kept: Operand) => Ir;

/** State: whether something is kept, then its words. */
function keepOne(arg: ArgumentInfo, type: SqlType | undefined, replaces: Replaces): AggregateLowering {
  const rep: Rep = arg.rep;
  const take = (ctx: LowerContext, state: Parameters<AggregateLowering["step"]>[1], value: Operand): void => {
    const { b } = ctx;
    b.if(isValid(value), () => {
      const kept = keptValue(b, state, 1, rep, {});
      const empty = b.let(not(state.get(0)));
      b.if(or(empty, replaces(ctx, value, kept)), () => {
        keepValue(ctx, state, 1, value);
        state.set(0, i32(1));
      });
    });
  };
  return {
    fields: [field("i32"), ...valueFields(rep)],
    step: (ctx, state, [value]) =>
      take(ctx, state, isIntegerRep(rep) ? toRep(ctx.b, value as Operand, rep) : (value as Operand)),
    merge: (ctx, state, other) => {
      const valid = ctx.b.let(other.get(0));
      take(ctx, state, keptValue(ctx.b, other, 1, rep, { valid, stable: true }));
    },
    finish: ({ b }, state) =>
      keptValue(b, state, 1, rep, { valid: b.let(state.get(0)), range: arg.range, stable: true }),
    ...(type === undefined ? {} : { stateValue: markedValue([valuePart("value", type, 1)], 0) }),
  };
}

/** min and max of numbers that fit one word need no flag where every state sees a value: they start at the far end. */
function extremeWord(arg: ArgumentInfo, op: "min" | "max"): AggregateLowering {
  const rep = arg.rep as "i32" | "i64";
  const bits = rep === "i32" ? 31n : 63n;
  const start = op === "min" ? 2n ** bits - 1n : -(2n ** bits);
  const less = op === "min" ? "lt_s" : "gt_s";
  const better = (x: Ir, y: Ir): Ir => ({
    op: "select",
    type: rep,
    cond: num(`${rep}.${less}`, x, y),
    then: x,
    otherwise: y,
  });
  return {
    fields: [field(rep, rep === "i32" ? Number(start) : start)],
    step: ({ b }, state, [value]) => {
      const x = b.let(toRep(b, value as Operand, rep).lo);
      state.set(0, b.let(better(x, b.let(state.get(0)))));
    },
    merge: ({ b }, state, other) => state.set(0, better(b.let(other.get(0)), b.let(state.get(0)))),
    finish: ({ b }, state) => keptValue(b, state, 0, rep, { range: arg.range }),
  };
}

function extreme(arg: ArgumentInfo, op: "min" | "max", type: SqlType | undefined): AggregateLowering {
  if (!arg.nullable && (arg.rep === "i32" || arg.rep === "i64")) return extremeWord(arg, op);
  return keepOne(arg, type, (ctx, value, kept) => compareOperands(ctx, op === "min" ? "<" : ">", value, kept, type));
}

/** One value, or with a count the list of the first ones. */
const sameAsArgument =
  (withCount: boolean): AggregateFunction["resolve"] =>
  (types) => {
    const [type, count] = types;
    if (type === undefined) return undefined;
    const known: SqlType = type.kind === "Null" ? { kind: "Integer" } : type;
    if (types.length === 1) return { args: [known], returns: known };
    const fits = withCount && types.length === 2 && count !== undefined && canCoerce(count, BIGINT);
    return fits ? { args: [known, BIGINT], returns: listOf(known) } : undefined;
  };

/** With the bounds of the type, unless those of a narrower representation are known. */
const info = (args: readonly ArgumentInfo[], type: SqlType | undefined): ArgumentInfo => {
  const arg = args[0] as ArgumentInfo;
  if (arg.range !== undefined || type === undefined || !isIntegerRep(arg.rep)) return arg;
  const range = typeRange(type);
  const isNarrower =
    range !== undefined && within(arg.rep === "i32" ? INT32 : arg.rep === "i64" ? INT64 : INT128, range);
  return isNarrower ? arg : { ...arg, range };
};

const define = (
  name: string,
  aliases: readonly string[],
  doc: string,
  examples: AggregateFunction["examples"],
  lowering: (arg: ArgumentInfo, type: SqlType | undefined) => AggregateLowering,
  several?: string,
): AggregateFunction =>
  aggregate({
    name,
    aliases,
    category: "aggregate",
    doc,
    examples,
    resolve: sameAsArgument(several !== undefined),
    lower: (args, signature) =>
      signature.args.length === 2 && several !== undefined
        ? collected(several, signature)
        : lowering(info(args, signature.args[0]), signature.args[0]),
  });

export const min: AggregateFunction = define(
  "min",
  [],
  "The smallest value that is not NULL; with a count the list of the smallest ones.",
  [
    ["(SELECT min(x) FROM (VALUES (1), (NULL), (4)) t(x))", "1"],
    ["(SELECT min(x, 2) FROM (VALUES (1), (NULL), (4)) t(x))", "[1, 4]"],
  ],
  (arg, type) => extreme(arg, "min", type),
  "least",
);
export const max: AggregateFunction = define(
  "max",
  [],
  "The largest value that is not NULL; with a count the list of the largest ones.",
  [
    ["(SELECT max(x) FROM (VALUES (1), (NULL), (4)) t(x))", "4"],
    ["(SELECT max(x, 2) FROM (VALUES (1), (NULL), (4)) t(x))", "[4, 1]"],
  ],
  (arg, type) => extreme(arg, "max", type),
  "greatest",
);
export const anyValue: AggregateFunction = define(
  "any_value",
  [],
  "Some value that is not NULL.",
  [["(SELECT any_value(x) FROM (VALUES (NULL), (4)) t(x))", "4"]],
  (arg, type) => keepOne(arg, type, () => i32(0)),
);
