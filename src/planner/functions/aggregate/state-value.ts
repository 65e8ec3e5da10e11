/** States of aggregates as values of SQL types, which EXPORT_STATE shows: the forms that they have. */
import { i32, i64, not, num } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { blockOf, cell, loadField, makeStruct } from "../../ir/lower/nested.ts";
import { isIntegerRep, repOf, toRep, typeRange } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, DOUBLE, type SqlType } from "../../types/types.ts";
import type { AggregateState, LowerContext, StateValue } from "../function.ts";
import { isValid, keepValue, keptValue } from "./define.ts";

/** One field of a state that is a STRUCT. */
export type StatePart = {
  readonly name: string;
  readonly type: SqlType;
  readonly get: (ctx: LowerContext, state: AggregateState) => Operand;
  /** The value is not NULL unless `nullable`. */
  readonly set: (ctx: LowerContext, state: AggregateState, value: Operand) => void;
  readonly nullable?: boolean;
  readonly check?: StateValue["check"];
};

/** The value of `emit` where `when` is not 0, else NULL. */
function valueWhere(ctx: LowerContext, when: Ir, type: SqlType, emit: () => Operand): Operand {
  const result = cell(ctx.b, type, true);
  ctx.b.if(when, () => result.set(emit()));
  return result.value();
}

/** A STRUCT of the parts, NULL where `isSet` is 0. */
export function structValue(
  parts: readonly StatePart[],
  isSet: (ctx: LowerContext, state: AggregateState) => Ir,
): StateValue {
  const { type, get, set, check } = structPart("", parts);
  return {
    type,
    save: (ctx, state) => valueWhere(ctx, isSet(ctx, state), type, () => get(ctx, state)),
    load: set,
    ...(check === undefined ? {} : { check }),
  };
}

/** A STRUCT of the parts, NULL where the field `seen` is 0, which loading sets to 1. */
export function markedValue(parts: readonly StatePart[], seen: number): StateValue {
  const value = structValue(parts, (_ctx, state) => state.get(seen));
  return {
    ...value,
    load: (ctx, state, loaded) => {
      value.load(ctx, state, loaded);
      state.set(seen, i32(1));
    },
  };
}

/** Parts that are a STRUCT among other parts. */
export function structPart(name: string, parts: readonly StatePart[]): StatePart {
  const types = parts.map((part) => part.type);
  const checks = parts.flatMap(({ check }) => (check === undefined ? [] : [check]));
  return {
    name,
    type: { kind: "Struct", fields: parts.map((part) => ({ name: part.name, type: part.type })) },
    get: (ctx, state) =>
      makeStruct(
        ctx,
        parts.map((part) => part.get(ctx, state)),
        types,
      ),
    set: (ctx, state, value) => {
      const block = blockOf(ctx.b, value);
      for (const [i, part] of parts.entries()) {
        const field = loadField(ctx.b, block, types, i, value.stable);
        if (part.nullable === true) part.set(ctx, state, field);
        else {
          ctx.fail("type", `"${part.name}" of an aggregate's state is NULL`, not(isValid(field)));
          part.set(ctx, state, { ...field, valid: undefined });
        }
      }
    },
    check: (ctx, state) => checks.forEach((check) => check(ctx, state)),
  };
}

/** The single part itself, NULL where `isSet` is 0. */
export function plainValue(
  part: StatePart,
  isSet: (ctx: LowerContext, state: AggregateState) => Ir,
  setSeen: (state: AggregateState) => void,
): StateValue {
  return {
    type: part.type,
    save: (ctx, state) => valueWhere(ctx, isSet(ctx, state), part.type, () => part.get(ctx, state)),
    load: (ctx, state, value) => {
      part.set(ctx, state, value);
      setSeen(state);
    },
    ...(part.check === undefined ? {} : { check: part.check }),
  };
}

export const doublePart = (name: string, at: number): StatePart => ({
  name,
  type: DOUBLE,
  get: ({ b }, state) => operand("f64", b.let(state.get(at))),
  set: (_ctx, state, value) => state.set(at, value.lo),
});

/** A number of rows: never negative, which sums of states that were written by hand may be. */
export function countPart(name: string, at: number): StatePart {
  const check = ({ fail }: LowerContext, state: AggregateState): void =>
    fail("overflow", `"${name}" of an aggregate's state is out of range`, num("i64.lt_s", state.get(at), i64(0)));
  return {
    name,
    type: BIGINT,
    get: ({ b }, state) => operand("i64", b.let(state.get(at)), { range: typeRange(BIGINT) }),
    set: (ctx, state, value) => {
      state.set(at, toRep(ctx.b, value, "i64").lo);
      check(ctx, state);
    },
    check,
  };
}

/** A value in the fields from `at` on; `valid`: the field that says whether it is not NULL, if it may be. */
export function valuePart(name: string, type: SqlType, at: number, valid?: number): StatePart {
  const rep = repOf(type);
  const range = typeRange(type);
  const natural = (ctx: LowerContext, value: Operand): Operand =>
    isIntegerRep(rep) ? toRep(ctx.b, value, rep) : value;
  const isThere = (ctx: LowerContext, state: AggregateState): Ir | undefined =>
    valid === undefined ? undefined : ctx.b.let(state.get(valid));
  return {
    name,
    type,
    nullable: valid !== undefined,
    get: (ctx, state) => keptValue(ctx.b, state, at, rep, { valid: isThere(ctx, state), range, stable: true }),
    set: (ctx, state, value) => {
      if (valid === undefined) return keepValue(ctx, state, at, natural(ctx, value));
      ctx.b.if(isValid(value), () => keepValue(ctx, state, at, natural(ctx, { ...value, valid: undefined })));
      state.set(valid, isValid(value));
    },
  };
}
