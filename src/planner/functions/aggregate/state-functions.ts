/**
 * States of aggregates as values: what `agg(...) EXPORT_STATE` means, and the functions that take such values. All work by the
 * aggregate's own code, for those that say how their state looks (`stateValue`). NULL is the state of no rows.
 */
import { isIntegerRep, repOf, toRep } from "../../ir/lower/rep.ts";
import type { Operand } from "../../ir/operand.ts";
import { type AggregateStateOf, sameType, type SqlType } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type {
  AggregateFunction,
  AggregateLowering,
  AggregateState,
  LowerContext,
  ScalarFunction,
  Signature,
  StateValue,
} from "../function.ts";
import { aggregate, anyArgument, FOREIGN_STATES, isValid, stateInLocals } from "./define.ts";

/** The aggregate that exports the state of the one of this name. */
export const stateExportName = (name: string): string => `export_state(${name})`;

/** The type of the states of a call; undefined where they have no form as values. */
export function stateType(fn: AggregateFunction, signature: Signature): SqlType | undefined {
  const type = loweringOf(fn, signature).stateValue?.type;
  if (type === undefined) return undefined;
  const { args, returns } = signature;
  return { ...type, state: { name: fn.name, args, returns } };
}

const loweringOf = (fn: AggregateFunction, signature: Signature): AggregateLowering =>
  fn.lower(signature.args.map(anyArgument), signature, FOREIGN_STATES);

/** What exports the states of an aggregate. */
function exportOf(fn: AggregateFunction): AggregateFunction {
  const { name, category, doc, ordered } = fn;
  return aggregate({
    name: stateExportName(name),
    category,
    doc: `The state of ${name}. ${doc}`,
    examples: [],
    ...(ordered === undefined ? {} : { ordered }),
    resolve: (types) => {
      const signature = fn.resolve(types);
      const returns = signature === undefined ? undefined : stateType(fn, signature);
      return signature === undefined || returns === undefined ? undefined : { args: signature.args, returns };
    },
    lower: (_args, { args: types, returns }) => {
      const lowering = loweringOf(fn, returns.state as AggregateStateOf);
      const { save } = lowering.stateValue as StateValue;
      const natural = ({ b }: LowerContext, arg: Operand, i: number): Operand =>
        isIntegerRep(arg.rep) ? toRep(b, arg, repOf(types[i] as SqlType)) : arg;
      return {
        ...lowering,
        step: (ctx, state, args) =>
          lowering.step(
            ctx,
            state,
            args.map((arg, i) => natural(ctx, arg, i)),
          ),
        finish: save,
      };
    },
  });
}

/** The code of the aggregate that a type says its values are states of, with the form of the states. */
type OfStates = (type: SqlType | undefined) => (AggregateLowering & { readonly stateValue: StateValue }) | undefined;

const ofStates =
  (aggregates: readonly AggregateFunction[]): OfStates =>
  (type) => {
    const fn = aggregates.find(({ name }) => name === type?.state?.name);
    const lowering = fn === undefined || type?.state === undefined ? undefined : loweringOf(fn, type.state);
    return lowering?.stateValue === undefined ? undefined : { ...lowering, stateValue: lowering.stateValue };
  };

type Lowering = NonNullable<ReturnType<OfStates>>;

/** Adds the states in a value, NULL or not, to a state. */
function absorb(ctx: LowerContext, lowering: Lowering, state: AggregateState, value: Operand): void {
  const { load, check } = lowering.stateValue;
  ctx.b.if(isValid(value), () => {
    const other = stateInLocals(ctx.b, lowering);
    load(ctx, other, { ...value, valid: undefined });
    lowering.merge(ctx, state, other);
    check?.(ctx, state);
  });
}

/** `combine_aggr`: the merged states of all rows. */
const combineAggregate = (lowerings: OfStates): AggregateFunction =>
  aggregate({
    name: "combine_aggr",
    aliases: ["combine_agg"],
    category: "aggregate",
    doc: "The state of the rows of all states, which EXPORT_STATE made.",
    examples: [
      [
        "(SELECT finalize(combine_aggr(s)) FROM (SELECT sum(x) EXPORT_STATE AS s FROM (VALUES (1), (2)) t(x) GROUP BY x))",
        "3",
      ],
    ],
    ordered: true,
    resolve: ([type, ...rest]) =>
      rest.length > 0 || type === undefined || lowerings(type) === undefined
        ? undefined
        : { args: [type], returns: type },
    lower: (_args, { returns }) => {
      const lowering = lowerings(returns) as Lowering;
      return {
        fields: lowering.fields,
        step: (ctx, state, [value]) => absorb(ctx, lowering, state, value as Operand),
        merge: lowering.merge,
        finish: lowering.stateValue.save,
        stateValue: lowering.stateValue,
      };
    },
  });

const finalize = (lowerings: OfStates): ScalarFunction =>
  scalar({
    name: "finalize",
    category: "aggregate state",
    doc: "The result of an aggregate from a state that EXPORT_STATE made; of NULL that for no rows.",
    examples: [["finalize(to_aggregate_state({'count': 2, 'sum': 3}, 'avg', ['INTEGER']))", "1.5"]],
    ofStates: true,
    resolve: ([type, ...rest]) =>
      rest.length > 0 || type?.state === undefined || lowerings(type) === undefined
        ? undefined
        : { args: [type], returns: type.state.returns },
    nulls: "custom",
    canFail: true,
    lower: (ctx, [value], { args: [type] }) => {
      const lowering = lowerings(type) as Lowering;
      const state = stateInLocals(ctx.b, lowering);
      const { load } = lowering.stateValue;
      const given = value as Operand;
      ctx.b.if(isValid(given), () => load(ctx, state, { ...given, valid: undefined }));
      return lowering.finish(ctx, state);
    },
  });

const combine = (lowerings: OfStates): ScalarFunction =>
  scalar({
    name: "combine",
    category: "aggregate state",
    doc: "The state of the rows of both states, which EXPORT_STATE made, those of the first before the others.",
    examples: [
      [
        "finalize(combine(to_aggregate_state([1, 2], 'list', ['INTEGER']), to_aggregate_state([3], 'list', ['INTEGER'])))",
        "[1, 2, 3]",
      ],
    ],
    ofStates: true,
    resolve: (types) => {
      const type = types.find(({ kind }) => kind !== "Null");
      const fits =
        types.length === 2 &&
        types.every(({ kind }, i) => kind === "Null" || sameType(types[i] as SqlType, type as SqlType));
      return fits && type !== undefined && lowerings(type) !== undefined
        ? { args: [type, type], returns: type }
        : undefined;
    },
    nulls: "custom",
    canFail: true,
    lower: (ctx, values, { returns }) => {
      const lowering = lowerings(returns) as Lowering;
      const state = stateInLocals(ctx.b, lowering);
      for (const value of values) absorb(ctx, lowering, state, value);
      return lowering.stateValue.save(ctx, state);
    },
  });

/** What the binder makes of `to_aggregate_state`: the value as it is, of another type. */
export const TO_STATE = "to_aggregate_state";

const toState: ScalarFunction = scalar({
  name: TO_STATE,
  category: "aggregate state",
  doc: "A value as the state of an aggregate, given by its name and the names of its arguments' types.",
  examples: [[`finalize(to_aggregate_state([1, 2], 'list', ['INTEGER']))`, "[1, 2]"]],
  resolve: () => undefined,
  nulls: "custom",
  lower: (_ctx, [value]) => value as Operand,
});

/** The functions of states of the given aggregates. */
export function stateFunctions(aggregates: readonly AggregateFunction[]): {
  readonly exports: readonly AggregateFunction[];
  readonly combining: AggregateFunction;
  readonly scalars: readonly ScalarFunction[];
} {
  const lowerings = ofStates(aggregates);
  return {
    exports: aggregates.map(exportOf),
    combining: combineAggregate(lowerings),
    scalars: [finalize(lowerings), combine(lowerings), toState],
  };
}
