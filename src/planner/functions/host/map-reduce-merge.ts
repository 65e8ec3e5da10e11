/**
 * The functions of a map-reduce-merge. A batch of rows becomes pairs of keys and values, those of one key reduced to one; then the
 * values of each key, brought together, are reduced and merged into the key's result.
 */
import type { Datum } from "../../expr/expr.ts";
import { datumOfJs } from "../../types/js-input.ts";
import { jsValue } from "../../types/js-values.ts";
import { type SqlType, typeName } from "../../types/types.ts";
import { enter, resultOf, showValue } from "./javascript.ts";
import type { JavaScriptMapSpec, MapCaller, NamedType } from "./javascript-map.ts";
import { datumValues, rowValues, type VectorAddress } from "./javascript-vectors.ts";
import { MadeRows, rowObjects } from "./made-rows.ts";

type Reduce = (key: unknown, values: readonly unknown[]) => unknown;
type State = Record<string, unknown>;

/** Gives the functions that work on rows and on the pairs of a batch. */
export type PairFunctions = () => { readonly map: (row: unknown) => unknown; readonly reduce: Reduce };

/** Gives those that work on keys. */
export type KeyFunctions = () => {
  readonly reduce: Reduce;
  readonly merge: (old: unknown, value: unknown, state: State, key: unknown) => unknown;
};

/** A key's values in a batch; `key` as functions see it. */
type Group = { readonly key: unknown; readonly datum: Datum; readonly values: unknown[] };

/** Rows become (key, value). A value of null is none, as for aggregates. */
export function pairsCaller(spec: JavaScriptMapSpec, make: PairFunctions): MapCaller {
  const { map, reduce } = make();
  const [keys, values] = spec.returns as readonly [NamedType, NamedType];
  const checked = rowValueOf(values);
  return (rt, batch) => {
    const output = new MadeRows(rt, spec, batch);
    const rows = rowObjects(rt, spec, batch);
    const groups = new Map<unknown, Group>();
    const add = (pair: unknown): void => {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new TypeError(`it gave ${showValue(pair)}, which is no [key, value]`);
      // By position: destructuring iterates.
      const key: unknown = pair[0];
      const value = checked(pair[1]);
      if (value === null) return;
      const known = groups.get(key);
      if (known !== undefined) known.values.push(value);
      else groups.set(key, { ...keyOf(key, keys), values: [value] });
    };
    const before = enter(rt, batch.site);
    try {
      for (const row of rows) {
        try {
          eachPair(map(row), add);
        } catch (error) {
          output.failIn("map", [row], error);
        }
      }
      for (const { key, datum, values: all } of groups.values()) {
        try {
          const value = all.length === 1 ? all[0] : checked(reduce(key, all));
          if (value !== null) output.addDatums(datum, resultOf(value, values.type));
        } catch (error) {
          output.failIn("reduce", [key, all], error);
        }
      }
    } finally {
      rt.running[0] = before;
    }
    return output.write();
  };
}

function eachPair(pairs: unknown, add: (pair: unknown) => void): void {
  if (Array.isArray(pairs)) {
    for (const pair of pairs) add(pair);
    return;
  }
  if (typeof pairs !== "object" || pairs === null || !(Symbol.iterator in pairs))
    throw new TypeError(`it returned ${showValue(settled(pairs))}, which is no iterable of [key, value]`);
  for (const pair of pairs as Iterable<unknown>) add(pair);
}

/** Nobody waits for a promise that should not be there. */
function settled(value: unknown): unknown {
  if (value instanceof Promise) value.catch(() => undefined);
  return value;
}

function keyOf(key: unknown, { type }: NamedType): Pick<Group, "key" | "datum"> {
  const datum = datumOfJs(key, type);
  if (datum === undefined) throw new TypeError(`it gave ${showValue(key)} as a key, which is no ${typeName(type)}`);
  return { key: jsValue(datum, type, {}), datum };
}

/** What stands for a value as a row value of the type, in which all functions get it. Throws for what is no such value. */
function rowValueOf({ name, type }: NamedType): (value: unknown) => unknown {
  const convert = (value: unknown): unknown => {
    const datum = datumOfJs(value, type);
    if (datum === undefined)
      throw new TypeError(`it gave ${showValue(settled(value))} as a ${name}, which is no ${typeName(type)}`);
    return jsValue(datum, type, {});
  };
  // The common cases without a detour.
  switch (type.kind) {
    case "Double":
      return (value) => (typeof value === "number" ? value : convert(value));
    case "Varchar":
      return (value) => (typeof value === "string" ? value : convert(value));
    case "Integer":
      return (value) => (typeof value === "number" && (value | 0) === value ? value | 0 : convert(value));
    default:
      return convert;
  }
}

/**
 * (key, values), in a continuous query also (old result, old state), become (key, result[, state]). A key with neither result nor
 * state is left out.
 */
export function keysCaller(spec: JavaScriptMapSpec, make: KeyFunctions): MapCaller {
  const { reduce, merge } = make();
  const [keyArgument, , oldArgument, stateArgument] = spec.args;
  const value = { name: "value", type: elementOf(spec.args[1]) };
  const [, result, state] = spec.returns as readonly [NamedType, NamedType, NamedType?];
  const checked = rowValueOf(value);
  const states = state && new States(state.type);
  return (rt, batch) => {
    const { count } = batch;
    const output = new MadeRows(rt, spec, batch);
    const at = (i: number): VectorAddress => batch.args[i] as VectorAddress;
    const keys = datumValues(rt, keyArgument!.type, at(0), count);
    const lists = rowValues(rt, spec.args[1]!.type, at(1), count) as (readonly unknown[])[];
    const oldResults = oldArgument && datumValues(rt, oldArgument.type, at(2), count);
    const oldStates = stateArgument && datumValues(rt, stateArgument.type, at(3), count);
    const before = enter(rt, batch.site);
    try {
      for (const [row, datum] of keys.entries()) {
        const key = jsValue(datum, keyArgument!.type, {});
        const values = lists[row]!;
        const [oldResult, oldState] = [oldResults?.[row] ?? null, oldStates?.[row] ?? null];
        let given = values[0];
        if (values.length > 1) {
          try {
            given = checked(reduce(key, values));
          } catch (error) {
            output.failIn("reduce", [key, values], error);
          }
        }
        if (given === null) {
          if (oldResult !== null || oldState !== null) output.addDatums(datum, oldResult, oldState);
          continue;
        }
        const old = oldResult === null ? undefined : jsValue(oldResult, result.type, {});
        const own = states?.read(oldState) ?? NO_STATE;
        try {
          const made = merge(old, given, own, key);
          const now = made === undefined ? null : resultOf(made, result.type);
          const next = states?.write(own) ?? null;
          if (now !== null || next !== null) output.addDatums(datum, now, next);
        } catch (error) {
          output.failIn("merge", [old, given, ...(states === undefined ? [] : [own]), key], error);
        }
      }
    } finally {
      rt.running[0] = before;
    }
    return output.write();
  };
}

/** What `merge` gets where no state was declared: what it would put there would be lost. */
const NO_STATE: State = Object.freeze({});

function elementOf(values: NamedType | undefined): SqlType {
  if (values?.type.kind !== "List") throw new Error("the values of a key are no list");
  return values.type.element;
}

/** The state of a key: a STRUCT, as an object whose fields `merge` sets. Fields of NULL alone are as good as none. */
class States {
  private readonly type: SqlType;
  private readonly fields: readonly NamedType[];
  private readonly names: ReadonlySet<string>;

  constructor(type: SqlType) {
    if (type.kind !== "Struct") throw new Error("the state of a key is no STRUCT");
    this.type = type;
    this.fields = type.fields;
    this.names = new Set(type.fields.map(({ name }) => name));
  }

  read(datum: Datum): State {
    if (datum !== null) return jsValue(datum, this.type, {}) as State;
    const state = Object.setPrototypeOf({}, null) as State;
    for (const name of this.names) state[name] = null;
    return state;
  }

  write(state: State): Datum {
    for (const name of Object.keys(state)) {
      if (!this.names.has(name))
        throw new TypeError(`it set "${name}" of a state whose fields are ${[...this.names].join(", ")}`);
    }
    let some = false;
    const values = this.fields.map(({ name, type }) => {
      const value = state[name] ?? null;
      const datum = datumOfJs(value, type);
      if (datum === undefined)
        throw new TypeError(`it set "${name}" of its state to ${showValue(value)}, which is no ${typeName(type)}`);
      some ||= datum !== null;
      return datum;
    });
    return some ? values : null;
  }
}
